//! Word that nobody will answer a statement any more: its server hangs, or another has taken its place.

use std::sync::Arc;

use super::bell::{Bell, Listening};
use super::error::ConnError;
use super::guard::Guard;
use super::pool::Pool;

/// What a statement under way listens to beside its answer.
#[derive(Debug)]
pub struct Cut {
    pool: Arc<Pool>,
    bell: Arc<Bell>,
    since: u64,
}

impl Cut {
    /// For a statement that is sent now on `guard`, a connection of `pool`.
    #[must_use]
    pub fn of(pool: &Arc<Pool>, guard: &Guard) -> Self {
        Self {
            pool: Arc::clone(pool),
            bell: Arc::clone(guard.bell()),
            since: guard.cuts(),
        }
    }

    /// Resolves when the statement is cut off.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn comes(&self) {
        self.bell.until(|| self.has_come()).await;
    }

    /// As [`Cut::comes`], for a future that waits for other things too.
    #[must_use]
    pub fn listening(&self) -> Listening<'_> {
        self.bell.listening()
    }

    /// The statement is cut off.
    #[must_use]
    pub fn has_come(&self) -> bool {
        self.pool.cuts() != self.since
    }

    /// The pool of the connection.
    #[must_use]
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// What is told of the statement then: it was sent, and what became of it is not known.
    #[must_use]
    pub fn lost(&self) -> ConnError {
        self.told(true)
    }

    /// What is told of a statement that is not sent, since the connection is out already ([`Guard::is_out`]).
    #[must_use]
    pub fn unsent(&self) -> ConnError {
        self.told(false)
    }

    fn told(&self, sent: bool) -> ConnError {
        ConnError::Lost {
            source_name: Arc::clone(&self.pool.endpoint().name),
            sent,
        }
    }
}
