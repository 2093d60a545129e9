//! Clauses and modifiers that the parser does not know and that say nothing about tables or conditions.

use super::keyword::SELECT_MODIFIERS;
use super::layout::Layout;
use super::source::{Clear, Source, Unclear};
use crate::sql::token::TokenKind;

/// Where to go on if what begins at the word `index` is left out; `None` if it is not.
pub(super) fn skip(source: Source<'_>, layout: &Layout, index: usize) -> Clear<Option<usize>> {
    let bytes = source.bytes(index);
    match bytes.first().map(u8::to_ascii_uppercase) {
        Some(b'_') => Ok(introducer(source, index)),
        Some(b'F') if source.is_word(index, "FOR") => locking(source, index),
        Some(b'F') if source.is_word(index, "FORCE") => index_hint(source, layout, index),
        Some(b'I') if source.is_word(index, "IGNORE") => index_hint(source, layout, index),
        Some(b'U') if source.is_word(index, "USE") => index_hint(source, layout, index),
        Some(b'I') if source.is_word(index, "INTO") => into(source, index).map(Some),
        Some(b'L') if source.are_words(index, &["LOCK", "IN", "SHARE", "MODE"]) => {
            Ok(Some(waiting(source, index + 4)))
        }
        Some(b'B' | b'L' | b'T') if is_bare_trim(source, index) => Ok(Some(index + 2)),
        Some(b'L') if source.are_words(index, &["LIMIT", "ROWS", "EXAMINED"]) => {
            Ok(Some(index + 4))
        }
        Some(b'P') if source.is_word(index, "PARTITION") => partition(source, layout, index),
        Some(b'R') if source.are_words(index, &["ROWS", "EXAMINED"]) => Ok(Some(index + 3)),
        // `ROW(a, b)` is `(a, b)`
        Some(b'R') if source.is_word(index, "ROW") && source.is_punct(index + 1, b'(') => {
            Ok(Some(index + 1))
        }
        Some(b'S') if source.are_words(index, &["SOUNDS", "LIKE"]) => Ok(Some(index + 1)),
        _ => Ok(None),
    }
}

/// The token behind the modifiers of a SELECT, and whether DISTINCT is among them.
pub(super) fn skip_select_modifiers(source: Source<'_>, first: usize) -> (usize, bool) {
    let mut at = first;
    let mut is_distinct = false;
    loop {
        if source.is_any(at, &["DISTINCT", "DISTINCTROW"]) {
            is_distinct = true;
        } else if !source.is_any(at, &SELECT_MODIFIERS) && !source.is_word(at, "ALL") {
            return (at, is_distinct);
        }
        at += 1;
    }
}

/// `TRIM(BOTH FROM x)` is `TRIM(x)`.
fn is_bare_trim(source: Source<'_>, index: usize) -> bool {
    source.is_any(index, &["BOTH", "LEADING", "TRAILING"]) && source.is_word(index + 1, "FROM")
}

/// `_utf8mb4'x'`: the literal stays, and [`super::predicate`] sees what stands before it.
fn introducer(source: Source<'_>, index: usize) -> Option<usize> {
    is_introducer(source, index).then_some(index + 1)
}

/// Token `index` is the character set in front of a literal.
pub(super) fn is_introducer(source: Source<'_>, index: usize) -> bool {
    source.kind(index) == Some(TokenKind::Word)
        && source.bytes(index).first() == Some(&b'_')
        && matches!(
            source.kind(index + 1),
            Some(TokenKind::Text | TokenKind::Hex | TokenKind::Bit)
        )
}

