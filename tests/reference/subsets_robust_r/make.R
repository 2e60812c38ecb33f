# All subsets of four terms under AICc, averaged by Buckland's formula with sandwich errors inside each model: Rscript make.R >
# case.json (in this folder; data.csv is that of beyond_r).
suppressMessages({library(sandwich); library(MASS); library(pscl)})
d <- read.csv("data.csv")
n <- nrow(d)
num <- function(x) formatC(x, digits = 12, format = "g", width = 1)
arr <- function(x) paste0("[", paste(num(unname(x)), collapse = ", "), "]")
obj <- function(l) paste0("{", paste0('"', names(l), '": ', unlist(l), collapse = ", "), "}")
terms <- c("a", "b", "e", "g")
d$cluster <- (seq_len(n) - 1) %/% 4
kinds <- list(hc0 = function(m) vcovHC(m, "HC0"), hc3 = function(m) vcovHC(m, "HC3"),
  "hac" = function(m) NeweyWest(m, prewhite = FALSE), "hac:3:prewhite:adjust" = function(m) NeweyWest(m, lag = 3, prewhite = TRUE, adjust = TRUE),
  cluster = function(m) vcovCL(m, ~cluster, type = "HC0"), "cluster:hc1" = function(m) vcovCL(m, ~cluster, type = "HC1"))
twice <- function(fit, g) { m <- fit(g, NULL); fit(g, coef(m)) }   # its weights are those of the step before the last
families <- list(
  poisson = function(g) twice(function(g, s) glm(g, poisson, d, start = s, control = glm.control(epsilon = 1e-14)), g),
  nb2 = function(g) glm.nb(g, d, control = glm.control(epsilon = 1e-14, maxit = 200)),
  "gaussian-log1p" = function(g) lm(update(g, log(y + 1) ~ .), d))
averaged <- function(fits, k, v) {
  ll <- vapply(fits, function(m) as.numeric(logLik(m)), 0)
  ic <- -2 * ll + 2 * k + 2 * k * (k + 1) / (n - k - 1)
  w <- exp(-0.5 * (ic - min(ic)))
  one <- function(name) {
    has <- which(vapply(fits, function(m) name %in% names(coef(m)), TRUE)); u <- w[has] / sum(w[has])
    b <- vapply(has, function(i) coef(fits[[i]])[[name]], 0); s2 <- vapply(has, function(i) v(fits[[i]])[name, name], 0)
    mean <- sum(u * b)
    c(mean, sum(u * sqrt(s2 + (b - mean)^2)))
  }
  one
}
sets <- lapply(0:15, function(s) terms[bitwAnd(s, 2^(0:3)) > 0])
result <- function(family) {
  fits <- lapply(sets, function(inn) { g <- reformulate(c("c", inn), "y"); environment(g) <- globalenv(); m <- families[[family]](g); m$call$formula <- g; m })
  k <- vapply(fits, function(m) length(coef(m)) + (family != "poisson"), 0)
  obj(lapply(kinds, function(v) { one <- averaged(fits, k, v); obj(lapply(setNames(nm = c("c", terms)), function(t) arr(one(t)))) }))
}
# Extra zeros: z = the columns of both parts together.
zeros <- function() {
  fits <- lapply(list(c("1", "1"), c("a", "1"), c("1", "b"), c("a", "b")), function(p)
    zeroinfl(as.formula(paste("y ~", p[1], "|", p[2])), data = d, reltol = 1e-15, maxit = 1e5))
  k <- vapply(fits, function(m) length(coef(m)), 0)
  one <- averaged(fits, k, function(m) vcovCL(m, cluster = d$cluster))
  obj(lapply(setNames(nm = c("count_a", "zero_b")), function(t) arr(one(t))))
}
version <- function(p) as.character(packageVersion(p))
cat('{\n"name": "subsets_robust_r",\n"software": {"R": "', as.character(getRversion()), '", "sandwich": "', version("sandwich"), '", "MASS": "', version("MASS"),
  '", "pscl": "', version("pscl"), '"},\n"results": {\n', paste0('"', names(families), '": ', vapply(names(families), result, ""), collapse = ",\n"),
  ',\n"zip": ', zeros(), "\n}}\n", sep = "")
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
