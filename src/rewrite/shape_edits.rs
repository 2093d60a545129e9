//! The edits that all texts of one shape have in common: tokens instead of bytes, and the actual name and the generated
//! keys left open.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::{ShardingValue, ShortList};
use crate::route::{KeyNeed, Route, RouteInput, RouteUnit, Target, inserted_rows, target_insert};
use crate::rule::TableRule;
use crate::sql::{Kind, Lexed, punct_is};

use super::edit::{Edit, apply};
use super::generated_key::{key_position, push_literal};
use super::names::{push_quoted, quoted};
use super::plan::{Edits, ExecutionUnit, ParamSource};
use super::planner::plan;

/// The number of the next edits.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ShapeEdit {
    place: EditPlace,
    with: With,
}

/// What an edit changes, by tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EditPlace {
    /// The first to the last of these give way.
    Tokens(usize, usize),
    /// The text goes in before it.
    Before(usize),
    /// The text goes in behind it.
    Behind(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum With {
    /// The quoted name of the actual table.
    Actual,
    /// The same in every text.
    Fixed(Box<[u8]>),
    /// The generated key of this number, behind what is the same in every text.
    Key(Box<[u8]>, usize),
}

/// What the texts of a shape call its one table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Renamed {
    logical: Arc<str>,
    /// The table's name as the texts spell it.
    written: Box<str>,
}

/// The edits of all texts of one shape, whichever node they go to: on one sharded table, or on none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeEdits {
    /// No other edits of the process have it, or had it.
    number: u64,
    edits: Vec<ShapeEdit>,
    /// `None` where the texts go as they are.
    table: Option<Renamed>,
    /// Rows that get a generated key; texts in which others do have other edits.
    lacking: ShortList<usize>,
    /// In a prepared text a key is a parameter.
    is_prepared: bool,
    /// The parameters with stand-ins for keys; the n-th of those stands for the n-th key.
    params: Option<Vec<ParamSource>>,
}

impl ShapeEdits {
    /// What the plan of `input`, routed by `route`, has in common with those of all texts of its shape; `None` where
    /// more than the name of the one table's node and the generated keys differs from text to text.
    ///
    /// It holds for the routes of a [`crate::route::ShapeRoute`].
    #[must_use]
    pub fn of(input: &RouteInput<'_>, route: &Route) -> Option<Self> {
        let plan = plan(input, route).ok()?;
        let ([unit], Edits::Own(edits)) = (plan.units.as_slice(), &plan.units.first()?.edits)
        else {
            return None;
        };
        if !unit.derived.is_empty() || !unit.rows.is_empty() {
            return None;
        }
        let Target::Units(_) = &route.target else {
            let is_unchanged = edits.is_empty() && unit.names.is_empty() && unit.params.is_none();
            return is_unchanged.then(Self::unchanged);
        };
        let [table] = input.statement.tables.as_slice() else {
            return None;
        };
        let Some(TableRule::Sharded(rule)) = input.database.table(&table.name) else {
            return None;
        };
        let [(actual, logical)] = unit.names.as_slice() else {
            return None;
        };
        // a node named as the client writes the table has no rename to learn from, though other nodes need one
        if **actual == *table.name || *actual == *logical {
            return None;
        }
        // a label is the client's text, with its literals
        if *logical != rule.name || has_labels(input, route) {
            return None;
        }
        let need = KeyNeed::of(input).ok()?;
        let lesson = Lesson::of(input, need.as_ref(), actual);
        let edits = edits.iter().map(|edit| lesson.shape_edit(edit));
        Some(Self {
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            edits: edits.collect::<Option<_>>()?,
            table: Some(Renamed {
                logical: Arc::clone(logical),
                written: table.name.as_str().into(),
            }),
            lacking: need.map(|need| need.rows).unwrap_or_default(),
            is_prepared: input.params.is_some(),
            params: unit.params.clone(),
        })
    }

