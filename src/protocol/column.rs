//! Column definitions of result sets.

use super::error::ProtocolError;
use super::packet::write_lenenc_bytes;
use super::reader::Reader;

/// A column of a result set (`ColumnDefinition41`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Always `def`.
    pub catalog: Vec<u8>,
    /// Schema of the table, empty for expressions.
    pub schema: Vec<u8>,
    /// The table's alias.
    pub table: Vec<u8>,
    /// The table's own name.
    pub org_table: Vec<u8>,
    /// The column's alias.
    pub name: Vec<u8>,
    /// The column's own name.
    pub org_name: Vec<u8>,
    /// Collation id; 63 is binary.
    pub charset: u16,
    /// Longest value in bytes.
    pub length: u32,
    /// `MYSQL_TYPE_*`; unknown ones are kept.
    pub column_type: u8,
    /// `NOT_NULL_FLAG` and others.
    pub flags: u16,
    /// Digits behind the point; 31 for dynamic.
    pub decimals: u8,
    /// Whatever follows the fixed fields: a default value in COM_FIELD_LIST.
    pub tail: Vec<u8>,
}

impl ColumnDefinition {
    /// `MYSQL_TYPE_LONGLONG`
    pub const TYPE_LONGLONG: u8 = 0x08;
    /// `MYSQL_TYPE_VAR_STRING`
    pub const TYPE_VAR_STRING: u8 = 0xFD;
    /// Collation id of `binary`, which numbers have too.
    pub const CHARSET_BINARY: u16 = 63;
    /// Collation id of `utf8mb4_general_ci`.
    pub const CHARSET_UTF8MB4: u16 = 45;
    /// `NOT_NULL_FLAG | BINARY_FLAG`
    const NUMBER_FLAGS: u16 = 0x0001 | 0x0080;

    /// A text column that belongs to no table.
    #[must_use]
    pub fn text(name: &str) -> Self {
        Self {
            column_type: Self::TYPE_VAR_STRING,
            charset: Self::CHARSET_UTF8MB4,
            length: 1024,
            decimals: 31,
            ..Self::unnamed(name)
        }
    }

    /// A column of 64-bit integers that belongs to no table.
    #[must_use]
    pub fn integer(name: &str) -> Self {
        Self {
            column_type: Self::TYPE_LONGLONG,
            charset: Self::CHARSET_BINARY,
            length: 21,
            flags: Self::NUMBER_FLAGS,
            ..Self::unnamed(name)
        }
    }

    fn unnamed(name: &str) -> Self {
        Self {
            catalog: b"def".to_vec(),
            schema: Vec::new(),
            table: Vec::new(),
            org_table: Vec::new(),
            name: name.as_bytes().to_vec(),
            org_name: Vec::new(),
            charset: 0,
            length: 0,
            column_type: 0,
            flags: 0,
            decimals: 0,
            tail: Vec::new(),
        }
    }

    /// Reads a payload. Types that are not known here are kept as their number.
    pub fn parse(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        let mut string = || reader.lenenc_bytes().map(<[u8]>::to_vec);
        let (catalog, schema, table) = (string()?, string()?, string()?);
        let (org_table, name, org_name) = (string()?, string()?, string()?);
        let mut fixed = Reader::new(reader.lenenc_bytes()?);
        let column = Self {
            catalog,
            schema,
            table,
            org_table,
            name,
            org_name,
            charset: fixed.u16()?,
            length: fixed.u32()?,
            column_type: fixed.u8()?,
            flags: fixed.u16()?,
            decimals: fixed.u8()?,
            tail: reader.rest().to_vec(),
        };
        Ok(column)
    }

    /// Appends the payload.
    pub fn write(&self, payload: &mut Vec<u8>) {
        let strings = [
            &self.catalog,
            &self.schema,
            &self.table,
            &self.org_table,
            &self.name,
            &self.org_name,
        ];
        for string in strings {
            write_lenenc_bytes(payload, string);
        }
        payload.push(0x0C);
        payload.extend_from_slice(&self.charset.to_le_bytes());
        payload.extend_from_slice(&self.length.to_le_bytes());
        payload.push(self.column_type);
        payload.extend_from_slice(&self.flags.to_le_bytes());
        payload.push(self.decimals);
        payload.extend_from_slice(&[0, 0]);
        payload.extend_from_slice(&self.tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_comes_back_as_written_even_of_an_unknown_type() {
        let column = ColumnDefinition {
            schema: b"ecommerce".to_vec(),
            table: b"s".to_vec(),
            org_table: b"inv_stock".to_vec(),
            org_name: b"sku_id".to_vec(),
            column_type: 0xEE,
            charset: 255,
            length: 0x0102_0304,
            tail: b"\x01x".to_vec(),
            ..ColumnDefinition::integer("id")
        };
        let mut payload = Vec::new();
        column.write(&mut payload);
        assert_eq!(ColumnDefinition::parse(&payload), Ok(column));
    }

    #[test]
    fn the_bytes_are_those_of_a_server() {
        // SELECT 1 AS `1`, MySQL 8.4
        let bytes = b"\x03def\0\0\0\x011\0\x0c\x3f\0\x02\0\0\0\x08\x81\0\0\0\0";
        let column = ColumnDefinition::parse(bytes).unwrap();
        assert_eq!(
            column,
            ColumnDefinition {
                length: 2,
                ..ColumnDefinition::integer("1")
            }
        );
        let mut payload = Vec::new();
        column.write(&mut payload);
        assert_eq!(payload, bytes);
    }
}
