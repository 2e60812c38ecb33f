//! From a file name to a session: the study, the data it names, the settings of the run.

use crate::data::build::from_table;
use crate::data::csv::{self, CsvOptions};
use crate::data::scenario::Scenario;
use crate::data::{Cells, Column, Dataset, Source as Text, Table, TableColumn, TimeOptions, builtin};
use crate::error::{Context as _, Error, Result, suggest};
use crate::formula;
use crate::report::Source;
use crate::study::{Flags, Home, Study};
use std::path::{Path, PathBuf};

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
    pub study: Study,
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
    /// On a file that is missing or cannot be read as what it should be; the message says where.
    pub fn open(input: Input, command_line: Flags) -> Result<Session> {
        let study = match &input {
            Input::Builtin => {
                Study::parse(builtin::file("study.toml").unwrap_or_default(), "the embedded study", Home::Builtin)?
            }
            Input::Study(path) => read_study(path)?,
            Input::Csv(path) => Study::of_csv(&path.display().to_string(), Home::Folder(PathBuf::new())),
        };
        let flags = command_line.clone().over(&study.flags);
        let decimal = flags.decimal()?;
        let mut loader = Loader { study: &study, hash: FNV_START, notes: Vec::new(), details: Vec::new(), decimal };
        loader.add(study.text.as_bytes());
        let (data, sources) = loader.load(&flags)?;
        let mut everything = data.clone();
        for name in &study.data.also {
            let table = loader.table(name, false)?;
            everything.join_observations(&table)?;
        }
        let (hash, notes, details) = (loader.hash, loader.notes, loader.details);
        let (seed, draws) = (flags.seed()?, flags.draws(FORECAST_DRAWS)?);
        Ok(Session {
            latest: data.latest(),
            everything,
            command: command(&input),
            fingerprint: format!("{hash:016x}"),
            study,
            command_line,
            flags,
            data,
            sources,
            notes,
            details,
            seed,
            draws,
            ex_post: false,
            explain: false,
        })
    }

    /// The scenarios asked for: on the command line or in the study; all of the study's if none is named; the status quo
    /// if it has none.
    ///
    /// # Errors
    /// On an unknown name, with the nearest ones.
    pub fn scenarios(&self) -> Result<Vec<Scenario>> {
        let asked = self.flags.scenarios();
        if asked.is_empty() {
            let all = self.study.scenarios.clone();
            // The study's futures begin where its record ends: an earlier day has the events of its own time.
            let earlier = self.flags.as_of(self.data.grid.frequency())?.is_some();
            return Ok(if all.is_empty() || earlier { vec![Scenario::status_quo()] } else { all });
        }
        let quo = Scenario::status_quo();
        let find = |name: &String| {
            if *name == quo.name {
                return Ok(quo.clone());
            }
            self.study.scenarios.iter().find(|s| s.name == *name).cloned().ok_or_else(|| {
                let known: Vec<&str> =
                    self.study.scenarios.iter().map(|s| s.name.as_str()).chain([quo.name.as_str()]).collect();
                Error::usage(format!("unknown scenario `{name}`")).help(suggest(name, known))
            })
        };
        asked.iter().map(find).collect()
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

/// FNV-1a (Fowler, Noll and Vo), 64 bits.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// Bytes at either end of a file that the fingerprint covers; smaller files are covered whole.
const END: u64 = 8 << 20;

struct Loader<'a> {
    study: &'a Study,
    hash: u64,
    notes: Vec<String>,
    details: Vec<String>,
    decimal: Option<char>,
}

impl Loader<'_> {
    fn add(&mut self, bytes: &[u8]) {
        self.hash = bytes.iter().fold(self.hash, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    }

    /// Adds a file's bytes; of a large file its size and both ends. A file that cannot be read is reported by the reader.
    fn add_file(&mut self, path: &Path) {
        use std::io::{Read as _, Seek as _, SeekFrom};
        let mut bytes = Vec::new();
        let Ok(mut file) = std::fs::File::open(path) else { return };
        let size = file.metadata().map_or(0, |m| m.len());
        let _ = (&mut file).take(END).read_to_end(&mut bytes);
        if size > END && file.seek(SeekFrom::Start(END.max(size.saturating_sub(END)))).is_ok() {
            let _ = file.take(END).read_to_end(&mut bytes);
        }
        self.add(&size.to_le_bytes());
        self.add(&bytes);
    }

    fn source(&mut self, name: &str) -> Result<Text> {
        match &self.study.home {
            Home::Builtin => {
                let text = builtin::file(name)
                    .ok_or_else(|| Error::data(format!("the embedded study has no file `{name}`")))?;
                self.add(text.as_bytes());
                Ok(Text::embedded(name, text))
            }
            Home::Folder(folder) => {
                let path = if name == "-" { PathBuf::from(name) } else { folder.join(name) };
                let source = Text::open(&path)?;
                self.add_file(&path);
                Ok(source)
            }
        }
    }

    fn table(&mut self, name: &str, literal: bool) -> Result<Table> {
        let source = self.source(name)?;
        csv::read(&source, &CsvOptions { literal, decimal: self.decimal, ..CsvOptions::default() })
    }

    fn load(&mut self, flags: &Flags) -> Result<(Dataset, Vec<Source>)> {
        let section = &self.study.data;
        if section.counts.is_empty() {
            return Err(Error::usage("the study names no counts")
                .in_file(&self.study.file)
                .help("add counts = \"FILE.csv\" to [data]"));
        }
        let counts = self.table(&section.counts, false)?;
        let options = flags.time_options()?;
        let response = response(flags, self.study, &counts)?;
        let (mut data, notes) = from_table(&counts, &response, &options)?;
        self.notes.extend(notes);
        let plain = TimeOptions { frequency: options.frequency, allow_gaps: true, time: None };
        for name in &section.covariates {
            let table = self.table(name, false)?;
            let notes = data.join_columns(&table, &plain).context(name)?;
            self.notes.extend(notes);
        }
        if let Some(name) = &section.dictionary {
            let table = self.table(name, true)?;
            data.join_dictionary(&table)?;
        }
        if let Some(name) = &section.vintages {
            let table = self.table(name, false)?;
            self.details = data.join_vintages(&table)?;
        }
        if let Some(name) = &section.events {
            let table = self.table(name, true)?;
            data.join_events(&table)?;
        }
        data.sort();
        self.notes.extend(mixed(&data, &formulas(flags, self.study)));
        let sources = match &section.sources {
            Some(name) => sources(&self.table(name, true)?, &data, &formulas(flags, self.study)),
            None => Vec::new(),
        };
        Ok((data, sources))
    }
}

