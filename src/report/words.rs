//! Plain sentences from results. Each says what the numbers support and no more: "the data cannot tell" is a finding.

mod interventions;

pub use interventions::intervention_sentences;
pub(crate) use interventions::undecided;
pub mod effects;
mod serial;
pub use serial::serial_words;

use crate::period::{Frequency, parse_span};
use crate::report::digits::{coefficient, count, gain, level, percent, probability, ratio, significant};
use crate::report::effects::{has_zeros, is_effect};
use crate::results::{BacktestReport, BacktestSummary, ForecastResult, TermRow};

/// The label of a span in files as people read it everywhere ([`crate::period::Span::words`]): `2011Q1–2011Q4` is 2011.
/// Single periods, and what is no span, stay as they are.
pub fn span(label: &str) -> String {
    // A run of weeks is counted in weeks.
    let read = Some(label).filter(|l| l.contains('–') && !l.contains("-W")).and_then(|l| parse_span(l).ok());
    read.map_or_else(|| label.to_string(), |s| s.words(Frequency::Day))
}

/// Which way an effect was expected to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// More counts (a rate ratio above 1).
    More,
    /// Fewer counts.
    Fewer,
}

/// How a term is called, and which change of it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct TermWords {
    /// Name in the results.
    pub term: String,
    /// A few words for the picture: `border closed all year`.
    pub label: String,
    /// How the sentence begins: `With the border closed for the whole year`.
    pub when: String,
    /// The change of the column that is shown: 1 for a dummy or a share, ln 2 for a doubling of a logged covariate.
    pub by: f64,
    /// What the literature leads one to expect.
    pub expected: Option<Expected>,
}

impl TermWords {
    /// Words for a term that nobody described.
    pub fn plain(term: &str) -> Self {
        let when = format!("With {term} higher by 1");
        TermWords { term: term.into(), label: term.into(), when, by: 1.0, expected: None }
    }

    /// The words of a term out of a list, or plain ones.
    pub fn find(list: &[TermWords], term: &str) -> TermWords {
        list.iter().find(|w| w.term == term).cloned().unwrap_or_else(|| Self::plain(term))
    }
}

/// A rate ratio with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Times as many.
    pub ratio: f64,
    /// Interval, where there is one.
    pub interval: Option<(f64, f64)>,
}

impl Effect {
    /// The rate ratio of a change by `by`; `None` for a dropped term or a link other than the log.
    pub fn of(row: &TermRow, by: f64) -> Option<Effect> {
        row.rate_ratio?;
        let at = |x: f64| (by * x).exp();
        let interval = row.conf_low.zip(row.conf_high).map(|(a, b)| (at(a).min(at(b)), at(a).max(at(b))));
        Some(Effect { ratio: at(row.estimate?), interval })
    }

    /// Whether the interval leaves the direction open; an effect without interval is always open.
    pub fn open(&self) -> bool {
        self.interval.is_none_or(|(low, high)| low <= 1.0 && high >= 1.0)
    }
}

/// What the data say of one effect, in one sentence, e.g. "With the border closed for the whole year, arrivals are 0.27
/// times as many (95 % interval 0.20 to 0.36), as expected." `response` is a plural, `at` the level of the interval.
pub fn effect_sentence(row: &TermRow, words: &TermWords, response: &str, at: f64) -> String {
    if row.verdict.starts_with("dropped") || row.estimate.is_none() {
        return format!("{}: no estimate ({}).", capital(&words.label), row.verdict);
    }
    let Some(effect) = Effect::of(row, words.by) else {
        return linear_sentence(row, words, response, at);
    };
    let interval = match effect.interval {
        Some((low, high)) => format!("{} interval {} to {}", level(at), ratio(low), ratio(high)),
        None => "no interval".into(),
    };
    let times = ratio(effect.ratio);
    if row.verdict.starts_with("not separable") {
        return format!(
            "{}: the data cannot tell; {} (estimate {times}, {interval}).",
            capital(&words.label),
            row.verdict
        );
    }
    if effect.open() {
        return format!(
            "{}, the data cannot tell whether {response} are more or fewer: {times} times as many ({interval}).",
            words.when
        );
    }
    let sign = expectation(words.expected, effect.ratio > 1.0);
    format!("{}, {response} are {times} times as many ({interval}){sign}.", words.when)
}

