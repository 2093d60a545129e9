//! GET_LOCK pins a connection until its last lock is given back; the server is asked, not the text.

use crate::backend::ConnError;
use crate::execute::{Held, Pins};
use crate::sql::{TokenKind, punct_is, text_value, word_is};

use super::session_context::SessionContext;
use super::walk::Job;

/// Notes the locks that a statement may have taken, and gives the pin up where none is left.
pub(super) async fn learn(
    job: &Job<'_>,
    held: &mut Held,
    session: &SessionContext,
) -> Result<(), ConnError> {
    if !job.statement.facts.uses_user_locks {
        return Ok(());
    }
    if job.statement.facts.takes_user_lock {
        held.pins.insert(Pins::USER_LOCKS);
        match names(job, session) {
            Some(names) => held.user_locks.extend(names),
            // whatever it is called, it is held until the session ends
            None => held.pins.insert(Pins::UNKNOWN_STATE),
        }
    }
    if held.user_locks.is_empty() {
        return Ok(());
    }
    held.user_locks.sort_unstable();
    held.user_locks.dedup();
    let items: Vec<String> = held
        .user_locks
        .iter()
        .map(|name| format!("COALESCE(IS_USED_LOCK({name})=CONNECTION_ID(),0)"))
        .collect();
    let asked = held
        .guard
        .query(&format!("SELECT {} LIMIT 1", items.join("+")))
        .await?;
    if asked.text(0, 0) == Some("0") {
        held.user_locks.clear();
        held.pins.remove(Pins::USER_LOCKS);
    }
    Ok(())
}

/// The names of all GET_LOCK calls as literals; `None` if one is not written as a string.
fn names(job: &Job<'_>, session: &SessionContext) -> Option<Vec<String>> {
    let is_call = |index: &usize| {
        word_is(job.text, job.lexed, *index, "GET_LOCK") && punct_is(job.lexed, index + 1, b'(')
    };
    let calls = (0..job.lexed.tokens.len()).filter(is_call);
    let name = |index: usize| {
        let is_literal = job.lexed.kind(index + 2) == Some(TokenKind::Text)
            && punct_is(job.lexed, index + 3, b',');
        is_literal.then(|| {
            let value = text_value(job.lexed.bytes(job.text, index + 2), session.mode);
            let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("_{} x'{hex}'", session.charset.name())
        })
    };
    calls.map(name).collect()
}
