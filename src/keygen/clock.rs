//! The clock that ids are made from.

use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time; scripted in tests.
pub trait Clock {
    /// Milliseconds since 1970 UTC.
    fn now_ms(&self) -> u64;
}

/// The operating system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        // before 1970 counts as 1970: far behind every mark, so the fuse opens
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now_ms(&self) -> u64 {
        (**self).now_ms()
    }
}
