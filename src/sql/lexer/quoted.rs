//! Strings, quoted names, variables and dollar quotes.

use super::bytes::{is_word_byte, run_without};
use super::scan::{LexError, Scanner};
use crate::sql::token::{ServerFamily, TokenKind};

impl Scanner<'_, '_> {
    /// `'x'`, or `"x"` without `ANSI_QUOTES`.
    pub(super) fn text_literal(&mut self) -> Result<(), LexError> {
        let end = self.text_end(self.position)?;
        self.emit(TokenKind::Text, end);
        Ok(())
    }

    /// `` `x` ``, or `"x"` under `ANSI_QUOTES`; a NUL in it ends the name on the servers, so it counts as not closed.
    pub(super) fn quoted_name(&mut self) -> Result<(), LexError> {
        let end = self.name_end(self.position)?;
        self.emit(TokenKind::QuotedName, end);
        Ok(())
    }

    /// `N'x'`, `x'1F'`, `b'1'`. With other than digits inside the servers see an error; it becomes a word and a string.
    pub(super) fn prefixed_text(&mut self) -> Result<(), LexError> {
        let (kind, fits): (_, fn(u8) -> bool) = match self.peek(0).to_ascii_lowercase() {
            b'x' => (TokenKind::Hex, |byte| byte.is_ascii_hexdigit()),
            b'b' => (TokenKind::Bit, |byte| matches!(byte, b'0' | b'1')),
            _ => {
                let end = self.text_end(self.position + 1)?;
                self.emit(TokenKind::NationalText, end);
                return Ok(());
            }
        };
        let digits = self.skip_while(self.position + 2, fits);
        if self.text.get(digits) == Some(&b'\'') {
            self.emit(kind, digits + 1);
        } else {
            self.emit(TokenKind::Word, self.position + 1);
        }
        Ok(())
    }

    /// `@x`, `@'x'`, `@@x`, `@@session.x`; also the host part of an account.
    pub(super) fn variable(&mut self) -> Result<(), LexError> {
        if self.peek(1) == b'@' {
            return self.system_variable();
        }
        let name = self.position + 1;
        let end = match self.peek(1) {
            b'`' => self.name_end(name)?,
            b'\'' => self.text_end(name)?,
            b'"' if self.mode.ansi_quotes => self.name_end(name)?,
            b'"' => self.text_end(name)?,
            _ => self.skip_while(name, |byte| is_word_byte(byte) || byte == b'.'),
        };
        self.emit(TokenKind::UserVariable, end);
        Ok(())
    }

    fn system_variable(&mut self) -> Result<(), LexError> {
        let mut end = self.variable_part(self.position + 2)?;
        while self.text.get(end) == Some(&b'.') {
            let next = self.variable_part(end + 1)?;
            if next == end + 1 {
                break;
            }
            end = next;
        }
        self.emit(TokenKind::SystemVariable, end);
        Ok(())
    }

    fn variable_part(&self, start: usize) -> Result<usize, LexError> {
        if self.text.get(start) == Some(&b'`') {
            return self.name_end(start);
        }
        Ok(self.skip_while(start, is_word_byte))
    }

    /// An identifier that starts with `$`, or from MySQL 9 on a string such as `$$x$$`, `$tag$x$tag$`.
    pub(super) fn dollar(&mut self) -> Result<(), LexError> {
        let tag = self.skip_while(self.position + 1, |byte| is_word_byte(byte) && byte != b'$');
        if self.text.get(tag) != Some(&b'$') {
            self.word();
            return Ok(());
        }
        self.out.has_doubtful_comment |= self
            .families
            .iter()
            .any(|family| !quotes_by_dollar(*family));
        if !self
            .families
            .first()
            .is_some_and(|family| quotes_by_dollar(*family))
        {
            self.word();
            return Ok(());
        }
        let quote = self.text.get(self.position..=tag).unwrap_or_default();
        let body = self.text.get(tag + 1..).unwrap_or_default();
        let length = find(body, quote).ok_or(LexError::UnclosedString {
            start: self.position,
        })?;
        self.emit(TokenKind::Text, tag + 1 + length + quote.len());
        Ok(())
    }

    /// Offset behind the string whose quote is at `start`.
    fn text_end(&self, start: usize) -> Result<usize, LexError> {
        let unclosed = LexError::UnclosedString { start };
        let quote = *self.text.get(start).ok_or(unclosed)?;
        let escape = if self.mode.no_backslash_escapes {
            quote
        } else {
            b'\\'
        };
        let mut at = start + 1;
        loop {
            at += run_without(self.text.get(at..).unwrap_or_default(), quote, escape);
            let Some(byte) = self.text.get(at) else {
                return Err(unclosed);
            };
            // an escaped byte, or a quote that stands for itself
            if *byte != quote || self.text.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return Ok(at + 1);
            }
        }
    }

    /// Offset behind the quoted name whose quote is at `start`.
    fn name_end(&self, start: usize) -> Result<usize, LexError> {
        let unclosed = LexError::UnclosedName { start };
        let quote = *self.text.get(start).ok_or(unclosed)?;
        let mut at = start + 1;
        loop {
            let byte = *self.text.get(at).ok_or(unclosed)?;
            if byte == 0 {
                return Err(unclosed);
            } else if byte != quote {
                at += 1;
            } else if self.text.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return Ok(at + 1);
            }
        }
    }
}

/// MySQL 9 quotes the bodies of JavaScript routines by `$$`.
fn quotes_by_dollar(family: ServerFamily) -> bool {
    matches!(family, ServerFamily::MySql(version) if version >= 90_000)
}

/// First place of `needle`, which starts and ends with `$`, in `hay`; linear since candidates start at a `$`
/// and a mismatch stops at the next one.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + hay.get(from..)?.iter().position(|byte| *byte == b'$')?;
        if hay.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}
