//! A statement's public fingerprint: literals and lists collapsed (contract 5.5).

use super::literal::name_value;
use super::token::{Lexed, TokenKind};
use std::fmt;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// XXH3-64 of the normalized text; the same in every process and version. Shown as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub u64);

impl Digest {
    /// Reads the form that is shown in logs and metrics.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex {
            u64::from_str_radix(text, 16).ok().map(Self)
        } else {
            None
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Writes the normalized text of the statement in a range of tokens into `out` (its former content is dropped)
/// and returns its digest.
///
/// Words and names are in lower case, names without the quotes that they do not need. A literal, with its sign, is
/// `?`; NULL, TRUE and FALSE too where they are values. A list of nothing but literals is `(?+)` whatever its
/// length, of equal neighbors in a list of parentheses (rows) one remains. Comments are left out, what stands in
/// executable ones is text as any other. No literal's value is ever in it.
pub fn digest(text: &[u8], lexed: &Lexed, range: &Range<usize>, out: &mut String) -> Digest {
    out.clear();
    let mut writer = Writer {
        text,
        lexed,
        start: range.start,
        out,
        open: Vec::new(),
        closed: None,
        signs: Signs {
            end: 0,
            is_before_number: false,
        },
    };
    for index in range.clone() {
        writer.token(index);
    }
    Digest(xxh3_64(out.as_bytes()))
}

/// A parenthesis that is open.
struct Open {
    /// Where it stands in the normalized text.
    at: usize,
    /// Only literals and commas so far.
    is_plain: bool,
    /// Where the parenthesis before it started and ended, if only a comma stands between.
    neighbor: Option<(usize, usize)>,
}

/// A run of plus and minus.
struct Signs {
    /// The token behind it.
    end: usize,
    is_before_number: bool,
}

struct Writer<'a> {
    text: &'a [u8],
    lexed: &'a Lexed,
    start: usize,
    out: &'a mut String,
    open: Vec<Open>,
    /// The run of signs seen last.
    signs: Signs,
    /// The parenthesis closed last, and whether a comma followed.
    closed: Option<(usize, usize, bool)>,
}

