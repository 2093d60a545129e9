//! Statements that the proxy answers itself, or keeps as state of the session, whatever the rules say.

use crate::sql::{Kind, Show};

/// Whether no rule decides about a statement of this kind; a text of nothing but comments is one, an empty one is not.
#[must_use]
pub fn is_own(text: &[u8], kind: &Kind) -> bool {
    match kind {
        Kind::Empty => text
            .iter()
            .any(|byte| !byte.is_ascii_whitespace() && *byte != b';'),
        Kind::Show(
            Show::Databases | Show::Tables { .. } | Show::CreateDatabase(_) | Show::ProcessList,
        ) => true,
        other => other.concerns_session_alone(),
    }
}
