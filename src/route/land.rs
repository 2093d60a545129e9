//! One data source and one node of each sharded table for the whole statement (contract 4.6).

use std::sync::Arc;

use crate::model::{PlantedFault, SourceId, is_planted};
use crate::rule::ShardedTable;

use super::choice::{Choice, Purpose, choose, several};
use super::outcome::RouteUnit;
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::scope::{Class, Scope};

/// Where a statement lands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landing {
    /// The data source with the actual tables.
    pub unit: RouteUnit,
    /// Why, line by line, if asked.
    pub reasons: Vec<String>,
}

/// A node that is known before the conditions are asked: that of an INSERT's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Index into the statement's tables.
    pub table: usize,
    /// Index into the table's nodes.
    pub node: usize,
}

/// Lands a statement that names at least one sharded table.
///
/// # Errors
/// A refusal when a table has several nodes, or the tables do not meet in one data source.
pub fn land(
    scope: &Scope<'_>,
    purpose: Purpose,
    preset: Option<Preset>,
) -> Result<Landing, Refusal> {
    together(scope, purpose, &chosen(scope, preset)?)
}

/// A sharded table reference with the nodes that its conditions leave.
#[derive(Clone, Debug)]
pub struct Chosen<'t> {
    /// Index into the statement's tables.
    pub index: usize,
    /// Its rule.
    pub table: &'t ShardedTable,
    /// Its nodes.
    pub choice: Choice,
}

impl Chosen<'_> {
    /// Its first node; `None` if the conditions match nothing.
    fn node(&self) -> Option<usize> {
        self.choice.nodes.first().copied()
    }
}

/// The nodes of every sharded table.
///
/// # Errors
/// As [`choose`].
pub fn chosen<'a>(scope: &Scope<'a>, preset: Option<Preset>) -> Result<Vec<Chosen<'a>>, Refusal> {
    let mut all = Vec::with_capacity(1);
    for (index, _, table) in scope.sharded() {
        let choice = match preset.filter(|preset| preset.table == index) {
            Some(preset) => Choice {
                nodes: vec![preset.node],
                is_database_known: true,
                is_table_known: true,
            },
            None => choose(scope, index, table)?,
        };
        let choice = match followed(scope, index, table, &choice, &all) {
            Some(node) => Choice {
                nodes: vec![node],
                ..choice
            },
            None => choice,
        };
        all.push(Chosen {
            index,
            table,
            choice,
        });
    }
    Ok(all)
}

