//! Any text is cut, analyzed, routed and rewritten within bounds, and what is sent on can be read again.

use std::ops::Range;
use std::sync::OnceLock;

use shardgate::model::{Charset, ShardingValue};
use shardgate::rewrite::plan;
use shardgate::route::{DdlRight, KeyNeed, Rights, RouteInput, Wishes, route};
use shardgate::sql::{
    Lexed, ServerFamily, ShapeContext, SqlMode, analyze, digest, hints, lex, lex_for, names,
    shape_key, split,
};

#[path = "../../tests/routing/layouts.rs"]
mod layouts;

use layouts::{Layout, layout};

/// The first byte chooses `sql_mode`, server and character set; the rest is the text.
pub fn check(input: &[u8]) {
    let Some((&choice, text)) = input.split_first() else {
        return;
    };
    let asked = Asked {
        mode: SqlMode {
            ansi_quotes: choice & 1 != 0,
            no_backslash_escapes: choice & 2 != 0,
            pipes_as_concat: choice & 4 != 0,
            ..SqlMode::default()
        },
        family: if choice & 8 != 0 {
            ServerFamily::MySql(90_700)
        } else {
            ServerFamily::MariaDb(101_119)
        },
        charset: if choice & 16 != 0 {
            Charset::Latin1
        } else {
            Charset::Utf8mb4
        },
    };
    let mut lexed = Lexed::default();
    let both = [ServerFamily::MySql(80_400), asked.family];
    let _ = lex_for(text, asked.mode, &both, &mut lexed);
    let is_read = lex(text, asked.mode, asked.family, &mut lexed).is_ok();
    in_order(text, &lexed);
    if !is_read {
        return;
    }
    let mut next = 0;
    for range in split(text, &lexed) {
        assert!(range.start >= next && range.end <= lexed.tokens.len());
        next = range.end;
        one(text, &lexed, range, asked);
    }
}

#[derive(Clone, Copy)]
struct Asked {
    mode: SqlMode,
    family: ServerFamily,
    charset: Charset,
}

/// Tokens and comments follow each other and lie in the text.
fn in_order(text: &[u8], lexed: &Lexed) {
    let mut end = 0;
    for token in &lexed.tokens {
        assert!(token.start >= end && token.end > token.start);
        end = token.end;
    }
    assert!(end as usize <= text.len());
    let mut end = 0;
    for comment in &lexed.comments {
        assert!(comment.start >= end && comment.end >= comment.start);
        assert!(comment.before_token as usize <= lexed.tokens.len());
        end = comment.end;
    }
    assert!(end as usize <= text.len());
}

fn one(text: &[u8], lexed: &Lexed, range: Range<usize>, asked: Asked) {
    let statement = analyze(text, lexed, range.clone(), asked.mode);
    for table in &statement.tables {
        assert!(
            range.contains(&(table.name_token as usize)),
            "a table outside of its statement"
        );
    }
    assert!(names(text, lexed, range.clone()).count() <= range.len());
    let (mut normalized, mut shape, mut again) = (String::new(), Vec::new(), Vec::new());
    digest(text, lexed, &range, &mut normalized);
    let context = ShapeContext {
        mode: asked.mode,
        family: asked.family,
        charset: asked.charset,
        schema: None,
        generation: 1,
        seed: 2,
    };
    let key = shape_key(text, lexed, &range, &context, &mut shape);
    assert_eq!(shape_key(text, lexed, &range, &context, &mut again), key);
    // routing is told of whole texts: those of several statements are cut first
    if range == (0..lexed.tokens.len()) {
        for layout in shops() {
            routed(text, lexed, &statement, asked, layout);
        }
    }
}

fn routed(
    text: &[u8],
    lexed: &Lexed,
    statement: &shardgate::sql::Statement,
    asked: Asked,
    layout: &Layout,
) {
    let Ok(hinted) = hints(text, lexed, &(0..lexed.tokens.len())) else {
        return;
    };
    let databases = [layout.database.name.clone(), "other_shop".to_owned()];
    let mut input = RouteInput {
        text,
        lexed,
        statement,
        database: &layout.database,
        databases: &databases,
        schema: &layout.schema,
        mode: asked.mode,
        keeps_zero: false,
        charset: asked.charset,
        params: None,
        generated: &[],
        wishes: Wishes {
            data_source: hinted.data_source.as_deref(),
            primary: hinted.primary_only,
            full_route: hinted.full_route,
            disabled_auditors: &hinted.disable_audit_names,
        },
        rights: Rights {
            may_hint: true,
            ddl: DdlRight::All,
        },
        explain: true,
    };
    let Ok(need) = KeyNeed::of(&input) else {
        return;
    };
    let count = need.map_or(0, |need| need.count());
    let keys: Vec<ShardingValue> = (1_000_001..).take(count).map(ShardingValue::Int).collect();
    input.generated = &keys;
    let Ok(route) = route(&input) else {
        return;
    };
    let Ok(plan) = plan(&input, &route) else {
        return;
    };
    let mut again = Lexed::default();
    for (_, sql) in plan.actual(text, &layout.database) {
        let is_read = lex(sql.as_bytes(), asked.mode, asked.family, &mut again).is_ok();
        assert!(is_read, "what is sent cannot be read: {sql}");
    }
}

fn shops() -> &'static [Layout; 2] {
    static LAYOUTS: OnceLock<[Layout; 2]> = OnceLock::new();
    LAYOUTS.get_or_init(|| [layout("shop"), layout("two")])
}
