# Bootstraps of pscl's zero-inflated and hurdle models by a loop, 2000 replicates each: counts from the fitted laws, and
# circular blocks of 6 rows. Rscript make.R > case.json (in this folder; data.csv is that of zeros_r).
suppressMessages(library(pscl))
set.seed(14)
number <- function(x) formatC(x, digits = 8, format = "g", width = 1)
object <- function(x) paste0("{", paste0('"', sub("^count_", "", names(x)), '": ', vapply(x, number, ""), collapse = ", "), "}")
d <- read.csv("data.csv")
n <- nrow(d)
B <- 2000
f <- y ~ x + offset(log(e)) | z + offset(w)
fits <- list(zip = function(d) zeroinfl(f, data = d), zinb = function(d) zeroinfl(f, data = d, dist = "negbin"),
  "hurdle-poisson" = function(d) hurdle(f, data = d), "hurdle-nb2" = function(d) hurdle(f, data = d, dist = "negbin"))
# Counts of a fitted model.
draw <- function(m) {
  mu <- predict(m, type = "count"); nb <- "negbin" %in% unlist(m$dist)
  theta <- if (nb) m$theta[1] else Inf
  one <- function(u) if (nb) qnbinom(u, size = theta, mu = mu) else qpois(u, mu)
  if (inherits(m, "zeroinfl")) return(ifelse(runif(n) < predict(m, type = "zero"), 0, one(runif(n))))
  b <- coef(m, "zero"); p <- plogis(b[1] + b[2] * d$z + d$w)
  f0 <- if (nb) dnbinom(0, size = theta, mu = mu) else exp(-mu)
  ifelse(runif(n) < p, one(f0 + (1 - f0) * runif(n)), 0)
}
one <- function(name) {
  fit <- fits[[name]]; m <- fit(d)
  again <- function(d) tryCatch(coef(suppressWarnings(fit(d))), error = function(e) coef(m) * NA)
  parametric <- replicate(B, again(transform(d, y = draw(m))))
  blocks <- replicate(B, again(d[unlist(lapply(sample.int(n, n / 6, TRUE), function(s) (s + 0:5 - 1) %% n + 1)), ]))
  show <- function(b) {
    b <- b[, !is.na(colSums(b))]
    low <- apply(b, 1, quantile, 0.025); high <- apply(b, 1, quantile, 0.975)
    paste0('{"se": ', object(apply(b, 1, sd)), ', "low": ', object(low), ', "high": ', object(high), "}")
  }
  paste0('"', name, '": {"parametric": ', show(parametric), ',\n"block6": ', show(blocks), "}")
}
cat('{\n"name": "bootstrap_zeros_r",\n"software": {"R": "', as.character(getRversion()), '", "pscl": "', as.character(packageVersion("pscl")),
  '"},\n"results": {\n', paste(vapply(names(fits), one, ""), collapse = ",\n"), "\n}}\n", sep = "")
