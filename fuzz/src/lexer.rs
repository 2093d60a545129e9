//! Any text is cut into tokens that together are the text, by every server alike where no comment is doubtful.

use shardgate::sql::{
    CommentKind, Lexed, ServerFamily, SqlMode, TokenKind, lex, lex_for, name_value, split,
    text_value,
};

use super::mode::sql_mode;

/// The first byte chooses `sql_mode`; the rest is the text.
pub fn check(input: &[u8]) {
    let Some((&choice, text)) = input.split_first() else {
        return;
    };
    let mode = sql_mode(choice);
    let families = [
        ServerFamily::MySql(80_000),
        ServerFamily::MySql(90_700),
        ServerFamily::MariaDb(101_119),
    ];
    let mut all = Lexed::default();
    let whole = lex_for(text, mode, &families, &mut all);
    covered(text, &all, whole.is_err());
    for family in families {
        let mut own = Lexed::default();
        let read = lex(text, mode, family, &mut own);
        covered(text, &own, read.is_err());
        // read again, into memory that was used before, it is the same
        let mut again = all.clone();
        assert_eq!(lex(text, mode, family, &mut again).is_ok(), read.is_ok());
        assert_eq!(again.tokens, own.tokens);
        if whole.is_ok() && !all.has_doubtful_comment {
            assert!(read.is_ok(), "one server cannot read what is not doubtful");
            assert_eq!(own.tokens, all.tokens, "two servers read different tokens");
        }
        let mut next = 0;
        for range in split(text, &own) {
            assert!(range.start >= next && range.end <= own.tokens.len());
            next = range.end;
        }
    }
    values(text, &all, mode);
}

/// Between tokens and comments stand blanks alone.
fn covered(text: &[u8], lexed: &Lexed, is_broken: bool) {
    let tokens = lexed.tokens.iter().map(|token| (token.start, token.end));
    let comments = lexed
        .comments
        .iter()
        .map(|comment| (comment.start, comment.end));
    let mut pieces: Vec<(u32, u32)> = tokens.chain(comments).collect();
    pieces.sort_unstable();
    let mut at = 0;
    for (start, end) in pieces {
        assert!(start >= at && end >= start && end as usize <= text.len());
        let gap = &text[at as usize..start as usize];
        assert!(gap.iter().all(is_blank), "{gap:?} is lost");
        at = end;
    }
    if !is_broken {
        let gap = &text[at as usize..];
        // NULs at the end are no part of a text
        assert!(
            gap.iter().all(|byte| *byte == 0 || is_blank(byte)),
            "{gap:?} is lost"
        );
    }
    let opened = lexed
        .comments
        .iter()
        .filter(|comment| comment.kind == CommentKind::ExecutableOpen)
        .count();
    assert!(opened == 0 || lexed.has_executable_comment);
}

fn is_blank(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || *byte == 0x0B
}

/// What a string or name is worth is no longer than it.
fn values(text: &[u8], lexed: &Lexed, mode: SqlMode) {
    for index in 0..lexed.tokens.len() {
        let bytes = lexed.bytes(text, index);
        match lexed.kind(index) {
            Some(TokenKind::Text | TokenKind::NationalText) => {
                assert!(text_value(bytes, mode).len() + 2 <= bytes.len());
            }
            Some(TokenKind::QuotedName) if std::str::from_utf8(bytes).is_ok() => {
                assert!(name_value(bytes).len() + 2 <= bytes.len());
            }
            _ => {}
        }
    }
}
