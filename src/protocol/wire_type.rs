//! The types of values in the binary protocol.

/// A `MYSQL_TYPE_*` that a value may have between a client and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum WireType {
    /// `MYSQL_TYPE_DECIMAL`, of servers before 5.0: digits as text.
    Decimal = 0,
    /// `MYSQL_TYPE_TINY`
    Tiny = 1,
    /// `MYSQL_TYPE_SHORT`
    Short = 2,
    /// `MYSQL_TYPE_LONG`
    Long = 3,
    /// `MYSQL_TYPE_FLOAT`
    Float = 4,
    /// `MYSQL_TYPE_DOUBLE`
    Double = 5,
    /// `MYSQL_TYPE_NULL`
    Null = 6,
    /// `MYSQL_TYPE_TIMESTAMP`
    Timestamp = 7,
    /// `MYSQL_TYPE_LONGLONG`
    LongLong = 8,
    /// `MYSQL_TYPE_INT24`
    Int24 = 9,
    /// `MYSQL_TYPE_DATE`
    Date = 10,
    /// `MYSQL_TYPE_TIME`
    Time = 11,
    /// `MYSQL_TYPE_DATETIME`
    DateTime = 12,
    /// `MYSQL_TYPE_YEAR`
    Year = 13,
    /// `MYSQL_TYPE_VARCHAR`
    VarChar = 15,
    /// `MYSQL_TYPE_BIT`
    Bit = 16,
    /// `MYSQL_TYPE_VECTOR` of MySQL 9
    Vector = 242,
    /// `MYSQL_TYPE_JSON`
    Json = 245,
    /// `MYSQL_TYPE_NEWDECIMAL`: digits as text.
    NewDecimal = 246,
    /// `MYSQL_TYPE_ENUM`
    Enum = 247,
    /// `MYSQL_TYPE_SET`
    Set = 248,
    /// `MYSQL_TYPE_TINY_BLOB`
    TinyBlob = 249,
    /// `MYSQL_TYPE_MEDIUM_BLOB`
    MediumBlob = 250,
    /// `MYSQL_TYPE_LONG_BLOB`
    LongBlob = 251,
    /// `MYSQL_TYPE_BLOB`
    Blob = 252,
    /// `MYSQL_TYPE_VAR_STRING`
    VarString = 253,
    /// `MYSQL_TYPE_STRING`
    String = 254,
    /// `MYSQL_TYPE_GEOMETRY`
    Geometry = 255,
}

/// How a type's values lie on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueShape {
    /// No bytes at all.
    Null,
    /// So many bytes, little-endian.
    Fixed(usize),
    /// A length of 0, 4, 7 or 11 and so many bytes: year, month, day; hour, minute, second; microseconds.
    DateTime,
    /// A length of 0, 8 or 12 and so many bytes: sign, days; hour, minute, second; microseconds.
    Time,
    /// A length-encoded string.
    Bytes,
}

/// Types by code.
const BY_CODE: [Option<WireType>; 256] = {
    let mut by_code = [None; 256];
    let mut rest: &[WireType] = &TYPES;
    while let [wire, tail @ ..] = rest {
        by_code[*wire as usize] = Some(*wire);
        rest = tail;
    }
    by_code
};

const TYPES: [WireType; 28] = [
    WireType::Decimal,
    WireType::Tiny,
    WireType::Short,
    WireType::Long,
    WireType::Float,
    WireType::Double,
    WireType::Null,
    WireType::Timestamp,
    WireType::LongLong,
    WireType::Int24,
    WireType::Date,
    WireType::Time,
    WireType::DateTime,
    WireType::Year,
    WireType::VarChar,
    WireType::Bit,
    WireType::Vector,
    WireType::Json,
    WireType::NewDecimal,
    WireType::Enum,
    WireType::Set,
    WireType::TinyBlob,
    WireType::MediumBlob,
    WireType::LongBlob,
    WireType::Blob,
    WireType::VarString,
    WireType::String,
    WireType::Geometry,
];

impl WireType {
    /// The type of a code; `None` for codes that servers keep to themselves or that nobody knows.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        BY_CODE.get(usize::from(code)).copied().flatten()
    }

    /// The code on the wire.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// How values lie on the wire.
    #[must_use]
    pub fn shape(self) -> ValueShape {
        match self {
            Self::Null => ValueShape::Null,
            Self::Tiny => ValueShape::Fixed(1),
            Self::Short | Self::Year => ValueShape::Fixed(2),
            Self::Long | Self::Int24 | Self::Float => ValueShape::Fixed(4),
            Self::LongLong | Self::Double => ValueShape::Fixed(8),
            Self::Date | Self::DateTime | Self::Timestamp => ValueShape::DateTime,
            Self::Time => ValueShape::Time,
            _ => ValueShape::Bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_found_by_its_code_and_no_other_code_is_known() {
        let known: Vec<u8> = (0..=255)
            .filter(|&code| WireType::from_code(code).is_some())
            .collect();
        let mut expected: Vec<u8> = (0..=13).chain([15, 16, 242]).collect();
        expected.extend(245..=255);
        assert_eq!(known, expected);
        for code in known {
            assert_eq!(WireType::from_code(code).unwrap().code(), code);
        }
    }
}
