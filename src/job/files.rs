//! The files of a study, read once, and the data sets made of them: one, or one per group of a panel.

use super::Session;
use super::load::Run;
use super::sources::sources;
use crate::data::build::{CALENDAR, from_table};
use crate::data::converted::file_of;
use crate::data::csv::{self, CsvOptions};
use crate::data::{
    Cells, Column, Dataset, Encoding, Group, Shares, Source as Text, Table, TableColumn, TimeOptions, WideOptions,
    builtin, groups, says_when, totals, wide,
};
use crate::error::{Context as _, Error, Result};
use crate::formula;
use crate::study::{DataSection, Flags, Home, Study};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// FNV-1a (Fowler, Noll and Vo), 64 bits.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// Bytes at either end of a file that the fingerprint covers; smaller files are covered whole.
const END: u64 = 8 << 20;

/// Reads files and hashes what it reads.
struct Reader<'a> {
    study: &'a Study,
    hash: u64,
    decimal: Option<char>,
    encoding: Option<Encoding>,
    by: &'a [String],
    /// What names the columns that are needed; none = all are.
    mentioned: Option<String>,
    wide: WideOptions,
    /// How wide tables were read, and what others may be.
    layouts: Layouts,
}

/// What an error of the data does not say of itself.
#[derive(Debug, Clone, Default)]
struct Layouts {
    /// How wide tables were read.
    wide: Vec<String>,
    /// What tables that were not read as wide may be.
    hints: Vec<String>,
}

impl Layouts {
    fn told(&self, e: Error, hints: bool) -> Error {
        let hints = if hints { self.hints.as_slice() } else { &[] };
        self.wide.iter().chain(hints).fold(e, |e, note| e.note(note.as_str()))
    }
}

impl Reader<'_> {
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
                self.add_file(file_of(&path));
                Ok(source)
            }
        }
    }

    fn table<'t>(&mut self, name: &str, key: &str, literal: bool) -> Result<Cow<'t, Table>> {
        let source = self.source(name)?;
        self.read(&source, key, CsvOptions { literal, ..CsvOptions::default() })
    }

    /// A table that may be wide, of which only the columns that something names are needed; the values of a wide one are
    /// called `value` where no column names them.
    fn series<'t>(&mut self, (name, key): (&str, &str), value: String, spans: bool) -> Result<Cow<'t, Table>> {
        let source = self.source(name)?;
        let options = WideOptions { value, spans, ..self.wide.clone() };
        match wide::long(&source, &options).map_err(|e| self.study.blame_file(e, key))? {
            Some(long) => {
                self.layouts.wide.extend(long.notes().last().cloned());
                let table =
                    self.read(&long, key, CsvOptions { encoding: Some(Encoding::Utf8), ..CsvOptions::default() });
                table.map_err(|e| self.layouts.told(e, false))
            }
            None => {
                if spans {
                    self.layouts.hints.extend(wide::hint(&source, &options)?);
                }
                self.read(&source, key, CsvOptions { mentioned: self.mentioned.clone(), ..CsvOptions::default() })
            }
        }
    }

    /// The table of a file that a key of `[data]` names.
    fn read<'t>(&self, source: &Text, key: &str, options: CsvOptions) -> Result<Cow<'t, Table>> {
        let encoding = options.encoding.or(self.encoding);
        let options = CsvOptions { decimal: self.decimal, encoding, text: self.by.to_vec(), ..options };
        csv::read(source, &options).map(Cow::Owned).map_err(|e| self.study.blame_file(e, key))
    }

    fn optional<'t>(&mut self, name: &Option<String>, key: &str, literal: bool) -> Result<Option<Cow<'t, Table>>> {
        name.as_ref().map(|n| self.table(n, key, literal)).transpose()
    }
}

/// The tables of a study, or of one group of its panel.
pub(super) struct Files<'a> {
    counts: Cow<'a, Table>,
    also: Vec<Cow<'a, Table>>,
    covariates: Vec<Cow<'a, Table>>,
    dictionary: Option<Cow<'a, Table>>,
    vintages: Option<Cow<'a, Table>>,
    events: Option<Cow<'a, Table>>,
    sources: Option<Cow<'a, Table>>,
    layouts: Layouts,
    /// What the reader must know of the group.
    notes: Vec<String>,
}