impl Writer<'_> {
    fn token(&mut self, index: usize) {
        let Some(kind) = self.lexed.kind(index) else {
            return;
        };
        match kind {
            TokenKind::Punct(b'(') => self.opening(index),
            TokenKind::Punct(b')') => self.closing(),
            TokenKind::Punct(b',') => self.comma(),
            TokenKind::Punct(b'-' | b'+') if self.is_sign(index) => {}
            _ if self.is_literal(index) => self.value(),
            _ => self.other(kind, index),
        }
    }

    fn opening(&mut self, index: usize) {
        let neighbor = self
            .closed
            .take()
            .filter(|closed| closed.2)
            .map(|(start, end, _)| (start, end));
        if self.out.ends_with(',') || !self.calls(index) {
            self.blank();
        }
        self.mixed();
        self.open.push(Open {
            at: self.out.len(),
            is_plain: true,
            neighbor,
        });
        self.out.push('(');
    }

    fn closing(&mut self) {
        let Some(open) = self.open.pop() else {
            self.closed = None;
            self.out.push(')');
            return;
        };
        if open.is_plain && self.out.len() > open.at + 1 {
            self.out.truncate(open.at);
            self.out.push_str("(?+");
        }
        self.out.push(')');
        let (start, end) = (open.at, self.out.len());
        self.closed = Some((start, end, false));
        let Some((first, last)) = open.neighbor else {
            return;
        };
        if self.out.get(first..last) == self.out.get(start..end) {
            self.out.truncate(last);
            self.closed = Some((first, last, false));
        }
    }

    fn comma(&mut self) {
        self.closed = self.closed.map(|(start, end, _)| (start, end, true));
        self.out.push(',');
    }

    fn value(&mut self) {
        self.closed = None;
        self.blank();
        self.out.push('?');
    }

    fn other(&mut self, kind: TokenKind, index: usize) {
        self.closed = None;
        self.mixed();
        let bytes = self.lexed.bytes(self.text, index);
        let is_point = kind == TokenKind::Punct(b'.');
        if !is_point && !self.out.ends_with('.') {
            self.blank();
        }
        match kind {
            TokenKind::QuotedName => self.name(bytes),
            _ => self.out.extend(
                String::from_utf8_lossy(bytes)
                    .chars()
                    .map(|letter| letter.to_ascii_lowercase()),
            ),
        }
    }

    /// A quoted name, with quotes only where it would not read as one word.
    fn name(&mut self, bytes: &[u8]) {
        let name = name_value(bytes).to_ascii_lowercase();
        let is_word = |letter: char| {
            letter.is_ascii_alphanumeric() || letter == '_' || letter == '$' || !letter.is_ascii()
        };
        let is_plain =
            name.chars().all(is_word) && !name.starts_with(|letter: char| letter.is_ascii_digit());
        if is_plain && !name.is_empty() {
            self.out.push_str(&name);
        } else {
            self.out.push('`');
            self.out.push_str(&name.replace('`', "``"));
            self.out.push('`');
        }
    }

    /// The parenthesis that is open holds more than literals.
    fn mixed(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.is_plain = false;
        }
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with(['(', ' ']) {
            self.out.push(' ');
        }
    }

    /// A literal token, or NULL, TRUE, FALSE as a value.
    fn is_literal(&self, index: usize) -> bool {
        match self.lexed.kind(index) {
            Some(
                TokenKind::Text
                | TokenKind::NationalText
                | TokenKind::Integer
                | TokenKind::Decimal
                | TokenKind::Float
                | TokenKind::Hex
                | TokenKind::Bit
                | TokenKind::Parameter,
            ) => true,
            Some(TokenKind::Word) => {
                self.word(index, &["NULL", "TRUE", "FALSE"]) && !self.describes(index)
            }
            _ => false,
        }
    }

    /// `IS NULL`, `NOT NULL`, `t.null`
    fn describes(&self, index: usize) -> bool {
        let Some(last) = index.checked_sub(1).filter(|last| *last >= self.start) else {
            return false;
        };
        self.lexed.kind(last) == Some(TokenKind::Punct(b'.')) || self.word(last, &["IS", "NOT"])
    }

    /// A plus or minus that belongs to the literal behind it.
    fn is_sign(&mut self, index: usize) -> bool {
        if index >= self.signs.end {
            self.signs = self.signs_from(index);
        }
        self.signs.is_before_number && !self.ends_operand(index)
    }

    /// The run of signs that starts at a token; it is walked once, so that a text of nothing but signs stays linear.
    fn signs_from(&self, index: usize) -> Signs {
        let is_sign =
            |at: &usize| matches!(self.lexed.kind(*at), Some(TokenKind::Punct(b'-' | b'+')));
        let end = (index..).find(|at| !is_sign(at)).unwrap_or(index);
        let is_before_number = matches!(
            self.lexed.kind(end),
            Some(TokenKind::Integer | TokenKind::Decimal | TokenKind::Float)
        );
        Signs {
            end,
            is_before_number,
        }
    }

    /// A value ends in front of token `index`, so that a minus there subtracts.
    fn ends_operand(&self, index: usize) -> bool {
        let Some(last) = index.checked_sub(1).filter(|last| *last >= self.start) else {
            return false;
        };
        match self.lexed.kind(last) {
            Some(TokenKind::Word) => !self.word(last, &BEFORE_VALUE),
            Some(
                TokenKind::Punct(b')')
                | TokenKind::QuotedName
                | TokenKind::UserVariable
                | TokenKind::SystemVariable,
            ) => true,
            _ => self.is_literal(last),
        }
    }

    /// The parenthesis belongs to the word before it, as of a function: written without a blank.
    fn calls(&self, index: usize) -> bool {
        let Some(last) = index.checked_sub(1).filter(|last| *last >= self.start) else {
            return false;
        };
        match self.lexed.kind(last) {
            Some(TokenKind::Word) => {
                !self.word(last, &BEFORE_VALUE) && !self.word(last, &BEFORE_LIST)
            }
            Some(TokenKind::Punct(b'(')) => true,
            _ => false,
        }
    }

    fn word(&self, index: usize, words: &[&str]) -> bool {
        super::literal::word_of(self.text, self.lexed, index, words).is_some()
    }
}

