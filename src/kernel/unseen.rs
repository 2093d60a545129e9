//! What procedures, functions and triggers did to the session without a word in the statement's text (contract 3.1 b).

use crate::backend::{ConnError, Family, Version};
use crate::execute::{Held, Pins};
use crate::protocol::SessionChange;
use crate::sql::Kind;

use super::literal;
use super::routed::Routed;
use super::session_context::SessionContext;
use super::walk::Job;

/// Reported with every write on MariaDB, and no variable that can be set.
const REPORTED_ONLY: &str = "last_gtid";
/// Each moves another one, which is not reported.
const CHARSETS: [&str; 4] = [
    "character_set_client",
    "character_set_connection",
    "character_set_results",
    "collation_connection",
];

/// A variable that a session carries; GTIDs are told with every write.
pub(super) fn is_variable(change: &SessionChange) -> bool {
    matches!(change, SessionChange::SystemVariable { name, .. } if name != REPORTED_ONLY)
}

impl Job<'_> {
    /// A procedure or a function runs, or what could not be classified: its text does not tell what it does.
    pub(super) fn may_act_unseen(&self) -> bool {
        let may_call = matches!(
            self.statement.kind,
            Kind::Query(_) | Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_) | Kind::Do
        );
        self.may_leave_state() || (may_call && self.statement.facts.calls_unknown)
    }

    /// It writes a table whose triggers may do anything.
    pub(super) fn writes_under_triggers(&self, routed: &Routed) -> bool {
        let schema = routed.database.schema.load();
        let has_triggers = |name: &str| schema.table(name).is_some_and(|table| table.has_triggers);
        routed.route.is_write
            && self
                .statement
                .tables
                .iter()
                .any(|table| has_triggers(&table.name))
    }
}

/// Takes over what the statement changed behind our back: variables by their values, the rest pins the connection.
/// `changes` are what the server has reported, and grow by what it reports on asking.
pub(super) async fn learn_unseen(
    job: &Job<'_>,
    held: &mut Held,
    changes: &mut Vec<SessionChange>,
    session: &mut SessionContext,
) -> Result<(), ConnError> {
    if job.may_act_unseen() {
        ask(held, changes, session).await?;
    }
    adopt(job, held, changes, session).await
}

/// What no server reports: the last insert id, MariaDB's `sql_mode = ''`, and locks.
async fn ask(
    held: &mut Held,
    changes: &mut Vec<SessionChange>,
    session: &mut SessionContext,
) -> Result<(), ConnError> {
    // a pinned connection is closed with its session: it may keep its locks
    let is_pinned = held.pins.contains(Pins::UNKNOWN_STATE)
        || changes.contains(&SessionChange::StateChange(true));
    let may_hold_lock = !is_pinned && !held.pins.contains(Pins::USER_LOCKS);
    let can_release = knows_release_all_locks(held.guard.family());
    let locks = match (may_hold_lock, can_release) {
        (true, true) => "RELEASE_ALL_LOCKS()",
        _ => "0",
    };
    let asked = held
        .guard
        .query(&format!(
            "SELECT LAST_INSERT_ID(),@@session.sql_mode,{locks} LIMIT 1"
        ))
        .await?;
    if let Some(id) = asked.text(0, 0).and_then(|text| text.parse().ok()) {
        session.last_insert_id = id;
        held.guard.insert_id = Some(id);
    }
    let mode = literal::of_variable(Some(asked.text(0, 1).unwrap_or_default().as_bytes()));
    let known = held.guard.state.get("sql_mode");
    if known.is_some_and(|known| known != mode) || (known.is_none() && mode == "''") {
        // MariaDB is silent about an empty one
        changes.push(SessionChange::SystemVariable {
            name: "sql_mode".to_owned(),
            value: Vec::new(),
        });
    }
    if may_hold_lock && !can_release {
        held.guard.mark_dirty();
    }
    if asked.text(0, 2).is_some_and(|count| count != "0") {
        tracing::warn!(
            session = session.id,
            "a lock that a procedure or a function left behind is given back: call GET_LOCK in a statement of its own"
        );
    }
    Ok(())
}

/// RELEASE_ALL_LOCKS() came with MySQL 5.7.5 and MariaDB 10.5.2.
fn knows_release_all_locks(family: Family) -> bool {
    match family {
        Family::MySql(version) => version >= Version::new(5, 7, 5),
        Family::MariaDb(version) => version >= Version::new(10, 5, 2),
    }
}

async fn adopt(
    job: &Job<'_>,
    held: &mut Held,
    changes: &[SessionChange],
    session: &mut SessionContext,
) -> Result<(), ConnError> {
    let mut names: Vec<&str> = Vec::new();
    for change in changes {
        match change {
            SessionChange::SystemVariable { name, .. } if is_variable(change) => {
                let moved = if CHARSETS.contains(&name.as_str()) {
                    &CHARSETS[..]
                } else {
                    &[]
                };
                names.push(name);
                names.extend(moved);
            }
            // what comes with a temporary table is pinned for that
            SessionChange::StateChange(true) if !matches!(job.statement.kind, Kind::Ddl(_)) => {
                held.pins.insert(Pins::UNKNOWN_STATE);
            }
            _ => {}
        }
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(());
    }
    let items: Vec<String> = names
        .iter()
        .map(|name| format!("@@session.`{name}`"))
        .collect();
    let read = held
        .guard
        .query(&format!("SELECT {} LIMIT 1", items.join(",")))
        .await?;
    for (name, value) in names.iter().zip(read.rows.first().into_iter().flatten()) {
        let literal = literal::of_variable(value.as_deref());
        session.state.set(name, &literal);
        held.guard.state.set(name, &literal);
    }
    Ok(())
}
