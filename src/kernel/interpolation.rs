//! Parameters written into the text as literals, for statements that no server is given to prepare.

use crate::execute::Downstream;
use crate::protocol::{ParamType, ParamValue, WireType};
use crate::sql::{self, Kind, Lexed, SqlMode, TokenKind};

use super::bound::{Bound, moment_text};
use super::session_call;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel, Served};

impl Kernel {
    /// Serves a bound statement as a text with literals; its rows are written in the binary protocol.
    pub(super) async fn interpolated<D: Downstream>(
        &self,
        job: &Job<'_>,
        bound: &Bound<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let keeps_integers = matches!(job.statement.kind, Kind::Explain { .. });
        let mode = session.mode;
        let text = with_literals(job.text, job.lexed, &bound.params, mode, keeps_integers);
        self.as_text(job, &text, session, client).await
    }

    /// Serves another text in the place of a job's.
    pub(super) async fn as_text<D: Downstream>(
        &self,
        job: &Job<'_>,
        text: &[u8],
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let mut lexed = Lexed::default();
        sql::lex(text, session.mode, job.context.family, &mut lexed)?;
        let statement = sql::analyze(text, &lexed, 0..lexed.tokens.len(), session.mode);
        let calls = session_call::find(text, &lexed);
        let inner = Job {
            context: job.context,
            text,
            lexed: &lexed,
            statement: &statement,
            calls: &calls,
            rest: job.rest,
            bound: None,
            is_binary: job.is_binary,
            template: None,
        };
        self.pass(&inner, session)?;
        Box::pin(self.serve(&inner, session, client)).await
    }
}

