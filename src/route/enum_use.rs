//! Whether a statement uses a column of type ENUM or SET as its text alone: a derived table has the text, but neither the
//! number behind it nor its order (contract 4.10).

use crate::sql::{Block, TokenKind, name_value, punct_is, text_value, word_is, word_of};

use super::input::RouteInput;

/// Where in a statement a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clause {
    /// What SELECT gives.
    List,
    /// ORDER BY
    Order,
    Other,
}

const CLAUSES: [&str; 11] = [
    "SELECT", "ORDER", "FROM", "WHERE", "GROUP", "HAVING", "LIMIT", "INTO", "FOR", "UNION",
    "WINDOW",
];
/// What may stand in front of a comparison.
const BEFORE: [&str; 6] = ["WHERE", "AND", "OR", "ON", "WHEN", "HAVING"];
/// What may stand behind one.
const BEHIND: [&str; 8] = [
    "AND", "OR", "GROUP", "ORDER", "LIMIT", "HAVING", "THEN", "WHERE",
];

/// Whether `column` is only shown as it is, or, of an ENUM, compared with plain words.
#[must_use]
pub fn is_text_alone(
    input: &RouteInput<'_>,
    blocks: &[Block],
    column: &str,
    is_enum: bool,
) -> bool {
    let folds = |block: &Block| {
        block.traits.is_distinct || block.traits.has_set_operation || block.traits.has_window
    };
    if blocks.iter().any(folds) {
        return false;
    }
    let words = Words { input };
    let mut clauses = vec![Clause::Other];
    let (mut is_listed, mut sorts_by_position) = (false, false);
    for index in 0..input.lexed.tokens.len() {
        let depth = clauses.len();
        let Some(here) = clauses.last_mut() else {
            return false;
        };
        match input.lexed.kind(index) {
            // `ORDER BY (1)` is a position to MariaDB too
            Some(TokenKind::Punct(b'(')) if *here == Clause::Order => clauses.push(Clause::Order),
            Some(TokenKind::Punct(b'(')) => clauses.push(Clause::Other),
            Some(TokenKind::Punct(b')')) => {
                clauses.pop();
            }
            // by its position in the list
            Some(TokenKind::Integer | TokenKind::Parameter) if *here == Clause::Order => {
                sorts_by_position = true;
            }
            Some(TokenKind::Word | TokenKind::QuotedName) => {
                if let Some(word) = words.clause(index) {
                    *here = match word {
                        "SELECT" => Clause::List,
                        "ORDER" => Clause::Order,
                        _ => Clause::Other,
                    };
                } else if words.is_column(index, column) {
                    let is_shown = depth == 1 && *here == Clause::List && words.is_shown(index);
                    if !(is_shown || is_enum && words.is_compared(index)) {
                        return false;
                    }
                    is_listed |= is_shown;
                }
            }
            _ => {}
        }
    }
    !(is_listed && sorts_by_position)
}

/// Questions about the words of a statement.
struct Words<'i> {
    input: &'i RouteInput<'i>,
}

impl Words<'_> {
    fn word(&self, index: usize, words: &[&'static str]) -> Option<&'static str> {
        word_of(self.input.text, self.input.lexed, index, words)
    }

    fn is(&self, index: usize, sign: u8) -> bool {
        punct_is(self.input.lexed, index, sign)
    }

    fn clause(&self, index: usize) -> Option<&'static str> {
        let is_dotted =
            self.is(index + 1, b'.') || index.checked_sub(1).is_some_and(|at| self.is(at, b'.'));
        self.word(index, &CLAUSES).filter(|_| !is_dotted)
    }

    fn is_column(&self, index: usize, column: &str) -> bool {
        let name = name_value(self.input.lexed.bytes(self.input.text, index));
        name.eq_ignore_ascii_case(column) && !self.is(index + 1, b'.')
    }

    /// The token in front of a name and its qualifiers.
    fn before(&self, index: usize) -> Option<usize> {
        let mut first = index;
        while let Some(point) = first.checked_sub(1)
            && self.is(point, b'.')
        {
            first = point.checked_sub(1)?;
        }
        first.checked_sub(1)
    }

    /// `SELECT t.status, ...` without an alias.
    fn is_shown(&self, index: usize) -> bool {
        let is_behind = self.before(index).is_some_and(|before| {
            self.is(before, b',') || self.word(before, &["SELECT"]).is_some()
        });
        is_behind && (self.is(index + 1, b',') || self.word(index + 1, &["FROM"]).is_some())
    }

    /// `status = 'paid'`, `status <> 'paid'`, `status [NOT] IN ('paid', 'sent')`, whole conditions of their own.
    fn is_compared(&self, index: usize) -> bool {
        let has_between = || {
            (0..self.input.lexed.tokens.len())
                .any(|at| word_is(self.input.text, self.input.lexed, at, "BETWEEN"))
        };
        let is_begin = self.before(index).is_some_and(|before| {
            match self.word(before, &BEFORE) {
                // `a BETWEEN 1 AND status = 'paid'` compares otherwise than it looks
                Some("AND") => !has_between(),
                Some(_) => true,
                None => self.is(before, b'(') || self.is(before, b','),
            }
        });
        let end = match self.input.lexed.kind(index + 1) {
            Some(TokenKind::Equal | TokenKind::NotEqual) => {
                self.is_plain_word(index + 2).then_some(index + 3)
            }
            _ => {
                let not = usize::from(self.word(index + 1, &["NOT"]).is_some());
                let list = self.word(index + 1 + not, &["IN"]).map(|_| index + 2 + not);
                list.and_then(|open| self.end_of_words(open))
            }
        };
        is_begin && end.is_some_and(|end| self.is_end(end))
    }

    /// Behind `('paid', 'sent')`.
    fn end_of_words(&self, open: usize) -> Option<usize> {
        if !self.is(open, b'(') {
            return None;
        }
        let mut at = open + 1;
        loop {
            if !self.is_plain_word(at) {
                return None;
            }
            match self.input.lexed.kind(at + 1) {
                Some(TokenKind::Punct(b',')) => at += 2,
                Some(TokenKind::Punct(b')')) => return Some(at + 2),
                _ => return None,
            }
        }
    }

    fn is_end(&self, index: usize) -> bool {
        index >= self.input.lexed.tokens.len()
            || self.is(index, b')')
            || self.is(index, b',')
            || self.word(index, &BEHIND).is_some()
    }

    /// A text that is no number in any eyes: `'5'` may mean the fifth value.
    fn is_plain_word(&self, index: usize) -> bool {
        if self.input.lexed.kind(index) != Some(TokenKind::Text) {
            return false;
        }
        let bytes = self.input.lexed.bytes(self.input.text, index);
        let text = text_value(bytes, self.input.mode);
        text.first().is_some_and(u8::is_ascii_alphabetic)
            && text
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    }
}
