//! Walks over a statement's tokens, word by word.

use super::literal::{name_value, punct_is, text_value, word_is, word_of};
use super::statement::{TableRef, Usage};
use super::token::{Lexed, SqlMode, TokenKind};
use std::ops::Range;

/// A place in a statement's tokens.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) lexed: &'a Lexed,
    pub(super) mode: SqlMode,
    /// Index of the token that is read next.
    pub(super) at: usize,
    /// Index behind the last token.
    pub(super) end: usize,
}

/// An identifier and its token.
pub(super) struct Name {
    pub(super) value: String,
    pub(super) token: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        text: &'a [u8],
        lexed: &'a Lexed,
        range: &Range<usize>,
        mode: SqlMode,
    ) -> Self {
        let end = range.end.min(lexed.tokens.len());
        Self {
            text,
            lexed,
            mode,
            at: range.start.min(end),
            end,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.end
    }

    pub(super) fn kind(&self) -> Option<TokenKind> {
        self.kind_at(self.at)
    }

    pub(super) fn kind_at(&self, index: usize) -> Option<TokenKind> {
        if index < self.end {
            self.lexed.kind(index)
        } else {
            None
        }
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        if self.is_done() {
            &[]
        } else {
            self.lexed.bytes(self.text, self.at)
        }
    }

    /// The next token is the word.
    pub(super) fn is(&self, word: &str) -> bool {
        self.is_at(self.at, word)
    }

    /// Token `index` is the word.
    pub(super) fn is_at(&self, index: usize, word: &str) -> bool {
        index < self.end && word_is(self.text, self.lexed, index, word)
    }

    /// Token `index` is one of the words.
    pub(super) fn is_any_at(&self, index: usize, words: &[&str]) -> bool {
        index < self.end && word_of(self.text, self.lexed, index, words).is_some()
    }

    /// The next token is one of the words.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        self.is_any_at(self.at, words)
    }

    pub(super) fn is_punct(&self, character: u8) -> bool {
        !self.is_done() && punct_is(self.lexed, self.at, character)
    }

    /// Goes on if the next token is the word.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    /// Goes on if the next tokens are the words.
    pub(super) fn take_all(&mut self, words: &[&str]) -> bool {
        let found = words
            .iter()
            .enumerate()
            .all(|(index, word)| self.is_at(self.at + index, word));
        if found {
            self.at += words.len();
        }
        found
    }

    /// Goes on if the next token is one of the words, and tells which.
    pub(super) fn take_any<'w>(&mut self, words: &[&'w str]) -> Option<&'w str> {
        let found = if self.is_done() {
            None
        } else {
            word_of(self.text, self.lexed, self.at, words)
        };
        self.at += usize::from(found.is_some());
        found
    }

    pub(super) fn take_punct(&mut self, character: u8) -> bool {
        let found = self.is_punct(character);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_kind(&mut self, kind: TokenKind) -> bool {
        let found = self.kind() == Some(kind);
        self.at += usize::from(found);
        found
    }

    /// An identifier, quoted or not.
    pub(super) fn name(&mut self) -> Option<Name> {
        if !matches!(self.kind(), Some(TokenKind::Word | TokenKind::QuotedName)) {
            return None;
        }
        let name = Name {
            value: name_value(self.bytes()).into_owned(),
            token: self.token(),
        };
        self.at += 1;
        Some(name)
    }

    /// An identifier or a string, as character sets and collations are written; lower-case.
    pub(super) fn name_or_text(&mut self) -> Option<String> {
        if self.kind() == Some(TokenKind::Text) {
            let value =
                String::from_utf8_lossy(&text_value(self.bytes(), self.mode)).to_ascii_lowercase();
            self.at += 1;
            return Some(value);
        }
        self.name().map(|name| name.value.to_ascii_lowercase())
    }

    /// `t`, `db.t` or `.t` as a table reference without alias.
    pub(super) fn table(&mut self, usage: Usage) -> Option<TableRef> {
        self.take_punct(b'.');
        let first = self.name()?;
        let (schema, name) = if self.is_punct(b'.') {
            self.at += 1;
            (Some(first), self.name()?)
        } else {
            (None, first)
        };
        Some(TableRef {
            schema_token: schema.as_ref().map(|part| part.token),
            schema: schema.map(|part| part.value),
            name_token: name.token,
            last_token: name.token,
            name: name.value,
            alias: None,
            takes_alias: false,
            block: 0,
            usage,
            is_nullable: false,
        })
    }

    /// Table references between commas.
    pub(super) fn tables(&mut self, usage: Usage, out: &mut Vec<TableRef>) -> Option<()> {
        loop {
            out.push(self.table(usage)?);
            if !self.take_punct(b',') {
                return Some(());
            }
        }
    }

    /// Index of the next token as the statement's fields hold it.
    pub(super) fn token(&self) -> u32 {
        token_index(self.at)
    }
}

/// There are fewer tokens than bytes, and texts have less than 4 GiB.
pub(super) fn token_index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
