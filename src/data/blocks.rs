//! The text of a table in blocks of whole records, so that the common case, records without quotes, can be split at
//! delimiters and line ends alone.

use super::source::Bytes;
use super::walk::Scan;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};

/// Bytes read at a time.
const BLOCK: usize = 1 << 18;
/// No record is longer than this: it would be a quote that was never closed.
const LONGEST: usize = 1 << 27;

/// A run of whole records.
pub(super) struct Block {
    /// Its text.
    pub bytes: Vec<u8>,
    /// Whether it has a quote anywhere.
    pub quoted: bool,
    /// Whether the text ends inside a quoted cell of its last record.
    pub open: bool,
}

/// Reads blocks.
pub(super) struct Blocks {
    text: Bytes,
    delimiter: u8,
    buffer: Vec<u8>,
    spare: Vec<u8>,
    ended: bool,
}

impl Blocks {
    pub fn new(text: Bytes, delimiter: u8) -> Self {
        Blocks { text, delimiter, buffer: Vec::new(), spare: Vec::with_capacity(BLOCK + 64), ended: false }
    }

    /// Whether the text is read to its end.
    pub fn is_done(&self) -> bool {
        self.ended && self.buffer.is_empty()
    }

    /// Takes back the memory of a block.
    pub fn recycle(&mut self, block: Block) {
        self.spare = block.bytes;
        self.spare.clear();
    }

    /// The next block, or nothing at the end of the text.
    pub fn next(&mut self) -> io::Result<Option<Block>> {
        let mut wanted = BLOCK;
        loop {
            let missing = wanted.saturating_sub(self.buffer.len()) as u64;
            if !self.ended && missing > 0 {
                let read = self.text.by_ref().take(missing).read_to_end(&mut self.buffer)?;
                self.ended = read == 0;
            }
            if self.buffer.is_empty() && self.ended {
                return Ok(None);
            }
            let quoted = self.buffer.contains(&b'"');
            let (cut, open) = self.last_record_end(quoted);
            if self.ended || self.buffer.len() > LONGEST {
                return Ok(Some(Block { bytes: std::mem::take(&mut self.buffer), quoted, open }));
            }
            if cut > 0 {
                let mut rest = std::mem::take(&mut self.spare);
                rest.extend_from_slice(&self.buffer[cut..]);
                self.buffer.truncate(cut);
                let bytes = std::mem::replace(&mut self.buffer, rest);
                return Ok(Some(Block { bytes, quoted, open: false }));
            }
            wanted = self.buffer.len() * 2;
        }
    }

    /// The byte after the last line end that is not inside quotes; and whether the buffer ends inside quotes.
    fn last_record_end(&self, quoted: bool) -> (usize, bool) {
        let is_end = |b: &u8| *b == b'\n' || *b == b'\r';
        if !quoted {
            return (self.buffer.iter().rposition(is_end).map_or(0, |i| i + 1), false);
        }
        let (mut scan, mut cut) = (Scan::default(), 0);
        for (i, b) in self.buffer.iter().enumerate() {
            if is_end(b) && !scan.in_quotes() {
                cut = i + 1;
                scan = Scan::default();
            } else {
                scan.step(*b, self.delimiter);
            }
        }
        (cut, scan.in_quotes())
    }
}

/// Blocks read ahead by a thread of their own, while the one before is parsed.
pub(super) struct Ahead {
    ready: Receiver<io::Result<Block>>,
    spare: Sender<Block>,
}

impl Ahead {
    /// Starts to read the blocks that follow.
    pub fn start(mut blocks: Blocks) -> Self {
        let (send, ready) = sync_channel(2);
        let (spare, returned) = channel();
        std::thread::spawn(move || {
            while let Some(block) = blocks.next().transpose() {
                // Nobody listens any more after an error in an earlier block.
                if send.send(block).is_err() {
                    break;
                }
                returned.try_iter().for_each(|b| blocks.recycle(b));
            }
        });
        Ahead { ready, spare }
    }

    /// The next block, or nothing at the end of the text.
    pub fn next(&self) -> io::Result<Option<Block>> {
        self.ready.recv().ok().transpose()
    }

    /// Takes back the memory of a block.
    pub fn recycle(&self, block: Block) {
        // After the last block the thread is gone; then the memory is simply freed.
        let _ = self.spare.send(block);
    }
}
