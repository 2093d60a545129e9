//! Signs and literals as the parser's tokens.

use crate::sql::token::TokenKind;
use sqlparser::tokenizer::Token;

/// A token that is a value of its own.
pub(super) fn is_literal(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Text
            | TokenKind::NationalText
            | TokenKind::Integer
            | TokenKind::Decimal
            | TokenKind::Float
            | TokenKind::Hex
            | TokenKind::Bit
            | TokenKind::UserVariable
            | TokenKind::SystemVariable
            | TokenKind::Parameter
    )
}

/// Signs and literals. Bit operators and JSON arrows become `*`: what counts is that they bind tighter than any
/// comparison, and that no value is seen in them. `!` and `~` become a minus sign likewise: [`super::operand`] reads
/// signs from our tokens.
pub(super) fn sign(kind: TokenKind) -> Option<Token> {
    Some(match kind {
        TokenKind::Text | TokenKind::NationalText | TokenKind::Hex | TokenKind::Bit => {
            Token::SingleQuotedString(String::new())
        }
        TokenKind::Integer | TokenKind::Decimal | TokenKind::Float => {
            Token::Number(String::new(), false)
        }
        TokenKind::UserVariable | TokenKind::SystemVariable | TokenKind::Parameter => {
            Token::Placeholder(String::new())
        }
        TokenKind::Equal => Token::Eq,
        TokenKind::NullSafeEqual => Token::Spaceship,
        TokenKind::NotEqual => Token::Neq,
        TokenKind::Less => Token::Lt,
        TokenKind::LessOrEqual => Token::LtEq,
        TokenKind::Greater => Token::Gt,
        TokenKind::GreaterOrEqual => Token::GtEq,
        TokenKind::ShiftLeft
        | TokenKind::ShiftRight
        | TokenKind::Arrow
        | TokenKind::DoubleArrow => Token::Mul,
        TokenKind::Punct(byte) => punctuation(byte)?,
        _ => return None,
    })
}

fn punctuation(byte: u8) -> Option<Token> {
    Some(match byte {
        b'(' => Token::LParen,
        b')' => Token::RParen,
        b',' => Token::Comma,
        b'.' => Token::Period,
        b'+' => Token::Plus,
        b'-' | b'!' | b'~' => Token::Minus,
        b'*' | b'^' | b'&' | b'|' => Token::Mul,
        b'/' => Token::Div,
        b'%' => Token::Mod,
        _ => return None,
    })
}
