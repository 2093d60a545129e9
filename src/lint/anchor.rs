//! The part of a statement that a refusal is about.

use std::collections::HashSet;

use crate::route::{Refusal, RefusalCode};
use crate::sql::{CommentKind, Kind, TokenKind, name_value};
use crate::verdict::{Grounds, Read};

/// Where the finding is shown: first byte of the text, and behind the last.
#[must_use]
pub fn anchor(
    grounds: &Grounds<'_>,
    text: &[u8],
    read: &Read,
    refusal: &Refusal,
) -> (usize, usize) {
    let found = match refusal.code {
        RefusalCode::UnknownHint | RefusalCode::HintDataSource | RefusalCode::NoRight => hint(read),
        RefusalCode::ShardingColumnUpdated => assignment(read, refusal),
        _ => None,
    };
    found
        .or_else(|| table(read, refusal))
        .or_else(|| governed(grounds, text, read, refusal))
        .or_else(|| token(read, 0))
        .unwrap_or((0, text.len().min(1)))
}

fn token(read: &Read, index: usize) -> Option<(usize, usize)> {
    let token = read.lexed.tokens.get(index)?;
    Some((token.start as usize, token.end as usize))
}

/// The first comment that may be a hint.
fn hint(read: &Read) -> Option<(usize, usize)> {
    let mut comments = read.lexed.comments.iter();
    let comment = comments.find(|comment| comment.kind == CommentKind::Block)?;
    Some((comment.start as usize, comment.end as usize))
}

fn assignment(read: &Read, refusal: &Refusal) -> Option<(usize, usize)> {
    let assignments = match &read.statement.kind {
        Kind::Update(update) => &update.assignments,
        Kind::Insert(insert) => &insert.on_duplicate,
        _ => return None,
    };
    let words = words(refusal);
    let mut named = assignments.iter();
    let found = named.find(|one| words.contains(&one.column.name.to_lowercase()))?;
    token(read, usize::try_from(found.column_token).ok()?)
}

/// The first table that the message names.
fn table(read: &Read, refusal: &Refusal) -> Option<(usize, usize)> {
    let words = words(refusal);
    let mut tables = read.statement.tables.iter();
    let found = tables.find(|table| words.contains(&table.name.to_lowercase()))?;
    token(read, usize::try_from(found.name_token).ok()?)
}

/// The first name that the message has, or that has a rule.
fn governed(
    grounds: &Grounds<'_>,
    text: &[u8],
    read: &Read,
    refusal: &Refusal,
) -> Option<(usize, usize)> {
    let rules = grounds.database(read)?.rules;
    let words = words(refusal);
    let is_name = |index: usize| {
        let kind = read.lexed.kind(index);
        if !matches!(kind, Some(TokenKind::Word | TokenKind::QuotedName)) {
            return None;
        }
        Some(name_value(read.lexed.bytes(text, index)).to_lowercase())
    };
    let find = |wanted: &dyn Fn(&str) -> bool| {
        (0..read.lexed.tokens.len()).find(|index| is_name(*index).is_some_and(|name| wanted(&name)))
    };
    let named = find(&|name| rules.table(name).is_some() || rules.is_actual_name(name));
    named
        .or_else(|| find(&|name| name.len() > 3 && words.contains(name)))
        .and_then(|index| token(read, index))
}

fn words(refusal: &Refusal) -> HashSet<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let words = refusal.message.split(|c: char| !is_part(c));
    words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
