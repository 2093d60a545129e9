//! What an answered statement leaves of the ones before it: warnings, found rows (measured on MariaDB 10.11 and
//! MySQL 9.7).

use crate::sql::{Kind, ServerFamily, Show, word_of};

use super::session_context::SessionContext;
use super::walk::Job;

/// SHOW statements that the servers do not run as a query over a table.
const NO_QUERIES: [&str; 14] = [
    "BINARY",
    "BINLOG",
    "CREATE",
    "ENGINE",
    "EXPLAIN",
    "GRANTS",
    "MASTER",
    "PRIVILEGES",
    "PROCESSLIST",
    "PROFILE",
    "PROFILES",
    "RELAYLOG",
    "REPLICA",
    "SLAVE",
];

impl Job<'_> {
    /// A SHOW whose rows count as found.
    pub(super) fn is_listing(&self) -> bool {
        match &self.statement.kind {
            Kind::Describe => true,
            Kind::Show(Show::Warnings | Show::Errors | Show::ProcessList) => false,
            Kind::Show(_) => word_of(self.text, self.lexed, 1, &NO_QUERIES).is_none(),
            _ => false,
        }
    }

    /// MySQL forgets the warnings of the statement before with each one that does not ask for them, MariaDB only where
    /// a table is used.
    fn forgets_warnings(&self) -> bool {
        match &self.statement.kind {
            Kind::Show(Show::Warnings | Show::Errors) => false,
            _ if matches!(self.context.family, ServerFamily::MySql(_)) => true,
            Kind::Show(Show::OfTable) => true,
            _ => !self.statement.tables.is_empty() || self.may_leave_state() || self.is_listing(),
        }
    }
}

impl SessionContext {
    /// An answer without warnings of its own.
    pub(super) fn leave_warnings(&mut self, job: &Job<'_>) {
        if !self.diagnostics.is_empty() && job.forgets_warnings() {
            self.diagnostics.clear();
        }
    }
}
