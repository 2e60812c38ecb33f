//! Scenarios: what the future of covariates and events is taken to be.
//!
//! A scenario fills in only what is not known: the steps to come, and the last steps of a covariate that is published
//! late. It never changes a recorded value.

mod apply;
mod model;

use crate::error::Result;
use crate::period::{Period, parse_date, parse_period, parse_span};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A scenario, as a table `[scenario.NAME]` of a study.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scenario {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// Its name for people; empty = the name.
    #[serde(default)]
    pub label: String,
    /// What it assumes, in a sentence.
    #[serde(default)]
    pub about: String,
    /// What holds for columns not named: `"last"` or `"model"`.
    #[serde(default = "last")]
    #[cfg_attr(test, schemars(schema_with = "default_schema"))]
    pub default: Future,
    /// The future of single columns.
    #[serde(default)]
    pub columns: BTreeMap<String, Future>,
    /// Events that end, or begin again.
    #[serde(default)]
    pub events: BTreeMap<String, EventChange>,
}

fn last() -> Future {
    Future::Last
}

/// The future of a covariate.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub enum Future {
    /// A number: `4500`.
    Value(f64),
    /// A level of a text column: `"closed"`.
    Level(String),
    /// Values by period; between them and after them the one before holds: `{ "2026" = 4500, "2028" = 4700 }`.
    Path(Vec<(Period, f64)>),
    /// One value a path, drawn from a range: `{ low = 4000, high = 5000, distribution = "triangular" }`.
    Range {
        /// Lower end; of `normal` the 5 % point.
        low: f64,
        /// Upper end; of `normal` the 95 % point.
        high: f64,
        /// How it is drawn.
        distribution: Distribution,
    },
    /// The last known value: `"last"`.
    Last,
    /// A simple model fitted to the known values and simulated: `"model"`.
    Model,
}

/// How a value is drawn from a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Distribution {
    /// Every value alike.
    #[default]
    Uniform,
    /// Most likely in the middle, never outside.
    Triangular,
    /// Bell-shaped; low and high are its 5 % and 95 % points.
    Normal,
}

impl Distribution {
    const ALL: [(&'static str, Distribution); 3] = [
        ("uniform", Distribution::Uniform),
        ("triangular", Distribution::Triangular),
        ("normal", Distribution::Normal),
    ];
}

/// A change of an event: with a start, a new spell of it; with only an end, the end of the spell that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "toml::Table")]
pub struct EventChange {
    /// First day of the new spell.
    pub start: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
}

impl Scenario {
    /// Every covariate keeps its last known value, and events stay as they are.
    pub fn status_quo() -> Self {
        Scenario {
            name: "status-quo".into(),
            label: "as things stand".into(),
            about: "Every covariate keeps its last known value, and events stay as they are.".into(),
            default: Future::Last,
            columns: BTreeMap::new(),
            events: BTreeMap::new(),
        }
    }

    /// The same under another name.
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// Whether two applications can differ: some column has a range or a model.
    pub fn is_random(&self) -> bool {
        let random = |f: &Future| matches!(f, Future::Range { .. } | Future::Model);
        random(&self.default) || self.columns.values().any(random)
    }
}

/// What `default` takes.
#[cfg(test)]
fn default_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "enum": ["last", "model"] })
}

/// What [`Future::try_from`] takes.
#[cfg(test)]
impl schemars::JsonSchema for Future {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Future".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let distributions = Distribution::ALL.map(|(name, _)| name);
        schemars::json_schema!({ "anyOf": [
            { "type": "number", "description": "A value" },
            { "type": "string", "description": "last, model, or a level of a text column" },
            { "type": "object", "description": "One value a path, drawn from a range", "required": ["low", "high"],
              "additionalProperties": false, "properties": {
                "low": { "type": "number", "description": "Lower end; of normal the 5 % point" },
                "high": { "type": "number", "description": "Upper end; of normal the 95 % point" },
                "distribution": { "type": "string", "enum": distributions,
                                  "description": "How it is drawn; uniform unless given" } } },
            { "type": "object", "description": "Values by period", "minProperties": 1,
              "propertyNames": { "pattern": "[0-9]" }, "additionalProperties": { "type": "number" } }
        ] })
    }
}

