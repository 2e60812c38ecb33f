//! One cell as a number: decimal point or comma, thousands in groups, and what stands for "missing".

/// How numbers are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// `.` or `,`.
    pub point: u8,
    /// Whether the other one, in front of exactly three digits, is a thousands separator. Where the file gives no sign
    /// which is which, `1.234` is not a number at all: better an error than a thousandfold mistake.
    pub groups: bool,
}

impl Default for Decimal {
    fn default() -> Self {
        Decimal { point: b'.', groups: true }
    }
}

/// What a single cell says about the file's decimal character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// `3.5`, `1,234.5`.
    Point,
    /// `3,5`, `1.234,5`.
    Comma,
    /// `1,234`, `1234`, text.
    None,
}

/// Whether a trimmed cell stands for "not known".
pub(super) fn is_missing(cell: &[u8]) -> bool {
    match cell.len() {
        0 => true,
        1 => matches!(cell, b"-" | b"."),
        2..=4 => {
            matches!(cell, b"--" | b".." | b"...")
                || [&b"na"[..], b"n/a", b"nan", b"null", b"n.a.", b"#n/a"].iter().any(|m| m.eq_ignore_ascii_case(cell))
                || ["–", "—", "―", "－", "…", "−", "‥"].iter().any(|m| m.as_bytes() == cell)
        }
        _ => false,
    }
}

/// Powers of ten that a double holds exactly.
const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The number in a trimmed cell, if it is one and nothing else. Always finite.
pub(super) fn parse(cell: &[u8], decimal: Decimal) -> Option<f64> {
    plain(cell, decimal.point).or_else(|| slow(cell, decimal))
}

/// Digits with at most one point, and nothing else.
#[inline]
fn plain(cell: &[u8], point: u8) -> Option<f64> {
    leading(cell, point).filter(|(_, length)| *length == cell.len()).map(|(x, _)| x)
}

/// The plain number that `text` begins with, and its length: an optional minus, digits with at most one point, at most
/// fifteen digits. Correctly rounded: mantissa and power of ten are exact, so the one division rounds once (Clinger 1990).
#[inline(always)]
pub(super) fn leading(text: &[u8], point: u8) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let begin = usize::from(negative);
    let (mantissa, whole, fraction, length) = match short(&text[begin..], point) {
        Some(parts) => parts,
        None => long(&text[begin..], point),
    };
    if !(1..=15).contains(&(whole + fraction)) {
        return None;
    }
    // At most fifteen digits: a signed integer, whose conversion is the quicker one.
    let signed = if negative { -(mantissa as i64) } else { mantissa as i64 } as f64;
    Some((if fraction == 0 { signed } else { signed / TENS[fraction] }, begin + length))
}

/// Mantissa, digits before and after the point, and length of a number with 1 to 7 digits before it and 1 to 15 after.
#[inline(always)]
fn short(text: &[u8], point: u8) -> Option<(u64, usize, usize, usize)> {
    let (mantissa, whole) = eight(text.first_chunk()?);
    if !(1..8).contains(&whole) {
        return None;
    }
    if text.get(whole) != Some(&point) {
        return Some((mantissa, whole, 0, whole));
    }
    let (more, fraction) = eight(text.get(whole + 1..)?.first_chunk()?);
    let mantissa = mantissa * WHOLE_TENS[fraction] + more;
    if fraction < 8 {
        return (fraction > 0).then(|| (mantissa, whole, fraction, whole + 1 + fraction));
    }
    let (more, rest) = eight(text.get(whole + 9..)?.first_chunk()?);
    let mantissa = mantissa.wrapping_mul(WHOLE_TENS[rest]).wrapping_add(more);
    (1..8).contains(&rest).then(|| (mantissa, whole, 8 + rest, whole + 9 + rest))
}

