//! `study.schema.json`: what a study file may hold, for editors that complete and check TOML.
//!
//! It is generated from the structs that read the study; a test compares the committed file with them, and writes it when
//! `TUMEN_WRITE_SCHEMA` is set.

/// The schema (JSON Schema, draft 2020-12).
pub const SCHEMA: &str = include_str!("../../data/study.schema.json");

#[cfg(test)]
mod tests {
    use super::super::read::SECTIONS;
    use super::super::{DataSection, EffectWords, Flags, Study};
    use super::SCHEMA;
    use crate::data::scenario::Scenario;
    use crate::family::{Family, WITH_ZEROS};
    use crate::model::serial::{Estimator, Init, Residual, Stationarity};
    use crate::model::{Link, MENU};
    use crate::period::Frequency;
    use crate::term::Missing;
    use schemars::JsonSchema;
    use serde_json::{Map, Value, json};

    /// A struct's schema, its parts inlined.
    fn of<T: JsonSchema>() -> Value {
        let settings = schemars::generate::SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
        let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
        plain(&mut schema);
        schema
    }

    /// Without what says nothing to the reader of a TOML file: defaults, and null for what may be left out.
    fn plain(schema: &mut Value) {
        match schema {
            Value::Object(map) => {
                // Keywords; of `properties`, members of that name hold schemas and stay.
                for key in ["$schema", "title", "default"] {
                    if map.get(key).is_some_and(|v| v.get("type").is_none() && v.get("anyOf").is_none()) {
                        map.shift_remove(key);
                    }
                }
                if let Some(Value::Array(kinds)) = map.get_mut("type") {
                    kinds.retain(|k| k != "null");
                    if let [one] = kinds.as_slice() {
                        let one = one.clone();
                        map.insert("type".into(), one);
                    }
                }
                map.values_mut().for_each(plain);
            }
            Value::Array(list) => list.iter_mut().for_each(plain),
            _ => {}
        }
    }

    /// What a setting of fixed words or of one whole number takes.
    fn limits(name: &str, flag: &mut Map<String, Value>) {
        fn first<T>(list: &[(&'static str, T)]) -> Vec<&'static str> {
            list.iter().map(|(n, _)| *n).collect()
        }
        let words = match name {
            "link" => first(&Link::ALL),
            "family" => Family::ALL.iter().map(|f| f.0).chain(WITH_ZEROS.iter().map(|f| f.0)).collect(),
            "missing" => first(&Missing::ALL),
            "frequency" => first(&Frequency::ALL),
            "estimator" => first(Estimator::ALL),
            "init" => first(Init::ALL),
            "residual" => first(Residual::ALL),
            "stationarity" => first(Stationarity::ALL),
            "baseline" => MENU.iter().map(|e| e.name).collect(),
            "decimal" => vec![".", ","],
            _ => Vec::new(),
        };
        if !words.is_empty() {
            flag.insert("type".into(), json!("string"));
            flag.insert("enum".into(), json!(words));
        }
        let whole = match name {
            "horizon" => Some((1, Some(1000))),
            "draws" => Some((100, Some(1_000_000))),
            "origin-lag" => Some((0, Some(3650))),
            "bootstrap" => Some((0, Some(100_000))),
            "seed" => Some((0, None)),
            _ => None,
        };
        if let Some((least, most)) = whole {
            flag.insert("type".into(), json!(["integer", "string"]));
            flag.insert("minimum".into(), json!(least));
            most.map(|m| flag.insert("maximum".into(), json!(m)));
            flag.insert("pattern".into(), json!("^[0-9]+$"));
        }
        if !words.is_empty() || whole.is_some() {
            flag.shift_remove("items");
        }
    }

    fn generated() -> Value {
        let mut flags = of::<Flags>()["properties"].as_object().expect("properties").clone();
        for (name, flag) in &mut flags {
            limits(name, flag.as_object_mut().expect("a schema"));
        }
        let text = |about: &str| json!({ "type": "string", "description": about });
        let table = |properties: Map<String, Value>, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
        let mut model = Map::from_iter([
            ("name".to_string(), text("Name in outputs")),
            ("about".to_string(), text("One line on why it is there")),
        ]);
        model.extend(flags.clone());
        let mut study = Map::from_iter([
            ("title".to_string(), text("Heading of the report")),
            ("about".to_string(), text("A paragraph about it")),
            ("data".to_string(), of::<DataSection>()),
            (
                "models".to_string(),
                json!({ "type": "array", "items": table(model, &["name"]),
                "description": "Models side by side; the first is the main one" }),
            ),
            (
                "effects".to_string(),
                json!({ "type": "array", "items": of::<EffectWords>(),
                "description": "What the coefficients are, in words" }),
            ),
            (
                "scenario".to_string(),
                json!({ "type": "object", "additionalProperties": of::<Scenario>(),
                "description": "Named futures: [scenario.NAME]" }),
            ),
        ]);
        assert_eq!(study.keys().map(String::as_str).collect::<Vec<_>>(), SECTIONS);
        // `scenario` is a table here; as a setting it stands on the command line.
        for (name, flag) in flags {
            study.entry(name).or_insert(flag);
        }
        let mut schema = table(study, &[]);
        let head = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "tumen study" });
        let Value::Object(head) = head else { unreachable!() };
        head.into_iter().for_each(|(k, v)| drop(schema.as_object_mut().expect("an object").shift_insert(0, k, v)));
        schema
    }

    #[test]
    fn the_committed_schema_is_that_of_the_structs() {
        let text = serde_json::to_string_pretty(&generated()).expect("JSON") + "\n";
        if std::env::var_os("TUMEN_WRITE_SCHEMA").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/study.schema.json"), &text).expect("a file");
        } else {
            assert!(
                text == SCHEMA,
                "data/study.schema.json is out of date: TUMEN_WRITE_SCHEMA=1 cargo test --lib schema"
            );
        }
        let names: Vec<String> = Flags::NAMES.iter().map(|n| n.replace('_', "-")).collect();
        let known = generated()["properties"].clone();
        assert!(names.iter().all(|n| known[n]["description"].is_string()), "every setting is described");
    }

