//! The circuit breaker in front of connects: three failures open it, one success closes it.

use std::time::{Duration, Instant};

const FAILURES_TO_OPEN: u32 = 3;
const FIRST_BACK_OFF: Duration = Duration::from_millis(500);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(5);

/// Whether new connections are tried; time is an argument.
#[derive(Debug)]
pub(super) enum Circuit {
    /// Connects are tried; holds the failures since the last success.
    Closed { failures: u32 },
    /// Connects are refused until `until`; then a single one is a trial (half-open).
    Open { until: Instant, back_off: Duration },
}

impl Circuit {
    pub(super) fn new() -> Self {
        Self::Closed { failures: 0 }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Whether a connect may be tried at `now`.
    ///
    /// While half-open the permission is a lease: the next trial is one back-off later, so a
    /// trial that is dropped without a result blocks nothing.
    pub(super) fn may_connect(&mut self, now: Instant) -> bool {
        match self {
            Self::Closed { .. } => true,
            Self::Open { until, .. } if now < *until => false,
            Self::Open { until, back_off } => {
                *until = now + *back_off;
                true
            }
        }
    }

    /// Opens it without a failed connect: the server hangs.
    pub(super) fn trip(&mut self, now: Instant) {
        if !self.is_open() {
            *self = Self::Open {
                until: now + FIRST_BACK_OFF,
                back_off: FIRST_BACK_OFF,
            };
        }
    }

    /// While it is open, the next trial may be made at once.
    pub(super) fn hope(&mut self, now: Instant) {
        if let Self::Open { until, back_off } = self {
            *until = now;
            *back_off = FIRST_BACK_OFF;
        }
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::new();
    }

    /// Notes a failed connect; true if this one opened the circuit.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        match self {
            Self::Closed { failures } => {
                *failures += 1;
                if *failures < FAILURES_TO_OPEN {
                    return false;
                }
                *self = Self::Open {
                    until: now + FIRST_BACK_OFF,
                    back_off: FIRST_BACK_OFF,
                };
                true
            }
            Self::Open { until, back_off } => {
                *back_off = (*back_off * 2).min(LONGEST_BACK_OFF);
                *until = now + *back_off;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_open_it() {
        // contract 8.5
        let now = Instant::now();
        let mut circuit = Circuit::new();
        assert!(!circuit.failed(now));
        assert!(!circuit.failed(now));
        circuit.succeeded();
        assert!(!circuit.failed(now));
        assert!(!circuit.failed(now));
        assert!(!circuit.is_open());
        assert!(circuit.failed(now));
        assert!(circuit.is_open());
        assert!(!circuit.may_connect(now));
    }

    #[test]
    fn half_open_lets_one_trial_through() {
        let mut now = Instant::now();
        let mut circuit = Circuit::new();
        for _ in 0..3 {
            circuit.failed(now);
        }
        now += FIRST_BACK_OFF;
        assert!(circuit.may_connect(now));
        assert!(!circuit.may_connect(now), "a second trial at the same time");
        circuit.succeeded();
        assert!(circuit.may_connect(now));
        assert!(!circuit.is_open());
    }

    #[test]
    fn the_back_off_doubles_up_to_its_bound() {
        let mut now = Instant::now();
        let mut circuit = Circuit::new();
        for _ in 0..20 {
            circuit.failed(now);
        }
        now += LONGEST_BACK_OFF;
        assert!(circuit.may_connect(now));
    }

    #[test]
    fn a_trial_without_a_result_does_not_block_the_next() {
        let mut now = Instant::now();
        let mut circuit = Circuit::new();
        for _ in 0..3 {
            circuit.failed(now);
        }
        now += FIRST_BACK_OFF;
        assert!(circuit.may_connect(now));
        now += FIRST_BACK_OFF;
        assert!(circuit.may_connect(now));
    }
}