/// The same for a link without rate ratios: an effect on the scale of the linear predictor.
fn linear_sentence(row: &TermRow, words: &TermWords, response: &str, at: f64) -> String {
    use crate::report::digits::coefficient;
    let estimate = row.estimate.unwrap_or(0.0) * words.by;
    let bounds = row.conf_low.zip(row.conf_high).map(|(a, b)| (a * words.by, b * words.by));
    let Some((low, high)) = bounds.map(|(a, b)| (a.min(b), a.max(b))) else {
        return format!("{}: estimate {} without interval.", capital(&words.label), coefficient(estimate));
    };
    let tell = if low <= 0.0 && high >= 0.0 {
        format!("the data cannot tell whether {response} are more or fewer: ")
    } else {
        format!("{response} are {}: ", if estimate > 0.0 { "more" } else { "fewer" })
    };
    let (e, l, h) = (coefficient(estimate), coefficient(low), coefficient(high));
    format!("{}, {tell}estimate {e} ({} interval {l} to {h}).", words.when, level(at))
}

fn expectation(expected: Option<Expected>, more: bool) -> &'static str {
    match (expected, more) {
        (None, _) => "",
        (Some(Expected::More), true) | (Some(Expected::Fewer), false) => ", as expected",
        (Some(Expected::More), false) => ", although more were expected",
        (Some(Expected::Fewer), true) => ", although fewer were expected",
    }
}

/// Sentences for all terms but the intercept.
pub fn effect_sentences(terms: &[TermRow], words: &[TermWords], response: &str, at: f64) -> Vec<String> {
    let told = terms.iter().filter(|t| is_effect(&t.term));
    let zeros = has_zeros(terms);
    let one = |t: &TermRow| match t.term.strip_prefix("zero_").filter(|_| zeros) {
        Some(name) => zero_sentence(t, name, at),
        None => effect_sentence(t, &TermWords::find(words, &t.term), response, at),
    };
    told.map(one).collect()
}

/// "In the zero part, per unit of x: log odds −0.063 (95 % interval −0.434 to 0.297), weak."
fn zero_sentence(t: &TermRow, name: &str, at: f64) -> String {
    let Some(b) = t.estimate else { return format!("In the zero part, {name}: {}.", t.verdict) };
    let span = t.conf_low.zip(t.conf_high).map_or_else(String::new, |(l, h)| {
        format!(" ({} interval {} to {})", level(at), coefficient(l), coefficient(h))
    });
    format!("In the zero part, per unit of {name}: log odds {}{span}, {}.", coefficient(b), t.verdict)
}

/// "Border open: about 240 arrivals in 2026 (95 % interval 90 to 640); 1,350 over 2026–2030 (560 to 3,300)."
pub fn forecast_sentence(forecast: &ForecastResult, label: &str, response: &str, at: f64) -> Option<String> {
    let interval = |t: &crate::results::TargetResult, words: &str| {
        let i = t.intervals.iter().find(|i| (i.level - at).abs() < 1e-9)?;
        Some(format!(" ({words}{} to {})", count(i.low), count(i.high)))
    };
    let first = forecast.targets.first()?;
    let span = interval(first, &format!("{} interval ", level(at))).unwrap_or_default();
    let mut text = format!("{}: about {} {response} in {}{span}", capital(label), count(first.median), first.period);
    if let Some(total) = &forecast.total {
        let span = interval(total, "").unwrap_or_default();
        text += &format!("; {} over {}{span}", count(total.median), total.period);
    }
    Some(text + ".")
}

