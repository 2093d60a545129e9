//! Which words reach the parser as keywords; every other word is a name to it.

use sqlparser::keywords::Keyword;

/// The longest word of the tables.
const LONGEST: usize = 20;

/// A word in upper case, without allocation; empty if it is longer than any keyword.
pub(super) struct Upper {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Upper {
    /// `word` in upper case.
    pub(super) fn of(word: &[u8]) -> Self {
        let mut bytes = [0; LONGEST];
        let length = match bytes.get_mut(..word.len()) {
            Some(room) => {
                room.copy_from_slice(word);
                room.make_ascii_uppercase();
                word.len()
            }
            None => 0,
        };
        Self { bytes, length }
    }

    /// The bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Words of MySQL's grammar that mean the same to the parser wherever they stand.
pub(super) fn fixed(word: &[u8]) -> Option<Keyword> {
    Some(match word {
        b"ALL" => Keyword::ALL,
        b"AND" => Keyword::AND,
        b"AS" => Keyword::AS,
        b"ASC" => Keyword::ASC,
        b"AGAINST" => Keyword::AGAINST,
        b"BETWEEN" => Keyword::BETWEEN,
        b"BOTH" => Keyword::BOTH,
        b"BY" => Keyword::BY,
        b"CASE" => Keyword::CASE,
        b"COLLATE" => Keyword::COLLATE,
        b"CROSS" => Keyword::CROSS,
        b"DESC" => Keyword::DESC,
        b"DISTINCT" | b"DISTINCTROW" => Keyword::DISTINCT,
        b"DIV" => Keyword::DIV,
        b"ELSE" => Keyword::ELSE,
        b"END" => Keyword::END,
        b"ESCAPE" => Keyword::ESCAPE,
        b"EXCEPT" => Keyword::EXCEPT,
        b"EXISTS" => Keyword::EXISTS,
        b"FALSE" => Keyword::FALSE,
        b"FOLLOWING" => Keyword::FOLLOWING,
        b"FOR" => Keyword::FOR,
        b"FROM" => Keyword::FROM,
        b"GROUP" => Keyword::GROUP,
        b"HAVING" => Keyword::HAVING,
        b"IN" => Keyword::IN,
        b"INNER" => Keyword::INNER,
        b"INTERSECT" => Keyword::INTERSECT,
        b"IS" => Keyword::IS,
        b"JOIN" | b"STRAIGHT_JOIN" => Keyword::JOIN,
        b"LATERAL" => Keyword::LATERAL,
        b"LEADING" => Keyword::LEADING,
        b"LIKE" => Keyword::LIKE,
        b"LIMIT" => Keyword::LIMIT,
        b"NATURAL" => Keyword::NATURAL,
        b"NOT" => Keyword::NOT,
        b"NULL" => Keyword::NULL,
        b"OF" => Keyword::OF,
        b"ON" => Keyword::ON,
        b"ORDER" => Keyword::ORDER,
        b"OUTER" => Keyword::OUTER,
        b"OVER" => Keyword::OVER,
        b"PARTITION" => Keyword::PARTITION,
        b"PRECEDING" => Keyword::PRECEDING,
        b"RANGE" => Keyword::RANGE,
        b"RECURSIVE" => Keyword::RECURSIVE,
        b"REGEXP" => Keyword::REGEXP,
        b"RLIKE" => Keyword::RLIKE,
        b"ROLLUP" => Keyword::ROLLUP,
        b"SELECT" => Keyword::SELECT,
        b"SEPARATOR" => Keyword::SEPARATOR,
        b"THEN" => Keyword::THEN,
        b"TRAILING" => Keyword::TRAILING,
        b"TRUE" => Keyword::TRUE,
        b"UNION" => Keyword::UNION,
        b"UNKNOWN" => Keyword::UNKNOWN,
        b"USING" => Keyword::USING,
        b"WHEN" => Keyword::WHEN,
        b"WHERE" => Keyword::WHERE,
        b"WINDOW" => Keyword::WINDOW,
        b"WITH" => Keyword::WITH,
        _ => return None,
    })
}

/// Functions that are called without parentheses too; none of them is a column.
pub(super) fn is_bare_function(word: &[u8]) -> bool {
    matches!(
        word,
        b"CURRENT_TIMESTAMP"
            | b"CURRENT_DATE"
            | b"CURRENT_TIME"
            | b"CURRENT_USER"
            | b"CURRENT_ROLE"
            | b"LOCALTIME"
            | b"LOCALTIMESTAMP"
            | b"UTC_DATE"
            | b"UTC_TIME"
            | b"UTC_TIMESTAMP"
            | b"SYSDATE"
    )
}

/// Functions with a syntax of their own inside the parentheses.
pub(super) fn grammar_function(word: &[u8]) -> Option<Keyword> {
    Some(match word {
        b"EXTRACT" => Keyword::EXTRACT,
        b"TRIM" => Keyword::TRIM,
        b"SUBSTRING" | b"SUBSTR" | b"MID" => Keyword::SUBSTRING,
        b"POSITION" => Keyword::POSITION,
        b"MATCH" => Keyword::MATCH,
        _ => return None,
    })
}

/// Units of INTERVAL and EXTRACT. The composite ones are reserved words, which the parser does not know: any unit
/// will do for it.
pub(super) fn unit(word: &[u8]) -> Option<Keyword> {
    Some(match word {
        b"MICROSECOND" => Keyword::MICROSECOND,
        b"SECOND" => Keyword::SECOND,
        b"MINUTE" => Keyword::MINUTE,
        b"HOUR" => Keyword::HOUR,
        b"DAY" => Keyword::DAY,
        b"WEEK" => Keyword::WEEK,
        b"MONTH" => Keyword::MONTH,
        b"QUARTER" => Keyword::QUARTER,
        b"YEAR" => Keyword::YEAR,
        _ if is_composite_unit(word) => Keyword::DAY,
        _ => return None,
    })
}

fn is_composite_unit(word: &[u8]) -> bool {
    matches!(
        word,
        b"SECOND_MICROSECOND"
            | b"MINUTE_MICROSECOND"
            | b"MINUTE_SECOND"
            | b"HOUR_MICROSECOND"
            | b"HOUR_SECOND"
            | b"HOUR_MINUTE"
            | b"DAY_MICROSECOND"
            | b"DAY_SECOND"
            | b"DAY_MINUTE"
            | b"DAY_HOUR"
            | b"YEAR_MONTH"
    )
}

/// Modifiers of SELECT that say nothing about its shape.
pub(super) const SELECT_MODIFIERS: [&str; 8] = [
    "HIGH_PRIORITY",
    "STRAIGHT_JOIN",
    "SQL_SMALL_RESULT",
    "SQL_BIG_RESULT",
    "SQL_BUFFER_RESULT",
    "SQL_CACHE",
    "SQL_NO_CACHE",
    "SQL_CALC_FOUND_ROWS",
];
