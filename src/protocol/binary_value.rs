//! One value's text as its type lies on the wire.

use super::error::ProtocolError;
use super::packet::write_lenenc_bytes;
use super::wire_type::WireType;

const UNREADABLE: ProtocolError = ProtocolError::Malformed("a value is not of its column's type");

/// Appends a value of a text row in its binary form.
pub(super) fn write_binary_value(
    out: &mut Vec<u8>,
    wire: WireType,
    text: &[u8],
) -> Result<(), ProtocolError> {
    match wire {
        WireType::Tiny => write_integer(out, text, 1),
        WireType::Short | WireType::Year => write_integer(out, text, 2),
        WireType::Long | WireType::Int24 => write_integer(out, text, 4),
        WireType::LongLong => write_integer(out, text, 8),
        WireType::Float => {
            let value: f32 = parse(text)?;
            out.extend_from_slice(&value.to_le_bytes());
            Ok(())
        }
        WireType::Double => {
            let value: f64 = parse(text)?;
            out.extend_from_slice(&value.to_le_bytes());
            Ok(())
        }
        WireType::Date | WireType::DateTime | WireType::Timestamp => write_date_time(out, text),
        WireType::Time => write_time(out, text),
        // it has no value that is not NULL
        WireType::Null => Err(UNREADABLE),
        _ => {
            write_lenenc_bytes(out, text);
            Ok(())
        }
    }
}

fn parse<T: std::str::FromStr>(text: &[u8]) -> Result<T, ProtocolError> {
    let text = std::str::from_utf8(text).map_err(|_| UNREADABLE)?;
    text.parse().map_err(|_| UNREADABLE)
}

/// Signed and unsigned values of one width differ in their text alone.
fn write_integer(out: &mut Vec<u8>, text: &[u8], width: usize) -> Result<(), ProtocolError> {
    let (is_negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, text),
    };
    let value = number(digits)?;
    let most = u64::MAX >> (64 - 8 * width);
    let least = most / 2 + 1;
    if value > most || (is_negative && value > least) {
        return Err(UNREADABLE);
    }
    let value = if is_negative {
        value.wrapping_neg()
    } else {
        value
    };
    out.extend(value.to_le_bytes().iter().take(width));
    Ok(())
}

/// Digits, at least one.
fn number(digits: &[u8]) -> Result<u64, ProtocolError> {
    if digits.is_empty() {
        return Err(UNREADABLE);
    }
    digits.iter().try_fold(0_u64, |value, &digit| {
        let digit = digit.checked_sub(b'0').filter(|&digit| digit < 10);
        digit
            .and_then(|digit| value.checked_mul(10)?.checked_add(u64::from(digit)))
            .ok_or(UNREADABLE)
    })
}

/// A number that fits.
fn part<T: TryFrom<u64>>(digits: &[u8]) -> Result<T, ProtocolError> {
    T::try_from(number(digits)?).map_err(|_| UNREADABLE)
}

/// `hh:mm:ss` and microseconds.
struct Clock {
    hours: u32,
    minutes: u8,
    seconds: u8,
    micros: u32,
}

impl Clock {
    /// Hours may be of more than two digits; up to six digits follow a point.
    fn parse(text: &[u8]) -> Result<Self, ProtocolError> {
        let mut fields = text.splitn(3, |&byte| byte == b':');
        let mut field = || fields.next().ok_or(UNREADABLE);
        let (hours, minutes, seconds) = (field()?, field()?, field()?);
        let mut fields = seconds.splitn(2, |&byte| byte == b'.');
        let (seconds, fraction) = (fields.next().unwrap_or_default(), fields.next());
        Ok(Self {
            hours: part(hours)?,
            minutes: part(minutes)?,
            seconds: part(seconds)?,
            micros: fraction.map_or(Ok(0), micros)?,
        })
    }

    fn is_zero(&self) -> bool {
        self.hours == 0 && self.minutes == 0 && self.seconds == 0
    }
}

fn micros(fraction: &[u8]) -> Result<u32, ProtocolError> {
    if fraction.len() > 6 {
        return Err(UNREADABLE);
    }
    let missing = u32::try_from(6 - fraction.len()).unwrap_or_default();
    Ok(part::<u32>(fraction)? * 10_u32.pow(missing))
}

/// `YYYY-MM-DD`, perhaps with a clock behind it; as short as its zeros at the end let it be.
fn write_date_time(out: &mut Vec<u8>, text: &[u8]) -> Result<(), ProtocolError> {
    let mut halves = text.splitn(2, |&byte| byte == b' ');
    let (date, clock) = (halves.next().unwrap_or_default(), halves.next());
    let mut fields = date.splitn(3, |&byte| byte == b'-');
    let mut field = || fields.next().ok_or(UNREADABLE);
    let year: u16 = part(field()?)?;
    let (month, day): (u8, u8) = (part(field()?)?, part(field()?)?);
    let clock = Clock::parse(clock.unwrap_or(b"0:0:0"))?;
    let hours = u8::try_from(clock.hours).map_err(|_| UNREADABLE)?;
    let len = match (clock.micros, clock.is_zero(), (year, month, day)) {
        (1.., ..) => 11,
        (0, false, _) => 7,
        (0, true, (0, 0, 0)) => 0,
        (0, true, _) => 4,
    };
    let [low, high] = year.to_le_bytes();
    let fields = [low, high, month, day, hours, clock.minutes, clock.seconds];
    out.push(len);
    out.extend(fields.iter().take(usize::from(len)));
    if len == 11 {
        out.extend_from_slice(&clock.micros.to_le_bytes());
    }
    Ok(())
}

