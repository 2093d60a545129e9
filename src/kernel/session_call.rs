//! Calls whose answer belongs to the client's session, not to the backend connection that runs the statement:
//! `CONNECTION_ID()`, `DATABASE()`, `USER()`, `FOUND_ROWS()`, `@@socket` ... (contract 3.4).

use std::ops::Range;

use crate::rewrite::Edit;
use crate::sql::{Lexed, TokenKind, word_is};

use super::select_item;
use super::session_context::Timeouts;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    ConnectionId,
    Database,
    User,
    CurrentUser,
    FoundRows,
    RowCount,
    WarningCount,
    ErrorCount,
    WaitTimeout,
    InteractiveTimeout,
    Socket,
}

/// One place in a statement; serves every text of the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionCall {
    first_token: u32,
    last_token: u32,
    asked: Asked,
    /// It stands first in an item of a select list without alias, which ends behind this token: the column keeps its
    /// name by an alias.
    item: Option<(u32, u32)>,
    /// It stands in the list of a query: its column is described as the call's own.
    is_selected: bool,
}

/// The session's answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionAnswers<'a> {
    pub(super) connection_id: u64,
    pub(super) database: Option<&'a str>,
    /// `user@host`
    pub(super) user: &'a str,
    pub(super) current_user: &'a str,
    pub(super) found_rows: u64,
    pub(super) row_count: i64,
    pub(super) warning_count: usize,
    pub(super) error_count: usize,
    /// `None`: the server's.
    pub(super) timeouts: Timeouts,
}

/// An alias may not be longer.
const MAX_ALIAS: usize = 256;

/// All session calls among the tokens.
pub(super) fn find(text: &[u8], lexed: &Lexed) -> Vec<SessionCall> {
    let mut calls: Vec<SessionCall> = Vec::new();
    let end_of_list = end_of_list(text, lexed);
    for (index, token) in lexed.tokens.iter().enumerate() {
        let found = match token.kind {
            TokenKind::Word => call_of_word(text, lexed, index),
            TokenKind::SystemVariable => {
                variable_of(lexed.bytes(text, index)).map(|asked| (asked, index))
            }
            _ => None,
        };
        let Some((asked, last)) = found else { continue };
        let (Ok(first_token), Ok(last_token)) = (u32::try_from(index), u32::try_from(last)) else {
            continue;
        };
        calls.push(SessionCall {
            first_token,
            last_token,
            asked,
            item: None,
            is_selected: index < end_of_list,
        });
    }
    if calls.iter().any(|call| call.asked == Asked::ConnectionId)
        && (0..lexed.tokens.len()).any(|index| word_is(text, lexed, index, "IS_USED_LOCK"))
    {
        // it tells the server's ids, and is asked to be compared
        calls.retain(|call| call.asked != Asked::ConnectionId);
    }
    if !calls.is_empty() {
        for item in select_item::unnamed(text, lexed) {
            let (Ok(first), Ok(end)) = (u32::try_from(item.start), u32::try_from(item.end)) else {
                continue;
            };
            if let Some(call) = calls
                .iter_mut()
                .find(|call| (first..end).contains(&call.first_token))
            {
                call.item = Some((first, end - 1));
            }
        }
    }
    calls
}

/// The edits that put the session's answers in their places, ascending.
pub(super) fn edits(
    calls: &[SessionCall],
    text: &[u8],
    lexed: &Lexed,
    answers: &SessionAnswers<'_>,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    for call in calls {
        let Some(range) = range_of(lexed, (call.first_token, call.last_token)) else {
            continue;
        };
        let Some(with) = answers.literal(call.asked) else {
            continue;
        };
        let with = if call.is_selected {
            let mut same = b"IF(0,".to_vec();
            same.extend_from_slice(text.get(range.clone()).unwrap_or_default());
            same.push(b',');
            same.extend_from_slice(with.as_bytes());
            same.push(b')');
            same
        } else {
            with.into_bytes()
        };
        edits.push(Edit { range, with });
        if let Some(item) = call.item.and_then(|item| range_of(lexed, item)) {
            edits.extend(alias(text, item));
        }
    }
    edits.sort_by_key(|edit| edit.range.start);
    edits
}

/// The token behind a query's select list; 0 for other statements.
fn end_of_list(text: &[u8], lexed: &Lexed) -> usize {
    let count = lexed.tokens.len();
    let start = (0..count).find(|index| !is_punct(lexed, *index, b'('));
    if !start.is_some_and(|start| word_is(text, lexed, start, "SELECT")) {
        return 0;
    }
    (0..count)
        .find(|index| word_is(text, lexed, *index, "FROM"))
        .unwrap_or(count)
}

