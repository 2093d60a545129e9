//! The one door from tokens to a [`Statement`].

use super::classify::{Class, classify};
use super::facts::facts;
use super::statement::{Kind, Qualifier, Statement, TableRef};
use super::token::{Lexed, SqlMode, TokenKind};
use std::ops::Range;

/// Analyzes the statement in a range of tokens (one of [`super::split`]'s).
///
/// Never fails: what is not understood says so in its kind. `parameters` counts the `?` of the whole range.
#[must_use]
pub fn analyze(text: &[u8], lexed: &Lexed, range: Range<usize>, mode: SqlMode) -> Statement {
    let facts = facts(text, lexed, &range);
    let parameters = count_parameters(lexed, &range);
    let (kind, tables, qualifiers) = shape(text, lexed, range, mode);
    Statement {
        kind,
        tables,
        qualifiers,
        facts,
        parameters,
        has_doubtful_comment: lexed.has_doubtful_comment,
    }
}

fn shape(
    text: &[u8],
    lexed: &Lexed,
    range: Range<usize>,
    mode: SqlMode,
) -> (Kind, Vec<TableRef>, Vec<Qualifier>) {
    match classify(text, lexed, &range, mode) {
        Class::Said(kind, tables) => (kind, tables, Vec::new()),
        Class::Dml => dml(text, lexed, range, mode),
        Class::Explain { first, is_analyze } => {
            let (inner, tables, qualifiers) = dml(text, lexed, first..range.end, mode);
            let first_token = u32::try_from(first).unwrap_or(u32::MAX);
            let kind = Kind::Explain {
                first_token,
                inner: Box::new(inner),
                is_analyze,
            };
            (kind, tables, qualifiers)
        }
    }
}

fn count_parameters(lexed: &Lexed, range: &Range<usize>) -> u16 {
    let tokens = lexed.tokens.get(range.clone()).unwrap_or_default();
    let count = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Parameter)
        .count();
    // the protocol counts parameters in 16 bits
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn dml(_: &[u8], _: &Lexed, _: Range<usize>, _: SqlMode) -> (Kind, Vec<TableRef>, Vec<Qualifier>) {
    (
        Kind::NotUnderstood("data statement whose shape is not read".to_owned()),
        Vec::new(),
        Vec::new(),
    )
}
