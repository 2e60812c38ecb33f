//! The settings that stand on the command line or, under the same names, in a study file.
//!
//! All are kept as words and read in one place each, so that a bad value is reported with its name wherever it stood.

use crate::error::{Context as _, Error, Result, suggest};
use crate::family::Family;
use crate::data::TimeOptions;
use crate::model::{Interval, Link, Settings, Vcov};
use crate::term::plan::Missing;
use crate::period::{Frequency, Period, parse_period};
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

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
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
        pub struct Flags {
            $($(#[$doc])* #[arg(long $(, value_name = $value)?, hide_short_help = hidden(stringify!($name)) $(, $($extra)*)?)] pub $name: Option<Given>,)*
        }

        impl Flags {
            /// The names as written in a study file.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// These settings, and `base` where they say nothing.
            pub fn over(self, base: &Flags) -> Flags {
                Flags { $($name: self.$name.or_else(|| base.$name.clone()),)* }
            }
        }
    };
}

/// Settings that `-h` leaves to `--help`.
fn hidden(name: &str) -> bool {
    !["formula", "model", "family", "horizon", "scenario", "from", "time", "seed"].contains(&name)
}

flags! {
    /// Time column (default: date, period, year, time, or year+quarter / year+month; none = steps 1..n)
    time = "COL",
    /// Length of a step: year, half, quarter, month, week, day, step
    frequency = "WORD",
    /// One analysis for each combination of these columns
    by = "COLS",
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
    /// Covariance: model, observed, hc0 … hc3, hac[:LAGS]
    vcov = "NAME",
    /// Confidence level of intervals
    level = "0.95",
    /// Kind of interval: auto, profile, wald
    interval = "NAME",
    /// ingarch: lags of past observations
    past_obs = "LAGS",
    /// ingarch: lags of past means
    past_mean = "LAGS",
    /// ingarch: ml or two-step
    estimator = "NAME",
    /// ingarch: start of the recursion: marginal, iid, first
    init = "NAME",
    /// ingarch: covariates that act on the mean from outside the recursion
    external = "COLS",
    /// glarma: autoregressive lags
    ar = "LAGS",
    /// glarma: moving-average lags
    ma = "LAGS",
    /// glarma: pearson, score, identity
    residual = "NAME",
    /// ensemble: members
    members = "NAMES",
    /// Seed of all random numbers
    seed = "N",
    /// Draws of a forecast
    draws = "N",
    /// Periods ahead
    horizon = "N",
    /// Forecast up to the period of this date
    until = "DATE",
    /// Use only what was known on this date
    as_of = "DATE",
    /// Scenarios, comma-separated
    scenario = "NAMES",
    /// Levels of forecast intervals in percent
    levels = "50,80,95",
    /// Print the probability of exceeding these counts
    exceed = "COUNTS",
    /// First origin of the back-test
    from = "DATE",
    /// Last origin of the back-test
    to = "DATE",
    /// Days after the end of a period at which an origin stands
    origin_lag = "DAYS",
    /// Baseline that skill is measured against
    baseline = "NAME",
}