/// All formulas of a study, for looking up names.
fn formulas(flags: &Flags, study: &Study) -> String {
    let variants = study.models.iter().filter_map(|m| m.flags.formula());
    flags.formula().into_iter().chain(variants).collect::<Vec<_>>().join("\n")
}

/// Columns of a formula that are factors only because a few cells are no numbers.
fn mixed(data: &Dataset, formulas: &str) -> Vec<String> {
    let used = data.columns.iter().filter(|c| formulas.contains(&c.name));
    let note = |c: &Column| {
        let e = c.spoiled.as_ref()?;
        let line = e.place().map(|p| format!(" (line {})", p.line)).unwrap_or_default();
        Some(format!("{}{line}: the column is taken as a factor", e.message()))
    };
    used.filter_map(note).collect()
}

/// The response: the formula's left side; without a formula, the only numeric column that is not part of the calendar.
fn response(flags: &Flags, study: &Study, counts: &Table) -> Result<String> {
    let text = flags.formula().or_else(|| study.models.iter().find_map(|m| m.flags.formula()));
    if let Some(text) = text {
        return Ok(formula::parse(text)?.response);
    }
    let calendar = [
        "year",
        "month",
        "quarter",
        "half",
        "week",
        "date",
        "period",
        "time",
        "period_start",
        "period_end",
        "row",
        "t",
    ];
    let numeric =
        |c: &&TableColumn| matches!(c.cells, Cells::Number(_)) && !calendar.contains(&c.name.to_lowercase().as_str());
    let named: Vec<&str> = counts.columns.iter().filter(numeric).map(|c| c.name.as_str()).collect();
    match named.as_slice() {
        [one] => Ok((*one).to_string()),
        [] => Err(Error::data("no column holds counts").in_file(counts.source.name())),
        several => Err(Error::usage("which column is the response?")
            .help(format!("give --formula 'y ~ x'; numeric columns: {}", several.join(", ")))),
    }
}

/// The rows of the table of sources that stand behind what the models use: the counts, the covariates and events that a
/// formula names. In the order of the table of sources, with what each is used for.
fn sources(table: &Table, data: &Dataset, formulas: &str) -> Vec<Source> {
    let (chosen, _) = data.latest().choose();
    let frequency = data.grid.frequency();
    let mut used: Vec<(String, String)> = Vec::new();
    let mut add = |ids: &str, what: String| {
        let ids = ids.split([';', ' ']).map(str::trim).filter(|id| !id.is_empty());
        used.extend(ids.map(|id| (id.to_string(), what.clone())));
    };
    for o in &chosen {
        add(&o.source, o.span.label(frequency));
    }
    for c in data.columns.iter().filter(|c| formulas.contains(&c.name)) {
        add(&c.source, c.label().to_string());
    }
    let named = |e: &&crate::data::Event| {
        let words = [&e.id, &e.category];
        words.into_iter().chain(&e.tags).any(|w| !w.is_empty() && formulas.contains(&format!("({w})")))
    };
    for e in data.events.iter().filter(named) {
        add(&e.source, e.name.clone());
    }
    let cell = |row: usize, name: &str| text_at(table, row, name);
    (0..table.rows)
        .filter_map(|row| {
            let id = cell(row, "source_id");
            let mut what: Vec<&str> = used.iter().filter(|(u, _)| *u == id).map(|(_, w)| w.as_str()).collect();
            what.dedup();
            let used_for = match what.as_slice() {
                [] => return None,
                [first, .., last] if what.len() > 6 => format!("{first} … {last} ({} figures)", what.len()),
                _ => what.join(", "),
            };
            Some(Source {
                publisher: cell(row, "publisher"),
                title: cell(row, "title"),
                date: cell(row, "date"),
                url: cell(row, "url"),
                id,
                used_for,
            })
        })
        .collect()
}

fn text_at(table: &Table, row: usize, name: &str) -> String {
    table.column(name).map_or_else(String::new, |c| c.text(row).into_owned())
}
