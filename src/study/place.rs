//! Where a key or a value stands in a study file.

use crate::error::Place;
use crate::formula::Written;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A study's text with the places of its keys.
pub(super) struct Text<'a> {
    text: &'a str,
    file: &'a str,
    tree: Option<Spanned<DeTable<'a>>>,
}

/// Whether two keys are one: `past_obs` and `past-obs`.
fn alike(a: &str, b: &str) -> bool {
    a.replace('_', "-") == b.replace('_', "-")
}

impl<'a> Text<'a> {
    /// The keys of a text.
    pub fn new(text: &'a str, file: &'a str) -> Self {
        Text { text, file, tree: DeTable::parse(text).ok() }
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        self.file
    }

    /// The place of the first key of this name at or below a section, such as `["scenario", "open"]` or `["models", "1"]`;
    /// else that of the section; else the file alone.
    pub fn key(&self, section: &[&str], key: &str) -> Place {
        self.spot(section, |table| find(table, key).map(|(k, _)| k))
    }

    /// The place of a key's value, likewise.
    pub fn value(&self, section: &[&str], key: &str) -> Place {
        self.spot(section, |table| find(table, key).map(|(_, v)| v))
    }

    fn spot(&self, section: &[&str], of: impl Fn(&DeTable<'a>) -> Option<Range<usize>>) -> Place {
        let nowhere = || Place { file: self.file.into(), ..Place::default() };
        self.span(section, of).map_or_else(nowhere, |span| self.at(span))
    }

    fn span(&self, section: &[&str], of: impl Fn(&DeTable<'a>) -> Option<Range<usize>>) -> Option<Range<usize>> {
        let tree = self.tree.as_ref()?;
        let (mut table, mut heading) = (tree.get_ref(), None);
        for (i, name) in section.iter().enumerate() {
            let Some((key, value)) = table.iter().find(|(k, _)| alike(k.get_ref(), name)) else { break };
            heading = Some(key.span());
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                DeValue::Array(list) => {
                    let item = section.get(i + 1).and_then(|n| n.parse::<usize>().ok()).and_then(|n| list.get(n));
                    if let Some((DeValue::Table(inner), at)) = item.map(|s| (s.get_ref(), s.span())) {
                        table = inner;
                        heading = Some(at);
                    }
                }
                _ => {}
            }
        }
        of(table).or(heading)
    }

    /// The place of some bytes.
    pub fn at(&self, span: Range<usize>) -> Place {
        Place::of(self.file, self.text, span)
    }

    /// Where a formula stands that is the value of a section's `formula`.
    pub fn formula(&self, section: &[&str]) -> Written {
        match self.span(section, |table| find(table, "formula").map(|(_, v)| v)) {
            Some(span) => Written::in_file(self.file, self.text, span),
            None => Written::by_name(self.file),
        }
    }
}

/// The spans of a key and its value, in a table or, failing that, deeper.
fn find(table: &DeTable<'_>, key: &str) -> Option<(Range<usize>, Range<usize>)> {
    if let Some((k, v)) = table.iter().find(|(k, _)| alike(k.get_ref(), key)) {
        return Some((k.span(), v.span()));
    }
    table.iter().find_map(|(_, v)| deeper(v.get_ref(), key))
}

fn deeper(value: &DeValue<'_>, key: &str) -> Option<(Range<usize>, Range<usize>)> {
    match value {
        DeValue::Table(t) => find(t, key),
        DeValue::Array(list) => list.iter().find_map(|v| deeper(v.get_ref(), key)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUDY: &str = "title = \"한국\"\npast_obs = 1\n[[models]]\nname = \"a\"\n[[models]]\nname = \"b\"\nlink = \"log\"\n\
                         [scenario.\"북 열림\".columns]\nx = { low = 1, high = \"둘\" }\n";

    #[test]
    fn keys_and_values_are_found_in_their_section() {
        let text = Text::new(STUDY, "s.toml");
        let spot = |p: Place| (p.line, p.column, p.width);
        assert_eq!(spot(text.key(&["models", "1"], "name")), (6, 1, 4));
        assert_eq!(spot(text.value(&["models", "1"], "link")), (7, 8, 5));
        assert_eq!(spot(text.value(&[], "past-obs")), (2, 12, 1));
        assert_eq!(spot(text.value(&["scenario", "북 열림", "columns"], "high")), (9, 23, 3));
        // A section without the key, and no such section.
        assert_eq!(text.key(&["scenario", "북 열림"], "y").line, 8);
        assert_eq!(text.key(&["effects"], "term").line, 0);
        assert_eq!(Text::new("x = ", "s.toml").key(&[], "x").line, 0);
    }
}
