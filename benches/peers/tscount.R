# Times of R's tscount for what `cargo bench --bench ingarch` times: the NB INGARCH fit of the campylobacter counts with two
# interventions, and its parametric bootstrap. Run both on one machine, one after the other, and divide.
#   Rscript benches/peers/tscount.R && TUMEN_CASES=CASES cargo bench --bench ingarch
# benches/README.md says how to give both the same counts and which lines to divide.
suppressPackageStartupMessages(library(tscount))

x <- interv_covariate(n = length(campy), tau = c(84, 100), delta = c(1, 0))
fit <- function() tsglm(campy, model = list(past_obs = 1, past_mean = 13), xreg = x, distr = "nbinom")
elapsed <- function(f) system.time(f())[["elapsed"]]

cat("tscount", as.character(packageVersion("tscount")), "on", R.version.string, "\n")
# tsglm computes the information matrix within: it is a fit with its errors.
cat("NB fit, two interventions: median", 1e3 * median(replicate(7, elapsed(fit))), "ms\n")

# 500 replicates take a quarter of an hour: time 20 and say so.
one <- fit()
b <- 20
cat("parametric bootstrap:", elapsed(function() se(one, B = b)) / b * 500, "s for 500 replicates, from", b, "\n")
