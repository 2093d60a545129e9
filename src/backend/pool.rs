//! The pool of one data source: bounded connections, a bounded line of those who wait.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Semaphore;

use super::bell::Bell;
use super::circuit::Circuit;
use super::conn::Conn;
use super::connector::Connector;
use super::endpoint::Endpoint;
use super::error::{AcquireError, ConnError};
use super::guard::Guard;
use super::idle::Idle;
use super::kill::MAX_KILLS;
use super::options::{PoolKey, PoolOptions};
use super::queue::Queue;
use super::slot::{Grant, Slot};
use super::status::{Counts, PoolStatus};
use super::ticket::Ticket;
use crate::model::SessionState;

/// Connections to one data source.
///
/// Everything that must be consistent lies in one ledger behind a lock that is never held over an
/// await. While somebody waits, a connection given back goes straight to the first in line.
pub struct Pool {
    pub(super) connector: Connector,
    options: PoolOptions,
    ledger: Mutex<Ledger>,
    pub(super) is_circuit_open: AtomicBool,
    pub(super) generation: AtomicU64,
    pub(super) kills: Semaphore,
    /// How often what was under way has been cut off, and the connections that are told.
    pub(super) cuts: (AtomicU64, Mutex<Vec<Weak<Bell>>>),
    pub(super) counts: Counts,
}

/// Who has what.
pub(super) struct Ledger {
    pub(super) idle: Idle<Box<Conn>>,
    /// Connections resting, lent or being made.
    pub(super) open: usize,
    pub(super) queue: Queue<Grant>,
    pub(super) circuit: Circuit,
    /// Why the last connect failed, since the last one that did not.
    pub(super) last_failure: Option<Arc<ConnError>>,
    pub(super) last_key: PoolKey,
    pub(super) is_closed: bool,
}

/// What a request asks for.
#[derive(Clone, Copy)]
struct Wish {
    key: PoolKey,
    /// Hash of the session state that it should carry.
    state: u64,
    /// What it serves changes nothing.
    is_for_read: bool,
}

impl Wish {
    fn new(key: PoolKey, state: u64, is_for_read: bool) -> Self {
        Self {
            key,
            state,
            is_for_read,
        }
    }
}

/// How a request begins.
pub(super) enum Turn {
    Granted(Grant),
    Waits(Ticket),
}

impl Turn {
    pub(super) async fn granted(self, pool: &Pool) -> Result<Grant, AcquireError> {
        match self {
            Self::Granted(grant) => Ok(grant),
            Self::Waits(ticket) => ticket.wait(pool).await,
        }
    }
}

impl Pool {
    /// A pool without connections yet; see [`Pool::maintain`].
    #[must_use]
    pub fn new(endpoint: Arc<Endpoint>, options: PoolOptions) -> Arc<Self> {
        Arc::new(Self {
            connector: Connector::new(endpoint),
            options,
            ledger: Mutex::new(Ledger {
                idle: Idle::new(),
                open: 0,
                queue: Queue::new(),
                circuit: Circuit::new(),
                last_failure: None,
                last_key: PoolKey::default(),
                is_closed: false,
            }),
            is_circuit_open: AtomicBool::new(false),
            generation: AtomicU64::new(0),
            kills: Semaphore::new(MAX_KILLS),
            cuts: (AtomicU64::new(0), Mutex::default()),
            counts: Counts::default(),
        })
    }

