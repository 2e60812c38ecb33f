"""Constrained maxima of INGARCH(1,1) likelihoods by SLSQP from many starts, for the simulated series of data.csv.

    python make.py > case.json

Identity link: b0, beta_1, alpha_1 >= 0, beta_1 + alpha_1 <= 1 - 1e-6, and every mean >= 0 where the count is 0. Log link:
|beta_1|, |alpha_1|, |beta_1 + alpha_1| <= 1 - 1e-6. Marginal start. The recursion and its gradient are written anew.
"""
import csv
import json
import platform

import numpy as np
import scipy
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

EDGE, STARTS = 1e-6, 60
RUNS = [("1", "identity", "poisson"), ("1", "identity", "nb2"), ("2", "identity", "poisson"),
        ("3", "identity", "poisson"), ("6", "identity", "poisson"), ("4", "log", "poisson"),
        ("5", "log", "poisson")]


def path(q, y, x, log):
    b0, b, a, g = q[:4]
    if b + a >= 1:
        return None
    c = b0 / (1 - b - a)
    dc = np.array([1 / (1 - b - a), b0 / (1 - b - a) ** 2, b0 / (1 - b - a) ** 2, 0.0])
    z = np.log1p(y) if log else y
    nu, d = np.empty(len(y)), np.empty((len(y), 4))
    last, dlast, count, dcount = c, dc, c, dc
    for t in range(len(y)):
        nu[t] = b0 + b * count + a * last + g * x[t]
        d[t] = a * dlast + b * dcount + np.array([1, count, last, x[t]])
        last, dlast, count, dcount = nu[t], d[t], z[t], 0 * dc
    return nu, d


def minus(q, y, x, log, family):
    worst = 1e10, np.zeros(len(q))
    p = path(q, y, x, log)
    if p is None or not np.all(np.isfinite(p[0])):
        return worst
    nu, d = p
    if log and (nu.max() > 50 or nu.min() < -200):
        return worst
    if not log and np.any((nu <= 1e-12) & (y > 0)):
        return worst
    m = np.exp(nu) if log else np.maximum(nu, 1e-12)
    dm = d * m[:, None] if log else d
    if family == "poisson":
        return -np.sum(y * np.log(m) - m - gammaln(y + 1)), -((y / m - 1)[:, None] * dm).sum(0)
    k = 1 / q[4]
    value = np.sum(gammaln(y + k) - gammaln(k) - gammaln(y + 1) - k * np.log1p(m / k) + y * np.log(m / (k + m)))
    slope = np.sum(-k * k * (digamma(y + k) - digamma(k) - np.log1p(m / k)) + k * (y - m) / (1 + m / k))
    return -value, -np.append((((y - m) / (m * (1 + m / k)))[:, None] * dm).sum(0), slope)


def best(y, x, log, family, rng):
    n = 4 if family == "poisson" else 5
    zeros = np.where(y == 0)[0]
    total = lambda s: {"type": "ineq", "fun": lambda q: 1 - EDGE - s * (q[1] + q[2]),
                       "jac": lambda q: np.r_[0, -s, -s, np.zeros(n - 3)]}
    constraints = [total(1)] + ([total(-1)] if log else [])
    unit = (-1 + EDGE, 1 - EDGE)
    bounds = [(None, None), unit, unit, (None, None)] if log else [(0, None)] * 3 + [(None, None)]
    bounds += [(1e-6, 20)] * (n - 4)
    if not log and len(zeros):
        means = lambda q: path(q, y, x, log)[0][zeros] if q[1] + q[2] < 1 else -np.ones(len(zeros))
        slopes = lambda q: np.pad(path(q, y, x, log)[1][zeros], ((0, 0), (0, n - 4)))
        constraints.append({"type": "ineq", "fun": means, "jac": slopes})
    level, found = np.log(y.mean()) if log else y.mean(), None
    for _ in range(STARTS):
        s = rng.uniform(-0.95, 0.95) if log else rng.uniform(0.02, 0.97)
        a = rng.uniform(max(-0.95, s - 0.95), min(0.95, s + 0.95)) if log else rng.uniform(0, s)
        start = np.r_[level * (1 - s), s - a, a, 0, [0.1] * (n - 4)]
        try:
            r = minimize(minus, start, (y, x, log, family), "SLSQP", True, bounds=bounds, constraints=constraints,
                         options={"maxiter": 500, "ftol": 1e-14})
        except (ValueError, TypeError):
            continue
        inside = abs(r.x[1] + r.x[2]) <= 1 - EDGE + 1e-9 and np.all(np.abs(r.x[1:3]) <= 1)
        p = path(r.x, y, x, log) if inside else None
        if p and (log or p[0].min() > -1e-8) and (found is None or r.fun < found.fun):
            found = r
    nu = path(found.x, y, x, log)[0]
    return {"loglik": -found.fun, "(Intercept)": found.x[0], "beta_1": found.x[1], "alpha_1": found.x[2], "x": found.x[3],
            "at_zero": [] if log else [int(t + 1) for t in np.where(nu < 1e-8)[0]]}


rows = list(csv.DictReader(open("data.csv")))
rng = np.random.default_rng(1)
results = {}
for name, link, family in RUNS:
    own = [r for r in rows if r["series"] == name]
    y, x = (np.array([float(r[c]) for r in own]) for c in ("y", "x"))
    results[f"series_{name}_{family}"] = {"link": link, **best(y, x, link == "log", family, rng)}
print(json.dumps({
    "name": "ingarch_positive",
    "software": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    "data": {"may_be_committed": True, "source": "simulated; data.csv"},
    "results": results,
}, indent=1))
