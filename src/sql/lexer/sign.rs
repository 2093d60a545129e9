//! Operators and single characters.

use super::bytes::is_word_byte;
use super::scan::Scanner;
use crate::sql::token::TokenKind;

impl Scanner<'_, '_> {
    /// A byte that is a token, whatever follows.
    #[inline]
    pub(super) fn single(&mut self, byte: u8) {
        let kind = match byte {
            b'=' => TokenKind::Equal,
            _ => TokenKind::Punct(byte),
        };
        self.emit(kind, self.position + 1);
    }

    /// An operator of one to three characters, or any other byte on its own.
    pub(super) fn sign(&mut self, byte: u8) {
        let (kind, length) = match (byte, self.peek(1), self.peek(2)) {
            (b'<', b'=', b'>') => (TokenKind::NullSafeEqual, 3),
            (b'-', b'>', b'>') => (TokenKind::DoubleArrow, 3),
            (b'<', b'=', _) => (TokenKind::LessOrEqual, 2),
            (b'<', b'>', _) | (b'!', b'=', _) => (TokenKind::NotEqual, 2),
            (b'<', b'<', _) => (TokenKind::ShiftLeft, 2),
            (b'>', b'=', _) => (TokenKind::GreaterOrEqual, 2),
            (b'>', b'>', _) => (TokenKind::ShiftRight, 2),
            (b'-', b'>', _) => (TokenKind::Arrow, 2),
            (b':', b'=', _) => (TokenKind::Assign, 2),
            (b'|', b'|', _) => (TokenKind::DoublePipe, 2),
            (b'&', b'&', _) => (TokenKind::DoubleAmpersand, 2),
            (b'=', _, _) => (TokenKind::Equal, 1),
            (b'<', _, _) => (TokenKind::Less, 1),
            (b'>', _, _) => (TokenKind::Greater, 1),
            // the servers see no parameter in `?abc`
            (b'?', next, _) if !is_word_byte(next) => (TokenKind::Parameter, 1),
            _ => (TokenKind::Punct(byte), 1),
        };
        self.emit(kind, self.position + length);
    }
}
