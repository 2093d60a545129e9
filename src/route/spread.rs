//! Writes over several nodes: table by table in each data source, or why not (contract 4.4, 4.10).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{ShortList, SourceId};
use crate::rule::ShardedTable;
use crate::sql::{Insert, InsertSource, word_is};

use super::choice::{Choice, Purpose, choose};
use super::land::{apart, check_neighbor, source_name};
use super::outcome::{Route, RouteUnit, Target};
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::scope::Scope;

const WRITE: Purpose = Purpose::Write { has_limit: false };

/// An UPDATE or DELETE whose conditions lead to several nodes. `written` are the tables that it changes.
///
/// # Errors
/// Whatever keeps it from being run table by table.
pub fn change_nodes(scope: &Scope<'_>, written: &[usize]) -> Result<Route, Refusal> {
    let (index, table) = only_sharded(scope)?;
    if written != [index] {
        let text = format!(
            "{}: its rows lie on several nodes, and the statement changes another table by them; read them first",
            table.name
        );
        return Err(Refusal::new(RefusalCode::TablesNotTogether, text));
    }
    let choice = choose(scope, index, table)?;
    check(scope, table, &choice.nodes)?;
    let units = choice
        .nodes
        .iter()
        .filter_map(|node| unit(index, table, *node, Vec::new()))
        .collect();
    Ok(over(scope, table, &choice, units))
}

/// An INSERT whose rows belong to several nodes: the indices of its rows by node.
///
/// # Errors
/// Whatever keeps its rows from being written node by node.
pub fn insert_nodes(
    scope: &Scope<'_>,
    insert: &Insert,
    table: &ShardedTable,
    rows: BTreeMap<usize, Vec<u32>>,
) -> Result<Route, Refusal> {
    let (index, _) = only_sharded(scope)?;
    let nodes: Vec<usize> = rows.keys().copied().collect();
    check(scope, table, &nodes)?;
    if !matches!(insert.source, InsertSource::Rows(_)) || scope.input.lexed.has_executable_comment {
        let text = format!(
            "{}: the rows belong to several nodes and cannot be taken apart around an executable comment; leave the comment out",
            table.name
        );
        return Err(Refusal::new(RefusalCode::WriteOverNodes, text));
    }
    let choice = Choice {
        nodes,
        is_database_known: true,
        is_table_known: true,
    };
    let units = rows
        .into_iter()
        .filter_map(|(node, rows)| unit(index, table, node, rows))
        .collect();
    Ok(over(scope, table, &choice, units))
}

fn unit(index: usize, table: &ShardedTable, node: usize, rows: Vec<u32>) -> Option<RouteUnit> {
    let node = table.nodes.get(node)?;
    Some(RouteUnit {
        source: node.source,
        tables: ShortList::one((u16::try_from(index).ok()?, Arc::clone(&node.table))),
        rows,
    })
}

fn over(
    scope: &Scope<'_>,
    table: &ShardedTable,
    choice: &Choice,
    mut units: Vec<RouteUnit>,
) -> Route {
    units.sort_by_key(|unit| unit.source);
    let mut route = Route {
        is_full: !choice.is_database_known,
        ..Route::to(Target::Units(ShortList::new()))
    };
    if scope.input.explain {
        let sources = sources(table, &choice.nodes);
        let how = if sources.len() == 1 {
            "one local transaction"
        } else {
            "one local transaction in each data source, which are not one (allowSplitWrite)"
        };
        route = route.because(format!(
            "{}: {} nodes in {}, written table by table in {how}",
            table.name,
            choice.nodes.len(),
            names(scope, &sources),
        ));
        for unit in &units {
            let rows: Vec<String> = unit.rows.iter().map(|row| (row + 1).to_string()).collect();
            let what = if rows.is_empty() {
                table.name.to_string()
            } else {
                format!("row {}", rows.join(", "))
            };
            let actual = unit.tables.first().map_or("?", |(_, name)| &**name);
            route = route.because(format!(
                "{what} -> {}.{actual}",
                source_name(scope, unit.source)
            ));
        }
    }
    route.target = Target::Units(units.into());
    route
}

