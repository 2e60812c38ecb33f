//! Models: settings in, data only in [`Model::fit`]; a [`Fitted`] summarises itself and simulates ahead.
//!
//! One file each, in the same order: the equations, the settings, fit, summary, simulate. [`MENU`] is the one list.

pub mod baselines;
pub(crate) mod dependence;
pub mod elastic_net;
pub mod ensemble;
pub mod glarma;
pub mod glm;
pub mod ingarch;
pub mod loglinear;
mod parameter_draws;
pub mod serial;
pub(crate) mod serial_report;
pub(crate) mod series;
mod vcov;

use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result, suggest};
use crate::family::{Family, Law, ZeroPart};
use crate::forecast::Paths;
use crate::results::{Absent, BootstrapInfo, Glance, ModelInfo, PathResult, RowStat, TermRow, TestRow};
pub use serial::Serial;
pub use vcov::Vcov;

/// A model with its settings, ready for data.
pub trait Model: Send + Sync {
    /// Name in outputs.
    fn name(&self) -> String;

    /// Fits to a design of the past.
    ///
    /// # Errors
    /// When the data cannot support the model: the message names what and where.
    fn fit(&self, design: &Design, rng: &mut Rng) -> Result<Box<dyn Fitted>>;

    /// Corrects what outputs say of it where it does not follow the settings: a family of its own, another estimator.
    fn describe(&self, info: &mut ModelInfo) {
        let _ = info;
    }
}

/// A fitted model.
pub trait Fitted: Send + Sync {
    /// Effects, fit statistics and diagnostics by row. Done on request, since back-tests don't need them.
    ///
    /// # Errors
    /// When an interval or covariance asked for does not exist.
    fn summary(&self) -> Result<Summary>;

    /// Simulates `draws` paths over the steps of `future`, which follow the last step fitted. Parameter uncertainty is
    /// part of every path.
    ///
    /// # Errors
    /// When `future` has other columns than the design fitted, or unknown values.
    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths>;

    /// What the reader must be told: no convergence, dropped columns, boundary solutions.
    fn warnings(&self) -> &[String];

    /// The fits at all penalties, of a penalised model.
    fn path(&self) -> Option<PathResult> {
        None
    }
}

/// What a fitted model says of itself. A statistic that does not exist is `None`.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// One per coefficient.
    pub terms: Vec<TermRow>,
    /// Fit statistics.
    pub glance: Glance,
    /// One per observation; `period` is filled in above the border.
    pub rows: Vec<RowStat>,
    /// Covariance of the coefficients of `terms`, row by row; empty when there is none.
    pub covariance: Vec<Vec<f64>>,
    /// How the intervals of `terms` were made; `None` where there are none.
    pub interval: Option<IntervalKind>,
    /// Tests of the model against a simpler one.
    pub tests: Vec<TestRow>,
    /// The law of each observation given the past (one per row, `None` where it was not fitted); empty for models without a
    /// recursion. Scores in sample are taken from it.
    pub laws: Vec<Option<Law>>,
    /// Statistics that are `None` for want of a definition.
    pub absent: Vec<Absent>,
}

/// Link between mean and linear predictor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    /// ln μ.
    #[default]
    Log,
    /// μ.
    Identity,
    /// √μ.
    Sqrt,
}

impl Link {
    /// Links by name.
    pub const ALL: [(&'static str, Link); 3] = [("log", Link::Log), ("identity", Link::Identity), ("sqrt", Link::Sqrt)];

    /// The command-line name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, l)| *l == self).map_or("", |(n, _)| n)
    }

    /// η = g(μ).
    pub fn of(self, mu: f64) -> f64 {
        match self {
            Link::Log => mu.ln(),
            Link::Identity => mu,
            Link::Sqrt => mu.sqrt(),
        }
    }

    /// μ = g⁻¹(η).
    pub fn mean(self, eta: f64) -> f64 {
        match self {
            Link::Log => eta.exp(),
            Link::Identity => eta,
            Link::Sqrt => eta * eta,
        }
    }

    /// dμ/dη at η.
    pub fn slope(self, eta: f64) -> f64 {
        match self {
            Link::Log => eta.exp(),
            Link::Identity => 1.0,
            Link::Sqrt => 2.0 * eta,
        }
    }
}

/// How intervals of coefficients are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interval {
    /// Profile likelihood under 50 rows with a likelihood-based covariance, else Wald.
    #[default]
    Auto,
    /// Profile likelihood.
    Profile,
    /// Estimate ± quantile × standard error.
    Wald,
    /// Percentiles of estimates from data made again.
    Bootstrap(Resampling),
}

/// How a bootstrap makes data again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resampling {
    /// Counts from the fitted law.
    Parametric,
    /// Blocks of consecutive observations with their covariates, of this length, or n^(1/3).
    Blocks(Option<usize>),
}

