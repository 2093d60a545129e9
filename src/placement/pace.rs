//! No more rows in a second than allowed.

use std::time::{Duration, Instant};

/// Counts rows against the time since the start.
#[derive(Debug)]
pub(super) struct Pace {
    rows_per_second: Option<u64>,
    started: Instant,
    rows: u64,
}

impl Pace {
    pub(super) fn new(rows_per_second: Option<u64>) -> Self {
        Self {
            rows_per_second: rows_per_second.filter(|rows| *rows > 0),
            started: Instant::now(),
            rows: 0,
        }
    }

    /// How many rows a page may have, so that no second sees many times its share.
    pub(super) fn page(&self, most: usize) -> usize {
        let share = self
            .rows_per_second
            .and_then(|rows| usize::try_from(rows).ok());
        share.map_or(most, |share| share.clamp(1, most))
    }

    /// Waits until `rows` more are due.
    ///
    /// # Cancel safety
    /// The rows are counted, the wait is cut short.
    pub(super) async fn spend(&mut self, rows: u64) {
        self.rows = self.rows.saturating_add(rows);
        let wait = self.due().saturating_sub(self.started.elapsed());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    fn due(&self) -> Duration {
        match self.rows_per_second {
            Some(allowed) => {
                let micros = u128::from(self.rows) * 1_000_000 / u128::from(allowed);
                Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
            }
            None => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_due_at_their_pace() {
        let mut pace = Pace::new(Some(200));
        assert_eq!(pace.page(1000), 200);
        pace.rows = 500;
        assert_eq!(pace.due(), Duration::from_millis(2500));
        let free = Pace::new(None);
        assert_eq!((free.page(1000), free.due()), (1000, Duration::ZERO));
    }
}
