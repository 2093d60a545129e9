//! A text through routing and rewriting, in layouts built without any file.

use std::sync::OnceLock;

use shardgate::model::{Charset, ShardingValue};
use shardgate::rewrite::plan;
use shardgate::route::{BoundValue, DdlRight, KeyNeed, Rights, RouteInput, Target, Wishes, route};
use shardgate::sql::{Lexed, ServerFamily, SqlMode, Statement, hints, lex};

#[path = "../../tests/routing/layouts.rs"]
mod layouts;

use layouts::{Layout, layout};

/// How a text is read.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub(super) mode: SqlMode,
    pub(super) family: ServerFamily,
    pub(super) charset: Charset,
}

/// The recommended layout, and one by two columns.
pub(super) fn shops() -> &'static [Layout; 2] {
    static LAYOUTS: OnceLock<[Layout; 2]> = OnceLock::new();
    LAYOUTS.get_or_init(|| [layout("shop"), layout("two")])
}

/// Where a statement goes; `None` where it is refused. What is sent on can be read again.
pub(super) fn target(
    text: &[u8],
    lexed: &Lexed,
    statement: &Statement,
    reading: Reading,
    layout: &Layout,
    params: Option<&[BoundValue<'_>]>,
) -> Option<Target> {
    let hinted = hints(text, lexed, &(0..lexed.tokens.len())).ok()?;
    let databases = [layout.database.name.clone(), "other_shop".to_owned()];
    let mut input = RouteInput {
        text,
        lexed,
        statement,
        database: &layout.database,
        databases: &databases,
        schema: &layout.schema,
        mode: reading.mode,
        keeps_zero: false,
        charset: reading.charset,
        params,
        generated: &[],
        wishes: Wishes::of(&hinted),
        rights: Rights {
            may_hint: true,
            ddl: DdlRight::All,
        },
        explain: true,
    };
    let count = KeyNeed::of(&input).ok()?.map_or(0, |need| need.count());
    let keys: Vec<ShardingValue> = (1_000_001..).take(count).map(ShardingValue::Int).collect();
    input.generated = &keys;
    let route = route(&input).ok()?;
    let plan = plan(&input, &route).ok()?;
    let mut again = Lexed::default();
    for (_, sql) in plan.actual(text, lexed, &layout.database) {
        let is_read = lex(sql.as_bytes(), reading.mode, reading.family, &mut again).is_ok();
        assert!(is_read, "what is sent cannot be read: {sql}");
    }
    Some(route.target)
}
