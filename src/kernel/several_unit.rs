//! One node's part of a write over several nodes: sent, its answer read, and stopped by KILL or at the deadline.

use std::time::Instant;

use crate::backend::{ConnError, Cut};
use crate::execute::{AnswerNames, Ending, Held, RelayError, Relayed, relay};

use super::capture::Capture;
use super::error::INTERRUPTED;
use super::kill_switch::KillSwitch;
use super::killable::{KILLED_PATIENCE, absorb, kill_statement, timed_out};
use super::single::send_text;
use super::walk::Job;

/// The connection cannot be used any more; its server rolls back what was not committed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    /// It broke.
    #[error(transparent)]
    Broken(#[from] ConnError),
    /// It broke while an answer was read.
    #[error("{0}")]
    Relay(RelayError),
    /// The server hangs, or another has taken its place.
    #[error("the server does not answer any more")]
    Cut,
    /// A killed statement was not answered in time.
    #[error("a killed statement did not end")]
    Silent,
}

/// Runs `sql` and reads its answer.
///
/// # Errors
/// [`Lost`]; what the server answers is no error here.
///
/// # Cancel safety
/// Not cancel safe: drop `held` with the future.
pub(super) async fn run_unit(
    job: &Job<'_>,
    held: &mut Held,
    sql: &[u8],
    switch: &KillSwitch,
    deadline: Option<Instant>,
) -> Result<Relayed, Lost> {
    let (thread, cut) = (held.guard.thread_id(), Cut::of(&held.pool, &held.guard));
    let mut is_late = false;
    let result = {
        let mut sink = Capture::new();
        let relaying = async {
            send_text(held, sql).await?;
            let (names, status) = (AnswerNames::default(), held.guard.status());
            let limits = job.context.result_limits;
            relay(&mut held.guard, &mut sink, names, status, limits).await
        };
        let mut relaying = std::pin::pin!(relaying);
        tokio::select! {
            biased;
            result = &mut relaying => return result.map_err(Lost::Relay),
            () = switch.query_killed() => {}
            () = cut.comes() => return Err(Lost::Cut),
            () = passed(deadline), if deadline.is_some() => is_late = true,
        }
        kill_statement(cut.pool(), thread).await;
        tokio::time::timeout(KILLED_PATIENCE, relaying).await
    };
    let mut relayed = match result {
        Ok(result) => result.map_err(Lost::Relay)?,
        Err(_) => return Err(Lost::Silent),
    };
    if is_late
        && let Ending::Err(err) = &mut relayed.ending
        && err.code == INTERRUPTED
    {
        *err = timed_out();
    }
    // a late KILL would hit the next statement on this connection (contract 3.3)
    held.guard.mark_dirty();
    absorb(&mut held.guard).await?;
    Ok(relayed)
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
