//! A column in the making.

use super::number::{self, Decimal};
use super::table::{Cells, MISSING};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

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

/// Texts by code, in order of appearance.
pub(super) struct Interner {
    codes: Vec<u32>,
    known: HashMap<Box<[u8]>, u32, BuildHasherDefault<Fast>>,
    last: Vec<u8>,
    last_code: u32,
    literal: bool,
}

/// A multiplicative hash by eight bytes: levels come from the user's own file, so speed matters more than hostile keys.
#[derive(Default)]
pub(super) struct Fast(u64);

impl Hasher for Fast {
    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.0 = (self.0.rotate_left(5) ^ n as u64).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
}

impl Builder {
    pub(super) fn skip() -> Self {
        Builder::Skip
    }

    pub(super) fn number() -> Self {
        Builder::Number { values: Vec::new(), known: 0, mixed: false }
    }

    pub(super) fn text(literal: bool) -> Self {
        Builder::Text(Interner {
            codes: Vec::new(),
            known: HashMap::default(),
            last: Vec::new(),
            last_code: MISSING,
            literal,
        })
    }

    /// Holds on to what it has; later cells are not taken.
    pub(super) fn finished(self) -> Self {
        if matches!(self, Builder::Skip) { self } else { Builder::Done(Box::new(self)) }
    }

    /// Whether numbers came first and texts later.
    pub(super) fn is_mixed(&self) -> bool {
        matches!(self, Builder::Number { mixed: true, .. })
    }

    /// Takes the cell that `text` begins with, if that can be told without looking for its end: a plain number in a column
    /// of numbers, or the text of the row before. Returns its length.
    #[inline(always)]
    pub(super) fn push_leading(&mut self, text: &[u8], delimiter: u8, point: u8) -> Option<usize> {
        let ends = |length: &usize| text.get(*length).is_none_or(|b| *b == delimiter || *b == b'\n');
        match self {
            Builder::Number { values, known, .. } => {
                let (value, length) = number::leading(text, point).filter(|(_, l)| ends(l))?;
                values.push(value);
                *known += 1;
                Some(length)
            }
            Builder::Text(interner) => {
                let length = interner.last.len();
                (text.starts_with(&interner.last) && ends(&length)).then(|| {
                    interner.codes.push(interner.last_code);
                    length
                })
            }
            Builder::Skip | Builder::Done(_) => None,
        }
    }

    /// Takes the next cell; an error if it is not UTF-8.
    #[inline]
    pub(super) fn push(&mut self, cell: &[u8], decimal: Decimal) -> Result<(), std::str::Utf8Error> {
        match self {
            Builder::Skip | Builder::Done(_) => Ok(()),
            Builder::Text(interner) => interner.push(cell),
            Builder::Number { values, known, mixed } => {
                if let Some(x) = number::parse(cell, decimal) {
                    values.push(x);
                    *known += 1;
                    return Ok(());
                }
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
                        let missing = values.len();
                        *self = Builder::text(false);
                        if let Builder::Text(interner) = self {
                            interner.codes.resize(missing, MISSING);
                            return interner.push(cell);
                        }
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

impl Interner {
    fn push(&mut self, cell: &[u8]) -> Result<(), std::str::Utf8Error> {
        if self.last == cell {
            self.codes.push(self.last_code);
            return Ok(());
        }
        let code = self.look_up(cell)?;
        self.last.clear();
        self.last.extend_from_slice(cell);
        self.last_code = code;
        self.codes.push(code);
        Ok(())
    }

    fn look_up(&mut self, cell: &[u8]) -> Result<u32, std::str::Utf8Error> {
        let trimmed = cell.trim_ascii();
        Ok(match self.known.get(trimmed) {
            _ if trimmed.is_empty() || (!self.literal && number::is_missing(trimmed)) => MISSING,
            Some(code) => *code,
            None => {
                std::str::from_utf8(trimmed)?;
                let code = self.known.len() as u32;
                self.known.insert(trimmed.into(), code);
                code
            }
        })
    }

    /// Sorts the levels; finds the text that spoilt a column of numbers.
    fn finish(self, rows: usize, decimal: Decimal) -> (Cells, Option<usize>) {
        let text = |t: Box<[u8]>| String::from_utf8_lossy(&t).into_owned();
        let mut by_text: Vec<(String, u32)> = self.known.into_iter().map(|(t, c)| (text(t), c)).collect();
        by_text.sort();
        let mut new_code = vec![0u32; by_text.len()];
        let mut is_number = vec![false; by_text.len()];
        for (new, (text, old)) in by_text.iter().enumerate() {
            new_code[*old as usize] = new as u32;
            is_number[new] = !self.literal && number::parse(text.as_bytes(), decimal).is_some();
        }
        let mut codes = self.codes;
        codes.truncate(rows);
        codes.iter_mut().filter(|c| **c != MISSING).for_each(|c| *c = new_code[*c as usize]);
        codes.shrink_to_fit();
        // `1.234` may be refused as ambiguous, but it is meant as a number.
        let meant = |t: &str| t.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
        let counted: Vec<bool> =
            by_text.iter().zip(&is_number).map(|((t, _), n)| *n || (!self.literal && meant(t))).collect();
        let known = codes.iter().filter(|c| **c != MISSING);
        let (numbers, all) = known.fold((0, 0), |(n, a), c| (n + usize::from(counted[*c as usize]), a + 1));
        let spoiled = (numbers > 0 && 5 * numbers >= 4 * all)
            .then(|| codes.iter().position(|c| *c != MISSING && !is_number[*c as usize]))
            .flatten();
        (Cells::Text { levels: by_text.into_iter().map(|(t, _)| t).collect(), codes }, spoiled)
    }
}
