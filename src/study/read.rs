//! From TOML text to a [`Study`]; every refusal says where and what is near.

use super::{DataSection, Flags, Home, Study, Variant};
use crate::data::scenario::Scenario;
use crate::error::{Error, Place, Result, suggest};
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
        let mut table: Table = toml::from_str(text).map_err(|e| syntax(&e, text, file))?;
        let models = match table.remove("models") {
            Some(Value::Array(list)) => list.into_iter().map(|v| variant(v, text, file)).collect::<Result<Vec<_>>>()?,
            Some(_) => return Err(Error::usage("`models` is a list: write [[models]]").in_file(file)),
            None => Vec::new(),
        };
        let study = Study {
            title: text_of(&mut table, "title", file)?,
            about: text_of(&mut table, "about", file)?,
            data: section(table.remove("data"), "data", text, file)?,
            scenarios: scenarios(table.remove("scenario"), text, file)?,
            effects: section(table.remove("effects"), "effects", text, file)?,
            flags: flags(table, text, file)?,
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
            home,
            file: file.into(),
            text: String::new(),
        }
    }
}

fn text_of(table: &mut Table, key: &str, file: &str) -> Result<String> {
    match table.remove(key) {
        None => Ok(String::new()),
        Some(Value::String(s)) => Ok(s.trim().to_string()),
        Some(_) => Err(Error::usage(format!("`{key}` takes a text")).in_file(file)),
    }
}

fn section<T: DeserializeOwned + Default>(value: Option<Value>, name: &str, text: &str, file: &str) -> Result<T> {
    let Some(value) = value else { return Ok(T::default()) };
    value.try_into().map_err(|e: toml::de::Error| refused(e.message(), text, file).within(format!("[{name}]")))
}

fn scenarios(value: Option<Value>, text: &str, file: &str) -> Result<Vec<Scenario>> {
    let tables: Table = section(value, "scenario", text, file)?;
    let one = |(name, value): (String, Value)| {
        let read: std::result::Result<Scenario, toml::de::Error> = value.try_into();
        let refused = |e: toml::de::Error| refused(e.message(), text, file).within(format!("[scenario.{name}]"));
        Ok(read.map_err(refused)?.named(&name))
    };
    tables.into_iter().map(one).collect()
}

fn flags(table: Table, text: &str, file: &str) -> Result<Flags> {
    let table: Table = table.into_iter().map(|(k, v)| (k.replace('_', "-"), v)).collect();
    if let Some(key) = table.keys().find(|k| !Flags::NAMES.contains(&k.replace('-', "_").as_str())) {
        let names: Vec<String> =
            Flags::NAMES.iter().map(|n| n.replace('_', "-")).chain(SECTIONS.map(String::from)).collect();
        let e = Error::usage(format!("unknown key `{key}`")).help(suggest(key, names.iter().map(String::as_str)));
        return Err(e.at(place_of(key, text, file)));
    }
    Value::Table(table).try_into().map_err(|e: toml::de::Error| refused(e.message(), text, file))
}

fn variant(value: Value, text: &str, file: &str) -> Result<Variant> {
    let Value::Table(mut table) = value else {
        return Err(Error::usage("a model is a table: write [[models]]").in_file(file));
    };
    let name = text_of(&mut table, "name", file)?;
    if name.is_empty() {
        return Err(Error::usage("a model of [[models]] has no name").in_file(file).help("add name = \"…\""));
    }
    let about = text_of(&mut table, "about", file)?;
    let flags = flags(table, text, file).map_err(|e| e.within(format!("model {name}")))?;
    Ok(Variant { name, about, flags })
}

/// serde's refusal, with the nearest known name where a key is unknown.
fn refused(message: &str, text: &str, file: &str) -> Error {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let first_line = message.lines().next().unwrap_or(message);
    let e = match quoted.split_first() {
        Some((key, known)) if message.starts_with("unknown field") => {
            Error::usage(format!("unknown key `{key}`")).help(suggest(key, known.iter().copied()))
        }
        _ => Error::usage(first_line),
    };
    match quoted.first() {
        Some(key) => e.at(place_of(key, text, file)),
        None => e.in_file(file),
    }
}

fn syntax(e: &toml::de::Error, text: &str, file: &str) -> Error {
    let error = Error::usage(e.message().lines().next().unwrap_or("not TOML"));
    match e.span() {
        Some(span) => error.at(place(span.start, (span.end - span.start).max(1), text, file)),
        None => error.in_file(file),
    }
}

/// The first line on which `key` stands as a key (or in a table's heading).
fn place_of(key: &str, text: &str, file: &str) -> Place {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let alike = |s: &str| s.trim().trim_matches(['"', '[', ']']).replace('_', "-") == key.replace('_', "-");
        if line.split('=').next().is_some_and(alike) {
            let indent = line.len() - line.trim_start().len();
            return place(offset + indent, key.len(), text, file);
        }
        offset += line.len();
    }
    Place { file: file.into(), ..Place::default() }
}

fn place(byte: usize, width: usize, text: &str, file: &str) -> Place {
    let byte = byte.min(text.len());
    let before = &text[..text.floor_char_boundary(byte)];
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let line_text = text[start..].lines().next().unwrap_or("");
    let column = before[start..].chars().count() + 1;
    let left = line_text.chars().count() + 1 - column.min(line_text.chars().count() + 1);
    Place {
        cell: String::new(),
        file: file.into(),
        line: before.matches('\n').count() + 1,
        column,
        text: line_text.into(),
        width: width.min(left.max(1)),
    }
}
