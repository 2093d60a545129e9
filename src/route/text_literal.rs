//! The characters that a string literal stands for.

use crate::model::Charset;

/// What stands between the quotes of `literal`, undecoded, and the quote; `None` if it is not a string literal.
#[must_use]
pub fn between_quotes(literal: &[u8]) -> Option<(&[u8], u8)> {
    let (&quote, rest) = literal.split_first()?;
    let (&last, inner) = rest.split_last()?;
    (quote == last && (quote == b'\'' || quote == b'"')).then_some((inner, quote))
}

/// The value of a string literal; `None` where it holds characters that cannot be told for sure.
#[must_use]
pub fn decode(literal: &[u8], keeps_backslash: bool, charset: Charset) -> Option<String> {
    let (inner, quote) = between_quotes(literal)?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.iter().copied();
    while let Some(byte) = rest.next() {
        if byte == quote {
            rest.next();
            bytes.push(quote);
        } else if byte == b'\\' && !keeps_backslash {
            push_escape(rest.next()?, &mut bytes);
        } else {
            bytes.push(byte);
        }
    }
    to_text(bytes, charset)
}

/// Bytes in `charset` as text; `None` where they are malformed or depend on the reader.
#[must_use]
pub fn to_text(bytes: Vec<u8>, charset: Charset) -> Option<String> {
    match charset {
        Charset::Utf8mb4 | Charset::Utf8mb3 => String::from_utf8(bytes).ok(),
        Charset::Ascii | Charset::Binary => bytes.is_ascii().then(|| bytes.into_iter().map(char::from).collect()),
        // MySQL's latin1 is cp1252 between 0x80 and 0x9F: no value is claimed there
        Charset::Latin1 => {
            let is_plain = bytes.iter().all(|byte| !(0x80..0xA0).contains(byte));
            is_plain.then(|| bytes.into_iter().map(char::from).collect())
        }
    }
}

fn push_escape(byte: u8, bytes: &mut Vec<u8>) {
    match byte {
        b'0' => bytes.push(0),
        b'b' => bytes.push(8),
        b'n' => bytes.push(b'\n'),
        b'r' => bytes.push(b'\r'),
        b't' => bytes.push(b'\t'),
        b'Z' => bytes.push(26),
        b'%' | b'_' => bytes.extend([b'\\', byte]),
        other => bytes.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::decode;
    use crate::model::Charset;

    #[test]
    fn escapes_and_doubled_quotes_stand_for_one_character() {
        let read = |literal: &str| decode(literal.as_bytes(), false, Charset::Utf8mb4);
        assert_eq!(read(r"'it''s'").as_deref(), Some("it's"));
        assert_eq!(read(r"'it\'s'").as_deref(), Some("it's"));
        assert_eq!(read(r#""a""b""#).as_deref(), Some("a\"b"));
        assert_eq!(read(r"'a\n\%\q'").as_deref(), Some("a\n\\%q"));
    }

    #[test]
    fn no_backslash_escapes_keeps_the_backslash() {
        assert_eq!(decode(br"'a\n'", true, Charset::Utf8mb4).as_deref(), Some("a\\n"));
    }

    #[test]
    fn malformed_text_has_no_value() {
        assert_eq!(decode(b"'\xff'", false, Charset::Utf8mb4), None);
        assert_eq!(decode(b"'\xe9'", false, Charset::Latin1).as_deref(), Some("\u{e9}"));
        assert_eq!(decode(b"'\x80'", false, Charset::Latin1), None);
        assert_eq!(decode(b"'", false, Charset::Utf8mb4), None);
    }
}
