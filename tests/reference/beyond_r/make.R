# What goes beyond coefficients, by base R, MASS, pscl and car on simulated counts: average marginal effects and their
# delta-method errors, attributable counts by enumeration, likelihood-ratio and Wald tests of models with extra zeros, all
# subsets of five terms weighted, fits without each row: Rscript make.R > case.json (in this folder; writes data.csv too).
suppressMessages({library(pscl); library(MASS); library(car)})
set.seed(23)
n <- 60
d <- data.frame(a = round(rnorm(n), 3), b = round(runif(n, 0, 2), 3), c = rbinom(n, 1, 0.4), e = round(rnorm(n), 3),
                g = round(rnorm(n), 3))
d$y <- ifelse(runif(n) < plogis(-1.2 + 0.8 * d$a), 0, rnbinom(n, size = 2.5, mu = exp(1.3 + 0.4 * d$a + 0.5 * d$b - 0.6 * d$c)))
write.csv(cbind(d), "data.csv", row.names = FALSE, quote = FALSE)
num <- function(x) ifelse(is.finite(x), formatC(x, digits = 12, format = "g", width = 1), "null")
arr <- function(x) paste0("[", paste(num(x), collapse = ", "), "]")
obj <- function(l) paste0("{", paste0('"', names(l), '": ', unlist(l), collapse = ", "), "}")

# Extra zeros. Parameters (beta, zeta[, ln theta]); the mean of the whole model from them.
X <- model.matrix(~ a + b + c, d)
Z <- model.matrix(~ a, d)
mean_of <- function(p, kind, nb, X, Z) {
  mu <- exp(X %*% p[1:4]); q <- plogis(Z %*% p[5:6])
  if (kind == "zero") return(as.vector((1 - q) * mu))
  f0 <- if (nb) (exp(p[7]) / (exp(p[7]) + mu))^exp(p[7]) else exp(-mu)
  as.vector(q * mu / (1 - f0))
}
loglik <- function(p, kind, nb) {
  mu <- exp(X %*% p[1:4]); q <- plogis(Z %*% p[5:6]); y <- d$y
  f <- if (nb) dnbinom(y, size = exp(p[7]), mu = mu) else dpois(y, mu)
  f0 <- if (nb) dnbinom(0, size = exp(p[7]), mu = mu) else dpois(0, mu)
  sum(log(if (kind == "zero") ifelse(y == 0, q + (1 - q) * f0, (1 - q) * f) else ifelse(y == 0, 1 - q, q * f / (1 - f0))))
}
hessian <- function(f, p, h = 1e-4) {
  k <- length(p); H <- matrix(0, k, k); at <- function(i, j, s, t) { q <- p; q[i] <- q[i] + s * h; q[j] <- q[j] + t * h; f(q) }
  D <- function(m) { H <- matrix(0, k, k); for (i in 1:k) for (j in 1:k)
    H[i, j] <- (at(i, j, m, m) - at(i, j, m, -m) - at(i, j, -m, m) + at(i, j, -m, -m)) / (4 * m^2 * h^2); H }
  (4 * D(1) - D(2)) / 3
}
grad <- function(f, p, h = 1e-4) sapply(seq_along(p), function(i) {
  g <- function(s) { q <- p; q[i] <- q[i] + s * h; f(q) }
  (8 * (g(1) - g(-1)) - (g(2) - g(-2))) / (12 * h) })
