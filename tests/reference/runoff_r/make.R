# Reference numbers for fits with no finite estimate: Rscript make.R > case.json, from this folder.
# Bounds: the coefficient is held by an offset, all else maximised again; the drop from the limit is 1.92 = qchisq(.95, 1) / 2.
library(pscl)
g <- factor(rep(c("a", "b", "c"), each = 8))
x <- rep(c(-1.5, -0.5, 0.5, 1.5), 6)
y <- c(rep(0, 8), 3, 0, 1, 4, 2, 0, 5, 3, 6, 0, 2, 7, 0, 4, 3, 8)
write.csv(data.frame(y, g, x), "data.csv", row.names = FALSE, quote = FALSE)
d <- data.frame(y, g, x)
drop <- qchisq(0.95, 1) / 2
num <- function(v) paste0("[", paste(format(unname(v), digits = 15), collapse = ", "), "]")

# The reference of a factor has zeros only: without these rows, then each coefficient held.
rest <- glm(y ~ g + x, poisson, droplevels(d[d$g != "a", ]))
top <- as.numeric(logLik(rest))
X <- model.matrix(~ g + x)
held <- function(j) function(b) {
  f <- suppressWarnings(glm.fit(X[, -j], y, family = poisson(), offset = X[, j] * b, control = list(epsilon = 1e-14, maxit = 200)))
  sum(dpois(y, f$fitted.values, log = TRUE)) - top + drop
}
bound <- function(j, range) uniroot(held(j), range, tol = 1e-11)$root
reference <- c(bound(1, c(-8, 2)), bound(2, c(-2, 8)), bound(3, c(-2, 8)))

# Zero-inflated and hurdle: the maximum without what is settled in the limit.
live <- droplevels(d[d$g != "a", ])
z <- zeroinfl(y ~ g + x | 1, live, control = zeroinfl.control(reltol = 1e-15, maxit = 1e4))
# Group a in the zero part alone: pi tends to 1 there, so that its rows add nothing.
zz <- zeroinfl(y ~ x | g, live, control = zeroinfl.control(reltol = 1e-15, maxit = 1e4))
# Hurdle, group a with zeros only: the count part is that of the others; the zero part of y ~ . | 1 has every row.
pos <- live[live$y > 0, ]
h <- hurdle(y ~ g + x | 1, live, control = hurdle.control(reltol = 1e-15, maxit = 1e4))
zero <- glm(I(y > 0) ~ 1, binomial, d, control = list(epsilon = 1e-14))
hurdle_count <- as.numeric(logLik(h)) - as.numeric(logLik(glm(I(y > 0) ~ 1, binomial, live)))
cat(sprintf('{
  "software": "R %s, pscl %s",
  "poisson": {"loglik": %.12g, "x": %.12g, "difference": %.12g, "difference_se": %.12g, "bounds": %s},
  "zip_count": {"loglik": %.10g, "difference": %.10g, "x": %.10g, "zero": %.10g},
  "zip_zero": {"loglik": %.10g, "coefficients": %s},
  "hurdle": {"loglik": %.10g, "difference": %.10g, "x": %.10g, "zero": %.10g}
}
', paste(R.version$major, R.version$minor, sep = "."), packageVersion("pscl"), top, coef(rest)[["x"]], coef(rest)[["gc"]],
  sqrt(vcov(rest)["gc", "gc"]), num(reference), z$loglik, coef(z)[["count_gc"]], coef(z)[["count_x"]], coef(z)[["zero_(Intercept)"]],
  zz$loglik, num(coef(zz)), hurdle_count + as.numeric(logLik(zero)), coef(h)[["count_gc"]], coef(h)[["count_x"]], coef(zero) + 0))
