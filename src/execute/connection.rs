//! Finds the connection that a statement runs on and gives it the session's state.

use std::sync::Arc;
use std::time::Instant;

use crate::backend::{
    AcquireError, ConnError, Freshness, Guard, Members, NoWriter, Pool, PoolKey, Position,
};
use crate::model::SessionState;

use super::transaction::{Held, Place, Transaction};

/// What a statement needs of a connection.
#[derive(Clone, Debug)]
pub struct Need<'a> {
    /// Data source.
    pub place: &'a Place,
    /// Its members.
    pub members: &'a Members,
    /// Capability key.
    pub key: PoolKey,
    /// A replica may serve it, if it is fresh enough.
    pub replica: Option<ReplicaNeed>,
    /// It writes or locks: only where the group's writes go now.
    pub is_write: bool,
    /// It begins a transaction that may come to write.
    pub may_write: bool,
    /// A member that has just failed at it.
    pub avoided: Option<&'a Arc<Pool>>,
    /// The replica whose turn it was, if it was looked for before.
    pub chosen: Option<&'a Arc<Pool>>,
    /// Session variables to carry.
    pub state: &'a SessionState,
    /// User variables too.
    pub with_user: bool,
    /// `autocommit=0`: what runs here opens a transaction by itself.
    pub opens_transaction: bool,
    /// `SET TRANSACTION ...` for this one statement, which is a transaction of its own.
    pub characteristics: Option<&'a str>,
}

