//! `[scenario.NAME]`: each is read by itself, so that one that is wrong stops only those who ask for it.

use super::place::Text;
use super::read::{refused, section};
use crate::data::scenario::{EventChange, Future, Scenario};
use crate::error::{Error, Place, Result, suggest};
use toml::{Table, Value};

/// A scenario that cannot be used, and why.
#[derive(Debug, Clone)]
pub struct Broken {
    /// Its name.
    pub name: String,
    /// What is wrong with it, with its place.
    pub error: Error,
}

/// The scenarios of a study, and those that cannot be read.
pub(super) fn read(value: Option<Value>, text: &Text<'_>) -> Result<(Vec<Scenario>, Vec<Broken>)> {
    if let Some(Value::String(_) | Value::Array(_)) = value {
        return Err(Error::usage("`scenario` holds tables: write [scenario.NAME]")
            .at(text.key(&[], "scenario"))
            .help("which of them are run is said on the command line, with --scenario"));
    }
    let tables: Table = section(value, "scenario", text)?;
    let (mut good, mut broken) = (Vec::new(), Vec::new());
    for (name, value) in tables {
        match one(&["scenario"], &name, value, text) {
            Ok(scenario) => good.push(scenario),
            Err(e) => broken.push(Broken { error: e.within(format!("[scenario.{name}]")), name }),
        }
    }
    Ok((good, broken))
}

/// A file of scenarios.
#[derive(Debug, Clone)]
pub struct ScenarioFile {
    /// Its scenarios.
    pub scenarios: Vec<Scenario>,
    /// The table that holds theirs.
    root: &'static [&'static str],
    file: String,
    text: String,
}

impl ScenarioFile {
    /// Where the entry of a column (part `columns`) or an event (`events`) of a scenario stands.
    pub fn place(&self, scenario: &str, part: &str, name: &str) -> Place {
        let section: Vec<&str> = self.root.iter().copied().chain([scenario, part]).collect();
        Text::new(&self.text, &self.file).key(&section, name)
    }
}

/// The scenarios of a file of their own: tables `[NAME]`, or `[scenario.NAME]` as in a study.
///
/// # Errors
/// On a file that cannot be read or is no TOML, and on the first scenario that cannot be used, with its place.
pub fn read_file(path: &str) -> Result<ScenarioFile> {
    let content = std::fs::read_to_string(path)
        .map_err(|e| Error::data(format!("cannot read the scenarios of `{path}`: {e}")))?;
    let text = Text::new(&content, path);
    let mut table: Table = toml::from_str(&content).map_err(|e| super::read::syntax(&e, &text))?;
    if let Some(Value::Table(inside)) = table.get("scenarios")
        && inside.values().all(Value::is_table)
        && !inside.contains_key("columns")
        && !inside.contains_key("events")
        && let Some(name) = inside.keys().next()
    {
        return Err(Error::usage("unknown key `scenarios`")
            .at(text.key(&[], "scenarios"))
            .help(format!("write [scenario.{name}], without the s, or [{name}]")));
    }
    let (value, root) = match table.remove("scenario") {
        Some(value) if table.is_empty() => (value, &["scenario"][..]),
        Some(_) | None if table.is_empty() => {
            return Err(Error::usage("no scenario is in the file").in_file(path).help("write tables [NAME]"));
        }
        Some(_) => {
            let other = table.keys().next().cloned().unwrap_or_default();
            return Err(Error::usage(format!("`{other}` is no scenario"))
                .at(text.key(&[], &other))
                .help("a file of scenarios holds tables [NAME] or tables [scenario.NAME], and nothing else"));
        }
        None => (Value::Table(table), &[][..]),
    };
    let Value::Table(tables) = value else {
        return Err(Error::usage("`scenario` holds tables: write [scenario.NAME]").at(text.key(&[], "scenario")));
    };
    let scenarios = tables
        .into_iter()
        .map(|(name, value)| one(root, &name, value, &text).map_err(|e| e.within(format!("scenario `{name}`"))))
        .collect::<Result<_>>()?;
    Ok(ScenarioFile { scenarios, root, file: path.into(), text: content })
}

fn one(root: &[&str], name: &str, value: Value, text: &Text<'_>) -> Result<Scenario> {
    let at: Vec<&str> = root.iter().copied().chain([name]).collect();
    if !value.is_table() {
        let e = Error::usage(format!("`{name}` is no table: write [{}]", at.join(".")));
        return Err(e.at(text.key(root, name)));
    }
    if let Some(table) = value.as_table() {
        parts(table, "columns", &at, text, &["low", "high", "distribution"], Future::try_from)?;
        let change = |v: Value| match v {
            Value::Table(t) => EventChange::try_from(t),
            v => Err(format!("`{v}` is not the change of an event: write {{ start = …, end = … }}")),
        };
        parts(table, "events", &at, text, &["start", "end"], change)?;
        if let Some(Value::String(word)) = table.get("default")
            && !["last", "model"].contains(&word.as_str())
        {
            return Err(Error::usage(format!("`default` takes \"last\" or \"model\", not \"{word}\""))
                .at(text.value(&at, "default"))
                .help(suggest(word, ["last", "model"])));
        }
    }
    let scenario: Scenario = value.try_into().map_err(|e: toml::de::Error| refused(e.message(), text, &at))?;
    Ok(scenario.named(name))
}

/// Tries each entry of `columns` or `events` by itself, which says where the first wrong one stands.
fn parts<T>(
    table: &Table,
    part: &str,
    at: &[&str],
    text: &Text<'_>,
    keys: &[&str],
    read: impl Fn(Value) -> Result<T, String>,
) -> Result<()> {
    let Some(entries) = table.get(part).and_then(Value::as_table) else { return Ok(()) };
    let here: Vec<&str> = at.iter().copied().chain([part]).collect();
    for (name, value) in entries {
        let Err(message) = read(value.clone()) else { continue };
        let inside: Vec<&str> = here.iter().copied().chain([name.as_str()]).collect();
        let word = message.split(['`', '"']).nth(1).unwrap_or_default();
        let e = Error::usage(message.clone());
        return Err(match message.split_once(' ') {
            Some(("unknown", rest)) if rest.starts_with("key") => {
                e.at(text.key(&inside, word)).help(suggest(word, keys.iter().copied()))
            }
            Some(("unknown", rest)) if rest.starts_with("distribution") => {
                let known = ["uniform", "triangular", "normal"];
                e.at(text.value(&inside, "distribution")).help(suggest(word, known))
            }
            _ if value.as_table().is_some_and(|t| t.contains_key(word)) => e.at(text.key(&inside, word)),
            _ => e.at(text.value(&here, name)),
        }
        .within(format!("`{name}`")));
    }
    Ok(())
}
