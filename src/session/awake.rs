//! How many sessions hold the room of a statement.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// More of them do not keep it over the pause between two commands: what all of ten thousand have once held at a time
/// is memory that the allocator may never give back, and to hold it anew costs a part of a microsecond.
const MOST: usize = 640;

/// Counts the sessions that have served a command and wait for the next one with everything at hand.
#[derive(Clone, Debug, Default)]
pub struct Awake(Arc<AtomicUsize>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Counted<'a>(&'a AtomicUsize);

impl Awake {
    pub(super) fn enter(&self) -> Counted<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(&self.0)
    }

    /// Whoever has nothing to do right now is to rest at once.
    pub(super) fn is_crowded(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MOST
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_crowded_while_more_than_the_most_are_awake() {
        let awake = Awake::default();
        let other = awake.clone();
        let mut counted: Vec<_> = (0..MOST).map(|_| awake.enter()).collect();
        assert!(!awake.is_crowded());
        counted.push(other.enter());
        assert!(awake.is_crowded());
        counted.pop();
        assert!(!awake.is_crowded());
    }
}
