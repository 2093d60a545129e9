//! The character set that results are written in: what our own columns say of it, and our own texts in it.

use std::borrow::Cow;

/// `character_set_results` with its collation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultCharset {
    /// Id of the collation, for column definitions.
    pub collation: u16,
    /// Bytes of the longest character, by which a column's length is counted.
    pub width: u32,
    writing: Writing,
}

/// How texts, which we hold as UTF-8, become bytes of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    AsIs,
    /// No conversion is asked for: columns have the character set of the servers' own names.
    Own,
    Utf8mb3,
    Latin1,
    /// ASCII, and for any other character a question mark.
    Ascii,
}

/// Collation id of the servers' own names, `utf8mb3_general_ci`.
const SYSTEM: u16 = 33;

/// The characters of 0x80 to 0x9F in the servers' `latin1`, which is Windows-1252.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

impl Default for ResultCharset {
    fn default() -> Self {
        Self::of("utf8mb4", 45)
    }
}

impl ResultCharset {
    /// By the value of `character_set_results`, `NULL` too.
    pub(super) fn of(charset: &str, collation: u16) -> Self {
        let (width, writing) = match charset {
            "NULL" => (3, Writing::Own),
            "utf8mb4" | "gb18030" => (4, Writing::AsIs),
            "utf8mb3" | "utf8" => (3, Writing::Utf8mb3),
            "binary" => (1, Writing::AsIs),
            "latin1" => (1, Writing::Latin1),
            "ujis" | "eucjpms" => (3, Writing::Ascii),
            "big5" | "cp932" | "euckr" | "gb2312" | "gbk" | "sjis" => (2, Writing::Ascii),
            _ => (1, Writing::Ascii),
        };
        Self {
            collation: if writing == Writing::Own {
                SYSTEM
            } else {
                collation
            },
            width,
            writing,
        }
    }

    /// No conversion is asked for.
    pub(super) fn is_own(self) -> bool {
        self.writing == Writing::Own
    }

    /// A text of ours as the client gets it.
    pub(super) fn encode(self, text: &[u8]) -> Cow<'_, [u8]> {
        let by = match self.writing {
            Writing::AsIs | Writing::Own => return Cow::Borrowed(text),
            _ if text.is_ascii() => return Cow::Borrowed(text),
            Writing::Utf8mb3 => utf8mb3,
            Writing::Latin1 => latin1,
            Writing::Ascii => |character: char, out: &mut Vec<u8>| {
                out.push(
                    u8::try_from(character)
                        .ok()
                        .filter(u8::is_ascii)
                        .unwrap_or(b'?'),
                );
            },
        };
        let mut out = Vec::with_capacity(text.len());
        String::from_utf8_lossy(text)
            .chars()
            .for_each(|character| by(character, &mut out));
        Cow::Owned(out)
    }

    /// A text that a server has told in this character set, as UTF-8.
    pub(super) fn decode(self, text: Vec<u8>) -> Vec<u8> {
        if self.writing != Writing::Latin1 || text.is_ascii() {
            return text;
        }
        let characters = text.iter().map(|byte| {
            let at = byte.checked_sub(0x80).map(usize::from);
            at.and_then(|at| WINDOWS.get(at))
                .copied()
                .unwrap_or(char::from(*byte))
        });
        characters.collect::<String>().into_bytes()
    }
}

fn utf8mb3(character: char, out: &mut Vec<u8>) {
    let character = if character.len_utf8() > 3 {
        '?'
    } else {
        character
    };
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn latin1(character: char, out: &mut Vec<u8>) {
    let windows = WINDOWS.iter().position(|known| *known == character);
    let byte = match windows.and_then(|at| u8::try_from(at).ok()) {
        Some(at) => at + 0x80,
        None => u8::try_from(character)
            .ok()
            .filter(|byte| !(0x80..0xA0).contains(byte))
            .unwrap_or(b'?'),
    };
    out.push(byte);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_in_the_character_set_of_results() {
        let written = |charset, text: &str| {
            ResultCharset::of(charset, 0)
                .encode(text.as_bytes())
                .into_owned()
        };
        assert_eq!(written("latin1", "café €"), b"caf\xE9 \x80");
        assert_eq!(written("latin1", "日"), b"?");
        assert_eq!(written("ascii", "é"), b"?");
        assert_eq!(written("utf8mb3", "é😀"), "é?".as_bytes());
        for same in ["utf8mb4", "binary", "NULL"] {
            assert_eq!(written(same, "é😀"), "é😀".as_bytes());
        }
    }

    #[test]
    fn latin1_comes_back_as_it_was() {
        let all: Vec<u8> = (0..=255).collect();
        let charset = ResultCharset::of("latin1", 8);
        let text = charset.decode(all.clone());
        assert_eq!(charset.encode(&text), all);
    }
}