/// The same for any number of digits; only as many as fit are right, and the others are not used.
#[inline(never)]
fn long(text: &[u8], point: u8) -> (u64, usize, usize, usize) {
    let run = |from: usize, number: u64| {
        let digits = text.get(from..).unwrap_or_default().iter().map(|b| b.wrapping_sub(b'0')).take_while(|d| *d < 10);
        digits.fold((number, 0), |(n, count), d| (n.wrapping_mul(10).wrapping_add(u64::from(d)), count + 1))
    };
    let (mantissa, whole) = run(0, 0);
    if text.get(whole) != Some(&point) {
        return (mantissa, whole, 0, whole);
    }
    let (mantissa, fraction) = run(whole + 1, mantissa);
    (mantissa, whole, fraction, whole + 1 + fraction)
}

/// The number that the digits at the beginning of eight bytes make, and how many they are (0: the number means nothing).
/// Without a branch: bytes that are digits become 0 to 9, the first other byte ends them, and three multiplications add up
/// pairs, fours and eights (the low bytes are the first characters).
#[inline(always)]
fn eight(text: &[u8; 8]) -> (u64, usize) {
    const ALL: u64 = 0x0101_0101_0101_0101;
    let x = u64::from_le_bytes(*text) ^ (0x30 * ALL);
    let other = (x.wrapping_add(0x76 * ALL) | x) & (0x80 * ALL);
    let n = other.trailing_zeros() / 8;
    let x = x.wrapping_shl(64 - 8 * n) & (0x0F * ALL);
    let x = (x.wrapping_mul(10 * 256 + 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let x = (x.wrapping_mul(100 * 65536 + 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    (x.wrapping_mul(10_000 * 4_294_967_296 + 1) >> 32, n as usize)
}

const WHOLE_TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Everything else: exponents, long mantissas, groups, a typographic minus.
#[cold]
fn slow(cell: &[u8], decimal: Decimal) -> Option<f64> {
    let text = std::str::from_utf8(cell).ok()?;
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-−.,".contains(c)) {
        return None;
    }
    let text = text.replacen('−', "-", 1);
    let point = char::from(decimal.point);
    let simple = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | 'e' | 'E') || c == point;
    let written = if text.chars().all(simple) { text } else { ungrouped(&text, decimal)? };
    let number: f64 = written.replace(point, ".").parse().ok()?;
    number.is_finite().then_some(number)
}

/// The cell without its thousands separators, when they stand where they must.
fn ungrouped(text: &str, decimal: Decimal) -> Option<String> {
    let point = char::from(decimal.point);
    let (sign, body) = text.split_at(usize::from(text.starts_with(['-', '+'])));
    let (whole, fraction) = body.split_once(point).map_or((body, None), |(w, f)| (w, Some(f)));
    let separator = whole.chars().find(|c| !c.is_ascii_digit())?;
    let other = if point == '.' { ',' } else { '.' };
    if separator != other && !"' \u{a0}\u{2009}\u{202f}’".contains(separator) {
        return None;
    }
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let unsure = separator == other && rest.len() == 1 && fraction.is_none() && !decimal.groups;
    let grouped = (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && digits(first)
        && rest.iter().all(|g| g.len() == 3 && digits(g))
        && fraction.is_none_or(digits);
    (grouped && !unsure).then(|| match fraction {
        Some(f) => format!("{sign}{first}{}{point}{f}", rest.concat()),
        None => format!("{sign}{first}{}", rest.concat()),
    })
}

/// Whether a cell that is refused is meant as a number all the same: `1.234` where that is ambiguous, `12%`, `(300)`, `₩500`,
/// `342명`, `1_000`, `705*`, `inf`.
pub(super) fn is_meant(cell: &str) -> bool {
    let body = cell.trim_start_matches(['(', '-', '+', '−', '₩', '￦', '$', '€', '£', '¥', '<', '>', '~', '≈']);
    let body = body.trim_end_matches([')', '%', '％', '‰', '명', '원', '건', '*', '†', ' ']);
    let digits = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'_' | b' ' | b'\'');
    let number = body.starts_with(|c: char| c.is_ascii_digit()) && body.bytes().all(digits);
    number || matches!(body.to_ascii_lowercase().as_str(), "inf" | "infinity" | "∞")
}

/// What a trimmed cell says about the decimal character.
pub(super) fn evidence(cell: &str) -> Evidence {
    let body = cell.trim_start_matches(['-', '+', '−']);
    if !body.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
        || !body.bytes().any(|b| b.is_ascii_digit())
    {
        return Evidence::None;
    }
    let (points, commas) = (body.matches('.').count(), body.matches(',').count());
    let by = |point: bool| if point { Evidence::Point } else { Evidence::Comma };
    match (points, commas) {
        (0, 0) => Evidence::None,
        (1, 1) => by(body.rfind('.') > body.rfind(',')),
        (1, 0) | (0, 1) => {
            let (whole, fraction) = body.split_once(['.', ',']).unwrap_or((body, ""));
            let could_group = fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
            if could_group { Evidence::None } else { by(points == 1) }
        }
        _ => {
            // Several of one kind are groups, so the other kind is the decimal character.
            let comma_groups = commas > 1;
            let style = Decimal { point: if comma_groups { b'.' } else { b',' }, groups: true };
            if slow(body.as_bytes(), style).is_some() { by(comma_groups) } else { Evidence::None }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: Decimal = Decimal { point: b'.', groups: true };
    const COMMA: Decimal = Decimal { point: b',', groups: true };
    const UNSURE: Decimal = Decimal { point: b',', groups: false };

    #[test]
    fn numbers_are_read_as_written() {
        let p = |s: &str, d| parse(s.as_bytes(), d);
        assert_eq!(p("1,234", POINT), Some(1234.0));
        assert_eq!(p("1,234,567.5", POINT), Some(1_234_567.5));
        assert_eq!(p("-3.25", POINT), Some(-3.25));
        assert_eq!(p("−5", POINT), Some(-5.0));
        assert_eq!(p("1e-3", POINT), Some(0.001));
        assert_eq!(p("1 234 567", POINT), Some(1_234_567.0));
        assert_eq!(p("3,5", COMMA), Some(3.5));
        assert_eq!(p("1.234,5", COMMA), Some(1234.5));
        assert_eq!(p("1.234", COMMA), Some(1234.0));
        assert_eq!(p("1,234", UNSURE), Some(1.234));
        for bad in
            ["3,5", "0,125", "1,23,456", "12a", ".", "-", "inf", "nan", "1e999", "1234,567", "2016-08-01", "0x10"]
        {
            assert_eq!(p(bad, POINT), None, "{bad}");
        }
        assert_eq!(p("1.234", UNSURE), None);
    }

    #[test]
    fn the_fast_path_rounds_as_the_standard_library() {
        for s in ["0.1", "0.000000000000001", "123456789.123456", "0.30000000000000004", "9007199254740993", "179.769"]
        {
            assert_eq!(parse(s.as_bytes(), POINT), s.parse().ok(), "{s}");
        }
    }

    #[test]
    fn what_is_meant_as_a_number_is_known() {
        for cell in ["12%", "(300)", "₩1,500", "342명", "1_000", "705*", "-inf", "1.234", "12 345", "<5"] {
            assert!(is_meant(cell), "{cell}");
        }
        for cell in ["10-19", "65+", "A1", "2016-08", "1/2", "", "%", "north", "3 boats"] {
            assert!(!is_meant(cell), "{cell}");
        }
    }

    #[test]
    fn only_unmistakable_cells_are_evidence() {
        assert_eq!(evidence("3,5"), Evidence::Comma);
        assert_eq!(evidence("0,125"), Evidence::Comma);
        assert_eq!(evidence("1,234"), Evidence::None);
        assert_eq!(evidence("1,234.5"), Evidence::Point);
        assert_eq!(evidence("1.234.567"), Evidence::Comma);
        assert_eq!(evidence("2016.8.1"), Evidence::None);
    }
}
