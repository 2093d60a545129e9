//! A column's definition: name, type, and what stands behind it.

use crate::model::{ColumnKind, Moments};

use super::change::{ColumnDefinition, Position};
use super::reader::Reader;

/// Reads a column up to the `,` or `)` behind it.
pub fn column(reader: &mut Reader<'_>) -> Option<(ColumnDefinition, Position)> {
    let start = reader.at;
    let name = reader.name()?;
    let data_type = reader.name()?.to_lowercase();
    let length = length(reader);
    let mut seen = Seen::default();
    let mut position = Position::Last;
    while !reader.is_end() && !reader.is(b',') && !reader.is(b')') {
        option(reader, &mut seen, &mut position);
    }
    let is_boolean = (data_type == "tinyint" && length == Some(1)) || data_type.starts_with("bool");
    let kind = kind(&data_type, length, &seen);
    let definition = ColumnDefinition {
        name,
        kind,
        is_auto_increment: seen.is_auto_increment,
        is_invisible: seen.is_invisible,
        is_zerofill: seen.is_zerofill,
        is_boolean,
        is_unique: seen.is_unique,
        references: seen.references,
        tokens: (start, reader.at.saturating_sub(1)),
    };
    Some((definition, position))
}

/// `(64)`
fn length(reader: &mut Reader<'_>) -> Option<usize> {
    let mut inside = reader.clone();
    reader.skip_parentheses();
    inside.take_sign(b'(').then(|| inside.text().parse().ok())?
}

#[derive(Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent words, each seen alone"
)]
struct Seen {
    is_unsigned: bool,
    is_zerofill: bool,
    is_invisible: bool,
    is_auto_increment: bool,
    is_unique: bool,
    is_binary: bool,
    collation: Option<String>,
    charset: Option<String>,
    references: Option<(String, Vec<String>)>,
}

fn option(reader: &mut Reader<'_>, seen: &mut Seen, position: &mut Position) {
    if reader.take("UNSIGNED") {
        seen.is_unsigned = true;
    } else if reader.take("ZEROFILL") {
        seen.is_unsigned = true;
        seen.is_zerofill = true;
    } else if reader.take("INVISIBLE") {
        seen.is_invisible = true;
    } else if reader.take("AUTO_INCREMENT") {
        seen.is_auto_increment = true;
    } else if reader.take("PRIMARY") || reader.take("UNIQUE") {
        seen.is_unique = true;
        reader.take("KEY");
    } else if reader.take("BINARY") {
        seen.is_binary = true;
    } else if reader.take("COLLATE") {
        seen.collation = Some(unquoted(reader));
    } else if reader.take_all(&["CHARACTER", "SET"]) || reader.take("CHARSET") {
        seen.charset = Some(unquoted(reader));
    } else if reader.take("REFERENCES") {
        seen.references = referenced(reader);
    } else if reader.take("FIRST") {
        *position = Position::First;
    } else if reader.take("AFTER") {
        *position = reader.name().map_or(Position::Last, Position::After);
    } else if reader.is(b'(') {
        reader.skip_parentheses();
    } else {
        reader.at += 1;
    }
}

/// `t (a, b)`
pub fn referenced(reader: &mut Reader<'_>) -> Option<(String, Vec<String>)> {
    let table = reader.qualified()?;
    Some((table, reader.columns().unwrap_or_default()))
}

fn unquoted(reader: &mut Reader<'_>) -> String {
    let text = reader.text();
    reader.at += 1;
    text.trim_matches(['\'', '"', '`']).to_lowercase()
}

fn kind(data_type: &str, length: Option<usize>, seen: &Seen) -> ColumnKind {
    if data_type == "serial" {
        return ColumnKind::Integer {
            unsigned: true,
            bits: 64,
        };
    }
    if let Some(integer) = ColumnKind::integer(data_type, seen.is_unsigned) {
        return integer;
    }
    match data_type {
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => ColumnKind::Text {
            collation: Some(collation(seen)),
            length,
        },
        "bool" | "boolean" => ColumnKind::Integer {
            unsigned: false,
            bits: 8,
        },
        other => Moments::of(other, length)
            .map_or_else(|| ColumnKind::Other(other.to_owned()), ColumnKind::DateTime),
    }
}

/// A table's default is seldom a binary one: what is not said is taken to be the servers' usual one.
fn collation(seen: &Seen) -> String {
    match (&seen.collation, &seen.charset) {
        (Some(collation), _) => collation.clone(),
        (None, Some(charset)) if seen.is_binary => format!("{charset}_bin"),
        (None, Some(charset)) => format!("{charset}_general_ci"),
        (None, None) if seen.is_binary => "utf8mb4_bin".to_owned(),
        (None, None) => "utf8mb4_general_ci".to_owned(),
    }
}
