//! Classes of single bytes.

/// Space, tab, line feed, vertical tab, form feed, carriage return.
pub(in crate::sql) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// A byte that may stand in an unquoted identifier.
pub(in crate::sql) const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// A byte that makes `--` a comment when it follows.
pub(super) const fn ends_dashes(byte: u8) -> bool {
    is_blank(byte) || byte.is_ascii_control()
}
