//! The settings that stand on the command line or, under the same names, in a study file.
//!
//! All are kept as words and read in one place each, so that a bad value is reported with its name wherever it stood.
// the docs of the settings are the help at the command line, where `[:LAGS]` is an optional part and no link
#![allow(rustdoc::broken_intra_doc_links)]

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// A text, a number, a word of yes and no, or a list of them, as [`Given`] reads.
#[cfg(test)]
impl schemars::JsonSchema for Given {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Given".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = ["string", "number", "boolean"];
        schemars::json_schema!({ "type": ["string", "number", "boolean", "array"], "items": { "type": one } })
    }
}

/// A setting as written: `1,12` on the command line; `"1,12"`, `12`, `true` or `[1, 12]` in a study file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given(String);

impl Given {
    /// The words between commas.
    pub fn list(&self) -> Vec<&str> {
        self.0.split(',').map(str::trim).filter(|w| !w.is_empty()).collect()
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl FromStr for Given {
    type Err = Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Infallible> {
        Ok(Given(text.trim().to_string()))
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Given;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number or a list of them")
            }
            fn visit_str<E>(self, v: &str) -> std::result::Result<Given, E> {
                Ok(Given(v.trim().to_string()))
            }
            fn visit_bool<E>(self, v: bool) -> std::result::Result<Given, E> {
                Ok(Given(if v { "yes" } else { "no" }.into()))
            }
            fn visit_i64<E>(self, v: i64) -> std::result::Result<Given, E> {
                Ok(Given(v.to_string()))
            }
            fn visit_f64<E>(self, v: f64) -> std::result::Result<Given, E> {
                Ok(Given(v.to_string()))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Given, A::Error> {
                let mut all = Vec::new();
                while let Some(Given(w)) = seq.next_element()? {
                    all.push(w);
                }
                Ok(Given(all.join(",")))
            }
        }
        deserializer.deserialize_any(V)
    }
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident $(= $value:literal)? $([$($extra:tt)*])?),* $(,)?) => {
        /// Settings of a run; what is not given is `None`.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize, clap::Args)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
        pub struct Flags {
            $($(#[$doc])* #[arg(long $(, value_name = $value)?, hide_short_help = hidden(stringify!($name)) $(, $($extra)*)?)] pub $name: Option<Given>,)*
        }

        impl Flags {
            /// The names as written in a study file.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// All that was given, in words.
            pub fn words(&self) -> Vec<&str> {
                [$(&self.$name),*].into_iter().flatten().map(|g| g.0.as_str()).collect()
            }

            /// Each setting that is given, alone.
            pub(crate) fn singles(&self) -> Vec<(&'static str, Flags)> {
                let mut all = Vec::new();
                $(if self.$name.is_some() {
                    all.push((stringify!($name), Flags { $name: self.$name.clone(), ..Flags::default() }));
                })*
                all
            }

            /// These settings, and `base` where they say nothing.
            pub fn over(self, base: &Flags) -> Flags {
                Flags { $($name: self.$name.or_else(|| base.$name.clone()),)* }
            }
        }
    };
}

/// Settings that `-h` leaves to `--help`.
fn hidden(name: &str) -> bool {
    !["formula", "model", "family", "horizon", "scenario", "from", "time", "by", "seed"].contains(&name)
}

flags! {
    /// Time column (default: date, period, year, time, or year+quarter / year+month; none = steps 1..n)
    time = "COL",
    /// Columns that name the series of a panel, such as region or region,sex: each combination is a series of its own
    by = "COLS",
    /// Tables with periods across the columns (region,2001,2002,… or year,Jan,Feb,…) are read long: auto = where the header
    /// shows it (default), yes (also one or two columns of periods), no, or the column whose cells name the variables, a row each
    wide = "auto|yes|no|COL",
    /// Length of a step: year, half, quarter, month, week, day, step
    frequency = "WORD",
    /// Decimal character of the files: . or , (default: as the cells show)
    decimal = "CHAR",
    /// Encoding of the files: utf-8, utf-16le, utf-16be, euc-kr (default: as the bytes show)
    encoding = "WORD",
    /// Allow periods without a row between the first and the last
    allow_gaps = "yes|no" [num_args = 0..=1, require_equals = true, default_missing_value = "yes"],
    /// First period fitted
    start = "PERIOD",
    /// Last period fitted
    end = "PERIOD",
    /// What to do with unknown covariates: error, last, drop, model
    missing = "WORD",
    /// Model formula, such as 'y ~ x1 + log(x2) + lag(log(y), 1)'
    formula = "FORMULA",
    /// Models, comma-separated (see `tumen models`)
    model = "NAMES",
    /// Family: poisson, quasipoisson, nb1, nb2, gaussian-log …
    family = "NAME",
    /// Link: log, identity, sqrt
    link = "NAME",
    /// Estimate: ml
    estimate = "NAME",
    /// Column of prior weights: the likelihood of an observation counts so many times
    weights = "COL",
    /// Covariance: model, observed, hc0 … hc3; hac[:LAGS][:prewhite][:adjust] = Newey and West's, LAGS by their automatic rule
    /// unless given (R's NeweyWest has prewhite by default, this has not); cluster:COL[:hc1][:noadjust] = scores summed within
    /// the clusters of a column of the data, times G/(G - 1) for G clusters unless noadjust, hc1 also times (n - 1)/(n - k)
    vcov = "NAME",
    /// Confidence level of intervals
    level = "0.95",
    /// Kind of interval (model.interval says which was given): auto, profile, wald; glm also bootstrap = counts simulated
    /// from the fit, bootstrap:block[:LENGTH] = observations drawn in circular blocks (n^(1/3) of them unless given),
    /// percentiles of those that can be fitted either way, --bootstrap N replicates
    interval = "NAME",
    /// ingarch: lags of the past counts that the mean depends on, such as 1 or 1,12
    past_obs = "LAGS",
    /// ingarch: lags of the past means that it depends on, such as 1 or 13
    past_mean = "LAGS",
    /// ingarch: ml (default) = conditional maximum likelihood, joint with the dispersion; two-step = Poisson quasi-likelihood for the
    /// mean, then the dispersion from Pearson's statistic, as R's tscount
    estimator = "NAME",
    /// ingarch: counts and means before the first step, where none is recorded: marginal (default) = marginal mean of the model
    /// without covariates, b0/(1 - sum of beta and alpha); iid = the intercept b0; first = the first recorded count. Under
    /// the identity link there is no marginal mean once the sum is 1 or more: the first count stands in, and it is said.
    /// All terms of the likelihood count. (glarma: residuals before the first step are 0.) A step without a count of its
    /// own (missing, part of a total, known in part) enters the recursion by its conditional mean, a total by each step's
    /// expected share of it once it is known
    init = "NAME",
    /// ingarch: covariates whose effect is external, that is not passed on through past means: none, all, or their columns
    external = "COLS",
    /// glarma: autoregressive lags of the state, such as 1,5
    ar = "LAGS",
    /// glarma: lags of the residuals that drive it, such as 1,2,5
    ma = "LAGS",
    /// glarma: residual that drives it: pearson (default) = (y - m)/sd, score = (y - m)/variance, identity = y - m
    residual = "NAME",
    /// ingarch: stationary (default) = estimates are held to the stationary region and a solution on its boundary is reported;
    /// free = they are not, and a solution outside is reported; its likelihood is never below the stationary one
    stationarity = "NAME",
    /// glm, ingarch, glarma: replicates of a bootstrap for standard errors and percentile intervals (0 = none; 999 under
    /// --interval bootstrap)
    bootstrap = "N",
    /// ingarch with past means, glarma with a lag in both --ar and --ma: series simulated without dependence for the p-value
    /// of its test, which has no chi-squared there (default 199; 0 = no p-value, as in every group of --by)
    test_replicates = "N",
    /// elastic-net: mixing of the penalties, 1 = lasso (default), 0 = ridge
    alpha = "A" [allow_negative_numbers = true],
    /// elastic-net: penalty as glmnet has it (gaussian-log as its family "gaussian"), one or several; or its choice from a path of 100: aicc (default), bic, cv =
    /// forward chaining, each of five blocks of the later half predicted from all before it
    lambda = "L|RULE" [allow_negative_numbers = true],
    /// ensemble: members
    members = "NAMES",
    /// ensemble: weights of the members, in any units (default: equal)
    member_weights = "W,W",
    /// Seed of all random numbers
    seed = "N",
    /// Draws of a forecast
    draws = "N",
    /// Periods ahead (default 5; a back-test looks at most 3 ahead unless it is given here)
    horizon = "N",
    /// Forecast up to the period of this date
    until = "DATE",
    /// Use only what was known on this date
    as_of = "DATE",
    /// Scenarios, comma-separated: names of the study's, or files FILE.toml with tables [NAME], all of which are run
    scenario = "NAMES",
    /// Levels of forecast intervals in percent
    levels = "50,80,95",
    /// Print the probability of exceeding these counts
    exceed = "COUNTS",
    /// Counts whose probabilities a forecast gives, such as 0,1,2 or 0-20 (CSV: rows of output_type pmf)
    pmf = "COUNTS",
    /// First origin of the back-test
    from = "DATE",
    /// Last origin of the back-test
    to = "DATE",
    /// Days after the end of a period at which an origin stands
    origin_lag = "DAYS",
    /// Baseline that skill is measured against
    baseline = "NAME",
}
