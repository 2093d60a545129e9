//! The tokens of the one statement that is analyzed, with questions about them.

use crate::sql::literal::name_value;
use crate::sql::token::{Lexed, SqlMode, TokenKind};

/// Why a statement is not understood; ends in [`crate::sql::Kind::NotUnderstood`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unclear {
    /// A clause or construct that is not on the list.
    #[error("{0} is not understood")]
    Construct(&'static str),
    /// A bound of the analysis.
    #[error("the statement has more than {limit} {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much is read.
        limit: usize,
    },
    /// The grammar does not fit.
    #[error("syntax near token {token} is not understood")]
    Syntax {
        /// Index of the token.
        token: usize,
    },
    /// The parser's own words.
    #[error("{0}")]
    Parser(String),
}

/// Result of reading a part of a statement.
pub(super) type Clear<T> = Result<T, Unclear>;

/// The tokens `first..end` of a text.
#[derive(Clone, Copy)]
pub(super) struct Source<'t> {
    /// The text.
    pub(super) text: &'t [u8],
    /// Its tokens.
    pub(super) lexed: &'t Lexed,
    /// The statement's first token.
    pub(super) first: usize,
    /// Behind its last.
    pub(super) end: usize,
    /// How it is read.
    pub(super) mode: SqlMode,
}

impl<'t> Source<'t> {
    /// Kind of token `index`, `None` outside of the statement.
    pub(super) fn kind(&self, index: usize) -> Option<TokenKind> {
        if index < self.first || index >= self.end {
            return None;
        }
        self.lexed.kind(index)
    }

    /// Bytes of token `index`.
    pub(super) fn bytes(&self, index: usize) -> &'t [u8] {
        self.lexed.bytes(self.text, index)
    }

    /// Token `index` is the single character `character`.
    pub(super) fn is_punct(&self, index: usize, character: u8) -> bool {
        self.kind(index) == Some(TokenKind::Punct(character))
    }

    /// Token `index` is part of a dotted name: words there are names, not keywords.
    pub(super) fn is_dotted(&self, index: usize) -> bool {
        self.is_punct(index + 1, b'.') || (index > self.first && self.is_punct(index - 1, b'.'))
    }

    /// Token `index` is the keyword `word`.
    pub(super) fn is_word(&self, index: usize, word: &str) -> bool {
        self.kind(index) == Some(TokenKind::Word)
            && self.bytes(index).eq_ignore_ascii_case(word.as_bytes())
            && !self.is_dotted(index)
    }

    /// Token `index` is one of the keywords `words`.
    pub(super) fn is_any(&self, index: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(index, word))
    }

    /// The tokens from `index` on are the keywords `words`.
    pub(super) fn are_words(&self, index: usize, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(offset, word)| self.is_word(index + offset, word))
    }

    /// Token `index` may be a name.
    pub(super) fn is_name(&self, index: usize) -> bool {
        matches!(
            self.kind(index),
            Some(TokenKind::Word | TokenKind::QuotedName)
        )
    }

    /// The name that token `index` stands for.
    pub(super) fn name(&self, index: usize) -> String {
        name_value(self.bytes(index)).into_owned()
    }

    /// The token before `index`, if it belongs to the statement.
    pub(super) fn before(&self, index: usize) -> Option<usize> {
        index
            .checked_sub(1)
            .filter(|&previous| previous >= self.first)
    }

    /// The token before `index` is one of the keywords `words`.
    pub(super) fn follows_any(&self, index: usize, words: &[&str]) -> bool {
        self.before(index)
            .is_some_and(|previous| self.is_any(previous, words))
    }

    /// A query may begin at token `index`: nothing, a parenthesis or a set operator stands before it.
    pub(super) fn is_query_start(&self, index: usize) -> bool {
        self.before(index).is_none_or(|previous| {
            self.is_punct(previous, b'(')
                || self.is_any(previous, &["UNION", "EXCEPT", "INTERSECT"])
                || (self.is_any(previous, &["ALL", "DISTINCT"])
                    && self.follows_any(previous, &["UNION", "EXCEPT", "INTERSECT"]))
        })
    }

    /// The dotted name that starts at `index`: the tokens of its parts.
    pub(super) fn dotted(&self, index: usize) -> Clear<Vec<usize>> {
        let mut parts = Vec::with_capacity(2);
        let mut at = index;
        loop {
            if !self.is_name(at) || parts.len() == 3 {
                return Err(Unclear::Syntax { token: at });
            }
            parts.push(at);
            if !self.is_punct(at + 1, b'.') {
                return Ok(parts);
            }
            at += 2;
        }
    }
}

/// A token index as the statement's types hold it.
pub(super) fn token_index(index: usize) -> Clear<u32> {
    u32::try_from(index).map_err(|_| Unclear::Syntax { token: index })
}