fn range_of(lexed: &Lexed, (first, last): (u32, u32)) -> Option<Range<usize>> {
    let start = lexed.tokens.get(first as usize)?.start as usize;
    Some(start..lexed.tokens.get(last as usize)?.end as usize)
}

/// ` AS `text``, behind the item; none where the servers would cut the name.
fn alias(text: &[u8], item: Range<usize>) -> Option<Edit> {
    let name = text
        .get(item.clone())
        .filter(|name| name.len() <= MAX_ALIAS)?;
    let mut with = b" AS `".to_vec();
    for byte in name {
        with.push(*byte);
        if *byte == b'`' {
            with.push(b'`');
        }
    }
    with.push(b'`');
    Some(Edit {
        range: item.end..item.end,
        with,
    })
}

impl SessionAnswers<'_> {
    fn literal(&self, asked: Asked) -> Option<String> {
        Some(match asked {
            Asked::ConnectionId => format!("CAST({} AS UNSIGNED)", self.connection_id),
            Asked::Database => self
                .database
                .map_or_else(|| "NULL".to_owned(), text_literal),
            Asked::User => text_literal(self.user),
            Asked::CurrentUser => text_literal(self.current_user),
            Asked::FoundRows => self.found_rows.to_string(),
            Asked::RowCount => self.row_count.to_string(),
            Asked::WarningCount => format!("CAST({} AS UNSIGNED)", self.warning_count),
            Asked::ErrorCount => format!("CAST({} AS UNSIGNED)", self.error_count),
            Asked::WaitTimeout => format!("CAST({} AS UNSIGNED)", self.timeouts.wait?),
            Asked::InteractiveTimeout => {
                format!("CAST({} AS UNSIGNED)", self.timeouts.interactive?)
            }
            // a driver that learns a socket would go round the proxy
            Asked::Socket => "''".to_owned(),
        })
    }
}

/// A string literal that reads the same under every `sql_mode`.
pub(super) fn text_literal(text: &str) -> String {
    if text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\'' && byte != b'\\')
    {
        return format!("'{text}'");
    }
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("CONVERT(x'{hex}' USING utf8mb4)")
}

fn call_of_word(text: &[u8], lexed: &Lexed, index: usize) -> Option<(Asked, usize)> {
    let word = lexed.bytes(text, index);
    let (asked, needs_parentheses) = if word.eq_ignore_ascii_case(b"CONNECTION_ID") {
        (Asked::ConnectionId, true)
    } else if word.eq_ignore_ascii_case(b"DATABASE") || word.eq_ignore_ascii_case(b"SCHEMA") {
        (Asked::Database, true)
    } else if [&b"USER"[..], b"SESSION_USER", b"SYSTEM_USER"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name))
    {
        (Asked::User, true)
    } else if word.eq_ignore_ascii_case(b"CURRENT_USER") {
        (Asked::CurrentUser, false)
    } else if word.eq_ignore_ascii_case(b"FOUND_ROWS") {
        (Asked::FoundRows, true)
    } else if word.eq_ignore_ascii_case(b"ROW_COUNT") {
        (Asked::RowCount, true)
    } else {
        return None;
    };
    if is_punct(lexed, index.checked_sub(1)?, b'.') {
        return None;
    }
    let has_parentheses = is_punct(lexed, index + 1, b'(') && is_punct(lexed, index + 2, b')');
    match (has_parentheses, needs_parentheses) {
        (true, _) => Some((asked, index + 2)),
        (false, false) => Some((asked, index)),
        (false, true) => None,
    }
}

fn variable_of(bytes: &[u8]) -> Option<Asked> {
    let name = bytes.strip_prefix(b"@@")?;
    let (scope, name) = match name.iter().position(|byte| *byte == b'.') {
        Some(dot) => (name.get(..dot)?, name.get(dot + 1..)?),
        None => (&b"session"[..], name),
    };
    let is_session = !scope.eq_ignore_ascii_case(b"global");
    [
        (&b"socket"[..], Asked::Socket, true),
        (b"pseudo_thread_id", Asked::ConnectionId, is_session),
        (b"warning_count", Asked::WarningCount, is_session),
        (b"error_count", Asked::ErrorCount, is_session),
        (b"wait_timeout", Asked::WaitTimeout, is_session),
        (
            b"interactive_timeout",
            Asked::InteractiveTimeout,
            is_session,
        ),
    ]
    .into_iter()
    .find_map(|(known, asked, is_ours)| {
        (is_ours && name.eq_ignore_ascii_case(known)).then_some(asked)
    })
}

fn is_punct(lexed: &Lexed, index: usize, byte: u8) -> bool {
    lexed
        .tokens
        .get(index)
        .is_some_and(|token| token.kind == TokenKind::Punct(byte))
}
