//! Which models run: names, formulas and settings, from the study and the command line.

use super::Session;
use crate::data::Dataset;
use crate::error::{Error, Result, suggest};
use crate::formula::{self, Formula};
use crate::model::{self, Entry, Settings};
use crate::study::{Flags, Given};
use crate::term;

/// One model to run.
#[derive(Clone)]
pub struct Spec {
    /// Name in outputs.
    pub name: String,
    /// One line on why it is there.
    pub about: String,
    /// Its formula; for baselines just the response.
    pub formula: Formula,
    /// Its line of the menu.
    pub entry: &'static Entry,
    /// Its settings.
    pub settings: Settings,
    /// All its flags.
    pub flags: Flags,
}

/// Models to which the order of the rows means nothing.
const ANY_ORDER: [&str; 3] = ["glm", "loglinear", "elastic-net"];

/// Baselines that stand beside every back-test.
const BASELINES: [&str; 3] = ["log-rw", "drift", "climatology"];

impl Spec {
    fn new(name: &str, about: &str, model: &str, flags: Flags, session: &Session) -> Result<Spec> {
        let data = &session.data;
        let entry = model::entry(model)?;
        let text = match flags.formula() {
            Some(text) if entry.uses_formula => text.to_string(),
            _ => format!("{} ~ 1", formula::quote(&data.response)),
        };
        let formula = formula::parse_in(&text, &session.study.written(&text, &session.command_line))?;
        // Against all data: in an early view, an event that has not come yet cannot be told from a misspelt one.
        formula.check(data)?;
        refuse_order(entry, &formula, data)?;
        Ok(Spec { name: name.into(), about: about.into(), formula, entry, settings: flags.settings()?, flags })
    }

    /// The model, ready to fit.
    ///
    /// # Errors
    /// When the settings contradict each other.
    pub fn build(&self) -> Result<Box<dyn model::Model>> {
        (self.entry.build)(&self.settings)
    }
}

/// Rows that are no series have neither a past nor a calendar.
fn refuse_order(entry: &Entry, formula: &Formula, data: &Dataset) -> Result<()> {
    if !data.pooled {
        return Ok(());
    }
    let help = "make each series one of its own with --by";
    if !ANY_ORDER.contains(&entry.name) {
        let message = format!("periods come again in the table: its rows are no series for the model {}", entry.name);
        return Err(Error::usage(message).help(help));
    }
    match formula.expressions().find_map(term::ordered) {
        None => Ok(()),
        Some((name, at)) => {
            Err(Error::usage(format!("periods come again in the table: its rows are no series for `{name}`"))
                .at(formula.origin().place(&at))
                .help(help))
        }
    }
}

impl Session {
    /// An error with the place of the setting at fault, where the study gives it.
    pub(super) fn blame(&self, e: Error, setting: &str, spec: &Spec) -> Error {
        self.study.blame(e, setting, &spec.name, &self.command_line)
    }

    /// That the rows are a series over time.
    ///
    /// # Errors
    /// When periods come again in them.
    pub(super) fn need_series(&self) -> Result<()> {
        if !self.data.pooled {
            return Ok(());
        }
        Err(Error::usage("periods come again in the table: its rows are no series over time")
            .help("`fit` takes them as they are; make each series one of its own with --by"))
    }

    /// The models to fit: those named on the command line, else the study's `[[models]]`, else its `model`.
    ///
    /// # Errors
    /// On an unknown model or a bad setting.
    pub fn specs(&self) -> Result<Vec<Spec>> {
        let asked: Vec<String> = match (&self.command_line.model, &self.command_line.formula) {
            (Some(_), _) => self.flags.models(),
            (None, None) if !self.study.models.is_empty() => self.study.models.iter().map(|v| v.name.clone()).collect(),
            _ => self.flags.models(),
        };
        asked.iter().map(|name| self.spec(name)).collect()
    }

    /// The models to back-test: those to fit, and the baselines.
    ///
    /// # Errors
    /// As [`Session::specs`].
    pub fn specs_with_baselines(&self) -> Result<Vec<Spec>> {
        let mut specs = self.specs()?;
        for name in BASELINES.into_iter().chain([self.flags.baseline()]) {
            if specs.iter().all(|s| s.name != name) {
                specs.push(self.spec(name)?);
            }
        }
        Ok(specs)
    }

    /// The INGARCH model in which interventions are looked for: the formula of the command line, else the mean alone (a
    /// study's formula holds the events that are to be found); NB2 and one past count unless settings say otherwise.
    ///
    /// # Errors
    /// On a bad setting.
    pub(super) fn intervention_spec(&self) -> Result<Spec> {
        let mut flags = self.flags.clone();
        let given = |word: &str| word.parse::<Given>().ok();
        flags.model = given("ingarch");
        flags.formula.clone_from(&self.command_line.formula);
        let has = |family: &Given| ["poisson", "quasipoisson", "nb1", "nb2"].contains(&family.text());
        let study = self.study.flags.family.clone().filter(has);
        flags.family = self.command_line.family.clone().or(study).or_else(|| given("nb2"));
        if flags.past_obs.is_none() && flags.past_mean.is_none() {
            flags.past_obs = given("1");
        }
        Spec::new("ingarch", "", "ingarch", flags, self)
    }

    fn spec(&self, name: &str) -> Result<Spec> {
        if let Some(v) = self.study.models.iter().find(|v| v.name == name) {
            let flags = self.command_line.clone().over(&v.flags.clone().over(&self.study.flags));
            let models = v.flags.models();
            let [model] = models.as_slice() else {
                return Err(Error::usage(format!("model `{name}` of the study names several models")));
            };
            return Spec::new(name, &v.about, model, flags, self);
        }
        let variants = self.study.models.iter().map(|v| v.name.as_str());
        let known: Vec<&str> = variants.chain(model::MENU.iter().map(|e| e.name)).collect();
        if !known.contains(&name) {
            let e = Error::usage(format!("unknown model `{name}`")).help(suggest(name, known));
            return Err(self.study.blame(e, "model", name, &self.command_line));
        }
        Spec::new(name, "", name, self.flags.clone(), self)
    }
}
