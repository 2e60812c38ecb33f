# A covariate near 1e9 beside the intercept (R's glm keeps it: its tolerance is 1e-11), and zero-inflated counts without
# excess zeros to speak of: Rscript make.R > case.json (in this folder; zip.csv and group.csv are given).
suppressMessages({library(pscl); library(MASS)})
number <- function(x) formatC(x, digits = 15, format = "g", width = 1)
object <- function(x) paste0("{", paste0('"', names(x), '": ', vapply(x, number, ""), collapse = ", "), "}")
set.seed(9)
x <- rnorm(50)
d <- data.frame(year = 1950:1999, y = rpois(50, exp(1.4 + 0.15 * x)), x = sprintf("%.6f", 1e9 + x), w = round(rnorm(50), 4))
d$twice <- 2 * d$w + 1
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
d <- read.csv("data.csv")
near <- glm(y ~ I(x - 1e9) + w, poisson, d, control = glm.control(epsilon = 1e-14))
whole <- glm(y ~ x + w + twice, poisson, d)
b <- summary(near)$coef
z <- read.csv("zip.csv")
full <- zeroinfl(y ~ x + s, z, control = zeroinfl.control(reltol = 1e-14))
# The zero part vanishes without zero_x: the supremum is the Poisson likelihood.
plain <- glm(y ~ x + s, poisson, z)
# Group b, all zeros, says nothing once either part settles it; without the zero part the supremum is the NB2 likelihood.
a <- subset(read.csv("group.csv"), g != "b")
group <- c(log_lik = as.numeric(logLik(zeroinfl(y ~ x, a, dist = "negbin"))), nb2 = as.numeric(logLik(glm.nb(y ~ x, a))))
cat('{\n"name": "limits_r",\n"software": {"R": "', as.character(getRversion()), '", "pscl": "', as.character(packageVersion("pscl")),
    '"},\n"results": {\n"far": {"estimate": ', object(c(x = b[2, 1], w = b[3, 1])), ', "std_error": ', object(c(x = b[2, 2], w = b[3, 2])),
    ', "kept_by_glm": ', tolower(!is.na(coef(whole)["x"])), ', "dropped_by_glm": ', tolower(is.na(coef(whole)["twice"])), '},\n"zip": ',
    object(c(log_lik = as.numeric(logLik(full)), poisson = as.numeric(logLik(plain)))), ',\n"group": ', object(group), "\n}}\n", sep = "")
