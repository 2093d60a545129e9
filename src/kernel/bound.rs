//! The values that an EXECUTE binds: as bytes for the server, as values for routing.

use crate::model::{ShardingValue, ShortList};
use crate::protocol::{Execute, ParamSpan, ParamType, ParamValue, ProtocolError, WireType};
use crate::rewrite::ParamSource;
use crate::route::BoundValue;

use super::long_data::LongData;

/// Parameters of one execution.
#[derive(Debug)]
pub(super) struct Bound<'a> {
    /// The session's statement.
    pub(super) statement: u32,
    /// Number of the prepared text; `None` while it is tried.
    pub(super) text: Option<u64>,
    /// The client asks for a cursor.
    pub(super) wants_cursor: bool,
    /// Types and bytes.
    pub(super) params: ShortList<(ParamType, ParamValue<'a>)>,
    /// What routing reads.
    pub(super) values: ShortList<BoundValue<'a>>,
}

impl<'a> Bound<'a> {
    /// Stand-ins for values that are not known yet.
    pub(super) fn trial(values: Vec<BoundValue<'a>>) -> Self {
        Self {
            statement: 0,
            text: None,
            wants_cursor: false,
            params: ShortList::new(),
            values: values.into(),
        }
    }

    /// The parameters of an EXECUTE by their types.
    pub(super) fn of(
        execute: &Execute<'a>,
        types: &[ParamType],
        long_data: Option<&'a LongData>,
    ) -> Result<Self, ProtocolError> {
        let long = |index: usize| long_data.and_then(|data| data.value(index));
        let mut params = ShortList::with_capacity(types.len());
        let mut values = ShortList::with_capacity(types.len());
        let is_long = |index: usize| long(index).is_some();
        execute.each_span(types, is_long, |param, span| {
            let (param, value) = match span {
                ParamSpan::Null => (*param, ParamValue::Null),
                ParamSpan::Long => (
                    param.of_long_data(),
                    ParamValue::Bytes(long(params.len()).unwrap_or_default()),
                ),
                ParamSpan::Range(range) => (*param, ParamValue::Bytes(execute.value(&range))),
            };
            values.push(bound_value(param, value));
            params.push((param, value));
        })?;
        Ok(Self {
            statement: execute.statement_id,
            text: None,
            wants_cursor: execute.flags & Execute::CURSOR_READ_ONLY != 0,
            params,
            values,
        })
    }

    /// The parameters of a unit's text; `scratch` holds the bytes of those that are not the client's.
    pub(super) fn for_unit<'k>(
        &'k self,
        sources: &'k [ParamSource],
        scratch: &'k mut Vec<[u8; 8]>,
    ) -> Vec<(ParamType, ParamValue<'k>)> {
        scratch.clear();
        scratch.extend(sources.iter().map(|source| match source {
            // generated ids are below 2^63
            ParamSource::Made {
                value: ShardingValue::Int(id),
                ..
            } => i64::try_from(*id).unwrap_or_default().to_le_bytes(),
            _ => [0; 8],
        }));
        let sources = sources.iter().zip(scratch.iter());
        sources
            .map(|(source, bytes)| match source {
                ParamSource::Client(index) => self.params.get(*index).copied().unwrap_or(NULL),
                ParamSource::Made { value, .. } => made(value, bytes),
            })
            .collect()
    }
}

const NULL: (ParamType, ParamValue<'static>) = (ParamType::new(WireType::Null), ParamValue::Null);

fn made<'k>(value: &'k ShardingValue, bytes: &'k [u8; 8]) -> (ParamType, ParamValue<'k>) {
    match value {
        ShardingValue::Int(_) => (ParamType::new(WireType::LongLong), ParamValue::Bytes(bytes)),
        ShardingValue::Text(text) => (
            ParamType::new(WireType::VarString),
            ParamValue::Bytes(text.as_bytes()),
        ),
    }
}

