//! The entry: which statement it is, on how much stack it is read, and what is told if it is not understood.

use super::adapt::Adapter;
use super::bounds::{DEEP_STACK, PLAIN_STACK, PLAIN_WEIGHT};
use super::layout::Layout;
use super::order::Order;
use super::source::{Clear, Source, Unclear};
use super::walk::Walk;
use crate::model::{PlantedFault, is_planted};
use crate::sql::statement::{BlockKind, Kind, Qualifier, Query, TableRef};
use crate::sql::token::{Lexed, SqlMode};
use std::ops::Range;

/// The shape of one data statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// [`Kind::Query`], [`Kind::Insert`], [`Kind::Update`], [`Kind::Delete`], or [`Kind::NotUnderstood`] with its
    /// reason, then without tables and qualifiers.
    pub kind: Kind,
    /// Every table reference, in order of their tokens.
    pub tables: Vec<TableRef>,
    /// Qualifiers that name a table reference without alias, in order of their tokens.
    pub qualifiers: Vec<Qualifier>,
}

/// Reads the shape of the SELECT, INSERT, REPLACE, UPDATE, DELETE, WITH, TABLE or VALUES in the tokens `range`.
///
/// Never fails and never overflows the stack, whatever the tokens are: what is not understood says why.
#[must_use]
pub fn analyze(text: &[u8], lexed: &Lexed, range: Range<usize>, mode: SqlMode) -> Analysis {
    let end = range.end.min(lexed.tokens.len());
    let source = Source {
        text,
        lexed,
        first: range.start.min(end),
        end,
        mode,
    };
    match Layout::read(source).and_then(|layout| on_enough_stack(source, &layout)) {
        Ok(shape) => Analysis {
            kind: shape.kind,
            tables: shape.tables,
            qualifiers: shape.qualifiers,
        },
        Err(unclear) => Analysis {
            kind: Kind::NotUnderstood(unclear.to_string()),
            tables: Vec::new(),
            qualifiers: Vec::new(),
        },
    }
}

/// What is read of a statement.
pub(super) struct Shape {
    kind: Kind,
    tables: Vec<TableRef>,
    qualifiers: Vec<Qualifier>,
}

impl Shape {
    /// Checks `walk` against the tokens and makes `kind` of its blocks, its tables in order.
    pub(super) fn of(
        mut walk: Walk<'_>,
        kind: impl FnOnce(&Order, Vec<crate::sql::statement::Block>) -> Kind,
    ) -> Clear<Self> {
        walk.prove()?;
        walk.close_outlets();
        if is_planted(PlantedFault::SubQueryRestrictsOuter) {
            walk.restrict_outer();
        }
        let order = Order::sort(&mut walk);
        Ok(Self {
            kind: kind(&order, walk.blocks),
            tables: walk.tables,
            qualifiers: walk.qualifiers,
        })
    }
}

/// The parser's tree may be as deep as the statement has operators; it is built, walked and dropped in here.
fn on_enough_stack(source: Source<'_>, layout: &Layout) -> Clear<Shape> {
    if layout.weight > PLAIN_WEIGHT {
        stacker::grow(DEEP_STACK, || statement(source, layout))
    } else {
        stacker::maybe_grow(PLAIN_STACK / 4, PLAIN_STACK, || statement(source, layout))
    }
}

fn statement(source: Source<'_>, layout: &Layout) -> Clear<Shape> {
    let verb = behind_with(source, layout)?;
    if source.is_word(verb, "UPDATE") {
        super::update::update(source, layout, verb)
    } else if source.is_word(verb, "DELETE") {
        super::delete::delete(source, layout, verb)
    } else if source.is_any(verb, &["INSERT", "REPLACE"]) && verb == source.first {
        super::insert::insert(source, layout)
    } else if source.is_any(verb, &["SELECT", "TABLE", "VALUES"]) || source.is_punct(verb, b'(') {
        query(source, layout)
    } else {
        Err(Unclear::Construct(
            "a statement that is no query, INSERT, REPLACE, UPDATE or DELETE",
        ))
    }
}

fn query(source: Source<'_>, layout: &Layout) -> Clear<Shape> {
    let mut adapter = Adapter::new(source, layout);
    adapter.copy(source.first, source.end)?;
    let query = adapter.into_stream().parse()?;
    let mut walk = Walk::new(source, layout);
    walk.query(&query, BlockKind::Root, None, None)?;
    let labels = std::mem::take(&mut walk.labels);
    Shape::of(walk, |_, blocks| Kind::Query(Query { blocks, labels }))
}

/// The statement's verb: its first token, or the one behind its WITH.
fn behind_with(source: Source<'_>, layout: &Layout) -> Clear<usize> {
    let mut at = source.first;
    if !source.is_word(at, "WITH") {
        return Ok(at);
    }
    at += 1;
    if source.is_word(at, "RECURSIVE") {
        at += 1;
    }
    loop {
        // name [(columns)] AS (query)
        at += 1;
        if source.is_punct(at, b'(') {
            at = layout.partner(at)? + 1;
        }
        if !source.is_word(at, "AS") {
            return Err(Unclear::Syntax { token: at });
        }
        at = layout.partner(at + 1)? + 1;
        if !source.is_punct(at, b',') {
            return Ok(at);
        }
        at += 1;
    }
}