    fn unchanged() -> Self {
        Self {
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            edits: Vec::new(),
            table: None,
            lacking: ShortList::new(),
            is_prepared: false,
            params: None,
        }
    }

    /// The one unit of the plan for another text of the shape, whose keys `need` says; `None` where it must be planned
    /// as if it were the first.
    #[must_use]
    pub fn unit(
        edits: &Arc<Self>,
        input: &RouteInput<'_>,
        need: Option<&KeyNeed<'_>>,
        route: &Route,
    ) -> Option<ExecutionUnit> {
        let lacking = need.map_or(&[][..], |need| need.rows.as_slice());
        let has_other_keys = *lacking != *edits.lacking
            || input.generated.len() != lacking.len()
            || (!lacking.is_empty() && edits.is_prepared != input.params.is_some());
        if has_other_keys {
            return None;
        }
        match (&edits.table, &route.target) {
            (Some(table), Target::Units(units)) => match units.as_slice() {
                [unit] => edits.renamed(edits, table, input, unit),
                _ => None,
            },
            (None, Target::Source(source)) => Some(ExecutionUnit::verbatim(*source)),
            // as the plan has it, until the target is settled
            (None, Target::Any | Target::TransactionWriter) => {
                Some(ExecutionUnit::verbatim(input.database.default_source))
            }
            _ => None,
        }
    }

    fn renamed(
        &self,
        shared: &Arc<Self>,
        table: &Renamed,
        input: &RouteInput<'_>,
        unit: &RouteUnit,
    ) -> Option<ExecutionUnit> {
        let [(0, actual)] = unit.tables.as_slice() else {
            return None;
        };
        // what is not renamed has other edits
        let is_renamed = *actual != table.logical && **actual != *table.written;
        // a key is in the text or among its parameters
        let keys = if self.params.is_some() {
            &[][..]
        } else {
            input.generated
        };
        is_renamed.then(|| ExecutionUnit {
            source: unit.source,
            edits: Edits::OfShape(Arc::clone(shared), Arc::clone(actual), keys.into()),
            names: ShortList::one((Arc::clone(actual), Arc::clone(&table.logical))),
            derived: Vec::new(),
            params: self.params.as_ref().map(|params| with_keys(params, input)),
            rows: Vec::new(),
        })
    }

    /// A number that no other edits of the process have, or had.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Appends `text`, edited for the node whose table is `actual`, with these keys, to `out`.
    pub(super) fn apply(
        &self,
        text: &[u8],
        lexed: &Lexed,
        (actual, keys): (&str, &[ShardingValue]),
        out: &mut Vec<u8>,
    ) {
        let mut at = 0;
        for edit in &self.edits {
            let (start, end) = edit.place.range(lexed);
            out.extend_from_slice(text.get(at..start).unwrap_or_default());
            edit.with.push(actual, keys, out);
            at = end;
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
    }

    /// The same one by one.
    pub(super) fn each(&self, lexed: &Lexed, actual: &str, keys: &[ShardingValue]) -> Vec<Edit> {
        let edit = |edit: &ShapeEdit| {
            let (start, end) = edit.place.range(lexed);
            let mut with = Vec::new();
            edit.with.push(actual, keys, &mut with);
            Edit {
                range: start..end,
                with,
            }
        };
        self.edits.iter().map(edit).collect()
    }
}

impl With {
    fn push(&self, actual: &str, keys: &[ShardingValue], out: &mut Vec<u8>) {
        match self {
            Self::Actual => push_quoted(actual.as_bytes(), out),
            Self::Fixed(bytes) => out.extend_from_slice(bytes),
            Self::Key(before, nth) => {
                out.extend_from_slice(before);
                if let Some(key) = keys.get(*nth) {
                    push_literal(key, out);
                }
            }
        }
    }
}

impl EditPlace {
    /// Tokens of a shape are at the same places in all of its texts.
    fn range(self, lexed: &Lexed) -> (usize, usize) {
        let start = |index: usize| {
            lexed
                .tokens
                .get(index)
                .map_or(0, |token| token.start as usize)
        };
        let end = |index: usize| {
            lexed
                .tokens
                .get(index)
                .map_or(0, |token| token.end as usize)
        };
        match self {
            Self::Tokens(first, last) => (start(first), end(last)),
            Self::Before(token) => (start(token), start(token)),
            Self::Behind(token) => (end(token), end(token)),
        }
    }
}

/// The parameters of a text with its own keys.
fn with_keys(params: &[ParamSource], input: &RouteInput<'_>) -> Vec<ParamSource> {
    let mut keys = input.generated.iter();
    let source = |param: &ParamSource| match param {
        ParamSource::Client(index) => ParamSource::Client(*index),
        ParamSource::Made { value, instead_of } => ParamSource::Made {
            value: keys.next().unwrap_or(value).clone(),
            instead_of: *instead_of,
        },
    };
    params.iter().map(source).collect()
}

/// What is known of the one text that is learned from.
struct Lesson<'l> {
    lexed: &'l Lexed,
    actual: &'l str,
    is_insert: bool,
    /// Where its generated keys are, each with what stands before it there and the key as it is written.
    keys: Vec<(Range<usize>, Vec<u8>, Vec<u8>)>,
}