impl Files<'static> {
    /// Reads all files of a study, `whole` or the columns that something names; also their fingerprint.
    pub fn read(run: &Run, by: &[String], whole: bool) -> Result<(Files<'static>, String)> {
        let (study, flags) = (&run.study, &run.flags);
        let section = &study.data;
        if section.counts.is_empty() {
            return Err(Error::usage("the study names no counts")
                .in_file(&study.file)
                .help("add counts = \"FILE.csv\" to [data]"));
        }
        let (decimal, encoding, used) = (flags.decimal()?, flags.encoding()?, used(flags, study));
        let time = flags.time_options()?.time.filter(|t| t != "none");
        let response = used.first().cloned().unwrap_or_else(|| "count".into());
        let wide =
            WideOptions { wide: flags.wide(), by: by.to_vec(), time, used, decimal, encoding, ..Default::default() };
        let mentioned = if whole { None } else { mentioned(flags, study) };
        let mut r =
            Reader { study, hash: FNV_START, decimal, encoding, by, mentioned, wide, layouts: Layouts::default() };
        r.add(study.text.as_bytes());
        let mut files = Files {
            counts: r.series((&section.counts, "counts"), response.clone(), true)?,
            covariates: section
                .covariates
                .iter()
                .map(|n| r.series((n, "covariates"), stem(n), false))
                .collect::<Result<_>>()?,
            dictionary: r.optional(&section.dictionary, "dictionary", true)?,
            vintages: r.optional(&section.vintages, "vintages", false)?,
            events: r.optional(&section.events, "events", true)?,
            sources: r.optional(&section.sources, "sources", true)?,
            also: section.also.iter().map(|n| r.series((n, "also"), response.clone(), true)).collect::<Result<_>>()?,
            layouts: Layouts::default(),
            notes: Vec::new(),
        };
        files.layouts = r.layouts;
        Ok((files, format!("{:016x}", r.hash)))
    }
}

impl Files<'_> {
    /// An error of these data with how their wide tables were read; `hints` = also what the others may be.
    pub fn told(&self, e: Error, hints: bool) -> Error {
        self.layouts.told(e, hints)
    }

    /// The session of these files.
    pub fn session(&self, run: &Run, group: Group) -> Result<Session> {
        let mut notes = self.notes.clone();
        let (mut data, mut details) = self.dataset(run, &mut notes)?;
        let mut everything = data.clone();
        self.also.iter().try_for_each(|table| everything.join_observations(table).map(|n| details.extend(n)))?;
        data.take_dates(&everything);
        run.command_line.check_periods(data.grid.frequency())?;
        run.study.check_periods(data.grid.frequency())?;
        notes.extend(unusable(&run.study, &data));
        let formulas = formulas(&run.flags, &run.study);
        refuse_group_columns(run, &group)?;
        refuse_one_cluster(run, &group)?;
        let (in_formula, factors) = mixed(&data, &formulas);
        notes.extend(in_formula);
        let latest = data.latest();
        let options = run.flags.time_options()?;
        if options.frequency.is_none() {
            notes.extend(options.as_of.map_or_else(|| latest.finer(), |day| data.as_of(day).latest().finer()));
        }
        let sources = self.sources.as_ref().map_or_else(Vec::new, |t| sources(t, &data, &formulas));
        Ok(Session {
            latest,
            everything,
            group,
            command: run.command.clone(),
            fingerprint: run.fingerprint.clone(),
            study: run.study.clone(),
            command_line: run.command_line.clone(),
            flags: run.flags.clone(),
            data,
            sources,
            notes,
            details,
            factors,
            seed: run.seed,
            draws: run.draws,
            ex_post: false,
            explain: false,
        })
    }

    /// The counts with all that is joined to them, and what only a check needs to say.
    fn dataset(&self, run: &Run, notes: &mut Vec<String>) -> Result<(Dataset, Vec<String>)> {
        let DataSection { covariates: names, .. } = &run.study.data;
        let options = run.flags.time_options()?;
        let response = response(run, &self.counts)?;
        let (mut data, said) = from_table(&self.counts, &response, &options)?;
        notes.extend(said);
        refuse_joins(&data, names)?;
        let plain = TimeOptions { frequency: options.frequency, allow_gaps: true, ..TimeOptions::default() };
        let also = self.also.iter().chain(&self.covariates);
        notes.extend(also.flat_map(|t| t.notes.iter().cloned()));
        for (name, table) in names.iter().zip(&self.covariates) {
            notes.extend(data.join_columns(table, &plain).context(name)?);
        }
        if let Some(table) = &self.dictionary {
            data.join_dictionary(table)?;
        }
        let details = self.vintages.as_ref().map_or(Ok(Vec::new()), |t| data.join_vintages(t))?;
        if let Some(table) = &self.events {
            data.join_events(table)?;
        }
        data.sort();
        Ok((data, details))
    }
}

/// The files of a panel, and which rows of each belong to which group.
pub(super) struct Parted {
    files: Files<'static>,
    by: Vec<String>,
    groups: Vec<(Group, Vec<usize>)>,
    totals: HashMap<usize, String>,
    also: Vec<Shares>,
    covariates: Vec<Shares>,
    vintages: Option<Shares>,
    events: Option<Shares>,
}

