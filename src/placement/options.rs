//! What is verified, and how gently.

use std::path::PathBuf;

/// What is verified, and how gently.
#[derive(Clone, Debug)]
pub struct VerifyOptions {
    /// Logical tables, compared without case; all sharded ones if empty.
    pub tables: Vec<String>,
    /// Rows read from all nodes together in a second; `None`: as fast as they come.
    pub rows_per_second: Option<u64>,
    /// File that tells how far it is: read at the start if it is there, written on the way.
    pub resume: Option<PathBuf>,
    /// Replicas are read where there are some.
    pub is_replica: bool,
    /// Misplaced rows of a table that are told one by one; all are counted.
    pub shown: usize,
    /// Rows of one page.
    pub page: usize,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            tables: Vec::new(),
            rows_per_second: None,
            resume: None,
            is_replica: false,
            shown: 100,
            page: 1000,
        }
    }
}