/// "Border open: the chance of more than 1,000 arrivals is 0.4 % in 2026 and 6 % in 2030."
pub fn exceedance_sentence(forecast: &ForecastResult, label: &str, response: &str, limit: f64) -> Option<String> {
    let chance = |t: &crate::results::TargetResult| {
        let e = t.exceedance.iter().find(|e| e.limit == limit)?;
        let p = probability(e.probability, forecast.draws).replace('<', "under ").replace('>', "over ");
        Some(format!("{p} in {}", t.period))
    };
    let first = chance(forecast.targets.first()?)?;
    let last = if forecast.targets.len() > 1 { chance(forecast.targets.last()?) } else { None };
    let last = last.map_or(String::new(), |l| format!(" and {l}"));
    Some(format!("{}: the chance of more than {} {response} is {first}{last}.", capital(label), count(limit)))
}

/// One sentence per model (the baselines apart) and information: whether it beats the baseline, by how much, and what its widest interval held.
pub fn backtest_sentences(report: &BacktestReport) -> Vec<String> {
    let model = |s: &&BacktestSummary| s.model != report.baseline && model_words(&s.model) == s.model;
    let whole = report.summary.iter().filter(|s| s.horizon.is_none()).filter(model);
    whole.map(|s| backtest_sentence(s, &report.baseline)).collect()
}

fn backtest_sentence(s: &BacktestSummary, baseline: &str) -> String {
    let how = information(s.information);
    let base = model_words(baseline);
    let n = s.targets;
    let verdict = match (s.beats_baseline, s.skill) {
        (Some(true), Some(k)) => format!("beats {base}: its CRPS is {} lower over {n} targets", size(k)),
        (Some(false), Some(k)) if gain(k) == "0 %" => {
            format!("does not beat {base}: its CRPS is the same to within 1 % over {n} targets")
        }
        (Some(false), Some(k)) if k < -1.0 => {
            format!("does not beat {base}: its CRPS is {} times as high over {n} targets", times(1.0 - k))
        }
        (Some(false), Some(k)) if k < 0.0 => {
            format!("does not beat {base}: its CRPS is {} higher over {n} targets", size(k))
        }
        (Some(false), Some(k)) => {
            format!("is not shown to beat {base}: its CRPS is {} lower over {n} targets, too little to count", size(k))
        }
        _ => format!("could not be compared with {base}"),
    };
    let widest = s.coverage.iter().max_by(|a, b| a.level.total_cmp(&b.level));
    let held = widest.map_or(String::new(), |c| {
        format!("; its {} intervals held {} of the outcomes", level(c.level), percent(c.share))
    });
    format!("{how}, {} {verdict}{held}.", s.model)
}

fn times(x: f64) -> String {
    if x > 1000.0 { "over 1,000".into() } else { significant(x, 2) }
}

fn size(skill: f64) -> String {
    gain(skill).trim_start_matches(['+', '−']).to_string()
}

/// `as_known` and `ex_post` in words that can begin a sentence.
pub fn information(name: &str) -> &str {
    match name {
        "as_known" => "With only what was known at each origin",
        "ex_post" => "With the covariates as recorded later",
        other => other,
    }
}

/// A baseline's name in words; other names stay.
pub fn model_words(name: &str) -> &str {
    match name {
        "log-rw" => "the log-scale random walk",
        "drift" => "the random walk with drift",
        "climatology" => "the climatology",
        "naive" => "the naive forecast",
        "seasonal-naive" => "the seasonal naive forecast",
        other => other,
    }
}

/// "50, 80 and 95 %": the levels of a target's intervals.
pub fn interval_names(target: &crate::results::TargetResult) -> String {
    let names: Vec<String> = target.intervals.iter().map(|i| level(i.level)).collect();
    let bare = |n: &String| n.trim_end_matches(" %").to_string();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.iter().map(bare).collect::<Vec<_>>().join(", ")),
    }
}

