//! Rows of SHOW VARIABLES and SHOW STATUS that tell of the client's session, not of the connection that answers.

use crate::backend::QueryResult;
use crate::protocol::TextResult;
use crate::sql::{Kind, Show, word_is};

use super::session_context::SessionContext;
use super::walk::Job;

/// How a client's link is encrypted, in OpenSSL's words as the servers tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsLink {
    /// Such as `TLSv1.3`.
    pub version: String,
    /// Such as `TLS_AES_256_GCM_SHA384`.
    pub cipher: String,
}

impl Job<'_> {
    /// SHOW [SESSION] VARIABLES or STATUS.
    pub(super) fn tells_of_session(&self) -> bool {
        let is = |index: usize, word: &str| word_is(self.text, self.lexed, index, word);
        matches!(self.statement.kind, Kind::Show(Show::Server))
            && !is(1, "GLOBAL")
            && (1..3).any(|index| is(index, "VARIABLES") || is(index, "STATUS"))
    }
}

/// A server's answer with the session's own values in their rows.
pub(super) fn own(result: QueryResult, session: &SessionContext) -> TextResult {
    let QueryResult {
        columns, mut rows, ..
    } = result;
    for row in &mut rows {
        let [Some(name), value] = row.as_mut_slice() else {
            continue;
        };
        if let Some(own) = value_of(&name.to_ascii_lowercase(), session) {
            *value = Some(own.into_bytes());
        }
    }
    TextResult { columns, rows }
}

fn value_of(name: &[u8], session: &SessionContext) -> Option<String> {
    let errors = || {
        session
            .diagnostics
            .iter()
            .filter(|row| row.level == "Error")
    };
    match name {
        b"wait_timeout" => session.timeouts.wait.map(|seconds| seconds.to_string()),
        b"interactive_timeout" => session
            .timeouts
            .interactive
            .map(|seconds| seconds.to_string()),
        b"last_insert_id" | b"identity" => Some(session.last_insert_id.to_string()),
        b"pseudo_thread_id" => Some(session.id.to_string()),
        b"warning_count" => Some(session.diagnostics.len().to_string()),
        b"error_count" => Some(errors().count().to_string()),
        // a driver that learns a socket would go round the proxy
        b"socket" => Some(String::new()),
        b"com_stmt_prepare" => Some(session.statements.counts().prepared.to_string()),
        b"com_stmt_execute" => Some(session.statements.counts().executed.to_string()),
        b"com_stmt_close" => Some(session.statements.counts().closed.to_string()),
        b"ssl_cipher" => Some(tls(session, |link| &link.cipher)),
        b"ssl_version" => Some(tls(session, |link| &link.version)),
        b"ssl_cipher_list" if session.tls.is_none() => Some(String::new()),
        b"ssl_default_timeout"
        | b"ssl_sessions_reused"
        | b"ssl_verify_depth"
        | b"ssl_verify_mode"
            if session.tls.is_none() =>
        {
            Some("0".to_owned())
        }
        _ => None,
    }
}

fn tls(session: &SessionContext, told: impl Fn(&TlsLink) -> &String) -> String {
    session
        .tls
        .as_ref()
        .map(|link| told(link).clone())
        .unwrap_or_default()
}
