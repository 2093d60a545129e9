//! Column definitions as a client may see them: logical names for actual ones.

use std::sync::Arc;

use crate::protocol::{
    ColumnDefinition, ColumnSource, ProtocolError, write_packet, write_packet_with,
};
use crate::rewrite::DerivedTable;

use super::joined::Joined;

/// Names that an answer may show, as pairs of actual and logical.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnswerNames<'a> {
    /// Schemas.
    pub schemas: &'a [(String, String)],
    /// Tables.
    pub tables: &'a [(Arc<str>, Arc<str>)],
    /// References that are derived tables at the server, but tables to the client.
    pub derived: &'a [DerivedTable],
    /// The result set that the answer is a part of, if it is not a whole one.
    pub joined: Option<&'a Joined>,
}

/// Where the column's length stands: in front of type, flags, decimals and two bytes of nothing.
const LENGTH_FROM_END: usize = 10;

/// Names may be longer than those that they stand for.
const HEAD_ROOM: usize = 32;

/// Edits the column definitions of one result. Neighbors mostly come of one table: what they have in common is read
/// and edited once.
#[derive(Debug, Default)]
pub(super) struct ShownColumns {
    /// The fields up to the table's own name, as the last definition had them, and behind them the same with
    /// logical names.
    heads: Vec<u8>,
    /// Where the second begins.
    logical: usize,
}

impl ShownColumns {
    /// Appends the definition `payload` as a packet; behind the last one of a result nothing is remembered.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn write(
        &mut self,
        payload: &[u8],
        names: AnswerNames<'_>,
        is_last: bool,
        out: &mut Vec<u8>,
        sequence: &mut u8,
    ) -> Result<(), ProtocolError> {
        if names.schemas.is_empty() && names.tables.is_empty() && names.derived.is_empty() {
            write_packet(out, sequence, payload);
            return Ok(());
        }
        if !names.derived.is_empty() {
            let shown = shown_column(payload, names)?;
            write_packet(out, sequence, &shown);
            return Ok(());
        }
        // each field carries its length: equal bytes are equal fields
        let known = self.heads.get(..self.logical).unwrap_or_default();
        let tail = match payload.strip_prefix(known) {
            Some(tail) if !known.is_empty() => tail,
            _ if is_last => {
                let source = logical_source(payload, names)?;
                write_packet_with(out, sequence, |out| source.write(out));
                return Ok(());
            }
            _ => self.edit(payload, names)?,
        };
        let head = self.heads.get(self.logical..).unwrap_or_default();
        write_packet_with(out, sequence, |out| {
            out.extend_from_slice(head);
            out.extend_from_slice(tail);
        });
        Ok(())
    }

    /// Keeps both heads of `payload` and returns the rest.
    fn edit<'p>(
        &mut self,
        payload: &'p [u8],
        names: AnswerNames<'_>,
    ) -> Result<&'p [u8], ProtocolError> {
        let source = logical_source(payload, names)?;
        let (head, tail) = payload.split_at(payload.len().saturating_sub(source.tail().len()));
        self.heads.clear();
        self.heads.reserve(2 * head.len() + HEAD_ROOM);
        self.heads.extend_from_slice(head);
        self.logical = self.heads.len();
        source.write_head(&mut self.heads);
        Ok(tail)
    }
}

/// The names of the definition `payload`, logical ones.
fn logical_source<'a>(
    payload: &'a [u8],
    names: AnswerNames<'a>,
) -> Result<ColumnSource<'a>, ProtocolError> {
    let mut source = ColumnSource::parse(payload)?;
    source.schema = renamed(source.schema, names.schemas);
    source.table = renamed(source.table, names.tables);
    source.org_table = renamed(source.org_table, names.tables);
    Ok(source)
}

/// The definition `payload` as the client may see it.
///
/// # Errors
/// It cannot be read.
pub fn shown_column(payload: &[u8], names: AnswerNames<'_>) -> Result<Vec<u8>, ProtocolError> {
    let mut source = ColumnSource::parse(payload)?;
    let mut is_boolean = false;
    let is_of_no_table = source.org_table.is_empty();
    let derived = names.derived.iter();
    let derived =
        derived.filter(|derived| is_of_no_table && derived.exposed.as_bytes() == source.table);
    if let Some(derived) = derived.clone().next() {
        source.schema = derived.schema.as_bytes();
        source.org_table = derived.table.as_bytes();
        let name = ColumnDefinition::parse(payload)?.org_name;
        let mut booleans = derived.booleans.iter();
        is_boolean = booleans.any(|column| column.as_bytes().eq_ignore_ascii_case(&name));
    } else {
        source = logical_source(payload, names)?;
    }
    let mut shown = Vec::with_capacity(payload.len() + HEAD_ROOM);
    source.write(&mut shown);
    if is_boolean {
        let length = shown.len().checked_sub(LENGTH_FROM_END);
        if let Some(length) = length.and_then(|at| shown.get_mut(at..at + 4)) {
            length.copy_from_slice(&1_u32.to_le_bytes());
        }
    }
    Ok(shown)
}

fn renamed<'a, N: AsRef<str>>(name: &'a [u8], pairs: &'a [(N, N)]) -> &'a [u8] {
    pairs
        .iter()
        .find(|(actual, _)| {
            let actual = actual.as_ref().as_bytes();
            // servers mostly spell a name as we do
            actual == name || actual.eq_ignore_ascii_case(name)
        })
        .map_or(name, |(_, logical)| logical.as_ref().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(schema: &str, table: &str, name: &str) -> Vec<u8> {
        let definition = ColumnDefinition {
            schema: schema.into(),
            table: table.into(),
            org_table: table.into(),
            org_name: name.into(),
            ..ColumnDefinition::integer(name)
        };
        let mut payload = Vec::new();
        definition.write(&mut payload);
        payload
    }

    #[test]
    fn each_column_has_logical_names_whatever_stood_before_it() {
        let schemas = [("ds_3".to_owned(), "shop".to_owned())];
        let tables = [("t_1", "t"), ("u_12", "u")];
        let tables = tables.map(|(actual, logical)| (actual.into(), logical.into()));
        let names = AnswerNames {
            schemas: &schemas,
            tables: &tables,
            derived: &[],
            joined: None,
        };
        let cases = [
            ("ds_3", "t_1", "a"),
            ("ds_3", "t_1", "b"),
            ("ds_3", "u_12", "b"),
            ("", "", "1"),
            ("", "", "2"),
            ("DS_3", "T_1", "a"),
            ("ds_3", "t_1", ""),
            ("other", "t_1", "c"),
        ];
        let (mut shown, mut out, mut sequence) = (ShownColumns::default(), Vec::new(), 3);
        let (mut expected, mut at) = (Vec::new(), 3);
        for (place, (schema, table, name)) in cases.into_iter().enumerate() {
            let (definition, is_last) = (column(schema, table, name), place > 4);
            shown
                .write(&definition, names, is_last, &mut out, &mut sequence)
                .unwrap();
            let schema = if schema.eq_ignore_ascii_case("ds_3") {
                "shop"
            } else {
                schema
            };
            let table = match table.to_lowercase().as_str() {
                "t_1" => "t",
                "u_12" => "u",
                _ => table,
            };
            write_packet(&mut expected, &mut at, &column(schema, table, name));
        }
        assert_eq!(out, expected);
        assert!(
            shown
                .write(b"\x03de", names, true, &mut out, &mut sequence)
                .is_err()
        );
    }
}
