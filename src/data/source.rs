//! Where a table comes from, and its bytes as UTF-8 text: byte-order marks, UTF-16 and EUC-KR (CP949) are understood.

use super::converted::{self, Address};
use crate::error::{Error, Place, Result, nearest};
use encoding_rs::{CoderResult, DecoderResult, EUC_KR, UTF_16BE, UTF_16LE};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Standard input up to this size stays in memory; more goes to a temporary file.
const SPOOL: u64 = 64 << 20;

/// A readable source with the name that error messages use. It can be read more than once.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    raw: Raw,
    converted: Option<Arc<Converted>>,
}

/// What is known of the file behind converted text.
#[derive(Debug)]
struct Converted {
    address: Address,
    notes: Vec<String>,
}

#[derive(Debug, Clone)]
enum Raw {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
    Static(&'static str),
    Spool(Arc<tempfile::TempPath>),
}

/// A reader of bytes.
pub(super) type Bytes = Box<dyn Read + Send>;

impl Source {
    /// A file; `-` is standard input.
    ///
    /// # Errors
    /// When standard input cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        if path.as_ref().as_os_str() == "-" {
            let source = Self::stdin()?;
            return Ok(converted::by_content(&source)?.unwrap_or(source));
        }
        if let Some(source) = converted::open(path.as_ref())? {
            return Ok(source);
        }
        let path = path.as_ref();
        let source = Source { name: path.display().to_string(), raw: Raw::Path(path.into()), converted: None };
        // A pipe cannot be looked into twice.
        if path.is_file() {
            return Ok(converted::by_content(&source)?.unwrap_or(source));
        }
        Ok(source)
    }

    /// Standard input, read to its end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn stdin() -> Result<Self> {
        let fail = |e: io::Error| Error::data(format!("cannot read standard input: {e}"));
        let name = "standard input".to_string();
        let mut bytes = Vec::new();
        let mut input = io::stdin().lock();
        input.by_ref().take(SPOOL).read_to_end(&mut bytes).map_err(fail)?;
        if (bytes.len() as u64) < SPOOL {
            return Ok(Source { name, raw: Raw::Bytes(bytes.into()), converted: None });
        }
        let mut file = tempfile::NamedTempFile::new().map_err(fail)?;
        file.write_all(&bytes).map_err(fail)?;
        io::copy(&mut input, &mut file).map_err(fail)?;
        Ok(Source { name, raw: Raw::Spool(Arc::new(file.into_temp_path())), converted: None })
    }

    /// Bytes in memory.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Source { name: name.into(), raw: Raw::Bytes(bytes.into().into()), converted: None }
    }

    /// Text embedded in the program.
    pub fn embedded(name: impl Into<String>, text: &'static str) -> Self {
        Source { name: name.into(), raw: Raw::Static(text), converted: None }
    }

    /// CSV text made of another file.
    pub(super) fn converted(name: String, csv: Vec<u8>, address: Address, notes: Vec<String>) -> Self {
        Source { converted: Some(Arc::new(Converted { address, notes })), ..Source::bytes(name, csv) }
    }

    /// How the cells of the original are called, when this is converted text.
    pub(super) fn address(&self) -> Option<&Address> {
        self.converted.as_ref().map(|c| &c.address)
    }

    /// What the reader must know of the original.
    pub(crate) fn notes(&self) -> &[String] {
        self.converted.as_ref().map_or(&[], |c| &c.notes)
    }

    /// The name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A place in this source.
    pub(super) fn at(&self, line: usize) -> Place {
        Place { file: self.name.clone(), line, ..Place::default() }
    }

    /// `FILE:LINE`; nothing when the line is not known (0).
    pub(super) fn line(&self, line: usize) -> String {
        if line > 0 { format!("{}:{line}", self.name) } else { String::new() }
    }

    /// Its bytes from the beginning.
    pub(super) fn reader(&self) -> Result<Bytes> {
        let path: &Path = match &self.raw {
            Raw::Bytes(b) => return Ok(Box::new(io::Cursor::new(b.clone()))),
            Raw::Static(s) => return Ok(Box::new(s.as_bytes())),
            Raw::Path(p) => p,
            Raw::Spool(p) => p,
        };
        match std::fs::metadata(path) {
            Ok(m) if m.is_dir() => Err(is_directory(&self.name, path)),
            Ok(_) => File::open(path).map(|f| Box::new(f) as Bytes).map_err(|e| self.unreadable(&e)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(missing(&self.name, path)),
            Err(e) => Err(self.unreadable(&e)),
        }
    }

    /// An operating system's or a decoder's complaint about this source.
    pub(super) fn unreadable(&self, e: &io::Error) -> Error {
        Error::data(format!("cannot read `{}`: {e}", self.name))
    }

    /// Continues an FNV-1a hash (64 bits) over its bytes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn fingerprint(&self, start: u64) -> Result<u64> {
        let (mut reader, mut hash, mut buffer) = (self.reader()?, start, vec![0; 1 << 16]);
        loop {
            match reader.read(&mut buffer).map_err(|e| self.unreadable(&e))? {
                0 => return Ok(hash),
                n => hash = buffer[..n].iter().fold(hash, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)),
            }
        }
    }

    /// The first bytes.
    pub(super) fn head(&self, bytes: u64) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        self.reader()?.take(bytes).read_to_end(&mut head).map_err(|e| self.unreadable(&e))?;
        Ok(head)
    }

    /// The text in UTF-8, without a byte-order mark. Invalid UTF-8 passes through; the reader finds it.
    pub(super) fn text(&self, encoding: Encoding) -> Result<Bytes> {
        let mark = encoding.mark();
        let mut raw = self.reader()?;
        let mut first = Vec::with_capacity(mark.len());
        raw.by_ref().take(mark.len() as u64).read_to_end(&mut first).map_err(|e| self.unreadable(&e))?;
        let rest: Bytes = if first == mark { raw } else { Box::new(io::Cursor::new(first).chain(raw)) };
        Ok(match encoding.decoder() {
            None => rest,
            Some(decoder) => Box::new(Decoding { raw: rest, decoder, text: Vec::new(), at: 0, ended: false }),
        })
    }
}