/// The text with its parameters' values as literals. `keeps_integers`: a DOUBLE that is a whole number is written as
/// one, since routing reads no other.
pub(super) fn with_literals(
    text: &[u8],
    lexed: &Lexed,
    params: &[(ParamType, ParamValue<'_>)],
    mode: SqlMode,
    keeps_integers: bool,
) -> Vec<u8> {
    interpolate(text, lexed, |index, out| match params.get(index) {
        Some((param, ParamValue::Bytes(bytes))) => {
            push_literal(out, *param, bytes, mode, keeps_integers);
        }
        _ => out.extend_from_slice(b"NULL"),
    })
}

/// The text with what `push` writes in the place of each `?`.
pub(super) fn interpolate(
    text: &[u8],
    lexed: &Lexed,
    mut push: impl FnMut(usize, &mut Vec<u8>),
) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    let mut at = 0;
    let tokens = lexed.tokens.iter();
    let places = tokens.filter(|token| token.kind == TokenKind::Parameter);
    for (index, token) in places.enumerate() {
        out.extend_from_slice(text.get(at..token.start as usize).unwrap_or_default());
        // `-?` with a negative number must not become a comment
        out.push(b' ');
        push(index, &mut out);
        out.push(b' ');
        at = token.end as usize;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}

fn push_literal(
    out: &mut Vec<u8>,
    param: ParamType,
    bytes: &[u8],
    mode: SqlMode,
    keeps_integers: bool,
) {
    match param.wire {
        WireType::Null => out.extend_from_slice(b"NULL"),
        WireType::Tiny
        | WireType::Short
        | WireType::Year
        | WireType::Long
        | WireType::Int24
        | WireType::LongLong => {
            let is_unsigned = param.is_unsigned || param.wire == WireType::Year;
            push_text(
                out,
                &super::bound::integer_value(bytes, is_unsigned).to_string(),
            );
        }
        WireType::Float => {
            let value = bytes.first_chunk().map(|bytes| f32::from_le_bytes(*bytes));
            push_double(out, f64::from(value.unwrap_or_default()), keeps_integers);
        }
        WireType::Double => {
            let value = bytes.first_chunk().map(|bytes| f64::from_le_bytes(*bytes));
            push_double(out, value.unwrap_or_default(), keeps_integers);
        }
        WireType::Decimal | WireType::NewDecimal if is_decimal(bytes) => {
            out.extend_from_slice(bytes);
        }
        WireType::Date => push_moment(out, "DATE", bytes, false),
        WireType::DateTime | WireType::Timestamp => push_moment(out, "TIMESTAMP", bytes, true),
        WireType::Time => push_text(out, &format!("TIME'{}'", time_text(bytes))),
        WireType::TinyBlob
        | WireType::MediumBlob
        | WireType::LongBlob
        | WireType::Blob
        | WireType::Bit
        | WireType::Vector
        | WireType::Geometry => push_binary(out, bytes),
        WireType::Decimal
        | WireType::NewDecimal
        | WireType::VarChar
        | WireType::VarString
        | WireType::String
        | WireType::Enum
        | WireType::Set
        | WireType::Json => push_quoted(out, bytes, mode),
    }
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// As many digits as give the same number back; no literal stands for what is no number.
fn push_double(out: &mut Vec<u8>, value: f64, keeps_integers: bool) {
    if !value.is_finite() {
        push_text(out, "NULL");
    } else if keeps_integers && value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        push_text(out, &format!("{value:.0}"));
    } else {
        push_text(out, &format!("{value:e}"));
    }
}

fn is_decimal(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let is_digit_or_point = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    digits.iter().any(u8::is_ascii_digit)
        && digits.iter().all(is_digit_or_point)
        && digits.iter().filter(|byte| **byte == b'.').count() < 2
}

/// A zero in a date is no typed literal on the servers.
fn push_moment(out: &mut Vec<u8>, kind: &str, bytes: &[u8], has_time: bool) {
    let is_zero = |part: usize| bytes.get(part).is_none_or(|byte| *byte == 0);
    let kind = if is_zero(2) || is_zero(3) { "" } else { kind };
    let text = moment_text(bytes, has_time).unwrap_or_default();
    push_text(out, &format!("{kind}'{text}'"));
}

fn time_text(bytes: &[u8]) -> String {
    let mut parts = [0; 12];
    if let Some(sent) = parts.get_mut(..bytes.len()) {
        sent.copy_from_slice(bytes);
    }
    let [sign, d0, d1, d2, d3, hour, minute, second, m0, m1, m2, m3] = parts;
    let days = u64::from(u32::from_le_bytes([d0, d1, d2, d3]));
    let hours = days * 24 + u64::from(hour);
    let sign = if sign == 0 { "" } else { "-" };
    let micros = u32::from_le_bytes([m0, m1, m2, m3]);
    let fraction = match micros {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    };
    format!("{sign}{hours:02}:{minute:02}:{second:02}{fraction}")
}

fn push_binary(out: &mut Vec<u8>, bytes: &[u8]) {
    push_text(out, "_binary x'");
    for byte in bytes {
        push_text(out, &format!("{byte:02x}"));
    }
    out.push(b'\'');
}

/// In the client's character set, in which no character has a quote or a backslash inside.
pub(super) fn push_quoted(out: &mut Vec<u8>, bytes: &[u8], mode: SqlMode) {
    out.push(b'\'');
    for byte in bytes {
        match byte {
            b'\'' => out.extend_from_slice(b"''"),
            b'\\' if !mode.no_backslash_escapes => out.extend_from_slice(b"\\\\"),
            0 if !mode.no_backslash_escapes => out.extend_from_slice(b"\\0"),
            byte => out.push(*byte),
        }
    }
    out.push(b'\'');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ServerFamily;

    fn literal(param: ParamType, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        push_literal(&mut out, param, bytes, SqlMode::default(), false);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_type_has_a_literal_that_gives_its_value_back() {
        let of = |wire, bytes: &[u8], text: &str| {
            assert_eq!(literal(ParamType::new(wire), bytes), text, "{wire:?}");
        };
        of(WireType::Tiny, &[0xFF], "-1");
        of(WireType::Short, &[0xFE, 0xFF], "-2");
        of(WireType::Year, &[0xEA, 0x07], "2026");
        of(WireType::Long, &5_i32.to_le_bytes(), "5");
        of(
            WireType::LongLong,
            &i64::MIN.to_le_bytes(),
            "-9223372036854775808",
        );
        assert_eq!(
            literal(ParamType::unsigned(WireType::LongLong), &[0xFF; 8]),
            "18446744073709551615"
        );
        of(WireType::Double, &5_f64.to_le_bytes(), "5e0");
        of(WireType::Double, &0.1_f64.to_le_bytes(), "1e-1");
        of(WireType::Double, &f64::NAN.to_le_bytes(), "NULL");
        of(WireType::Float, &0.5_f32.to_le_bytes(), "5e-1");
        of(WireType::NewDecimal, b"-5.10", "-5.10");
        of(WireType::NewDecimal, b"1 OR 1", "'1 OR 1'");
        of(WireType::NewDecimal, b".", "'.'");
        of(WireType::VarString, b"it's \\ \0", r"'it''s \\ \0'");
        of(WireType::Blob, b"\x00'", "_binary x'0027'");
        of(WireType::Date, &[0xEA, 7, 1, 2], "DATE'2026-01-02'");
        of(WireType::Date, &[], "'0000-00-00'");
        of(
            WireType::DateTime,
            &[0xEA, 7, 1, 2, 3, 4, 5, 1, 0, 0, 0],
            "TIMESTAMP'2026-01-02 03:04:05.000001'",
        );
        of(WireType::Time, &[1, 1, 0, 0, 0, 2, 3, 4], "TIME'-26:03:04'");
        of(WireType::Time, &[], "TIME'00:00:00'");
    }

    #[test]
    fn only_parameters_are_replaced() {
        let text = b"SELECT '?', -?, `?` /* ? */ -- ?\n, ?";
        let mut lexed = Lexed::default();
        sql::lex(
            text,
            SqlMode::default(),
            ServerFamily::MySql(90_700),
            &mut lexed,
        )
        .unwrap();
        let filled = interpolate(text, &lexed, |index, out| {
            out.extend_from_slice(format!("-{index}").as_bytes());
        });
        assert_eq!(
            String::from_utf8(filled).unwrap(),
            "SELECT '?', - -0 , `?` /* ? */ -- ?\n,  -1 "
        );
    }
}