impl Parted {
    /// Parts the files of a study.
    ///
    /// # Errors
    /// On an unknown group column, and on a row of counts without a group.
    pub fn new(mut files: Files<'static>, by: Vec<String>, run: &Run) -> Result<Parted> {
        let blame = |e| run.study.blame(e, "by", "", &run.command_line);
        let groups = groups(&files.counts, &by).map_err(|e| blame(files.told(e, true)))?;
        let totals = match response(run, &files.counts) {
            Ok(response) => totals(&files.counts, &groups, &response).into_iter().collect(),
            Err(_) => HashMap::new(),
        };
        files.counts = Cow::Owned(files.counts.into_owned().with_lines());
        let shares = |t: &Cow<'static, Table>| Shares::of(t, &by);
        Ok(Parted {
            also: files.also.iter().map(shares).collect(),
            covariates: files.covariates.iter().map(shares).collect(),
            vintages: files.vintages.as_ref().map(shares),
            events: files.events.as_ref().map(shares),
            files,
            groups,
            totals,
            by,
        })
    }

    /// The groups in their order.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Group> {
        self.groups.iter().map(|(g, _)| g)
    }

    /// The files of group `g`; `exact` = errors point at the cell, at the price of reading the file again.
    pub fn files(&self, g: usize, exact: bool) -> Files<'_> {
        let (group, rows) = &self.groups[g];
        let part = |t, shares: &Shares| Shares::part(shares, t, group, exact);
        Files {
            counts: Cow::Owned(self.files.counts.part(rows, &self.by, exact)),
            also: self.files.also.iter().zip(&self.also).map(|(t, s)| part(t, s)).collect(),
            covariates: self.files.covariates.iter().zip(&self.covariates).map(|(t, s)| part(t, s)).collect(),
            dictionary: self.files.dictionary.as_deref().map(Cow::Borrowed),
            vintages: self.files.vintages.as_deref().zip(self.vintages.as_ref()).map(|(t, s)| part(t, s)),
            events: self.files.events.as_deref().zip(self.events.as_ref()).map(|(t, s)| part(t, s)),
            sources: self.files.sources.as_deref().map(Cow::Borrowed),
            layouts: self.files.layouts.clone(),
            notes: self.totals.get(&g).cloned().into_iter().collect(),
        }
    }
}

/// All that can name a column: the study and the settings. Nothing when a formula needs all columns (`y ~ .`), or there is
/// none.
fn mentioned(flags: &Flags, study: &Study) -> Option<String> {
    let variants = study.models.iter().filter_map(|m| m.flags.formula());
    let formulas: Vec<&str> = flags.formula().into_iter().chain(variants).collect();
    let named = |text: &&str| formula::parse(text).is_ok_and(|f| !f.has_dot());
    let all = flags.words().into_iter().chain(study.models.iter().flat_map(|m| m.flags.words()));
    // A scenario file that cannot be read is complained of where it is needed.
    let scenarios = flags.scenarios().into_iter().filter(|s| s.ends_with(".toml"));
    let files: Vec<String> = scenarios.filter_map(|s| std::fs::read_to_string(s).ok()).collect();
    let all = all.chain([study.text.as_str()]).chain(files.iter().map(String::as_str));
    (!formulas.is_empty() && formulas.iter().all(named)).then(|| all.collect::<Vec<_>>().join("\n"))
}

/// The columns that the formulas use, the response first; none without a formula that can be read.
fn used(flags: &Flags, study: &Study) -> Vec<String> {
    let texts = flags.formula().into_iter().chain(study.models.iter().filter_map(|m| m.flags.formula()));
    let read = texts.filter_map(|t| formula::parse(t).ok());
    read.flat_map(|f| std::iter::once(f.response.clone()).chain(f.columns())).collect()
}

/// A file's name without folder and ending, which names the values of a wide table of one covariate.
fn stem(name: &str) -> String {
    let path = Path::new(name).file_stem().map(|s| s.to_string_lossy().into_owned());
    path.unwrap_or_else(|| "value".into())
}

/// What keeps scenarios of the study from being used with these data, for those who do not ask for them.
fn unusable(study: &Study, data: &Dataset) -> Vec<String> {
    let first_line = |name: &str, e: &Error| {
        let line = e.place().filter(|p| p.line > 0).map_or_else(String::new, |p| format!(" ({}:{})", p.file, p.line));
        let words = e.to_string().lines().next().unwrap_or_default().replacen(&format!("[scenario.{name}]: "), "", 1);
        let help = e.remedy().map_or_else(String::new, |r| format!("; {r}"));
        format!("scenario `{name}` cannot be used: {words}{line}{help}")
    };
    let broken = study.broken.iter().map(|b| first_line(&b.name, &b.error));
    let checked = study.scenarios.iter().flat_map(|s| match study.check_scenario(s, data) {
        Ok(notes) => notes.into_iter().map(|n| format!("scenario `{}`: {n}", s.name)).collect(),
        Err(e) => vec![first_line(&s.name, &e)],
    });
    broken.chain(checked).collect()
}

