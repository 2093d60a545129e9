//! Rows of the text protocol as rows of the binary protocol.

use super::column::ColumnDefinition;
use super::error::ProtocolError;
use super::reader::Reader;
use super::wire_type::WireType;

/// Turns text rows into binary ones by the types of their columns.
#[derive(Clone, Debug, Default)]
pub struct BinaryRows {
    columns: Vec<BinaryColumn>,
}

/// What a value's binary form depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BinaryColumn {
    wire: WireType,
    is_unsigned: bool,
}

impl BinaryRows {
    /// Forgets the columns of the result set before.
    pub fn clear(&mut self) {
        self.columns.clear();
    }

    /// The next column, as the payload of its definition.
    pub fn push_definition(&mut self, payload: &[u8]) -> Result<(), ProtocolError> {
        self.push(&ColumnDefinition::parse(payload)?)
    }

    /// The next column.
    pub fn push(&mut self, column: &ColumnDefinition) -> Result<(), ProtocolError> {
        let _ = column;
        Err(ProtocolError::ParameterType(column.column_type))
    }

    /// Appends the payload of a binary row to `out`, of a text row's payload.
    pub fn write_row(&self, text_row: &[u8], out: &mut Vec<u8>) -> Result<(), ProtocolError> {
        let mut reader = Reader::new(text_row);
        self.write_values(|| reader.text_value(), out)
    }

    fn write_values<'v>(
        &self,
        mut next: impl FnMut() -> Result<Option<&'v [u8]>, ProtocolError>,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtocolError> {
        for _ in &self.columns {
            next()?;
        }
        out.push(0);
        Ok(())
    }
}
