//! Placeholders of drivers and mappers become `?`; interpolated text becomes a name that nobody has.

use super::mapped::Mapped;

/// What stands for interpolated text: a name, so that it is never a value.
pub const UNKNOWN: &str = "shardgate_unknown";

/// A text whose placeholders are all `?`.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    /// The text.
    pub text: Mapped,
    /// Source offsets of what is interpolated.
    pub interpolated: Vec<usize>,
}

/// Replaces what drivers, mappers and log formats write for a value: `:name`, `#{x}`, `$1`, `?1`, `%s`, `%(name)s`; and
/// `${x}`, whose text nobody knows.
#[must_use]
pub fn plain(source: &Mapped) -> Plain {
    let mut scan = Scan {
        source,
        bytes: &source.bytes,
        at: 0,
        copied: 0,
        out: Plain::default(),
    };
    while scan.at < scan.bytes.len() {
        scan.step();
    }
    scan.copy_until(scan.bytes.len());
    scan.out
}

struct Scan<'a> {
    source: &'a Mapped,
    bytes: &'a [u8],
    at: usize,
    /// Up to here the source has been copied.
    copied: usize,
    out: Plain,
}

impl Scan<'_> {
    fn step(&mut self) {
        match self.peek(0) {
            quote @ (b'\'' | b'"' | b'`') => self.quoted(quote),
            b'-' if self.peek(1) == b'-' && is_blank_or_end(self.peek(2)) => self.line_comment(),
            b'#' if self.peek(1) == b'{' => self.braces(1),
            b'#' => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'$' if self.peek(1) == b'{' => self.interpolated(),
            b':' if self.peek(1) == b'#' && self.peek(2) == b'{' => self.braces(2),
            b':' if self.is_named() => self.word(1),
            b'$' if self.peek(1).is_ascii_digit() && !is_name(self.before(1)) => self.word(1),
            b'?' if self.peek(1).is_ascii_digit() => self.word(1),
            b'%' if self.is_value_wanted() => self.format(),
            _ => self.at += 1,
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn before(&self, back: usize) -> u8 {
        let at = self.at.checked_sub(back);
        at.and_then(|at| self.bytes.get(at)).copied().unwrap_or(0)
    }

    fn copy_until(&mut self, end: usize) {
        self.out.text.push_range(self.source, self.copied, end);
        self.copied = end;
    }

    /// Replaces what stands from here to `end`.
    fn replace(&mut self, end: usize, by: &[u8]) {
        self.copy_until(self.at);
        self.out.text.push_made(by, self.source.source(self.at));
        self.copied = end;
        self.at = end;
    }

    fn find(&self, from: usize, wanted: u8) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        rest.iter()
            .position(|byte| *byte == wanted)
            .map(|found| from + found)
    }

    /// A literal or quoted name; what is interpolated in it is not known either.
    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' if quote != b'`' => self.at += 2,
                byte if byte == quote => {
                    self.at += 1;
                    return;
                }
                b'$' if self.peek(1) == b'{' => self.interpolated(),
                _ => self.at += 1,
            }
        }
    }

    fn line_comment(&mut self) {
        self.at = self.find(self.at, b'\n').unwrap_or(self.bytes.len());
    }

    fn block_comment(&mut self) {
        let rest = self.bytes.get(self.at + 2..).unwrap_or_default();
        let end = rest.windows(2).position(|pair| pair == b"*/");
        self.at = end.map_or(self.bytes.len(), |end| self.at + end + 4);
    }

    /// `#{x}`, the brace `ahead` of here.
    fn braces(&mut self, ahead: usize) {
        match self.find(self.at + ahead, b'}') {
            Some(end) => self.replace(end + 1, b"?"),
            None => self.at += ahead,
        }
    }

    fn interpolated(&mut self) {
        let Some(end) = self.find(self.at, b'}') else {
            self.at += 2;
            return;
        };
        self.out.interpolated.push(self.source.source(self.at));
        let stands_alone = self.follows_operand();
        self.replace(
            end + 1,
            if stands_alone {
                b""
            } else {
                UNKNOWN.as_bytes()
            },
        );
    }

    /// A whole operand stands before, so that `${x}` can only be a direction, a condition or nothing.
    fn follows_operand(&self) -> bool {
        let made = &self.out.text.bytes;
        let copied = self.bytes.get(self.copied..self.at).unwrap_or_default();
        let before = made.iter().chain(copied);
        let text: Vec<u8> = before.rev().take(64).copied().collect();
        let blanks = text
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        if blanks == 0 {
            return false;
        }
        let word: Vec<u8> = text
            .iter()
            .skip(blanks)
            .take_while(|byte| is_name(**byte))
            .copied()
            .collect();
        if word.is_empty() {
            return matches!(text.get(blanks), Some(b')' | b'?' | b'`' | b'\'' | b'"'));
        }
        let word: Vec<u8> = word.into_iter().rev().collect();
        !wants_operand(&word)
    }

    /// `:name`, but not `::`, `:=`, or a time.
    fn is_named(&self) -> bool {
        let next = self.peek(1);
        (next.is_ascii_alphabetic() || next == b'_')
            && !is_name(self.before(1))
            && !matches!(self.before(1), b':' | b'@')
    }

    /// Replaces the sign and the `word` behind it.
    fn word(&mut self, ahead: usize) {
        let rest = self.bytes.get(self.at + ahead..).unwrap_or_default();
        let is_part = |byte: &&u8| is_name(**byte) || **byte == b'.';
        let length = rest.iter().take_while(is_part).count();
        self.replace(self.at + ahead + length, b"?");
    }

    /// `%` where a value is wanted is no remainder.
    fn is_value_wanted(&self) -> bool {
        let before = self.bytes.get(..self.at).unwrap_or_default();
        let behind = before
            .iter()
            .rev()
            .skip_while(|byte| byte.is_ascii_whitespace());
        let text: Vec<u8> = behind.take(32).copied().collect();
        match text.first() {
            None => false,
            Some(last) if is_name(*last) => {
                let word: Vec<u8> = text
                    .iter()
                    .take_while(|byte| is_name(**byte))
                    .copied()
                    .collect();
                wants_operand(&word.into_iter().rev().collect::<Vec<u8>>())
            }
            Some(last) => !matches!(last, b')' | b'?' | b'`' | b'\'' | b'"'),
        }
    }

    /// `%s`, `%d`, `%i`, `%(name)s`
    fn format(&mut self) {
        let mut end = self.at + 1;
        if self.peek(1) == b'(' {
            match self.find(self.at, b')') {
                Some(close) => end = close + 1,
                None => {
                    self.at += 1;
                    return;
                }
            }
        }
        let kind = self.bytes.get(end).copied().unwrap_or(0);
        let next = self.bytes.get(end + 1).copied().unwrap_or(0);
        if matches!(kind, b's' | b'd' | b'i' | b'f') && !is_name(next) {
            self.replace(end + 1, b"?");
        } else {
            self.at += 1;
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

fn is_blank_or_end(byte: u8) -> bool {
    byte == 0 || byte.is_ascii_whitespace()
}

/// Words behind which an operand or a name is expected.
fn wants_operand(word: &[u8]) -> bool {
    const WORDS: [&str; 38] = [
        "SELECT",
        "DISTINCT",
        "FROM",
        "JOIN",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "ON",
        "BY",
        "HAVING",
        "LIMIT",
        "OFFSET",
        "IN",
        "LIKE",
        "BETWEEN",
        "IS",
        "SET",
        "VALUES",
        "INTO",
        "UPDATE",
        "TABLE",
        "AS",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "XOR",
        "DIV",
        "MOD",
        "REGEXP",
        "RLIKE",
        "INTERVAL",
        "USING",
        "RETURNING",
        "VALUE",
        "TRUNCATE",
        "EXISTS",
    ];
    WORDS
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> String {
        let plain = plain(&Mapped::straight(source.as_bytes(), 0));
        String::from_utf8(plain.text.bytes).unwrap()
    }

    #[test]
    fn placeholders_of_all_kinds_become_question_marks() {
        let cases = [
            ("a = :name AND b = :other.part", "a = ? AND b = ?"),
            (
                "a = #{x, jdbcType=BIGINT} AND b = :#{#x.y}",
                "a = ? AND b = ?",
            ),
            ("a = $1 AND b IN ($2,$3)", "a = ? AND b IN (?,?)"),
            ("a = ?1 AND b = ?", "a = ? AND b = ?"),
            (
                "a = %s AND b = %(b)s AND c IN (%s, %s) LIMIT %d",
                "a = ? AND b = ? AND c IN (?, ?) LIMIT ?",
            ),
        ];
        for (source, expected) in cases {
            assert_eq!(text(source), expected);
        }
    }

    #[test]
    fn what_only_looks_like_a_placeholder_stays() {
        let cases = [
            "a % s = 1",
            "a %s",
            "(a) %s",
            "SET @a := 1",
            "'12:30:00'",
            "':name'",
            "'%s'",
            "-- :name %s\n1",
            "/* #{x} */ 1",
            "# $1\n1",
            "`a:b`",
            "a$1",
            "lbl: LOOP",
            "'it\\':x'",
        ];
        for source in cases {
            assert_eq!(text(source), source);
        }
    }

    #[test]
    fn interpolated_text_is_no_value() {
        let cases = [
            ("WHERE a = ${x}", "WHERE a = shardgate_unknown"),
            ("ORDER BY ${a} ${b}", "ORDER BY shardgate_unknown "),
            ("FROM stock_${n} t", "FROM stock_shardgate_unknown t"),
            ("WHERE a = ? ${more}", "WHERE a = ? "),
            ("a IN (${list})", "a IN (shardgate_unknown)"),
            ("a = '${x}'", "a = 'shardgate_unknown'"),
        ];
        for (source, expected) in cases {
            assert_eq!(text(source), expected);
        }
        let plain = plain(&Mapped::straight(b"a = ${x} AND b = '${y}'", 100));
        assert_eq!(plain.interpolated, [104, 118]);
    }
}
