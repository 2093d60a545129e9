//! The nodes of one sharded table reference.

use crate::rule::{FullRoute, PlaceError, ShardedTable};
use crate::sql::word_is;

use super::hint_values;
use super::known::Solver;
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::scope::Scope;

/// What a statement does with the tables that it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Reads.
    Read,
    /// Writes.
    Write {
        /// UPDATE or DELETE with LIMIT.
        has_limit: bool,
    },
}

/// Where the values of one table reference lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Indices into the table's nodes, ascending; empty when the conditions match nothing.
    pub nodes: Vec<usize>,
    /// The databases' strategy has what it needs.
    pub is_database_known: bool,
    /// The tables' strategy has what it needs.
    pub is_table_known: bool,
}

/// Finds the nodes of reference `index` to `table`.
///
/// # Errors
/// 29002 when the type of a sharding column is not known or not exact.
pub fn choose(scope: &Scope<'_>, index: usize, table: &ShardedTable) -> Result<Choice, Refusal> {
    let Some(bound) = scope.tables.get(index) else {
        return Ok(everywhere(table));
    };
    let mut columns = Vec::with_capacity(table.columns.len());
    for name in &table.columns {
        columns.push((name.as_str(), bound.reading(name)?));
    }
    let mut choice = Choice {
        nodes: Vec::new(),
        is_database_known: true,
        is_table_known: true,
    };
    let hints = hint_values::of_table(scope.input, table);
    for values in Solver::new(scope).alternatives(index, &columns) {
        if values.iter().flatten().any(crate::rule::ValueSet::is_empty) {
            continue;
        }
        let placement = table
            .place_with_hints(&values, &hints)
            .map_err(|error| unplaced(table, &error))?;
        choice.is_database_known &= placement.is_database_known;
        choice.is_table_known &= placement.is_table_known;
        if choice.nodes.is_empty() {
            choice.nodes = placement.nodes;
        } else {
            choice.nodes.extend(placement.nodes);
            choice.nodes.sort_unstable();
            choice.nodes.dedup();
        }
    }
    Ok(choice)
}

fn everywhere(table: &ShardedTable) -> Choice {
    Choice {
        nodes: (0..table.nodes.len()).collect(),
        is_database_known: false,
        is_table_known: false,
    }
}

/// A value that the rule cannot place; told without the value, which is for nobody's log.
pub fn unplaced(table: &ShardedTable, error: &PlaceError) -> Refusal {
    let why = match error {
        PlaceError::NoTarget {
            columns, target, ..
        } => {
            format!(
                "the value of {columns} leads to {target}, which is not among the declared data nodes: declare it or change the algorithm"
            )
        }
        PlaceError::NoNode { target, .. } => {
            format!(
                "the values lead to {target}, which is not among the declared data nodes: declare it or change the algorithm"
            )
        }
        PlaceError::Value {
            columns, algorithm, ..
        } => format!("{algorithm} cannot use the value of {columns}"),
        other => other.to_string(),
    };
    Refusal::new(
        RefusalCode::NoShardingValue,
        format!("{}: {why}", table.name),
    )
}

/// Whether a read may touch as many nodes as `choice` has.
///
/// # Errors
/// 20090 without a value for the data source, 29006 above `maxRouteNodes`.
pub fn admit(
    scope: &Scope<'_>,
    index: usize,
    table: &ShardedTable,
    choice: &Choice,
    purpose: Purpose,
) -> Result<(), Refusal> {
    let count = choice.nodes.len();
    if count < 2 {
        return Ok(());
    }
    if !choice.is_database_known && !is_full_route_allowed(scope, table, purpose) {
        return Err(keyless(scope, index, table, count));
    }
    let limit = table.options.max_route_nodes;
    if count <= limit {
        return Ok(());
    }
    let text = format!(
        "{}: the statement would touch {count} nodes, and maxRouteNodes of its rule allows {limit}; {}",
        table.name,
        remedy(scope, index, table, "ask for")
    );
    Err(Refusal::new(RefusalCode::NeedsMerge, text))
}

/// Why a choice of several nodes is not served.
#[must_use]
pub fn several(
    scope: &Scope<'_>,
    index: usize,
    table: &ShardedTable,
    choice: &Choice,
    purpose: Purpose,
) -> Refusal {
    if !choice.is_database_known && !is_full_route_allowed(scope, table, purpose) {
        return keyless(scope, index, table, choice.nodes.len());
    }
    let (name, count) = (&table.name, choice.nodes.len());
    let remedy = |verb: &str| remedy(scope, index, table, verb);
    match purpose {
        Purpose::Write { has_limit: true } => Refusal::new(
            RefusalCode::LimitOverNodes,
            format!(
                "{name}: UPDATE or DELETE with LIMIT would hit {count} nodes, each with a limit of its own; {}",
                remedy("write")
            ),
        ),
        Purpose::Write { has_limit: false } => Refusal::new(
            RefusalCode::WriteOverNodes,
            format!(
                "{name}: the write would hit {count} nodes; {}",
                remedy("write")
            ),
        ),
        Purpose::Read => Refusal::new(
            RefusalCode::NeedsMerge,
            format!(
                "{name}: the answer would have to be merged from {count} nodes; {}",
                remedy("ask for")
            ),
        ),
    }
}

