//! Reading the flags: each word becomes a value in one place, and a bad one is reported with its name.

use super::flags::{Flags, Given};
use crate::data::{Encoding, TimeOptions, Wide};
use crate::error::{Context as _, Error, Result, suggest};
use crate::family::parse_family;
use crate::formula;
use crate::model::elastic_net::{Lambda, Penalty};
use crate::model::serial::{Estimator, External, Init, Residual, Serial, Stationarity, parse_lags};
use crate::model::{Interval, Link, Settings, Vcov};
use crate::period::{Frequency, Period, parse_period};
use crate::term::Missing;
use jiff::civil::Date;
use std::str::FromStr;

/// Replicates of a bootstrap unless given: percentiles of a 95% interval then fall on replicates.
const REPLICATES: usize = 999;
/// Series simulated for a test of serial dependence unless given.
const SIMULATED: usize = 199;

/// Reads one word of a fixed list.
fn choose<T: Copy>(what: &str, word: &str, known: &[(&'static str, T)]) -> Result<T> {
    known.iter().find(|(n, _)| n.eq_ignore_ascii_case(word)).map(|(_, v)| *v).ok_or_else(|| {
        Error::usage(format!("unknown {what} `{word}`"))
            .help(suggest(word, known.iter().map(|k| k.0).collect::<Vec<_>>()))
    })
}

impl Flags {
    /// Reads every setting that can be read without the data, whoever may use it.
    ///
    /// # Errors
    /// On the first that says nothing.
    pub fn check(&self) -> Result<()> {
        self.settings()?;
        self.formula().map_or(Ok(()), |text| formula::parse(text).map(drop))?;
        self.time_options()?;
        self.by()?;
        self.decimal()?;
        self.missing()?;
        self.seed()?;
        self.draws(100)?;
        self.horizon()?;
        self.origin_lag()?;
        self.levels()?;
        self.exceed()?;
        self.pmf()?;
        let known: Vec<&str> = crate::model::MENU.iter().map(|e| e.name).collect();
        match self.word(&self.baseline).filter(|w| !known.contains(w)) {
            Some(word) => Err(Error::usage(format!("unknown baseline `{word}`")).help(suggest(word, known))),
            None => Ok(()),
        }
    }

    /// Reads every setting that is a period, in the frequency of the data.
    ///
    /// # Errors
    /// On the first that is none.
    pub fn check_periods(&self, frequency: Frequency) -> Result<()> {
        self.window(frequency)?;
        self.until(frequency)?;
        self.as_of(frequency)?;
        self.origins(frequency).map(drop)
    }

    fn word<'a>(&self, flag: &'a Option<Given>) -> Option<&'a str> {
        flag.as_ref().map(Given::text)
    }

    /// A number of any kind, with its limits in words.
    fn number<T: FromStr>(
        &self,
        name: &str,
        flag: &Option<Given>,
        ok: impl Fn(&T) -> bool,
        limits: &str,
    ) -> Result<Option<T>> {
        let Some(word) = self.word(flag) else { return Ok(None) };
        match word.parse::<T>() {
            Ok(v) if ok(&v) => Ok(Some(v)),
            _ => Err(Error::usage(format!("--{name} takes {limits}, not `{word}`"))),
        }
    }

    /// A period: a step number on a grid of plain steps, else a calendar period.
    pub(crate) fn period(&self, name: &str, flag: &Option<Given>, frequency: Frequency) -> Result<Option<Period>> {
        let Some(word) = self.word(flag) else { return Ok(None) };
        if frequency == Frequency::Step {
            let step = word.parse().map_err(|_| Error::usage(format!("--{name} takes a step number, not `{word}`")))?;
            return Ok(Some(Period::step(step)));
        }
        let bad =
            |e: Error| Error::usage(e.message().to_string()).help("write 2016, 2016-08, 2016-08-01, 2016Q3 or 2016H1");
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
            pooled: self.clusters().is_some(),
            // What is no day of the calendar is a step number, and has no part in a choice among lengths of steps.
            as_of: self.as_of(Frequency::Year).ok().flatten(),
        })
    }

    /// The columns that name the series of a panel; none = one series.
    ///
    /// # Errors
    /// When one is named twice.
    pub fn by(&self) -> Result<Vec<String>> {
        let names = self.by.as_ref().map_or_else(Vec::new, Given::list);
        match names.iter().enumerate().find(|(i, n)| names[..*i].contains(n)) {
            Some((_, name)) => Err(Error::usage(format!("--by names `{name}` twice"))),
            None => Ok(names.into_iter().map(String::from).collect()),
        }
    }

    /// How to take tables with periods across the columns.
    pub fn wide(&self) -> Wide {
        match self.word(&self.wide) {
            None | Some("auto") => Wide::Auto,
            Some("yes") => Wide::Yes,
            Some("no") => Wide::No,
            Some(column) => Wide::Variables(column.to_string()),
        }
    }

    /// The decimal character of files, if given.
    ///
    /// # Errors
    /// When it is neither `.` nor `,`.
    pub fn decimal(&self) -> Result<Option<char>> {
        match self.word(&self.decimal) {
            None => Ok(None),
            Some(".") => Ok(Some('.')),
            Some(",") => Ok(Some(',')),
            Some(w) => Err(Error::usage(format!("--decimal takes . or , and not `{w}`"))),
        }
    }

    /// The encoding of files, if given.
    ///
    /// # Errors
    /// When it is none that is read.
    pub fn encoding(&self) -> Result<Option<Encoding>> {
        let Some(w) = self.word(&self.encoding) else { return Ok(None) };
        match Encoding::of_name(w) {
            Some(encoding) => Ok(Some(encoding)),
            None => Err(Error::usage(format!("unknown encoding `{w}`"))
                .help("known: utf-8, utf-16le, utf-16be, euc-kr; save other text as UTF-8")),
        }
    }

    fn yes(&self, name: &str, flag: &Option<Given>) -> Result<bool> {
        match self.word(flag) {
            Some("yes" | "true") => Ok(true),
            None | Some("no" | "false") => Ok(false),
            Some(w) => Err(Error::usage(format!("--{name} takes yes or no, not `{w}`"))
                .help(format!("write --{name}=yes, or leave it out"))),
        }
    }

    /// What to do with unknown covariates.
    ///
    /// # Errors
    /// On an unknown word.
    pub fn missing(&self) -> Result<Missing> {
        self.word(&self.missing).map_or(Ok(Missing::Error), Missing::parse)
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
        let interval = self.word(&self.interval).map_or(Ok(d.interval), Interval::parse)?;
        let (family, zeros) = self.word(&self.family).map_or(Ok((d.family, d.zeros)), parse_family)?;
        Ok(Settings {
            family,
            zeros,
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
            interval,
            penalty: self.penalty()?,
            members: self.members.as_ref().map_or(d.members, |w| w.list().into_iter().map(String::from).collect()),
            member_weights: self.numbers("member-weights", &self.member_weights)?,
            serial: self.serial(matches!(interval, Interval::Bootstrap(_)))?,
        })
    }

    /// The penalty of an elastic net.
    fn penalty(&self) -> Result<Penalty> {
        let d = Penalty::default();
        let alpha = self.number("alpha", &self.alpha, |a| (0.0..=1.0).contains(a), "a number from 0 to 1")?;
        let lambda = match self.word(&self.lambda).map(str::to_ascii_lowercase).as_deref() {
            None => d.lambda,
            Some("aicc") => Lambda::Aicc,
            Some("bic") => Lambda::Bic,
            Some("cv") => Lambda::Chain,
            Some(words) => {
                let wrong =
                    || Error::usage(format!("--lambda takes numbers from 0 up, aicc, bic or cv, not `{words}`"));
                let mut list = self.numbers("lambda", &self.lambda).map_err(|_| wrong())?;
                if list.is_empty() || list.iter().any(|l| *l < 0.0) {
                    return Err(wrong());
                }
                list.sort_by(|a, b| b.total_cmp(a));
                Lambda::Given(list)
            }
        };
        Ok(Penalty { alpha: alpha.unwrap_or(d.alpha), lambda })
    }

    /// Settings of models with serial dependence; `resampled` when a bootstrap is asked for, with or without its number.
    fn serial(&self, resampled: bool) -> Result<Serial> {
        let d = Serial::default();
        let lags = |name: &str, flag: &Option<Given>| {
            self.word(flag).map_or(Ok(Vec::new()), |w| parse_lags(w).context(format!("--{name}")))
        };
        Ok(Serial {
            past_obs: lags("past-obs", &self.past_obs)?,
            past_mean: lags("past-mean", &self.past_mean)?,
            ar: lags("ar", &self.ar)?,
            ma: lags("ma", &self.ma)?,
            estimator: self.word(&self.estimator).map_or(Ok(d.estimator), Estimator::parse)?,
            init: self.word(&self.init).map_or(Ok(d.init), Init::parse)?,
            external: self.word(&self.external).map_or(d.external, External::parse),
            region: self.word(&self.stationarity).map_or(Ok(d.region), Stationarity::parse)?,
            residual: self.word(&self.residual).map_or(Ok(d.residual), Residual::parse)?,
            bootstrap: self
                .number("bootstrap", &self.bootstrap, |n| *n <= 100_000, "a number up to 100000")?
                .unwrap_or(if resampled { REPLICATES } else { 0 }),
            test_replicates: self
                .number("test-replicates", &self.test_replicates, |n| *n <= 100_000, "a number up to 100000")?
                .unwrap_or(if self.by.is_some() { 0 } else { SIMULATED }),
        })
    }

    /// Numbers of a list.
    fn numbers(&self, name: &str, flag: &Option<Given>) -> Result<Vec<f64>> {
        let Some(given) = flag else { return Ok(Vec::new()) };
        let read = |w: &str| match w.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            _ => Err(Error::usage(format!("--{name} takes numbers, not `{w}`"))),
        };
        given.list().into_iter().map(read).collect()
    }

    /// Seed, 1 unless given.
    ///
    /// # Errors
    /// When it is not a whole number.
    pub fn seed(&self) -> Result<u64> {
        Ok(self.number("seed", &self.seed, |_| true, "a whole number")?.unwrap_or(1))
    }

    /// Number of draws, `default` unless given.
    ///
    /// # Errors
    /// When it is not between 100 and 1,000,000.
    pub fn draws(&self, default: usize) -> Result<usize> {
        let ok = |n: &usize| (100..=1_000_000).contains(n);
        Ok(self.number("draws", &self.draws, ok, "a whole number from 100 to 1000000")?.unwrap_or(default))
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

    /// Counts whose probabilities are asked for: single ones and ranges such as `0-20`.
    ///
    /// # Errors
    /// When one is no count, a range runs backwards, or there are more than 10,000.
    pub fn pmf(&self) -> Result<Vec<u64>> {
        let Some(given) = &self.pmf else { return Ok(Vec::new()) };
        let bad = |w: &str| Error::usage(format!("--pmf takes counts such as 0,1,2 or 0-20, not `{w}`"));
        let mut counts = Vec::new();
        for w in given.list() {
            let (low, high) = w.split_once('-').unwrap_or((w, w));
            let read = |t: &str| t.trim().parse::<u64>().map_err(|_| bad(w));
            let (low, high) = (read(low)?, read(high)?);
            if low > high || high - low >= 10_000 || counts.len() >= 10_000 {
                return Err(bad(w).help("at most 10000 counts, ranges upwards"));
            }
            counts.extend(low..=high);
        }
        counts.sort_unstable();
        counts.dedup();
        Ok(counts)
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

    /// The column of clusters that `--vcov` names, if it does.
    pub fn clusters(&self) -> Option<&str> {
        self.word(&self.vcov).and_then(Vcov::cluster_column)
    }

    /// The column of prior weights, if given.
    pub fn weights(&self) -> Option<&str> {
        self.word(&self.weights)
    }

    /// Scenario names, `status-quo` unless given.
    pub fn scenarios(&self) -> Vec<String> {
        self.scenario.as_ref().map_or_else(Vec::new, |w| w.list().into_iter().map(String::from).collect())
    }
}
