//! Bytes in a client's character set as text.

use crate::model::Charset;

/// Bytes in `charset` as text; `None` where they are malformed or depend on the reader.
#[must_use]
pub fn to_text(bytes: Vec<u8>, charset: Charset) -> Option<String> {
    match charset {
        Charset::Utf8mb4 | Charset::Utf8mb3 => String::from_utf8(bytes).ok(),
        Charset::Ascii | Charset::Binary | Charset::OneByte(_) => bytes
            .is_ascii()
            .then(|| bytes.into_iter().map(char::from).collect()),
        // MySQL's latin1 is cp1252 between 0x80 and 0x9F: no value is claimed there
        Charset::Latin1 => {
            let is_plain = bytes.iter().all(|byte| !(0x80..0xA0).contains(byte));
            is_plain.then(|| bytes.into_iter().map(char::from).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::to_text;
    use crate::model::Charset;

    #[test]
    fn malformed_text_has_no_value() {
        assert_eq!(to_text(b"\xff".to_vec(), Charset::Utf8mb4), None);
        assert_eq!(
            to_text(b"\xe9".to_vec(), Charset::Latin1).as_deref(),
            Some("\u{e9}")
        );
        assert_eq!(to_text(b"\x80".to_vec(), Charset::Latin1), None);
        assert_eq!(to_text(b"\xe9".to_vec(), Charset::Binary), None);
    }
}