/// Words behind which a value starts.
const BEFORE_VALUE: [&str; 26] = [
    "SELECT", "WHERE", "AND", "OR", "XOR", "NOT", "IN", "BETWEEN", "LIKE", "RLIKE", "REGEXP", "ON",
    "BY", "HAVING", "LIMIT", "OFFSET", "WHEN", "THEN", "ELSE", "CASE", "SET", "DIV", "MOD",
    "INTERVAL", "DISTINCT", "RETURN",
];

/// Words behind which a list or a sub-query starts.
const BEFORE_LIST: [&str; 14] = [
    "VALUES", "VALUE", "AS", "USING", "FROM", "JOIN", "EXISTS", "OVER", "INDEX", "KEY", "ANY",
    "ALL", "UNION", "INTO",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, SqlMode, lex};

    fn normalized(text: &str) -> (String, Digest) {
        let (mut lexed, mut out) = (Lexed::default(), String::from("old"));
        lex(
            text.as_bytes(),
            SqlMode::default(),
            ServerFamily::MySql(90_700),
            &mut lexed,
        )
        .unwrap();
        let digest = digest(text.as_bytes(), &lexed, &(0..lexed.tokens.len()), &mut out);
        (out, digest)
    }

    #[test]
    fn literals_and_lists_are_collapsed() {
        let cases = [
            (
                "SELECT * FROM Inv_Stock WHERE sku_id = 5",
                "select * from inv_stock where sku_id = ?",
            ),
            (
                "SELECT a FROM t WHERE b='x' AND c = -5 AND d=- 1.5",
                "select a from t where b = ? and c = ? and d = ?",
            ),
            (
                "SELECT a - 5, -5, a -5, 3 - -4, (1)-2",
                "select a - ?, ?, a - ?, ? - ?, (?+) - ?",
            ),
            (
                "SELECT a FROM t WHERE b IN (1,2, 3)",
                "select a from t where b in (?+)",
            ),
            (
                "SELECT a FROM t WHERE b IN (?)",
                "select a from t where b in (?+)",
            ),
            (
                "INSERT INTO t (a, b) VALUES (1, 'x'), (2, NULL), (3, ?)",
                "insert into t(a, b) values (?+)",
            ),
            (
                "INSERT INTO t VALUES (1, NOW()), (2, NOW())",
                "insert into t values (?, now())",
            ),
            (
                "SELECT * FROM t WHERE (a, b) IN ((1, 2), (3, 4))",
                "select * from t where (a, b) in ((?+))",
            ),
            (
                "SELECT COUNT(*), IFNULL( a , 0 ) FROM `T` x",
                "select count(*), ifnull(a, ?) from t x",
            ),
            (
                "SELECT `a b`.`C`, `1a` FROM db . t",
                "select `a b`.c, `1a` from db.t",
            ),
            (
                "SELECT a FROM t WHERE b IS NOT NULL AND c = NULL",
                "select a from t where b is not null and c = ?",
            ),
            ("SELECT 1 /* x */ -- y\n", "select ?"),
            ("SELECT 1 /*! + 2 */", "select ? + ?"),
            (
                "SELECT @a, @@session.x, x'1F', N'a', 1e3",
                "select @a, @@session.x, ?, ?, ?",
            ),
            ("SELECT - - -5, a - - 5, -a", "select ?, a - ?, - a"),
            ("f()", "f()"),
            (")", ")"),
            ("((", "(("),
        ];
        for (text, expected) in cases {
            assert_eq!(normalized(text).0, expected, "{text}");
        }
    }

    #[test]
    fn a_digest_stays_the_same_over_versions() {
        let (_, digest) = normalized("SELECT * FROM inv_stock WHERE sku_id = 5");
        assert_eq!(
            digest,
            normalized("select *\nfrom `INV_STOCK` where sku_id='a'").1
        );
        assert_ne!(digest, normalized("SELECT * FROM inv_stock WHERE id = 5").1);
        assert_eq!(digest.to_string().len(), 16);
        assert_eq!(Digest::from_hex(&digest.to_string()), Some(digest));
        assert_eq!(Digest::from_hex("+123456789abcdef"), None);
    }

    #[test]
    fn no_literal_is_left_in_the_text() {
        let text = "SELECT 'secret', N'secret', \"secret\", _utf8mb4'secret', 77, x'77', b'1', 0x77, 7.7, 77e0";
        assert!(!normalized(text).0.contains("secret") && !normalized(text).0.contains('7'));
    }
}
