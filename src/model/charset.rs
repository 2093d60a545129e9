//! The client character sets that the lexer can read byte by byte.

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
}

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
            _ => None,
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
            _ => None,
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
        }
    }
}
