//! The generated key in the text of an INSERT (contract 9.3).

use crate::model::ShardingValue;
use crate::route::{
    KeyNeed, KeyPlace, Refusal, RefusalCode, RouteInput, inserted_rows, target_insert,
};
use crate::sql::{Insert, InsertSource, Row};

use super::edit::Edit;
use super::names::{insert, quoted, replace, span};

/// Adds the edits that put the generated keys in.
///
/// # Errors
/// 20020 when there are fewer keys than rows that need one.
pub(super) fn add_generated_keys(
    input: &RouteInput<'_>,
    edits: &mut Vec<Edit>,
) -> Result<(), Refusal> {
    let Some(shape) = target_insert(&input.statement.kind) else {
        return Ok(());
    };
    let Some(need) = KeyNeed::of(input)?.filter(|need| need.count() > 0) else {
        return Ok(());
    };
    let rows = inserted_rows(shape).unwrap_or_default();
    for (row, index) in need
        .rows
        .iter()
        .filter_map(|index| Some((rows.get(*index)?, *index)))
    {
        let Some(key) = need.key_of(index, input.generated) else {
            return Err(Refusal::new(
                RefusalCode::KeyMissing,
                format!(
                    "no key was generated for {} of row {}",
                    need.column,
                    index + 1
                ),
            ));
        };
        edits.push(in_row(input, shape, &need, row, key));
    }
    if need.place != KeyPlace::Unlisted && need.place != KeyPlace::Short {
        return Ok(());
    }
    edits.extend(in_column_list(input, shape, &need));
    Ok(())
}

fn in_row(
    input: &RouteInput<'_>,
    shape: &Insert,
    need: &KeyNeed<'_>,
    row: &Row,
    key: &ShardingValue,
) -> Edit {
    if let KeyPlace::At(position) = need.place
        && let Some((_, first, last)) = row.values.get(position)
    {
        return replace(
            span(input, *first).start..span(input, *last).end,
            literal(key),
        );
    }
    let mut text = if row.values.is_empty() {
        Vec::new()
    } else {
        b", ".to_vec()
    };
    if matches!(shape.source, InsertSource::Set(_)) {
        text.extend(quoted(need.column));
        text.extend(b" = ");
        text.extend(literal(key));
        return insert(span(input, row.close_token).end, text);
    }
    text.extend(literal(key));
    insert(span(input, row.close_token).start, text)
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
        names.extend(columns.columns.iter().map(|column| column.name.as_str()));
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
    match key {
        ShardingValue::Int(value) => value.to_string().into_bytes(),
        // generated texts are hexadecimal digits: nothing to escape, and nothing else is let through
        ShardingValue::Text(text) => {
            let digits: String = text
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            format!("'{digits}'").into_bytes()
        }
    }
}
