//! Any text's hints are read or refused, wherever comments stand, and never out of a literal.

use shardgate::sql::{Lexed, ServerFamily, SqlMode, hints, lex};

/// The bytes are a text; and they are the inside of a hint's comment, and of a literal.
pub fn check(input: &[u8]) {
    of(input);
    if input.windows(2).any(|pair| pair == b"*/") {
        return;
    }
    for (open, close) in [
        ("/* shardgate: ", " */ SELECT 1"),
        ("/* SHARDINGSPHERE_HINT: ", " */ SELECT 1"),
        ("/*+ PROXY_HINT(", ") */ SELECT 1"),
        ("/* another */ /*+ PROXY_DS=", "*/ SELECT 1"),
    ] {
        of(&[open.as_bytes(), input, close.as_bytes()].concat());
    }
    if input.iter().any(|byte| matches!(byte, b'\'' | b'\\')) {
        return;
    }
    // in a literal a hint is text
    let text = [b"SELECT '/* shardgate: ", input, b" */'"].concat();
    let mut lexed = Lexed::default();
    if lex(
        &text,
        SqlMode::default(),
        ServerFamily::MariaDb(101_119),
        &mut lexed,
    )
    .is_ok()
    {
        let found = hints(&text, &lexed, &(0..lexed.tokens.len()));
        assert_eq!(found, Ok(shardgate::sql::Hints::default()));
    }
}

fn of(text: &[u8]) {
    let mut lexed = Lexed::default();
    for family in [ServerFamily::MySql(90_700), ServerFamily::MariaDb(101_119)] {
        if lex(text, SqlMode::default(), family, &mut lexed).is_err() {
            continue;
        }
        let whole = 0..lexed.tokens.len();
        let first = hints(text, &lexed, &whole);
        assert_eq!(hints(text, &lexed, &whole), first);
        if let Ok(found) = &first {
            // nothing that the text does not hold
            if let Some(name) = &found.data_source {
                // a byte that is no UTF-8 is read as a sign of three
                assert!(!name.is_empty() && name.len() <= 3 * text.len());
            }
        }
    }
}
