//! `SELECT SNOWFLAKE()`: ids that the proxy answers by itself.

use super::literal::{name_value, punct_is, text_value, word_is};
use super::{Lexed, SqlMode, TokenKind};

/// Ids of one statement; an INSERT has no more rows either.
const MOST: usize = 4096;

/// One id that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnId {
    /// A table or a generator; `None` = the only generator.
    pub of: Option<String>,
    /// What the column is called.
    pub name: String,
}

/// `SELECT SNOWFLAKE(...) [[AS] name], ... [FROM DUAL]` and nothing else.
#[must_use]
pub fn own_ids(text: &[u8], lexed: &Lexed, mode: SqlMode) -> Option<Vec<OwnId>> {
    if !word_is(text, lexed, 0, "SELECT") {
        return None;
    }
    let (mut items, mut at) = (Vec::new(), 1);
    loop {
        let (item, next) = item(text, lexed, mode, at)?;
        items.push(item);
        at = next;
        if !punct_is(lexed, at, b',') {
            break;
        }
        at += 1;
    }
    if word_is(text, lexed, at, "FROM") && word_is(text, lexed, at + 1, "DUAL") {
        at += 2;
    }
    (at == lexed.tokens.len() && items.len() <= MOST).then_some(items)
}

fn item(text: &[u8], lexed: &Lexed, mode: SqlMode, first: usize) -> Option<(OwnId, usize)> {
    if !word_is(text, lexed, first, "SNOWFLAKE") || !punct_is(lexed, first + 1, b'(') {
        return None;
    }
    let of = named(text, lexed, mode, first + 2);
    let close = first + 2 + usize::from(of.is_some());
    if !punct_is(lexed, close, b')') {
        return None;
    }
    let start = lexed.tokens.get(first)?.start as usize;
    let whole = text.get(start..lexed.tokens.get(close)?.end as usize)?;
    let has_as = word_is(text, lexed, close + 1, "AS");
    let alias_at = close + 1 + usize::from(has_as);
    let is_end = !has_as && word_is(text, lexed, alias_at, "FROM");
    let alias = if is_end {
        None
    } else {
        named(text, lexed, mode, alias_at)
    };
    if has_as && alias.is_none() {
        return None;
    }
    let next = alias_at + usize::from(alias.is_some());
    let name = alias.unwrap_or_else(|| String::from_utf8_lossy(whole).into_owned());
    Some((OwnId { of, name }, next))
}

/// A name or a string, without its quotes.
fn named(text: &[u8], lexed: &Lexed, mode: SqlMode, index: usize) -> Option<String> {
    let bytes = || lexed.bytes(text, index);
    match lexed.kind(index)? {
        TokenKind::Word | TokenKind::QuotedName => Some(name_value(bytes()).into_owned()),
        TokenKind::Text => Some(String::from_utf8_lossy(&text_value(bytes(), mode)).into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, lex};

    fn read(text: &str) -> Option<Vec<(Option<String>, String)>> {
        let mut lexed = Lexed::default();
        let family = ServerFamily::MariaDb(101_119);
        lex(text.as_bytes(), SqlMode::default(), family, &mut lexed).unwrap();
        let items = own_ids(text.as_bytes(), &lexed, SqlMode::default())?;
        Some(items.into_iter().map(|item| (item.of, item.name)).collect())
    }

    #[test]
    fn ids_stand_alone_in_a_select() {
        let some = |name: &str| Some(name.to_owned());
        let cases = [
            ("select snowflake()", vec![(None, "snowflake()")]),
            ("SELECT SNOWFLAKE ( ) AS id", vec![(None, "id")]),
            (
                "SELECT SNOWFLAKE('t_order') `the id`, SNOWFLAKE(keys), snowflake(`k`) 'x' FROM dual",
                vec![
                    (some("t_order"), "the id"),
                    (some("keys"), "SNOWFLAKE(keys)"),
                    (some("k"), "x"),
                ],
            ),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(of, name)| (of, name.to_owned()))
                .collect();
            assert_eq!(read(text), Some(expected), "{text}");
        }
        for text in [
            "SELECT 1, SNOWFLAKE()",
            "SELECT SNOWFLAKE() + 1",
            "SELECT SNOWFLAKE(?)",
            "SELECT SNOWFLAKE(a, b)",
            "SELECT SNOWFLAKE() FROM t",
            "SELECT SNOWFLAKE() AS",
            "SELECT SNOWFLAKE(),",
            "INSERT INTO t VALUES (SNOWFLAKE())",
            "(SELECT SNOWFLAKE())",
            "SELECT SNOWFLAKE() UNION SELECT SNOWFLAKE()",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
