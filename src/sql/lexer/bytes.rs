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
    /// A token of one byte, whatever follows.
    Single,
    /// An operator of one to three bytes.
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
            b'=' | b',' | b'(' | b')' | b';' | b'+' | b'%' => Start::Single,
            b'<' | b'>' | b'!' | b'?' => Start::Sign,
            _ => Start::Other,
        };
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

/// Bytes up to the first `one` or `other`, eight at a time.
pub(super) fn run_without(bytes: &[u8], one: u8, other: u8) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let is_clear = |word: &&[u8; 8]| {
        let word = u64::from_le_bytes(**word);
        !holds(word, one) && !holds(word, other)
    };
    let clear = 8 * words.iter().take_while(is_clear).count();
    let rest = bytes.get(clear..).unwrap_or_default().iter();
    clear
        + rest
            .take_while(|byte| **byte != one && **byte != other)
            .count()
}

/// Whether one of the eight bytes is `byte`.
const fn holds(word: u64, byte: u8) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    // zero where they are alike; a zero byte alone borrows from its highest bit
    let apart = word ^ u64::from_le_bytes([byte; 8]);
    apart.wrapping_sub(ONES) & !apart & HIGH != 0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_at_the_first_of_both_wherever_it_stands() {
        for length in 0..40 {
            for place in 0..=length {
                for (found, filler) in [(b'\'', b'a'), (b'\\', 0x80), (b'\'', 0), (b'\\', 0xFF)] {
                    let mut bytes = vec![filler; length];
                    bytes.extend([found, b'\'']);
                    if let Some(byte) = bytes.get_mut(place) {
                        *byte = found;
                    }
                    assert_eq!(run_without(&bytes, b'\'', b'\\'), place, "{bytes:?}");
                }
            }
            // neighbors of both
            let bytes: Vec<u8> = b"&([]".iter().copied().cycle().take(length).collect();
            assert_eq!(run_without(&bytes, b'\'', b'\\'), length);
        }
    }
}
