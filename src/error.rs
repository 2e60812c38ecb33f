//! One error type: what was wrong, where, and what to do.
//!
//! The text reads from the outside in, joined by ": " (`study.toml: formula: unknown column ...`), and ends with the
//! place and a remedy. Numerics never print; they return an [`Error`].

use std::fmt;
use unicode_width::UnicodeWidthChar as _;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who has to act, which decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The data or the model is at fault (exit code 1).
    Data,
    /// The command line or the study file's settings are at fault (exit code 2).
    Usage,
}

/// Where the offending text stands. Lines and columns count from 1; 0 = unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// File name as the user gave it, or a word such as `--formula`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Name of a cell that has no line, such as B7 of a sheet; empty for text.
    pub cell: String,
    /// The offending line, shown with a caret under `column`, `width` characters wide.
    pub text: String,
    /// Width of the caret.
    pub width: usize,
}

/// Characters shown of an offending line; of a longer one the part around the caret.
const SHOWN: usize = 160;
/// Characters shown before the caret in that case.
const BEFORE: usize = 60;

impl Place {
    /// The place of some bytes of a text; the caret ends with the line.
    pub fn of(file: &str, text: &str, span: std::ops::Range<usize>) -> Place {
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let end = text.floor_char_boundary(span.end.clamp(start, text.len()));
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let line = text[line_start..].lines().next().unwrap_or("");
        let (column, all) = (before[line_start..].chars().count() + 1, line.chars().count());
        let width = text[start..end].lines().next().map_or(1, |l| l.chars().count());
        Place {
            file: file.into(),
            line: before.matches('\n').count() + 1,
            column,
            text: line.into(),
            width: width.min((all + 1).saturating_sub(column)).max(1),
            ..Place::default()
        }
    }

    /// The offending line, and under it the carets. Widths are those of a terminal, where Korean letters take two columns.
    fn shown(&self) -> (String, String) {
        let all: Vec<char> = self.text.chars().collect();
        let at = self.column.saturating_sub(1).min(all.len());
        let start = if all.len() <= SHOWN { 0 } else { at.saturating_sub(BEFORE) };
        let end = all.len().min(start + SHOWN);
        let (more_before, more_after) = (start > 0, end < all.len());
        let dots = |there: bool| if there { "…" } else { "" };
        let line: String = all[start..end].iter().collect();
        let columns = |c: &char| c.width().unwrap_or(0);
        let indent = |c: &char| if *c == '\t' { "\t".into() } else { " ".repeat(columns(c)) };
        let before: String = std::iter::repeat_n(' ', usize::from(more_before)).collect();
        let indent: String = all[start..at].iter().map(indent).collect();
        let marked = at..end.min(at.saturating_add(self.width));
        let beyond = self.width.min(SHOWN).saturating_sub(marked.len()).min(usize::from(end == all.len()) * SHOWN);
        let carets = all[marked].iter().map(columns).sum::<usize>() + beyond;
        let line = format!("{}{line}{}", dots(more_before), dots(more_after));
        (line, format!("{before}{indent}{}", "^".repeat(carets.max(1))))
    }
}

/// What was wrong, where, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    fault: Fault,
    message: String,
    place: Option<Place>,
    notes: Vec<String>,
    remedy: Option<String>,
    context: Vec<String>,
}

impl Error {
    fn new(fault: Fault, message: impl Into<String>) -> Self {
        let message = message.into();
        Error(Box::new(Inner { fault, message, place: None, notes: Vec::new(), remedy: None, context: Vec::new() }))
    }

