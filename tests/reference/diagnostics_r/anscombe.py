"""Anscombe residuals of statsmodels for a negative binomial fit to the quine data: python anscombe.py (in this folder)."""

import json

import pandas as pd
import statsmodels
import statsmodels.api as sm
import statsmodels.formula.api as smf

q = pd.read_csv("../nb_quine_glmnb/data.csv")
theta = json.load(open("../nb_quine_glmnb/case.json"))["results"]["theta"]
fit = smf.glm(
    "Days ~ C(Eth) + C(Sex) + C(Age) + C(Lrn)", q, family=sm.families.NegativeBinomial(alpha=1 / theta)
).fit(tol=1e-12, maxiter=200)
json.dump(
    {"software": {"statsmodels": statsmodels.__version__}, "theta": theta, "anscombe": list(fit.resid_anscombe)},
    open("anscombe.json", "w"),
)
