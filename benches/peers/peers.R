# The peers in R: glm and MASS's glm.nb. One JSON line per task, as benches/peers.rs.
suppressPackageStartupMessages(library(MASS))

folder <- commandArgs(trailingOnly = TRUE)[1]
d <- read.csv(file.path(folder, "small.csv"))

# Processor time, as in peers.py; it is counted in whole milliseconds, so batches are timed.
seconds <- function(runs, batch, call) {
  call()
  times <- replicate(runs, system.time(for (i in seq_len(batch)) call())[c("user.self", "sys.self")] |> sum() / batch)
  median(times)
}
say <- function(who, task, seconds, answer) {
  numbers <- paste(format(answer, digits = 17, trim = TRUE), collapse = ",")
  cat(sprintf('{"who":"%s","task":"%s","seconds":%.9f,"answer":[%s]}\n', who, task, seconds, numbers))
}

base <- paste("R", getRversion())
mass <- paste("MASS", packageVersion("MASS"))
poisson_fit <- function() glm(y ~ ., poisson, d, control = glm.control(epsilon = 1e-10))
nb_fit <- function() glm.nb(y ~ ., d, control = glm.control(epsilon = 1e-10, maxit = 50))
say(paste(base, "glm"), "poisson", seconds(11, 20, poisson_fit), coef(poisson_fit()))
fit <- nb_fit()
say(paste(mass, "glm.nb"), "nb2", seconds(11, 4, nb_fit), c(coef(fit), fit$theta))
