# Tests of terms, condition number and influence of R on the quine data: Rscript make.R > case.json (in this folder; the
# Anscombe residuals of the negative binomial fit are statsmodels': anscombe.py, which writes anscombe.json).
suppressMessages({ library(MASS); library(car); library(lmtest) })
number <- function(x) formatC(x, digits = 12, format = "g", width = 1)
object <- function(x) paste0("{", paste0('"', names(x), '": ', vapply(x, number, ""), collapse = ", "), "}")
several <- function(x) paste0("[", paste(vapply(x, number, ""), collapse = ", "), "]")
q <- read.csv("../nb_quine_glmnb/data.csv", stringsAsFactors = TRUE)
tight <- glm.control(epsilon = 1e-13, maxit = 200)
terms <- c("Eth", "Sex", "Age", "Lrn")
m <- glm(Days ~ Eth + Sex + Age + Lrn, poisson, q, control = tight)
without <- function(t) update(m, paste(". ~ . -", t))
score <- setNames(sapply(terms, function(t) anova(without(t), m, test = "Rao")$Rao[2]), terms)
lr <- setNames(sapply(terms, function(t) anova(without(t), m, test = "LRT")$Deviance[2]), terms)
wald <- setNames(sapply(terms, function(t) waldtest(m, t, test = "Chisq")$Chisq[2]), terms)
x <- model.matrix(m)
s <- svd(scale(x, center = FALSE, scale = sqrt(colSums(x^2))))$d
e <- residuals(m, "pearson"); h <- hatvalues(m); v <- vcov(m)
dfbetas <- sapply(seq_along(h), function(i) drop(v %*% x[i, ]) * sqrt(fitted(m)[i]) * e[i] / (1 - h[i])) / sqrt(diag(v))
nb <- glm.nb(Days ~ Eth + Sex + Age + Lrn, q, control = tight)
nb_lr <- setNames(sapply(terms, function(t) {
  r <- update(nb, paste(". ~ . -", t)); 2 * as.numeric(logLik(nb) - logLik(r)) }), terms)
nb_wald <- setNames(sapply(terms, function(t) waldtest(nb, t, test = "Chisq")$Chisq[2]), terms)
cat('{\n"name": "diagnostics_r",\n"software": {"R": "', as.character(getRversion()), '", "car": "', as.character(packageVersion("car")),
    '", "lmtest": "', as.character(packageVersion("lmtest")), '", "MASS": "', as.character(packageVersion("MASS")), '"},\n"results": {\n',
    '"poisson": {"score": ', object(score), ', "likelihood_ratio": ', object(lr), ', "wald": ', object(wald), "},\n",
    '"nb2": {"likelihood_ratio": ', object(nb_lr), ', "wald": ', object(nb_wald), "},\n",
    '"gvif": ', object(vif(m)[, 1]), ',\n"condition_number": ', number(max(s) / min(s)),
    ',\n"dfbetas_pearson_row1": ', object(dfbetas[, 1]), ',\n"dfbetas_pearson_row40": ', object(dfbetas[, 40]),
    ',\n"anscombe_poisson_first10": ', several((1.5 * (q$Days^(2/3) - fitted(m)^(2/3)) / fitted(m)^(1/6))[1:10]), "\n}}\n", sep = "")
