//! What a statement does to the server: writes, locks, or needs the primary though it reads (contract 8.1).

use crate::sql::{Facts, Kind, Show};

use super::primary_read::PrimaryRead;

/// Whether it writes or locks.
#[must_use]
pub fn is_write(kind: &Kind, facts: &Facts) -> bool {
    match kind {
        Kind::Query(_) => facts.is_locking,
        Kind::Insert(_)
        | Kind::Update(_)
        | Kind::Delete(_)
        | Kind::Ddl(_)
        | Kind::LockTables
        | Kind::Call
        | Kind::LoadData { .. }
        | Kind::Xa
        | Kind::Administrative
        | Kind::NotUnderstood(_)
        | Kind::Unknown => true,
        Kind::Explain {
            inner, is_analyze, ..
        } => *is_analyze && is_write(inner, facts),
        _ => false,
    }
}

/// Whether only the primary may answer.
#[must_use]
pub fn needs_primary(kind: &Kind, facts: &Facts) -> bool {
    match kind {
        Kind::Query(_) => PrimaryRead::is_any(facts),
        Kind::Explain { inner, .. } => {
            !matches!(**inner, Kind::Query(_)) || PrimaryRead::is_any(facts)
        }
        Kind::Show(Show::Other) | Kind::Do | Kind::Handler | Kind::Set(_) => true,
        Kind::Show(_) | Kind::Describe | Kind::Use(_) | Kind::Empty => false,
        kind => is_write(kind, facts),
    }
}

/// Why the same text would write other values on another server; `None` if it would not (contract 4.7).
#[must_use]
pub fn difference_by_server(facts: &Facts) -> Option<&'static str> {
    let found = [
        (
            facts.reads_user_variable || facts.assigns_user_variable,
            "a user variable",
        ),
        (facts.mentions_last_insert_id, "LAST_INSERT_ID"),
        (facts.mentions_connection_id, "CONNECTION_ID"),
        (
            facts.calls_found_rows || facts.calls_row_count,
            "FOUND_ROWS or ROW_COUNT",
        ),
        (
            facts.uses_user_locks || facts.may_have_side_effects,
            "a function with effects of its own",
        ),
        (
            facts.differs_by_server,
            "a function such as UUID, RAND or SYSDATE",
        ),
    ];
    found
        .into_iter()
        .find_map(|(is_there, what)| is_there.then_some(what))
}
