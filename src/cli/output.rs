//! Writing: to standard output (a closed pipe is no error), or whole files by way of a temporary one.

use super::{Common, Format};
use crate::error::{Error, Result};
use crate::report::{Table, tables as draw};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// Prints an error.
pub fn complain(e: &Error) {
    let _ = writeln!(anstream::stderr(), "error: {e}");
}

/// Prints a note or warning.
pub(super) fn note(line: &str) {
    let _ = writeln!(anstream::stderr(), "note: {line}");
}

/// Prints a text.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = anstream::stdout();
    let done =
        out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match done.and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Error::data(format!("cannot write to standard output: {e}")))
        }
        _ => Ok(()),
    }
}

/// Prints a text, or writes it to `-o FILE`.
pub(super) fn deliver(common: &Common, text: &str) -> Result<()> {
    match &common.output {
        None => print(text),
        Some(path) => {
            refuse_input(common, path)?;
            may_write(common, path, text)?;
            write_file(path, text)
        }
    }
}

/// Refuses to write over the file that was read.
pub(super) fn refuse_input(common: &Common, path: &Path) -> Result<()> {
    let same = |a: &Path, b: &Path| matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if common.file.as_deref().is_some_and(|f| same(f, path)) {
        return Err(Error::usage(format!("{} is the input: it is not written over", path.display()))
            .help("give another file to -o"));
    }
    Ok(())
}

/// Writes a whole file or nothing: to a temporary file beside it, then renamed. A device, pipe or `/dev/stdout` is written to
/// where it stands, and a link stays one.
pub(super) fn write_file(path: &Path, text: &str) -> Result<()> {
    write_bytes(path, text.as_bytes())
}

/// As [`write_file`], of what is no text.
pub(super) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    let fail = |e: &dyn std::fmt::Display| Error::data(format!("cannot write {}: {e}", path.display()));
    if path.is_dir() {
        return Err(fail(&"it is a folder"));
    }
    if is_stream(path) {
        let mut stream = std::fs::OpenOptions::new().append(true).open(path).map_err(|e| fail(&e))?;
        return stream.write_all(bytes).and_then(|()| stream.flush()).map_err(|e| fail(&e));
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".tumen-")
        .permissions(permissions())
        .tempfile_in(folder)
        .map_err(|e| fail(&e).help("does the folder exist, and may you write to it?"))?;
    file.write_all(bytes).map_err(|e| fail(&e))?;
    file.as_file().sync_all().map_err(|e| fail(&e))?;
    file.persist(&target).map_err(|e| fail(&e.error))?;
    Ok(())
}

/// Whether a path names what a file must not replace: a device, a pipe, a socket, an open stream.
fn is_stream(path: &Path) -> bool {
    let open = ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"].iter().any(|p| path.starts_with(p));
    open || std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

/// Readable by others, as any written file; the umask applies.
#[cfg(unix)]
fn permissions() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::Permissions::from_mode(0o666)
}

#[cfg(not(unix))]
fn permissions() -> std::fs::Permissions {
    std::fs::metadata(".").map(|m| m.permissions()).expect("the working folder exists")
}

/// Refuses to write `text` over a file that tumen did not write, unless told to: a page or JSON says who wrote it, a table
/// begins as the new one does.
pub(super) fn may_write(common: &Common, path: &Path, text: &str) -> Result<()> {
    if common.force || path.is_dir() || is_stream(path) || is_ours(path, text) {
        return Ok(());
    }
    Err(Error::usage(format!("{} exists and was not written by tumen", path.display()))
        .help("give another file with -o, or --force"))
}

fn is_ours(path: &Path, text: &str) -> bool {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => return e.kind() == ErrorKind::NotFound,
    };
    let old = String::from_utf8_lossy(&bytes);
    let json = old.starts_with('{') && old.lines().take(3).any(|l| l.contains("\"schema\": \"tumen/"));
    old.is_empty() || json || begins_alike(&old, text) || crate::report::html::is_ours(&old)
}

/// The same header of a CSV table, or the same first word of a title; never JSON, where every text begins alike.
fn begins_alike(old: &str, new: &str) -> bool {
    let first = |t: &str| t.lines().next().and_then(|l| l.split_whitespace().next()).map(str::to_owned);
    first(old).is_some_and(|w| w.chars().any(char::is_alphanumeric) && first(new).is_some_and(|v| v == w))
}

/// A result as JSON.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string_pretty(value).map(|s| s + "\n").map_err(|e| Error::data(format!("cannot write JSON: {e}")))
}

/// Tables for reading: as wide as the terminal says it is, 100 columns otherwise.
pub(super) fn tables(list: &[Table], format: Format) -> String {
    match format {
        Format::Markdown => draw::markdown(list),
        _ => draw::terminal(list, width()),
    }
}

/// A sentence above tables: wrapped in the terminal, a paragraph in Markdown.
pub(super) fn sentence(text: &str, format: Format) -> String {
    match format {
        Format::Markdown => format!("{}\n", crate::report::table::escape_markdown(text)),
        _ => wrap(text, width()),
    }
}

/// A sentence as a list item, wrapped at spaces.
pub(super) fn wrap(sentence: &str, width: usize) -> String {
    let mut out = String::from("*");
    let mut used = 1;
    for word in sentence.split(' ') {
        let n = word.chars().count();
        if used + 1 + n > width {
            out.push_str("\n ");
            used = 1;
        }
        out.push(' ');
        out.push_str(word);
        used += 1 + n;
    }
    out
}

/// Columns of the terminal.
pub(super) fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).filter(|w| (40..=400).contains(w)).unwrap_or(100)
}
