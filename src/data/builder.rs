//! A column in the making.

use super::interner::Interner;
use super::number::{self, Decimal};
use super::table::Cells;

/// A column in the making: numbers until a text comes.
pub(super) enum Builder {
    /// Not wanted.
    Skip,
    /// Only numbers so far, `known` of them; `mixed` once a text has come after them.
    Number { values: Vec<f64>, known: usize, mixed: bool },
    /// Texts.
    Text(Interner),
    /// Complete from an earlier pass.
    Done(Box<Builder>),
}

impl Builder {
    pub(super) fn skip() -> Self {
        Builder::Skip
    }

    pub(super) fn number() -> Self {
        Builder::Number { values: Vec::new(), known: 0, mixed: false }
    }

    pub(super) fn text(literal: bool) -> Self {
        Builder::Text(Interner::new(literal))
    }

    /// An empty column of the same kind, for a part of it.
    pub(super) fn part(&self) -> Self {
        match self {
            Builder::Skip | Builder::Done(_) => Builder::Skip,
            Builder::Number { .. } => Builder::number(),
            Builder::Text(interner) => Builder::text(interner.is_literal()),
        }
    }

    /// Adds the cells of the next part. A text after numbers, or a number that was not kept as the text that it is among
    /// texts, makes the column a mixed one.
    pub(super) fn append(&mut self, part: Builder) {
        match (&mut *self, part) {
            (Builder::Skip | Builder::Done(_), _) | (_, Builder::Skip | Builder::Done(_)) => {}
            (Builder::Number { values, known, mixed }, Builder::Number { values: more, known: k, mixed: m }) => {
                values.extend_from_slice(&more);
                *known += k;
                *mixed |= m;
            }
            (Builder::Number { values, known: 0, .. }, Builder::Text(more)) => {
                let mut texts = Interner::new(more.is_literal());
                texts.push_missing(values.len());
                texts.append(more);
                *self = Builder::Text(texts);
            }
            (Builder::Number { values, mixed, .. }, Builder::Text(more)) => {
                values.resize(values.len() + more.len(), f64::NAN);
                *mixed = true;
            }
            (Builder::Text(texts), Builder::Text(more)) => texts.append(more),
            (Builder::Text(texts), Builder::Number { values, known: 0, .. }) => texts.push_missing(values.len()),
            (Builder::Text(texts), Builder::Number { values, known, .. }) => {
                let values = vec![f64::NAN; texts.len() + values.len()];
                *self = Builder::Number { values, known, mixed: true };
            }
        }
    }

    /// Holds on to what it has; later cells are not taken.
    pub(super) fn finished(self) -> Self {
        if matches!(self, Builder::Skip) { self } else { Builder::Done(Box::new(self)) }
    }

    /// Whether numbers came first and texts later.
    pub(super) fn is_mixed(&self) -> bool {
        matches!(self, Builder::Number { mixed: true, .. })
    }

    /// Takes the cell that `text` begins with, if that can be told without looking for its end: an empty one, a plain number
    /// in a column of numbers, the text of the row before or the one that followed it before. Returns its length.
    #[inline(always)]
    pub(super) fn push_leading(&mut self, text: &[u8], delimiter: u8, point: u8) -> Option<usize> {
        let ends = |length: &usize| text.get(*length).is_none_or(|b| *b == delimiter || *b == b'\n' || *b == b'\r');
        match self {
            Builder::Number { values, .. } if ends(&0) => {
                values.push(f64::NAN);
                Some(0)
            }
            Builder::Number { values, known, .. } => {
                let (value, length) = number::leading(text, point).filter(|(_, l)| ends(l))?;
                values.push(value);
                *known += 1;
                Some(length)
            }
            Builder::Text(interner) if ends(&0) => {
                interner.push_missing(1);
                Some(0)
            }
            Builder::Text(interner) => interner.push_leading(text, ends),
            Builder::Skip | Builder::Done(_) => None,
        }
    }

    /// Takes the next cell, which may stand in the file with quotes around it (`raw`); an error if it is not UTF-8.
    #[inline]
    pub(super) fn push(
        &mut self,
        cell: &[u8],
        raw: Option<&[u8]>,
        decimal: Decimal,
    ) -> Result<(), std::str::Utf8Error> {
        match self {
            Builder::Skip | Builder::Done(_) => Ok(()),
            Builder::Text(interner) => interner.push(cell, raw),
            Builder::Number { values, known, mixed } => {
                let trimmed = cell.trim_ascii();
                let value = if number::is_missing(trimmed) { None } else { Some(number::parse(trimmed, decimal)) };
                match value {
                    None => values.push(f64::NAN),
                    Some(Some(x)) => {
                        values.push(x);
                        *known += 1;
                    }
                    Some(None) if *known > 0 => {
                        values.push(f64::NAN);
                        *mixed = true;
                    }
                    Some(None) => {
                        let mut texts = Interner::new(false);
                        texts.push_missing(values.len());
                        let pushed = texts.push(cell, raw);
                        *self = Builder::Text(texts);
                        return pushed;
                    }
                }
                Ok(())
            }
        }
    }

    /// The column, `rows` long, and the row that spoilt it.
    pub(super) fn finish(self, rows: usize, decimal: Decimal) -> Option<(Cells, Option<usize>)> {
        match self {
            Builder::Skip => None,
            Builder::Done(inner) => inner.finish(rows, decimal),
            Builder::Number { mut values, .. } => {
                values.truncate(rows);
                values.shrink_to_fit();
                Some((Cells::Number(values), None))
            }
            Builder::Text(interner) => Some(interner.finish(rows, decimal)),
        }
    }
}
