"""Covariances of NB1 and generalised Poisson regressions: python3 make.py > case.json (statsmodels, numpy, pandas)."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels
import statsmodels.discrete.discrete_model as dm

data = pd.read_csv(Path(__file__).parent / "../interactions_r/data.csv")
x = np.column_stack([np.ones(len(data)), data["x"], data["s"]])
cluster = (np.arange(len(data)) // 5).astype(int)
kinds = {
    "model": {"cov_type": "nonrobust"},
    "hc0": {"cov_type": "HC0"},
    "hac:2": {"cov_type": "HAC", "cov_kwds": {"maxlags": 2}},
    "cluster": {"cov_type": "cluster", "cov_kwds": {"groups": cluster, "use_correction": False}},
}
models = {
    "nb1": lambda: dm.NegativeBinomial(data["y"], x, loglike_method="nb1"),
    "genpoisson": lambda: dm.GeneralizedPoisson(data["y"], x, p=1),
}
results = {}
for name, make in models.items():
    start = make().fit(method="bfgs", maxiter=500, disp=0, gtol=1e-8).params
    out = {}
    for kind, options in kinds.items():
        fit = make().fit(start_params=start, method="newton", tol=1e-12, maxiter=200, disp=0, **options)
        out["coefficients"] = list(fit.params[:3])
        out["log_lik"] = fit.llf
        out["dispersion"] = fit.params.iloc[3] if hasattr(fit.params, "iloc") else fit.params[3]
        out[kind] = list(np.asarray(fit.bse)[:3])
    results[name] = out
versions = f"Python {sys.version.split()[0]}, statsmodels {statsmodels.__version__}, numpy {np.__version__}"
json.dump({"software": versions, "data": "../interactions_r/data.csv", "formula": "y ~ x + s; clusters of 5 rows", "results": results},
          sys.stdout, indent=1)
print()
