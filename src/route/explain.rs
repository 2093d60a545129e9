//! What is known of a statement's tables, told: for `explain`, and for the lines that say why a statement goes where it
//! goes.

use crate::rule::{ShardedTable, ValueSet};

use super::choice::choose;
use super::input::RouteInput;
use super::key_need::target_insert;
use super::known::Solver;
use super::scope::{Bound, Class, Scope};

/// Values of a set, and nodes of a table, that are told one by one.
const SHOWN: usize = 8;

/// Said of a value that the table's own query block does not give.
pub const CARRIED: &str = " (carried from another query block)";

/// A table of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldTable {
    /// As the statement writes it.
    pub name: String,
    /// Its alias.
    pub alias: Option<String>,
    /// `sharded`, `broadcast`, `local`, `single` or `system`.
    pub kind: &'static str,
    /// How many data nodes it has; 0 unless it is sharded.
    pub nodes: usize,
    /// What is known of its sharding columns.
    pub columns: Vec<ToldColumn>,
    /// The nodes that can hold the rows it asks for; `None` where each row decides, or that cannot be told.
    pub candidates: Option<Candidates>,
    /// Why its values cannot be read.
    pub fault: Option<String>,
}

/// A sharding column of a table in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldColumn {
    /// Its name.
    pub name: String,
    /// `= 5`, `in (1, 2)`, `>= 7`; `None` where nothing is known.
    pub known: Option<String>,
    /// It is not known from the table's own query block alone, but from one around it or inside it.
    pub is_carried: bool,
}

/// Nodes of a table that can hold rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// How many.
    pub count: usize,
    /// The first of them, `ds_3.inv_stock_53`.
    pub first: Vec<String>,
}

/// Every table of a statement with what is known of it; a fault of the whole statement is left to
/// [`super::route`] to tell.
#[must_use]
pub fn told_tables(input: &RouteInput<'_>) -> Vec<ToldTable> {
    if input.wishes.data_source.is_some() {
        return Vec::new();
    }
    let Ok(scope) = Scope::of(input) else {
        return Vec::new();
    };
    let filled = target_insert(&input.statement.kind).map(|insert| usize::from(insert.table));
    let tables = scope.tables.iter().enumerate();
    tables
        .map(|(index, bound)| match bound.class {
            Class::Sharded(table) if filled == Some(index) => by_rows(bound, table),
            Class::Sharded(table) => by_conditions(&scope, index, bound, table),
            Class::Broadcast(_) => plain(bound, "broadcast"),
            Class::Local(_) => plain(bound, "local"),
            Class::Single(_) => plain(bound, "single"),
            Class::System => plain(bound, "system"),
        })
        .collect()
}

fn plain(bound: &Bound<'_>, kind: &'static str) -> ToldTable {
    ToldTable {
        name: bound.reference.name.clone(),
        alias: bound.reference.alias.clone(),
        kind,
        nodes: 0,
        columns: Vec::new(),
        candidates: None,
        fault: None,
    }
}

fn by_rows(bound: &Bound<'_>, table: &ShardedTable) -> ToldTable {
    let column = |name: &String| ToldColumn {
        name: name.clone(),
        known: Some("by each row".to_owned()),
        is_carried: false,
    };
    ToldTable {
        nodes: table.nodes.len(),
        columns: table.columns.iter().map(column).collect(),
        ..plain(bound, "sharded")
    }
}

fn by_conditions(
    scope: &Scope<'_>,
    index: usize,
    bound: &Bound<'_>,
    table: &ShardedTable,
) -> ToldTable {
    let column = |name: &String| {
        let known = known(scope, index, bound, name);
        ToldColumn {
            name: name.clone(),
            known: known.as_ref().map(|(set, _)| set_text(set)),
            is_carried: known.is_some_and(|(_, is_carried)| is_carried),
        }
    };
    let chosen = choose(scope, index, table);
    let name = |node: &usize| {
        let node = table.nodes.get(*node)?;
        let group = scope.input.database.group(node.source)?;
        Some(format!("{}.{}", group.name, node.table))
    };
    ToldTable {
        nodes: table.nodes.len(),
        columns: table.columns.iter().map(column).collect(),
        candidates: chosen.as_ref().ok().map(|choice| Candidates {
            count: choice.nodes.len(),
            first: choice.nodes.iter().take(SHOWN).filter_map(name).collect(),
        }),
        fault: chosen.err().map(|refusal| refusal.message),
        ..plain(bound, "sharded")
    }
}

/// What is known of a sharding column, and whether another query block than the table's own says so.
fn known(
    scope: &Scope<'_>,
    index: usize,
    bound: &Bound<'_>,
    name: &str,
) -> Option<(ValueSet, bool)> {
    let reading = bound.reading(name).ok()?;
    let set = Solver::new(scope).known(index, name, reading)?;
    let own = Solver::of_one_block(scope).known(index, name, reading);
    let is_carried = own.as_ref() != Some(&set);
    Some((set, is_carried))
}

/// `sku_id = 5, warehouse_id in (1, 2)`: what is known of a table reference's sharding columns.
#[must_use]
pub fn values(scope: &Scope<'_>, index: usize, table: &ShardedTable) -> String {
    let Some(bound) = scope.tables.get(index) else {
        return String::new();
    };
    let line = |name: &String| {
        let (set, is_carried) = known(scope, index, bound, name)?;
        let whence = if is_carried { CARRIED } else { "" };
        Some(format!("{name} {}{whence}", set_text(&set)))
    };
    table
        .columns
        .iter()
        .filter_map(line)
        .collect::<Vec<_>>()
        .join(", ")
}

fn set_text(set: &ValueSet) -> String {
    match set {
        ValueSet::Points(points) => match points.as_slice() {
            [point] => format!("= {point}"),
            points => {
                let shown: Vec<String> =
                    points.iter().take(SHOWN).map(ToString::to_string).collect();
                let more = match points.len().saturating_sub(SHOWN) {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                format!("in ({}{more})", shown.join(", "))
            }
        },
        ValueSet::Range { lower, upper } => {
            let lower = lower
                .as_ref()
                .map(|(value, is_in)| format!("{} {value}", if *is_in { ">=" } else { ">" }));
            let upper = upper
                .as_ref()
                .map(|(value, is_in)| format!("{} {value}", if *is_in { "<=" } else { "<" }));
            lower
                .into_iter()
                .chain(upper)
                .collect::<Vec<_>>()
                .join(" and ")
        }
    }
}
