//! What the kernel knows of one client session between statements.

use arc_swap::ArcSwap;
use std::sync::Arc;

use crate::backend::QueryResult;
use crate::execute::Transaction;
use crate::model::{Charset, Rights, SessionState};
use crate::protocol::{Capabilities, StatusFlags};
use crate::sql::SqlMode;

use super::context::Context;
use super::kill_switch::KillSwitch;
use super::last_write::LastWrite;
use super::named_statement::NamedStatements;
use super::result_charset::ResultCharset;
use super::session_row::TlsLink;
use super::session_statements::SessionStatements;

/// One row of SHOW WARNINGS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// `Note`, `Warning` or `Error`.
    pub level: String,
    /// Code.
    pub code: u16,
    /// Text, logical names only.
    pub message: Vec<u8>,
}

impl Diagnostic {
    /// The rows of a server's SHOW WARNINGS, which it has written in the session's character set.
    pub(super) fn rows(result: QueryResult, charset: ResultCharset) -> Vec<Self> {
        let rows = result.rows.into_iter().filter_map(|row| {
            let [level, code, message] = row.try_into().ok()?;
            let code = String::from_utf8(code?).ok()?.parse().ok()?;
            Some(Self {
                level: String::from_utf8(level?).ok()?,
                code,
                message: charset.decode(message?),
            })
        });
        rows.collect()
    }
}

/// Variables by which a server would end a session; here the proxy does. `None`: not set by the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// Seconds of `wait_timeout`.
    pub wait: Option<u64>,
    /// Seconds of `interactive_timeout`, which counts at login only.
    pub interactive: Option<u64>,
}

impl Timeouts {
    pub(super) fn set(&mut self, name: &str, seconds: Option<u64>) {
        if name == "wait_timeout" {
            self.wait = seconds;
        } else {
            self.interactive = seconds;
        }
    }
}

/// State of one session, owned by its task.
#[derive(Debug)]
pub struct SessionContext {
    /// Our connection id.
    pub id: u64,
    /// User name.
    pub user: Arc<str>,
    /// `user@host` as USER() tells it.
    pub user_at_host: Arc<str>,
    /// Rights of the account.
    pub rights: Rights,
    /// Current logical database.
    pub database: Option<Arc<str>>,
    /// The current schema is not a logical database but one of a server's own.
    pub(super) is_in_system_schema: bool,
    /// The client's link, if it is encrypted.
    pub tls: Option<TlsLink>,
    /// Negotiated capabilities; MULTI_STATEMENTS changes by COM_SET_OPTION.
    pub capabilities: Capabilities,
    /// Variables to be replayed.
    pub state: SessionState,
    /// Grammar bits of `sql_mode`.
    pub mode: SqlMode,
    /// `character_set_client`
    pub charset: Charset,
    /// The servers are MariaDB.
    pub(super) is_mariadb: bool,
    /// `character_set_results`
    pub results: ResultCharset,
    /// `autocommit`
    pub is_autocommit: bool,
    /// `SET TRANSACTION` for the next transaction, as a statement.
    pub next_transaction: Option<String>,
    /// How long it may be idle by its own wish.
    pub timeouts: Timeouts,
    /// `transaction_read_only` of the session.
    pub is_read_only: bool,
    /// Transaction and pins.
    pub transaction: Transaction,
    /// What LAST_INSERT_ID() answers.
    pub last_insert_id: u64,
    /// What ROW_COUNT() answers.
    pub row_count: i64,
    /// What FOUND_ROWS() answers.
    pub found_rows: u64,
    /// What SHOW WARNINGS answers.
    pub diagnostics: Vec<Diagnostic>,
    /// Last write to each data source, for read-your-writes.
    pub(super) last_writes: Vec<LastWrite>,
    /// A statement of the text that is being served has written.
    pub(super) has_written_in_text: bool,
    /// COMMIT RELEASE was said: the connection ends after the answer.
    pub is_released: bool,
    /// Pulled by KILL.
    pub switch: Arc<KillSwitch>,
    /// Statements of the binary protocol.
    pub(super) statements: SessionStatements,
    /// Statements prepared in text.
    pub(super) named: NamedStatements,
    /// The context of an open transaction or pin.
    pub(super) kept_context: Option<Arc<Context>>,
}

impl SessionContext {
    /// A session just logged in.
    #[must_use]
    pub fn new(
        id: u64,
        user: &Arc<str>,
        host: &str,
        rights: Rights,
        capabilities: Capabilities,
        switch: Arc<KillSwitch>,
    ) -> Self {
        Self {
            id,
            user: Arc::clone(user),
            user_at_host: format!("{user}@{host}").into(),
            rights,
            database: None,
            is_in_system_schema: false,
            tls: None,
            capabilities,
            state: SessionState::default(),
            mode: SqlMode {
                ignore_space: capabilities.contains(Capabilities::IGNORE_SPACE),
                ..SqlMode::default()
            },
            charset: Charset::default(),
            is_mariadb: false,
            results: ResultCharset::default(),
            is_autocommit: true,
            next_transaction: None,
            timeouts: Timeouts::default(),
            is_read_only: false,
            transaction: Transaction::default(),
            last_insert_id: 0,
            row_count: -1,
            found_rows: 0,
            diagnostics: Vec::new(),
            last_writes: Vec::new(),
            has_written_in_text: false,
            is_released: false,
            switch,
            statements: SessionStatements::default(),
            named: NamedStatements::default(),
            kept_context: None,
        }
    }

    /// The context for the next statement: the one that an open transaction or a pin keeps, else the newest.
    pub(super) fn context(&mut self, published: &ArcSwap<Context>) -> Arc<Context> {
        self.has_written_in_text = false;
        let context = self
            .kept_context
            .take()
            .unwrap_or_else(|| published.load_full());
        self.kept_context = Some(Arc::clone(&context));
        context
    }

    /// Where neither a transaction nor a pin nor a cursor keeps it, the next statement gets the newest one.
    pub(super) fn give_context_back(&mut self) {
        if self.transaction.is_idle() {
            self.kept_context = None;
        }
    }

    /// Gives back room that only earlier statements have needed: the client pauses.
    pub fn rest(&mut self) {
        self.diagnostics.shrink_to_fit();
        self.switch.rest();
    }

    /// Status flags for answers that no backend gave.
    #[must_use]
    pub fn status(&self) -> StatusFlags {
        let mut status = StatusFlags::default();
        if self.is_autocommit {
            status.insert(StatusFlags::AUTOCOMMIT);
        }
        if self.transaction.is_open() {
            status.insert(StatusFlags::IN_TRANS);
            if self
                .transaction
                .begun()
                .is_some_and(|begun| begun.is_read_only_by(self.is_read_only))
            {
                status.insert(StatusFlags::IN_TRANS_READONLY);
            }
        }
        if self.mode.ansi_quotes && self.is_mariadb {
            status.insert(StatusFlags::ANSI_QUOTES);
        }
        if self.mode.no_backslash_escapes {
            status.insert(StatusFlags::NO_BACKSLASH_ESCAPES);
        }
        status
    }
}