    /// What a value has that the schema refuses: the keywords used here, and no others.
    fn faults(value: &Value, schema: &Value, at: &str, found: &mut Vec<String>) {
        if let Some(list) = schema["anyOf"].as_array() {
            let fits = |s: &Value| {
                let mut inner = Vec::new();
                faults(value, s, at, &mut inner);
                inner.is_empty()
            };
            if !list.iter().any(fits) {
                found.push(format!("{at}: none of the kinds"));
            }
        }
        let kind = match value {
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "boolean",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::Null => "null",
        };
        match &schema["type"] {
            Value::String(t) if t != kind && !(t == "integer" && value.is_i64()) => {
                found.push(format!("{at}: {kind}, not {t}"))
            }
            Value::Array(list) if !list.iter().any(|t| t == kind || (t == "integer" && value.is_i64())) => {
                found.push(format!("{at}: {kind}"));
            }
            _ => {}
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            found.push(format!("{at}: none of the words"));
        }
        let number = |key: &str, out: fn(f64, f64) -> bool| {
            value.as_f64().zip(schema[key].as_f64()).is_some_and(|(x, limit)| out(x, limit))
        };
        if number("minimum", |x, l| x < l) || number("maximum", |x, l| x > l) {
            found.push(format!("{at}: out of range"));
        }
        if let (Some(text), Some(pattern)) = (value.as_str(), schema["pattern"].as_str()) {
            assert_eq!(pattern, "^[0-9]+$");
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                found.push(format!("{at}: no whole number"));
            }
        }
        if let Some(map) = value.as_object() {
            let least = schema["minProperties"].as_u64().unwrap_or(0);
            // The one pattern for names of keys here: they hold a digit.
            let digits = schema["propertyNames"].is_object();
            if (map.len() as u64) < least || digits && !map.keys().all(|k| k.contains(|c: char| c.is_ascii_digit())) {
                found.push(format!("{at}: keys"));
            }
        }
        for item in value.as_array().into_iter().flatten().filter(|_| schema.get("items").is_some()) {
            faults(item, &schema["items"], &format!("{at}[]"), found);
        }
        for (key, item) in value.as_object().into_iter().flatten() {
            match (schema["properties"].get(key), &schema["additionalProperties"]) {
                (Some(s), _) => faults(item, s, &format!("{at}.{key}"), found),
                (None, Value::Bool(false)) => found.push(format!("{at}: unknown key {key}")),
                (None, s) => faults(item, s, &format!("{at}.{key}"), found),
            }
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(key).is_none() {
                found.push(format!("{at}: no {key}"));
            }
        }
    }

    fn check(toml: &str) -> Vec<String> {
        let value: Value = toml::from_str(toml).expect("TOML");
        let mut found = Vec::new();
        faults(&value, &generated(), "study", &mut found);
        found
    }

    #[test]
    fn the_shipped_studies_fit_the_schema() {
        for text in [include_str!("../../data/study.toml"), include_str!("../../data/starter/study.toml")] {
            assert_eq!(check(text), [""; 0]);
        }
    }

    #[test]
    fn what_the_parser_refuses_the_schema_refuses() {
        let read = |t: &str| Study::parse(t, "s.toml", super::super::Home::Builtin);
        let parse = |t: &str| read(t).is_ok_and(|s| s.broken.is_empty());
        let good = "by = [\"region\"]\nhorizon = 5\nseed = \"7\"\nlink = \"log\"\nlevels = [50, 80]\n[[models]]\nname = \"a\"\npast-obs = 1\n\
                    [scenario.b.columns]\nx = { low = 1, high = 2 }\ny = \"last\"\nz = { \"2026\" = 3 }\n";
        assert_eq!((check(good), parse(good)), (Vec::new(), true));
        let bad = [
            "horizont = 3\n",
            "[data]\ncount = \"a.csv\"\n",
            "[[models]]\nname = \"a\"\nfamly = \"nb2\"\n",
            "title = 3\n",
            "[[models]]\nfamily = \"nb2\"\n",
            "[scenario.b.events]\ne = { from = \"2026\" }\n",
            "[data]\nalso = \"a.csv\"\n",
            "horizon = \"five\"\n",
            "horizon = -1\n",
            "missing = \"lats\"\n",
            "[[models]]\nname = \"a\"\nlink = \"lgo\"\n",
            "[scenario.b]\ndefault = \"modle\"\n",
            "[scenario.b.columns]\nx = { low = 1, hgih = 2 }\n",
            "[scenario.b.columns]\nx = {}\n",
            "[scenario.b.events]\ne = {}\n",
        ];
        for text in bad {
            assert!(!check(text).is_empty() && !parse(text), "{text}");
        }
    }
}
