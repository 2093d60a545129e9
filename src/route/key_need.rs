//! Which rows of an INSERT lack the key that the proxy generates (contract 9.3).

use crate::model::{ColumnKind, ShardingValue, ShortList};
use crate::rule::{GeneratedKey, KeySpec, ShardedTable, TableRule};
use crate::sql::{Insert, InsertSource, Kind, Operand, Row};

use super::input::RouteInput;
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::value::{Reading, Worth};

/// How an INSERT names its columns, as far as the generated key is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// The rows hold a value for it at this position.
    At(usize),
    /// The column list (or SET) lacks it.
    Unlisted,
    /// There is no column list, and the rows are one value short: all columns but the key.
    Short,
}

/// The generated keys that an INSERT needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyNeed<'a> {
    /// The logical table, as its rule spells it.
    table: &'a str,
    /// The key's column.
    pub column: &'a str,
    /// Where it stands.
    pub place: KeyPlace,
    /// Indices of the rows that need one, ascending; the n-th takes the n-th generated key.
    pub rows: ShortList<usize>,
}

/// Where the rows of an INSERT hold the key, and how its values are read: the same in all texts of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyColumn {
    place: KeyPlace,
    reading: Reading,
}

impl KeyColumn {
    pub(super) fn place(self) -> KeyPlace {
        self.place
    }

    /// Indices of the rows that lack a key.
    fn lacking(self, rows: &[Row], input: &RouteInput<'_>) -> ShortList<usize> {
        let lacks = |row: &Row| match self.place {
            KeyPlace::At(position) => row
                .values
                .get(position)
                .is_none_or(|(operand, ..)| counts_as_absent(*operand, self.reading, input)),
            KeyPlace::Unlisted | KeyPlace::Short => true,
        };
        let rows = rows.iter().enumerate();
        rows.filter(|(_, row)| lacks(row))
            .map(|(index, _)| index)
            .collect()
    }
}

impl<'a> KeyNeed<'a> {
    /// What the statement needs; `None` when it is no INSERT of rows into a table with a generated
    /// key, or is sent as it is.
    ///
    /// # Errors
    /// 1136 when the rows' width fits neither with nor without the key, 29002 when an INSERT without
    /// column list meets a table whose columns are not known.
    pub fn of(input: &RouteInput<'a>) -> Result<Option<Self>, Refusal> {
        let Some((insert, table)) = keyed_insert(input) else {
            return Ok(None);
        };
        let (Some(key), Some(rows)) = (table.key.as_ref(), inserted_rows(insert)) else {
            return Ok(None);
        };
        let column = key_column(input, insert, table, key)?;
        Ok(Some(Self::by_column(column, table, key, rows, input)))
    }

    /// The need of rows whose key is `key`'s, at `column`.
    pub(super) fn by_column(
        column: KeyColumn,
        table: &'a ShardedTable,
        key: &'a GeneratedKey,
        rows: &[Row],
        input: &RouteInput<'_>,
    ) -> Self {
        Self {
            table: &table.name,
            column: &key.column,
            place: column.place,
            rows: column.lacking(rows, input),
        }
    }

    /// The logical table, as its rule spells it.
    #[must_use]
    pub fn table_name(&self) -> &'a str {
        self.table
    }

    /// How many keys must be generated.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// The generated key of row `row`, if it takes one.
    #[must_use]
    pub fn key_of<'k>(
        &self,
        row: usize,
        generated: &'k [ShardingValue],
    ) -> Option<&'k ShardingValue> {
        let nth = self.rows.binary_search(&row).ok()?;
        generated.get(nth)
    }
}

/// The INSERT of a statement, also of an explained one.
#[must_use]
pub fn target_insert(kind: &Kind) -> Option<&Insert> {
    match kind {
        Kind::Insert(insert) => Some(insert),
        Kind::Explain { inner, .. } => target_insert(inner),
        _ => None,
    }
}

/// The rows of an INSERT, also the one of `SET`; `None` for INSERT ... SELECT.
#[must_use]
pub fn inserted_rows(insert: &Insert) -> Option<&[Row]> {
    match &insert.source {
        InsertSource::Rows(rows) => Some(rows),
        InsertSource::Set(row) => Some(std::slice::from_ref(row)),
        InsertSource::Select(_) => None,
    }
}

