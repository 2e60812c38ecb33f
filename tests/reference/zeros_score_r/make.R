# Rao's score tests with the expected information, and one-step Cook's distances, of models with extra zeros (y ~ a + b + c | a), by
# numeric derivatives of the probabilities: Rscript make.R > case.json (in this folder; data.csv is that of beyond_r). For the
# hurdle's zero part also by stats::anova(test = "Rao") and stats::cooks.distance of the logistic regression of y > 0.
suppressMessages(library(pscl))
d <- read.csv("data.csv")
n <- nrow(d)
X <- model.matrix(~ a + b + c, d)
Z <- model.matrix(~ a, d)
num <- function(x) ifelse(is.finite(x), formatC(x, digits = 12, format = "g", width = 1), "null")
arr <- function(x) paste0("[", paste(num(unname(x)), collapse = ", "), "]")
obj <- function(l) paste0("{", paste0('"', names(l), '": ', unlist(l), collapse = ", "), "}")
# ln P(y) from the two linear predictors and ln theta.
logp <- function(y, eta, xi, t, kind, nb) {
  mu <- exp(eta); q <- plogis(xi)
  f <- if (nb) dnbinom(y, size = exp(t), mu = mu) else dpois(y, mu)
  f0 <- if (nb) dnbinom(0, size = exp(t), mu = mu) else dpois(0, mu)
  log(if (kind == "zero") ifelse(y == 0, q + (1 - q) * f0, (1 - q) * f) else ifelse(y == 0, 1 - q, q * f / (1 - f0)))
}
stencil <- function(g, h = 1e-3) (45 * (g(h) - g(-h)) - 9 * (g(2 * h) - g(-2 * h)) + g(3 * h) - g(-3 * h)) / (60 * h)
# Derivatives in (eta, xi, t), one row per y.
slopes <- function(y, eta, xi, t, kind, nb) cbind(
  stencil(function(e) logp(y, eta + e, xi, t, kind, nb)), stencil(function(e) logp(y, eta, xi + e, t, kind, nb)),
  if (nb) stencil(function(e) logp(y, eta, xi, t + e, kind, nb)))
at <- function(p, cols, kind, nb) { # all parameters from those of some columns
  all <- numeric(6 + nb); all[cols] <- p; all }
scores <- function(p, kind, nb) {
  eta <- drop(X %*% p[1:4]); xi <- drop(Z %*% p[5:6]); s <- slopes(d$y, eta, xi, p[7], kind, nb)
  cbind(s[, 1] * X, s[, 2] * Z, if (nb) s[, 3]) }
expected <- function(p, kind, nb) {
  eta <- drop(X %*% p[1:4]); xi <- drop(Z %*% p[5:6]); y <- 0:3000; I <- 0
  for (i in 1:n) {
    f <- exp(logp(y, eta[i], xi[i], p[7], kind, nb)); s <- slopes(y, eta[i], xi[i], p[7], kind, nb); s[f < 1e-250, ] <- 0
    A <- cbind(outer(s[, 1], X[i, ]), outer(s[, 2], Z[i, ]), if (nb) s[, 3]); I <- I + crossprod(A, f * A)
  }
  I }
one <- function(kind, dist) {
  nb <- dist == "negbin"
  fit <- function(cols) {
    count <- c("1", c("a", "b", "c")[2:4 %in% cols]); zero <- if (6 %in% cols) "a" else "1"
    g <- as.formula(paste("y ~", paste(count, collapse = "+"), "|", zero))
    m <- if (kind == "zero") zeroinfl(g, data = d, dist = dist, reltol = 1e-15, maxit = 1e5) else hurdle(g, data = d, dist = dist, reltol = 1e-15, maxit = 1e5)
    p <- at(c(unname(coef(m)), if (nb) log(m$theta[1])), c(cols, if (nb) 7), kind, nb); cols <- c(cols, if (nb) 7)
    for (i in 1:5) { # pscl stops short of the maximum: Newton's steps
      H <- sapply(cols, function(j) stencil(function(e) { q <- p; q[j] <- q[j] + e; colSums(scores(q, kind, nb))[cols] }))
      p[cols] <- p[cols] - solve(H, colSums(scores(p, kind, nb))[cols])
    }
    p
  }
  less <- list(a = c(1, 3:6), zero_a = 1:5, both = c(1, 3:5), b = c(1, 2, 4:6), c = c(1:3, 5:6))
  rao <- sapply(less, function(cols) { p <- fit(cols); u <- colSums(scores(p, kind, nb)); drop(u %*% solve(expected(p, kind, nb), u)) })
  p <- fit(1:6); k <- 6 + nb
  each <- lapply(1:n, function(i) -sapply(1:k, function(j) stencil(function(e) { q <- p; q[j] <- q[j] + e; scores(q, kind, nb)[i, ] })))
  info <- Reduce(`+`, each); s <- scores(p, kind, nb)
  cook <- sapply(1:n, function(i) { step <- solve(info - each[[i]], s[i, ]); drop(step %*% info %*% step) / k })
  obj(list(score = arr(rao), cook = arr(cook)))
}
positive <- glm(y > 0 ~ a, binomial, d, control = glm.control(epsilon = 1e-14))
positive <- glm(y > 0 ~ a, binomial, d, start = coef(positive), control = glm.control(epsilon = 1e-14))
rao <- anova(glm(y > 0 ~ 1, binomial, d), positive, test = "Rao")$Rao[2]
version <- function(p) as.character(packageVersion(p))
cat('{\n"name": "zeros_score_r",\n"software": {"R": "', as.character(getRversion()), '", "pscl": "', version("pscl"), '"},\n"results": {\n',
  '"zip": ', one("zero", "poisson"), ',\n"zinb": ', one("zero", "negbin"), ',\n"hurdle-poisson": ', one("hurdle", "poisson"),
  ',\n"hurdle-nb2": ', one("hurdle", "negbin"), ',\n"logit": ', obj(list(rao = num(rao), cook = arr(cooks.distance(positive)))), "\n}}\n", sep = "")
