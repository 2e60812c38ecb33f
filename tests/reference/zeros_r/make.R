# Zero-inflated and hurdle models of pscl on simulated counts, with offsets in both parts and profile-likelihood bounds by
# uniroot over fits with one coefficient held in an offset: Rscript make.R > case.json (in this folder; writes data.csv too).
suppressMessages(library(pscl))
set.seed(11)
n <- 240
d <- data.frame(x = round(rnorm(n), 3), z = round(runif(n, -1, 1), 3), e = sample(1:9, n, TRUE), w = round(rnorm(n, 0, 0.3), 3))
zero <- runif(n) < plogis(-0.8 + 1.1 * d$z + d$w)
d$y <- ifelse(zero, 0, rnbinom(n, size = 1.8, mu = exp(0.2 + 0.5 * d$x) * d$e))
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
number <- function(x) formatC(x, digits = 12, format = "g", width = 1)
object <- function(x) paste0("{", paste0('"', names(x), '": ', vapply(x, number, ""), collapse = ", "), "}")
inflated <- function(f, dist) zeroinfl(f, data = d, dist = dist, reltol = 1e-15, maxit = 100000)
jump <- function(f, dist) hurdle(f, data = d, dist = dist, reltol = 1e-15, maxit = 100000)
bounds <- function(fit, f, held, dist, estimate, se) {
  top <- logLik(fit(f, dist))
  gap <- function(b) {
    d$held <<- b
    2 * as.numeric(top - logLik(fit(held, dist))) - qchisq(0.95, 1)
  }
  c(low = uniroot(gap, c(estimate - 4 * se, estimate), tol = 1e-9)$root,
    high = uniroot(gap, c(estimate, estimate + 4 * se), tol = 1e-9)$root)
}
models <- list(
  zip = list(inflated, "poisson"), zinb = list(inflated, "negbin"),
  "hurdle-poisson" = list(jump, "poisson"), "hurdle-nb2" = list(jump, "negbin"))
f <- y ~ x + offset(log(e)) | z + offset(w)
one <- function(name) {
  fit <- models[[name]][[1]]; dist <- models[[name]][[2]]
  m <- fit(f, dist)
  se <- sqrt(diag(vcov(m))); b <- coef(m)
  x <- bounds(fit, f, y ~ 1 + offset(log(e) + held * x) | z + offset(w), dist, b["count_x"], se["count_x"])
  z <- bounds(fit, f, y ~ x + offset(log(e)) | 1 + offset(w + held * z), dist, b["zero_z"], se["zero_z"])
  names(b) <- names(se) <- sub("^count_", "", names(b))
  theta <- if (is.null(m$theta)) "null" else number(m$theta)
  paste0('"', name, '": {"coefficients": ', object(b), ', "se": ', object(se), ', "loglik": ', number(logLik(m)),
         ', "theta": ', theta, ', "profile": {"x": ', object(x), ', "zero_z": ', object(z), "}}")
}
cat('{\n"name": "zeros_r",\n"software": {"R": "', as.character(getRversion()), '", "pscl": "', as.character(packageVersion("pscl")),
    '"},\n"results": {\n', paste(vapply(names(models), one, ""), collapse = ",\n"), "\n}}\n", sep = "")