/// What a parameter is worth to routing (contract 4.2): every wire type of one number is that number.
#[must_use]
pub fn bound_value<'a>(param: ParamType, value: ParamValue<'a>) -> BoundValue<'a> {
    let ParamValue::Bytes(bytes) = value else {
        return BoundValue::Null;
    };
    match param.wire {
        WireType::Null => BoundValue::Null,
        WireType::Tiny
        | WireType::Short
        | WireType::Year
        | WireType::Long
        | WireType::Int24
        | WireType::LongLong => integer(bytes, param.is_unsigned || param.wire == WireType::Year),
        WireType::Float => bytes.first_chunk().map_or(BoundValue::Other, |bytes| {
            BoundValue::Double(f64::from(f32::from_le_bytes(*bytes)))
        }),
        WireType::Double => bytes.first_chunk().map_or(BoundValue::Other, |bytes| {
            BoundValue::Double(f64::from_le_bytes(*bytes))
        }),
        WireType::Decimal | WireType::NewDecimal => BoundValue::Decimal(bytes),
        WireType::VarChar
        | WireType::VarString
        | WireType::String
        | WireType::Enum
        | WireType::Set => BoundValue::Text(bytes),
        WireType::Date => match bytes.len() {
            0 | 4 => moment(bytes, false),
            // whether the server looks at its time is not certain
            _ => BoundValue::Other,
        },
        WireType::DateTime | WireType::Timestamp => moment(bytes, true),
        WireType::TinyBlob | WireType::MediumBlob | WireType::LongBlob | WireType::Blob => {
            BoundValue::Binary(bytes)
        }
        WireType::Time | WireType::Bit | WireType::Vector | WireType::Json | WireType::Geometry => {
            BoundValue::Other
        }
    }
}

fn integer(bytes: &[u8], is_unsigned: bool) -> BoundValue<'static> {
    BoundValue::Integer(integer_value(bytes, is_unsigned))
}

/// A little-endian integer of 1 to 8 bytes.
pub(super) fn integer_value(bytes: &[u8], is_unsigned: bool) -> i128 {
    let is_negative = !is_unsigned && bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut wide = if is_negative { [0xFF; 16] } else { [0; 16] };
    for (place, byte) in wide.iter_mut().zip(bytes) {
        *place = *byte;
    }
    i128::from_le_bytes(wide)
}

fn moment(bytes: &[u8], has_time: bool) -> BoundValue<'static> {
    moment_text(bytes, has_time).map_or(BoundValue::Other, BoundValue::Moment)
}

