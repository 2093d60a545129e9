//! Items of a select list: a column without an alias is named by its text, which an edit would change.

use std::ops::Range;

use crate::sql::{Lexed, TokenKind, punct_is, word_of};

/// Words between SELECT and its first item.
const MODIFIERS: [&str; 11] = [
    "ALL",
    "DISTINCT",
    "DISTINCTROW",
    "HIGH_PRIORITY",
    "SQL_BIG_RESULT",
    "SQL_BUFFER_RESULT",
    "SQL_CACHE",
    "SQL_CALC_FOUND_ROWS",
    "SQL_NO_CACHE",
    "SQL_SMALL_RESULT",
    "STRAIGHT_JOIN",
];

/// Words that end the list.
const ENDS: [&str; 15] = [
    "EXCEPT",
    "FETCH",
    "FOR",
    "FROM",
    "GROUP",
    "HAVING",
    "INTERSECT",
    "INTO",
    "LIMIT",
    "LOCK",
    "ORDER",
    "PROCEDURE",
    "UNION",
    "WHERE",
    "WINDOW",
];

/// Words behind which an operand follows, so that no alias does.
const OPERATORS: [&str; 21] = [
    "AND", "BETWEEN", "BINARY", "CASE", "COLLATE", "DIV", "ELSE", "ESCAPE", "IN", "INTERVAL", "IS",
    "LIKE", "MOD", "NOT", "OR", "REGEXP", "RLIKE", "SOUNDS", "THEN", "WHEN", "XOR",
];

/// The items of the statement's first select list that have no alias, as ranges of tokens.
pub(super) fn unnamed(text: &[u8], lexed: &Lexed) -> Vec<Range<usize>> {
    let mut start = 0;
    while punct_is(lexed, start, b'(') {
        start += 1;
    }
    if word_of(text, lexed, start, &["SELECT"]).is_none() {
        return Vec::new();
    }
    start += 1;
    while word_of(text, lexed, start, &MODIFIERS).is_some() {
        start += 1;
    }
    let mut items = Vec::new();
    let (mut depth, mut has_alias) = (0_usize, false);
    let first = start;
    for index in first..=lexed.tokens.len() {
        let kind = lexed.kind(index);
        let is_end = match kind {
            None | Some(TokenKind::Punct(b';')) => true,
            Some(TokenKind::Punct(b')')) => depth == 0,
            Some(TokenKind::Word) => depth == 0 && word_of(text, lexed, index, &ENDS).is_some(),
            _ => false,
        };
        if is_end || (depth == 0 && kind == Some(TokenKind::Punct(b','))) {
            if !has_alias && index > start && !ends_with_alias(text, lexed, start..index) {
                items.push(start..index);
            }
            (start, has_alias) = (index + 1, false);
        }
        match kind {
            _ if is_end => break,
            Some(TokenKind::Punct(b'(')) => depth += 1,
            Some(TokenKind::Punct(b')')) => depth -= 1,
            Some(TokenKind::Word) if depth == 0 => {
                has_alias |= word_of(text, lexed, index, &["AS"]).is_some()
            }
            _ => {}
        }
    }
    items
}

/// `expression name`, without AS. In doubt there is one: a second alias would be an error.
fn ends_with_alias(text: &[u8], lexed: &Lexed, item: Range<usize>) -> bool {
    let (Some(last), Some(before)) = (item.end.checked_sub(1), item.end.checked_sub(2)) else {
        return false;
    };
    if before < item.start {
        return false;
    }
    let may_be_name = matches!(
        lexed.kind(last),
        Some(TokenKind::Word | TokenKind::QuotedName | TokenKind::Text)
    );
    may_be_name
        && match lexed.kind(before) {
            Some(TokenKind::Punct(b')')) => true,
            Some(TokenKind::Punct(_)) | None => false,
            Some(TokenKind::Word) => word_of(text, lexed, before, &OPERATORS).is_none(),
            Some(
                TokenKind::QuotedName
                | TokenKind::Text
                | TokenKind::NationalText
                | TokenKind::Integer
                | TokenKind::Decimal
                | TokenKind::Float
                | TokenKind::Hex
                | TokenKind::Bit
                | TokenKind::UserVariable
                | TokenKind::SystemVariable,
            ) => true,
            Some(_) => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, SqlMode, lex};

    fn names(text: &str) -> Vec<String> {
        let mut lexed = Lexed::default();
        lex(
            text.as_bytes(),
            SqlMode::default(),
            ServerFamily::MariaDb(101_119),
            &mut lexed,
        )
        .unwrap();
        let of = |range: Range<usize>| {
            let start = lexed.tokens[range.start].start as usize;
            text[start..lexed.tokens[range.end - 1].end as usize].to_owned()
        };
        unnamed(text.as_bytes(), &lexed)
            .into_iter()
            .map(of)
            .collect()
    }

    #[test]
    fn items_without_an_alias_are_found() {
        let cases: &[(&str, &[&str])] = &[
            ("select database()", &["database()"]),
            (
                "select connection_id()>0, user() u, version() as v",
                &["connection_id()>0"],
            ),
            (
                "select distinct concat(database(), 'x'), 1 from t",
                &["concat(database(), 'x')", "1"],
            ),
            (
                "select user() is null, user() like 'a', 'x' 'y'",
                &["user() is null", "user() like 'a'"],
            ),
            (
                "(select (select database()), a b from t) union select 1",
                &["(select database())"],
            ),
            (
                "select current_user u, 1 + current_user",
                &["1 + current_user"],
            ),
            (
                "select cast(user() as char(10)); select 1",
                &["cast(user() as char(10))"],
            ),
            ("insert into t values (database())", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(names(text), *expected, "{text}");
        }
    }
}
