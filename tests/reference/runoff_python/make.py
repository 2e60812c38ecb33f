"""One-sided profile bounds of a group of zeros: python make.py > case.json (in this folder).

Poisson with an interaction that runs off too (statsmodels' GLM with the coefficient held in an offset), and
Conway-Maxwell-Poisson without it (direct maximisation with scipy on a grid of 400 terms); roots by brentq.
"""

import json

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy.optimize import brentq, minimize
from scipy.special import gammaln

DROP = 1.920729410347062
X = [-1.3, 0.4, 0.9, -0.2, 1.7, -0.8, 0.1, -1.9, 0.6, 1.2, -0.5, 0.3]
Y = [4, 5, 3, 5, 6, 4, 4, 3, 5, 7, 4, 5]
y = np.array(Y + [0] * 12, float)
x = np.array(X + [v + 0.15 for v in X])
g = np.array([0.0] * 12 + [1.0] * 12)
one = np.ones(24)


def poisson(columns, rows, offset):
    fit = sm.GLM(y[rows], np.column_stack(columns)[rows], sm.families.Poisson(), offset=offset[rows]).fit(tol=1e-14, maxiter=300)
    return fit.llf


K = np.arange(0, 400)
LK = gammaln(K + 1)


def com_pmf(value, mu, nu):
    def gap(eta):
        w = K * eta - nu * LK
        p = np.exp(w - w.max())
        return (p * K).sum() / p.sum() - mu

    eta = brentq(gap, -60.0, 40.0 * max(nu, 1.0), xtol=1e-14)
    w = K * eta - nu * LK
    return value * eta - nu * gammaln(value + 1) - w.max() - np.log(np.exp(w - w.max()).sum())


def com(b):
    """The maximum given the coefficient b of the group, without x; None: without the group."""

    def f(p):
        ll = com_pmf(np.array(Y), np.exp(p[0]), np.exp(p[1])).sum()
        return -ll if b is None else -ll - 12 * com_pmf(0.0, np.exp(p[0] + b), np.exp(p[1]))

    # Nelder and Mead, and again from there.
    p = [1.5, 1.5]
    for _ in range(2):
        found = minimize(f, p, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 2000})
        p = found.x
    return -found.fun


first = np.arange(24) < 12
top = poisson([one, x], first, 0.0 * one)
every = np.ones(24, bool)
bound = brentq(lambda b: top - poisson([one, x, x * g], every, b * g) - DROP, -8, -1, xtol=1e-12)
com_top = com(None)
com_bound = brentq(lambda b: com_top - com(b) - DROP, -5, -3, xtol=1e-7)
print(
    json.dumps(
        {
            "name": "runoff_python",
            "software": {"statsmodels": statsmodels.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
            "results": {
                "y": list(y),
                "x": list(x),
                "g": list(g),
                "poisson_interaction_bound": bound,
                "compoisson_bound": com_bound,
                "compoisson_loglik": com_top,
            },
        },
        indent=1,
    )
)