/// Reads one word of a fixed list.
fn choose<T: Copy>(what: &str, word: &str, known: &[(&'static str, T)]) -> Result<T> {
    known.iter().find(|(n, _)| *n == word).map(|(_, v)| *v).ok_or_else(|| {
        Error::usage(format!("unknown {what} `{word}`")).help(suggest(word, known.iter().map(|k| k.0).collect::<Vec<_>>()))
    })
}

impl Flags {
    fn word<'a>(&self, flag: &'a Option<Given>) -> Option<&'a str> {
        flag.as_ref().map(Given::text)
    }

    /// A number of any kind, with its limits in words.
    fn number<T: FromStr>(&self, name: &str, flag: &Option<Given>, ok: impl Fn(&T) -> bool, limits: &str) -> Result<Option<T>> {
        let Some(word) = self.word(flag) else { return Ok(None) };
        match word.parse::<T>() {
            Ok(v) if ok(&v) => Ok(Some(v)),
            _ => Err(Error::usage(format!("--{name} takes {limits}, not `{word}`"))),
        }
    }

    /// A period: a step number on a grid of plain steps, else a calendar period.
    fn period(&self, name: &str, flag: &Option<Given>, frequency: Frequency) -> Result<Option<Period>> {
        let Some(word) = self.word(flag) else { return Ok(None) };
        if frequency == Frequency::Step {
            let step = word.parse().map_err(|_| Error::usage(format!("--{name} takes a step number, not `{word}`")))?;
            return Ok(Some(Period::step(step)));
        }
        let bad = |e: Error| Error::usage(e.message().to_string()).help("write 2016, 2016-08, 2016-08-01, 2016Q3 or 2016H1");
        Ok(Some(parse_period(word).map_err(bad).context(format!("--{name}"))?))
    }

    /// How to read the time of a table.
    ///
    /// # Errors
    /// On an unknown frequency.
    pub fn time_options(&self) -> Result<TimeOptions> {
        let frequency = match self.word(&self.frequency) {
            Some(w) => Some(choose("frequency", w, &Frequency::ALL)?),
            None => None,
        };
        Ok(TimeOptions {
            time: self.word(&self.time).map(String::from),
            frequency,
            allow_gaps: self.yes("allow-gaps", &self.allow_gaps)?,
        })
    }

    fn yes(&self, name: &str, flag: &Option<Given>) -> Result<bool> {
        match self.word(flag) {
            Some("yes" | "true") => Ok(true),
            None | Some("no" | "false") => Ok(false),
            Some(w) => Err(Error::usage(format!("--{name} takes yes or no, not `{w}`"))),
        }
    }

    /// What to do with unknown covariates.
    ///
    /// # Errors
    /// On an unknown word.
    pub fn missing(&self) -> Result<Missing> {
        let known =
            [("error", Missing::Error), ("last", Missing::Last), ("drop", Missing::Drop), ("model", Missing::Model)];
        self.word(&self.missing).map_or(Ok(Missing::Error), |w| choose("policy of --missing", w, &known))
    }

    /// Model settings.
    ///
    /// # Errors
    /// On a word or number that a setting does not take.
    pub fn settings(&self) -> Result<Settings> {
        let d = Settings::default();
        if let Some(e) = self.word(&self.estimate)
            && e != "ml"
        {
            return Err(Error::usage(format!("unknown estimate `{e}`")).help("this version estimates by ml"));
        }
        let intervals = [("auto", Interval::Auto), ("profile", Interval::Profile), ("wald", Interval::Wald)];
        Ok(Settings {
            family: match self.word(&self.family) {
                Some(w) => choose("family", w, &Family::ALL)?,
                None => d.family,
            },
            link: match self.word(&self.link) {
                Some(w) => choose("link", w, &Link::ALL)?,
                None => d.link,
            },
            vcov: match self.word(&self.vcov) {
                Some(w) => Vcov::parse(w)?,
                None => d.vcov,
            },
            level: self
                .number("level", &self.level, |l: &f64| *l > 0.0 && *l < 1.0, "a number between 0 and 1")?
                .unwrap_or(d.level),
            interval: match self.word(&self.interval) {
                Some(w) => choose("interval", w, &intervals)?,
                None => d.interval,
            },
            members: self.members.as_ref().map_or(d.members, |w| w.list().into_iter().map(String::from).collect()),
            member_weights: d.member_weights,
        })
    }

    /// Seed, 1 unless given.
    ///
    /// # Errors
    /// When it is not a whole number.
    pub fn seed(&self) -> Result<u64> {
        Ok(self.number("seed", &self.seed, |_| true, "a whole number")?.unwrap_or(1))
    }

    /// Number of draws, 4,000 unless given.
    ///
    /// # Errors
    /// When it is not between 100 and 1,000,000.
    pub fn draws(&self) -> Result<usize> {
        let ok = |n: &usize| (100..=1_000_000).contains(n);
        Ok(self.number("draws", &self.draws, ok, "a whole number from 100 to 1000000")?.unwrap_or(4000))
    }

    /// Periods ahead, if given.
    ///
    /// # Errors
    /// When it is not between 1 and 1,000.
    pub fn horizon(&self) -> Result<Option<usize>> {
        self.number("horizon", &self.horizon, |n| (1..=1000).contains(n), "a whole number from 1 to 1000")
    }

    /// First and last period to fit, where given.
    ///
    /// # Errors
    /// When one is not a period.
    pub fn window(&self, frequency: Frequency) -> Result<(Option<Period>, Option<Period>)> {
        Ok((self.period("start", &self.start, frequency)?, self.period("end", &self.end, frequency)?))
    }

    /// The last day to forecast, if given.
    ///
    /// # Errors
    /// When it is not a date.
    pub fn until(&self, frequency: Frequency) -> Result<Option<Date>> {
        Ok(self.period("until", &self.until, frequency)?.map(Period::end))
    }

    /// The day whose knowledge is used, if given.
    ///
    /// # Errors
    /// When it is not a date.
    pub fn as_of(&self, frequency: Frequency) -> Result<Option<Date>> {
        Ok(self.period("as-of", &self.as_of, frequency)?.map(Period::end))
    }

    /// First and last day of origins, where given.
    ///
    /// # Errors
    /// When one is not a date.
    pub fn origins(&self, frequency: Frequency) -> Result<(Option<Date>, Option<Date>)> {
        let from = self.period("from", &self.from, frequency)?.map(Period::start);
        Ok((from, self.period("to", &self.to, frequency)?.map(Period::end)))
    }

    /// Days after a period's end at which an origin stands, 0 unless given.
    ///
    /// # Errors
    /// When it is not between 0 and 3,650.
    pub fn origin_lag(&self) -> Result<i32> {
        Ok(self
            .number("origin-lag", &self.origin_lag, |d| (0..=3650).contains(d), "a number of days from 0 to 3650")?
            .unwrap_or(0))
    }

    /// Levels of forecast intervals, as shares, ascending.
    ///
    /// # Errors
    /// When one is not between 0 and 100.
    pub fn levels(&self) -> Result<Vec<f64>> {
        let Some(given) = &self.levels else { return Ok(vec![0.5, 0.8, 0.95]) };
        let read = |w: &str| match w.parse::<f64>() {
            Ok(v) if v > 0.0 && v < 100.0 => Ok(if v < 1.0 { v } else { v / 100.0 }),
            _ => Err(Error::usage(format!("--levels takes percentages such as 50,80,95, not `{w}`"))),
        };
        let mut levels = given.list().into_iter().map(read).collect::<Result<Vec<_>>>()?;
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        Ok(levels)
    }

    /// Limits whose exceedance is asked for.
    ///
    /// # Errors
    /// When one is not a number of at least 0.
    pub fn exceed(&self) -> Result<Vec<f64>> {
        let Some(given) = &self.exceed else { return Ok(Vec::new()) };
        let read = |w: &str| match w.replace('_', "").parse::<f64>() {
            Ok(v) if v >= 0.0 && v.is_finite() => Ok(v),
            _ => Err(Error::usage(format!("--exceed takes counts such as 1000,5000, not `{w}`"))),
        };
        given.list().into_iter().map(read).collect()
    }

    /// Models by name, `glm` unless given.
    pub fn models(&self) -> Vec<String> {
        self.model.as_ref().map_or_else(|| vec!["glm".into()], |w| w.list().into_iter().map(String::from).collect())
    }

    /// The baseline, `log-rw` unless given.
    pub fn baseline(&self) -> &str {
        self.word(&self.baseline).unwrap_or("log-rw")
    }

    /// The formula's text, if given.
    pub fn formula(&self) -> Option<&str> {
        self.word(&self.formula)
    }

    /// Scenario names, `status-quo` unless given.
    pub fn scenarios(&self) -> Vec<String> {
        self.scenario.as_ref().map_or_else(Vec::new, |w| w.list().into_iter().map(String::from).collect())
    }
}