/// What [`EventChange::try_from`] takes.
#[cfg(test)]
impl schemars::JsonSchema for EventChange {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EventChange".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "object", "additionalProperties": false, "minProperties": 1, "properties": {
            "start": { "type": ["string", "number"], "description": "First day of the new spell" },
            "end": { "type": ["string", "number"], "description": "Last day" } } })
    }
}

impl TryFrom<toml::Value> for Future {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        use toml::Value;
        let usage = "write a number, \"last\", \"model\", { low = …, high = … } or { \"2026\" = … }";
        match value {
            Value::Integer(i) => Ok(Future::Value(i as f64)),
            Value::Float(x) if x.is_finite() => Ok(Future::Value(x)),
            Value::String(s) if s == "last" => Ok(Future::Last),
            Value::String(s) if s == "model" => Ok(Future::Model),
            Value::String(s) => Ok(Future::Level(s)),
            Value::Table(t) if t.contains_key("low") || t.contains_key("high") => range(&t),
            Value::Table(t) if !t.is_empty() => {
                let mut path = t
                    .iter()
                    .map(|(k, v)| Ok((parse_period(k).map_err(|e| e.message().to_string())?, number(k, v)?)))
                    .collect::<Result<Vec<_>, String>>()?;
                path.sort_by_key(|(p, _)| (p.start(), p.end()));
                Ok(Future::Path(path))
            }
            other => Err(format!("`{other}` is not the future of a column: {usage}")),
        }
    }
}

fn number(key: &str, value: &toml::Value) -> Result<f64, String> {
    let x = value.as_float().or_else(|| value.as_integer().map(|i| i as f64));
    x.filter(|x| x.is_finite()).ok_or_else(|| format!("`{key}` takes a number, not `{value}`"))
}

fn range(table: &toml::Table) -> Result<Future, String> {
    if let Some(key) = table.keys().find(|k| !["low", "high", "distribution"].contains(&k.as_str())) {
        return Err(format!("unknown key `{key}` in a range: write low, high and distribution"));
    }
    let of =
        |key: &str| table.get(key).map(|v| number(key, v)).unwrap_or_else(|| Err(format!("a range needs `{key}`")));
    let (low, high) = (of("low")?, of("high")?);
    if low.abs().max(high.abs()) > 1e300 {
        return Err(format!("the range from {low:e} to {high:e} is too wide to draw from"));
    }
    if low > high {
        return Err(format!("the range is empty: low = {low}, high = {high}"));
    }
    let distribution = match table.get("distribution") {
        None => Distribution::Uniform,
        Some(word) => {
            Distribution::ALL.iter().find(|(name, _)| word.as_str() == Some(name)).map(|(_, d)| *d).ok_or_else(
                || format!("unknown distribution {word}: write \"uniform\", \"triangular\" or \"normal\""),
            )?
        }
    };
    Ok(Future::Range { low, high, distribution })
}

impl TryFrom<toml::Table> for EventChange {
    type Error = String;

    fn try_from(table: toml::Table) -> Result<Self, String> {
        if let Some(key) = table.keys().find(|k| !["start", "end"].contains(&k.as_str())) {
            return Err(format!("unknown key `{key}` of an event: write start and end"));
        }
        let text = |key: &str| table.get(key).map(|v| v.as_str().map_or_else(|| v.to_string(), String::from));
        let said = |e: crate::Error| e.message().to_string();
        let start = text("start").map(|t| parse_span(&t)).transpose().map_err(said)?.and_then(|s| s.start);
        let end = text("end").map(|t| parse_date(&t)).transpose().map_err(said)?;
        match (start, end) {
            (None, None) => Err("an event's change needs a start or an end".into()),
            (Some(s), Some(e)) if e < s => Err(format!("the event ends on {e}, before it starts on {s}")),
            _ => Ok(EventChange { start, end }),
        }
    }
}
