//! A place in line.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::error::AcquireError;
use super::pool::Pool;
use super::queue::Place;
use super::slot::Grant;

/// A request's place in a pool's line; dropped, it leaves the line.
pub(super) struct Ticket {
    pool: Arc<Pool>,
    place: Place,
    receiver: oneshot::Receiver<Grant>,
    is_served: bool,
}

impl Ticket {
    pub(super) fn new(pool: Arc<Pool>, place: Place, receiver: oneshot::Receiver<Grant>) -> Self {
        Self {
            pool,
            place,
            receiver,
            is_served: false,
        }
    }

    /// Waits for what the pool gives, up to its deadline.
    ///
    /// # Cancel safety
    /// A grant that arrives while the future is dropped goes on to the next in line.
    pub(super) async fn wait(mut self, pool: &Pool) -> Result<Grant, AcquireError> {
        let since = Instant::now();
        let timeout_ms = pool.options().wait_timeout_ms;
        let outcome =
            tokio::time::timeout(Duration::from_millis(timeout_ms), &mut self.receiver).await;
        pool.counts.note_wait(since.elapsed());
        match outcome {
            Ok(Ok(grant)) => {
                self.is_served = true;
                Ok(grant)
            }
            Ok(Err(_)) => Err(pool.closed()),
            Err(_) => {
                pool.counts.wait_timeouts.fetch_add(1, Ordering::Relaxed);
                Err(AcquireError::WaitTimeout {
                    source_name: pool.source_name(),
                    timeout_ms,
                })
            }
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.is_served {
            self.pool.lock().queue.leave(self.place);
        }
    }
}