# Shapley values by enumeration over the orders of three factors a (against its mean), b and c (against 0).
shapley <- function(v) {
  orders <- list(c(1,2,3), c(1,3,2), c(2,1,3), c(2,3,1), c(3,1,2), c(3,2,1)); phi <- numeric(3)
  for (o in orders) for (k in 1:3) {
    before <- if (k == 1) 0 else sum(2^(o[1:(k - 1)] - 1))
    phi[o[k]] <- phi[o[k]] + (v[before + 2^(o[k] - 1) + 1] - v[before + 1]) / 6
  }
  phi
}
zeros <- function(kind, dist) {
  nb <- dist == "negbin"
  fit <- function(f) if (kind == "zero") zeroinfl(f, data = d, dist = dist, reltol = 1e-15, maxit = 1e5) else
    hurdle(f, data = d, dist = dist, reltol = 1e-15, maxit = 1e5)
  m <- fit(y ~ a + b + c | a)
  p <- c(unname(coef(m)), if (nb) log(m$theta[1]))
  f <- function(q) loglik(q, kind, nb)
  for (i in 1:3) p <- p - solve(hessian(f, p), grad(f, p))   # pscl stops short of the maximum
  V <- solve(-hessian(f, p))
  slope <- function(col) function(q) {
    h <- 1e-4
    at <- function(s) { X1 <- X; Z1 <- Z; X1[, col] <- X1[, col] + s * h; if (col %in% colnames(Z)) Z1[, col] <- Z1[, col] + s * h
      mean(mean_of(q, kind, nb, X1, Z1)) }
    (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
  }
  step <- function(q) { X1 <- X0 <- X; X1[, "c"] <- 1; X0[, "c"] <- 0; mean(mean_of(q, kind, nb, X1, Z) - mean_of(q, kind, nb, X0, Z)) }
  ame <- list(slope("a"), slope("b"), step)
  se <- function(g) { j <- grad(g, p); sqrt(drop(j %*% V %*% j)) }
  value <- sapply(0:7, function(s) {
    X1 <- X; Z1 <- Z
    if (bitwAnd(s, 1) == 0) { X1[, "a"] <- mean(d$a); Z1[, "a"] <- mean(d$a) }
    if (bitwAnd(s, 2) == 0) X1[, "b"] <- 0
    if (bitwAnd(s, 4) == 0) X1[, "c"] <- 0
    sum(mean_of(p, kind, nb, X1, Z1))
  })
  less <- list("a" = y ~ b + c | a, "zero_a" = y ~ a + b + c | 1, "a, both parts" = y ~ b + c | 1, "b" = y ~ a + c | a, "c" = y ~ a + b | a)
  lr <- sapply(less, function(g) 2 * (f(p) - as.numeric(logLik(fit(g)))))
  wald <- function(i) drop(p[i] %*% solve(V[i, i]) %*% p[i])
  p0 <- if (kind == "zero") { mu <- exp(X %*% p[1:4]); q <- plogis(Z %*% p[5:6]); q + (1 - q) * (if (nb) dnbinom(0, size = exp(p[7]), mu = mu) else dpois(0, mu)) } else 1 - plogis(Z %*% p[5:6])
  obj(list(ame = arr(sapply(ame, function(g) g(p))), ame_se = arr(sapply(ame, se)), parts = arr(shapley(value)),
           reference = num(value[1]), fitted = num(value[8]), lr = arr(lr),
           wald = arr(c(wald(2), wald(6), wald(c(2, 6)), wald(3), wald(4))), expected_zeros = num(sum(p0)), loglik = num(f(p))))
}
models <- list(zip = zeros("zero", "poisson"), zinb = zeros("zero", "negbin"),
               "hurdle-poisson" = zeros("hurdle", "poisson"), "hurdle-nb2" = zeros("hurdle", "negbin"))

# Least squares on ln(y + 1): F tests, marginal effects on the mean of the lognormal.
l <- lm(log(y + 1) ~ a + b + c, d)
s2 <- summary(l)$sigma^2
f <- function(p) { m <- function(X) mean(exp(X %*% p[1:4] + exp(2 * p[5]) / 2)); p[2] * m(X) }
V <- rbind(cbind(vcov(l), 0), c(rep(0, 4), 0.5 / l$df.residual)); p <- c(coef(l), log(s2) / 2); j <- grad(f, p)
anova_f <- car::Anova(l, type = 2)
log1p <- obj(list(f = arr(anova_f[1:3, "F value"]), p = arr(anova_f[1:3, "Pr(>F)"]), ame_a = num(f(p)),
                  ame_a_se = num(sqrt(drop(j %*% V %*% j))), fitted = num(sum(exp(X %*% coef(l) + s2 / 2) - 1)),
                  vif = arr(car::vif(l)), dfbeta = arr(dfbeta(l)[1:5, "a"]), hat = arr(hatvalues(l)[1:5])))

# All 32 subsets of five terms: Poisson and NB2, AICc and BIC.
terms5 <- c("a", "b", "c", "e", "g")
subsets <- function(nb) {
  fits <- lapply(0:31, function(s) {
    inn <- terms5[bitwAnd(s, 2^(0:4)) > 0]
    g <- reformulate(if (length(inn)) inn else "1", "y")
    m <- if (nb) glm.nb(g, d, control = glm.control(epsilon = 1e-12, maxit = 100)) else glm(g, poisson, d, control = glm.control(epsilon = 1e-12))
    k <- length(coef(m)) + nb; ll <- as.numeric(logLik(m))
    list(inn = inn, aicc = -2 * ll + 2 * k + 2 * k * (k + 1) / (n - k - 1), bic = -2 * ll + k * log(n), b = coef(m))
  })
  prob <- function(key) { w <- sapply(fits, `[[`, key); w <- exp(-(w - min(w)) / 2); w <- w / sum(w)
    list(p = sapply(terms5, function(t) sum(w[sapply(fits, function(x) t %in% x$inn)])),
         b = sapply(terms5, function(t) { has <- sapply(fits, function(x) t %in% x$inn)
           sum(w[has] * sapply(fits[has], function(x) x$b[t])) / sum(w[has]) })) }
  obj(list(aicc = arr(prob("aicc")$p), bic = arr(prob("bic")$p), averaged = arr(prob("aicc")$b)))
}

# Fits without each row, and from expanding windows.
loo <- sapply(1:n, function(i) coef(glm(y ~ a + b + c, poisson, d[-i, ], control = glm.control(epsilon = 1e-12)))["a"])
ends <- c(10, 25, 59)
up_to <- sapply(ends, function(i) coef(glm(y ~ a + b + c, poisson, d[1:i, ], control = glm.control(epsilon = 1e-12)))["a"])
m <- glm(y ~ a + b + c, poisson, d, control = glm.control(epsilon = 1e-12))
m <- glm(y ~ a + b + c, poisson, d, start = coef(m))   # its weights are those of the step before the last
i <- influence.measures(m)$infmat
# Rootogram of that Poisson fit: expected frequencies of 0 to 5; PIT limits of the first rows.
expected <- sapply(0:5, function(k) sum(dpois(k, fitted(m))))
glm_case <- obj(list(without_a = arr(loo), ends = arr(ends), up_to_a = arr(up_to), cook = arr(i[1:10, "cook.d"]), hat = arr(i[1:10, "hat"]),
                     vif = arr(car::vif(m)), rootogram = arr(expected), pit_low = arr(ppois(d$y[1:10] - 1, fitted(m)[1:10])),
                     pit_high = arr(ppois(d$y[1:10], fitted(m)[1:10]))))
version <- function(p) as.character(packageVersion(p))
cat('{\n"name": "beyond_r",\n"software": {"R": "', as.character(getRversion()), '", "pscl": "', version("pscl"), '", "MASS": "', version("MASS"),
    '", "car": "', version("car"), '"},\n"results": {\n', paste0('"', names(models), '": ', models, collapse = ",\n"),
    ',\n"gaussian-log1p": ', log1p, ',\n"poisson": ', glm_case, ',\n"subsets": {"poisson": ', subsets(FALSE), ', "nb2": ', subsets(TRUE), '}\n}}\n', sep = "")
