//! Java's date patterns, as far as they are digits: `yyyy-MM-dd HH:mm:ss`, `yyyyMM`.

use jiff::civil::DateTime;

/// A parsed pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DatePattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Field(Field, usize),
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Fraction,
}

impl Field {
    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'y' | 'u' => Self::Year,
            'M' => Self::Month,
            'd' => Self::Day,
            'H' => Self::Hour,
            'm' => Self::Minute,
            's' => Self::Second,
            'S' => Self::Fraction,
            _ => return None,
        })
    }
}

impl DatePattern {
    /// Reads a pattern; the error says what is not known in it.
    pub(super) fn parse(pattern: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut letters = pattern.chars().peekable();
        while let Some(letter) = letters.next() {
            let mut width = 1;
            while letter.is_ascii_alphabetic() && letters.next_if_eq(&letter).is_some() {
                width += 1;
            }
            match Field::of(letter) {
                Some(field) if width <= 9 => parts.push(Part::Field(field, width)),
                _ if letter == '\'' => {
                    let quoted: String =
                        letters.by_ref().take_while(|next| *next != '\'').collect();
                    parts.push(Part::Text(if quoted.is_empty() {
                        "'".to_owned()
                    } else {
                        quoted
                    }));
                }
                _ if letter.is_ascii_alphabetic() => {
                    return Err(format!("{letter} means nothing in a pattern here"));
                }
                _ => parts.push(Part::Text(letter.to_string())),
            }
        }
        Ok(Self(parts))
    }

    /// Reads a moment. What follows the pattern is ignored as ShardingSphere does; a text that ends
    /// after a whole field is that field's beginning, as the server reads it.
    pub(super) fn read(&self, text: &str) -> Option<DateTime> {
        let mut fields = [1_i32, 1, 1, 0, 0, 0, 0];
        let mut rest = text;
        for (index, part) in self.0.iter().enumerate() {
            if rest.is_empty() && index > 0 {
                break;
            }
            match part {
                Part::Text(expected) => rest = rest.strip_prefix(expected.as_str())?,
                Part::Field(field, width) => {
                    let bytes = rest.bytes().take(*width);
                    let count = bytes.take_while(u8::is_ascii_digit).count();
                    // zeros at the end of a fraction say nothing and need not be there
                    let is_short = matches!(field, Field::Fraction) && count > 0;
                    if count < *width && !is_short {
                        return None;
                    }
                    let (digits, behind) = rest.split_at_checked(count)?;
                    rest = behind;
                    *fields.get_mut(*field as usize)? = number(*field, digits)?;
                }
            }
        }
        let [year, month, day, hour, minute, second, nanos] = fields;
        let small = |value: i32| i8::try_from(value).ok();
        let year = i16::try_from(year).ok()?;
        DateTime::new(
            year,
            small(month)?,
            small(day)?,
            small(hour)?,
            small(minute)?,
            small(second)?,
            nanos,
        )
        .ok()
    }

    /// Writes a moment.
    pub(super) fn write(&self, moment: DateTime) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(Field::Year, 2) => {
                    out.push_str(&format!("{:02}", moment.year().rem_euclid(100)))
                }
                Part::Field(Field::Fraction, width) => {
                    out.extend(
                        format!("{:09}", moment.subsec_nanosecond())
                            .chars()
                            .take(*width),
                    );
                }
                Part::Field(field, width) => {
                    out.push_str(&format!("{:0width$}", value(*field, moment)))
                }
            }
        }
        out
    }
}

fn number(field: Field, digits: &str) -> Option<i32> {
    match field {
        Field::Fraction => format!("{digits:0<9}").parse().ok(),
        Field::Year if digits.len() == 2 => digits.parse::<i32>().ok().map(|year| 2000 + year),
        _ => digits.parse().ok(),
    }
}

fn value(field: Field, moment: DateTime) -> i16 {
    match field {
        Field::Year => moment.year(),
        Field::Month => i16::from(moment.month()),
        Field::Day => i16::from(moment.day()),
        Field::Hour => i16::from(moment.hour()),
        Field::Minute => i16::from(moment.minute()),
        Field::Second | Field::Fraction => i16::from(moment.second()),
    }
}

#[cfg(test)]
mod tests {
    use super::DatePattern;

    #[test]
    fn moments_are_read_by_the_pattern_and_written_by_another() {
        let pattern = DatePattern::parse("yyyy-MM-dd HH:mm:ss").unwrap();
        let write = |text: &str, to: &str| {
            pattern
                .read(text)
                .map(|moment| DatePattern::parse(to).unwrap().write(moment))
        };
        assert_eq!(
            write("2024-02-29 12:34:56.789", "yyyyMM").as_deref(),
            Some("202402")
        );
        assert_eq!(
            write("2024-02-29", "yyyyMMdd'T'HH").as_deref(),
            Some("20240229T00")
        );
        assert_eq!(
            write("2024-02-29 12:34:56", "yy_M_d").as_deref(),
            Some("24_2_29")
        );
        let millis = DatePattern::parse("yyyy-MM-dd HH:mm:ss.SSS").unwrap();
        for (text, fraction) in [
            ("", "000"),
            (".1", "100"),
            (".12", "120"),
            (".123456", "123"),
        ] {
            let moment = millis.read(&format!("2024-02-29 12:34:56{text}")).unwrap();
            assert_eq!(
                millis.write(moment),
                format!("2024-02-29 12:34:56.{fraction}")
            );
        }
        assert!(millis.read("2024-02-29 12:34:56.x").is_none());
        for wrong in ["2024-1-5", "2024-02-30", "abc", "", "2024-01-05T10:00:00"] {
            assert_eq!(write(wrong, "yyyy"), None, "{wrong}");
        }
        assert!(DatePattern::parse("yyyy-MM-dd E").is_err());
    }
}
