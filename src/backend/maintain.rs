//! The background care of a pool: minimum, idle time, lifetime, recovery.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::options::PoolKey;
use super::pool::Pool;
use super::slot::{Grant, Slot};

const INTERVAL: Duration = Duration::from_secs(1);

impl Pool {
    /// Cares for the pool until `token` is canceled: once a second closes resting connections
    /// that ended, are unused or too old, opens the minimum, and tries a data source that is down.
    ///
    /// # Cancel safety
    /// May be dropped at any time.
    pub async fn maintain(self: Arc<Self>, token: CancellationToken) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let care = async {
            loop {
                ticks.tick().await;
                self.sweep();
                self.top_up().await;
            }
        };
        tokio::select! {
            biased;
            () = token.cancelled() => {}
            () = care => {}
        }
    }

    /// Closes resting connections whose time is over.
    pub(super) fn sweep(&self) {
        let now = Instant::now();
        let idle_timeout = Duration::from_millis(self.options().idle_timeout_ms);
        let mut ledger = self.lock();
        let mut spare = ledger.open.saturating_sub(self.options().min);
        let over = ledger.idle.extract(|resting| {
            let is_unused = spare > 0
                && !idle_timeout.is_zero()
                && now.saturating_duration_since(resting.since) >= idle_timeout;
            let is_over =
                is_unused || self.is_too_old(&resting.conn, now) || !resting.conn.is_quiet();
            if is_over {
                spare = spare.saturating_sub(1);
            }
            is_over
        });
        ledger.open = ledger.open.saturating_sub(over.len());
        drop(ledger);
        over.into_iter().for_each(|conn| conn.quit());
    }

    /// Opens connections while some are missing, up to the first failure.
    pub(super) async fn top_up(self: &Arc<Self>) {
        while let Some((slot, key)) = self.missing() {
            match self.connect(key).await {
                Ok(conn) => self.offer(Grant::new(slot, Some(Box::new(conn)))),
                Err(_) => return,
            }
        }
    }

    /// A slot to fill: below the minimum, for somebody who waits though there is room, or as the
    /// trial of an open circuit, without which a replica that nobody asks would stay out for ever.
    fn missing(self: &Arc<Self>) -> Option<(Slot, PoolKey)> {
        let mut ledger = self.lock();
        let has_room = !ledger.is_closed && ledger.open < self.options().max;
        let is_missing = ledger.open < self.options().min
            || ledger.circuit.is_open()
            || !ledger.queue.is_empty();
        if !(has_room && is_missing) {
            return None;
        }
        ledger.open += 1;
        Some((Slot::counted(self), ledger.last_key))
    }
}
