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

    /// The type under which servers take the same bytes as the same value. They have no
    /// parameters of some types that columns have: MariaDB reads NULL in their place, MySQL
    /// refuses the statement.
    fn as_servers_take_it(self) -> Self {
        let wire = match self.wire {
            WireType::Int24 => WireType::Long,
            WireType::Year => WireType::Short,
            WireType::Bit => WireType::Blob,
            WireType::Enum | WireType::Set => WireType::VarString,
            other => other,
        };
        Self { wire, ..self }
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
        self.each_span(types, is_long, |_, span| out.push(span))
    }

    /// As [`Execute::spans`], one after the other with its type.
    pub fn each_span<'t>(
        &self,
        types: &'t [ParamType],
        is_long: impl Fn(usize) -> bool,
        mut each: impl FnMut(&'t ParamType, ParamSpan),
    ) -> Result<(), ProtocolError> {
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
            each(param, span);
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
/// server that has just prepared the statement knows none. Types that servers know for columns
/// alone become those of the same bytes that they take.
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
        out.extend_from_slice(&param.as_servers_take_it().to_bytes());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    const LONG: ParamType = ParamType::new(WireType::Long);
    const TEXT: ParamType = ParamType::new(WireType::VarString);

    /// id 7, no cursor, once
    const HEAD: &[u8] = b"\x07\0\0\0\0\x01\0\0\0";

    fn spans(body: &[u8], params: usize) -> Result<Vec<ParamSpan>, ProtocolError> {
        let execute = Execute::parse(body, params)?;
        let (mut types, mut spans) = (Vec::new(), Vec::new());
        execute.read_types(&mut types)?;
        execute.spans(&types, |_| false, &mut spans)?;
        Ok(spans)
    }

    #[test]
    fn a_php_client_s_string_is_found() {
        let body = [HEAD, b"\0\x01\xFD\0\x011"].concat();
        let execute = Execute::parse(&body, 1).unwrap();
        assert_eq!((execute.statement_id, execute.flags), (7, 0));
        assert_eq!(Execute::statement_id(&body), Ok(7));
        let mut types = vec![LONG];
        execute.read_types(&mut types).unwrap();
        assert_eq!(types, [TEXT]);
        assert_eq!(spans(&body, 1), Ok(vec![ParamSpan::Range(1..2)]));
        assert_eq!(execute.value(&(1..2)), b"1");
    }

    #[test]
    fn types_not_sent_are_those_remembered() {
        let body = [HEAD, b"\x02\0\x01\0\0\0"].concat();
        let execute = Execute::parse(&body, 2).unwrap();
        assert!(!execute.has_types());
        let (mut types, mut spans) = (vec![LONG, TEXT], Vec::new());
        execute.read_types(&mut types).unwrap();
        execute.spans(&types, |_| false, &mut spans).unwrap();
        assert_eq!(spans, [ParamSpan::Range(0..4), ParamSpan::Null]);
        assert!(execute.spans(&[], |_| false, &mut spans).is_err());
    }

    #[test]
    fn long_data_stands_above_the_null_bitmap() {
        let body = [HEAD, b"\x03\x01\xFC\0\x03\0\x03\0\x05\0\0\0"].concat();
        let execute = Execute::parse(&body, 3).unwrap();
        let (mut types, mut spans) = (Vec::new(), Vec::new());
        execute.read_types(&mut types).unwrap();
        execute.spans(&types, |at| at == 0, &mut spans).unwrap();
        assert_eq!(
            spans,
            [ParamSpan::Long, ParamSpan::Null, ParamSpan::Range(0..4)]
        );
        assert_eq!(LONG.of_long_data(), TEXT);
        let blob = ParamType::new(WireType::Blob);
        assert_eq!(blob.of_long_data(), blob);
    }

    #[test]
    fn a_type_of_null_has_no_value() {
        let body = [HEAD, b"\0\x01\x06\0"].concat();
        assert_eq!(spans(&body, 1), Ok(vec![ParamSpan::Null]));
    }

    #[test]
    fn what_is_cut_short_or_unknown_is_an_error() {
        let cases: [&[u8]; 11] = [
            b"",
            // no bitmap, no types
            b"\0",
            b"\0\x01",
            b"\0\x01\x03",
            // three types of unknown code: internal ones and one of nobody
            b"\0\x01\x0E\0",
            b"\0\x01\x11\0",
            b"\0\x01\xA0\0",
            // values too short
            b"\0\x01\x03\0\x01\0\0",
            b"\0\x01\xFD\0\x05ab",
            b"\0\x01\xFD\0\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFab",
            // neither 0 nor 1
            b"\0\x02\x03\0\x01\0\0\0",
        ];
        for case in cases {
            let body = [HEAD, case].concat();
            assert!(spans(&body, 1).is_err(), "{case:?}");
        }
        for odd in [
            b"\0\x01\x0C\0\x05\xEA\x07\x0B\x16\x01",
            b"\0\x01\x0B\0\x04\0\0\0\0\0",
        ] {
            assert!(spans(&[HEAD, odd].concat(), 1).is_err(), "{odd:?}");
        }
        assert!(Execute::parse(&HEAD[..8], 0).is_err());
        // eight parameters' bitmap for nine
        assert!(spans(&[HEAD, b"\xFF\x01"].concat(), 9).is_err());
    }

    #[test]
    fn flags_of_query_attributes_are_nothing_here() {
        let body = b"\x07\0\0\0\x09\x01\0\0\0";
        assert_eq!(Execute::parse(body, 0).unwrap().flags, 1);
    }

    proptest! {
        #[test]
        fn arbitrary_bodies_never_panic(
            body in prop::collection::vec(any::<u8>(), 0..120),
            params in 0..40_usize,
        ) {
            let _ = spans(&body, params);
            let _ = spans(&[HEAD, &[0, 0, 0, 0, 0, 1], &body].concat(), params);
        }

        #[test]
        fn an_execute_comes_back_as_written(
            values in prop::collection::vec((0..28_usize, any::<bool>(), any::<u64>()), 0..40),
            flags in 0..8_u8,
        ) {
            let mut params = Vec::new();
            for (index, is_unsigned, value) in &values {
                let wire = (0..=255).filter_map(WireType::from_code).nth(*index).unwrap();
                let kind = ParamType { wire, is_unsigned: *is_unsigned };
                let bytes = value.to_le_bytes().repeat(2);
                let len = match wire.shape() {
                    ValueShape::Null => None,
                    ValueShape::Fixed(len) => Some(len),
                    ValueShape::DateTime => Some([0, 4, 7, 11][*index % 4]),
                    ValueShape::Time => Some([0, 8, 12][*index % 3]),
                    ValueShape::Bytes => Some(*index % 16),
                };
                params.push((kind, len.filter(|_| value % 5 != 0).map(|len| bytes[..len].to_vec())));
            }
            let borrowed = params.iter().map(|(kind, value)| {
                (*kind, value.as_deref().map_or(ParamValue::Null, ParamValue::Bytes))
            });
            let mut payload = Vec::new();
            write_execute(&mut payload, 9, flags, borrowed);
            assert_eq!(payload[0], Command::StmtExecute.byte());
            let execute = Execute::parse(&payload[1..], params.len()).unwrap();
            assert_eq!((execute.statement_id, execute.flags), (9, flags));
            let (mut types, mut spans) = (Vec::new(), Vec::new());
            if !params.is_empty() {
                execute.read_types(&mut types).unwrap();
                execute.spans(&types, |_| false, &mut spans).unwrap();
            }
            assert_eq!(spans.len(), params.len());
            for ((kind, value), (read, span)) in params.iter().zip(types.iter().zip(&spans)) {
                assert_eq!(kind.as_servers_take_it(), *read);
                match (value, span) {
                    (None, ParamSpan::Null) => {}
                    (Some(value), ParamSpan::Range(range)) => assert_eq!(execute.value(range), value),
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}
