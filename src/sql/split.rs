//! Cuts a text of several statements at its top-level `;`.

use super::literal::{punct_is, word_is, word_of};
use super::token::{Lexed, TokenKind};
use std::ops::Range;

/// The token ranges of the statements in a text, without their `;`.
///
/// A `;` in the body of a procedure, function, trigger or event, or in MariaDB's `BEGIN NOT ATOMIC`, does not cut.
/// An empty piece between two `;` is a range of no tokens, as the servers answer it with an error; behind the last
/// `;` nothing follows. A text without any token is one empty range.
pub fn split<'a>(text: &'a [u8], lexed: &'a Lexed) -> impl Iterator<Item = Range<usize>> + 'a {
    let count = lexed.tokens.len();
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let end = statement_end(text, lexed, start);
        next = (end + 1 < count).then_some(end + 1);
        Some(start..end)
    })
}

fn statement_end(text: &[u8], lexed: &Lexed, start: usize) -> usize {
    let mut body = Body::new(text, lexed, start);
    let count = lexed.tokens.len();
    for index in start..count {
        if punct_is(lexed, index, b';') && body.is_outside() {
            return index;
        }
        body.step(index);
    }
    count
}

/// How deep a routine's body is at a token; of other statements always outside.
struct Body<'a> {
    text: &'a [u8],
    lexed: &'a Lexed,
    has_body: bool,
    depth: usize,
    is_behind_end: bool,
}

impl<'a> Body<'a> {
    fn new(text: &'a [u8], lexed: &'a Lexed, start: usize) -> Self {
        Body {
            text,
            lexed,
            has_body: has_body(text, lexed, start),
            depth: 0,
            is_behind_end: false,
        }
    }

    fn is_outside(&self) -> bool {
        self.depth == 0
    }

    fn step(&mut self, index: usize) {
        if !self.has_body || self.lexed.kind(index) != Some(TokenKind::Word) {
            return;
        }
        let word = |name| word_is(self.text, self.lexed, index, name);
        let was_behind_end = std::mem::take(&mut self.is_behind_end);
        let follows_point = index
            .checked_sub(1)
            .is_some_and(|last| punct_is(self.lexed, last, b'.'));
        if follows_point {
            return;
        }
        if word("END") {
            self.depth = self.depth.saturating_sub(1);
            self.is_behind_end = true;
        } else if word("BEGIN") {
            self.depth += 1;
        } else if word("CASE") {
            self.depth += usize::from(!was_behind_end);
        } else if !was_behind_end && opens_block(self.text, self.lexed, index) {
            self.depth += 1;
        }
    }
}

/// IF, LOOP, WHILE, REPEAT and FOR open a block where a statement starts; elsewhere they are functions or clauses.
fn opens_block(text: &[u8], lexed: &Lexed, index: usize) -> bool {
    if word_of(
        text,
        lexed,
        index,
        &["IF", "LOOP", "WHILE", "REPEAT", "FOR"],
    )
    .is_none()
    {
        return false;
    }
    let Some(last) = index.checked_sub(1) else {
        return true;
    };
    punct_is(lexed, last, b';')
        || punct_is(lexed, last, b':')
        || word_of(
            text,
            lexed,
            last,
            &[
                "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", "ROW", "ATOMIC",
            ],
        )
        .is_some()
}

/// Whether the statement may hold statements of its own.
fn has_body(text: &[u8], lexed: &Lexed, start: usize) -> bool {
    if word_is(text, lexed, start, "BEGIN") {
        return word_is(text, lexed, start + 1, "NOT") && word_is(text, lexed, start + 2, "ATOMIC");
    }
    if word_of(text, lexed, start, &["CREATE", "ALTER"]).is_none() {
        return word_of(
            text,
            lexed,
            start,
            &["IF", "LOOP", "WHILE", "REPEAT", "FOR", "CASE"],
        )
        .is_some();
    }
    // OR REPLACE, DEFINER = account, AGGREGATE, SQL SECURITY stand between
    (start + 1..lexed.tokens.len().min(start + 16))
        .take_while(|index| !punct_is(lexed, *index, b';') && !punct_is(lexed, *index, b'('))
        .any(|index| {
            word_of(
                text,
                lexed,
                index,
                &["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"],
            )
            .is_some()
        })
}
