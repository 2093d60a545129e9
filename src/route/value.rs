//! The one place that decides what is a sharding value (contract 4.2).

use crate::model::{ColumnKind, Moments, PlantedFault, ShardingValue, is_planted};
use crate::rule::{Comparison, Normalize, ShardedTable};
use crate::sql::{Operand, TokenKind, text_value};

use super::client_text::to_text;
use super::input::{BoundValue, RouteInput};

/// What an operand is worth for a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Exactly this.
    Value(ShardingValue),
    /// NULL
    Null,
    /// DEFAULT
    Default,
    /// Not an exact value of the column's type.
    Unknown,
}

/// How values of one column are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As exact integers.
    Integer {
        /// Quoted numbers are hashed as text, as `ShardingSphere` did (`numericText: java_text`).
        quoted_is_text: bool,
    },
    /// As exact strings.
    Text {
        /// How they are made equal; `None` takes them as they are.
        normalize: Option<Normalize>,
        /// The collation ignores blanks at the end: a text that ends with one is no value.
        pads: bool,
    },
    /// As text of a moment, in one spelling.
    Moment,
    /// The column's type has no exact values.
    Never,
}

/// Why a sharding column's values cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingFault {
    /// The type is known neither from the servers nor from the rule.
    NoType,
    /// A string column with a collation that calls different texts equal.
    LooseCollation,
    /// A string column whose collation is known neither from the servers nor from the rule.
    NoCollation,
    /// A TIMESTAMP, which a session's `time_zone` reads.
    Zoned,
}

impl Reading {
    /// How values of a column of `kind` are read for `table`.
    ///
    /// # Errors
    /// When the type is unknown, or its collation calls different texts equal and the rule does not say how.
    pub fn of(
        kind: Option<&ColumnKind>,
        table: Option<&ShardedTable>,
    ) -> Result<Self, ReadingFault> {
        let normalize = table.and_then(|table| table.normalize);
        match kind.ok_or(ReadingFault::NoType)? {
            ColumnKind::Integer { .. } => Ok(Self::Integer {
                quoted_is_text: table.is_some_and(|table| table.numeric_text_java),
            }),
            ColumnKind::Text { collation, .. } => {
                match Comparison::of(normalize, collation.as_deref()) {
                    Comparison::Told { pads } => Ok(Self::Text { normalize, pads }),
                    Comparison::Loose => Err(ReadingFault::LooseCollation),
                    Comparison::Unknown => Err(ReadingFault::NoCollation),
                }
            }
            ColumnKind::DateTime(_) => Ok(Self::Moment),
            ColumnKind::Other(_) => Ok(Self::Never),
        }
    }

    /// What `operand` is worth.
    #[must_use]
    pub fn worth(self, operand: Operand, input: &RouteInput<'_>) -> Worth {
        match operand {
            Operand::Null => Worth::Null,
            Operand::Default => Worth::Default,
            Operand::Expression => Worth::Unknown,
            Operand::Literal { token, is_negative } => self.literal(token, is_negative, input),
            Operand::Parameter(index) => {
                let bound = input
                    .params
                    .and_then(|params| params.get(usize::from(index)));
                bound.map_or(Worth::Unknown, |value| self.bound(value, input))
            }
        }
    }

    fn literal(self, token: u32, is_negative: bool, input: &RouteInput<'_>) -> Worth {
        let Some(index) = usize::try_from(token).ok() else {
            return Worth::Unknown;
        };
        let Some(kind) = input.lexed.tokens.get(index).map(|token| token.kind) else {
            return Worth::Unknown;
        };
        let bytes = input.lexed.bytes(input.text, index);
        if let (Self::Integer { .. }, Some(worth)) = (self, hashed_as_text(kind, bytes)) {
            return worth;
        }
        match (self, kind) {
            (Self::Integer { .. }, TokenKind::Integer) => integer(bytes, is_negative),
            (Self::Integer { quoted_is_text }, TokenKind::Text) if !is_negative => {
                quoted_integer(&text_value(bytes, input.mode), quoted_is_text)
            }
            (Self::Text { .. } | Self::Moment, TokenKind::Text) if !is_negative => {
                let text = to_text(text_value(bytes, input.mode).into_owned(), input.charset);
                text.map_or(Worth::Unknown, |text| self.text(text))
            }
            _ => Worth::Unknown,
        }
    }

