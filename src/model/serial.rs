//! Settings of models with serial dependence, and the words that the command line uses for them.

use crate::error::{Error, Result, suggest};

/// Serial dependence of a count series: which lags, how estimated, how the recursion starts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Serial {
    /// INGARCH: lags of the count, ascending (`--past-obs 1,12`).
    pub past_obs: Vec<usize>,
    /// INGARCH: lags of the conditional mean, ascending (`--past-mean 13`).
    pub past_mean: Vec<usize>,
    /// GLARMA: autoregressive lags (`--ar 1`).
    pub ar: Vec<usize>,
    /// GLARMA: moving-average lags (`--ma 1,2,5`).
    pub ma: Vec<usize>,
    /// INGARCH: likelihood or two-step quasi-likelihood.
    pub estimator: Estimator,
    /// INGARCH: counts and means before the first step.
    pub init: Init,
    /// INGARCH: which covariates act at their own time only.
    pub external: External,
    /// INGARCH: whether estimates are held to the stationary region.
    pub region: Stationarity,
    /// GLARMA: what drives the recursion.
    pub residual: Residual,
    /// Replicates of the parametric bootstrap behind errors and intervals; 0 = none.
    pub bootstrap: usize,
    /// Series simulated for the test of serial dependence where its statistic has no χ²; 0 = none.
    pub test_replicates: usize,
}

/// How an INGARCH model is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Estimator {
    /// Conditional maximum likelihood, joint with the dispersion.
    #[default]
    Ml,
    /// Poisson quasi-likelihood for the mean, then the dispersion from Pearson's statistic (as R's tscount).
    TwoStep,
}

/// What stands for counts and means before the first step, where none is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Init {
    /// The marginal mean of the model without covariates.
    #[default]
    Marginal,
    /// The intercept: the mean if counts were independent.
    Iid,
    /// The first recorded count.
    First,
}

/// Which covariates have an external effect: it is not passed on through past means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum External {
    /// None: all effects are passed on.
    #[default]
    None,
    /// All but the intercept.
    All,
    /// These columns.
    Columns(Vec<String>),
}

/// Whether estimates must lie in the stationary region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stationarity {
    /// They must; a solution on its boundary is reported.
    #[default]
    Stationary,
    /// They need not; a solution outside is reported.
    Free,
}

/// GLARMA's residual `e_t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Residual {
    /// (y − μ)/√V.
    #[default]
    Pearson,
    /// (y − μ)/V.
    Score,
    /// y − μ.
    Identity,
}

/// One of a list of words.
fn word<T: Copy>(what: &str, text: &str, known: &[(&'static str, T)]) -> Result<T> {
    known.iter().find(|(n, _)| *n == text).map(|(_, v)| *v).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(n, _)| *n).collect();
        Error::usage(format!("unknown {what} `{text}`")).help(suggest(text, names))
    })
}

/// Name of a value in a list of words.
fn name_of<T: PartialEq>(value: &T, known: &[(&'static str, T)]) -> &'static str {
    known.iter().find(|(_, v)| v == value).map_or("", |(n, _)| n)
}

macro_rules! words {
    ($type:ident, $what:literal, $($name:literal => $value:ident),+) => {
        impl $type {
            /// Values by their command-line names.
            pub const ALL: &'static [(&'static str, $type)] = &[$(($name, $type::$value)),+];

            /// Reads a command-line name.
            ///
            /// # Errors
            /// On any other word, with the nearest ones.
            pub fn parse(text: &str) -> Result<Self> {
                word($what, text, Self::ALL)
            }

            /// The command-line name.
            pub fn name(self) -> &'static str {
                name_of(&self, Self::ALL)
            }
        }
    };
}

words!(Estimator, "estimator", "ml" => Ml, "two-step" => TwoStep);
words!(Init, "start of the recursion", "marginal" => Marginal, "iid" => Iid, "first" => First);
words!(Stationarity, "region", "stationary" => Stationary, "free" => Free);
words!(Residual, "residual", "pearson" => Pearson, "score" => Score, "identity" => Identity);

impl External {
    /// Reads `none`, `all` or column names separated by commas.
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "" | "none" => External::None,
            "all" => External::All,
            t => External::Columns(t.split(',').map(|c| c.trim().to_string()).collect()),
        }
    }

    /// Whether a column is among them.
    pub fn holds(&self, column: &str) -> bool {
        match self {
            External::None => false,
            External::All => true,
            External::Columns(names) => names.iter().any(|n| n == column),
        }
    }
}

/// Reads lags such as `1,12`: whole numbers from 1, put in ascending order.
///
/// # Errors
/// On anything else, and on a lag named twice.
pub fn parse_lags(text: &str) -> Result<Vec<usize>> {
    let mut lags = Vec::new();
    for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let lag: usize = part.parse().ok().filter(|l| *l > 0).ok_or_else(|| {
            Error::usage(format!("`{part}` is not a lag")).help("lags are whole numbers from 1, such as 1,12")
        })?;
        if lags.contains(&lag) {
            return Err(Error::usage(format!("lag {lag} is named twice")));
        }
        lags.push(lag);
    }
    lags.sort_unstable();
    Ok(lags)
}

/// A covariance that a recursion does not have.
pub(crate) fn no_covariance(vcov: super::Vcov) -> Error {
    let why = match vcov {
        super::Vcov::Hac(_) => "prewhitening is there for models without a recursion only",
        super::Vcov::Cluster { .. } => "one series has no clusters",
        _ => "it needs leverages, which a recursion has not",
    };
    Error::usage(format!("no --vcov {} here: {why}", vcov.name())).help("use hc0, hc1 or hac, or model, observed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_lags() {
        assert_eq!(parse_lags("12, 1").unwrap(), [1, 12]);
        assert_eq!(parse_lags("").unwrap(), [] as [usize; 0]);
        assert!(parse_lags("0").unwrap_err().to_string().contains("`0` is not a lag"));
        assert!(parse_lags("1,1").unwrap_err().to_string().contains("named twice"));
        assert_eq!(Estimator::parse("two-step").unwrap(), Estimator::TwoStep);
        assert_eq!(Init::First.name(), "first");
        let e = Residual::parse("person").unwrap_err().to_string();
        assert!(e.contains("unknown residual `person`") && e.contains("`pearson`"), "{e}");
        assert!(External::parse("a, b").holds("b") && !External::parse("none").holds("b"));
    }
}
