//! What a report shows: results, the recorded series, and the words around them.

use crate::period::{Frequency, Span};
use crate::report::words::TermWords;
use crate::results::effects::EffectsReport;
use crate::results::{BacktestReport, FitReport, ForecastReport, ForecastResult, InterventionReport};
use jiff::civil::Date;

/// Everything on the page. Empty parts are left out of the page, not shown empty.
#[derive(Debug, Clone)]
pub struct Page {
    /// Title of the page.
    pub title: String,
    /// One line under the title.
    pub subtitle: String,
    /// What is counted, in the plural: `arrivals`.
    pub response: String,
    /// Length of a step.
    pub frequency: Frequency,
    /// Level of the intervals of effects, such as 0.95.
    pub level: f64,
    /// What came out, one sentence each; the first is set large.
    pub headline: Vec<String>,
    /// One sentence or two per effect.
    pub effects_words: Vec<String>,
    /// Whether the models beat the baseline, in sentences.
    pub backtest_words: Vec<String>,
    /// The recorded series.
    pub series: Vec<SeriesPoint>,
    /// Fitted means of the first model.
    pub fitted: Vec<FittedPoint>,
    /// Dated events to mark.
    pub events: Vec<EventMark>,
    /// Fitted models, the main one first.
    pub fit: Option<FitReport>,
    /// What each factor of the main model did, and how sure that is.
    pub effects: Option<EffectsReport>,
    /// Forecasts, the main model's first.
    pub forecast: Option<ForecastReport>,
    /// The back-test.
    pub backtest: Option<BacktestReport>,
    /// Breaks in the series: what a search without the covariates finds.
    pub interventions: Option<InterventionReport>,
    /// What each scenario assumes.
    pub scenarios: Vec<ScenarioText>,
    /// How the terms are called and which effect is shown.
    pub terms: Vec<TermWords>,
    /// Where the data come from.
    pub sources: Vec<Source>,
    /// What is doubtful.
    pub notes: Vec<String>,
    /// The study file as text.
    pub study: String,
    /// The model formula.
    pub formula: String,
    /// How to make this page again.
    pub stamp: Stamp,
}

impl Page {
    /// An empty page; fill the other fields by name.
    pub fn new(title: impl Into<String>, response: impl Into<String>, frequency: Frequency) -> Self {
        Page {
            title: title.into(),
            subtitle: String::new(),
            response: response.into(),
            frequency,
            level: 0.95,
            headline: Vec::new(),
            effects_words: Vec::new(),
            backtest_words: Vec::new(),
            series: Vec::new(),
            fitted: Vec::new(),
            events: Vec::new(),
            fit: None,
            effects: None,
            forecast: None,
            backtest: None,
            interventions: None,
            scenarios: Vec::new(),
            terms: Vec::new(),
            sources: Vec::new(),
            notes: Vec::new(),
            study: String::new(),
            formula: String::new(),
            stamp: Stamp::default(),
        }
    }

    /// The forecasts of the first model, one per scenario.
    pub fn main_forecasts(&self) -> Vec<&ForecastResult> {
        let all = self.forecast.as_ref().map_or(&[][..], |f| &f.forecasts);
        all.iter().filter(|f| f.model == all[0].model).collect()
    }

    /// A few words for a term: its label up to the first comma or bracket; a term that nobody described stays.
    pub fn short_label(&self, term: &str) -> String {
        let told = self.terms.iter().find(|t| t.term == term && t.label != t.term);
        told.map_or_else(|| term.to_string(), |t| t.label.split([',', '(']).next().unwrap_or(term).trim().to_string())
    }

    /// How a scenario is called on the page.
    pub fn scenario_label<'a>(&'a self, name: &'a str) -> &'a str {
        self.scenarios.iter().find(|s| s.name == name).map_or(name, |s| &s.label)
    }
}

/// One recorded count, or a known gap.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeriesPoint {
    /// First day; `None` = since ever.
    pub start: Option<Date>,
    /// Last day.
    pub end: Date,
    /// Label such as `2009` or `1999–2001`.
    pub label: String,
    /// Recorded count; `None` = not known.
    pub count: Option<f64>,
    /// `final`, `provisional` …
    pub status: String,
    /// What the reader should know.
    pub note: String,
}

impl SeriesPoint {
    /// Number of steps covered (parts of a step count as such); `None` for an open start.
    pub fn steps(&self, frequency: Frequency) -> Option<f64> {
        let (first, last) = (frequency.period(self.start?), frequency.period(self.end));
        let span = Span { start: self.start, end: self.end };
        Some((0..=last.ordinal - first.ordinal).map(|k| span.share_of(first.offset(k))).sum())
    }

    /// Whether the count may still change.
    pub fn provisional(&self) -> bool {
        !matches!(self.status.as_str(), "" | "final")
    }
}

/// Fitted mean per step over a run of days.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedPoint {
    /// First day; `None` = since ever (not drawn).
    pub start: Option<Date>,
    /// Last day.
    pub end: Date,
    /// Mean per step.
    pub value: f64,
}

/// A dated event to mark in the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct EventMark {
    /// First day.
    pub start: Date,
    /// Last day, for events that last.
    pub end: Option<Date>,
    /// A few words.
    pub label: String,
    /// Such as `sanctions`, `border`.
    pub category: String,
}

/// What a scenario assumes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScenarioText {
    /// Name in the results.
    pub name: String,
    /// Name on the page, a few words: `border open`.
    pub label: String,
    /// What it assumes, in sentences.
    pub assumes: String,
}

/// A source of data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// Key used in the data.
    pub id: String,
    /// Who published it.
    pub publisher: String,
    /// Title.
    pub title: String,
    /// Date of the page or announcement.
    pub date: String,
    /// Address; only http and https become links.
    pub url: String,
    /// What was taken from it.
    pub used_for: String,
}

/// How to make the page again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stamp {
    /// Version of tumen.
    pub version: String,
    /// Seed of all random streams.
    pub seed: u64,
    /// Draws per forecast.
    pub draws: usize,
    /// Hash of the data read.
    pub data_fingerprint: String,
    /// The command as typed.
    pub command: String,
    /// The day whose knowledge was used.
    pub origin_date: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_point_knows_its_steps() {
        let p = SeriesPoint { start: Some(date(1999, 1, 1)), end: date(2001, 12, 31), ..SeriesPoint::default() };
        assert_eq!(p.steps(Frequency::Year), Some(3.0));
        assert_eq!(p.steps(Frequency::Quarter), Some(12.0));
        assert_eq!(SeriesPoint { start: None, ..p }.steps(Frequency::Year), None);
    }
}
