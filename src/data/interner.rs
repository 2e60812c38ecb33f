//! Texts of a column by code.

use super::number::{self, Decimal};
use super::table::{Cells, MISSING};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Texts by code, in order of appearance.
pub(super) struct Interner {
    codes: Vec<u32>,
    known: HashMap<Box<[u8]>, u32, BuildHasherDefault<Fast>>,
    /// The first texts as they stand in the file, quotes included, by code; a line end if that is not known.
    raw: Vec<Box<[u8]>>,
    /// For each of them the other text that came next the last time: panels repeat their groups in the same order.
    next: Vec<u32>,
    /// The code of the last text.
    last: u32,
    literal: bool,
}

/// Texts of a column that are looked for without a search.
const REMEMBERED: usize = 1 << 12;

/// A multiplicative hash by eight bytes: levels come from the user's own file, so speed matters more than hostile keys.
#[derive(Default)]
struct Fast(u64);

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

impl Interner {
    /// No texts yet; `literal` texts are missing only where they are empty.
    pub(super) fn new(literal: bool) -> Self {
        let (codes, raw, next) = (Vec::new(), Vec::new(), Vec::new());
        Interner { codes, known: HashMap::default(), raw, next, last: 0, literal }
    }

    /// Whether texts are missing only where they are empty.
    pub(super) fn is_literal(&self) -> bool {
        self.literal
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    /// Adds cells without a text.
    pub(super) fn push_missing(&mut self, cells: usize) {
        self.codes.resize(self.codes.len() + cells, MISSING);
    }

    /// Takes the cell that `text` begins with, if it is the one of the row before or the one that followed that before;
    /// `ends` says whether a cell can end after so many bytes. Returns its length.
    #[inline(always)]
    pub(super) fn push_leading(&mut self, text: &[u8], ends: impl Fn(&usize) -> bool) -> Option<usize> {
        let fits = |code: u32| {
            let raw = self.raw.get(code as usize)?;
            (text.starts_with(raw) && ends(&raw.len())).then_some((code, raw.len()))
        };
        let next = || self.next.get(self.last as usize).copied();
        let (code, length) = fits(self.last).or_else(|| fits(next()?))?;
        self.codes.push(code);
        self.last = code;
        Some(length)
    }

    /// Adds the cells of another part of the column.
    pub(super) fn append(&mut self, part: Interner) {
        let mut texts: Vec<Box<[u8]>> = vec![Box::default(); part.known.len()];
        for (text, code) in part.known {
            texts[code as usize] = text;
        }
        let codes: Vec<u32> = texts.into_iter().map(|t| self.code_of(&t, None)).collect();
        let code = |c: &u32| codes.get(*c as usize).copied().unwrap_or(MISSING);
        self.codes.extend(part.codes.iter().map(code));
    }

    /// Takes the next cell, as it is meant and, if known, as it stands in the file.
    pub(super) fn push(&mut self, cell: &[u8], raw: Option<&[u8]>) -> Result<(), std::str::Utf8Error> {
        let code = self.look_up(cell, raw)?;
        self.codes.push(code);
        if code != MISSING {
            if let Some(next) = self.next.get_mut(self.last as usize).filter(|_| code != self.last) {
                *next = code;
            }
            self.last = code;
        }
        Ok(())
    }

    fn look_up(&mut self, cell: &[u8], raw: Option<&[u8]>) -> Result<u32, std::str::Utf8Error> {
        let trimmed = cell.trim_ascii();
        if trimmed.is_empty() || (!self.literal && number::is_missing(trimmed)) {
            return Ok(MISSING);
        }
        if let Some(code) = self.known.get(trimmed) {
            return Ok(*code);
        }
        std::str::from_utf8(trimmed)?;
        Ok(self.code_of(trimmed, raw))
    }

    /// The code of a text, a new one if need be.
    fn code_of(&mut self, text: &[u8], raw: Option<&[u8]>) -> u32 {
        if let Some(code) = self.known.get(text) {
            return *code;
        }
        let code = self.known.len() as u32;
        self.known.insert(text.into(), code);
        if self.raw.len() < REMEMBERED {
            self.raw.push(raw.unwrap_or(b"\n").into());
            self.next.push(code);
        }
        code
    }

    /// Sorts the levels; finds the text that spoilt a column of numbers.
    pub(super) fn finish(self, rows: usize, decimal: Decimal) -> (Cells, Option<usize>) {
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
        let counted: Vec<bool> =
            by_text.iter().zip(&is_number).map(|((t, _), n)| *n || (!self.literal && number::is_meant(t))).collect();
        let known = codes.iter().filter(|c| **c != MISSING);
        let (numbers, all) = known.fold((0, 0), |(n, a), c| (n + usize::from(counted[*c as usize]), a + 1));
        let spoiled = (numbers > 0 && 5 * numbers >= 4 * all)
            .then(|| codes.iter().position(|c| *c != MISSING && !is_number[*c as usize]))
            .flatten();
        (Cells::Text { levels: by_text.into_iter().map(|(t, _)| t).collect(), codes }, spoiled)
    }
}
