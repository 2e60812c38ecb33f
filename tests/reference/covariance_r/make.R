# Covariances of sandwich on the discoveries and quine data, with the tables: Rscript make.R > case.json (in this folder).
# Needs sandwich and MASS. Data: datasets::discoveries with covariates as in glm_poisson_discoveries_hac, MASS::quine.
suppressMessages({ library(sandwich); library(MASS) })
number <- function(x) formatC(x, digits = 15, format = "g", width = 1)
object <- function(x) paste0("{", paste0('"', names(x), '": ', vapply(x, number, ""), collapse = ", "), "}")
se <- function(v) object(sqrt(diag(v)))
tight <- glm.control(epsilon = 1e-12, maxit = 100)
d <- read.csv("../glm_poisson_discoveries_hac/data.csv")
d$decade <- (seq_len(nrow(d)) - 1) %/% 10
q <- read.csv("../nb_quine_glmnb/data.csv", stringsAsFactors = TRUE)
q$group <- paste0(q$Age, q$Lrn)
d$decade <- paste0("d", d$decade)
write.csv(d[c("count", "t", "t2", "war", "decade")], "discoveries.csv", row.names = FALSE, quote = FALSE)
write.csv(q[c("Eth", "Sex", "Age", "Lrn", "Days", "group")], "quine.csv", row.names = FALSE, quote = FALSE)
models <- list(
  discoveries_poisson = glm(count ~ t + t2 + war, poisson, d, control = tight),
  discoveries_quasi = glm(count ~ t + t2 + war, quasipoisson, d, control = tight),
  discoveries_nb2 = glm.nb(count ~ t + t2 + war, d, control = tight),
  discoveries_linear = lm(log(count + 1) ~ t + t2 + war, d),
  quine_poisson = glm(Days ~ Eth + Sex + Age + Lrn, poisson, q, control = tight),
  quine_nb2 = glm.nb(Days ~ Eth + Sex + Age + Lrn, q, control = tight)
)
one <- function(name) {
  m <- models[[name]]
  cluster <- if (grepl("quine", name)) q$group else d$decade
  parts <- c(
    hac_prewhite_auto_lags = number(floor(bwNeweyWest(m, prewhite = TRUE))),
    hac_prewhite_auto = se(NeweyWest(m)),
    hac_prewhite_auto_adjust = se(NeweyWest(m, adjust = TRUE)),
    hac_prewhite_4 = se(NeweyWest(m, lag = 4)),
    hac_auto_lags = number(floor(bwNeweyWest(m, prewhite = FALSE))),
    hac_auto = se(NeweyWest(m, prewhite = FALSE)),
    hac_3_adjust = se(NeweyWest(m, lag = 3, prewhite = FALSE, adjust = TRUE)),
    cluster_hc0 = se(vcovCL(m, cluster, type = "HC0")),
    cluster_hc1 = se(vcovCL(m, cluster, type = "HC1")),
    cluster_hc0_noadjust = se(vcovCL(m, cluster, type = "HC0", cadjust = FALSE)),
    cluster_hc1_noadjust = se(vcovCL(m, cluster, type = "HC1", cadjust = FALSE))
  )
  paste0('"', name, '": {\n', paste0('  "', names(parts), '": ', parts, collapse = ",\n"), "}")
}
cat('{\n"name": "covariance_r",\n"software": {"R": "', as.character(getRversion()), '", "sandwich": "',
    as.character(packageVersion("sandwich")), '", "MASS": "', as.character(packageVersion("MASS")), '"},\n"results": {\n', sep = "")
cat(paste(vapply(names(models), one, ""), collapse = ",\n"), "\n}}\n")
