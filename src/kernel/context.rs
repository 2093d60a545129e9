//! One published configuration with its pools, schemas and key generators.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::backend::Members;
use crate::execute::ResultLimits;
use crate::model::{Schema, SourceId};
use crate::rule::Database;
use crate::sql::{ServerFamily, SqlMode};

use super::keys::TableKeys;

/// One logical database at run time.
#[derive(Debug)]
pub struct LogicalDatabase {
    /// Name as clients say it.
    pub name: Arc<str>,
    /// Rules.
    pub rules: Arc<Database>,
    /// Members of each data source; `SourceId` indexes this.
    pub members: Vec<Arc<Members>>,
    /// Columns of the logical tables, replaced when metadata is read again.
    pub schema: ArcSwap<Schema>,
    /// Key generators by table.
    pub keys: TableKeys,
    /// Physical and logical schema name of each data source, for answers; `SourceId` indexes this.
    pub schema_names: Vec<Vec<(String, String)>>,
    /// One write to broadcast tables at a time, so that all copies see them in the same order.
    pub broadcast_turn: tokio::sync::Mutex<()>,
    /// One reading of metadata at a time.
    pub metadata_turn: tokio::sync::Mutex<()>,
}

impl LogicalDatabase {
    /// The members of a data source.
    #[must_use]
    pub fn members(&self, source: SourceId) -> Option<&Arc<Members>> {
        self.members.get(source.index())
    }

    /// Physical and logical schema name of a data source.
    #[must_use]
    pub fn schema_names(&self, source: SourceId) -> &[(String, String)] {
        self.schema_names
            .get(source.index())
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

/// Bounds of prepared statements (contract 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreparedLimits {
    /// Statements of one session.
    pub statements: usize,
    /// Bytes of texts and values that those of all sessions hold.
    pub bytes: usize,
}

/// Everything a statement is served with. Immutable: a statement or a transaction takes one and keeps it,
/// so no statement sees half a reload.
#[derive(Debug)]
pub struct Context {
    /// Counts up with each reload.
    pub generation: u64,
    /// Logical databases by lower-case name.
    pub databases: BTreeMap<String, Arc<LogicalDatabase>>,
    /// Name of the database that serves statements without one (first in the configuration).
    pub fallback: Arc<LogicalDatabase>,
    /// Family and version of the servers, for reading executable comments.
    pub family: ServerFamily,
    /// Version text of the greeting.
    pub server_version: Arc<str>,
    /// Names of all logical databases.
    pub names: Vec<String>,
    /// Grammar bits that a new session has on the servers.
    pub default_mode: SqlMode,
    /// `sql_mode` that a new session has on the servers.
    pub default_sql_mode: String,
    /// Log every statement with its actual SQL's digest (`sql-show`).
    pub shows_sql: bool,
    /// Hints are honored for users that may give them.
    pub allows_hints: bool,
    /// A logical database has digest lists.
    pub has_firewall: bool,
    /// LOAD DATA LOCAL is served, for clients to whom it was offered.
    pub takes_files: bool,
    /// Longest run of a statement; DDL is exempt.
    pub statement_timeout: Option<Duration>,
    /// Largest result set.
    pub result_limits: ResultLimits,
    /// Prepared statements.
    pub prepared_limits: PreparedLimits,
    /// Client connections of one user.
    pub max_connections_per_user: Option<usize>,
}

impl Context {
    /// The servers are MariaDB.
    #[must_use]
    pub fn is_mariadb(&self) -> bool {
        matches!(self.family, ServerFamily::MariaDb(_))
    }

    /// The logical database that a session is in. Where there is one, nearly every session shares its name.
    #[must_use]
    pub fn current(&self, name: &Arc<str>) -> Option<&Arc<LogicalDatabase>> {
        if Arc::ptr_eq(name, &self.fallback.name) {
            return Some(&self.fallback);
        }
        self.database(name)
    }

    /// The logical database called `name`, without case.
    #[must_use]
    pub fn database(&self, name: &str) -> Option<&Arc<LogicalDatabase>> {
        match self.databases.get(name) {
            Some(database) => Some(database),
            None => self.databases.get(&name.to_lowercase()),
        }
    }
}
