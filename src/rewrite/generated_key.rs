//! The generated key in the text of an INSERT (contract 9.3).

use std::io::Write;
use std::ops::Range;

use crate::model::ShardingValue;
use crate::route::{
    KeyNeed, KeyPlace, Refusal, RefusalCode, RouteInput, inserted_rows, target_insert,
};
use crate::sql::{Insert, InsertSource, Operand, Row, TokenKind};

use super::edit::Edit;
use super::names::{insert, quoted, span};
use super::plan::ParamSource;

/// Adds the edits that put the generated keys in, into the rows `kept` only (empty: all); in a prepared statement a key
/// is a parameter, so that the text is the same from key to key.
///
/// # Errors
/// 20020 when there are fewer keys than rows that need one.
pub(super) fn add_generated_keys(
    input: &RouteInput<'_>,
    kept: &[u32],
    edits: &mut Vec<Edit>,
) -> Result<Option<Vec<ParamSource>>, Refusal> {
    let Some(shape) = target_insert(&input.statement.kind) else {
        return Ok(None);
    };
    let Some(need) = KeyNeed::of(input)?.filter(|need| need.count() > 0) else {
        return Ok(None);
    };
    let rows = inserted_rows(shape).unwrap_or_default();
    let mut parameters = Parameters::of(input);
    for (taken, index) in need.rows.iter().enumerate() {
        let Some(row) = rows.get(*index) else {
            continue;
        };
        if !is_kept(kept, *index) {
            continue;
        }
        let Some(key) = input.generated.get(taken) else {
            return Err(Refusal::new(
                RefusalCode::KeyMissing,
                format!(
                    "no key was generated for {} of row {}",
                    need.column,
                    index + 1
                ),
            ));
        };
        edits.extend(in_row(input, shape, &need, row, key, &mut parameters));
    }
    if need.place == KeyPlace::Unlisted || need.place == KeyPlace::Short {
        edits.extend(in_column_list(input, shape, &need));
    }
    Ok(parameters.sources())
}

/// A key among the client's parameters.
struct KeyParameter {
    /// The client's parameter whose place it takes, or that it goes before.
    index: usize,
    is_new: bool,
    value: ShardingValue,
}

/// `kept` are the rows of one node, ascending; empty: all.
fn is_kept(kept: &[u32], row: usize) -> bool {
    kept.is_empty() || u32::try_from(row).is_ok_and(|row| kept.binary_search(&row).is_ok())
}

/// Where the client's parameters stand, and the keys put among them.
struct Parameters {
    /// Offset of each `?`; `None` for a text that was not prepared.
    starts: Option<Vec<u32>>,
    keys: Vec<KeyParameter>,
}

impl Parameters {
    fn of(input: &RouteInput<'_>) -> Self {
        let starts = || {
            let tokens = input.lexed.tokens.iter();
            tokens
                .filter(|token| token.kind == TokenKind::Parameter)
                .map(|token| token.start)
                .collect()
        };
        Self {
            starts: input.params.map(|_| starts()),
            keys: Vec::new(),
        }
    }

    /// All parameters of the text; `None` where they are the client's alone.
    fn sources(self) -> Option<Vec<ParamSource>> {
        let clients = self.starts.map_or(0, |starts| starts.len());
        if self.keys.is_empty() {
            return None;
        }
        let mut sources = Vec::with_capacity(clients + self.keys.len());
        let mut keys = self.keys.into_iter().peekable();
        for index in 0..=clients {
            while let Some(key) = keys.next_if(|key| key.is_new && key.index == index) {
                sources.push(ParamSource::Made {
                    value: key.value,
                    instead_of: None,
                });
            }
            if index == clients {
                break;
            }
            sources.push(match keys.next_if(|key| key.index == index) {
                Some(key) => ParamSource::Made {
                    value: key.value,
                    instead_of: Some(index),
                },
                None => ParamSource::Client(index),
            });
        }
        Some(sources)
    }

    /// What stands for a key at offset `at` of the text: the key itself, or a parameter that carries it.
    fn stand_in(&mut self, key: &ShardingValue, at: usize) -> Vec<u8> {
        let Some(starts) = &self.starts else {
            return literal(key);
        };
        let index = starts.partition_point(|start| (*start as usize) < at);
        self.keys.push(KeyParameter {
            index,
            is_new: true,
            value: key.clone(),
        });
        b"?".to_vec()
    }
}