    /// The data or the model is at fault.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(Fault::Data, message)
    }

    /// The command line or a setting is at fault.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Fault::Usage, message)
    }

    /// Adds the place, unless a nearer one is known already.
    pub fn at(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }

    /// Adds what to do.
    pub fn help(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy.get_or_insert(remedy.into());
        self
    }

    /// Adds what the reader must know of how the data were read.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    /// Puts an outer context before the message.
    pub fn within(mut self, context: impl Into<String>) -> Self {
        self.0.context.insert(0, context.into());
        self
    }

    /// Fills in the file name of a place that has none.
    pub fn in_file(mut self, file: &str) -> Self {
        match &mut self.0.place {
            Some(p) if p.file.is_empty() => p.file = file.into(),
            Some(_) => {}
            None => self.0.place = Some(Place { file: file.into(), ..Place::default() }),
        }
        self
    }

    /// Who has to act.
    pub fn fault(&self) -> Fault {
        self.0.fault
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do, when known.
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// The place, when known.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// 1 for data and model, 2 for the command line.
    pub fn exit_code(&self) -> u8 {
        match self.0.fault {
            Fault::Data => 1,
            Fault::Usage => 2,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &*self.0;
        for c in &e.context {
            write!(f, "{c}: ")?;
        }
        write!(f, "{}", e.message)?;
        if let Some(p) = &e.place {
            write!(f, "\n  at {}", if p.file.is_empty() { "input" } else { &p.file })?;
            if !p.cell.is_empty() {
                write!(f, "!{}", p.cell)?;
            } else if p.line > 0 {
                write!(f, ":{}", p.line)?;
            }
            if p.column > 0 {
                write!(f, ":{}", p.column)?;
            }
            if !p.text.is_empty() {
                let (line, carets) = p.shown();
                write!(f, "\n    {line}\n    {carets}")?;
            }
        }
        for n in &e.notes {
            write!(f, "\n  note: {n}")?;
        }
        if let Some(r) = &e.remedy {
            write!(f, "\n  help: {r}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Context for any result of this crate.
pub trait Context<T> {
    /// Puts `context` before the error's message.
    fn context(self, context: impl Into<String>) -> Result<T>;
}

impl<T> Context<T> for Result<T> {
    fn context(self, context: impl Into<String>) -> Result<T> {
        self.map_err(|e| e.within(context))
    }
}

/// The names of `known` nearest to `word`, best first, for "did you mean"; never more than three.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let lower = word.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|k| {
            let other = k.to_lowercase();
            let inside = !lower.is_empty() && (other.contains(&lower) || lower.contains(&other));
            let slip = strsim::osa_distance(&lower, &other) == 1;
            let extra = if slip {
                0.3
            } else if inside {
                0.2
            } else {
                0.0
            };
            (strsim::jaro_winkler(&lower, &other) + extra, k)
        })
        .filter(|(s, _)| *s > 0.72)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().take(3).map(|(_, k)| k).collect()
}

/// The remedy for a name that is not in `known`: the nearest names, else (if few) all of them.
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let near = nearest(word, known.clone());
    if !near.is_empty() {
        return format!("did you mean {}?", near.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" or "));
    }
    let mut all: Vec<&str> = known.into_iter().collect();
    let more = all.len().saturating_sub(12);
    all.truncate(12);
    let list = all.join(", ");
    if more > 0 { format!("known names: {list} and {more} more") } else { format!("known names: {list}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_context_place_caret_and_remedy() {
        let place =
            Place { file: "a.csv".into(), line: 3, column: 5, text: "2001,x1".into(), width: 2, ..Place::default() };
        let e = Error::data("not a number").at(place).help("mend it").within("reading");
        assert_eq!(e.to_string(), "reading: not a number\n  at a.csv:3:5\n    2001,x1\n        ^^\n  help: mend it");
        assert_eq!(e.exit_code(), 1);
        let e = Error::data("none").help("mend it").note("a wide table");
        assert_eq!(e.to_string(), "none\n  note: a wide table\n  help: mend it");
    }

    #[test]
    fn carets_stand_under_wide_letters_and_in_long_lines() {
        let shown =
            |text: &str, column, width| Place { column, width, text: text.into(), ..Place::default() }.shown().1;
        // Each syllable is two columns wide in a terminal.
        assert_eq!(shown("입국자 ~ 성별x", 7, 3), "         ^^^^^");
        assert_eq!(shown("a\t연도,y", 5, 2), " \t    ^^");
        assert_eq!(shown("e\u{301}e + x", 3, 1), " ^");
        let long = format!("{}x{}", "a + ".repeat(100), " + b".repeat(100));
        let place = Place { column: 401, width: 1, text: long, ..Place::default() };
        let (line, carets) = place.shown();
        assert_eq!(line.chars().count(), SHOWN + 2);
        assert_eq!(line.chars().nth(carets.len() - 1), Some('x'));
    }

    #[test]
    fn nearest_names_come_first() {
        assert_eq!(nearest("arival", ["year", "arrivals", "female"]), ["arrivals"]);
        assert!(suggest("zzz", ["a", "b"]).contains("known names: a, b"));
    }
}
