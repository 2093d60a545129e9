//! COM_STMT_EXECUTE: a statement's id and the values of its parameters.

use std::ops::Range;

use super::command::Command;
use super::error::ProtocolError;
use super::packet::write_lenenc_int;
use super::reader::Reader;
use super::wire_type::{ValueShape, WireType};

/// `PARAMETER_COUNT_AVAILABLE` means something only with `CLIENT_QUERY_ATTRIBUTES`, which is not
/// negotiated on either side.
const CURSOR_FLAGS: u8 = 0x07;

/// The type of a parameter as EXECUTE names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParamType {
    /// The type.
    pub wire: WireType,
    /// For integers: no value is negative.
    pub is_unsigned: bool,
}

impl ParamType {
    const UNSIGNED: u8 = 0x80;

    /// A signed or not numeric type.
    #[must_use]
    pub const fn new(wire: WireType) -> Self {
        Self {
            wire,
            is_unsigned: false,
        }
    }

    /// An unsigned integer type.
    #[must_use]
    pub const fn unsigned(wire: WireType) -> Self {
        Self {
            wire,
            is_unsigned: true,
        }
    }

    /// The type under which a value collected by COM_STMT_SEND_LONG_DATA is sent inline: servers
    /// take such a value as a string, whatever the type says.
    #[must_use]
    pub fn of_long_data(self) -> Self {
        match self.wire.shape() {
            ValueShape::Bytes => self,
            _ => Self::new(WireType::VarString),
        }
    }

    fn from_bytes([code, flags]: [u8; 2]) -> Result<Self, ProtocolError> {
        let wire = WireType::from_code(code).ok_or(ProtocolError::ParameterType(code))?;
        Ok(Self {
            wire,
            is_unsigned: flags & Self::UNSIGNED != 0,
        })
    }

    fn to_bytes(self) -> [u8; 2] {
        let flags = if self.is_unsigned { Self::UNSIGNED } else { 0 };
        [self.wire.code(), flags]
    }
}

/// Where the value of a parameter is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamSpan {
    /// NULL, by the bitmap or by the type.
    Null,
    /// It came by COM_STMT_SEND_LONG_DATA, which stands above the bitmap.
    Long,
    /// Bytes in [`Execute::values`], without the length in front of strings and dates.
    Range(Range<usize>),
}

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamValue<'a> {
    /// NULL
    Null,
    /// As its type lies on the wire, without the length in front of strings and dates.
    Bytes(&'a [u8]),
}

/// A COM_STMT_EXECUTE of a client, cut into its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Execute<'a> {
    /// The statement.
    pub statement_id: u32,
    /// `CURSOR_TYPE_*`; 0 = no cursor.
    pub flags: u8,
    /// Two bytes a parameter if the client sent types.
    types: Option<&'a [u8]>,
    null_bitmap: &'a [u8],
    /// The values, one behind the other.
    values: &'a [u8],
}

impl<'a> Execute<'a> {
    /// `CURSOR_TYPE_READ_ONLY`
    pub const CURSOR_READ_ONLY: u8 = 1;
    /// `CURSOR_TYPE_FOR_UPDATE`, which servers refuse or ignore.
    pub const CURSOR_FOR_UPDATE: u8 = 2;
    /// `CURSOR_TYPE_SCROLLABLE`, which servers refuse or ignore.
    pub const CURSOR_SCROLLABLE: u8 = 4;

    /// The statement's id of a command's body, to know how many parameters [`Execute::parse`] is
    /// to expect.
    pub fn statement_id(body: &[u8]) -> Result<u32, ProtocolError> {
        Reader::new(body).u32()
    }

    /// Cuts the body, which follows the command byte, of a statement with so many parameters.
    pub fn parse(body: &'a [u8], params: usize) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(body);
        let statement_id = reader.u32()?;
        let flags = reader.u8()? & CURSOR_FLAGS;
        // how often: always once
        reader.u32()?;
        let mut execute = Self {
            statement_id,
            flags,
            types: None,
            null_bitmap: &[],
            values: &[],
        };
        if params == 0 {
            return Ok(execute);
        }
        execute.null_bitmap = reader.bytes(params.div_ceil(8))?;
        execute.types = match reader.u8()? {
            0 => None,
            1 => Some(reader.bytes(params.saturating_mul(2))?),
            _ => return Err(ProtocolError::Malformed("neither types nor none follow")),
        };
        execute.values = reader.rest();
        Ok(execute)
    }

