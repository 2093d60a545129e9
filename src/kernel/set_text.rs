//! The SET that a server gets: only the items that concern it, values with the session's own answers in them.

use crate::model::default_value;
use crate::rewrite::{self, Edit};
use crate::sql::{SetItem, VariableScope};

use super::error::Failure;
use super::routed::answers;
use super::session_call;
use super::session_context::SessionContext;
use super::walk::Job;

/// The statement for `items`, all of this job.
pub(super) fn of(
    job: &Job<'_>,
    items: &[&SetItem],
    session: &SessionContext,
) -> Result<Vec<u8>, Failure> {
    let edits = session_call::edits(job.calls, job.text, job.lexed, &answers(session));
    let mut text = b"SET ".to_vec();
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            text.extend_from_slice(b", ");
        }
        write(job, item, &edits, &mut text)?;
    }
    Ok(text)
}

fn write(job: &Job<'_>, item: &SetItem, edits: &[Edit], text: &mut Vec<u8>) -> Result<(), Failure> {
    match item {
        SetItem::Variable {
            scope,
            name,
            value,
            is_default,
            ..
        } => {
            let scope = match scope {
                VariableScope::Session => "SESSION",
                VariableScope::Global | VariableScope::Persist => "GLOBAL",
            };
            text.extend_from_slice(format!("{scope} {} = ", quoted_variable(name)).as_bytes());
            if *is_default {
                text.extend_from_slice(default_value(name).as_bytes());
            } else {
                write_value(job, *value, edits, text);
            }
        }
        SetItem::User { name, value, .. } => {
            text.extend_from_slice(format!("@`{}` = ", name.replace('`', "``")).as_bytes());
            write_value(job, *value, edits, text);
        }
        SetItem::Names { charset, collation } => {
            text.extend_from_slice(
                format!("NAMES {}", charset_name(charset.as_deref())?).as_bytes(),
            );
            if let Some(collation) = collation {
                text.extend_from_slice(
                    format!(" COLLATE {}", charset_name(Some(collation))?).as_bytes(),
                );
            }
        }
        SetItem::CharacterSet { charset } => {
            text.extend_from_slice(
                format!("CHARACTER SET {}", charset_name(charset.as_deref())?).as_bytes(),
            );
        }
        SetItem::Transaction { .. } => {}
    }
    Ok(())
}

fn write_value(job: &Job<'_>, value: (u32, u32), edits: &[Edit], text: &mut Vec<u8>) {
    let range = job.token_range(value);
    let inside = edits
        .iter()
        .filter(|edit| range.start <= edit.range.start && edit.range.end <= range.end);
    let moved: Vec<Edit> = inside
        .map(|edit| Edit {
            range: edit.range.start - range.start..edit.range.end - range.start,
            with: edit.with.clone(),
        })
        .collect();
    rewrite::apply(job.text.get(range).unwrap_or_default(), &moved, text);
}

/// A variable's name, its parts quoted.
pub(super) fn quoted_variable(name: &str) -> String {
    let parts: Vec<String> = name
        .split('.')
        .map(|part| format!("`{}`", part.replace('`', "``")))
        .collect();
    parts.join(".")
}

/// The name of a character set or a collation as SET takes it.
fn charset_name(name: Option<&str>) -> Result<String, Failure> {
    match name {
        None => Ok("DEFAULT".to_owned()),
        Some(name)
            if name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') =>
        {
            Ok(format!("'{name}'"))
        }
        Some(name) => Err(Failure::new(
            1115,
            "42000",
            format!("Unknown character set: '{name}'"),
        )),
    }
}

impl Job<'_> {
    /// The bytes of some tokens.
    pub(super) fn token_range(&self, (first, last): (u32, u32)) -> std::ops::Range<usize> {
        let start = self
            .lexed
            .tokens
            .get(first as usize)
            .map_or(0, |token| token.start as usize);
        let end = self
            .lexed
            .tokens
            .get(last as usize)
            .map_or(start, |token| token.end as usize);
        start..end
    }

    /// The text of some tokens.
    pub(super) fn token_text(&self, tokens: (u32, u32)) -> &[u8] {
        self.text.get(self.token_range(tokens)).unwrap_or_default()
    }
}
