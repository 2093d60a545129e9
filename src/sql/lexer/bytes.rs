//! Classes of single bytes.

/// What starts at a byte, as far as the byte alone tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing does.
    Blank,
    /// A word: no letter that may stand in front of a quote.
    Word,
    /// A number, or a word.
    Digit,
    /// An operator or a character of its own, whatever follows.
    Sign,
    /// What follows decides, or the `sql_mode`.
    Other,
}

/// The kind of start that a byte is: one look instead of a dozen comparisons.
pub(super) const fn start_of(byte: u8) -> Start {
    STARTS[byte as usize]
}

static STARTS: [Start; 256] = starts();

const fn starts() -> [Start; 256] {
    let mut table = [Start::Other; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = match byte {
            _ if is_blank(byte) => Start::Blank,
            b'0'..=b'9' => Start::Digit,
            b'$' | b'n' | b'N' | b'x' | b'X' | b'b' | b'B' => Start::Other,
            _ if is_word_byte(byte) => Start::Word,
            b'=' | b',' | b'(' | b')' | b';' | b'+' | b'<' | b'>' | b'!' | b'?' | b'%' => {
                Start::Sign
            }
            _ => Start::Other,
        };
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

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