/// Lands tables that have one node each.
///
/// # Errors
/// As [`land`].
pub fn together(
    scope: &Scope<'_>,
    purpose: Purpose,
    chosen: &[Chosen<'_>],
) -> Result<Landing, Refusal> {
    for one in chosen {
        if one.choice.nodes.len() > 1 {
            return Err(several(scope, one.index, one.table, &one.choice, purpose));
        }
    }
    let source = meeting_point(scope, chosen, purpose)?;
    for index in 0..scope.tables.len() {
        check_neighbor(scope, index, source, purpose)?;
    }
    let mut tables = Vec::with_capacity(chosen.len());
    let mut reasons = Vec::new();
    for one in chosen {
        let (index, table, node) = (one.index, one.table, one.node());
        let Some(name) = actual_table(table, node, source) else {
            return Err(apart(
                purpose,
                &format!(
                    "{} has no table in the data source of the others",
                    table.name
                ),
            ));
        };
        if scope.input.explain {
            reasons.push(reason(scope, index, table, node, source, &name));
        }
        tables.push((u16::try_from(index).unwrap_or(u16::MAX), name));
    }
    Ok(Landing {
        unit: RouteUnit {
            source,
            tables: tables.into(),
            rows: Vec::new(),
        },
        reasons,
    })
}

/// The node of another table that a table follows whatever its own conditions say: wrong, and only where such a fault
/// is planted.
fn followed(
    scope: &Scope<'_>,
    index: usize,
    table: &ShardedTable,
    choice: &Choice,
    landed: &[Chosen<'_>],
) -> Option<usize> {
    let block = |index: usize| scope.tables.get(index).map(|bound| bound.reference.block);
    let first = landed.first()?;
    let is_same_table = std::ptr::eq(first.table, table);
    let is_same_block = block(first.index) == block(index);
    let fault = match (is_same_table, is_same_block) {
        (true, true) => PlantedFault::SelfJoin,
        (true, false) => PlantedFault::UnionBranches,
        (false, true) if choice.nodes.len() > 1 => PlantedFault::BindingColumns,
        _ => return None,
    };
    if is_planted(fault) {
        first.node()
    } else {
        None
    }
}

/// The data source that all landed tables share; tables whose conditions match nothing follow the others.
fn meeting_point(
    scope: &Scope<'_>,
    landed: &[Chosen<'_>],
    purpose: Purpose,
) -> Result<SourceId, Refusal> {
    let mut meeting: Option<(SourceId, &str)> = None;
    for one in landed {
        let table = one.table;
        let Some(node) = one.node().and_then(|node| table.nodes.get(node)) else {
            continue;
        };
        match meeting {
            None => meeting = Some((node.source, &table.name)),
            Some((source, _)) if source == node.source => {}
            Some((source, name)) => {
                let (one, other) = (source_name(scope, source), source_name(scope, node.source));
                let text = format!(
                    "{name} lands in {one}, {} in {other}: rows of two data sources do not meet in one statement",
                    table.name
                );
                return Err(apart(purpose, &text));
            }
        }
    }
    let pinned = scope.tables.iter().find_map(|table| match table.class {
        Class::Single(source) => Some(source),
        _ => None,
    });
    let first = || {
        landed
            .first()
            .and_then(|one| one.table.nodes.first())
            .map(|node| node.source)
    };
    let source = meeting.map(|(source, _)| source).or(pinned).or_else(first);
    Ok(source.unwrap_or(scope.input.database.default_source))
}

/// Whether the table at `index`, if it is not sharded, is there in `source`.
///
/// # Errors
/// 29006 or 20035 where it is not, 29015 for a local table.
pub fn check_neighbor(
    scope: &Scope<'_>,
    index: usize,
    source: SourceId,
    purpose: Purpose,
) -> Result<(), Refusal> {
    let Some(table) = scope.tables.get(index) else {
        return Ok(());
    };
    let name = &table.reference.name;
    match table.class {
        Class::Sharded(_) | Class::System => Ok(()),
        Class::Broadcast(sources) if sources.contains(&source) => Ok(()),
        Class::Single(own) if own == source => Ok(()),
        Class::Broadcast(_) => Err(apart(
            purpose,
            &format!(
                "broadcast table {name} has no copy in {}",
                source_name(scope, source)
            ),
        )),
        Class::Single(own) => {
            let (own, other) = (source_name(scope, own), source_name(scope, source));
            let text = format!(
                "single table {name} lives in {own}, the sharded rows in {other}: make it a broadcast table, or ask them one by one"
            );
            Err(apart(purpose, &text))
        }
        Class::Local(_) => Err(local(name)),
    }
}

/// The actual table at `node`, or any one in `source` for a table whose conditions match nothing.
#[must_use]
pub fn actual_table(
    table: &ShardedTable,
    node: Option<usize>,
    source: SourceId,
) -> Option<Arc<str>> {
    let node = match node {
        Some(node) => table.nodes.get(node),
        None => table.nodes.iter().find(|node| node.source == source),
    };
    node.map(|node| Arc::clone(&node.table))
}

fn reason(
    scope: &Scope<'_>,
    index: usize,
    table: &ShardedTable,
    node: Option<usize>,
    source: SourceId,
    actual: &str,
) -> String {
    let source = source_name(scope, source);
    if node.is_none() {
        return format!(
            "{}: the conditions match no row, any node answers: {source}.{actual}",
            table.name
        );
    }
    let values = super::explain::values(scope, index, table);
    if values.is_empty() {
        format!("{} -> {source}.{actual}", table.name)
    } else {
        format!("{}: {values} -> {source}.{actual}", table.name)
    }
}

/// The name that routes use for a data source.
#[must_use]
pub fn source_name<'a>(scope: &Scope<'a>, source: SourceId) -> &'a str {
    scope
        .input
        .database
        .groups
        .get(source.index())
        .map_or("?", |group| group.name.as_str())
}

/// 29015 for a local table that is read or changed without a hint (contract 4.11).
#[must_use]
pub fn local(name: &str) -> Refusal {
    let text = format!(
        "local table {name} has other rows in every data source: only INSERT ... VALUES follows the transaction; \
         for anything else add the hint `/* shardgate: data_source=<name> */`"
    );
    Refusal::new(RefusalCode::LocalOutsideTransaction, text)
}

/// Tables that do not meet: 29006 for reads, 20035 for writes.
#[must_use]
pub fn apart(purpose: Purpose, text: &str) -> Refusal {
    let code = match purpose {
        Purpose::Read => RefusalCode::NeedsMerge,
        Purpose::Write { .. } => RefusalCode::TablesNotTogether,
    };
    Refusal::new(code, text)
}