/// The one sharded table reference; a second one would be read on one node only.
fn only_sharded<'a>(scope: &Scope<'a>) -> Result<(usize, &'a ShardedTable), Refusal> {
    let mut sharded = scope.sharded().map(|(index, _, table)| (index, table));
    match (sharded.next(), sharded.next()) {
        (Some(only), None) => Ok(only),
        (Some((_, first)), Some((_, second))) => {
            let text = format!(
                "a write over several nodes names the sharded tables {} and {}: give each its sharding values so that \
                 they meet on one node, or write table by table",
                first.name, second.name
            );
            Err(Refusal::new(RefusalCode::TablesNotTogether, text))
        }
        (None, _) => Err(Refusal::new(
            RefusalCode::NotUnderstood,
            "no sharded table is named",
        )),
    }
}

/// What holds for every write over several nodes.
fn check(scope: &Scope<'_>, table: &ShardedTable, nodes: &[usize]) -> Result<(), Refusal> {
    check_alike(scope, table)?;
    let most = table.options.max_route_nodes;
    if nodes.len() > most {
        let text = format!(
            "{}: the write would hit {} nodes, more than maxRouteNodes: {most}; write one {} at a time, or raise maxRouteNodes",
            table.name,
            nodes.len(),
            table.columns.join(" and ")
        );
        return Err(Refusal::new(RefusalCode::WriteOverNodes, text));
    }
    let sources = sources(table, nodes);
    if sources.len() > 1 && !table.options.allow_split_write {
        let text = format!(
            "{}: the write would hit {} nodes in the data sources {}, which cannot be written as one; write one {} at a \
             time, or set allowSplitWrite: true on the table's rule, which gives up atomicity",
            table.name,
            nodes.len(),
            names(scope, &sources),
            table.columns.join(" and ")
        );
        return Err(Refusal::new(RefusalCode::WriteOverNodes, text));
    }
    for source in sources {
        for index in 0..scope.tables.len() {
            check_neighbor(scope, index, source, WRITE)?;
        }
    }
    Ok(())
}

/// What table by table would do otherwise than one server.
fn check_alike(scope: &Scope<'_>, table: &ShardedTable) -> Result<(), Refusal> {
    let input = scope.input;
    let facts = &input.statement.facts;
    let what = if facts.assigns_user_variable {
        "assigns a user variable from row to row"
    } else if facts.may_have_side_effects {
        "calls a function whose effects depend on the order of the rows"
    } else if has_word(scope, "returning") {
        let text = format!(
            "{}: RETURNING over several nodes is not served: write one {} at a time",
            table.name,
            table.columns.join(" and ")
        );
        return Err(apart(Purpose::Read, &text));
    } else {
        return Ok(());
    };
    let text = format!(
        "{}: the write would hit several nodes, one after the other, and {what}; write one {} at a time",
        table.name,
        table.columns.join(" and ")
    );
    Err(Refusal::new(RefusalCode::WriteOverNodes, text))
}

fn has_word(scope: &Scope<'_>, word: &str) -> bool {
    let input = scope.input;
    (0..input.lexed.tokens.len()).any(|index| word_is(input.text, input.lexed, index, word))
}

fn sources(table: &ShardedTable, nodes: &[usize]) -> Vec<SourceId> {
    let nodes = nodes.iter().filter_map(|node| table.nodes.get(*node));
    let mut sources: Vec<SourceId> = nodes.map(|node| node.source).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// At most a handful of names: there may be hundreds.
fn names(scope: &Scope<'_>, sources: &[SourceId]) -> String {
    const SHOWN: usize = 8;
    let shown = sources.iter().take(SHOWN);
    let shown: Vec<&str> = shown.map(|source| source_name(scope, *source)).collect();
    let mut text = shown.join(", ");
    if sources.len() > SHOWN {
        text.push_str(&format!(" and {} more", sources.len() - SHOWN));
    }
    text
}
