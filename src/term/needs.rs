//! What an expression reads: columns with the steps back at which they are read, events and tags.

use crate::data::Dataset;
use crate::error::{Error, Place, Result};

/// A column that is read.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnNeed {
    /// Its name, or the response's.
    pub name: String,
    /// Fewest and most steps back.
    pub back: (usize, usize),
    /// Where it stands in the formula.
    pub place: Place,
}

/// Everything that is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Needs {
    /// Columns.
    pub columns: Vec<ColumnNeed>,
    /// Event ids with their places.
    pub events: Vec<(String, Place)>,
    /// Ids, categories or tags with their places.
    pub tags: Vec<(String, Place)>,
}

impl Needs {
    /// Checks all names against the data.
    ///
    /// # Errors
    /// On the first unknown name.
    pub fn check(&self, data: &Dataset) -> Result<()> {
        self.check_columns(data)?;
        for (id, place) in &self.events {
            data.event(id).map_err(|e| e.at(place.clone()))?;
        }
        for (tag, place) in &self.tags {
            find_tag(data, tag).map_err(|e| e.at(place.clone()))?;
        }
        Ok(())
    }

    /// Checks the columns.
    ///
    /// # Errors
    /// On the first unknown name.
    pub fn check_columns(&self, data: &Dataset) -> Result<()> {
        for c in self.columns.iter().filter(|c| c.name != data.response) {
            data.column(&c.name).map_err(|e| e.at(c.place.clone()))?;
        }
        Ok(())
    }

    /// Fewest and most steps back at which `name` is read, if it is.
    pub fn back(&self, name: &str) -> Option<(usize, usize)> {
        let all = self.columns.iter().filter(|c| c.name == name).map(|c| c.back);
        all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}

fn find_tag(data: &Dataset, tag: &str) -> Result<()> {
    if data.events.iter().any(|e| e.is(tag)) {
        return Ok(());
    }
    let mut known: Vec<&str> = Vec::new();
    for e in &data.events {
        let words = [e.category.as_str(), e.id.as_str()];
        for w in e.tags.iter().map(String::as_str).chain(words) {
            if !w.is_empty() && !known.contains(&w) {
                known.push(w);
            }
        }
    }
    Err(Error::data(format!("no event has the tag, category or id `{tag}`")).help(data.near_event(tag, known)))
}
