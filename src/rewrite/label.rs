//! Columns that the server names by their text keep the name that the client's text gives them (contract 2.3).

use crate::sql::{CommentKind, Kind, Lexed, Statement};

use super::edit::Edit;
use super::names::{alias, insert, span_of};

/// Characters that the servers take for a column's alias.
const LONGEST: usize = 255;

/// Adds an alias behind each item of a SELECT list whose text `edits` change; its name is what the server would have
/// made of the client's text.
pub fn keep_labels(text: &[u8], lexed: &Lexed, statement: &Statement, edits: &mut Vec<Edit>) {
    let Kind::Query(query) = &statement.kind else {
        return;
    };
    if query.labels.is_empty() {
        return;
    }
    edits.sort_by_key(|edit| edit.range.start);
    let mut aliases = Vec::new();
    for (first, last) in &query.labels {
        let (start, end) = (span_of(lexed, *first).start, span_of(lexed, *last).end);
        let inside = edits.get(edits.partition_point(|edit| edit.range.start < start));
        if inside.is_some_and(|edit| edit.range.end <= end) {
            aliases.push(insert(end, alias(&label(text, lexed, start, end))));
        }
    }
    edits.extend(aliases);
}

/// The text `start..end` as the servers see it: without what marks or skips executable comments.
fn label(text: &[u8], lexed: &Lexed, start: usize, end: usize) -> Vec<u8> {
    let mut label = Vec::with_capacity(end.saturating_sub(start));
    let mut at = start;
    let comments = &lexed.comments;
    let behind = comments.partition_point(|comment| (comment.start as usize) < start);
    for comment in comments
        .iter()
        .skip(behind)
        .take_while(|comment| comment.end as usize <= end)
    {
        let (from, to) = (comment.start as usize, comment.end as usize);
        // what is MariaDB's alone is a plain comment to MySQL, and stays
        let is_foreign = comment.kind == CommentKind::Skipped
            && text
                .get(from..)
                .is_some_and(|rest| rest.starts_with(b"/*M!"));
        let is_plain = matches!(comment.kind, CommentKind::Line | CommentKind::Block);
        let is_mark = !is_plain && !is_foreign;
        if is_mark && from >= at {
            label.extend_from_slice(text.get(at..from).unwrap_or_default());
            at = to;
        }
    }
    label.extend_from_slice(text.get(at..end).unwrap_or_default());
    shortened(label)
}

/// The first characters, with no blank at the end, which no alias may have.
fn shortened(mut label: Vec<u8>) -> Vec<u8> {
    let is_start = |byte: &u8| byte & 0xC0 != 0x80;
    let cut = label
        .iter()
        .enumerate()
        .filter(|(_, byte)| is_start(byte))
        .nth(LONGEST)
        .map(|(at, _)| at);
    label.truncate(cut.unwrap_or(label.len()));
    while label.last().is_some_and(u8::is_ascii_whitespace) {
        label.pop();
    }
    label
}
