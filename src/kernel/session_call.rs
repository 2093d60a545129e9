//! Calls whose answer belongs to the client's session, not to the backend connection that runs the statement:
//! `CONNECTION_ID()`, `DATABASE()`, `USER()`, `FOUND_ROWS()`, `@@socket` ... (contract 3.4).

use crate::rewrite::Edit;
use crate::sql::{Lexed, TokenKind};

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
    Socket,
}

/// One place in a statement; serves every text of the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionCall {
    first_token: u32,
    last_token: u32,
    asked: Asked,
    /// It is a whole item of a select list without alias: the column keeps its name by an alias.
    is_bare_item: bool,
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
}

/// All session calls among the tokens.
pub(super) fn find(text: &[u8], lexed: &Lexed) -> Vec<SessionCall> {
    let mut calls = Vec::new();
    for (index, token) in lexed.tokens.iter().enumerate() {
        let found = match token.kind {
            TokenKind::Word => call_of_word(text, lexed, index),
            TokenKind::SystemVariable => {
                variable_of(lexed.bytes(text, index)).map(|asked| (asked, index))
            }
            _ => None,
        };
        let Some((asked, last)) = found else { continue };
        let (Ok(first_token), Ok(last_token)) = (u32::try_from(index), u32::try_from(last)) else { continue };
        let is_bare_item = starts_item(text, lexed, index) && ends_item(text, lexed, last + 1);
        calls.push(SessionCall { first_token, last_token, asked, is_bare_item });
    }
    calls
}

/// The edits that put the session's answers in their places, ascending.
pub(super) fn edits(calls: &[SessionCall], text: &[u8], lexed: &Lexed, answers: &SessionAnswers<'_>) -> Vec<Edit> {
    calls
        .iter()
        .filter_map(|call| {
            let start = lexed.tokens.get(call.first_token as usize)?.start as usize;
            let end = lexed.tokens.get(call.last_token as usize)?.end as usize;
            let mut with = answers.literal(call.asked);
            if call.is_bare_item {
                let name = String::from_utf8_lossy(text.get(start..end)?).replace('`', "``");
                with.push_str(" AS `");
                with.push_str(&name);
                with.push('`');
            }
            Some(Edit { range: start..end, with: with.into_bytes() })
        })
        .collect()
}

impl SessionAnswers<'_> {
    fn literal(&self, asked: Asked) -> String {
        match asked {
            Asked::ConnectionId => format!("CAST({} AS UNSIGNED)", self.connection_id),
            Asked::Database => self.database.map_or_else(|| "NULL".to_owned(), text_literal),
            Asked::User => text_literal(self.user),
            Asked::CurrentUser => text_literal(self.current_user),
            Asked::FoundRows => format!("CAST({} AS SIGNED)", self.found_rows),
            Asked::RowCount => format!("CAST({} AS SIGNED)", self.row_count),
            Asked::WarningCount => format!("CAST({} AS SIGNED)", self.warning_count),
            Asked::ErrorCount => format!("CAST({} AS SIGNED)", self.error_count),
            // a driver that learns a socket would go round the proxy
            Asked::Socket => "''".to_owned(),
        }
    }
}

/// A string literal that reads the same under every `sql_mode`.
pub(super) fn text_literal(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\'' && byte != b'\\') {
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
    } else if [&b"USER"[..], b"SESSION_USER", b"SYSTEM_USER"].iter().any(|name| word.eq_ignore_ascii_case(name)) {
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
    let name = match name.iter().position(|byte| *byte == b'.') {
        Some(dot) => name.get(dot + 1..)?,
        None => name,
    };
    [
        (&b"socket"[..], Asked::Socket),
        (b"pseudo_thread_id", Asked::ConnectionId),
        (b"warning_count", Asked::WarningCount),
        (b"error_count", Asked::ErrorCount),
    ]
    .into_iter()
    .find_map(|(known, asked)| name.eq_ignore_ascii_case(known).then_some(asked))
}

fn starts_item(text: &[u8], lexed: &Lexed, index: usize) -> bool {
    let Some(before) = index.checked_sub(1) else { return false };
    match lexed.tokens.get(before).map(|token| token.kind) {
        Some(TokenKind::Punct(b',')) => depth_at(lexed, index) == 0 && is_word(text, lexed, 0, b"SELECT"),
        Some(TokenKind::Word) => {
            [&b"SELECT"[..], b"DISTINCT", b"ALL", b"SQL_NO_CACHE"]
                .iter()
                .any(|word| is_word(text, lexed, before, word))
                && depth_at(lexed, index) == 0
        }
        _ => false,
    }
}

fn ends_item(text: &[u8], lexed: &Lexed, index: usize) -> bool {
    match lexed.tokens.get(index).map(|token| token.kind) {
        None | Some(TokenKind::Punct(b',' | b';')) => true,
        Some(TokenKind::Word) => {
            [&b"FROM"[..], b"LIMIT", b"WHERE", b"UNION", b"INTO", b"ORDER", b"GROUP", b"HAVING"]
                .iter()
                .any(|word| is_word(text, lexed, index, word))
        }
        _ => false,
    }
}

fn depth_at(lexed: &Lexed, index: usize) -> usize {
    lexed.tokens.iter().take(index).fold(0_usize, |depth, token| match token.kind {
        TokenKind::Punct(b'(') => depth + 1,
        TokenKind::Punct(b')') => depth.saturating_sub(1),
        _ => depth,
    })
}

fn is_punct(lexed: &Lexed, index: usize, byte: u8) -> bool {
    lexed.tokens.get(index).is_some_and(|token| token.kind == TokenKind::Punct(byte))
}

fn is_word(text: &[u8], lexed: &Lexed, index: usize, word: &[u8]) -> bool {
    lexed.tokens.get(index).is_some_and(|token| token.kind == TokenKind::Word)
        && lexed.bytes(text, index).eq_ignore_ascii_case(word)
}