    fn bound(self, value: &BoundValue<'_>, input: &RouteInput<'_>) -> Worth {
        match (self, value) {
            (_, BoundValue::Null) => Worth::Null,
            (Self::Integer { .. }, BoundValue::Integer(value)) => {
                Worth::Value(ShardingValue::Int(*value))
            }
            (Self::Integer { .. }, BoundValue::Double(value)) => integral(*value),
            (Self::Integer { .. }, BoundValue::Decimal(digits)) => integer_part_only(digits),
            (
                Self::Integer { quoted_is_text },
                BoundValue::Text(digits) | BoundValue::Binary(digits),
            ) => quoted_integer(digits, quoted_is_text),
            (Self::Text { .. } | Self::Moment, BoundValue::Text(bytes)) => {
                to_text(bytes.to_vec(), input.charset)
                    .map_or(Worth::Unknown, |text| self.text(text))
            }
            (Self::Moment, BoundValue::Moment(text)) => self.text(text.clone()),
            (_, BoundValue::Any { number, moment }) => self.any(*number, moment),
            _ => Worth::Unknown,
        }
    }

    /// A value that the column can hold, whichever it will be.
    fn any(self, number: i128, moment: &str) -> Worth {
        match self {
            Self::Integer { .. } => Worth::Value(ShardingValue::Int(number)),
            Self::Text { .. } => self.text(number.to_string()),
            Self::Moment => self.text(moment.to_owned()),
            Self::Never => Worth::Unknown,
        }
    }

    fn text(self, text: String) -> Worth {
        let known = match self {
            Self::Text { pads: true, .. } if text.ends_with(' ') => None,
            Self::Text {
                normalize: Some(normalize),
                ..
            } => normalize.apply(&text).map(std::borrow::Cow::into_owned),
            Self::Text { .. } => Some(text),
            Self::Moment => is_moment(text.as_bytes()).then(|| Moments::one_spelling(text)),
            Self::Integer { .. } | Self::Never => None,
        };
        known.map_or(Worth::Unknown, |text| {
            Worth::Value(ShardingValue::Text(text))
        })
    }
}

/// Numbers in other forms hashed as their text: wrong, and only where such a fault is planted.
fn hashed_as_text(kind: TokenKind, bytes: &[u8]) -> Option<Worth> {
    let fault = match kind {
        TokenKind::Text if bytes.ends_with(b" '") => PlantedFault::PaddedNumber,
        TokenKind::Text => PlantedFault::QuotedNumber,
        TokenKind::Decimal => PlantedFault::DecimalNumber,
        TokenKind::Float => PlantedFault::FloatNumber,
        _ => return None,
    };
    is_planted(fault).then(|| {
        let text = String::from_utf8_lossy(bytes);
        Worth::Value(ShardingValue::Text(text.trim_matches('\'').to_owned()))
    })
}

/// A literal's digits; leading zeros are fine.
fn integer(digits: &[u8], is_negative: bool) -> Worth {
    // 18 digits fit an i64; nearly every key does
    let value = if digits.len() <= 18 {
        sum::<i64>(digits).map(i128::from)
    } else {
        sum::<i128>(digits)
    };
    match value {
        Some(value) if !digits.is_empty() => {
            Worth::Value(ShardingValue::Int(if is_negative { -value } else { value }))
        }
        _ => Worth::Unknown,
    }
}

fn sum<N: CheckedDigits>(digits: &[u8]) -> Option<N> {
    digits.iter().try_fold(N::default(), |value, byte| {
        byte.is_ascii_digit()
            .then(|| value.with_digit(byte - b'0'))?
    })
}

/// Integers that decimal digits are gathered in.
trait CheckedDigits: Default {
    fn with_digit(self, digit: u8) -> Option<Self>;
}

impl CheckedDigits for i64 {
    fn with_digit(self, digit: u8) -> Option<Self> {
        self.checked_mul(10)?.checked_add(Self::from(digit))
    }
}

impl CheckedDigits for i128 {
    fn with_digit(self, digit: u8) -> Option<Self> {
        self.checked_mul(10)?.checked_add(Self::from(digit))
    }
}

