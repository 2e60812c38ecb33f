"""Reference values of poly, ns, bs, fourier and dlag: python3 make.py > reference.json

poly: Householder QR of the powers of x - mean (numpy), columns with the sign of the monic polynomial, as R's poly does;
      later values by solving for the polynomial coefficients in powers of x - mean.
bs:   patsy.bs (tested by its authors against R's splines::bs), beyond the boundary scipy's BSpline, extrapolated.
ns:   scipy's BSpline and numpy's complete QR of the second derivatives at the boundary, the construction of R's
      splines::ns; checked below against coefficients that R printed.
dlag: scipy.stats.gamma.cdf.
"""

import json

import numpy as np
import patsy
import scipy
from scipy.interpolate import BSpline
from scipy.stats import gamma

HISTORY = [3.1, 0.4, 7.7, 2.2, 9.9, 4.6, 5.5, 1.3, 8.8, 6.1, 2.9, 7.2, 0.9, 4.1, 5.0, 9.1, 3.7, 6.6, 8.3, 1.8]
LATER = [0.4, 9.9, 5.25, -1.5, 12.0, 10.5]


def poly(x, new, d):
    m = np.mean(x)
    powers = np.vander(np.asarray(x) - m, d + 1, increasing=True)
    q, r = np.linalg.qr(powers)
    coefficients = np.linalg.inv(r) @ np.diag(np.sign(np.diag(r)))
    return ((np.vander(np.asarray(v) - m, d + 1, increasing=True) @ coefficients)[:, 1:] for v in (x, new))


def design(knots, order, v, derivative=0):
    count = len(knots) - order
    columns = [BSpline(knots, np.eye(count)[i], order - 1, extrapolate=True) for i in range(count)]
    return np.stack([(c.derivative(derivative) if derivative else c)(v) for c in columns], axis=1)


def knots_of(x, internal, order):
    inner = np.quantile(x, np.linspace(0, 1, internal + 2)[1:-1]) if internal else []
    return np.concatenate([[min(x)] * order, inner, [max(x)] * order])


def bs(x, new, df, degree):
    inside = np.asarray(patsy.bs(np.asarray(x), df=df, degree=degree))
    knots = knots_of(x, df - degree, degree + 1)
    assert np.allclose(inside, design(knots, degree + 1, x)[:, 1:], atol=1e-13)
    return inside, design(knots, degree + 1, new)[:, 1:]


def ns(x, new, df):
    low, high = min(x), max(x)
    knots = knots_of(x, df - 1, 4)
    second = design(knots, 4, [low, high], 2)[:, 1:]
    q, _ = np.linalg.qr(second.T, mode="complete")

    def at(v):
        v = np.asarray(v, float)
        near = np.clip(v, low, high)
        b = design(knots, 4, near) + design(knots, 4, near, 1) * (v - near)[:, None]
        return (b[:, 1:] @ q)[:, 2:]

    return at(x), at(new)


def check_ns_against_r():
    """lm(weight ~ ns(height, df = 5), data = women) as printed by R in the README of simisc/splintr on GitHub."""
    height = np.arange(58.0, 73.0)
    weight = np.array([115, 117, 120, 123, 126, 129, 132, 135, 139, 142, 146, 150, 154, 159, 164.0])
    x = np.column_stack([np.ones(15), ns(height, height, 5)[0]])
    beta = np.linalg.lstsq(x, weight, rcond=None)[0]
    printed = [114.74466, 15.94736, 25.16949, 33.25822, 50.78938, 45.03633]
    assert np.allclose(beta, printed, atol=6e-6), beta
    return {"height": height.tolist(), "weight": weight.tolist(), "coefficients_r": printed}


def dlag_gamma(mean, shape, most):
    cdf = gamma.cdf(np.arange(most + 2), shape, scale=mean / shape)
    return (np.diff(cdf) / cdf[-1]).tolist()


def case(term, pair):
    history, later = pair
    return {"term": term, "history": np.asarray(history).tolist(), "later": np.asarray(later).tolist()}


cases = [case(f"poly(x, {d})", poly(HISTORY, LATER, d)) for d in (1, 2, 4)]
cases += [case(f"ns(x, df = {df})", ns(HISTORY, LATER, df)) for df in (1, 2, 3, 6)]
cases += [case(f"bs(x, df = {df}, degree = {k})", bs(HISTORY, LATER, df, k)) for df, k in ((3, 3), (5, 3), (4, 2), (3, 1))]
print(
    json.dumps(
        {
            "software": {"numpy": np.__version__, "scipy": scipy.__version__, "patsy": patsy.__version__},
            "history": HISTORY,
            "later": LATER,
            "cases": cases,
            "women": check_ns_against_r(),
            "dlag_gamma": {"mean": 3, "shape": 2, "max": 8, "weights": dlag_gamma(3, 2, 8)},
        },
        indent=1,
    )
)