fn missing(name: &str, path: &Path) -> Error {
    let e = Error::data(format!("no such file: `{name}`"));
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = path.file_name().unwrap_or_default().to_string_lossy().to_string();
    let there = names_in(folder);
    match nearest(&wanted, there.iter().map(String::as_str)).as_slice() {
        [] => e.help("check the path; `-` reads standard input"),
        near => {
            e.help(format!("did you mean {}?", near.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" or ")))
        }
    }
}

fn is_directory(name: &str, path: &Path) -> Error {
    let csv = names_in(path).into_iter().find(|n| n.ends_with(".csv"));
    let remedy = csv.map_or_else(
        || "name a CSV file".to_string(),
        |c| format!("name a file in it, such as `{}`", Path::new(name).join(c).display()),
    );
    Error::data(format!("`{name}` is a folder")).help(remedy)
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|d| d.flatten().map(|e| e.file_name().to_string_lossy().to_string()).collect())
        .unwrap_or_default();
    names.sort();
    names
}

/// How the bytes spell text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// EUC-KR with its extension CP949.
    EucKr,
}

impl Encoding {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
            Encoding::EucKr => "EUC-KR (CP949)",
        }
    }

    fn mark(self) -> &'static [u8] {
        match self {
            Encoding::Utf8 => b"\xEF\xBB\xBF",
            Encoding::Utf16Le => b"\xFF\xFE",
            Encoding::Utf16Be => b"\xFE\xFF",
            Encoding::EucKr => b"",
        }
    }

    fn decoder(self) -> Option<encoding_rs::Decoder> {
        let encoding = match self {
            Encoding::Utf8 => return None,
            Encoding::Utf16Le => UTF_16LE,
            Encoding::Utf16Be => UTF_16BE,
            Encoding::EucKr => EUC_KR,
        };
        Some(encoding.new_decoder_without_bom_handling())
    }

    /// The encoding of a name that people use.
    pub fn of_name(name: &str) -> Option<Encoding> {
        let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).collect();
        match plain.to_ascii_lowercase().as_str() {
            "utf8" => Some(Encoding::Utf8),
            "utf16" | "utf16le" | "unicode" => Some(Encoding::Utf16Le),
            "utf16be" => Some(Encoding::Utf16Be),
            "euckr" | "cp949" | "uhc" | "ms949" => Some(Encoding::EucKr),
            _ => None,
        }
    }

    /// By the byte-order mark, or as UTF-16 by its zero bytes: text in another encoding has none.
    pub(super) fn detect(head: &[u8]) -> Encoding {
        match head {
            [0xFF, 0xFE, ..] => Encoding::Utf16Le,
            [0xFE, 0xFF, ..] => Encoding::Utf16Be,
            _ if head.len() > 3 && head.contains(&0) => Encoding::utf16(head).unwrap_or(Encoding::Utf8),
            _ => Encoding::Utf8,
        }
    }

    /// UTF-16 without a mark. Tables hold digits, delimiters and line ends, whose high byte is zero, in either half of the
    /// bytes; read from the wrong end these are other letters, so the reading with more of them is the right one. Text that
    /// has few of them, or control characters, is none.
    fn utf16(head: &[u8]) -> Option<Encoding> {
        let read = |encoding: Encoding| {
            let unit = if encoding == Encoding::Utf16Le { u16::from_le_bytes } else { u16::from_be_bytes };
            let units: Vec<u16> = head.chunks_exact(2).map(|b| unit([b[0], b[1]])).collect();
            let plain = |u: &&u16| matches!(**u, 9 | 10 | 13 | 0x20..=0x7E);
            let text = char::decode_utf16(units.iter().copied());
            // The sample may end within a pair.
            let bad = text.filter(|c| c.as_ref().map_or(true, |c| c.is_control() && !c.is_ascii_whitespace())).count();
            let count = units.iter().filter(plain).count();
            // Two letters of Latin text, which would be one of Chinese here.
            let pairs =
                head.chunks_exact(2).filter(|b| b.iter().all(|b| matches!(b, 9 | 10 | 13 | 0x20..=0x7E))).count();
            (bad <= usize::from(units.len() > 1000) && 10 * count >= units.len() && count > pairs)
                .then_some((count, encoding))
        };
        let all = [read(Encoding::Utf16Le), read(Encoding::Utf16Be)];
        all.into_iter().flatten().max_by_key(|(count, _)| *count).map(|(_, encoding)| encoding)
    }

    /// A beginning as text, with replacement characters where it is not.
    pub(super) fn lossy(self, head: &[u8]) -> String {
        let head = head.strip_prefix(self.mark()).unwrap_or(head);
        let Some(mut decoder) = self.decoder() else { return String::from_utf8_lossy(head).into_owned() };
        let mut text = String::new();
        let mut at = 0;
        loop {
            // Room for a few characters at least: with less the decoder makes no progress.
            text.reserve(3 * (head.len() - at) + 16);
            let (result, read, _) = decoder.decode_to_string(&head[at..], &mut text, false);
            at += read;
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        text
    }
}

