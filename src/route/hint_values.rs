//! Sharding values that hints give to tables with a `hint` strategy (contract 6).

use crate::model::ShardingValue;
use crate::rule::{self, Layout, ShardedTable, Strategy, TableRule};
use crate::sql::HintValue;

use super::input::RouteInput;
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;

/// A level of a two-level layout, and how the configuration and hints call it.
struct Level {
    /// The key of hints.
    hint: &'static str,
    /// The key of a table's rule.
    strategy: &'static str,
    is_hinted: fn(&ShardedTable) -> bool,
}

const DATABASES: Level = Level {
    hint: "SHARDING_DATABASE_VALUE",
    strategy: "databaseStrategy",
    is_hinted: |table| match &table.layout {
        Layout::TwoLevel(two) => matches!(two.database.strategy, Strategy::Hint { .. }),
        Layout::Auto(_) => false,
    },
};
const TABLES: Level = Level {
    hint: "SHARDING_TABLE_VALUE",
    strategy: "tableStrategy",
    is_hinted: |table| match &table.layout {
        Layout::TwoLevel(two) => matches!(two.table.strategy, Strategy::Hint { .. }),
        Layout::Auto(_) => false,
    },
};

/// Refuses values that no table of the statement takes: never a silent nothing.
///
/// # Errors
/// 29004
pub fn check(input: &RouteInput<'_>) -> Result<(), Refusal> {
    let wishes = input.wishes;
    if wishes.database_values.is_empty() && wishes.table_values.is_empty() {
        return Ok(());
    }
    for (level, values) in [
        (DATABASES, wishes.database_values),
        (TABLES, wishes.table_values),
    ] {
        if let Some(value) = values.iter().find(|value| !is_taken(input, &level, value)) {
            return Err(not_taken(&level, value));
        }
    }
    Ok(())
}

fn is_taken(input: &RouteInput<'_>, level: &Level, value: &HintValue) -> bool {
    let mut tables = input.statement.tables.iter();
    tables.any(|reference| match input.database.table(&reference.name) {
        Some(TableRule::Sharded(table)) => is_for(value, table) && (level.is_hinted)(table),
        _ => false,
    })
}

fn not_taken(level: &Level, value: &HintValue) -> Refusal {
    let whose = value.table.as_deref().map_or_else(
        || "no table of the statement has".to_owned(),
        |table| format!("{table} is no table of the statement that has"),
    );
    let text = format!(
        "the hint {} is not used: {whose} `{}: {{ hint: ... }}`; write the value into the condition instead",
        level.hint, level.strategy
    );
    Refusal::new(RefusalCode::UnknownHint, text)
}

fn is_for(value: &HintValue, table: &ShardedTable) -> bool {
    let name = value.table.as_deref();
    name.is_none_or(|name| name.eq_ignore_ascii_case(&table.name))
}

/// The values for `table`; one that names the table goes before one for all.
#[must_use]
pub fn of_table(input: &RouteInput<'_>, table: &ShardedTable) -> rule::Hints {
    let pick = |values: &[HintValue]| -> Vec<ShardingValue> {
        let fitting = values.iter().filter(|value| is_for(value, table));
        let own = fitting.max_by_key(|value| value.table.is_some());
        own.map(|value| sharding_value(&value.value))
            .into_iter()
            .collect()
    };
    rule::Hints {
        database: pick(input.wishes.database_values),
        table: pick(input.wishes.table_values),
    }
}

/// The hints that `table`'s strategies ask for, and that the statement does not give.
#[must_use]
pub fn missing(input: &RouteInput<'_>, table: &ShardedTable) -> Vec<&'static str> {
    let given = of_table(input, table);
    let levels = [(DATABASES, given.database), (TABLES, given.table)];
    let lacks = levels
        .into_iter()
        .filter(|(level, values)| (level.is_hinted)(table) && values.is_empty());
    lacks.map(|(level, _)| level.hint).collect()
}

/// Digits are a number, as in ShardingSphere.
fn sharding_value(text: &str) -> ShardingValue {
    match text.parse() {
        Ok(number) => ShardingValue::Int(number),
        Err(_) => ShardingValue::Text(text.to_owned()),
    }
}
