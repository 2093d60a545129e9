//! What clients saw while they were measured.

use std::error::Error;
use std::time::Duration;

use super::latencies::Latencies;
use super::meter::Cost;
use super::settings::Load;
use crate::round::Measured;

/// One failed job in so many is borne: a deadlock of two transactions, say.
const BORNE: u64 = 1000;

/// Of one client, or of all.
#[derive(Debug, Default)]
pub struct Tally {
    pub done: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    pub latencies: Latencies,
    pub longest: Duration,
}

impl Tally {
    pub fn fail(&mut self, text: String) {
        self.errors += 1;
        self.first_error.get_or_insert(text);
    }

    /// Takes another client's to its own.
    pub fn join(&mut self, other: Tally) {
        self.done += other.done;
        self.errors += other.errors;
        self.longest = self.longest.max(other.longest);
        self.latencies.join(other.latencies);
        if self.first_error.is_none() {
            self.first_error = other.first_error;
        }
    }

    /// Fails if too many jobs did.
    pub fn bear_errors(&self, load: &Load<'_>) -> Result<(), Box<dyn Error>> {
        match &self.first_error {
            Some(error) if self.errors * BORNE > self.done + BORNE => Err(format!(
                "{} of {}: {} jobs of {} failed, the first one: {error}",
                load.kind.name(),
                load.target.name,
                self.errors,
                self.done + self.errors
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// With how many jobs each client did.
    pub fn measured(mut self, served: &[u32], cost: Cost, open_seconds: f64) -> Measured {
        Measured {
            jobs: self.done,
            p50_ms: self.latencies.percentile(50),
            p99_ms: self.latencies.percentile(99),
            longest_ms: self.longest.as_secs_f64() * 1000.0,
            cost,
            errors: self.errors,
            first_error: self.first_error,
            least: served.iter().copied().min().unwrap_or(0),
            most: served.iter().copied().max().unwrap_or(0),
            open_seconds,
        }
    }
}