impl<'l> Lesson<'l> {
    fn of(input: &RouteInput<'l>, need: Option<&KeyNeed<'_>>, actual: &'l str) -> Self {
        let mut keys = Vec::new();
        // a prepared text has parameters for them
        if let (Some(need), Some(insert), None) =
            (need, target_insert(&input.statement.kind), input.params)
        {
            let rows = inserted_rows(insert).unwrap_or_default();
            for (index, key) in need.rows.iter().zip(input.generated) {
                let Some(row) = rows.get(*index) else {
                    continue;
                };
                let position = key_position(input, insert, need, row);
                let mut written = Vec::new();
                push_literal(key, &mut written);
                keys.push((position.range, position.before, written));
            }
        }
        Self {
            lexed: input.lexed,
            actual,
            is_insert: matches!(input.statement.kind, Kind::Insert(_)),
            keys,
        }
    }

    fn shape_edit(&self, edit: &Edit) -> Option<ShapeEdit> {
        let with = match self.key(edit) {
            Some(with) => with,
            None if edit.with == quoted(self.actual) => With::Actual,
            None if edit.with.is_empty() || holds(&edit.with, self.actual.as_bytes()) => {
                return None;
            }
            None => With::Fixed(edit.with.as_slice().into()),
        };
        Some(ShapeEdit {
            place: self.place(edit)?,
            with,
        })
    }

    /// The key that an edit puts in.
    fn key(&self, edit: &Edit) -> Option<With> {
        let mut keys = self.keys.iter();
        let nth = keys.position(|(range, ..)| *range == edit.range)?;
        let (_, before, written) = self.keys.get(nth)?;
        let is_it = edit.with.strip_prefix(before.as_slice()) == Some(written.as_slice());
        is_it.then(|| With::Key(before.as_slice().into(), nth))
    }

    fn place(&self, edit: &Edit) -> Option<EditPlace> {
        let at = |offset: usize| u32::try_from(offset).ok();
        let tokens = &self.lexed.tokens;
        let starts = |offset| tokens.binary_search_by_key(&offset, |token| token.start);
        let ends = |offset| tokens.binary_search_by_key(&offset, |token| token.end);
        let (start, end) = (at(edit.range.start)?, at(edit.range.end)?);
        if start < end {
            return Some(EditPlace::Tokens(starts(start).ok()?, ends(end).ok()?));
        }
        // tokens may touch here and not elsewhere: what goes into an INSERT's lists stands before their end, anything
        // else behind what it belongs to
        let closing = starts(start).ok();
        let closing = closing.filter(|token| self.is_insert && punct_is(self.lexed, *token, b')'));
        match closing {
            Some(token) => Some(EditPlace::Before(token)),
            None => Some(EditPlace::Behind(ends(end).ok()?)),
        }
    }
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
