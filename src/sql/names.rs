//! Every token of a statement that could name a table or schema.

use super::literal::name_value;
use super::token::{Lexed, TokenKind};
use std::borrow::Cow;
use std::ops::Range;

/// The identifiers among a range of tokens with their index, keywords too: whoever does not know a statement's shape
/// looks for declared names among them (contract 4.8, 5.4).
pub fn names<'a>(
    text: &'a [u8],
    lexed: &'a Lexed,
    range: Range<usize>,
) -> impl Iterator<Item = (usize, Cow<'a, str>)> + 'a {
    range.filter_map(move |index| match lexed.kind(index)? {
        TokenKind::Word | TokenKind::QuotedName => {
            Some((index, name_value(lexed.bytes(text, index))))
        }
        _ => None,
    })
}