/// What a statement asks of a replica.
#[derive(Clone, Debug)]
pub struct ReplicaNeed {
    /// How fresh it must be.
    pub freshness: Freshness,
    /// Where that cannot be told: a replica that has these transactions will do, and is given so many ms to get them.
    pub writes: Option<(Arc<Position>, u64)>,
    /// The open transaction only reads, and does so on one replica from its first read on.
    pub in_transaction: bool,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The pool gave none.
    #[error(transparent)]
    Acquire(#[from] AcquireError),
    /// The group has no member to write to.
    #[error(transparent)]
    NoWriter(#[from] NoWriter),
    /// No replica is fresh enough, and the primary is not to serve reads.
    #[error("no replica of data source {group} is fresh enough")]
    NoReplica {
        /// The group.
        group: Arc<str>,
    },
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

/// As [`connection`], where nothing has to be waited for, sent or made: a connection that is held with its transaction
/// open, or a resting one, that carries the session's state.
///
/// # Errors
/// There is none at hand, and the transaction is as it was. The replica whose turn it was is to be asked again, by
/// [`Need::chosen`].
pub fn connection_at_once(
    transaction: &mut Transaction,
    need: &Need<'_>,
) -> Result<Held, Option<Arc<Pool>>> {
    if let Some(held) = transaction.at(need.place) {
        let is_ready =
            held.is_in_transaction && held.guard.state.serves(need.state, need.with_user);
        let taken = is_ready.then(|| transaction.take(need.place));
        return taken.flatten().ok_or(None);
    }
    let is_plain = !transaction.is_open() && !need.opens_transaction;
    if !is_plain || need.characteristics.is_some() {
        return Err(None);
    }
    let replica = need
        .replica
        .as_ref()
        .filter(|_| need.members.has_replicas());
    let pool = match replica {
        Some(replica) => need.members.reader(replica.freshness, need.avoided),
        None => need.members.writer().ok(),
    };
    let pool = pool.ok_or(None)?;
    let is_for_read = !need.is_write && !need.may_write;
    let state = (need.state, need.with_user);
    match pool.lend_at_once(need.key, state, is_for_read) {
        Some(guard) => Ok(Held::new(need.place, pool, guard)),
        None => Err(replica.map(|_| Arc::clone(pool))),
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
    let is_plain = !transaction.is_open() && !need.opens_transaction;
    let replica = need
        .replica
        .as_ref()
        .filter(|replica| is_plain || replica.in_transaction);
    if let Some(replica) = replica
        && need.members.has_replicas()
    {
        if let Some(held) = replica_for(need, replica).await? {
            return Ok(held);
        }
        let care = need.members.care();
        if care.refuses_stale {
            return Err(ExecuteError::NoReplica {
                group: Arc::clone(&care.group),
            });
        }
        need.members.note_primary_read();
    }
    primary_for(need).await
}

/// A replica that is fresh enough by what its probes have told, else one that says so when asked.
async fn replica_for(need: &Need<'_>, replica: &ReplicaNeed) -> Result<Option<Held>, ExecuteError> {
    let hash = need.state.hash();
    let mut chosen = need.chosen;
    for _ in need.members.pools() {
        let next = || need.members.reader(replica.freshness, need.avoided);
        let Some(pool) = chosen.take().or_else(next) else {
            break;
        };
        match pool.acquire_for_read(need.key, hash).await {
            Ok(guard) => return Ok(Some(Held::new(need.place, pool, guard))),
            Err(error) if error.is_busy() => return Err(error.into()),
            // the next one, and the primary in the end
            Err(error) => tracing::debug!(error = %error, "a replica is left out"),
        }
    }
    let Some((position, wait_ms)) = replica.writes.as_ref().filter(|(_, wait)| *wait > 0) else {
        return Ok(None);
    };
    let Some(pool) = need.members.reader(Freshness::Any, need.avoided) else {
        return Ok(None);
    };
    let Ok(mut guard) = pool.acquire(need.key, hash).await else {
        return Ok(None);
    };
    match guard.query(&position.wait_statement(*wait_ms)).await {
        // 0 = it has them; 1 and -1 = not in time
        Ok(answer) if answer.text(0, 0) == Some("0") => {
            Ok(Some(Held::new(need.place, pool, guard)))
        }
        Ok(_) => {
            guard.release();
            Ok(None)
        }
        Err(error) => {
            tracing::debug!(error = %error, "a replica could not be asked for a session's writes");
            Ok(None)
        }
    }
}

/// Members that a statement not yet sent is tried on, where each is lost in turn.
const MOST_TRIES: usize = 3;

/// The primary; where it is missing, the statement waits for the next one: nothing of it was sent (contract 8.4).
async fn primary_for(need: &Need<'_>) -> Result<Held, ExecuteError> {
    let members = need.members;
    let mut pool = match members.writer() {
        Ok(pool) => pool,
        Err(NoWriter::Missing { .. }) if need.is_write || need.may_write => {
            match members.writer_after(Instant::now()).await {
                Ok(pool) => pool,
                Err(error) if need.is_write => return Err(error.into()),
                Err(_) => members.primary(),
            }
        }
        Err(error) if need.is_write => return Err(error.into()),
        Err(_) => members.primary(),
    };
    let mut tries = 1;
    loop {
        let asked = Instant::now();
        let error = match ready_while_primary(need, pool).await {
            Ok(guard) => return Ok(Held::new(need.place, pool, guard)),
            Err(error) if tries == MOST_TRIES || !error.is_of_a_lost_server() => return Err(error),
            Err(error) => error,
        };
        tries += 1;
        pool = match members.writer_after(asked).await {
            Ok(pool) => pool,
            Err(no_writer @ NoWriter::TwoWriters { .. }) if need.is_write => {
                return Err(no_writer.into());
            }
            // what it failed of says more
            Err(_) => return Err(error),
        };
    }
}

/// A server that hangs is not waited for any longer once another member has taken its place.
async fn ready_while_primary(need: &Need<'_>, pool: &Arc<Pool>) -> Result<Guard, ExecuteError> {
    let deposed = async {
        if need.members.has_replicas() {
            need.members.deposed(pool).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        outcome = ready_for(need, pool) => outcome,
        () = deposed => Err(ExecuteError::Acquire(AcquireError::CircuitOpen {
            source_name: Arc::clone(&pool.endpoint().name),
            last: None,
        })),
    }
}

impl ExecuteError {
    /// The server is gone or hangs, rather than busy or not to be had by this account.
    fn is_of_a_lost_server(&self) -> bool {
        match self {
            Self::Acquire(error) => {
                !error.is_busy()
                    && !error.is_misconfigured()
                    && !matches!(error, AcquireError::Closed { .. })
            }
            Self::Replay(error) => error.is_fatal(),
            Self::NoWriter(_) | Self::NoReplica { .. } | Self::TransactionLost(_) => false,
        }
    }
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
    let guard = pool.acquire(key, state.hash()).await?;
    if let Some(guard) = replayed(guard, state, with_user).await? {
        return Ok(guard);
    }
    let mut guard = pool.acquire(key, state.hash()).await?;
    replay(&mut guard, state, with_user).await?;
    Ok(guard)
}

/// As [`ready`], for what a statement needs.
async fn ready_for(need: &Need<'_>, pool: &Arc<Pool>) -> Result<Guard, ExecuteError> {
    if need.is_write || need.may_write || need.opens_transaction {
        return ready(pool, need.key, need.state, need.with_user).await;
    }
    let guard = pool.acquire_for_read(need.key, need.state.hash()).await?;
    match replayed(guard, need.state, need.with_user).await? {
        Some(guard) => Ok(guard),
        None => ready(pool, need.key, need.state, need.with_user).await,
    }
}

/// The connection with `state`; `None` if it did not come back from another session's, or has died in the pool.
async fn replayed(
    mut guard: Guard,
    state: &SessionState,
    with_user: bool,
) -> Result<Option<Guard>, ExecuteError> {
    let carries_others = guard.state != SessionState::default();
    match replay(&mut guard, state, with_user).await {
        Ok(()) => Ok(Some(guard)),
        Err(error) if carries_others || error.is_fatal() => {
            tracing::debug!(error = %error, "a connection does not take a session's state");
            guard.close();
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
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
