//! What all routes of one shape have in common, so that the next text of the shape needs its values alone.
//!
//! Kept for the shapes that most statements of a shop have: one sharded table is read or changed, each sharding column
//! compared with one operand and not assigned; rows are inserted into one; or no sharded table is named. Whatever else
//! there is in a text of the shape decides nothing; where a value is not plainly there, the text is routed as if it were
//! the first.

use std::sync::Arc;

use crate::model::{Charset, ShardingValue, ShortList};
use crate::rule::{ShardedTable, TableRule};
use crate::sql::{Assignment, Kind, Operand, Predicate};

use super::input::{RouteInput, Wishes};
use super::key_need::KeyNeed;
use super::outcome::{Route, RouteUnit, Target};
use super::scope::{Bound, Scope, blocks};
use super::shape_rows::ShapeRows;
use super::value::{Reading, Worth};

/// Sharding columns that a table may have here.
pub(super) const MOST_COLUMNS: usize = 4;

/// The routes of all texts of one shape, but for the node.
///
/// It holds for texts whose tokens are of the same kinds at the same places, read in the same database with the same
/// rules, columns and character set, and without hints.
#[derive(Clone, Debug)]
pub struct ShapeRoute {
    way: Way,
    is_write: bool,
    needs_primary: bool,
}

/// What leads to the node.
#[derive(Clone, Debug)]
enum Way {
    /// No value does: no sharded table is named.
    Fixed(Target),
    Conditions(Conditions),
    Rows(ShapeRows),
}

/// One table's sharding columns, each compared with one operand.
#[derive(Clone, Debug)]
struct Conditions {
    table: Arc<ShardedTable>,
    /// What each sharding column is compared with, in the table's order.
    keys: Vec<(Operand, Reading)>,
}

impl ShapeRoute {
    /// What `route`, which is `input`'s, has in common with the routes of `input`'s shape; `None` where more than the
    /// values of the sharding columns decides.
    #[must_use]
    pub fn of(input: &RouteInput<'_>, route: &Route) -> Option<Self> {
        let is_plain = input.wishes == Wishes::default()
            && !input.statement.has_doubtful_comment
            && !input.statement.facts.calls_snowflake
            // a byte of a text may be a blank or a sign in these
            && !matches!(input.charset, Charset::Latin1 | Charset::OneByte(_))
            && !route.is_full
            && !route.is_verbatim
            && matches!(
                input.statement.kind,
                Kind::Query(_) | Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_)
            );
        if !is_plain {
            return None;
        }
        let scope = Scope::of(input).ok()?;
        let way = match &route.target {
            Target::Units(units) if units.len() == 1 => of_one_table(&scope)?,
            Target::Units(_) => return None,
            // where no table is sharded, no value is asked for
            target if scope.sharded().next().is_none() => Way::Fixed(target.clone()),
            _ => return None,
        };
        Some(Self {
            way,
            is_write: route.is_write,
            needs_primary: route.needs_primary,
        })
    }

    /// The keys to be generated for another text of the shape: what [`KeyNeed::of`] says, which says nothing wrong of it.
    #[must_use]
    pub fn key_need(&self, input: &RouteInput<'_>) -> Option<KeyNeed<'_>> {
        match &self.way {
            Way::Rows(rows) => rows.key_need(input),
            Way::Fixed(_) | Way::Conditions(_) => None,
        }
    }

    /// The route of another text of the shape, whose keys `need` says; `None` where it must be routed as if it were the
    /// first.
    #[must_use]
    pub fn route(&self, input: &RouteInput<'_>, need: Option<&KeyNeed<'_>>) -> Option<Route> {
        let target = match &self.way {
            Way::Fixed(target) => target.clone(),
            Way::Conditions(conditions) => on_node(&conditions.table, conditions.node(input)?)?,
            Way::Rows(rows) => on_node(&rows.table, rows.node(input, need)?)?,
        };
        Some(Route {
            is_write: self.is_write,
            needs_primary: self.needs_primary,
            ..Route::to(target)
        })
    }
}

/// The statement's one table is at this node.
fn on_node(table: &ShardedTable, node: usize) -> Option<Target> {
    let node = table.nodes.get(node)?;
    let unit = RouteUnit {
        source: node.source,
        tables: ShortList::one((0, Arc::clone(&node.table))),
        rows: Vec::new(),
    };
    Some(Target::Units(ShortList::one(unit)))
}

/// How a statement on one sharded table is led to its one node.
fn of_one_table(scope: &Scope<'_>) -> Option<Way> {
    let input = scope.input;
    let ([bound], [_]) = (scope.tables.as_slice(), blocks(&input.statement.kind)) else {
        return None;
    };
    let table = bound
        .sharded()
        .filter(|table| table.is_placed_by_values() && table.columns.len() <= MOST_COLUMNS)?;
    let Some(TableRule::Sharded(rule)) = input.database.table(&bound.reference.name) else {
        return None;
    };
    match &input.statement.kind {
        Kind::Insert(insert) => {
            return ShapeRows::of(scope, insert, bound, rule).map(Way::Rows);
        }
        Kind::Query(_) | Kind::Delete(_) => {}
        // whether a sharding column may be assigned is a matter of the value
        Kind::Update(update) if !assigns(&update.assignments, table) => {}
        _ => return None,
    }
    Some(Way::Conditions(Conditions {
        table: Arc::clone(rule),
        keys: compared(scope, bound, table)?,
    }))
}

/// The one operand that each sharding column is compared with.
fn compared(
    scope: &Scope<'_>,
    bound: &Bound<'_>,
    table: &ShardedTable,
) -> Option<Vec<(Operand, Reading)>> {
    let mut keys: Vec<Option<(Operand, Reading)>> = vec![None; table.columns.len()];
    for condition in scope.conditions(0) {
        let (column, operand) = match &condition.predicate {
            Predicate::In { column, values, .. } => match values.as_slice() {
                [operand] => (column, Some(*operand)),
                _ => (column, None),
            },
            Predicate::Range { column, .. } => (column, None),
            // several columns tied together
            _ => return None,
        };
        let columns = table.columns.iter().zip(&mut keys);
        for (name, key) in columns.filter(|(name, _)| scope.is_column(column, 0, name)) {
            // a second condition would have to be held against the first
            if key.is_some() {
                return None;
            }
            *key = Some((operand?, bound.reading(name).ok()?));
        }
    }
    keys.into_iter().collect()
}

impl Conditions {
    fn node(&self, input: &RouteInput<'_>) -> Option<usize> {
        // values are few and small: none of this needs the heap
        let mut values = [const { ShardingValue::Int(0) }; MOST_COLUMNS];
        for (value, (operand, reading)) in values.iter_mut().zip(&self.keys) {
            match reading.worth(*operand, input) {
                Worth::Value(known) => *value = known,
                Worth::Null | Worth::Default | Worth::Unknown => return None,
            }
        }
        // what leads nowhere is told by the long way
        self.table.place_row(values.get(..self.keys.len())?).ok()
    }
}

/// Whether a column is called as a sharding column is.
fn assigns(assignments: &[Assignment], table: &ShardedTable) -> bool {
    let is_key = |assignment: &Assignment| {
        let mut keys = table.columns.iter();
        keys.any(|key| key.eq_ignore_ascii_case(&assignment.column.name))
    };
    assignments.iter().any(is_key)
}
