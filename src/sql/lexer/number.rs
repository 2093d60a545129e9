//! Numbers, and identifiers that start with a digit.

use super::bytes::is_word_byte;
use super::scan::Scanner;
use crate::sql::token::TokenKind;

impl Scanner<'_, '_> {
    /// `12`, `1.5`, `1e3`, `0x1F`, `0b1`, or an identifier such as `1abc`, `0X1F`, `0xG`.
    pub(super) fn number_or_word(&mut self) {
        if self.peek(0) == b'0' && self.prefixed_number() {
            return;
        }
        let digits = self.skip_while(self.position, |byte| byte.is_ascii_digit());
        let next = self.byte_at(digits);
        if next == b'.' {
            self.fraction(digits);
        } else if !is_word_byte(next) {
            self.emit(TokenKind::Integer, digits);
        } else if let Some(end) = self.exponent(digits) {
            self.emit(TokenKind::Float, end);
        } else {
            self.word();
        }
    }

    /// The rest of a number whose point is at `point`: `.5`, `1.`, `1.5E-3`.
    pub(super) fn fraction(&mut self, point: usize) {
        let digits = self.skip_while(point + 1, |byte| byte.is_ascii_digit());
        match self.exponent(digits) {
            Some(end) => self.emit(TokenKind::Float, end),
            None => self.emit(TokenKind::Decimal, digits),
        }
    }

    /// `0x1F` and `0b1`, lower-case prefix only; false if it is an identifier or another number.
    fn prefixed_number(&mut self) -> bool {
        let (kind, fits): (_, fn(u8) -> bool) = match self.peek(1) {
            b'x' => (TokenKind::Hex, |byte| byte.is_ascii_hexdigit()),
            b'b' => (TokenKind::Bit, |byte| matches!(byte, b'0' | b'1')),
            _ => return false,
        };
        let start = self.position + 2;
        let end = self.skip_while(start, fits);
        let is_number = end > start && !is_word_byte(self.byte_at(end));
        if is_number {
            self.emit(kind, end);
        }
        is_number
    }

    /// End of `e3`, `E-3` at `at`, if one stands there.
    fn exponent(&self, at: usize) -> Option<usize> {
        if !matches!(self.byte_at(at), b'e' | b'E') {
            return None;
        }
        let digits = if matches!(self.byte_at(at + 1), b'+' | b'-') {
            at + 2
        } else {
            at + 1
        };
        let end = self.skip_while(digits, |byte| byte.is_ascii_digit());
        (end > digits).then_some(end)
    }

    fn byte_at(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }
}
