# Average marginal effects and Shapley shares of models with interactions and factors, by predict() of R's glm.
# Rscript make.R  (writes data.csv and case.json beside it)
set.seed(18)
n <- 40
d <- data.frame(year = 1980:2019)
d$x <- round(rnorm(n), 3)
d$s <- as.integer(d$year >= 2005)
d$g <- rep(c("a", "b", "c", "a"), 10)
d$pop <- round(runif(n, 1, 3), 3)
d$y <- rpois(n, exp(2.4 + 0.3 * d$x - 0.5 * d$s - 0.25 * d$x * d$s + 0.3 * (d$g == "b")))
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
control <- glm.control(epsilon = 1e-14, maxit = 100)

# The mean of f over the rows and its error by the delta method, the gradient by central differences.
ame <- function(fit, f) {
  b <- coef(fit)
  value <- mean(f(b))
  gradient <- sapply(seq_along(b), function(j) {
    h <- 1e-5
    up <- down <- b
    up[j] <- up[j] + h
    down[j] <- down[j] - h
    (mean(f(up)) - mean(f(down))) / (2 * h)
  })
  c(value, sqrt(drop(gradient %*% vcov(fit) %*% gradient)))
}
mu <- function(fit, b, data) exp(drop(model.matrix(delete.response(terms(fit)), data, xlev = fit$xlevels) %*% b) + data$off)

d$off <- 0
one <- glm(y ~ x * s, family = poisson, data = d, control = control)
at <- function(b, x = d$x, s = d$s) {
  new <- d
  new$x <- x
  new$s <- s
  mu(one, b, new)
}
slope <- function(b) at(b) * (b["x"] + b["x:s"] * d$s)
effect_x <- ame(one, slope)
effect_s <- ame(one, function(b) at(b, s = 1) - at(b, s = 0))
v00 <- at(coef(one), x = mean(d$x), s = 0)
v10 <- at(coef(one), s = 0)
v01 <- at(coef(one), x = mean(d$x))
v11 <- at(coef(one))

d$off <- log(d$pop)
two <- glm(y ~ x + g + offset(log(pop)), family = poisson, data = d, control = control)
all_at <- function(b, l) {
  new <- d
  new$g <- l
  mu(two, b, new)
}
level <- function(l) function(b) all_at(b, l) - all_at(b, "a")

show <- function(v) paste0("[", paste(formatC(v, digits = 15, format = "g"), collapse = ", "), "]")
line <- function(name, v) sprintf("  \"%s\": %s", name, show(v))
writeLines(c("{", sprintf("  \"software\": \"%s, glm and predict by model.matrix\",", R.version.string), paste(c(
  line("x", effect_x),
  line("s", effect_s),
  line("gb", ame(two, level("b"))),
  line("gc", ame(two, level("c"))),
  line("reference", sum(v00)),
  line("part_x", sum((v10 - v00 + v11 - v01) / 2)),
  line("part_s", sum((v01 - v00 + v11 - v10) / 2))), collapse = ",\n"), "}"), "case.json")
