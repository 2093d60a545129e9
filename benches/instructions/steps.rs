//! The pure parts of a statement's way, each for itself: no socket, no lock, no clock.

use std::hint::black_box;

use shardgate::model::Charset;
use shardgate::rewrite;
use shardgate::route::{BoundValue, Rights, Route, RouteInput, ShapeRoute, Wishes, route};
use shardgate::sql::{Lexed, ShapeContext, SqlMode, Statement, analyze, lex, shape_key};

use crate::cases::{Case, Once};
use crate::place::{FAMILY, Place};

const READ: &[u8] = b"SELECT c FROM sbtest1 WHERE id=4711";
const PREPARED: &[u8] = b"SELECT c FROM sbtest1 WHERE id=?";
/// Rows in one statement, most of it literals.
const ROWS: usize = 20;

pub fn cases() -> Vec<Case> {
    fn case(name: &'static str, run: for<'p> fn(&'p mut Place, usize) -> Once<'p>) -> Case {
        Case {
            name,
            times: 100,
            run,
        }
    }
    vec![
        case("lex a read", |_, times| {
            Box::pin(async move { lexed(READ, times) })
        }),
        case("lex an insert of 20 rows", |_, times| {
            Box::pin(async move { lexed(&rows(), times) })
        }),
        case("shape key of a read", |_, times| {
            Box::pin(async move { keyed(READ, times) })
        }),
        case("shape key of an insert of 20 rows", |_, times| {
            Box::pin(async move { keyed(&rows(), times) })
        }),
        case("analyze a read", |_, times| {
            Box::pin(async move { analyzed(READ, times) })
        }),
        case("route a read", |place, times| {
            Box::pin(async move { with_input(place, READ, None, |input| routed(input, times)) })
        }),
        case("route a read by its shape", |place, times| {
            Box::pin(
                async move { with_input(place, READ, None, |input| routed_by_shape(input, times)) },
            )
        }),
        case("rewrite a read", |place, times| {
            Box::pin(async move { with_input(place, READ, None, |input| rewritten(input, times)) })
        }),
        case("route a prepared read by its shape", |place, times| {
            Box::pin(async move {
                let values = [BoundValue::Integer(4711)];
                with_input(place, PREPARED, Some(&values), |input| {
                    routed_by_shape(input, times)
                });
            })
        }),
        case("rewrite a prepared read", |place, times| {
            Box::pin(async move {
                let values = [BoundValue::Integer(4711)];
                with_input(place, PREPARED, Some(&values), |input| {
                    rewritten(input, times)
                });
            })
        }),
    ]
}

fn rows() -> Vec<u8> {
    let mut text = "INSERT INTO sbtest1 (id, k, c, pad) VALUES ".to_owned();
    for row in 0..ROWS {
        let comma = if row > 0 { ", " } else { "" };
        text.push_str(&format!(
            "{comma}({row}, 501, 'some text, it''s not long', 'other text')"
        ));
    }
    text.into_bytes()
}

fn read(text: &[u8], lexed: &mut Lexed) {
    assert!(lex(black_box(text), SqlMode::default(), FAMILY, lexed).is_ok());
}

fn lexed(text: &[u8], times: usize) {
    let mut lexed = Lexed::default();
    for _ in 0..times {
        read(text, &mut lexed);
        black_box(&lexed);
    }
}

fn keyed(text: &[u8], times: usize) {
    let (mut lexed, mut normalized) = (Lexed::default(), Vec::new());
    read(text, &mut lexed);
    let context = ShapeContext {
        mode: SqlMode::default(),
        family: FAMILY,
        charset: Charset::default(),
        schema: Some("shop"),
        generation: 1,
        seed: 7,
    };
    for _ in 0..times {
        normalized.clear();
        let range = 0..lexed.tokens.len();
        black_box(shape_key(
            black_box(text),
            &lexed,
            &range,
            &context,
            &mut normalized,
        ));
    }
}

fn statement(text: &[u8], lexed: &Lexed) -> Statement {
    analyze(text, lexed, 0..lexed.tokens.len(), SqlMode::default())
}

fn analyzed(text: &[u8], times: usize) {
    let mut lexed = Lexed::default();
    read(text, &mut lexed);
    for _ in 0..times {
        black_box(statement(black_box(text), &lexed));
    }
}

fn with_input(
    place: &Place,
    text: &[u8],
    params: Option<&[BoundValue<'_>]>,
    then: impl FnOnce(&RouteInput<'_>),
) {
    let mut lexed = Lexed::default();
    read(text, &mut lexed);
    let statement = statement(text, &lexed);
    let schema = place.database.schema.load();
    then(&RouteInput {
        text,
        lexed: &lexed,
        statement: &statement,
        database: &place.database.rules,
        databases: &place.names,
        schema: &schema,
        mode: SqlMode::default(),
        keeps_zero: false,
        charset: Charset::default(),
        params,
        generated: &[],
        wishes: Wishes::default(),
        rights: Rights::default(),
        explain: false,
    });
}

fn first_route(input: &RouteInput<'_>) -> Route {
    route(input)
        .unwrap_or_else(|_| unreachable!("the table is sharded by the column that is asked for"))
}

fn routed(input: &RouteInput<'_>, times: usize) {
    for _ in 0..times {
        black_box(first_route(black_box(input)));
    }
}

fn routed_by_shape(input: &RouteInput<'_>, times: usize) {
    let shape = ShapeRoute::of(input, &first_route(input));
    for _ in 0..times {
        let short = shape
            .as_ref()
            .and_then(|shape| shape.route(black_box(input), None));
        assert!(black_box(short).is_some());
    }
}

fn rewritten(input: &RouteInput<'_>, times: usize) {
    let (route, mut out) = (first_route(input), Vec::new());
    for _ in 0..times {
        out.clear();
        let plan = rewrite::plan(black_box(input), &route);
        for unit in plan.iter().flat_map(|plan| plan.units.iter()) {
            unit.edits.apply(input.text, input.lexed, &mut out);
        }
        assert!(black_box(&out).len() > input.text.len());
    }
}
