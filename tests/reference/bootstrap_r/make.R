# Bootstraps of a Poisson regression on the discoveries data, 5000 replicates each: counts from the fitted means, and
# circular blocks of 5 rows. Rscript make.R > case.json (in this folder; data.csv is discoveries.csv of covariance_r).
set.seed(4)
number <- function(x) formatC(x, digits = 8, format = "g", width = 1)
object <- function(x) paste0("{", paste0('"', names(x), '": ', vapply(x, number, ""), collapse = ", "), "}")
d <- read.csv("data.csv")
n <- nrow(d)
fit <- function(d) coef(glm(count ~ t + t2 + war, poisson, d))
mu <- fitted(glm(count ~ t + t2 + war, poisson, d))
parametric <- replicate(5000, fit(transform(d, count = rpois(n, mu))))
blocks <- replicate(5000, {
  rows <- unlist(lapply(sample.int(n, n / 5, TRUE), function(s) (s + 0:4 - 1) %% n + 1))
  fit(d[rows, ])
})
one <- function(b) {
  b <- b[, !is.na(colSums(b))] # without a war year there is no estimate
  low <- apply(b, 1, quantile, 0.025); high <- apply(b, 1, quantile, 0.975)
  paste0('{"se": ', object(apply(b, 1, sd)), ', "low": ', object(low), ', "high": ', object(high), "}")
}
cat('{\n"name": "bootstrap_r",\n"software": {"R": "', as.character(getRversion()), '"},\n"results": {\n"parametric": ', one(parametric),
    ',\n"block5": ', one(blocks), "\n}}\n", sep = "")
