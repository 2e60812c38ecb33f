# Design matrices of formulas as R makes them: Rscript make.R > model_matrix.csv
# Columns: formula, row, column, value. Needs base R with its package splines only.
library(splines)
d <- data.frame(
  x = c(3.1, 0.4, 7.7, 2.2, 9.9, 4.6, 5.5, 1.3, 8.8, 6.1, 2.9, 7.2),
  z = c(1.5, 2.5, 0.5, 3.5, 1.0, 2.0, 4.0, 0.25, 3.0, 1.75, 2.75, 0.75),
  k = c(1, 2, 3, 1, 2, 3, 1, 2, 3, 3, 2, 1),
  a = factor(c("A", "B", "A", "B", "A", "B", "A", "B", "A", "B", "B", "A")),
  b = factor(c("L", "M", "H", "L", "M", "H", "H", "L", "L", "M", "L", "H")))
cat("#", R.version.string, "\n")
formulas <- c(
  "x", "log(x)", "log10(x)", "log2(x)", "log(x, 2)", "log1p(x)", "sqrt(x)", "exp(z)", "I(x^2)", "I(-x)",
  "I(x > 3)", "I(x > 3) - 1", "I(x > 3):z", "I(x >= 3 & z < 2)", "I(x < 1 | z >= 3)", "I((x > 3) * z)", "I(x > z)",
  "I(a == \"A\")", "I(b != \"L\") + x", "I(x <= 2.2) * a",
  "a", "a - 1", "0 + a + b", "a + b", "a:b", "a:b - 1", "a * b", "a * b - a", "a/b", "b %in% a", "a + b %in% a",
  "a/x", "(a + b)/x", "a/b/x", "x/a", "x/z", "x %in% a", "(a + b + x)^2", "(a + b)^2 - a:b", "x:z", "a:x", "a * x - x",
  "x * z - 1", "a:b:x", "x + I(x > 3):a",
  "scale(x)", "scale(x, center = FALSE)", "scale(x, scale = FALSE)", "scale(log(x))", "poly(x, 2)",
  "poly(x, 3, raw = TRUE)", "poly(x, degree = 2) + z", "a:poly(x, 2)", "poly(x, 2):z",
  "ns(x, df = 3)", "ns(x, 3)", "ns(x, knots = c(2, 5))", "ns(x, knots = 4, Boundary.knots = c(0, 10))", "a * ns(x, df = 2)",
  "bs(x, df = 5)", "bs(x, knots = c(2, 5))", "bs(x, knots = 3, degree = 2)", "bs(x, df = 4, degree = 2)",
  "bs(x, df = 5, Boundary.knots = c(0, 12))",
  "factor(k)", "as.factor(k)", "factor(k):x", "factor(k) - 1", "relevel(b, ref = \"M\")", "relevel(b, ref = \"M\") * x",
  "relevel(factor(k), ref = \"2\")", "x:relevel(factor(b), ref = \"M\")", "I(b %in% c(\"L\", \"M\"))",
  "z + I(k %in% c(1, 3)):z", "(x > 3)", "(x > 3) - 1", "(x > 3):z", "x + (x > 3 & z < 2)", "(b == \"L\") * z",
  "pmax(x, 3)", "pmin(x, z)", "log(pmax(x, z, 2))", "I(pmin(x, 5)/2)", "pmax(x - 5, 0) + x", "ifelse(x > 3, z, 0)",
  "ifelse(a == \"A\" & z > 1, log(x), -1)", "log(x + 1)", "poly(x, 2, raw = TRUE)", "bs(x)", "(a + b + x)^2 - a:b",
  "offset(log(z)) + x", "a %in% b", "0 + factor(k) + b", "I(x^2):a", "poly(log(x), 2) - 1",
  "factor(b, levels = c(\"M\", \"H\", \"L\"))", "factor(k, levels = c(3, 1, 2)) * x", "factor(a, levels = c(\"B\", \"A\")) - 1")
out <- NULL
for (f in formulas) {
  m <- model.matrix(as.formula(paste("~", f)), d)
  for (j in seq_len(ncol(m)))
    out <- rbind(out, data.frame(formula = f, row = seq_len(nrow(m)), column = colnames(m)[j],
                                 value = sprintf("%.15g", m[, j])))
}
write.csv(out, row.names = FALSE)
