//! Any text is cut, analyzed, routed and rewritten within bounds, and what is sent on can be read again.

use std::ops::Range;

use shardgate::model::Charset;
use shardgate::sql::{
    Lexed, ServerFamily, ShapeContext, SqlMode, analyze, digest, lex, lex_for, names, shape_key,
    split,
};

use super::routing::{Reading, shops, target};

/// The first byte chooses `sql_mode`, server and character set; the rest is the text.
pub fn check(input: &[u8]) {
    let Some((&choice, text)) = input.split_first() else {
        return;
    };
    let asked = Reading {
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

fn one(text: &[u8], lexed: &Lexed, range: Range<usize>, asked: Reading) {
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
            target(text, lexed, &statement, asked, layout, None);
        }
    }
}