/// A date as the servers print it; parts that are not sent are zero.
pub(super) fn moment_text(bytes: &[u8], has_time: bool) -> Option<String> {
    let mut parts = [0; 11];
    parts.get_mut(..bytes.len())?.copy_from_slice(bytes);
    let [y0, y1, month, day, hour, minute, second, m0, m1, m2, m3] = parts;
    let year = u16::from_le_bytes([y0, y1]);
    let mut text = format!("{year:04}-{month:02}-{day:02}");
    if has_time {
        text.push_str(&format!(" {hour:02}:{minute:02}:{second:02}"));
        let micros = u32::from_le_bytes([m0, m1, m2, m3]);
        if micros > 0 {
            text.push_str(&format!(".{micros:06}"));
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worth(param: ParamType, bytes: &[u8]) -> BoundValue<'_> {
        bound_value(param, ParamValue::Bytes(bytes))
    }

    #[test]
    fn every_integer_type_holds_the_same_number_contract_4_2() {
        for number in [0_i64, 1, 5, 127, -1, -128] {
            let bytes = number.to_le_bytes();
            for (wire, width) in [
                (WireType::Tiny, 1),
                (WireType::Short, 2),
                (WireType::Int24, 4),
                (WireType::Long, 4),
                (WireType::LongLong, 8),
            ] {
                let bound = worth(ParamType::new(wire), &bytes[..width]);
                assert_eq!(bound, BoundValue::Integer(number.into()), "{wire:?}");
            }
        }
        let most = worth(ParamType::unsigned(WireType::LongLong), &[0xFF; 8]);
        assert_eq!(most, BoundValue::Integer(u64::MAX.into()));
        let least = i64::MIN.to_le_bytes();
        let least = worth(ParamType::new(WireType::LongLong), &least);
        assert_eq!(least, BoundValue::Integer(i64::MIN.into()));
        let year = 2026_u16.to_le_bytes();
        let year = worth(ParamType::new(WireType::Year), &year);
        assert_eq!(year, BoundValue::Integer(2026));
    }

    #[test]
    fn other_types_are_what_they_say_contract_4_2() {
        let plain = ParamType::new;
        assert_eq!(
            worth(plain(WireType::Float), &5_f32.to_le_bytes()),
            BoundValue::Double(5.0)
        );
        assert_eq!(
            worth(plain(WireType::Double), &5_f64.to_le_bytes()),
            BoundValue::Double(5.0)
        );
        for wire in [WireType::Decimal, WireType::NewDecimal] {
            assert_eq!(worth(plain(wire), b"5"), BoundValue::Decimal(b"5"));
        }
        for wire in [WireType::VarChar, WireType::VarString, WireType::String] {
            assert_eq!(worth(plain(wire), b"5"), BoundValue::Text(b"5"));
        }
        for wire in [WireType::TinyBlob, WireType::Blob, WireType::LongBlob] {
            assert_eq!(worth(plain(wire), b"5"), BoundValue::Binary(b"5"));
        }
        for wire in [WireType::Json, WireType::Time, WireType::Bit] {
            assert_eq!(worth(plain(wire), &[]), BoundValue::Other);
        }
        assert_eq!(
            bound_value(plain(WireType::Long), ParamValue::Null),
            BoundValue::Null
        );
    }

    #[test]
    fn dates_have_one_spelling_whatever_is_left_out() {
        let day = [0xEA, 7, 1, 2];
        let text = |wire, bytes: &[u8]| match bound_value(
            ParamType::new(wire),
            ParamValue::Bytes(bytes),
        ) {
            BoundValue::Moment(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text(WireType::Date, &day), "2026-01-02");
        assert_eq!(text(WireType::DateTime, &day), "2026-01-02 00:00:00");
        let fraction = [0xEA, 7, 1, 2, 3, 4, 5, 0x20, 0xA1, 7, 0];
        assert_eq!(
            text(WireType::Timestamp, &fraction),
            "2026-01-02 03:04:05.500000"
        );
        let with_time = bound_value(ParamType::new(WireType::Date), ParamValue::Bytes(&fraction));
        assert_eq!(with_time, BoundValue::Other);
    }

    #[test]
    fn keys_stand_where_their_question_marks_do() {
        let own =
            |byte: &'static [u8]| (ParamType::new(WireType::VarString), ParamValue::Bytes(byte));
        let bound = Bound {
            statement: 1,
            text: None,
            wants_cursor: false,
            params: vec![own(b"a"), own(b"b"), own(b"c")].into(),
            values: ShortList::new(),
        };
        let key = |instead_of, id| ParamSource::Made {
            value: ShardingValue::Int(id),
            instead_of,
        };
        let sources = [
            key(None, 1),
            ParamSource::Client(0),
            key(None, 2),
            key(Some(1), 3),
            ParamSource::Client(2),
            ParamSource::Client(0),
            key(None, 4),
        ];
        let mut scratch = Vec::new();
        let all = bound.for_unit(&sources, &mut scratch);
        let shown: Vec<Vec<u8>> = all
            .iter()
            .map(|(_, value)| match value {
                ParamValue::Bytes(bytes) => bytes.to_vec(),
                ParamValue::Null => Vec::new(),
            })
            .collect();
        let id = |id: i64| id.to_le_bytes().to_vec();
        assert_eq!(
            shown,
            [
                id(1),
                b"a".to_vec(),
                id(2),
                id(3),
                b"c".to_vec(),
                b"a".to_vec(),
                id(4)
            ]
        );
    }
}
