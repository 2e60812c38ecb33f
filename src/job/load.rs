//! From a file name to a session: the study, the data it names, the settings of the run.

use super::files::Files;
use crate::Rng;
use crate::data::scenario::Scenario;
use crate::data::{Dataset, Group, builtin};
use crate::error::{Error, Result, suggest};
use crate::report::Source;
use crate::rng;
use crate::study::{Flags, Home, Study, read_scenarios};
use rand::Rng as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Draws of a forecast, unless `--draws` says otherwise.
const FORECAST_DRAWS: usize = 4000;

/// What was named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Nothing: the embedded study.
    Builtin,
    /// A study file.
    Study(PathBuf),
    /// A data file, or `-` for standard input.
    Csv(PathBuf),
}

impl Input {
    /// A `.toml` is a study, any other file is data.
    pub fn from_path(path: Option<&Path>) -> Input {
        match path {
            None => Input::Builtin,
            Some(p) if p.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) => Input::Study(p.into()),
            Some(p) => Input::Csv(p.into()),
        }
    }
}

/// A study with its data, ready to run.
pub struct Session {
    /// The study as read.
    pub study: Arc<Study>,
    /// Which group of a panel this is; empty = no panel.
    pub group: Group,
    /// Settings given on the command line.
    pub command_line: Flags,
    /// Those, and the study's where they say nothing.
    pub flags: Flags,
    /// All vintages.
    pub data: Dataset,
    /// The latest vintage of everything.
    pub latest: Dataset,
    /// Counts over other spans as well, all vintages.
    pub everything: Dataset,
    /// The sources behind the data.
    pub sources: Vec<Source>,
    /// What the reader must know about the data.
    pub notes: Vec<String>,
    /// What only a check of the data needs to say.
    pub details: Vec<String>,
    /// Columns outside the formulas that are factors only because a few cells are no numbers.
    pub factors: Vec<String>,
    /// Hash of all files read.
    pub fingerprint: String,
    /// The command that makes this again.
    pub command: String,
    /// Seed of all random streams.
    pub seed: u64,
    /// Draws of a forecast.
    pub draws: usize,
    /// Whether back-tests also run with covariates as recorded later.
    pub ex_post: bool,
    /// Whether forecasts split their variance.
    pub explain: bool,
}

impl Session {
    /// Reads a study and its data.
    ///
    /// # Errors
    /// On a file that is missing or cannot be read as what it should be (the message says where), and on a panel.
    pub fn open(input: Input, command_line: Flags) -> Result<Session> {
        let mut run = Run::read(&input, command_line)?;
        if !run.flags.by()?.is_empty() {
            return Err(
                Error::usage("a panel (--by) is not one series").help("this command takes one series at a time")
            );
        }
        let (files, fingerprint) = Files::read(&run, &[], true)?;
        run.fingerprint = fingerprint;
        files.session(&run, Group::default())
    }

    /// The scenarios of a file of their own.
    fn of_file(&self, path: &str) -> Result<Vec<Scenario>> {
        let file = read_scenarios(path)?;
        for s in &file.scenarios {
            let place = |part: &str, name: &str| file.place(&s.name, part, name);
            s.check(&self.data, place).map_err(|e| e.within(format!("scenario `{}`", s.name)))?;
        }
        Ok(file.scenarios)
    }

    /// Scenarios that fit the data, else an error that says where in the study they do not.
    fn usable(&self, scenarios: Vec<Scenario>) -> Result<Vec<Scenario>> {
        for s in &scenarios {
            self.study.check_scenario(s, &self.data)?;
        }
        Ok(scenarios)
    }

    /// The seed of searches that derive their streams themselves.
    pub(crate) fn own_seed(&self) -> u64 {
        if self.group.is_empty() { self.seed } else { self.stream(&["seed"]).next_u64() }
    }

    /// The random stream for a purpose: of the seed, the group of a panel, and the names of what it serves.
    pub(crate) fn stream(&self, names: &[&str]) -> Rng {
        let group = self.group.pairs().iter().flat_map(|(n, v)| [n.as_str(), v.as_str()]);
        rng::stream(self.seed, &names.iter().copied().chain(group).collect::<Vec<_>>())
    }

    /// The scenarios asked for: on the command line or in the study; all of the study's if none is named; the status quo
    /// if it has none.
    ///
    /// # Errors
    /// On an unknown name, with the nearest ones.
    pub fn scenarios(&self) -> Result<Vec<Scenario>> {
        let asked = self.flags.scenarios();
        if asked.is_empty() {
            // The study's futures begin where its record ends: an earlier day has the events of its own time.
            let earlier = self.flags.as_of(self.data.grid.frequency())?.is_some();
            if let Some(b) = self.study.broken.first().filter(|_| !earlier) {
                return Err(b.error.clone());
            }
            let all = self.study.scenarios.clone();
            return if all.is_empty() || earlier { Ok(vec![Scenario::status_quo()]) } else { self.usable(all) };
        }
        let quo = Scenario::status_quo();
        let find = |name: &String| {
            if *name == quo.name {
                return Ok(quo.clone());
            }
            if let Some(b) = self.study.broken.iter().find(|b| b.name == *name) {
                return Err(b.error.clone());
            }
            self.study.scenarios.iter().find(|s| s.name == *name).cloned().ok_or_else(|| {
                let known: Vec<&str> =
                    self.study.scenarios.iter().map(|s| s.name.as_str()).chain([quo.name.as_str()]).collect();
                Error::usage(format!("unknown scenario `{name}`")).help(suggest(name, known))
            })
        };
        let mut scenarios = Vec::new();
        for name in &asked {
            if name.ends_with(".toml") {
                scenarios.extend(self.of_file(name)?);
            } else {
                scenarios.extend(self.usable(vec![find(name)?])?);
            }
        }
        Ok(scenarios)
    }
}

/// What all series of a run share: the study and the settings.
pub(super) struct Run {
    pub study: Arc<Study>,
    pub command_line: Flags,
    pub flags: Flags,
    pub fingerprint: String,
    pub command: String,
    pub seed: u64,
    pub draws: usize,
}

impl Run {
    /// Reads the study and its settings; the data come later.
    pub fn read(input: &Input, command_line: Flags) -> Result<Run> {
        let study = match input {
            Input::Builtin => {
                Study::parse(builtin::file("study.toml").unwrap_or_default(), "the embedded study", Home::Builtin)?
            }
            Input::Study(path) => read_study(path)?,
            Input::Csv(path) => Study::of_csv(&path.display().to_string(), Home::Folder(PathBuf::new())),
        };
        command_line.check()?;
        let flags = command_line.clone().over(&study.flags);
        let (seed, draws) = (flags.seed()?, flags.draws(FORECAST_DRAWS)?);
        let (command, fingerprint) = (command(input), String::new());
        Ok(Run { study: Arc::new(study), command_line, flags, fingerprint, command, seed, draws })
    }
}

/// The command line of this process, file names as given.
fn command(input: &Input) -> String {
    let mut words = vec!["tumen".to_string()];
    words.extend(std::env::args().skip(1).map(|a| if a.contains([' ', '~', '(']) { format!("'{a}'") } else { a }));
    if *input == Input::Builtin && words.len() == 1 {
        words.push("report".into());
    }
    words.join(" ")
}

fn read_study(path: &Path) -> Result<Study> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::data(format!("there is no file {name}")),
        _ if path.is_dir() => Error::data(format!("{name} is a folder, not a study")),
        _ => Error::data(format!("cannot read {name}: {e}")),
    })?;
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    Study::parse(&text, &name, Home::Folder(folder))
}
