//! Table names in the text: actual for logical, and no schema where the connection's is right (contract 10.4).

use std::ops::Range;
use std::sync::Arc;

use crate::model::ShortList;
use crate::route::{Refusal, RouteInput, RouteUnit};
use crate::rule::TableRule;
use crate::sql::{Kind, Lexed, Qualifier, TableRef};

use super::edit::Edit;
use super::union::{Inserted, derive};

/// Adds the edits that make the statement's names those of `unit`.
///
/// # Errors
/// As [`derive`].
pub(super) fn rename(
    input: &RouteInput<'_>,
    unit: &RouteUnit,
    edits: &mut Vec<Edit>,
) -> Result<Vec<Inserted>, Refusal> {
    let statement = input.statement;
    let mut inserted = Vec::new();
    for (index, table) in statement.tables.iter().enumerate() {
        if unit.has_several(index) {
            inserted.push(derive(input, unit, index, table, edits)?);
            continue;
        }
        table_name(input, table, actual_name(unit, index), edits);
    }
    for qualifier in &statement.qualifiers {
        let index = usize::from(qualifier.table);
        let Some(table) = statement.tables.get(index) else {
            continue;
        };
        qualifier_name(input, table, qualifier, actual_name(unit, index), edits);
    }
    if let Kind::Ddl(ddl) = &statement.kind
        && let Some((_, actual)) = unit.tables.first()
    {
        // a constraint's name is unique per schema on the server: each actual table gets its own (contract 10.3)
        let constraint = |(name, token): &(String, u32)| {
            replace(span(input, *token), quoted(&format!("{name}_{actual}")))
        };
        edits.extend(ddl.constraints.iter().map(constraint));
    }
    Ok(inserted)
}

/// Actual -> logical name of each table that `unit` renames, once each.
pub(super) fn renamed_tables(
    input: &RouteInput<'_>,
    unit: &RouteUnit,
) -> ShortList<(Arc<str>, Arc<str>)> {
    let mut names: Vec<(Arc<str>, Arc<str>)> = Vec::with_capacity(unit.tables.len());
    for (index, actual) in &unit.tables {
        let Some(table) = input.statement.tables.get(usize::from(*index)) else {
            continue;
        };
        let logical = match input.database.table(&table.name) {
            Some(TableRule::Sharded(rule)) => Arc::clone(&rule.name),
            Some(rule) => rule.name().into(),
            None => table.name.as_str().into(),
        };
        let is_known = names.iter().any(|(known, _)| known == actual);
        if !is_known && *actual != logical {
            names.push((Arc::clone(actual), logical));
        }
    }
    names.into()
}

/// `` `name` ``, with backticks in it doubled.
pub(super) fn quoted(name: &str) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(name.len() + 2);
    push_quoted(name.as_bytes(), &mut quoted);
    quoted
}

pub(super) fn push_quoted(name: &[u8], out: &mut Vec<u8>) {
    out.reserve(name.len() + 2);
    out.push(b'`');
    // no look at where it is: few names have one
    if name
        .iter()
        .fold(true, |plain, byte| plain & (*byte != b'`'))
    {
        out.extend_from_slice(name);
        out.push(b'`');
        return;
    }
    for part in name.split_inclusive(|byte| *byte == b'`') {
        out.extend_from_slice(part);
        if part.ends_with(b"`") {
            out.push(b'`');
        }
    }
    out.push(b'`');
}

/// `` AS `name` ``, the name in the client's character set.
pub(super) fn alias(name: &[u8]) -> Vec<u8> {
    const AS: &[u8] = b" AS ";
    let mut alias = Vec::with_capacity(AS.len() + name.len() + 2);
    alias.extend_from_slice(AS);
    push_quoted(name, &mut alias);
    alias
}

/// The bytes of a token.
pub(super) fn span(input: &RouteInput<'_>, token: u32) -> Range<usize> {
    span_of(input.lexed, token)
}

pub(super) fn span_of(lexed: &Lexed, token: u32) -> Range<usize> {
    let token = usize::try_from(token)
        .ok()
        .and_then(|index| lexed.tokens.get(index));
    token.map_or(0..0, |token| token.start as usize..token.end as usize)
}

pub(super) fn replace(range: Range<usize>, with: Vec<u8>) -> Edit {
    Edit { range, with }
}

pub(super) fn insert(at: usize, with: Vec<u8>) -> Edit {
    Edit {
        range: at..at,
        with,
    }
}

fn actual_name(unit: &RouteUnit, index: usize) -> Option<&str> {
    let table = unit
        .tables
        .iter()
        .find(|(table, _)| usize::from(*table) == index);
    table.map(|(_, actual)| &**actual)
}

fn table_name(
    input: &RouteInput<'_>,
    table: &TableRef,
    actual: Option<&str>,
    edits: &mut Vec<Edit>,
) {
    let name = span(input, table.name_token);
    let actual = actual.filter(|actual| *actual != table.name);
    let start = match table.schema_token.filter(|_| drops_schema(input, table)) {
        // SHOW COLUMNS FROM t FROM db: the word before it goes too
        Some(schema) if schema > table.name_token => {
            edits.push(replace(
                span(input, schema.saturating_sub(1)).start..span(input, schema).end,
                Vec::new(),
            ));
            name.start
        }
        Some(schema) => span(input, schema).start,
        None => name.start,
    };
    let Some(actual) = actual else {
        if start < name.start {
            edits.push(replace(start..name.start, Vec::new()));
        }
        return;
    };
    edits.push(replace(start..name.end, quoted(actual)));
    if table.alias.is_none() && table.takes_alias {
        edits.push(insert(
            span(input, table.last_token).end,
            alias(table.name.as_bytes()),
        ));
    }
}

/// With an alias in place a qualifier keeps the table's name; where none can stand it is renamed.
fn qualifier_name(
    input: &RouteInput<'_>,
    table: &TableRef,
    qualifier: &Qualifier,
    actual: Option<&str>,
    edits: &mut Vec<Edit>,
) {
    let name = span(input, qualifier.name_token);
    let start = match qualifier
        .schema_token
        .filter(|_| drops_schema(input, table))
    {
        Some(schema) => span(input, schema).start,
        None => name.start,
    };
    let actual = actual
        .filter(|actual| *actual != table.name && table.alias.is_none() && !table.takes_alias);
    match actual {
        Some(actual) => edits.push(replace(start..name.end, quoted(actual))),
        None if start < name.start => edits.push(replace(start..name.start, Vec::new())),
        None => {}
    }
}

/// The logical database's name means nothing to a server; its own schemas' names do.
pub(super) fn drops_schema(input: &RouteInput<'_>, table: &TableRef) -> bool {
    let name = &input.database.name;
    // a qualifier may carry the schema where the table reference does not
    table
        .schema
        .as_deref()
        .is_none_or(|schema| schema.eq_ignore_ascii_case(name))
}
