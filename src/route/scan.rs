//! Names among the tokens of statements whose shape is not known (contract 4.8, 5.4).

use std::borrow::Cow;

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
        let Some(name) = name_at(input, index) else {
            continue;
        };
        let name = name.as_ref();
        match input.database.table(name) {
            Some(TableRule::Single { source, .. }) if *source == input.database.default_source => {}
            Some(rule) if found.is_none_or(|other| rank(rule) < rank(other)) => found = Some(rule),
            Some(_) => {}
            None if input.database.is_actual_name(name) => return Err(actual_name(name)),
            None if is_before_dot(input, index) && input.database.is_actual_schema(name) => {
                return Err(actual_name(name));
            }
            None => {}
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

fn name_at<'a>(input: &RouteInput<'a>, index: usize) -> Option<Cow<'a, str>> {
    match input.lexed.kind(index)? {
        TokenKind::Word | TokenKind::QuotedName => {
            Some(name_value(input.lexed.bytes(input.text, index)))
        }
        _ => None,
    }
}
