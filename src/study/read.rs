//! From TOML text to a [`Study`]; every refusal says where and what is near.

use super::place::Text;
use super::{DataSection, Flags, Home, Study, Variant, scenarios};
use crate::error::{Error, Result, suggest};
use crate::formula;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Keys of a study file that are not flags.
pub(super) const SECTIONS: [&str; 6] = ["title", "about", "data", "models", "effects", "scenario"];

impl Study {
    /// Reads a study's text.
    ///
    /// # Errors
    /// On TOML that does not parse, an unknown key, or a value of the wrong kind, with its line.
    pub fn parse(text: &str, file: &str, home: Home) -> Result<Study> {
        let keys = Text::new(text, file);
        let mut table: Table = toml::from_str(text).map_err(|e| syntax(&e, &keys))?;
        let models = match table.remove("models") {
            Some(Value::Array(list)) => {
                list.into_iter().enumerate().map(|(i, v)| variant(v, i, &keys)).collect::<Result<Vec<_>>>()?
            }
            Some(_) => {
                return Err(Error::usage("`models` is a list: write [[models]]").at(keys.key(&[], "models")));
            }
            None => Vec::new(),
        };
        let (scenarios, broken) = scenarios::read(table.remove("scenario"), &keys)?;
        let study = Study {
            title: text_of(&mut table, "title", &[], &keys)?,
            about: text_of(&mut table, "about", &[], &keys)?,
            data: section(table.remove("data"), "data", &keys)?,
            scenarios,
            broken,
            effects: section(table.remove("effects"), "effects", &keys)?,
            flags: flags(table, &[], &SECTIONS, &keys)?,
            models,
            home,
            file: file.into(),
            text: text.into(),
        };
        Ok(study)
    }

    /// A study of one data file and nothing else.
    pub fn of_csv(file: &str, home: Home) -> Study {
        let data = DataSection { counts: file.into(), ..DataSection::default() };
        Study {
            title: String::new(),
            about: String::new(),
            data,
            flags: Flags::default(),
            models: Vec::new(),
            effects: Vec::new(),
            scenarios: Vec::new(),
            broken: Vec::new(),
            home,
            file: file.into(),
            text: String::new(),
        }
    }
}

fn text_of(table: &mut Table, key: &str, at: &[&str], text: &Text<'_>) -> Result<String> {
    match table.remove(key) {
        None => Ok(String::new()),
        Some(Value::String(s)) => Ok(s.trim().to_string()),
        Some(_) => Err(Error::usage(format!("`{key}` takes a text")).at(text.value(at, key))),
    }
}

pub(super) fn section<T: DeserializeOwned + Default>(value: Option<Value>, name: &str, text: &Text<'_>) -> Result<T> {
    let Some(value) = value else { return Ok(T::default()) };
    value.try_into().map_err(|e: toml::de::Error| refused(e.message(), text, &[name]).within(format!("[{name}]")))
}

/// The settings of a section, whose other keys are `also`; each is read once, so that a bad one is found wherever it is
/// used.
fn flags(table: Table, at: &[&str], also: &[&str], text: &Text<'_>) -> Result<Flags> {
    let table: Table = table.into_iter().map(|(k, v)| (k.replace('_', "-"), v)).collect();
    if let Some(key) = table.keys().find(|k| !Flags::NAMES.contains(&k.replace('-', "_").as_str())) {
        let flags = Flags::NAMES.iter().map(|n| n.replace('_', "-")).filter(|n| !also.contains(&n.as_str()));
        let names: Vec<String> = also.iter().map(|n| (*n).to_string()).chain(flags).collect();
        let help = match key.as_str() {
            "scenarios" => "each scenario is a table [scenario.NAME], without the s".to_string(),
            _ => suggest(key, names.iter().map(String::as_str)),
        };
        let e = Error::usage(format!("unknown key `{key}`")).help(help);
        return Err(e.at(text.key(at, key)));
    }
    let flags: Flags = Value::Table(table).try_into().map_err(|e: toml::de::Error| refused(e.message(), text, at))?;
    for (name, single) in flags.singles() {
        let name = name.replace('_', "-");
        if let Some(formula) = single.formula() {
            formula::parse_in(formula, &text.formula(at))?;
        }
        single.check().map_err(|e| e.at(text.value(at, &name)))?;
    }
    Ok(flags)
}

fn variant(value: Value, i: usize, text: &Text<'_>) -> Result<Variant> {
    let number = i.to_string();
    let at = ["models", number.as_str()];
    let Value::Table(mut table) = value else {
        return Err(Error::usage("a model is a table: write [[models]]").at(text.key(&[], "models")));
    };
    let name = text_of(&mut table, "name", &at, text)?;
    let about = text_of(&mut table, "about", &at, text)?;
    let called = if name.is_empty() { format!("model {} of [[models]]", i + 1) } else { format!("model {name}") };
    let flags = flags(table, &at, &["name", "about"], text).map_err(|e| e.within(called))?;
    if name.is_empty() {
        let e = Error::usage(format!("model {} of [[models]] has no name", i + 1));
        return Err(e.at(text.key(&at, "name")).help("add name = \"…\""));
    }
    Ok(Variant { name, about, flags })
}

/// serde's refusal, with the nearest known name where a key is unknown.
pub(super) fn refused(message: &str, text: &Text<'_>, at: &[&str]) -> Error {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let first_line = message.lines().next().unwrap_or(message);
    let e = match quoted.split_first() {
        Some((key, known)) if message.starts_with("unknown field") => {
            Error::usage(format!("unknown key `{key}`")).help(suggest(key, known.iter().copied()))
        }
        _ => Error::usage(first_line),
    };
    e.at(text.key(at, quoted.first().unwrap_or(&"")))
}

pub(super) fn syntax(e: &toml::de::Error, text: &Text<'_>) -> Error {
    let error = Error::usage(e.message().lines().next().unwrap_or("not TOML"));
    match e.span() {
        Some(span) => error.at(text.at(span)),
        None => error.in_file(text.file()),
    }
}
