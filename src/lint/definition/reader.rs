//! A walk over tokens.

use crate::sql::{Lexed, TokenKind, name_value, punct_is, word_is};

/// Where a walk is.
#[derive(Clone)]
pub struct Reader<'a> {
    text: &'a [u8],
    lexed: &'a Lexed,
    /// The next token.
    pub at: usize,
}

impl<'a> Reader<'a> {
    /// A walk that begins at a token.
    pub fn new(text: &'a [u8], lexed: &'a Lexed, at: usize) -> Self {
        Self { text, lexed, at }
    }

    /// No token is left.
    pub fn is_end(&self) -> bool {
        self.at >= self.lexed.tokens.len() || self.is(b';')
    }

    /// The next token is this word.
    pub fn is_word(&self, word: &str) -> bool {
        word_is(self.text, self.lexed, self.at, word)
    }

    /// The next token is this sign.
    pub fn is(&self, sign: u8) -> bool {
        punct_is(self.lexed, self.at, sign)
    }

    /// Takes a word if it is next.
    pub fn take(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    /// Takes several words if all of them are next.
    pub fn take_all(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        let found = words.iter().all(|word| self.take(word));
        if !found {
            self.at = start;
        }
        found
    }

    /// Takes a sign if it is next.
    pub fn take_sign(&mut self, sign: u8) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    /// Takes a word or quoted name.
    pub fn name(&mut self) -> Option<String> {
        match self.lexed.kind(self.at)? {
            TokenKind::Word | TokenKind::QuotedName => {
                let name = name_value(self.lexed.bytes(self.text, self.at)).into_owned();
                self.at += 1;
                Some(name)
            }
            _ => None,
        }
    }

    /// Takes `a` or `a.b`; the last part counts.
    pub fn qualified(&mut self) -> Option<String> {
        let mut name = self.name()?;
        while self.take_sign(b'.') {
            name = self.name()?;
        }
        Some(name)
    }

    /// The text of the next token.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.lexed.bytes(self.text, self.at)).into_owned()
    }

    /// Takes `( ... )` whole; nothing if no parenthesis is next.
    pub fn skip_parentheses(&mut self) {
        if !self.is(b'(') {
            return;
        }
        let mut depth = 0_usize;
        while self.at < self.lexed.tokens.len() {
            if self.is(b'(') {
                depth += 1;
            } else if self.is(b')') {
                depth -= 1;
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// Goes to the `,` or `)` that ends what is being read.
    pub fn skip_item(&mut self) {
        while !self.is_end() && !self.is(b',') && !self.is(b')') {
            if self.is(b'(') {
                self.skip_parentheses();
            } else {
                self.at += 1;
            }
        }
    }

    /// `(a, b(10) DESC, (expression))`: the columns; a part that is none is an empty name.
    pub fn columns(&mut self) -> Option<Vec<String>> {
        if !self.take_sign(b'(') {
            return None;
        }
        let mut columns = Vec::new();
        while !self.is_end() && !self.is(b')') {
            columns.push(self.name().unwrap_or_default());
            self.skip_item();
            self.take_sign(b',');
        }
        self.take_sign(b')').then_some(columns)
    }
}
