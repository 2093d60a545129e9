//! The client character sets that the lexer can read byte by byte.

use super::collation::one_byte_collation;

/// A character set of `character_set_client` in which no multi-byte character contains an
/// ASCII byte, so that quotes and backslashes are always themselves.
///
/// Others (gbk, sjis, big5, gb18030, ucs2, utf16, utf32) are refused at `SET NAMES` and login:
/// in them a trailing byte may be `0x5C`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Charset {
    /// `utf8mb4`
    #[default]
    Utf8mb4,
    /// `utf8mb3`, `utf8`
    Utf8mb3,
    /// `latin1`
    Latin1,
    /// `ascii`
    Ascii,
    /// `binary`
    Binary,
    /// One of the others that have a byte for each character, and ASCII's below 0x80.
    OneByte(&'static str),
}

/// Their names. `swe7` is not among them: it has letters where ASCII has the backslash and the backtick.
const ONE_BYTE: [&str; 22] = [
    "armscii8", "cp1250", "cp1251", "cp1256", "cp1257", "cp850", "cp852", "cp866", "dec8",
    "geostd8", "greek", "hebrew", "hp8", "keybcs2", "koi8r", "koi8u", "latin2", "latin5", "latin7",
    "macce", "macroman", "tis620",
];

impl Charset {
    /// Reads a character set's name as `SET NAMES` takes it; `None` for one that cannot be carried.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf8mb4" => Some(Self::Utf8mb4),
            "utf8mb3" | "utf8" => Some(Self::Utf8mb3),
            "latin1" => Some(Self::Latin1),
            "ascii" => Some(Self::Ascii),
            "binary" => Some(Self::Binary),
            other => one_byte(other),
        }
    }

    /// The character set of a collation's id as a login names it, by its low byte; `None` for one
    /// that cannot be carried. 0, which some clients send for "any", is the default.
    #[must_use]
    pub fn from_collation(id: u8) -> Option<Self> {
        match id {
            33 | 76 | 83 | 192..=215 | 223 => Some(Self::Utf8mb3),
            0 | 45 | 46 | 224..=247 | 255 => Some(Self::Utf8mb4),
            5 | 8 | 15 | 31 | 47..=49 | 94 => Some(Self::Latin1),
            11 | 65 => Some(Self::Ascii),
            63 => Some(Self::Binary),
            _ => one_byte(one_byte_collation(id)?.split_once('_')?.0),
        }
    }

    /// The name that both server families know.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8mb4 => "utf8mb4",
            Self::Utf8mb3 => "utf8mb3",
            Self::Latin1 => "latin1",
            Self::Ascii => "ascii",
            Self::Binary => "binary",
            Self::OneByte(name) => name,
        }
    }
}

fn one_byte(name: &str) -> Option<Charset> {
    let known = ONE_BYTE.iter().find(|known| **known == name)?;
    Some(Charset::OneByte(known))
}