impl Interval {
    /// Reads `auto`, `profile`, `wald`, `bootstrap` or `bootstrap:block[:LENGTH]`.
    ///
    /// # Errors
    /// On any other word.
    pub fn parse(text: &str) -> Result<Self> {
        let lower = text.to_ascii_lowercase();
        let known = ["auto", "profile", "wald", "bootstrap", "bootstrap:block", "bootstrap:block:LENGTH"];
        let unknown = || Error::usage(format!("unknown interval `{text}`")).help(suggest(text, known));
        Ok(match lower.as_str() {
            "auto" => Interval::Auto,
            "profile" => Interval::Profile,
            "wald" => Interval::Wald,
            "bootstrap" => Interval::Bootstrap(Resampling::Parametric),
            "bootstrap:block" => Interval::Bootstrap(Resampling::Blocks(None)),
            t => {
                let length = t.strip_prefix("bootstrap:block:").and_then(|l| l.parse().ok()).filter(|l| *l > 0);
                Interval::Bootstrap(Resampling::Blocks(Some(length.ok_or_else(unknown)?)))
            }
        })
    }
}

/// How the intervals of a summary were in fact made: `model.interval` of the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalKind {
    /// Estimate ± quantile (normal, or Student's t) × standard error.
    Wald,
    /// Profile likelihood.
    Profile,
    /// From the exact law of the estimator under the model.
    Exact,
    /// From simulated or resampled series.
    Bootstrap(BootstrapInfo),
}

impl IntervalKind {
    /// Its word in outputs.
    pub fn name(self) -> &'static str {
        match self {
            IntervalKind::Wald => "wald",
            IntervalKind::Profile => "profile",
            IntervalKind::Exact => "exact",
            IntervalKind::Bootstrap(_) => "bootstrap",
        }
    }

    /// The bootstrap, where it is one.
    pub fn bootstrap(self) -> Option<BootstrapInfo> {
        match self {
            IntervalKind::Bootstrap(info) => Some(info),
            _ => None,
        }
    }
}

/// Settings of every model; each reads what it knows. Construct freely: `Settings { family: Family::Nb2, ..Default::default() }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Count family.
    pub family: Family,
    /// Extra zeros beside it; both are read from one word by [`crate::family::parse_family`].
    pub zeros: ZeroPart,
    /// Link.
    pub link: Link,
    /// Covariance of the coefficients.
    pub vcov: Vcov,
    /// Confidence level of intervals, in (0, 1).
    pub level: f64,
    /// Kind of interval.
    pub interval: Interval,
    /// Members of an ensemble by their names in [`MENU`]; empty = [`ensemble::DEFAULT_MEMBERS`].
    pub members: Vec<String>,
    /// Their weights, in any units; empty = equal.
    pub member_weights: Vec<f64>,
    /// Serial dependence: lags, estimator, start of the recursion (INGARCH, GLARMA).
    pub serial: Serial,
    /// The penalty of an elastic net.
    pub penalty: elastic_net::Penalty,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            family: Family::default(),
            zeros: ZeroPart::default(),
            link: Link::default(),
            vcov: Vcov::default(),
            level: 0.95,
            interval: Interval::default(),
            members: Vec::new(),
            member_weights: Vec::new(),
            serial: Serial::default(),
            penalty: elastic_net::Penalty::default(),
        }
    }
}

/// One line of the menu.
pub struct Entry {
    /// Command-line name.
    pub name: &'static str,
    /// One line for `--help`.
    pub about: &'static str,
    /// Whether it reads the covariates of the formula; baselines don't.
    pub uses_formula: bool,
    /// Makes the model.
    pub build: fn(&Settings) -> Result<Box<dyn Model>>,
}

/// Every model.
pub const MENU: &[Entry] = &[
    Entry { name: "glm", about: "generalised linear model of counts", uses_formula: true, build: glm::build },
    Entry { name: "loglinear", about: "least squares on log counts", uses_formula: true, build: loglinear::build },
    Entry {
        name: "elastic-net",
        about: "penalised regression for many covariates: lasso, ridge and between (--alpha, --lambda)",
        uses_formula: true,
        build: elastic_net::build,
    },
    Entry {
        name: "ingarch",
        about: "counts on their own past: INGARCH and the log-linear autoregression",
        uses_formula: true,
        build: ingarch::build,
    },
    Entry { name: "glarma", about: "score-driven ARMA of the log mean", uses_formula: true, build: glarma::build },
    Entry { name: "log-rw", about: "random walk of the log count", uses_formula: false, build: baselines::log_rw },
    Entry {
        name: "drift",
        about: "random walk of the log count with drift",
        uses_formula: false,
        build: baselines::drift,
    },
    Entry {
        name: "climatology",
        about: "NB2 with a constant mean",
        uses_formula: false,
        build: baselines::climatology,
    },
    Entry { name: "naive", about: "the last count again", uses_formula: false, build: baselines::naive },
    Entry {
        name: "seasonal-naive",
        about: "the count of the same season a year before",
        uses_formula: false,
        build: baselines::seasonal_naive,
    },
    Entry {
        name: "ensemble",
        about: "equal or given weights on several models (--members)",
        uses_formula: true,
        build: ensemble::build,
    },
];

/// The menu's entry of a name.
///
/// # Errors
/// On an unknown name, with the nearest ones.
pub fn entry(name: &str) -> Result<&'static Entry> {
    MENU.iter().find(|e| e.name == name).ok_or_else(|| {
        Error::usage(format!("unknown model `{name}`"))
            .help(suggest(name, MENU.iter().map(|e| e.name).collect::<Vec<_>>()))
    })
}
