//! Classes of single bytes.

/// Space, tab, line feed, vertical tab, form feed, carriage return.
pub(in crate::sql) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// A byte that may stand in an unquoted identifier.
pub(in crate::sql) const fn is_word_byte(byte: u8) -> bool {
    IN_WORDS[byte as usize]
}

/// Every byte of every name is asked for: looked up, not compared.
static IN_WORDS: [bool; 256] = in_words();

const fn in_words() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80;
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

/// A byte that makes `--` a comment when it follows.
pub(super) const fn ends_dashes(byte: u8) -> bool {
    is_blank(byte) || byte.is_ascii_control()
}
