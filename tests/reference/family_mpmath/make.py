"""Log probabilities in 60-digit arithmetic, for tests/reference/family.rs. Run: python make.py > case.json"""

import json
import mpmath as mp

mp.mp.dps = 60


def poisson(y, mu):
    return y * mp.log(mu) - mu - mp.loggamma(y + 1)


def negbin(y, mu, r):
    ratio = mp.loggamma(y + r) - mp.loggamma(r) - mp.loggamma(y + 1)
    return ratio - r * mp.log1p(mu / r) + y * mp.log(mu / (mu + r))


def cdf(pmf, y):
    return mp.fsum(mp.exp(pmf(k)) for k in range(y + 1))


counts = [0, 1, 2, 3, 7, 10, 26, 148, 1047, 2914]
means = ["0.001", "0.3", "1", "2.5", "9.75", "40", "1047.5", "3000"]
sizes = ["1e-3", "0.05", "0.7", "1.27", "6.4", "9.99", "55", "1e3", "1e5", "1e7", "1e9", "1e11", "1e13"]
out = {
    "name": "family_mpmath",
    "software": {"mpmath": mp.__version__, "digits": mp.mp.dps},
    "data": {"may_be_committed": True},
    "results": {
        "poisson": [[y, float(m), float(poisson(y, mp.mpf(float(m))))] for y in counts for m in means],
        "negbin": [
            [y, float(m), float(r), float(negbin(y, mp.mpf(float(m)), mp.mpf(float(r))))]
            for y in counts
            for m in means
            for r in sizes
        ],
        "negbin_cdf": [
            [y, float(m), float(r), float(cdf(lambda k: negbin(k, mp.mpf(float(m)), mp.mpf(float(r))), y))]
            for y in [0, 3, 10, 26, 148]
            for m in ["0.3", "2.5", "9.75", "40", "150"]
            for r in ["0.7", "6.4", "1e3", "1e5", "1e7", "1e9"]
        ],
        "remainders": [
            [
                float(x),
                float(mp.loggamma(x) - (x - 0.5) * mp.log(x) + x - mp.log(2 * mp.pi) / 2),
                float(mp.log(x) - 1 / (2 * x) - mp.digamma(x)),
                float(mp.polygamma(1, x) - 1 / x - 1 / (2 * x**2)),
            ]
            for x in [mp.mpf(float(v)) for v in ["0.01", "0.3", "1", "2.5", "9.99", "10", "33", "1e3", "1e6"]]
        ],
    },
    "tolerance": {"log_pmf": "rel 1e-12", "cdf": "rel 1e-10"},
}
print(json.dumps(out, indent=None, separators=(",", ":")).replace("],[", "],\n["))
