//! The way back: to the first in line, to rest, or out.

use std::sync::Arc;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::conn::Conn;
use super::idle::Resting;
use super::pool::{Ledger, Pool};
use super::slot::Grant;

impl Pool {
    /// Passes a grant on: to the first in line, else to rest.
    pub(super) fn offer(self: &Arc<Self>, mut grant: Grant) {
        loop {
            let mut ledger = self.lock();
            let waiter = if ledger.is_closed {
                None
            } else {
                ledger.queue.pop(grant.home())
            };
            let Some(waiter) = waiter else {
                return self.rest(ledger, grant);
            };
            drop(ledger);
            if let Some(conn) = grant.conn.take_if(|conn| conn.key() != waiter.key) {
                conn.quit();
            }
            match waiter.sender.send(grant) {
                Ok(()) => return,
                Err(unwanted) => grant = unwanted,
            }
        }
    }

    /// Nobody waits: a connection rests, a bare slot is free again.
    fn rest(&self, mut ledger: MutexGuard<'_, Ledger>, grant: Grant) {
        let (slot, conn) = grant.into_parts();
        if let Some(slot) = slot {
            slot.forget();
        }
        match conn {
            Some(conn) if !ledger.is_closed => {
                let resting = Resting {
                    state: conn.state.hash(),
                    home: conn.home(),
                    since: conn.released(),
                    conn,
                };
                ledger.idle.push(resting.conn.key(), resting);
            }
            conn => {
                ledger.open = ledger.open.saturating_sub(1);
                drop(ledger);
                if let Some(conn) = conn {
                    conn.quit();
                }
            }
        }
    }

    /// Whether a clean connection whose loan has just ended may be pooled again: not stale, not too old.
    pub(super) fn wants_back(&self, conn: &Conn) -> bool {
        let origin = conn.origin();
        origin.generation == self.generation.load(Ordering::Relaxed)
            && !self.is_too_old(conn, conn.released())
    }

    /// Lifetimes end up to an eighth early, by connection, so that they do not all end at once.
    pub(super) fn is_too_old(&self, conn: &Conn, now: Instant) -> bool {
        let lifetime = self.options().max_lifetime_ms;
        let early = lifetime / 128 * (conn.thread_id() % 16);
        lifetime > 0
            && now.duration_since(conn.origin().created) >= Duration::from_millis(lifetime - early)
    }
}
