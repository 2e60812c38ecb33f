# Elastic nets of glmnet on the quine and discoveries data: Rscript make.R > case.json (in this folder).
suppressMessages({ library(glmnet); library(MASS) })
number <- function(x) formatC(x, digits = 12, format = "g", width = 1)
object <- function(x) paste0("{", paste0('"', names(x), '": ', vapply(x, number, ""), collapse = ", "), "}")
d <- read.csv("../glm_poisson_discoveries_hac/data.csv")
d$e <- 1 + (seq_len(nrow(d)) %% 4)
d$s <- round(sin(seq_len(nrow(d))), 4)
write.csv(d[c("count", "t", "t2", "war", "e", "s")], "data.csv", row.names = FALSE, quote = FALSE)
x <- as.matrix(d[c("t", "t2", "war", "s")])
fits <- list(
  poisson_half = list(alpha = 0.5, lambda = 0.1, y = d$count, family = "poisson", offset = log(d$e)),
  poisson_ridge = list(alpha = 0, lambda = 0.3, y = d$count, family = "poisson", offset = log(d$e)),
  nb2_theta5 = list(alpha = 1, lambda = 0.05, y = d$count, family = negative.binomial(5), offset = log(d$e)),
  log1p_lasso = list(alpha = 1, lambda = 0.03, y = log1p(d$count), family = "gaussian", offset = NULL),
  log1p_half = list(alpha = 0.5, lambda = 0.1, y = log1p(d$count), family = "gaussian", offset = NULL),
  log1p_offset = list(alpha = 0.3, lambda = 0.05, y = log1p(d$count), family = "gaussian", offset = log(d$e)),
  log1p_ridge = list(alpha = 0, lambda = 0.3, y = log1p(d$count), family = "gaussian", offset = NULL))
one <- function(name) {
  f <- fits[[name]]
  m <- glmnet(x, f$y, family = f$family, alpha = f$alpha, lambda = f$lambda, offset = f$offset, thresh = 1e-14, maxit = 1e7)
  b <- setNames(as.vector(coef(m)), rownames(coef(m)))
  paste0('"', name, '": {"alpha": ', number(f$alpha), ', "lambda": ', number(f$lambda), ', "coefficients": ', object(b),
         ', "dev_ratio": ', number(m$dev.ratio), ', "df": ', m$df, "}")
}
cat('{\n"name": "elastic_net_r",\n"software": {"R": "', as.character(getRversion()), '", "glmnet": "', as.character(packageVersion("glmnet")),
    '"},\n"results": {\n', paste(vapply(names(fits), one, ""), collapse = ",\n"), "\n}}\n", sep = "")
