"""Generalised Poisson by statsmodels, Conway-Maxwell-Poisson by direct maximisation with scipy and mpmath.

Run in this folder: python make.py > case.json. The data are those of nb_quine_statsmodels and nb_boundary_underdispersed.
"""

import csv
import json

import mpmath as mp
import numpy as np
import scipy
import statsmodels
from scipy.optimize import minimize
from scipy.special import gammaln
from statsmodels.discrete.discrete_model import GeneralizedPoisson


def read(case):
    with open(f"../{case}/data.csv") as f:
        return list(csv.DictReader(f))


def quine():
    rows = read("nb_quine_statsmodels")
    y = np.array([float(r["Days"]) for r in rows])
    one = lambda c, l: np.array([float(r[c] == l) for r in rows])
    x = [np.ones(len(y)), one("Eth", "N"), one("Sex", "M"), one("Age", "F1"), one("Age", "F2"), one("Age", "F3"), one("Lrn", "SL")]
    return y, np.column_stack(x)


def genpoisson():
    y, x = quine()
    fit = GeneralizedPoisson(y, x, p=1).fit(maxiter=5000, disp=0, method="bfgs", gtol=1e-9)
    fit = GeneralizedPoisson(y, x, p=1).fit(start_params=fit.params, maxiter=200, disp=0, method="newton", tol=1e-12)
    return {
        "coefficients": list(fit.params[:-1]),
        "alpha": fit.params[-1],
        "loglik": fit.llf,
        "se_joint_observed": list(fit.bse[:-1]),
        "score": float(np.abs(GeneralizedPoisson(y, x, p=1).score(fit.params)).max()),
    }


K = np.arange(0, 400)
LK = gammaln(K + 1)


def com_eta(mu, nu):
    """ln lambda with mean mu, by bisection on a fixed grid of 400 terms."""
    low, high = -40.0, 40.0 * max(nu, 1.0)
    for _ in range(200):
        mid = 0.5 * (low + high)
        w = K * mid - nu * LK
        p = np.exp(w - w.max())
        if (p * K).sum() / p.sum() < mu:
            low = mid
        else:
            high = mid
    return 0.5 * (low + high)


def com_loglik(par, y, x):
    nu = np.exp(par[-1])
    out = 0.0
    for yi, xi in zip(y, x):
        eta = com_eta(np.exp(xi @ par[:-1]), nu)
        w = K * eta - nu * LK
        out += yi * eta - nu * gammaln(yi + 1) - (w.max() + np.log(np.exp(w - w.max()).sum()))
    return out


def hessian(f, p):
    n = len(p)
    steps = np.diag([1e-3, 2e-4, 2e-2])  # about a twentieth of a standard error each
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            e = lambda a, b: f(p + a * steps[i] + b * steps[j])
            d = lambda s: (e(s, s) - e(s, -s) - e(-s, s) + e(-s, -s)) / (4 * s * s * steps[i, i] * steps[j, j])
            out[i, j] = (4 * d(1) - d(2)) / 3
    return out


def compoisson():
    rows = read("nb_boundary_underdispersed")
    y = np.array([float(r["y"]) for r in rows])
    x = np.column_stack([np.ones(len(y)), [float(r["t"]) - 10.5 for r in rows]])
    f = lambda p: -com_loglik(p, y, x)
    fit = minimize(f, [np.log(y.mean()), 0.03, 2.0], method="Nelder-Mead", options={"xatol": 1e-11, "fatol": 1e-13, "maxiter": 4000})
    # One Newton step polishes the simplex.
    g = np.array([(8 * (f(fit.x + 1e-3 * e) - f(fit.x - 1e-3 * e)) - (f(fit.x + 2e-3 * e) - f(fit.x - 2e-3 * e))) / 12e-3 for e in np.eye(3)])
    h = hessian(f, fit.x)
    p = fit.x - np.linalg.solve(h, g)
    cov = np.linalg.inv(hessian(f, p))
    return {
        "coefficients": list(p[:2]),
        "nu": float(np.exp(p[2])),
        "loglik": -f(p),
        "se_joint_observed": list(np.sqrt(np.diag(cov))[:2]),
        "x": "t - 10.5",
    }


def com_log_pmfs(ys, mu, nu):
    """40 digits: the series to its end, lambda by bisection."""
    mp.mp.dps = 40
    mu, nu = mp.mpf(mu), mp.mpf(nu)
    terms = range(0, int(8 * mu + 200 / min(nu, 1)) + 60)
    lf = [mp.loggamma(k + 1) for k in terms]

    def sums(eta):
        w = [mp.exp(k * eta - nu * l) for k, l in zip(terms, lf)]
        return mp.fsum(k * v for k, v in zip(terms, w)) / mp.fsum(w), mp.fsum(w)

    low, high = mp.mpf(-20), nu * mp.log(mu + 2) + 2
    for _ in range(80):
        mid = (low + high) / 2
        low, high = (mid, high) if sums(mid)[0] < mu else (low, mid)
    ln_z = mp.log(sums(low)[1])
    return [[y, float(mu), float(nu), float(y * low - nu * lf[y] - ln_z)] for y in ys]


def gp_log_pmf(y, mu, phi):
    mp.mp.dps = 50
    mu, phi = mp.mpf(mu), mp.mpf(phi)
    a = mu + phi * y
    return float(mp.log(mu) + (y - 1) * mp.log(a) - mp.loggamma(y + 1) - y * mp.log1p(phi) - a / (1 + phi))


out = {
    "name": "dispersion_python",
    "software": {
        "statsmodels": statsmodels.__version__,
        "scipy": scipy.__version__,
        "numpy": np.__version__,
        "mpmath": mp.__version__,
    },
    "data": {"source": "nb_quine_statsmodels, nb_boundary_underdispersed", "may_be_committed": True},
    "results": {
        "genpoisson_quine": genpoisson(),
        "compoisson_boundary": compoisson(),
        "compoisson_log_pmf": [
            row
            for mu in [0.3, 2.5, 9.75, 40.0]
            for nu in [0.4, 1.0, 2.5, 12.0]
            for row in com_log_pmfs([0, 1, 3, 10, 26], mu, nu)
        ],
        "genpoisson_log_pmf": [
            [y, mu, phi, gp_log_pmf(y, mu, phi)]
            for mu in [0.3, 2.5, 40.0, 1047.5]
            for phi in [1e-9, 0.02, 0.7, 5.0]
            for y in [0, 1, 3, 26, 148, 2914]
        ],
    },
    "tolerance": {"fit": "rel 1e-6", "log_pmf": "rel 1e-11"},
}
print(json.dumps(out, indent=1))