fn is_full_route_allowed(scope: &Scope<'_>, table: &ShardedTable, purpose: Purpose) -> bool {
    let is_disabled = |auditor: &String| {
        scope
            .input
            .wishes
            .disabled_auditors
            .iter()
            .any(|name| name.eq_ignore_ascii_case(auditor))
    };
    let auditors = &table.options.auditors;
    let skips_audit = table.options.allow_hint_disable
        && !auditors.is_empty()
        && auditors.iter().all(is_disabled);
    match table.options.allow_full_route {
        FullRoute::All => true,
        FullRoute::Read if purpose == Purpose::Read => true,
        _ => scope.input.wishes.full_route || skips_audit,
    }
}

/// 20090: names the table, what is missing, how far the statement would have gone, and the fix (contract 5.1).
fn keyless(scope: &Scope<'_>, index: usize, table: &ShardedTable, count: usize) -> Refusal {
    let missing = missing_columns(scope, index, table);
    let solver = Solver::new(scope);
    let hints = hint_values::missing(scope.input, table);
    let what = match (missing.as_slice(), hints.as_slice()) {
        ([], [_, ..]) => format!("no hint {}", hints.join(", ")),
        ([column], _) => format!("no value for sharding column {column}"),
        (columns, _) => format!("no value for sharding columns {}", columns.join(", ")),
    };
    let mut text = format!(
        "{}: {what}; the statement would have hit {count} nodes",
        table.name
    );
    if !hints.is_empty() {
        let hints: Vec<String> = hints.iter().map(|hint| format!("{hint}=...")).collect();
        text.push_str(&format!(
            "; begin it with `/* SHARDINGSPHERE_HINT: {} */`",
            hints.join(", ")
        ));
    }
    if let Some(fix) = fix(scope, index, table) {
        text.push_str("; ");
        text.push_str(&fix);
    }
    if let Some(column) = missing
        .iter()
        .find(|column| solver.is_compared(index, column))
    {
        text.push_str(&format!(
            " ({column} is compared, but not by = or IN with an exact value of its type)"
        ));
    }
    Refusal::new(RefusalCode::NoShardingValue, text)
}

fn missing_columns<'t>(scope: &Scope<'_>, index: usize, table: &'t ShardedTable) -> Vec<&'t str> {
    let solver = Solver::new(scope);
    let bound = scope.tables.get(index);
    let lacks_points = |name: &&str| {
        let reading = bound.and_then(|bound| bound.reading(name).ok());
        let known = reading.and_then(|reading| solver.known(index, name, reading));
        known.is_none_or(|set| set.points().is_none())
    };
    table
        .columns
        .iter()
        .map(String::as_str)
        .filter(lacks_points)
        .collect()
}

/// What would make it one node: the conditions that are missing, and one value where several are given.
fn remedy(scope: &Scope<'_>, index: usize, table: &ShardedTable, verb: &str) -> String {
    let missing = fix(scope, index, table);
    let spread = spread_columns(scope, index, table);
    match (missing, spread.as_slice()) {
        (Some(fix), []) => fix,
        (Some(fix), spread) => format!("{fix}, and {verb} one {} at a time", spread.join(" and ")),
        // OR and row comparisons tie values of several columns together
        (None, []) => format!("{verb} one {} at a time", table.columns.join(" and ")),
        (None, spread) => format!("{verb} one {} at a time", spread.join(" and ")),
    }
}

/// Sharding columns for which several values are given.
fn spread_columns<'t>(scope: &Scope<'_>, index: usize, table: &'t ShardedTable) -> Vec<&'t str> {
    let solver = Solver::new(scope);
    let bound = scope.tables.get(index);
    let has_several = |name: &&str| {
        let reading = bound.and_then(|bound| bound.reading(name).ok());
        let known = reading.and_then(|reading| solver.known(index, name, reading));
        known.is_some_and(|set| set.points().is_some_and(|points| points.len() > 1))
    };
    let columns = table.columns.iter().map(String::as_str);
    columns.filter(has_several).collect()
}

/// The nearest text that would make the statement fit, ``add `AND sku_id = ?` ``; `None` when no column is missing.
fn fix(scope: &Scope<'_>, index: usize, table: &ShardedTable) -> Option<String> {
    let missing = missing_columns(scope, index, table);
    if missing.is_empty() {
        return None;
    }
    let input = scope.input;
    let has_where =
        (0..input.lexed.tokens.len()).any(|token| word_is(input.text, input.lexed, token, "where"));
    let qualifier = match scope.tables.get(index) {
        Some(bound) if scope.tables.len() > 1 => format!("{}.", bound.reference.exposed_name()),
        _ => String::new(),
    };
    let conditions: Vec<String> = missing
        .iter()
        .map(|column| format!("{qualifier}{column} = ?"))
        .collect();
    let word = if has_where { "AND" } else { "WHERE" };
    Some(format!("add `{word} {}`", conditions.join(" AND ")))
}