/// Only the spelling that printing the number gives: `'5'`, `'-5'`; not `' 5'`, `'+5'`, `'05'`, `'-0'`, `'5.0'`.
fn quoted_integer(text: &[u8], keeps_text: bool) -> Worth {
    let (digits, is_negative) = match text {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    let is_canonical = match digits {
        [b'0'] => !is_negative,
        [b'1'..=b'9', ..] => true,
        _ => false,
    };
    match (is_canonical, integer(digits, is_negative)) {
        (true, Worth::Value(_)) if keeps_text => Worth::Value(ShardingValue::Text(
            text.iter().copied().map(char::from).collect(),
        )),
        (true, worth) => worth,
        (false, _) => Worth::Unknown,
    }
}

/// A bound DECIMAL: `5`, `-5`, `5.00`.
fn integer_part_only(digits: &[u8]) -> Worth {
    let end = digits
        .iter()
        .position(|byte| *byte == b'.')
        .unwrap_or(digits.len());
    let (whole, fraction) = digits.split_at(end);
    if fraction.iter().skip(1).any(|byte| *byte != b'0') {
        return Worth::Unknown;
    }
    match whole {
        [b'-', whole @ ..] => integer(whole, true),
        whole => integer(whole, false),
    }
}

/// A bound DOUBLE that is a whole number and exact (below 2^53).
#[allow(
    clippy::cast_possible_truncation,
    reason = "checked to be whole and below 2^53"
)]
fn integral(value: f64) -> Worth {
    let is_exact =
        value.is_finite() && value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
    if is_exact {
        Worth::Value(ShardingValue::Int(value as i128))
    } else {
        Worth::Unknown
    }
}

/// `YYYY-MM-DD` or `YYYY-MM-DD hh:mm:ss[.f]`: other spellings of the same moment would hash elsewhere.
fn is_moment(text: &[u8]) -> bool {
    let fits = |pattern: &[u8], text: &[u8]| {
        pattern.len() == text.len()
            && pattern.iter().zip(text).all(|(p, b)| {
                if *p == b'0' {
                    b.is_ascii_digit()
                } else {
                    p == b
                }
            })
    };
    match (text.get(..19), text.get(19..)) {
        (Some(seconds), Some(rest)) => {
            fits(b"0000-00-00 00:00:00", seconds)
                && match rest {
                    [] => true,
                    [b'.', fraction @ ..] => {
                        (1..=6).contains(&fraction.len()) && fraction.iter().all(u8::is_ascii_digit)
                    }
                    _ => false,
                }
        }
        _ => fits(b"0000-00-00", text),
    }
}

#[cfg(test)]
mod tests {
    use super::{Worth, integer, integer_part_only, integral, is_moment, quoted_integer};
    use crate::model::{Moments, ShardingValue};

    fn int(value: i128) -> Worth {
        Worth::Value(ShardingValue::Int(value))
    }

    #[test]
    fn only_the_printed_spelling_of_a_quoted_integer_is_a_value_contract_4_2() {
        for (text, worth) in [("5", int(5)), ("-5", int(-5)), ("0", int(0))] {
            assert_eq!(quoted_integer(text.as_bytes(), false), worth);
        }
        for text in [
            "", "-", "+5", " 5", "5 ", "05", "-0", "5.0", "1e3", "1abc", "0x5",
        ] {
            assert_eq!(
                quoted_integer(text.as_bytes(), false),
                Worth::Unknown,
                "{text}"
            );
        }
    }

    #[test]
    fn literals_may_have_leading_zeros_and_more_than_64_bits() {
        assert_eq!(integer(b"007", false), int(7));
        assert_eq!(
            integer(b"18446744073709551616", true),
            int(-18_446_744_073_709_551_616)
        );
        assert_eq!(integer(&[b'9'; 60], false), Worth::Unknown);
    }

    #[test]
    fn bound_numbers_of_every_type_hold_the_same_integer_contract_4_2() {
        assert_eq!(integral(5.0), int(5));
        assert_eq!(integral(5.5), Worth::Unknown);
        assert_eq!(integer_part_only(b"5.00"), int(5));
        assert_eq!(integer_part_only(b"5.01"), Worth::Unknown);
    }

    #[test]
    fn java_text_hashes_quoted_numbers_as_text_contract_4_2() {
        assert_eq!(
            quoted_integer(b"55", true),
            Worth::Value(ShardingValue::Text("55".into()))
        );
    }

    #[test]
    fn equal_moments_are_one_value_where_they_are_hashed() {
        for (written, value) in [
            ("2026-01-02", "2026-01-02 00:00:00"),
            ("2026-01-02 00:00:00", "2026-01-02 00:00:00"),
            ("2026-01-02 00:00:00.000", "2026-01-02 00:00:00"),
            ("2026-01-02 03:04:50.120", "2026-01-02 03:04:50.12"),
        ] {
            assert_eq!(Moments::one_spelling(written.to_owned()), value);
        }
    }

    #[test]
    fn moments_have_one_spelling() {
        assert!(is_moment(b"2026-01-02") && is_moment(b"2026-01-02 03:04:05.5"));
        assert!(!is_moment(b"2026-1-2") && !is_moment(b"2026-01-02T03:04:05"));
    }
}
