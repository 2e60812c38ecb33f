//! The study: one TOML file that says which data, which models and which scenarios. Plain structs with defaults.
//!
//! Its settings have the names of the command line's flags; sections are `[data]`, `[[models]]` and `[scenario.NAME]`.

mod flags;
mod place;
mod read;
mod scenarios;
mod schema;
mod settings;
#[cfg(test)]
mod tests;

pub use flags::{Flags, Given};
pub use scenarios::{Broken, ScenarioFile, read_file as read_scenarios};
pub use schema::SCHEMA;

use crate::data::Dataset;
use crate::data::scenario::Scenario;
use crate::error::{Error, Place, Result};
use crate::formula::Written;
use crate::period::Frequency;
use serde::Deserialize;
use std::path::PathBuf;

/// Where a study's files stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// In the binary.
    Builtin,
    /// In a folder.
    Folder(PathBuf),
}

/// A study as read.
#[derive(Debug, Clone)]
pub struct Study {
    /// Heading of the report.
    pub title: String,
    /// A paragraph about it.
    pub about: String,
    /// The files.
    pub data: DataSection,
    /// Settings of every run.
    pub flags: Flags,
    /// The models, each with settings of its own; the first is the main one.
    pub models: Vec<Variant>,
    /// What the effects are, in words.
    pub effects: Vec<EffectWords>,
    /// Named futures, in the order of the file; all of them are run unless `--scenario` names some.
    pub scenarios: Vec<Scenario>,
    /// Those that cannot be read: an error for who asks for one, a warning for all others.
    pub broken: Vec<Broken>,
    /// Where the files stand.
    pub home: Home,
    /// The file's name as given.
    pub file: String,
    /// Its text, for the reproducibility stamp.
    pub text: String,
}

impl Study {
    /// Where an entry of a section stands, such as `x` of `["scenario", "open", "columns"]`.
    pub fn place(&self, section: &[&str], key: &str) -> Place {
        place::Text::new(&self.text, &self.file).key(section, key)
    }

    /// Where a formula that a run uses stands: on the command line, in the study or at one of its models.
    pub fn written(&self, formula: &str, command_line: &Flags) -> Written {
        let is = |flags: &Flags| flags.formula() == Some(formula);
        let text = || place::Text::new(&self.text, &self.file);
        if is(command_line) {
            return Written::default();
        }
        match self.models.iter().position(|m| is(&m.flags)) {
            _ if is(&self.flags) => text().formula(&[]),
            Some(i) => text().formula(&["models", &i.to_string()]),
            None => Written::default(),
        }
    }

    /// An error with the place of the setting at fault, where the study gives it and the command line does not; `model` is
    /// one of the study's, whose settings come first.
    pub fn blame(&self, e: Error, setting: &str, model: &str, command_line: &Flags) -> Error {
        let gives = |flags: &Flags| flags.singles().iter().any(|(name, _)| *name == setting);
        let text = || place::Text::new(&self.text, &self.file);
        let key = setting.replace('_', "-");
        match self.models.iter().position(|m| m.name == model && gives(&m.flags)) {
            _ if gives(command_line) => e,
            Some(i) => e.at(text().value(&["models", &i.to_string()], &key)),
            None if gives(&self.flags) => e.at(text().value(&[], &key)),
            None => e,
        }
    }

    /// An error with the place of a file of `[data]`.
    pub fn blame_file(&self, e: Error, key: &str) -> Error {
        let text = place::Text::new(&self.text, &self.file);
        if self.text.is_empty() { e } else { e.at(text.value(&["data"], key)) }
    }

    /// Whether a scenario can be applied to these data; what looks like a slip, in words.
    ///
    /// # Errors
    /// As [`Scenario::apply`], with the place of the entry.
    pub fn check_scenario(&self, scenario: &Scenario, data: &Dataset) -> Result<Vec<String>> {
        let place = |part: &str, name: &str| self.place(&["scenario", &scenario.name, part], name);
        scenario.check(data, place).map_err(|e| e.within(format!("[scenario.{}]", scenario.name)))
    }

    /// Reads every setting that is a period, in the frequency of the data.
    ///
    /// # Errors
    /// On the first that is none, with its place.
    pub fn check_periods(&self, frequency: Frequency) -> Result<()> {
        let check = |flags: &Flags, section: &[&str]| {
            let text = place::Text::new(&self.text, &self.file);
            flags.singles().into_iter().try_for_each(|(name, single)| {
                single.check_periods(frequency).map_err(|e| e.at(text.value(section, name)))
            })
        };
        check(&self.flags, &[])?;
        self.models.iter().enumerate().try_for_each(|(i, m)| check(&m.flags, &["models", &i.to_string()]))
    }
}

/// `[data]`: file names, relative to the study file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DataSection {
    /// CSV with the counts.
    pub counts: String,
    /// Further CSVs of counts over other spans (parts of years): for the check, and for years that are not yet over.
    pub also: Vec<String>,
    /// CSVs with covariates by period.
    pub covariates: Vec<String>,
    /// CSV that describes the covariates: `column`, `label`, `unit`, `publication_lag_months`.
    pub dictionary: Option<String>,
    /// CSV with dated vintages of covariates.
    pub vintages: Option<String>,
    /// CSV with dated events.
    pub events: Option<String>,
    /// CSV with the sources behind the ids.
    pub sources: Option<String>,
    /// Events to mark in the picture beside those that the formula uses.
    pub marks: Vec<String>,
    /// What is doubtful, one sentence each.
    pub doubts: Vec<String>,
    /// What one count is, for axes: "arrivals a year".
    pub unit: String,
}

/// `[[models]]`: a model beside the main one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variant {
    /// Name in outputs.
    pub name: String,
    /// One line on why it is there.
    pub about: String,
    /// Its settings, over those of the study.
    pub flags: Flags,
}

/// `[[effects]]`: what a coefficient is, for people.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EffectWords {
    /// The coefficient's name.
    pub term: String,
    /// Label in pictures and tables.
    pub label: String,
    /// "With the border closed for the whole year": begins a sentence.
    pub condition: String,
    /// Sign expected of it: `+`, `-`, `?` or empty.
    pub expected: String,
    /// The column is a logarithm: show the effect of a doubling instead of one unit.
    pub doubling: bool,
}
