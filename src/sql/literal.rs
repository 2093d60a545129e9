//! What single tokens are worth: strings without their escapes, names without their quotes, words without case.

use super::token::{Lexed, SqlMode, TokenKind};
use crate::model::{PlantedFault, is_planted};
use std::borrow::Cow;

/// The value of a string literal `'x'`, `"x"` or `N'x'` as the server stores it, in the bytes of the client's
/// character set. Outside of quotes the bytes are returned as they are.
///
/// `\%` and `\_` keep their backslash: only LIKE gives them a meaning.
#[must_use]
pub fn text_value(bytes: &[u8], mode: SqlMode) -> Cow<'_, [u8]> {
    let quoted = match bytes {
        [b'n' | b'N', rest @ ..] if rest.first() == Some(&b'\'') => rest,
        _ => bytes,
    };
    let [quote @ (b'\'' | b'"'), inner @ .., last] = quoted else {
        return Cow::Borrowed(bytes);
    };
    if quote != last {
        return Cow::Borrowed(bytes);
    }
    if is_planted(PlantedFault::EscapesKept) {
        return Cow::Borrowed(inner);
    }
    let escapes = !mode.no_backslash_escapes;
    if !inner
        .iter()
        .any(|byte| byte == quote || (escapes && *byte == b'\\'))
    {
        return Cow::Borrowed(inner);
    }
    Cow::Owned(unescape(inner, *quote, escapes))
}

fn unescape(inner: &[u8], quote: u8, escapes: bool) -> Vec<u8> {
    let mut value = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let [byte, tail @ ..] = rest {
        rest = match tail {
            [escaped, tail @ ..] if *byte == b'\\' && escapes => {
                push_escaped(*escaped, &mut value);
                tail
            }
            [next, tail @ ..] if *byte == quote && *next == quote => {
                value.push(quote);
                tail
            }
            _ => {
                value.push(*byte);
                tail
            }
        };
    }
    value
}

fn push_escaped(escaped: u8, value: &mut Vec<u8>) {
    match escaped {
        b'0' => value.push(0),
        b'b' => value.push(8),
        b't' => value.push(b'\t'),
        b'n' => value.push(b'\n'),
        b'r' => value.push(b'\r'),
        b'Z' => value.push(26),
        b'%' | b'_' => value.extend([b'\\', escaped]),
        other => value.push(other),
    }
}

/// The name that an identifier stands for: without its quotes, doubled quotes read once. Bytes that are no UTF-8
/// become replacement characters, which no declared name holds.
#[must_use]
pub fn name_value(bytes: &[u8]) -> Cow<'_, str> {
    let [quote @ (b'`' | b'"'), inner @ .., last] = bytes else {
        return String::from_utf8_lossy(bytes);
    };
    if quote != last {
        return String::from_utf8_lossy(bytes);
    }
    if !inner.contains(quote) {
        return String::from_utf8_lossy(inner);
    }
    let value = unescape(inner, *quote, false);
    Cow::Owned(String::from_utf8_lossy(&value).into_owned())
}

/// Whether token `index` is the unquoted word `word`, in any case.
#[must_use]
pub fn word_is(text: &[u8], lexed: &Lexed, index: usize, word: &str) -> bool {
    lexed.kind(index) == Some(TokenKind::Word)
        && lexed
            .bytes(text, index)
            .eq_ignore_ascii_case(word.as_bytes())
}

/// The first of `words` that token `index` is, in any case.
#[must_use]
pub fn word_of<'w>(text: &[u8], lexed: &Lexed, index: usize, words: &[&'w str]) -> Option<&'w str> {
    words
        .iter()
        .find(|word| word_is(text, lexed, index, word))
        .copied()
}

/// Whether token `index` is the single character `character`.
#[must_use]
pub fn punct_is(lexed: &Lexed, index: usize, character: u8) -> bool {
    lexed.kind(index) == Some(TokenKind::Punct(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_the_servers_read_them() {
        let plain = SqlMode::default();
        let raw = SqlMode {
            no_backslash_escapes: true,
            ..plain
        };
        let cases: &[(&[u8], SqlMode, &[u8])] = &[
            (b"'abc'", plain, b"abc"),
            (b"''", plain, b""),
            (b"'it''s'", plain, b"it's"),
            (b"'it\\'s'", plain, b"it's"),
            (b"\"a\"\"b''c\"", plain, b"a\"b''c"),
            (
                b"'\\n\\t\\0\\Z\\b\\r\\q\\\\'",
                plain,
                b"\n\t\0\x1a\x08\rq\\",
            ),
            (b"'5\\%\\_'", plain, b"5\\%\\_"),
            (b"'a\\'", raw, b"a\\"),
            (b"'a\\''b'", raw, b"a\\'b"),
            (b"N'x''y'", plain, b"x'y"),
            (b"'\xff\xfe'", plain, b"\xff\xfe"),
        ];
        for (bytes, mode, value) in cases {
            assert_eq!(
                text_value(bytes, *mode).as_ref(),
                *value,
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn names_lose_their_quotes() {
        assert_eq!(name_value(b"inv_stock"), "inv_stock");
        assert_eq!(name_value(b"`inv_stock`"), "inv_stock");
        assert_eq!(name_value(b"`a``b`"), "a`b");
        assert_eq!(name_value(b"\"a\"\"b\""), "a\"b");
        assert_eq!(name_value(b"`"), "`");
        assert_eq!(name_value(b"a\xff"), "a\u{fffd}");
    }
}
