//! Names among the tokens of statements whose shape is not known (contract 4.8, 5.4).

use std::borrow::Cow;

use crate::model::Charset;
use crate::rule::TableRule;
use crate::sql::{TokenKind, name_value, punct_is};

use super::input::RouteInput;
use super::refusal::Refusal;
use super::scope::actual_name;

/// The table among the tokens from `first` on that least belongs into the default data source alone:
/// a sharded one before a local, a single one of another data source, a broadcast one.
///
/// # Errors
/// 29003 when a token is an actual table's or schema's name.
pub fn governed<'a>(
    input: &RouteInput<'a>,
    first: usize,
) -> Result<Option<&'a TableRule>, Refusal> {
    let mut found: Option<&TableRule> = None;
    for index in first..input.lexed.tokens.len() {
        for name in names_at(input, index) {
            match input.database.table(&name) {
                Some(TableRule::Single { source, .. })
                    if *source == input.database.default_source => {}
                Some(rule) if found.is_none_or(|other| rank(rule) < rank(other)) => {
                    found = Some(rule);
                }
                Some(_) => {}
                None if input.database.is_actual_name(&name) => return Err(actual_name(&name)),
                None if is_before_dot(input, index) && input.database.is_actual_schema(&name) => {
                    return Err(actual_name(&name));
                }
                None => {}
            }
        }
    }
    Ok(found)
}

fn rank(rule: &TableRule) -> u8 {
    match rule {
        TableRule::Sharded(_) => 0,
        TableRule::Local { .. } => 1,
        TableRule::Single { .. } => 2,
        TableRule::Broadcast { .. } => 3,
    }
}

fn is_before_dot(input: &RouteInput<'_>, index: usize) -> bool {
    punct_is(input.lexed, index + 1, b'.')
}

/// The name, and where a character set of one byte may have signs inside of the word, what stands between them.
fn names_at<'a>(input: &RouteInput<'a>, index: usize) -> Vec<Cow<'a, str>> {
    let bytes = input.lexed.bytes(input.text, index);
    let has_signs = || matches!(input.charset, Charset::Latin1 | Charset::OneByte(_));
    match input.lexed.kind(index) {
        Some(TokenKind::Word) if !bytes.is_ascii() && has_signs() => bytes
            .split(|byte| !byte.is_ascii())
            .map(name_value)
            .collect(),
        Some(TokenKind::Word | TokenKind::QuotedName) => vec![name_value(bytes)],
        _ => Vec::new(),
    }
}
