//! Waiting that KILL ends: for a connection, for a small statement's answer, and for one that is relayed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{ConnError, Cut, Guard, KillTarget, Pool, QueryResult};
use crate::execute::{Ending, Held, Progress, RelayError, Relayed};
use crate::protocol::ErrPacket;

use super::error::{Failure, INTERRUPTED};
use super::kill_switch::KillSwitch;

/// How long a killed statement's answer is waited for; after that its connection is closed.
pub(super) const KILLED_PATIENCE: Duration = Duration::from_secs(5);
/// How often a late KILL's error is swallowed; it can come once.
const ABSORBED: usize = 2;

/// Runs what may be dropped at any moment; KILL drops it. `wait` is moved: large futures are pinned before.
pub(super) async fn waiting<T, E: Into<Failure>>(
    switch: &KillSwitch,
    wait: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        result = wait => result.map_err(Into::into),
        () = switch.query_killed() => Err(Failure::interrupted()),
    }
}

/// Runs a statement and reads its whole answer; KILL reaches it on its server.
///
/// # Errors
/// As `Conn::query`; 1317 if it was killed. The connection is closed and not pooled
/// after a KILL.
pub(super) async fn ask(
    switch: &KillSwitch,
    pool: &Arc<Pool>,
    guard: &mut Guard,
    sql: &[u8],
) -> Result<QueryResult, ConnError> {
    let thread = guard.thread_id();
    let result = {
        let mut asking = std::pin::pin!(guard.query_bytes(sql));
        tokio::select! {
            biased;
            result = &mut asking => return result,
            () = switch.query_killed() => {}
        }
        kill_statement(pool, thread).await;
        tokio::time::timeout(KILLED_PATIENCE, asking).await
    };
    guard.mark_dirty();
    match result {
        Ok(result) => {
            Box::pin(absorb(guard)).await?;
            result
        }
        Err(_) => Err(silent(guard)),
    }
}

fn silent(guard: &Guard) -> ConnError {
    ConnError::Lost {
        source_name: Arc::clone(guard.source_name()),
        sent: true,
    }
}

/// KILL QUERY of what runs on a connection that is held here.
pub(super) async fn kill_statement(pool: &Arc<Pool>, thread: u64) {
    // a connection of its own is made for it
    if let Err(error) = Box::pin(pool.kill_connection(thread, KillTarget::Query)).await {
        tracing::warn!(thread, error = %error, "KILL QUERY did not reach the backend");
    }
}

/// A KILL that came when the statement was through hits the connection's next one: that is one of ours, and not the
/// next of a transaction (measured: in 8 % of tries).
///
/// # Errors
/// The connection is lost.
pub(super) async fn absorb(guard: &mut Guard) -> Result<(), ConnError> {
    for _ in 0..ABSORBED {
        match tokio::time::timeout(KILLED_PATIENCE, guard.query("DO 0")).await {
            Ok(Err(ConnError::Server {
                code: INTERRUPTED, ..
            })) => {}
            Ok(Err(error)) if error.is_fatal() => return Err(error),
            Ok(_) => return Ok(()),
            Err(_) => return Err(silent(guard)),
        }
    }
    Ok(())
}

/// Stops the statement that runs on a connection. The relay goes on: the server answers it with 1317.
pub(super) async fn killed(
    switch: &KillSwitch,
    cut: &Cut,
    thread: u64,
    relaying: impl Future<Output = Result<Relayed, RelayError>>,
) -> Result<Relayed, RelayError> {
    kill_statement(cut.pool(), thread).await;
    if switch.is_killed() {
        // a client that does not read must not hold up its own end
        return Err(RelayError::Client(io::Error::other(
            "the connection was killed",
        )));
    }
    let patience = tokio::time::timeout(KILLED_PATIENCE, relaying).await;
    patience.unwrap_or(Err(RelayError::Silent))
}

/// What has come of a statement that was [`killed`], perhaps for being `is_late`. A late KILL would hit the next
/// statement on its connection (contract 3.3).
pub(super) async fn absorbed(
    held: &mut Held,
    mut result: Result<Relayed, RelayError>,
    is_late: bool,
) -> Result<Relayed, RelayError> {
    if let Ok(Relayed {
        ending: Ending::Err(err),
        ..
    }) = &mut result
        && is_late
        && err.code == INTERRUPTED
    {
        *err = timed_out();
    }
    held.guard.mark_dirty();
    if result.is_ok() {
        let absorbed = Box::pin(absorb(&mut held.guard)).await;
        absorbed.map_err(|source| RelayError::Backend {
            source,
            progress: Progress::Rows,
        })?;
    }
    result
}

/// What a statement is answered that ran for too long.
pub(super) fn timed_out() -> ErrPacket {
    ErrPacket::new(
        3024,
        "HY000",
        "Query execution was interrupted, maximum statement execution time exceeded",
    )
}