/// Where a key goes into the text, behind what stands before it there.
pub(super) struct KeyPosition {
    pub(super) range: Range<usize>,
    pub(super) before: Vec<u8>,
}

fn in_row(
    input: &RouteInput<'_>,
    shape: &Insert,
    need: &KeyNeed<'_>,
    row: &Row,
    key: &ShardingValue,
    parameters: &mut Parameters,
) -> Option<Edit> {
    if let KeyPlace::At(position) = need.place
        && let Some((Operand::Parameter(index), ..)) = row.values.get(position)
        && parameters.starts.is_some()
    {
        parameters.keys.push(KeyParameter {
            index: usize::from(*index),
            is_new: false,
            value: key.clone(),
        });
        return None;
    }
    let KeyPosition { range, before } = key_position(input, shape, need, row);
    let mut with = before;
    with.extend(parameters.stand_in(key, range.start));
    Some(Edit { range, with })
}

/// Where `row` gets its key.
pub(super) fn key_position(
    input: &RouteInput<'_>,
    shape: &Insert,
    need: &KeyNeed<'_>,
    row: &Row,
) -> KeyPosition {
    if let KeyPlace::At(position) = need.place
        && let Some((_, first, last)) = row.values.get(position)
    {
        let range = span(input, *first).start..span(input, *last).end;
        return KeyPosition {
            range,
            before: Vec::new(),
        };
    }
    let mut before = if row.values.is_empty() {
        Vec::new()
    } else {
        b", ".to_vec()
    };
    let close = span(input, row.close_token);
    let at = if matches!(shape.source, InsertSource::Set(_)) {
        before.extend(quoted(need.column));
        before.extend(b" = ");
        close.end
    } else {
        close.start
    };
    KeyPosition {
        range: at..at,
        before,
    }
}

/// The column's name at the end of the column list, or a whole list where there is none.
fn in_column_list(input: &RouteInput<'_>, shape: &Insert, need: &KeyNeed<'_>) -> Option<Edit> {
    if matches!(shape.source, InsertSource::Set(_)) {
        return None;
    }
    if let Some((_, close)) = shape.column_list {
        let is_empty = shape.columns.as_ref().is_none_or(Vec::is_empty);
        let mut text = if is_empty { Vec::new() } else { b", ".to_vec() };
        text.extend(quoted(need.column));
        return Some(insert(span(input, close).start, text));
    }
    let table = input.statement.tables.get(usize::from(shape.table))?;
    let mut names: Vec<&str> = Vec::new();
    if need.place == KeyPlace::Short {
        let columns = input.schema.table(&table.name)?;
        let visible = columns.columns.iter().filter(|column| !column.is_invisible);
        names.extend(visible.map(|column| column.name.as_str()));
        names.retain(|name| !name.eq_ignore_ascii_case(need.column));
    }
    names.push(need.column);
    let list: Vec<Vec<u8>> = names.into_iter().map(quoted).collect();
    let mut text = b" (".to_vec();
    text.extend(list.join(&b", "[..]));
    text.push(b')');
    Some(insert(span(input, table.last_token).end, text))
}

fn literal(key: &ShardingValue) -> Vec<u8> {
    let mut literal = Vec::new();
    push_literal(key, &mut literal);
    literal
}

/// Appends a generated key as the text has it.
pub(super) fn push_literal(key: &ShardingValue, out: &mut Vec<u8>) {
    match key {
        ShardingValue::Int(value) => {
            let written = match u64::try_from(*value) {
                // the formatter of wide integers is slow
                Ok(id) => write!(out, "{id}"),
                Err(_) => write!(out, "{value}"),
            };
            debug_assert!(written.is_ok(), "memory takes whatever is written");
        }
        // generated texts are hexadecimal digits: nothing to escape, and nothing else is let through
        ShardingValue::Text(text) => {
            let digits = text.bytes();
            let digits = digits.filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
            out.push(b'\'');
            out.extend(digits);
            out.push(b'\'');
        }
    }
}
