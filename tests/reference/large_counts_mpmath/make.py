"""Maximum likelihood of counts about 1e6, 1e9 and 1e12 with 60 digits: python make.py > case.json (in this folder).

Two groups (x = 0, 1) of 12 counts; variance 1.5 times the mean ("near"), or that of a gamma with shape 25 ("wide"). Poisson,
NB2 and Conway-Maxwell-Poisson have the groups' averages as means, so that only the dispersion is sought; NB1 and the
generalised Poisson are solved for all three. Zero inflation: the same counts and 6 zeros in each group; at such means f(0) = 0.
"""

import json
import random

import mpmath as mp

mp.mp.dps = 60


def counts(size, wide, rng):
    out = []
    for i in range(24):
        m = size * (1.5 if i % 2 else 1.0)
        out.append(round(rng.gammavariate(25, m / 25) if wide else rng.gauss(m, (1.5 * m) ** 0.5)))
    return out


def poisson(y, m):
    return y * mp.log(m) - m - mp.loggamma(y + 1)


def negbin(y, m, r):
    return mp.loggamma(y + r) - mp.loggamma(r) - mp.loggamma(y + 1) + r * mp.log(r / (r + m)) + y * mp.log(m / (r + m))


def genpoisson(y, m, phi):
    a = m + phi * y
    return mp.log(m) + (y - 1) * mp.log(a) - mp.loggamma(y + 1) - y * mp.log1p(phi) - a / (1 + phi)


def com_sums(a, nu, centre, sd):
    """Log of sum (a^k / k!)^nu and the mean, by the trapezoidal rule with steps of sd/8: its error is below e^-1000."""
    h = sd / 8
    top = nu * (centre * mp.log(a) - mp.loggamma(centre + 1))
    ks = [centre + j * h for j in range(-160, 161)]
    ps = [mp.exp(nu * (k * mp.log(a) - mp.loggamma(k + 1)) - top) for k in ks]
    total = mp.fsum(ps)
    return top + mp.log(total * h), mp.fsum(k * p for k, p in zip(ks, ps)) / total


def compoisson(ys, m, nu):
    centre, sd = mp.floor(m), mp.sqrt(m / nu)
    a = mp.findroot(lambda a: com_sums(a, nu, centre, sd)[1] - m, (m + (nu - 1) / (2 * nu), m + (nu - 1) / (2 * nu) + 1), tol=1e-40)
    ln_z = com_sums(a, nu, centre, sd)[0]
    return mp.fsum(nu * (y * mp.log(a) - mp.loggamma(y + 1)) - ln_z for y in ys)


def row(beta, dispersion, ll):
    return {"coefficients": [float(b) for b in beta], "dispersion": float(dispersion), "loglik": float(ll)}


def fits(y, wide):
    groups = [[mp.mpf(v) for v in y[g::2]] for g in (0, 1)]
    means = [mp.fsum(g) / len(g) for g in groups]
    beta = [mp.log(means[0]), mp.log(means[1] / means[0])]
    total = lambda f: mp.fsum(f(v, m) for g, m in zip(groups, means) for v in g)
    ratio = mp.fsum((v - m) ** 2 / m for g, m in zip(groups, means) for v in g) / 22
    out = {"poisson": {"coefficients": [float(b) for b in beta], "loglik": float(total(poisson))}}
    nb2 = lambda t: total(lambda v, m: negbin(v, m, mp.exp(t)))
    t = mp.findroot(lambda t: mp.diff(nb2, t), mp.log(means[0] / (ratio - 1)), tol=1e-30)
    out["nb2"] = row(beta, mp.exp(t), nb2(t))
    for name, start, f in [
        ("nb1", ratio - 1, lambda v, m, phi: negbin(v, m, m / phi)),
        ("genpoisson", mp.sqrt(ratio) - 1, genpoisson),
    ]:
        ll = lambda a, b, t, f=f: mp.fsum(
            f(v, mp.exp(a + b * g), mp.exp(t)) for g, values in enumerate(groups) for v in values
        )
        slope = lambda *p, ll=ll: [mp.diff(ll, p, n) for n in [(1, 0, 0), (0, 1, 0), (0, 0, 1)]]
        p = mp.findroot(slope, [beta[0], beta[1], mp.log(start)], tol=1e-25)
        out[name] = row(p[:2], mp.exp(p[2]), ll(*p))
    if not wide:
        com = lambda t: mp.fsum(compoisson(g, m, mp.exp(t)) for g, m in zip(groups, means))
        t = mp.findroot(lambda t: (com(t + mp.mpf("1e-15")) - com(t - mp.mpf("1e-15"))), (-mp.log(ratio), -mp.log(ratio) + mp.mpf("0.1")), tol=1e-35)
        out["compoisson"] = row(beta, mp.exp(t), com(t))
    zeros = 12 * mp.log(mp.mpf(12) / 36) + 24 * mp.log(mp.mpf(24) / 36)
    out["zip_loglik"] = float(total(poisson) + zeros)
    out["zinb_loglik"] = float(nb2(mp.log(mp.mpf(out["nb2"]["dispersion"]))) + zeros)
    return out


rng = random.Random(11)
results = {}
for power in (6, 9, 12):
    for wide in (False, True):
        y = counts(10.0**power, wide, rng)
        results[f"{'wide' if wide else 'near'}_{power}"] = {"counts": y, **fits(y, wide)}
print(json.dumps({"name": "large_counts_mpmath", "software": {"mpmath": mp.__version__}, "results": results}, indent=1))