/// Whether the bytes are EUC-KR text: valid, and mostly of the common syllables, which Latin-1 text is not.
pub(super) fn is_euc_kr(source: &Source) -> Result<bool> {
    if io::copy(&mut source.text(Encoding::EucKr)?, &mut io::sink()).is_err() {
        return Ok(false);
    }
    let (mut common, mut rare, mut lead) = (0u64, 0u64, None);
    for byte in BufReader::new(source.reader()?).bytes() {
        let b = byte.map_err(|e| source.unreadable(&e))?;
        match lead.take() {
            Some(l) if l >= 0xA1u8 && b >= 0xA1 => common += 1,
            Some(_) => rare += 1,
            None if b >= 0x80 => lead = Some(b),
            None => {}
        }
    }
    Ok(common > 3 * rare)
}

/// The error for text that is no UTF-8, at its first bad byte.
pub(super) fn not_utf8(source: &Source) -> Error {
    let remedy = "save the file as UTF-8 (UTF-16 and EUC-KR text is read, too; `--encoding` says which)";
    let Ok(raw) = source.reader() else { return Error::data("not UTF-8 text").help(remedy) };
    let (mut raw, mut line, mut offset, mut number) = (BufReader::new(raw), Vec::new(), 0, 0);
    while raw.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        number += 1;
        if let Err(e) = std::str::from_utf8(&line) {
            let good = e.valid_up_to();
            let column = String::from_utf8_lossy(&line[..good]).chars().count() + 1;
            let byte = line.get(good).copied().unwrap_or_default();
            let message = format!("not UTF-8 text: byte 0x{byte:02X} at position {}", offset + good + 1);
            return Error::data(message).at(Place { column, ..source.at(number) }).help(remedy);
        }
        offset += line.len();
        line.clear();
    }
    Error::data("not UTF-8 text").at(source.at(0)).help(remedy)
}

/// Decodes as it is read; malformed text is an error.
struct Decoding {
    raw: Bytes,
    decoder: encoding_rs::Decoder,
    text: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Decoding {
    fn refill(&mut self) -> io::Result<()> {
        let mut input = [0u8; 8192];
        let n = self.raw.read(&mut input)?;
        self.ended = n == 0;
        self.text.resize(3 * n + 64, 0);
        let (result, _, written) =
            self.decoder.decode_to_utf8_without_replacement(&input[..n], &mut self.text, self.ended);
        self.text.truncate(written);
        self.at = 0;
        match result {
            DecoderResult::InputEmpty => Ok(()),
            _ => {
                let name = self.decoder.encoding().name();
                Err(io::Error::new(io::ErrorKind::InvalidData, format!("malformed {name} text")))
            }
        }
    }
}

impl Read for Decoding {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.ended {
            self.refill()?;
        }
        let n = out.len().min(self.text.len() - self.at);
        out[..n].copy_from_slice(&self.text[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