/// The table's columns by the servers' metadata, for an INSERT without column list.
///
/// # Errors
/// 29002 when they are not known.
pub fn ordered_columns<'a>(
    input: &RouteInput<'a>,
    table: &ShardedTable,
) -> Result<Vec<&'a str>, Refusal> {
    let Some(columns) = input.schema.table(&table.name) else {
        let text = format!(
            "the columns of {} are not known yet: give the INSERT a column list",
            table.name
        );
        return Err(Refusal::new(RefusalCode::NotUnderstood, text));
    };
    Ok(columns
        .columns
        .iter()
        .filter(|column| !column.is_invisible)
        .map(|column| column.name.as_str())
        .collect())
}

fn keyed_insert<'a>(input: &RouteInput<'a>) -> Option<(&'a Insert, &'a ShardedTable)> {
    if input.wishes.data_source.is_some() || input.wishes.skip_rewrite {
        return None;
    }
    let insert = target_insert(&input.statement.kind)?;
    let reference = input.statement.tables.get(usize::from(insert.table))?;
    match input.database.table(&reference.name)? {
        TableRule::Sharded(table) => Some((insert, table)),
        _ => None,
    }
}

/// Where an INSERT's rows hold the key.
///
/// # Errors
/// As [`KeyNeed::of`].
pub(super) fn key_column(
    input: &RouteInput<'_>,
    insert: &Insert,
    table: &ShardedTable,
    key: &GeneratedKey,
) -> Result<KeyColumn, Refusal> {
    let rows = inserted_rows(insert).unwrap_or_default();
    Ok(KeyColumn {
        place: place(input, insert, table, &key.column, rows)?,
        reading: key_reading(input, table, &key.column, &key.generator),
    })
}

fn place(
    input: &RouteInput<'_>,
    insert: &Insert,
    table: &ShardedTable,
    key: &str,
    rows: &[Row],
) -> Result<KeyPlace, Refusal> {
    if let Some(columns) = &insert.columns {
        let listed = columns
            .iter()
            .position(|(name, _)| name.eq_ignore_ascii_case(key));
        return Ok(listed.map_or(KeyPlace::Unlisted, KeyPlace::At));
    }
    let columns = ordered_columns(input, table)?;
    let Some(position) = columns
        .iter()
        .position(|name| name.eq_ignore_ascii_case(key))
    else {
        return Ok(KeyPlace::Unlisted);
    };
    let width = rows.first().map_or(0, |row| row.values.len());
    match width {
        0 => Ok(KeyPlace::Unlisted),
        width if width == columns.len() => Ok(KeyPlace::At(position)),
        width if width + 1 == columns.len() => Ok(KeyPlace::Short),
        _ => Err(column_count(1)),
    }
}

/// 1136 as the server words it.
#[must_use]
pub fn column_count(row: usize) -> Refusal {
    Refusal::new(
        RefusalCode::ColumnCount,
        format!("Column count doesn't match value count at row {row}"),
    )
}

fn key_reading(
    input: &RouteInput<'_>,
    table: &ShardedTable,
    key: &str,
    generator: &KeySpec,
) -> Reading {
    let known = input
        .schema
        .table(&table.name)
        .and_then(|columns| columns.column(key))
        .map(|column| &column.kind);
    let is_number = match known {
        Some(kind) => matches!(kind, ColumnKind::Integer { .. }),
        None => matches!(generator, KeySpec::Snowflake { .. }),
    };
    if is_number {
        Reading::Integer {
            quoted_is_text: false,
        }
    } else {
        Reading::Never
    }
}

/// NULL, DEFAULT and, unless `NO_AUTO_VALUE_ON_ZERO` is on, 0 (contract 9.3).
fn counts_as_absent(operand: Operand, reading: Reading, input: &RouteInput<'_>) -> bool {
    match reading.worth(operand, input) {
        Worth::Null | Worth::Default => true,
        Worth::Value(ShardingValue::Int(0)) => !input.keeps_zero,
        Worth::Value(_) | Worth::Unknown => false,
    }
}
