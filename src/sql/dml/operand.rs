//! Single values, read from the tokens themselves.

use super::layout::Layout;
use super::source::Source;
use crate::sql::statement::Operand;
use crate::sql::token::TokenKind;

/// The value that the tokens `first..end` are; [`Operand::Expression`] unless they are one literal, `?`, NULL or
/// DEFAULT, signs and parentheses around it.
pub(super) fn operand(source: Source<'_>, layout: &Layout, first: usize, end: usize) -> Operand {
    let (mut first, mut end) = (first, end);
    let mut is_negative = false;
    let mut is_signed = false;
    while first + 1 < end {
        match source.kind(first) {
            Some(TokenKind::Punct(b'-')) => is_negative = !is_negative,
            Some(TokenKind::Punct(b'+')) => {}
            Some(TokenKind::Punct(b'(')) if layout.partner(first) == Ok(end - 1) => {
                first += 1;
                end -= 1;
                continue;
            }
            _ => return Operand::Expression,
        }
        is_signed = true;
        first += 1;
    }
    if first + 1 != end {
        return Operand::Expression;
    }
    single(source, layout, first, is_signed, is_negative)
}

/// The value of the one token `index`.
fn single(
    source: Source<'_>,
    layout: &Layout,
    index: usize,
    is_signed: bool,
    is_negative: bool,
) -> Operand {
    let literal = u32::try_from(index).map_or(Operand::Expression, |token| Operand::Literal {
        token,
        is_negative,
    });
    match source.kind(index) {
        Some(TokenKind::Integer | TokenKind::Decimal | TokenKind::Float) => literal,
        _ if is_signed => Operand::Expression,
        Some(TokenKind::Text | TokenKind::NationalText | TokenKind::Hex | TokenKind::Bit) => {
            literal
        }
        Some(TokenKind::Parameter) => layout
            .parameter(index)
            .map_or(Operand::Expression, Operand::Parameter),
        Some(TokenKind::Word) if source.is_word(index, "NULL") => Operand::Null,
        Some(TokenKind::Word) if source.is_word(index, "DEFAULT") => Operand::Default,
        _ => Operand::Expression,
    }
}

/// The list `(v, v, ...)` at the parenthesis `open`, if it holds nothing but plain values.
pub(super) fn plain_list(source: Source<'_>, layout: &Layout, open: usize) -> Option<Vec<Operand>> {
    let close = layout.partner(open).ok()?;
    let mut values = Vec::new();
    for_each_element(source, layout, open, close, |first, end| {
        let value = operand(source, layout, first, end);
        values.push(value);
        value != Operand::Expression && value != Operand::Default
    })
    .then_some(values)
}

/// Whether [`plain_list`] would find values, without gathering them.
pub(super) fn is_plain_list(
    source: Source<'_>,
    layout: &Layout,
    open: usize,
    close: usize,
) -> bool {
    for_each_element(source, layout, open, close, |first, end| {
        !matches!(
            operand(source, layout, first, end),
            Operand::Expression | Operand::Default
        )
    })
}

/// Calls `check` with each element between the parentheses, its first token and the one behind its last, until it
/// says no. An empty pair holds no element.
pub(super) fn for_each_element(
    source: Source<'_>,
    layout: &Layout,
    open: usize,
    close: usize,
    mut check: impl FnMut(usize, usize) -> bool,
) -> bool {
    let mut first = open + 1;
    if first == close {
        return true;
    }
    let mut at = first;
    while at < close {
        if source.is_punct(at, b'(') {
            match layout.partner(at) {
                Ok(partner) if partner < close => at = partner,
                _ => return false,
            }
        } else if source.is_punct(at, b',') {
            if !check(first, at) {
                return false;
            }
            first = at + 1;
        }
        at += 1;
    }
    check(first, close)
}
