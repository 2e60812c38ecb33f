# Zero-inflated models of pscl from its own start and 5 random ones: the highest log-likelihood, for three groups of zero-inflated
# NB2 counts. Rscript make.R > case.json (in this folder; writes data.csv too).
suppressMessages(library(pscl))
set.seed(5)
n <- 160
d <- data.frame(g = rep(c("a", "b", "c", "d"), each = n / 4), x = round(rnorm(n), 3))
mean <- exp(0.6 + 0.5 * d$x + c(a = 0, b = 0.3, c = -0.2, d = 0.5)[d$g])
d$y <- ifelse(runif(n) < 0.3, 0, rnbinom(n, size = 2, mu = mean))
d <- d[d$g != "a", ]
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
set.seed(1)
highest <- function(data, dist) {
  f <- y ~ x | x
  one <- function(start) tryCatch(suppressWarnings(
    as.numeric(logLik(zeroinfl(f, data = data, dist = dist, start = start, reltol = 1e-12, maxit = 2000)))
  ), error = function(e) -Inf)
  random <- function(i) {
    s <- list(count = rnorm(2, 0.5, 0.7), zero = rnorm(2, -0.5, 1.5))
    if (dist == "negbin") s$theta <- exp(rnorm(1))
    one(s)
  }
  max(one(NULL), vapply(1:5, random, 0))
}
row <- function(g) paste0('"', g, '": {"zip": ', formatC(highest(d[d$g == g, ], "poisson"), digits = 12, format = "g"),
  ', "zinb": ', formatC(highest(d[d$g == g, ], "negbin"), digits = 12, format = "g"), "}")
cat('{\n"name": "zero_starts_r",\n"software": {"R": "', as.character(getRversion()), '", "pscl": "', as.character(packageVersion("pscl")),
    '"},\n"results": {\n', paste(vapply(c("b", "c", "d"), row, ""), collapse = ",\n"), "\n}}\n", sep = "")
