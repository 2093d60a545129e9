//! Statements that the proxy answers itself, or keeps as state of the session, whatever the rules say.

use crate::sql::{Kind, Show};

/// Whether no rule decides about a statement of this kind; a text of nothing but comments is one, an empty one is not.
#[must_use]
pub fn is_own(text: &[u8], kind: &Kind) -> bool {
    match kind {
        Kind::Empty => text
            .iter()
            .any(|byte| !byte.is_ascii_whitespace() && *byte != b';'),
        Kind::Use(_)
        | Kind::Begin { .. }
        | Kind::Commit { .. }
        | Kind::Rollback { .. }
        | Kind::Savepoint(_)
        | Kind::RollbackTo(_)
        | Kind::ReleaseSavepoint(_)
        | Kind::Kill { .. }
        | Kind::Prepare
        | Kind::Execute
        | Kind::Deallocate
        | Kind::Proxy(_)
        | Kind::Show(
            Show::Databases
            | Show::Tables { .. }
            | Show::CreateDatabase(_)
            | Show::Warnings
            | Show::Errors
            | Show::ProcessList,
        ) => true,
        _ => false,
    }
}
