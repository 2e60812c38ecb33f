//! Dated events.

use crate::period::{Period, Span};
use jiff::civil::Date;

/// A dated event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Name in formulas, e.g. `covid_border_closure`.
    pub id: String,
    /// First day.
    pub start: Date,
    /// Last day; `None` = not ended (or momentary: the term decides).
    pub end: Option<Date>,
    /// Further spells in force, first and last day, in order (a scenario's).
    pub again: Vec<(Date, Option<Date>)>,
    /// The day it became known, when apart from `start`.
    pub announced: Option<Date>,
    /// Category, e.g. `sanctions`.
    pub category: String,
    /// Further tags, e.g. `unsc_sanctions`.
    pub tags: Vec<String>,
    /// Name for people.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// `+`, `-`, `?` or empty.
    pub expected_sign: String,
    /// Source ids.
    pub source: String,
}

impl Event {
    /// An event without category that has not ended.
    pub fn new(id: impl Into<String>, start: Date) -> Self {
        let id = id.into();
        let (category, name, description) = (String::new(), id.clone(), String::new());
        let (expected_sign, source) = (String::new(), String::new());
        Event {
            id,
            start,
            end: None,
            again: Vec::new(),
            announced: None,
            category,
            tags: Vec::new(),
            name,
            description,
            expected_sign,
            source,
        }
    }

    /// Whether a tag, a category or the id is `word`.
    pub fn is(&self, word: &str) -> bool {
        self.id == word || self.category == word || self.tags.iter().any(|t| t == word)
    }

    /// All spells in force, first and last day.
    pub fn spells(&self) -> impl DoubleEndedIterator<Item = (Date, Option<Date>)> + '_ {
        std::iter::once((self.start, self.end)).chain(self.again.iter().copied())
    }

    /// The share of `period`'s days in force, open-ended events going on.
    pub fn share_of(&self, period: Period) -> f64 {
        self.spells()
            .map(|(start, end)| Span { start: Some(start), end: end.unwrap_or(Date::MAX) }.share_of(period))
            .sum()
    }
}
