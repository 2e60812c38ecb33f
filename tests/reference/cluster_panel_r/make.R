# Errors by cluster of a panel whose periods come again: Rscript make.R > case.json (in this folder; writes epil.csv).
# Needs sandwich and MASS. Data: MASS::epil (Thall and Vail 1990), 59 patients in 4 periods each.
suppressMessages({ library(sandwich); library(MASS) })
number <- function(x) formatC(x, digits = 15, format = "g", width = 1)
object <- function(x) paste0("{", paste0('"', names(x), '": ', vapply(x, number, ""), collapse = ", "), "}")
# The covariance comes from the weights of the last iteration but one: 1e-15 makes it that of the estimate.
tight <- glm.control(epsilon = 1e-15, maxit = 100)
e <- epil[c("subject", "period", "trt", "y", "lbase", "lage")]
e$subject <- paste0("p", e$subject)
e$lbase <- round(e$lbase, 6); e$lage <- round(e$lage, 6)
write.csv(e, "epil.csv", row.names = FALSE, quote = FALSE)
e <- read.csv("epil.csv", stringsAsFactors = TRUE)
all <- y ~ lbase * trt + lage + period
within <- y ~ lbase + lage + period
models <- list(
  poisson = list(glm(all, poisson, e, control = tight), e),
  nb2 = list(glm.nb(all, e, control = tight), e),
  placebo = list(glm(within, poisson, subset(e, trt == "placebo"), control = tight), subset(e, trt == "placebo")),
  progabide = list(glm(within, poisson, subset(e, trt == "progabide"), control = tight), subset(e, trt == "progabide")))
one <- function(name) {
  m <- models[[name]][[1]]
  cluster <- droplevels(models[[name]][[2]]$subject)
  parts <- c(
    coefficients = object(coef(m)),
    hc0 = object(sqrt(diag(vcovCL(m, cluster, type = "HC0")))),
    hc1 = object(sqrt(diag(vcovCL(m, cluster, type = "HC1")))))
  paste0('"', name, '": {\n', paste0('  "', names(parts), '": ', parts, collapse = ",\n"), "}")
}
cat('{\n"name": "cluster_panel_r",\n"software": {"R": "', as.character(getRversion()), '", "sandwich": "',
    as.character(packageVersion("sandwich")), '", "MASS": "', as.character(packageVersion("MASS")), '"},\n"results": {\n', sep = "")
cat(paste(vapply(names(models), one, ""), collapse = ",\n"), "\n}}\n")