/// The text with a capital first letter.
pub fn capital(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    if first.contains(['_', '(']) {
        return text.to_string();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(estimate: f64, low: f64, high: f64, verdict: &str) -> TermRow {
        TermRow {
            term: "closed".into(),
            estimate: Some(estimate),
            conf_low: Some(low),
            conf_high: Some(high),
            rate_ratio: Some(estimate.exp()),
            verdict: verdict.into(),
            ..TermRow::default()
        }
    }

    fn words(expected: Option<Expected>) -> TermWords {
        let when = "With the border closed for the whole year".into();
        TermWords { term: "closed".into(), label: "border closed".into(), when, by: 1.0, expected }
    }

    #[test]
    fn a_clear_effect_is_told_with_its_sign() {
        let r = row(0.27_f64.ln(), 0.20_f64.ln(), 0.36_f64.ln(), "estimated");
        assert_eq!(
            effect_sentence(&r, &words(Some(Expected::Fewer)), "arrivals", 0.95),
            "With the border closed for the whole year, arrivals are 0.27 times as many (95 % interval 0.20 to 0.36), \
             as expected."
        );
        let against = effect_sentence(&r, &words(Some(Expected::More)), "arrivals", 0.95);
        assert!(against.ends_with(", although more were expected."), "{against}");
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        let open = effect_sentence(&row(0.0, -0.5, 0.5, "estimated"), &words(None), "arrivals", 0.9);
        assert!(open.contains("the data cannot tell") && open.contains("90 % interval 0.61 to 1.65"), "{open}");
        let tied = effect_sentence(&row(-1.0, -1.5, -0.5, "not separable from floods"), &words(None), "arrivals", 0.95);
        assert!(tied.contains("cannot tell; not separable from floods"), "{tied}");
        let gone = TermRow { verdict: "dropped: collinear".into(), ..TermRow::default() };
        assert_eq!(
            effect_sentence(&gone, &words(None), "arrivals", 0.95),
            "Border closed: no estimate (dropped: collinear)."
        );
    }

    #[test]
    fn a_negative_change_turns_the_interval_round() {
        let e = Effect::of(&row(0.5, 0.2, 0.8, ""), -1.0).unwrap();
        assert_eq!((e.ratio, e.interval), ((-0.5_f64).exp(), Some(((-0.8_f64).exp(), (-0.2_f64).exp()))));
        assert!(!e.open());
    }

    #[test]
    fn a_model_is_said_not_to_beat_the_baseline() {
        let summary = |skill: f64, beats| BacktestSummary {
            model: "glm".into(),
            information: "as_known",
            horizon: None,
            targets: 80,
            scores: Vec::new(),
            skill: Some(skill),
            beats_baseline: Some(beats),
            coverage: vec![crate::results::Coverage { level: 0.95, share: 0.9 }],
        };
        let text = |skill, beats| backtest_sentence(&summary(skill, beats), "log-rw");
        let held = "; its 95 % intervals held 90 % of the outcomes.";
        let start = "With only what was known at each origin, glm";
        let base = "the log-scale random walk: its CRPS is";
        assert_eq!(text(0.12, true), format!("{start} beats {base} 12 % lower over 80 targets{held}"));
        assert_eq!(text(-0.27, false), format!("{start} does not beat {base} 27 % higher over 80 targets{held}"));
        assert_eq!(text(-2.4, false), format!("{start} does not beat {base} 3.4 times as high over 80 targets{held}"));
        assert!(text(-2e9, false).contains("over 1,000 times as high"));
        assert!(text(0.02, false).contains("is not shown to beat"));
    }

    #[test]
    fn without_rate_ratios_the_estimate_is_told() {
        let r = TermRow { rate_ratio: None, ..row(-12.0, -15.0, -9.0, "") };
        let text = effect_sentence(&r, &words(None), "arrivals", 0.95);
        assert!(text.contains("arrivals are fewer: estimate −12.000 (95 % interval −15.000 to −9.000)"), "{text}");
    }
}