/// `[-]hhh:mm:ss`; hours beyond a day count as days.
fn write_time(out: &mut Vec<u8>, text: &[u8]) -> Result<(), ProtocolError> {
    let (is_negative, text) = match text.split_first() {
        Some((b'-', text)) => (true, text),
        _ => (false, text),
    };
    let clock = Clock::parse(text)?;
    let len = match (clock.micros, clock.is_zero()) {
        (1.., _) => 12,
        (0, false) => 8,
        (0, true) => 0,
    };
    out.push(len);
    if len == 0 {
        return Ok(());
    }
    out.push(u8::from(is_negative));
    out.extend_from_slice(&(clock.hours / 24).to_le_bytes());
    let hours = u8::try_from(clock.hours % 24).map_err(|_| UNREADABLE)?;
    out.extend_from_slice(&[hours, clock.minutes, clock.seconds]);
    if len == 12 {
        out.extend_from_slice(&clock.micros.to_le_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(wire: WireType, text: &str) -> Result<Vec<u8>, ProtocolError> {
        let mut out = Vec::new();
        write_binary_value(&mut out, wire, text.as_bytes()).map(|()| out)
    }

    #[test]
    fn integers_of_each_width_are_read_signed_and_unsigned() {
        let cases: [(WireType, &str, &[u8]); 13] = [
            (WireType::Tiny, "-128", b"\x80"),
            (WireType::Tiny, "255", b"\xFF"),
            (WireType::Tiny, "007", b"\x07"),
            (WireType::Short, "-32768", b"\x00\x80"),
            (WireType::Short, "65535", b"\xFF\xFF"),
            (WireType::Year, "2026", b"\xEA\x07"),
            (WireType::Year, "0000", b"\0\0"),
            (WireType::Int24, "-8388608", b"\0\0\x80\xFF"),
            (WireType::Long, "4294967295", b"\xFF\xFF\xFF\xFF"),
            (WireType::Long, "-1", b"\xFF\xFF\xFF\xFF"),
            (WireType::LongLong, "18446744073709551615", &[0xFF; 8]),
            (
                WireType::LongLong,
                "-9223372036854775808",
                b"\0\0\0\0\0\0\0\x80",
            ),
            (WireType::LongLong, "0", &[0; 8]),
        ];
        for (wire, text, bytes) in cases {
            assert_eq!(binary(wire, text).as_deref(), Ok(bytes), "{text}");
        }
        for (wire, text) in [
            (WireType::Tiny, "256"),
            (WireType::Tiny, "-129"),
            (WireType::LongLong, "18446744073709551616"),
            (WireType::LongLong, "-9223372036854775809"),
            (WireType::Long, ""),
            (WireType::Long, "-"),
            (WireType::Long, "1.5"),
            (WireType::Null, "x"),
        ] {
            assert!(binary(wire, text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_with_a_point_keep_their_value() {
        let double = 1.797_693_134_862_315_7e308_f64;
        assert_eq!(
            binary(WireType::Double, "1.7976931348623157e308").unwrap(),
            double.to_le_bytes()
        );
        assert_eq!(
            binary(WireType::Double, "-0").unwrap(),
            (-0.0_f64).to_le_bytes()
        );
        assert_eq!(
            binary(WireType::Float, "1.5").unwrap(),
            1.5_f32.to_le_bytes()
        );
        assert_eq!(binary(WireType::NewDecimal, "-0.10").unwrap(), b"\x05-0.10");
        assert!(binary(WireType::Double, "one").is_err());
    }

    #[test]
    fn dates_are_as_short_as_their_zeros_let_them_be() {
        let cases: [(WireType, &str, &[u8]); 8] = [
            (WireType::Date, "2026-11-22", b"\x04\xEA\x07\x0B\x16"),
            (WireType::Date, "0000-00-00", b"\0"),
            (WireType::DateTime, "0000-00-00 00:00:00.000000", b"\0"),
            (
                WireType::DateTime,
                "2026-11-22 00:00:00",
                b"\x04\xEA\x07\x0B\x16",
            ),
            (
                WireType::Timestamp,
                "2026-11-22 01:02:03",
                b"\x07\xEA\x07\x0B\x16\x01\x02\x03",
            ),
            (
                WireType::DateTime,
                "2026-11-22 00:00:00.5",
                b"\x0B\xEA\x07\x0B\x16\0\0\0\x20\xA1\x07\0",
            ),
            (
                WireType::DateTime,
                "2026-00-00 00:00:00",
                b"\x04\xEA\x07\0\0",
            ),
            (
                WireType::DateTime,
                "9999-12-31 23:59:59.000001",
                b"\x0B\x0F\x27\x0C\x1F\x17\x3B\x3B\x01\0\0\0",
            ),
        ];
        for (wire, text, bytes) in cases {
            assert_eq!(binary(wire, text).as_deref(), Ok(bytes), "{text}");
        }
        for text in [
            "2026-11",
            "2026-11-22 1",
            "2026-11-22 1:2:3.1234567",
            "x",
            "",
        ] {
            assert!(binary(WireType::DateTime, text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_count_days_and_have_a_sign() {
        let cases: [(&str, &[u8]); 5] = [
            ("00:00:00", b"\0"),
            ("01:02:03", b"\x08\0\0\0\0\0\x01\x02\x03"),
            ("-838:59:59", b"\x08\x01\x22\0\0\0\x16\x3B\x3B"),
            ("-00:00:00.000001", b"\x0C\x01\0\0\0\0\0\0\0\x01\0\0\0"),
            ("24:00:00.10", b"\x0C\0\x01\0\0\0\0\0\0\xA0\x86\x01\0"),
        ];
        for (text, bytes) in cases {
            assert_eq!(binary(WireType::Time, text).as_deref(), Ok(bytes), "{text}");
        }
        assert!(binary(WireType::Time, "1:2").is_err());
    }
}
