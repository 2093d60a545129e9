//! Latencies of a run, each as it was.

use std::time::Duration;

/// Microseconds, one entry a job.
#[derive(Debug, Default)]
pub struct Latencies {
    micros: Vec<u32>,
    is_sorted: bool,
}

impl Latencies {
    pub fn add(&mut self, latency: Duration) {
        self.micros
            .push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
        self.is_sorted = false;
    }

    /// Takes another one's to its own.
    pub fn join(&mut self, mut other: Latencies) {
        self.micros.append(&mut other.micros);
        self.is_sorted = false;
    }

    /// Milliseconds within which so many per cent of the jobs were done.
    pub fn percentile(&mut self, percent: usize) -> f64 {
        if !self.is_sorted {
            self.micros.sort_unstable();
            self.is_sorted = true;
        }
        let rank = (self.micros.len() * percent).div_ceil(100);
        let micros = self.micros.get(rank.saturating_sub(1));
        micros.map_or(f64::NAN, |&micros| f64::from(micros) / 1000.0)
    }
}
