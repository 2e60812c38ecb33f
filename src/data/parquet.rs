//! Parquet files: all rows as CSV text, and tables written as Parquet.
//!
//! Reading goes through the same text as CSV, so that a column means the same whatever file it stands in; it is for tables
//! of moderate size, not for speed. Written are doubles, whole numbers and texts, all of which may be missing.

use super::converted::{Address, csv_text, unreadable};
use super::source::Source;
use crate::error::{Error, Result};
use ::parquet::basic::Compression;
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::record::Field;
use ::parquet::schema::parser::parse_message_type;
use jiff::Span;
use jiff::civil::date;
use serde_json::Value;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Opens a file.
///
/// # Errors
/// On a file that cannot be read, a nested column, and values that are neither numbers, texts nor dates.
pub(super) fn open(file: &Path) -> Result<Source> {
    let fault = |e: &dyn std::fmt::Display| unreadable(file, "Parquet", e);
    let reader = SerializedFileReader::new(File::open(file).map_err(|e| fault(&e))?).map_err(|e| fault(&e))?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut rows = vec![schema.root_schema().get_fields().iter().map(|f| f.name().to_string()).collect::<Vec<_>>()];
    for row in reader.get_row_iter(None).map_err(|e| fault(&e))? {
        let row = row.map_err(|e| fault(&e))?;
        let cell = |(name, field): (&String, &Field)| {
            text(field).ok_or_else(|| {
                fault(&format!("column `{name}` holds values that are neither numbers, texts nor dates"))
            })
        };
        rows.push(row.get_column_iter().map(cell).collect::<Result<_>>()?);
    }
    Ok(Source::converted(file.display().to_string(), csv_text(rows.iter())?, Address::Rows, Vec::new()))
}

/// A value as text; `None` when it is of a kind that no column of a table has.
fn text(field: &Field) -> Option<String> {
    let day = |days: i64| {
        let since = Span::new().try_days(days).ok()?;
        date(1970, 1, 1).checked_add(since).ok().map(|d| d.to_string())
    };
    // Moments at midnight are days; others keep their time.
    let moment = |micros: i64| {
        let at = date(1970, 1, 1).at(0, 0, 0, 0).checked_add(Span::new().try_microseconds(micros).ok()?).ok()?;
        if micros % 86_400_000_000 == 0 { Some(at.date().to_string()) } else { Some(at.to_string()) }
    };
    match field {
        Field::Null => Some(String::new()),
        Field::Float(x) if x.is_nan() => Some(String::new()),
        Field::Double(x) if x.is_nan() => Some(String::new()),
        Field::Float(x) => Some(x.to_string()),
        Field::Double(x) => Some(x.to_string()),
        Field::Date(d) => day(i64::from(*d)),
        Field::TimestampMillis(t) => moment(t.checked_mul(1000)?),
        Field::TimestampMicros(t) => moment(*t),
        Field::Str(s) => Some(s.clone()),
        Field::Bool(b) => Some(if *b { "TRUE" } else { "FALSE" }.into()),
        Field::Byte(_) | Field::Short(_) | Field::Int(_) | Field::Long(_) => Some(field.to_string()),
        Field::UByte(_) | Field::UShort(_) | Field::UInt(_) | Field::ULong(_) => Some(field.to_string()),
        Field::Decimal(_) => Some(field.to_string()),
        Field::Bytes(b) => b.as_utf8().ok().map(String::from),
        _ => None,
    }
}

/// The kind of a column to write.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Whole,
    Double,
    Text,
}

impl Kind {
    /// The narrowest kind that holds all cells.
    fn of<'a>(cells: impl Iterator<Item = &'a Value>) -> Kind {
        cells.fold(Kind::Whole, |kind, v| match v {
            Value::Null => kind,
            Value::Number(n) if n.is_i64() => kind,
            Value::Number(_) if kind != Kind::Text => Kind::Double,
            _ => Kind::Text,
        })
    }

    fn declared(self, name: &str) -> String {
        match self {
            Kind::Whole => format!("optional int64 {name};"),
            Kind::Double => format!("optional double {name};"),
            Kind::Text => format!("optional binary {name} (UTF8);"),
        }
    }
}

/// Writes a table of cells (null = missing) as Parquet.
///
/// # Errors
/// When the writer fails, and on a column name with blanks or punctuation that a Parquet schema cannot hold.
pub fn write(columns: &[String], rows: &[Vec<Value>]) -> Result<Vec<u8>> {
    let fault = |e: &dyn std::fmt::Display| Error::data(format!("writing Parquet: {e}"));
    let cells = |j: usize| rows.iter().map(move |r| &r[j]);
    let kinds: Vec<Kind> = (0..columns.len()).map(|j| Kind::of(cells(j))).collect();
    if let Some(name) = columns.iter().find(|n| n.contains([' ', ';', '{', '}', '(', ')', '=', ',']) || n.is_empty()) {
        return Err(fault(&format!("the column name `{name}` cannot stand in a schema")).help("rename it in the data"));
    }
    let fields: String = kinds.iter().zip(columns).map(|(k, n)| k.declared(n) + "\n").collect();
    let schema = Arc::new(parse_message_type(&format!("message table {{\n{fields}}}")).map_err(|e| fault(&e))?);
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties).map_err(|e| fault(&e))?;
    let mut group = file.next_row_group().map_err(|e| fault(&e))?;
    for (j, kind) in kinds.iter().enumerate() {
        let Some(mut column) = group.next_column().map_err(|e| fault(&e))? else { break };
        let levels: Vec<i16> = cells(j).map(|v| i16::from(!v.is_null())).collect();
        let known = || cells(j).filter(|v| !v.is_null());
        let written = match kind {
            Kind::Whole => {
                let values: Vec<i64> = known().filter_map(Value::as_i64).collect();
                column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)
            }
            Kind::Double => {
                let values: Vec<f64> = known().filter_map(Value::as_f64).collect();
                column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)
            }
            Kind::Text => {
                let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), String::from);
                let values: Vec<ByteArray> = known().map(|v| ByteArray::from(text(v).into_bytes())).collect();
                column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)
            }
        };
        written.map_err(|e| fault(&e))?;
        column.close().map_err(|e| fault(&e))?;
    }
    group.close().map_err(|e| fault(&e))?;
    file.into_inner().map_err(|e| fault(&e))
}
