//! The seam through which statements ask for the proxy's own tables.

use std::fmt::Debug;

use crate::protocol::TextResult;

/// Tables that rooms above the kernel know: sessions, pools, members. Implemented above, wired by the server.
pub trait StatusTables: Debug + Send + Sync {
    /// A status table by its lower-case name; `None` if there is none.
    fn table(&self, name: &str) -> Option<TextResult>;
}
