"""What tscount's score tests of interventions are, and at which estimates it took them.

    TUMEN_CASES=folder python make.py > case.json

`interv_test` and `interv_detect` of the case ingarch_campy are taken at a fit whose coefficients were not recorded. Here the
statistic is written anew from its definition in tscount 1.4.3 (quasi-score of the intervention alone; slopes with counts
before the first step held fixed; A = sum d d'/lambda, B = sum (1/lambda + sigmasq) d d'), and the four unknowns (intercept,
beta_1, alpha_13, sigmasq) are solved for from the 115 recorded statistics. That all of them are met shows the definition
right; that the coefficients are not those of the maximum shows where the rest of the difference comes from.
"""
import csv
import json
import os
import platform

import numpy as np
import scipy
from scipy.optimize import brentq, least_squares, minimize

folder = os.path.join(os.environ["TUMEN_CASES"], "ingarch_campy")
with open(os.path.join(folder, "case.json")) as f:
    recorded = json.load(f)["results"]
with open(os.path.join(folder, "data.csv")) as f:
    y = np.array([float(r["campy"]) for r in csv.DictReader(f)])
n = len(y)


def run(theta, x, exact):
    """Means and slopes; `exact` passes the start's slope on through the count before the first step as well."""
    b0, b, a = theta
    d = 1 - b - a
    c, dc = b0 / d, np.r_[1 / d, b0 / d**2, b0 / d**2, np.zeros(x.shape[1])]
    lam, slope = np.zeros(n), np.zeros((n, 3 + x.shape[1]))
    for t in range(n):
        z = y[t - 1] if t else c
        m, dm = (lam[t - 13], slope[t - 13]) if t >= 13 else (c, dc)
        lam[t] = b0 + b * z + a * m
        g = a * dm
        g[0] += 1
        g[1] += z
        g[2] += m
        g[3:] += x[t]
        slope[t] = g + (b * dc if exact and t == 0 else 0)
    return lam, slope


def column(tau, delta):
    t = np.arange(n) - (tau - 1)
    return np.where(t >= 0, float(delta) ** np.maximum(t, 0), 0.0)


def statistic(theta, s, taus, deltas, exact):
    x = np.array([column(t, e) for t, e in zip(taus, deltas)]).T
    lam, d = run(theta, x, exact)
    u = ((y / lam - 1)[:, None] * d).sum(0)
    g, g1 = (d / lam[:, None]).T @ d, (d * (1 / lam + s)[:, None]).T @ d
    c = np.linalg.solve(g[:3, :3], g[:3, 3:])
    v = g1[3:, 3:] - c.T @ g1[:3, 3:] - g1[3:, :3] @ c + c.T @ g1[:3, :3] @ c
    return float(u[3:] @ np.linalg.solve(v, u[3:]))


tests = [(np.atleast_1d(t["tau"]), np.atleast_1d(t["delta"]), t["stat"])
         for t in recorded["interv_test_on_fit_without_interventions"]]
search = [([t], [0], s) for t, s in zip(range(20, 131), recorded["interv_detect_delta0_taus20_130"]["stats"])]
every = tests + search
none = np.zeros((n, 0))


def gaps(q):
    return [statistic(q[:3], q[3], t, e, False) - v for t, e, v in every]


def minus_quasi(theta):
    lam, d = run(theta, none, True)
    return -np.sum(y * np.log(lam) - lam), -((y / lam - 1)[:, None] * d).sum(0)


fit = least_squares(gaps, [2.3, 0.57, 0.21, 0.11], x_scale=[1, 0.1, 0.1, 0.1], xtol=1e-15, ftol=1e-15, gtol=1e-15)
top = minimize(minus_quasi, [2.3, 0.58, 0.2], jac=True, method="BFGS", options={"gtol": 1e-10}).x
lam = run(top, none, False)[0]
s = brentq(lambda s: np.sum((y - lam) ** 2 / (lam + s * lam**2)) - (n - 3), 0, 10, xtol=1e-15)
at = lambda s, exact: [statistic(top, s, t, e, exact) for t, e, _ in tests]
print(json.dumps({
    "name": "tscount_score",
    "software": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    "data": {"may_be_committed": True, "source": "results only; the counts are those of ingarch_campy"},
    "results": {
        "solved_for": dict(zip(["(Intercept)", "beta_1", "alpha_13", "sigmasq"], map(float, fit.x))),
        "largest_gap_of_115_statistics": float(np.max(np.abs(fit.fun))),
        "quasi_loglik_below_maximum": float(minus_quasi(fit.x[:3])[0] - minus_quasi(top)[0]),
        "maximum": dict(zip(["(Intercept)", "beta_1", "alpha_13"], map(float, top))) | {"sigmasq": s},
        "at_maximum": {"past_held": at(s, False), "exact_poisson": at(0.0, True)},
    },
}, indent=1))
