# All subsets of the terms x, v (both parts) and z (zero part) of zero-inflated Poisson models by pscl: weights by AICc and BIC,
# and Buckland's average of v in the count part. data.csv is simulated. Rscript make.R > case.json (in this folder).
suppressMessages(library(pscl))
d <- read.csv("data.csv")
n <- nrow(d)
masks <- expand.grid(x = 0:1, v = 0:1, z = 0:1)
fits <- lapply(seq_len(nrow(masks)), function(i) {
  m <- masks[i, ]
  count <- c("1", if (m$x) "x", if (m$v) "v")
  zero <- c("1", if (m$z) "z", if (m$v) "v")
  f <- as.formula(paste("y ~", paste(count, collapse = "+"), "|", paste(zero, collapse = "+")))
  zeroinfl(f, data = d, reltol = 1e-15, maxit = 100000)
})
ll <- vapply(fits, function(m) as.numeric(logLik(m)), 0)
k <- vapply(fits, function(m) length(coef(m)), 0)
weigh <- function(ic) { w <- exp(-0.5 * (ic - min(ic))); w / sum(w) }
aicc <- weigh(-2 * ll + 2 * k + 2 * k * (k + 1) / (n - k - 1))
bic <- weigh(-2 * ll + k * log(n))
number <- function(v) paste0("[", paste(formatC(unname(v), digits = 12, format = "g", width = 1), collapse = ", "), "]")
inclusion <- function(w) number(vapply(names(masks), function(t) sum(w[masks[[t]] == 1]), 0))
held <- masks$v == 1
b <- vapply(fits[held], function(m) coef(m)[["count_v"]], 0)
se <- vapply(fits[held], function(m) sqrt(vcov(m)["count_v", "count_v"]), 0)
w <- aicc[held] / sum(aicc[held])
mean <- sum(w * b)
cat('{\n"name": "subsets_zeros_r",\n"software": {"R": "', as.character(getRversion()), '", "pscl": "', as.character(packageVersion("pscl")),
  '"},\n"results": {"terms": ["x", "v", "z"], "loglik": ', number(ll), ', "aicc": ', inclusion(aicc), ', "bic": ', inclusion(bic),
  ', "v": ', number(c(mean, sum(w * sqrt(se^2 + (b - mean)^2)))), "}\n}\n", sep = "")
