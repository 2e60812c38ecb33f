"""Distribution functions far out with 30 digits: python cdf.py > cdf.json. Sums of probabilities (generalised Poisson, all terms)
and regularised incomplete functions (negative binomial, Poisson)."""

import json

import mpmath as mp

mp.mp.dps = 30


def negbin(y, m, r):
    p = mp.mpf(r) / (r + m)
    # 1 - I_{1-p}(y + 1, r): by quadrature of the density around its mode.
    a, b, x = mp.mpf(r), mp.mpf(y) + 1, p
    f = lambda t: mp.exp((a - 1) * mp.log(t) + (b - 1) * mp.log1p(-t) - (mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)))
    mode, sd = a / (a + b), mp.sqrt(a * b / (a + b) ** 3)
    low = max(mp.mpf(0), min(mode, x) - 40 * sd)
    points = [low] + [v for v in (mode - 8 * sd, mode - 2 * sd, mode) if low < v < x] + [x]
    return float(mp.quad(f, points))


def poisson(y, m):
    # Q(y + 1, m) by quadrature of the gamma density from m on.
    a = mp.mpf(y) + 1
    f = lambda t: mp.exp((a - 1) * mp.log(t) - t - mp.loggamma(a))
    sd = mp.sqrt(a)
    points = sorted({mp.mpf(m), *(v for v in (a - 8 * sd, a - 2 * sd, a, a + 2 * sd, a + 8 * sd) if v > m), max(mp.mpf(m), a) + 40 * sd})
    return float(mp.quad(f, points))


def genpoisson(y, m, phi):
    f = lambda k: mp.exp(mp.log(m) + (k - 1) * mp.log(m + phi * k) - mp.loggamma(k + 1) - k * mp.log1p(phi) - (m + phi * k) / (1 + phi))
    return float(mp.fsum(f(k) for k in range(0, y + 1)))


rows = {
    "nb2": [[y, m, r, negbin(y, m, r)] for y, m, r in [(9e11, 1e12, 25), (1.3e12, 1e12, 25), (1000002000000, 1e12, 2e12), (7e8, 1e9, 3.5)]],
    "poisson": [[y, m, 1, poisson(y, m)] for y, m in [(1000001000000, 1e12), (999998000000, 1e12), (1000020000, 1e9)]],
    "genpoisson": [[y, m, phi, genpoisson(y, m, phi)] for y, m, phi in [(70000, 1e5, 100), (120000, 1e5, 100)]],
}
print(json.dumps({"software": {"mpmath": mp.__version__}, "rows": rows}, indent=1))
