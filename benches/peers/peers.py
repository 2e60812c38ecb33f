"""The peers in Python: statsmodels on small problems, glum on the large one. One JSON line per task, as benches/peers.rs."""

import json
import resource
import statistics
import sys
import time
import warnings

import numpy as np


def median(runs, call, clock=time.process_time):
    """By processor time: on a busy machine a call of milliseconds is interrupted, one of tumen's microseconds seldom."""
    call()
    times = []
    for _ in range(runs):
        start = clock()
        call()
        times.append(clock() - start)
    return statistics.median(times)


def say(who, task, seconds, answer, **more):
    print(json.dumps({"who": who, "task": task, "seconds": seconds, "answer": list(map(float, answer)), **more}), flush=True)


def read(path):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, 0], np.column_stack([np.ones(len(table)), table[:, 1:]])


def nb2(y, x):
    import statsmodels.api as sm

    fit = sm.NegativeBinomial(y, x).fit(disp=0, maxiter=100, gtol=1e-6)
    return [*fit.params[:-1], 1.0 / fit.params[-1]]


def small(folder):
    import statsmodels
    import statsmodels.api as sm

    warnings.simplefilter("ignore")  # statsmodels turns its own warnings on
    who = "statsmodels " + statsmodels.__version__
    y, x = read(f"{folder}/small.csv")
    poisson = lambda: sm.GLM(y, x, family=sm.families.Poisson()).fit(tol=1e-10)
    say(who, "poisson", median(101, poisson), poisson().params)
    say(who, "nb2", median(15, lambda: nb2(y, x)), nb2(y, x))
    y, x = read(f"{folder}/series.csv")

    def backtest():
        return [np.exp(x[o] @ nb2(y[:o], x[:o])[:-1]) for o in range(26, 46)]

    say(who, "backtest", median(3, backtest), backtest())


def large(folder):
    import glum

    n, p = 1_000_000, 20
    with open(f"{folder}/large.bin", "rb") as file:
        y = np.fromfile(file, dtype="<f8", count=n)
        x = np.fromfile(file, dtype="<f8", count=n * p).reshape(n, p)
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def fit():
        model = glum.GeneralizedLinearRegressor(family="poisson", alpha=0, gradient_tol=1e-8, fit_intercept=False)
        model.fit(x, y)
        return model.coef_

    answer = fit()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    data = 8 * n * (p + 1)
    say("glum " + glum.__version__, "large", median(3, fit, time.perf_counter), answer, data=data, loaded=loaded, peak=peak)


if __name__ == "__main__":
    {"small": small, "large": large}[sys.argv[1]](sys.argv[2])
