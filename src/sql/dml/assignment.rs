//! `column = value` lists of SET and ON DUPLICATE KEY UPDATE.

use super::layout::Layout;
use super::operand::operand;
use super::source::{Clear, Source, Unclear};
use crate::sql::statement::Operand;
use crate::sql::token::TokenKind;

/// One `column = value` as tokens.
pub(super) struct Written {
    /// Parts of the column's name.
    pub(super) column: Vec<usize>,
    /// First token of the value.
    pub(super) first: usize,
    /// Behind its last.
    pub(super) end: usize,
    /// What the value is.
    pub(super) value: Operand,
}

/// Reads the assignments in the tokens `first..end`.
pub(super) fn assignments(
    source: Source<'_>,
    layout: &Layout,
    first: usize,
    end: usize,
) -> Clear<Vec<Written>> {
    let mut found = Vec::new();
    let mut at = first;
    loop {
        let column = source.dotted(at)?;
        let sign = column.last().map_or(at, |last| last + 1);
        if !matches!(
            source.kind(sign),
            Some(TokenKind::Equal | TokenKind::Assign)
        ) {
            return Err(Unclear::Syntax { token: sign });
        }
        let value_end = value_end(source, layout, sign + 1, end)?;
        if value_end == sign + 1 {
            return Err(Unclear::Syntax { token: value_end });
        }
        let value = operand(source, layout, sign + 1, value_end);
        found.push(Written {
            column,
            first: sign + 1,
            end: value_end,
            value,
        });
        if value_end == end {
            return Ok(found);
        }
        at = value_end + 1;
    }
}

/// The comma behind the value that starts at `first`, or `end`.
fn value_end(source: Source<'_>, layout: &Layout, first: usize, end: usize) -> Clear<usize> {
    let mut at = first;
    while at < end {
        if source.is_punct(at, b'(') {
            at = layout.partner(at)?;
        } else if source.is_punct(at, b',') {
            return Ok(at);
        } else if source.is_any(at, &["SELECT", "FROM", "WHERE", "SET", "UNION"]) {
            return Err(Unclear::Syntax { token: at });
        }
        at += 1;
    }
    Ok(end)
}

/// The first of `words` in `first..end` outside of parentheses.
pub(super) fn find_word(
    source: Source<'_>,
    layout: &Layout,
    first: usize,
    end: usize,
    words: &[&str],
) -> Clear<Option<usize>> {
    let mut at = first;
    while at < end {
        if source.is_punct(at, b'(') {
            at = layout.partner(at)?;
        } else if source.is_any(at, words) {
            return Ok(Some(at));
        }
        at += 1;
    }
    Ok(None)
}