    /// Whether the client sent types; if not, those of the EXECUTE before hold.
    #[must_use]
    pub fn has_types(&self) -> bool {
        self.types.is_some()
    }

    /// Puts the types in place of those remembered, if the client sent some.
    pub fn read_types(&self, types: &mut Vec<ParamType>) -> Result<(), ProtocolError> {
        let Some(sent) = self.types else {
            return Ok(());
        };
        types.clear();
        for &pair in sent.as_chunks::<2>().0 {
            types.push(ParamType::from_bytes(pair)?);
        }
        Ok(())
    }

    /// Finds each parameter's value. `is_long` tells for which ones COM_STMT_SEND_LONG_DATA came.
    pub fn spans(
        &self,
        types: &[ParamType],
        is_long: impl Fn(usize) -> bool,
        out: &mut Vec<ParamSpan>,
    ) -> Result<(), ProtocolError> {
        out.clear();
        if types.len().div_ceil(8) != self.null_bitmap.len() {
            return Err(ProtocolError::Malformed("the parameters have no types"));
        }
        let mut reader = Reader::new(self.values);
        for (index, param) in types.iter().enumerate() {
            let span = if is_long(index) {
                ParamSpan::Long
            } else if self.is_null(index) || param.wire == WireType::Null {
                ParamSpan::Null
            } else {
                let value = read_value(&mut reader, param.wire.shape())?;
                let end = self.values.len() - reader.remaining().len();
                ParamSpan::Range(end - value.len()..end)
            };
            out.push(span);
        }
        Ok(())
    }

    /// The bytes of a span.
    #[must_use]
    pub fn value(&self, range: &Range<usize>) -> &'a [u8] {
        self.values.get(range.clone()).unwrap_or_default()
    }

    /// The bytes that [`ParamSpan::Range`] points into.
    #[must_use]
    pub fn values(&self) -> &'a [u8] {
        self.values
    }

    fn is_null(&self, index: usize) -> bool {
        let byte = self.null_bitmap.get(index / 8).copied().unwrap_or_default();
        byte & (1 << (index % 8)) != 0
    }
}

fn read_value<'a>(reader: &mut Reader<'a>, shape: ValueShape) -> Result<&'a [u8], ProtocolError> {
    let lengths: &[u8] = match shape {
        ValueShape::Null => return Ok(&[]),
        ValueShape::Fixed(len) => return reader.bytes(len),
        ValueShape::Bytes => return reader.lenenc_bytes(),
        ValueShape::DateTime => &[0, 4, 7, 11],
        ValueShape::Time => &[0, 8, 12],
    };
    let len = reader.u8()?;
    if !lengths.contains(&len) {
        return Err(ProtocolError::Malformed("a date or time of an odd length"));
    }
    reader.bytes(usize::from(len))
}

/// Appends the payload of a COM_STMT_EXECUTE, command byte included, its types always sent: a
/// server that has just prepared the statement knows none.
pub fn write_execute<'a>(
    out: &mut Vec<u8>,
    statement_id: u32,
    flags: u8,
    params: impl ExactSizeIterator<Item = (ParamType, ParamValue<'a>)> + Clone,
) {
    out.push(Command::StmtExecute.byte());
    out.extend_from_slice(&statement_id.to_le_bytes());
    out.push(flags & CURSOR_FLAGS);
    out.extend_from_slice(&1_u32.to_le_bytes());
    if params.len() == 0 {
        return;
    }
    let bitmap = out.len();
    out.resize(bitmap + params.len().div_ceil(8), 0);
    for (index, (_, value)) in params.clone().enumerate() {
        if value == ParamValue::Null
            && let Some(byte) = out.get_mut(bitmap + index / 8)
        {
            *byte |= 1 << (index % 8);
        }
    }
    out.push(1);
    for (param, _) in params.clone() {
        out.extend_from_slice(&param.to_bytes());
    }
    for (param, value) in params {
        if let ParamValue::Bytes(bytes) = value {
            write_value(out, param.wire.shape(), bytes);
        }
    }
}

fn write_value(out: &mut Vec<u8>, shape: ValueShape, bytes: &[u8]) {
    match shape {
        ValueShape::Null => return,
        ValueShape::Fixed(_) => {}
        // dates and times are at most 12 bytes long: their length is one byte as well
        ValueShape::Bytes | ValueShape::DateTime | ValueShape::Time => {
            write_lenenc_int(out, bytes.len() as u64);
        }
    }
    out.extend_from_slice(bytes);
}
