//! Columns of moments: how much of one they keep.

/// What a column of type DATE, DATETIME or TIMESTAMP keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moments {
    /// `DATE`: the day.
    Day,
    /// `DATETIME(n)`: n digits of a second.
    Local {
        /// Digits of a second.
        digits: u8,
    },
    /// `TIMESTAMP(n)`: what a text means hangs on the session's `time_zone`.
    Zoned {
        /// Digits of a second.
        digits: u8,
    },
}

impl Moments {
    /// The type that SQL calls `name`, with the number in its parentheses; `None` for what is none.
    #[must_use]
    pub fn of(name: &str, length: Option<usize>) -> Option<Self> {
        let digits = length
            .and_then(|digits| u8::try_from(digits).ok())
            .unwrap_or(0);
        match name {
            "date" => Some(Self::Day),
            "datetime" => Some(Self::Local { digits }),
            "timestamp" => Some(Self::Zoned { digits }),
            _ => None,
        }
    }

    /// `2026-01-02` and `2026-01-02 00:00:00.0` are one moment, and so one value.
    #[must_use]
    pub fn one_spelling(mut moment: String) -> String {
        if moment.len() == 10 {
            moment.push_str(" 00:00:00");
        }
        if moment.contains('.') {
            let kept = moment.trim_end_matches('0').trim_end_matches('.').len();
            moment.truncate(kept);
        }
        moment
    }

    /// Whether a row keeps all of `text` (`2026-01-02 03:04:05.678`): the server rounds or cuts what it does not keep,
    /// by version and `sql_mode`.
    #[must_use]
    pub fn keeps(self, text: &str) -> bool {
        let behind = |at: usize| text.get(at..).unwrap_or_default();
        match self {
            Self::Day => !behind(10).bytes().any(|byte| (b'1'..=b'9').contains(&byte)),
            Self::Local { digits } | Self::Zoned { digits } => {
                let fraction = behind(20).trim_end_matches('0');
                fraction.len() <= usize::from(digits)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Moments;

    #[test]
    fn what_a_column_does_not_keep_is_known() {
        let seconds = Moments::of("datetime", None).unwrap();
        let millis = Moments::of("timestamp", Some(3)).unwrap();
        assert_eq!(millis, Moments::Zoned { digits: 3 });
        for (moments, text, keeps) in [
            (Moments::Day, "2026-01-02", true),
            (Moments::Day, "2026-01-02 00:00:00.000", true),
            (Moments::Day, "2026-01-02 00:00:01", false),
            (seconds, "2026-01-02", true),
            (seconds, "2026-01-02 23:59:59", true),
            (seconds, "2026-01-02 23:59:59.000", true),
            (seconds, "2026-01-02 23:59:59.9", false),
            (millis, "2026-01-02 23:59:59.9", true),
            (millis, "2026-01-02 23:59:59.999900", false),
        ] {
            assert_eq!(moments.keeps(text), keeps, "{moments:?} {text}");
        }
        assert_eq!(Moments::of("time", None), None);
    }
}
