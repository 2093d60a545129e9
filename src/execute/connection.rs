//! Finds the connection that a statement runs on and gives it the session's state.

use std::sync::Arc;

use crate::backend::{AcquireError, ConnError, Guard, Members, Pool, PoolKey};
use crate::model::SessionState;

use super::transaction::{Held, Place, Transaction};

/// What a statement needs of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    /// Data source.
    pub place: &'a Place,
    /// Its members.
    pub members: &'a Members,
    /// Capability key.
    pub key: PoolKey,
    /// A replica may serve it.
    pub may_use_replica: bool,
    /// Session variables to carry.
    pub state: &'a SessionState,
    /// User variables too.
    pub with_user: bool,
    /// `autocommit=0`: what runs here opens a transaction by itself.
    pub opens_transaction: bool,
    /// `SET TRANSACTION ...` for this one statement, which is a transaction of its own.
    pub characteristics: Option<&'a str>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The pool gave none.
    #[error(transparent)]
    Acquire(#[from] AcquireError),
    /// The session's state could not be replayed, or the transaction not be opened.
    #[error(transparent)]
    Replay(#[from] ConnError),
    /// As [`ExecuteError::Replay`], on a connection that the transaction was open on: it is rolled back.
    #[error("{0}")]
    TransactionLost(#[source] ConnError),
}

/// The connection for a statement: the one held for its data source, else one of the pool, with the session's
/// state replayed and, in a transaction, the transaction opened (contract 7.1).
///
/// # Errors
/// See [`ExecuteError`]. A connection that was held and then failed is closed.
///
/// # Cancel safety
/// A dropped future closes the connection that it had taken.
pub async fn connection(
    transaction: &mut Transaction,
    need: &Need<'_>,
) -> Result<Held, ExecuteError> {
    let mut held = match transaction.take(need.place) {
        Some(held) => held,
        None => acquire(transaction, need).await?,
    };
    match prepare(transaction, &mut held, need).await {
        Ok(()) => Ok(held),
        Err(error) => {
            let was_in_transaction = held.is_in_transaction;
            transaction.lose(held);
            if !was_in_transaction {
                return Err(error.into());
            }
            transaction.roll_back().await;
            Err(ExecuteError::TransactionLost(error))
        }
    }
}

async fn prepare(
    transaction: &Transaction,
    held: &mut Held,
    need: &Need<'_>,
) -> Result<(), ConnError> {
    replay(&mut held.guard, need.state, need.with_user).await?;
    if held.is_in_transaction {
        return Ok(());
    }
    if let Some(begun) = transaction.begun() {
        if let Some(characteristics) = &begun.characteristics {
            held.guard.query(characteristics).await?;
        }
        held.guard.query(&begun.statement()).await?;
        savepoints(transaction, held).await
    } else if let Some(characteristics) = need.characteristics {
        // whether the statement uses them up is not known
        held.guard.mark_dirty();
        held.guard.query(characteristics).await.map(drop)
    } else if need.opens_transaction && !transaction.savepoints().is_empty() {
        savepoints(transaction, held).await
    } else {
        Ok(())
    }
}

/// A connection that joins a transaction later has its savepoints too.
async fn savepoints(transaction: &Transaction, held: &mut Held) -> Result<(), ConnError> {
    for name in transaction.savepoints() {
        held.guard
            .query(&format!("SAVEPOINT `{}`", name.replace('`', "``")))
            .await?;
    }
    held.is_in_transaction = true;
    Ok(())
}

async fn acquire(transaction: &Transaction, need: &Need<'_>) -> Result<Held, ExecuteError> {
    let hash = need.state.hash();
    let may_use_replica = need.may_use_replica && !transaction.is_open() && !need.opens_transaction;
    if may_use_replica {
        for _ in need.members.replicas() {
            let pool = need.members.reader();
            match pool.acquire(need.key, hash).await {
                Ok(guard) => return Ok(Held::new(need.place, pool, guard)),
                Err(error) if error.is_busy() => return Err(error.into()),
                // the next one, and the primary in the end
                Err(error) => tracing::debug!(error = %error, "a replica is left out"),
            }
        }
    }
    let pool = need.members.primary();
    let guard = ready(pool, need.key, need.state, need.with_user).await?;
    Ok(Held::new(need.place, pool, guard))
}

/// A pooled connection that carries `state`. One that does not come back from another session's state, or that has
/// died in the pool, is closed and another one tried.
///
/// # Errors
/// [`ExecuteError::Acquire`], or [`ExecuteError::Replay`] where the state itself is not taken.
///
/// # Cancel safety
/// A dropped future closes the connection that it had taken.
pub async fn ready(
    pool: &Arc<Pool>,
    key: PoolKey,
    state: &SessionState,
    with_user: bool,
) -> Result<Guard, ExecuteError> {
    let mut guard = pool.acquire(key, state.hash()).await?;
    let carries_others = guard.state != SessionState::default();
    match replay(&mut guard, state, with_user).await {
        Ok(()) => return Ok(guard),
        Err(error) if carries_others || error.is_fatal() => {
            tracing::debug!(error = %error, "a connection does not take a session's state");
        }
        Err(error) => return Err(error.into()),
    }
    guard.close();
    let mut guard = pool.acquire(key, state.hash()).await?;
    replay(&mut guard, state, with_user).await?;
    Ok(guard)
}

/// Brings a connection to the session's state; awaited, since a statement must not run under another's
/// (contract 3.1 a).
///
/// # Errors
/// The server refused a value or is gone; the connection must be closed.
pub async fn replay(
    guard: &mut Guard,
    wanted: &SessionState,
    with_user: bool,
) -> Result<(), ConnError> {
    if guard.state.hash() == wanted.hash() && !with_user {
        return Ok(());
    }
    let Some(statement) = guard.state.replay_to(wanted, with_user) else {
        return Ok(());
    };
    guard.query(&statement).await?;
    guard.state.adopt(wanted, with_user);
    Ok(())
}
