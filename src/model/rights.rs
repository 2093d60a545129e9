//! What an account may do.

/// Rights of an account, each declared alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent rights, each declared alone"
)]
pub struct Rights {
    /// Routing hints are honored.
    pub may_hint: bool,
    /// CREATE, ALTER and index DDL.
    pub may_ddl: bool,
    /// DROP and TRUNCATE too.
    pub may_drop: bool,
    /// Only reads.
    pub is_read_only: bool,
    /// KILL of other users' sessions, status tables.
    pub is_admin: bool,
    /// Logical databases it may use; `None` = all.
    pub databases: Option<Vec<String>>,
}

impl Rights {
    /// Whether the account may use the logical database `name` (without case).
    #[must_use]
    pub fn may_use(&self, name: &str) -> bool {
        self.databases
            .as_ref()
            .is_none_or(|names| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    }
}