    /// Where the connections go.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        self.connector.endpoint()
    }

    /// Sizes and times.
    #[must_use]
    pub fn options(&self) -> PoolOptions {
        self.options
    }

    /// Lends a connection: a resting one whose state's hash is `preferred_state`, else the most
    /// recently used, else a new one; else waits in line.
    ///
    /// # Errors
    /// [`AcquireError`]; none of them has reached a server with a statement.
    ///
    /// # Cancel safety
    /// Dropped, it leaves the line or hands on what it was given.
    pub async fn acquire(
        self: &Arc<Self>,
        key: PoolKey,
        preferred_state: u64,
    ) -> Result<Guard, AcquireError> {
        self.lend(Wish::new(key, preferred_state, false)).await
    }

    /// As [`Pool::acquire`], for what changes nothing and may be asked again: of a connection that was used a moment ago
    /// the kernel is not asked whether its server has closed it since.
    ///
    /// # Errors
    /// As [`Pool::acquire`].
    ///
    /// # Cancel safety
    /// As [`Pool::acquire`].
    pub async fn acquire_for_read(
        self: &Arc<Self>,
        key: PoolKey,
        preferred_state: u64,
    ) -> Result<Guard, AcquireError> {
        self.lend(Wish::new(key, preferred_state, true)).await
    }

    /// As [`Pool::acquire`], or [`Pool::acquire_for_read`] where it `is_for_read`, if nothing has to be waited for, made or
    /// moved: by the connection that was used last, if it rests on this thread, is alive, and carries just `state`, user
    /// variables too if `with_user`.
    pub fn lend_at_once(
        self: &Arc<Self>,
        key: PoolKey,
        (state, with_user): (&SessionState, bool),
        is_for_read: bool,
    ) -> Option<Guard> {
        let mut conn = {
            let mut ledger = self.lock();
            if ledger.is_closed || !ledger.queue.is_empty() {
                return None;
            }
            let idle = &mut ledger.idle;
            let conn = idle.take_top(key, state.hash(), |conn| {
                conn.state.serves(state, with_user)
            })?;
            ledger.last_key = key;
            conn
        };
        let slot = Slot::counted(self);
        let is_quiet = if is_for_read {
            conn.is_still_quiet()
        } else {
            conn.is_quiet()
        };
        if !is_quiet {
            // the slot goes back by itself, behind its connection
            self.count_discarded();
            drop(conn);
            return None;
        }
        self.counts.acquired.fetch_add(1, Ordering::Relaxed);
        Some(Guard::new(slot, conn))
    }

    async fn lend(self: &Arc<Self>, wish: Wish) -> Result<Guard, AcquireError> {
        let Wish { key, state, .. } = wish;
        let grant = self.take_turn(key, state)?.granted(self).await?;
        let mut outcome = self.settle(grant, wish).await;
        let other = match &outcome {
            // the server has no room for more: be content with the connections there are
            Err(AcquireError::Connect(error)) if error.is_server_full() => {
                self.take_turn_among_others(key, state)
            }
            // one that rests on another thread may be left
            Err(AcquireError::Connect(_) | AcquireError::CircuitOpen { .. }) => {
                self.take_idle(key, state).map(Turn::Granted)
            }
            _ => None,
        };
        if let Some(turn) = other {
            outcome = self.settle(turn.granted(self).await?, wish).await;
        }
        self.counts
            .acquired
            .fetch_add(u64::from(outcome.is_ok()), Ordering::Relaxed);
        outcome
    }

    /// Turns a grant into a guard: with a resting connection that is still alive, or a new one.
    async fn settle(self: &Arc<Self>, grant: Grant, wish: Wish) -> Result<Guard, AcquireError> {
        let mut next = Some(grant);
        let slot = loop {
            let (slot, conn) = next.take().map(Grant::into_parts).unwrap_or_default();
            let Some(slot) = slot else {
                return Err(self.closed());
            };
            let Some(mut conn) = conn else {
                break slot;
            };
            let is_quiet = if wish.is_for_read {
                conn.is_still_quiet()
            } else {
                conn.is_quiet()
            };
            if is_quiet {
                if let Err(error) = conn.move_here() {
                    tracing::debug!(error = %error, "a connection is used from another thread than its own");
                }
                return Ok(Guard::new(slot, conn));
            }
            self.count_discarded();
            drop(conn);
            next = self
                .take_idle(wish.key, wish.state)
                .or_else(|| Some(Grant::new(slot, None)));
        };
        // seldom: those who wait in line have no room for a login
        let conn = Box::pin(self.connect(wish.key)).await?;
        Ok(Guard::new(slot, Box::new(conn)))
    }

    pub(super) fn take_turn(
        self: &Arc<Self>,
        key: PoolKey,
        preferred_state: u64,
    ) -> Result<Turn, AcquireError> {
        let mut ledger = self.lock();
        if ledger.is_closed {
            return Err(self.closed());
        }
        ledger.last_key = key;
        if ledger.queue.is_empty() {
            let may_open = ledger.open < self.options.max;
            // what rests on another thread is better than a new connection that may fail
            let can_open = may_open && ledger.last_failure.is_none();
            if let Some(conn) = ledger.idle.take(key, preferred_state, can_open) {
                return Ok(Turn::Granted(Grant::new(Slot::counted(self), Some(conn))));
            }
            if may_open {
                ledger.open += 1;
                return Ok(Turn::Granted(Grant::new(Slot::counted(self), None)));
            }
            if let Some(other) = ledger.idle.take_other(key) {
                drop(ledger);
                other.quit();
                return Ok(Turn::Granted(Grant::new(Slot::counted(self), None)));
            }
        }
        let waiting = ledger.queue.len();
        if waiting >= self.options.max_waiters {
            self.counts.queue_full.fetch_add(1, Ordering::Relaxed);
            return Err(AcquireError::QueueFull {
                source_name: self.source_name(),
                waiting,
            });
        }
        Ok(Turn::Waits(self.join(&mut ledger, key)))
    }

    fn join(self: &Arc<Self>, ledger: &mut Ledger, key: PoolKey) -> Ticket {
        let (place, receiver) = ledger.queue.join(key);
        Ticket::new(Arc::clone(self), place, receiver)
    }

    /// A turn that makes no new connection, if there is any other connection to hope for.
    fn take_turn_among_others(
        self: &Arc<Self>,
        key: PoolKey,
        preferred_state: u64,
    ) -> Option<Turn> {
        let mut ledger = self.lock();
        if let Some(conn) = ledger.idle.take(key, preferred_state, false) {
            return Some(Turn::Granted(Grant::new(Slot::counted(self), Some(conn))));
        }
        if let Some(other) = ledger.idle.take_other(key) {
            drop(ledger);
            other.quit();
            return Some(Turn::Granted(Grant::new(Slot::counted(self), None)));
        }
        let may_wait =
            ledger.open > 0 && !ledger.is_closed && ledger.queue.len() < self.options.max_waiters;
        may_wait.then(|| Turn::Waits(self.join(&mut ledger, key)))
    }

    fn take_idle(self: &Arc<Self>, key: PoolKey, preferred_state: u64) -> Option<Grant> {
        let conn = self.lock().idle.take(key, preferred_state, false)?;
        Some(Grant::new(Slot::counted(self), Some(conn)))
    }

    /// Makes every present connection stale: the resting ones are closed now, the lent ones when
    /// they come back.
    pub fn retire(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        let mut ledger = self.lock();
        let stale = ledger.idle.extract(|_| true);
        ledger.open = ledger.open.saturating_sub(stale.len());
        drop(ledger);
        stale.into_iter().for_each(|conn| conn.quit());
    }

    /// Serves nobody any more: those who wait get [`AcquireError::Closed`], resting connections are
    /// closed, lent ones when they come back.
    pub fn close(&self) {
        {
            let mut ledger = self.lock();
            ledger.is_closed = true;
            ledger.queue.clear();
        }
        self.retire();
    }

    /// Whether the data source is believed to be up (contract 8.5).
    #[must_use]
    pub fn is_available(&self) -> bool {
        !self.is_circuit_open.load(Ordering::Relaxed)
    }

    /// Counters and gauges at this moment.
    #[must_use]
    pub fn status(&self) -> PoolStatus {
        let ledger = self.lock();
        self.counts.status(
            ledger.open,
            ledger.idle.len(),
            ledger.queue.len(),
            self.is_available(),
        )
    }

    pub(super) fn count_discarded(&self) {
        self.counts.discarded.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Ledger> {
        // every change of the ledger is complete before anything could panic
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn source_name(&self) -> Arc<str> {
        Arc::clone(&self.endpoint().name)
    }

    pub(super) fn closed(&self) -> AcquireError {
        AcquireError::Closed {
            source_name: self.source_name(),
        }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("endpoint", self.endpoint())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
