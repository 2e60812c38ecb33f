# Weights with offsets under identity and square-root links, quasi-Poisson, its sandwich, and influence: R's glm, sandwich and
# lm.influence. Rscript make.R > case.json (in this folder; writes data.csv too).
suppressMessages(library(sandwich))
set.seed(12)
n <- 36
d <- data.frame(x = round(runif(n, 0, 3), 3), z = round(rnorm(n), 3), e = round(runif(n, 0.5, 2), 2), w = round(runif(n, 0.3, 3), 2))
d$y <- rnbinom(n, size = 4, mu = d$e * (3 + 2 * d$x))
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
number <- function(v) paste0("[", paste(formatC(unname(v), digits = 14, format = "g", width = 1), collapse = ", "), "]")
control <- glm.control(epsilon = 1e-14, maxit = 200)
one <- function(name, family, formula, start = NULL) {
  m <- suppressWarnings(glm(formula, family, d, weights = w, control = control, start = start))
  # R's weights are those of the mean one iteration back: iterate on.
  for (again in 1:4) m <- suppressWarnings(glm(formula, family, d, weights = w, control = control, start = coef(m)))
  m0 <- suppressWarnings(summary(m))
  paste0('"', name, '": {"coefficients": ', number(coef(m)), ', "se": ', number(m0$coefficients[, 2]),
    ', "dispersion": ', number(m0$dispersion), ', "deviance": ', number(deviance(m)), ', "hc0": ', number(sqrt(diag(vcovHC(m, "HC0")))),
    ', "hc3": ', number(sqrt(diag(vcovHC(m, "HC3")))), ', "hat": ', number(hatvalues(m)), ', "cook": ', number(cooks.distance(m)),
    ', "dfbeta": ', number(dfbeta(m)), ', "dfbetas": ', number(dfbetas(m)), "}")
}
cat('{\n"name": "influence_r",\n"software": {"R": "', as.character(getRversion()), '", "sandwich": "', as.character(packageVersion("sandwich")),
  '"},\n"results": {\n', paste(c(
  one("poisson_log", poisson(), y ~ x + z + offset(log(e))),
  one("quasi_log", quasipoisson(), y ~ x + z + offset(log(e))),
  one("quasi_sqrt", quasipoisson("sqrt"), y ~ x + z + offset(e), c(1, 0.5, 0)),
  one("quasi_identity", quasipoisson("identity"), y ~ x + z + offset(e), c(3, 2, 0)),
  one("poisson_identity", poisson("identity"), y ~ x + z + offset(e), c(3, 2, 0))), collapse = ",\n"), "\n}}\n", sep = "")
