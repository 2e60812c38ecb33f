"""Constrained maximum of the joint NB2 likelihood of the log-linear autoregression on tscount's influenza counts.

    TUMEN_CASES=folder python make.py > case.json

The recursion is written anew; BFGS over the other parameters at points of a grid of (beta, alpha) on the edge of the
region |beta|, |alpha|, |beta + alpha| <= 1 - 1e-6 (tscount's slackvar), marginal start b0/(1 - beta - alpha).
"""
import csv
import json
import os
import platform

import numpy as np
import scipy
from scipy.optimize import minimize
from scipy.special import gammaln

EDGE = 1e-6
with open(os.path.join(os.environ["TUMEN_CASES"], "ingarch_influenza", "data.csv")) as f:
    rows = list(csv.DictReader(f))
y = np.array([float(r["cases"]) for r in rows])
x = np.array([[1.0, float(r["c52"]), float(r["s52"])] for r in rows])
ly = np.log1p(y)


def loglik(q, b, a):
    xb, c = x @ q[:3], q[0] / (1 - b - a)
    nu, z, m = np.empty(len(y)), c, c
    for t in range(len(y)):
        nu[t] = xb[t] + b * z + a * m
        z, m = ly[t], nu[t]
    if np.any((nu < -230) & (y > 0)) or np.any(nu > 700):
        return -1e10
    nu, k = np.maximum(nu, -230), np.exp(-q[3])
    mu = np.exp(nu)
    return np.sum(gammaln(y + k) - gammaln(k) - gammaln(y + 1) + k * np.log(k / (k + mu)) + y * (nu - np.log(k + mu)))


def best(b, a):
    fits = [minimize(lambda q: -loglik(q, b, a), s, method="BFGS", options={"gtol": 1e-7})
            for s in ([-0.4, 0.5, 0.3, -0.3], [0.1, 0.2, -0.2, -0.7])]
    r = min(fits, key=lambda r: r.fun)
    return {"beta_1": b, "alpha_1": a, "loglik": -r.fun, "(Intercept)": r.x[0], "c52": r.x[1], "s52": r.x[2],
            "alpha": float(np.exp(r.x[3]))}


top = 1 - EDGE
edge = [best(top, -g) for g in (0.0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.3)]
edge += [best(b, top - b) for b in (0.9, 0.7, 0.5)]
vertex = max(edge, key=lambda r: r["loglik"])
print(json.dumps({
    "name": "ingarch_bounds",
    "software": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    "data": {"may_be_committed": True, "source": "results only; the counts are those of ingarch_influenza"},
    "results": {"vertex": vertex, "edge": [[r["beta_1"], r["alpha_1"], r["loglik"]] for r in edge]},
}, indent=1))
