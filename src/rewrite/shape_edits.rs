//! The edits that all texts of one shape have in common: tokens instead of bytes, and the actual name left open.

use std::sync::Arc;

use crate::model::ShortList;
use crate::route::{Route, RouteInput, RouteUnit, Target};
use crate::rule::TableRule;
use crate::sql::Lexed;

use super::edit::{Edit, apply};
use super::names::{push_quoted, quoted};
use super::plan::{Edits, ExecutionUnit};
use super::planner::plan;

/// One edit: tokens `first..=last` give way, or the text goes in behind `last`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ShapeEdit {
    /// `None` for an insertion.
    first: Option<usize>,
    last: usize,
    with: With,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum With {
    /// The quoted name of the actual table.
    Actual,
    /// The same in every text.
    Fixed(Box<[u8]>),
}

/// The edits of all texts of one shape on one sharded table, whichever node they go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeEdits {
    edits: Vec<ShapeEdit>,
    logical: Arc<str>,
    /// The table's name as the texts spell it.
    written: Box<str>,
}

impl ShapeEdits {
    /// What the plan of `input`, routed by `route`, has in common with those of all texts of its shape; `None` where
    /// more than the name of the one table's node differs from text to text.
    ///
    /// It holds for the routes of a [`crate::route::ShapeRoute`].
    #[must_use]
    pub fn of(input: &RouteInput<'_>, route: &Route) -> Option<Self> {
        let plan = plan(input, route).ok()?;
        let ([unit], [table]) = (plan.units.as_slice(), input.statement.tables.as_slice()) else {
            return None;
        };
        let Some(TableRule::Sharded(rule)) = input.database.table(&table.name) else {
            return None;
        };
        let ([(actual, logical)], Edits::Own(edits)) = (unit.names.as_slice(), &unit.edits) else {
            return None;
        };
        // a node named as the client writes the table has no rename to learn from, though other nodes need one
        if **actual == *table.name || *actual == *logical {
            return None;
        }
        let is_plain = unit.derived.is_empty() && unit.params.is_none() && unit.rows.is_empty();
        // a label is the client's text, with its literals
        let is_alike = is_plain && *logical == rule.name && !has_labels(input, route);
        if !is_alike {
            return None;
        }
        let edits = edits
            .iter()
            .map(|edit| shape_edit(input.lexed, edit, actual));
        Some(Self {
            edits: edits.collect::<Option<_>>()?,
            logical: Arc::clone(logical),
            written: table.name.as_str().into(),
        })
    }

    /// The plan's unit for another text of the shape.
    #[must_use]
    pub fn unit(edits: &Arc<Self>, unit: &RouteUnit) -> Option<ExecutionUnit> {
        let [(0, actual)] = unit.tables.as_slice() else {
            return None;
        };
        // what is not renamed has other edits
        (*actual != edits.logical && **actual != *edits.written).then(|| ExecutionUnit {
            source: unit.source,
            edits: Edits::OfShape(Arc::clone(edits), Arc::clone(actual)),
            names: ShortList::one((Arc::clone(actual), Arc::clone(&edits.logical))),
            derived: Vec::new(),
            params: None,
            rows: Vec::new(),
        })
    }

    /// Appends `text`, edited for the node whose table is `actual`, to `out`.
    pub(super) fn apply(&self, text: &[u8], lexed: &Lexed, actual: &str, out: &mut Vec<u8>) {
        let mut at = 0;
        for edit in &self.edits {
            let (start, end) = edit.range(lexed);
            out.extend_from_slice(text.get(at..start).unwrap_or_default());
            match &edit.with {
                With::Actual => push_quoted(actual.as_bytes(), out),
                With::Fixed(bytes) => out.extend_from_slice(bytes),
            }
            at = end;
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
    }

    /// The same one by one.
    pub(super) fn each(&self, lexed: &Lexed, actual: &str) -> Vec<Edit> {
        let edit = |edit: &ShapeEdit| {
            let (start, end) = edit.range(lexed);
            Edit {
                range: start..end,
                with: match &edit.with {
                    With::Actual => quoted(actual),
                    With::Fixed(bytes) => bytes.to_vec(),
                },
            }
        };
        self.edits.iter().map(edit).collect()
    }
}

impl ShapeEdit {
    /// Tokens of a shape are at the same places in all of its texts.
    fn range(&self, lexed: &Lexed) -> (usize, usize) {
        let last = lexed.tokens.get(self.last);
        let end = last.map_or(0, |token| token.end as usize);
        let first = self.first.and_then(|first| lexed.tokens.get(first));
        (first.map_or(end, |token| token.start as usize), end)
    }
}

fn shape_edit(lexed: &Lexed, edit: &Edit, actual: &str) -> Option<ShapeEdit> {
    let at = |offset: usize| u32::try_from(offset).ok();
    let (start, end) = (at(edit.range.start)?, at(edit.range.end)?);
    let tokens = &lexed.tokens;
    let last = tokens.binary_search_by_key(&end, |token| token.end).ok()?;
    let first = match edit.range.is_empty() {
        true => None,
        false => Some(
            tokens
                .binary_search_by_key(&start, |token| token.start)
                .ok()?,
        ),
    };
    let with = if edit.with == quoted(actual) {
        With::Actual
    } else if edit.with.is_empty() || holds(&edit.with, actual.as_bytes()) {
        return None;
    } else {
        With::Fixed(edit.with.as_slice().into())
    };
    Some(ShapeEdit { first, last, with })
}

fn holds(bytes: &[u8], name: &[u8]) -> bool {
    bytes
        .windows(name.len().max(1))
        .any(|window| window == name)
}

/// Whether the plan gives a column a name that is made of the client's text.
fn has_labels(input: &RouteInput<'_>, route: &Route) -> bool {
    let Target::Units(units) = &route.target else {
        return true;
    };
    let mut edits = Vec::new();
    let is_named = units
        .iter()
        .all(|unit| super::names::rename(input, unit, &mut edits).is_ok());
    let before = edits.len();
    super::label::keep_labels(input.text, input.lexed, input.statement, &mut edits);
    !is_named || edits.len() != before
}

/// Whether a unit made of its shape's edits is the one that the plan has.
#[must_use]
pub fn is_planned(input: &RouteInput<'_>, route: &Route, unit: &ExecutionUnit) -> bool {
    let Ok(plan) = plan(input, route) else {
        return false;
    };
    let [planned] = plan.units.as_slice() else {
        return false;
    };
    let mut written = Vec::new();
    apply(input.text, &planned.edits.each(input.lexed), &mut written);
    let same = ExecutionUnit {
        edits: planned.edits.clone(),
        ..unit.clone()
    };
    same == *planned && unit.sql(input.text, input.lexed) == written
}