/// `FOR UPDATE | FOR SHARE [OF t, ...] [NOWAIT | SKIP LOCKED | WAIT n]`
fn locking(source: Source<'_>, index: usize) -> Clear<Option<usize>> {
    if source.is_word(index + 1, "SYSTEM_TIME") || source.is_word(index + 1, "PORTION") {
        return Err(Unclear::Construct("FOR SYSTEM_TIME"));
    }
    if !source.is_any(index + 1, &["UPDATE", "SHARE"]) {
        return Ok(None);
    }
    let mut at = index + 2;
    if source.is_word(at, "OF") {
        loop {
            if !source.is_name(at + 1) {
                return Err(Unclear::Syntax { token: at + 1 });
            }
            // a schema here would have to be renamed
            if source.is_punct(at + 2, b'.') {
                return Err(Unclear::Construct("FOR UPDATE OF with a schema"));
            }
            at += 2;
            if !source.is_punct(at, b',') {
                break;
            }
        }
    }
    Ok(Some(waiting(source, at)))
}

fn waiting(source: Source<'_>, at: usize) -> usize {
    if source.is_word(at, "NOWAIT") {
        at + 1
    } else if source.are_words(at, &["SKIP", "LOCKED"])
        || (source.is_word(at, "WAIT") && source.kind(at + 1) == Some(TokenKind::Integer))
    {
        at + 2
    } else {
        at
    }
}

/// `USE | IGNORE | FORCE INDEX | KEY [FOR JOIN | ORDER BY | GROUP BY] (name, ...)`
fn index_hint(source: Source<'_>, layout: &Layout, index: usize) -> Clear<Option<usize>> {
    if !source.is_any(index + 1, &["INDEX", "KEY"]) {
        return Ok(None);
    }
    let mut at = index + 2;
    if source.are_words(at, &["FOR", "JOIN"]) {
        at += 2;
    } else if source.are_words(at, &["FOR", "ORDER", "BY"])
        || source.are_words(at, &["FOR", "GROUP", "BY"])
    {
        at += 3;
    }
    names(source, layout, at).map(Some)
}

/// `PARTITION (p0, p1)` of a table; not the `PARTITION BY` of a window.
fn partition(source: Source<'_>, layout: &Layout, index: usize) -> Clear<Option<usize>> {
    if !source.is_punct(index + 1, b'(') {
        return Ok(None);
    }
    names(source, layout, index + 1).map(Some)
}

/// The token behind a list of names in parentheses.
pub(super) fn names(source: Source<'_>, layout: &Layout, open: usize) -> Clear<usize> {
    if !source.is_punct(open, b'(') {
        return Err(Unclear::Syntax { token: open });
    }
    let close = layout.partner(open)?;
    match (open + 1..close).find(|&at| !source.is_name(at) && !source.is_punct(at, b',')) {
        Some(odd) => Err(Unclear::Syntax { token: odd }),
        None => Ok(close + 1),
    }
}

/// `INTO @a, @b | OUTFILE 'f' ... | DUMPFILE 'f'` of a SELECT.
fn into(source: Source<'_>, index: usize) -> Clear<usize> {
    let mut at = index + 1;
    if source.is_any(at, &["OUTFILE", "DUMPFILE"]) && source.kind(at + 1) == Some(TokenKind::Text) {
        at += 2;
        while is_part_of_outfile(source, at) {
            at += 1;
        }
        return Ok(at);
    }
    while source.kind(at) == Some(TokenKind::UserVariable) {
        at += 1;
        if !source.is_punct(at, b',') {
            return Ok(at);
        }
        at += 1;
    }
    Err(Unclear::Syntax { token: at })
}

fn is_part_of_outfile(source: Source<'_>, index: usize) -> bool {
    const WORDS: [&str; 12] = [
        "FIELDS",
        "COLUMNS",
        "LINES",
        "TERMINATED",
        "ENCLOSED",
        "ESCAPED",
        "STARTING",
        "OPTIONALLY",
        "BY",
        "CHARACTER",
        "CHARSET",
        "SET",
    ];
    source.is_any(index, &WORDS)
        || (source.kind(index) == Some(TokenKind::Text) && source.follows_any(index, &["BY"]))
        || (source.is_name(index) && source.follows_any(index, &["SET", "CHARSET"]))
}