/// All formulas of a study, for looking up names.
fn formulas(flags: &Flags, study: &Study) -> String {
    let variants = study.models.iter().filter_map(|m| m.flags.formula());
    flags.formula().into_iter().chain(variants).collect::<Vec<_>>().join("\n")
}

/// Columns that are factors only because a few cells are no numbers: those that a formula names (all, when there is no
/// formula), and the others.
fn mixed(data: &Dataset, formulas: &str) -> (Vec<String>, Vec<String>) {
    let note = |c: &Column| {
        let e = c.spoiled.as_ref()?;
        let line = e.place().map(|p| format!(" (line {})", p.line)).unwrap_or_default();
        let remedy = e.remedy().map_or_else(String::new, |r| format!("; {r}"));
        Some(format!("{}{line}: the column is taken as a factor{remedy}", e.message()))
    };
    let (used, others): (Vec<_>, Vec<_>) = data
        .columns
        .iter()
        .filter(|c| c.source != CALENDAR)
        .partition(|c| formulas.is_empty() || formulas.contains(&c.name));
    (used.into_iter().filter_map(note).collect(), others.into_iter().filter_map(note).collect())
}

/// Rows that are no series have no dates by which another table could be joined.
fn refuse_joins(data: &Dataset, covariates: &[String]) -> Result<()> {
    match covariates.first().filter(|_| data.pooled) {
        None => Ok(()),
        Some(name) => Err(Error::usage(format!(
            "periods come again among the counts, so that the covariates of `{name}` have no rows to go to"
        ))
        .help("make series with `--by`, or put the covariates into the table of counts")),
    }
}

/// A column that names the groups is none within a group.
fn refuse_group_columns(run: &Run, group: &Group) -> Result<()> {
    let models = run.study.models.iter().filter_map(|m| m.flags.formula());
    for text in run.flags.formula().into_iter().chain(models).filter(|_| !group.is_empty()) {
        let columns = formula::parse_in(text, &run.study.written(text, &run.command_line))?.columns();
        if let Some((name, value)) = group.pairs().iter().find(|(name, _)| columns.contains(name)) {
            return Err(Error::usage(format!(
                "`{name}` names the groups (--by), and cannot stand in the formula `{text}`"
            ))
            .help(format!("within a group it has one value, such as {value}: leave it out of one of the two")));
        }
    }
    Ok(())
}

/// A column that names the groups is one cluster within a group.
fn refuse_one_cluster(run: &Run, group: &Group) -> Result<()> {
    let models = run.study.models.iter().filter_map(|m| m.flags.clusters());
    let all: Vec<&str> = run.flags.clusters().into_iter().chain(models).collect();
    match group.pairs().iter().find(|(name, _)| all.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) => Err(Error::usage(format!(
            "`{name}` names the series (--by), so that each series is a single cluster of --vcov cluster:{name}"
        ))
        .help(
            "errors by cluster need several: without --by all rows are one model, with it the errors of a series are \
               --vcov hac or hc3",
        )),
    }
}

/// The response: the formula's left side; without a formula, the only numeric column that is not part of the calendar.
fn response(run: &Run, counts: &Table) -> Result<String> {
    let (flags, study) = (&run.flags, &run.study);
    let text = flags.formula().or_else(|| study.models.iter().find_map(|m| m.flags.formula()));
    if let Some(text) = text {
        return Ok(formula::parse_in(text, &study.written(text, &run.command_line))?.response);
    }
    let time = flags.time_options()?.time;
    let calendar = |c: &TableColumn| says_when(&c.name) || ["row", "t"].contains(&c.name.to_lowercase().as_str());
    let other = |c: &&TableColumn| !calendar(c) && time.as_ref() != Some(&c.name);
    let numeric = |c: &&TableColumn| matches!(c.cells, Cells::Number(_));
    let named: Vec<&str> = counts.columns.iter().filter(other).filter(numeric).map(|c| c.name.as_str()).collect();
    match named.as_slice() {
        [one] => Ok((*one).to_string()),
        [] => Err(match counts.columns.iter().filter(other).find(|c| c.has_numbers()) {
            Some(c) => counts.not_a_number(c).within("no column holds counts"),
            None => Error::data("no column holds counts")
                .at(counts.source_place())
                .help("the counts are a column of whole numbers: give --formula 'COLUMN ~ 1'"),
        }),
        several => Err(Error::usage("which column is the response?")
            .help(format!("give --formula 'y ~ x'; numeric columns: {}", several.join(", ")))),
    }
}
