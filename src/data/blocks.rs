//! The text of a table in blocks of whole records. A line end inside a quoted cell ends no record; to find the last that
//! does, the text is searched from quote to quote.

use super::source::Bytes;
use memchr::{memchr, memchr_iter, memrchr2};
use std::io::{self, Read};

/// Bytes of the first block; each further one is twice as long, so that small texts meet the ends of blocks, too.
const FIRST: usize = 1 << 7;
/// Bytes of a block in the end.
const BLOCK: usize = 1 << 18;
/// No record is longer than this: it would be a quote that was never closed.
const LONGEST: usize = 1 << 27;

/// A run of whole records.
pub(super) struct Block {
    /// Its text.
    pub bytes: Vec<u8>,
    /// Whether the text ends inside a quoted cell of its last record.
    pub open: bool,
}

/// Reads blocks.
pub(super) struct Blocks {
    text: Bytes,
    delimiter: u8,
    buffer: Vec<u8>,
    spare: Vec<Vec<u8>>,
    size: usize,
    ended: bool,
}

impl Blocks {
    pub fn new(text: Bytes, delimiter: u8) -> Self {
        Blocks { text, delimiter, buffer: Vec::new(), spare: Vec::new(), size: FIRST, ended: false }
    }

    /// Whether the blocks have their full size, so that it pays to parse several at a time.
    pub fn are_large(&self) -> bool {
        self.size == BLOCK
    }

    /// Whether the text is read to its end.
    pub fn is_done(&self) -> bool {
        self.ended && self.buffer.is_empty()
    }

    /// Takes back the memory of a block.
    pub fn recycle(&mut self, block: Block) {
        self.spare.push(block.bytes);
    }

    /// The next block, or nothing at the end of the text.
    pub fn next(&mut self) -> io::Result<Option<Block>> {
        let mut wanted = self.size;
        self.size = BLOCK.min(2 * self.size);
        loop {
            let missing = wanted.saturating_sub(self.buffer.len()) as u64;
            if !self.ended && missing > 0 {
                let read = self.text.by_ref().take(missing).read_to_end(&mut self.buffer)?;
                self.ended = read == 0;
            }
            if self.buffer.is_empty() && self.ended {
                return Ok(None);
            }
            let (cut, open) = self.last_record_end();
            if self.ended || self.buffer.len() > LONGEST {
                return Ok(Some(Block { bytes: std::mem::take(&mut self.buffer), open }));
            }
            if cut > 0 {
                let mut rest = self.spare.pop().unwrap_or_default();
                rest.clear();
                rest.extend_from_slice(&self.buffer[cut..]);
                self.buffer.truncate(cut);
                let bytes = std::mem::replace(&mut self.buffer, rest);
                return Ok(Some(Block { bytes, open: false }));
            }
            wanted = self.buffer.len() * 2;
        }
    }

    /// The byte after the last line end that is not inside quotes; and whether the buffer ends inside quotes.
    fn last_record_end(&self) -> (usize, bool) {
        let text = self.buffer.as_slice();
        let (mut plain, mut cut) = (0, 0);
        loop {
            let open = self.opening_quote(plain);
            let stretch = &text[plain..open.unwrap_or(text.len())];
            cut = memrchr2(b'\n', b'\r', stretch).map_or(cut, |i| plain + i + 1);
            let Some(open) = open else { return (cut, false) };
            match closing_quote(text, open) {
                Some(close) => plain = close + 1,
                None => return (cut, true),
            }
        }
    }

    /// The first quote from `plain` on, which is outside quotes, that begins a cell.
    fn opening_quote(&self, plain: usize) -> Option<usize> {
        let begins = |q: &usize| {
            let before = q.checked_sub(1).map(|i| self.buffer[i]);
            before.is_none_or(|b| b == self.delimiter || b == b'\n' || b == b'\r')
        };
        memchr_iter(b'"', &self.buffer[plain..]).map(|i| plain + i).find(begins)
    }
}

/// The quote that closes the cell which the one at `open` begins; quotes in pairs do not.
pub(super) fn closing_quote(text: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr(b'"', &text[at..])?;
        if text.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}
