//! Reads of one node, and of several (contract 4.10): inside of one data source as one statement, across data sources
//! where the answers need no more than to follow each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{ShortList, SourceId};

use super::across;
use super::choice::{Purpose, admit};
use super::derived;
use super::land::{Chosen, actual_table, apart, check_neighbor, chosen, source_name, together};
use super::outcome::{Route, RouteUnit, Target};
use super::refusal::Refusal;
use super::scope::Scope;

/// Routes a query that names sharded tables.
///
/// # Errors
/// Whatever keeps it from being answered.
pub fn read(scope: &Scope<'_>) -> Result<Route, Refusal> {
    let chosen = chosen(scope, None)?;
    if chosen.iter().all(|one| one.choice.nodes.len() < 2) {
        let landing = together(scope, Purpose::Read, &chosen)?;
        return Ok(Route {
            reasons: landing.reasons,
            ..Route::to(Target::Units(ShortList::one(landing.unit)))
        });
    }
    spread(scope, &chosen)
}

fn spread(scope: &Scope<'_>, chosen: &[Chosen<'_>]) -> Result<Route, Refusal> {
    for one in chosen {
        admit(scope, one.index, one.table, &one.choice, Purpose::Read)?;
    }
    let sources: BTreeSet<SourceId> = chosen.iter().flat_map(Chosen::sources).collect();
    let mut reasons = Vec::new();
    if sources.len() > 1 {
        across::check(scope, chosen, &mut reasons)?;
    }
    let mut units = Vec::with_capacity(sources.len());
    for &source in &sources {
        for index in 0..scope.tables.len() {
            check_neighbor(scope, index, source, Purpose::Read)?;
        }
        units.push(unit(scope, chosen, source, &mut reasons)?);
    }
    let is_full = chosen
        .iter()
        .any(|one| !one.choice.is_database_known && one.choice.nodes.len() > 1);
    Ok(Route {
        reasons,
        is_full,
        ..Route::to(Target::Units(units.into()))
    })
}

/// The actual tables of one data source: a reference with several of them is a derived table there.
fn unit(
    scope: &Scope<'_>,
    chosen: &[Chosen<'_>],
    source: SourceId,
    reasons: &mut Vec<String>,
) -> Result<RouteUnit, Refusal> {
    let mut tables = Vec::new();
    for one in chosen {
        let here = one.tables_in(source);
        if here.len() > 1 {
            derived::check(scope, one)?;
        }
        if scope.input.explain {
            reasons.push(reason(scope, one, source, &here));
        }
        let index = u16::try_from(one.index).unwrap_or(u16::MAX);
        if here.is_empty() {
            let Some(any) = actual_table(one.table, None, source) else {
                let name = source_name(scope, source);
                let text = format!("{} has no table in {name}", one.table.name);
                return Err(apart(Purpose::Read, &text));
            };
            tables.push((index, any));
        }
        tables.extend(here.into_iter().map(|table| (index, table)));
    }
    Ok(RouteUnit {
        source,
        tables: tables.into(),
        rows: Vec::new(),
    })
}

fn reason(scope: &Scope<'_>, one: &Chosen<'_>, source: SourceId, here: &[Arc<str>]) -> String {
    let values = super::explain::values(scope, one.index, one.table);
    let colon = if values.is_empty() { "" } else { ": " };
    let name = &one.table.name;
    let source = source_name(scope, source);
    match here {
        [] => format!("{name}: the conditions match no row in {source}"),
        [table] => format!("{name}{colon}{values} -> {source}.{table}"),
        tables => format!(
            "{name}{colon}{values} -> {} tables of {source}, as one derived table: {}",
            tables.len(),
            tables.join(", ")
        ),
    }
}

impl Chosen<'_> {
    /// The data sources of its nodes.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> {
        let nodes = self.choice.nodes.iter();
        nodes.filter_map(|node| Some(self.table.nodes.get(*node)?.source))
    }

    /// Its actual tables in `source`.
    fn tables_in(&self, source: SourceId) -> Vec<Arc<str>> {
        let nodes = self.choice.nodes.iter();
        let nodes = nodes.filter_map(|node| self.table.nodes.get(*node));
        let here = nodes.filter(|node| node.source == source);
        here.map(|node| Arc::clone(&node.table)).collect()
    }
}
