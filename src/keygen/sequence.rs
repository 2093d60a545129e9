//! The one word in which the last millisecond, its sequence and the next offset stand.

use std::sync::atomic::{AtomicU64, Ordering};

/// The state of a generator: `(ms - base + 1) << 24 | sequence << 12 | next offset`, 40 bits of
/// milliseconds since the process began, so that one compare-and-swap moves all three.
#[derive(Debug)]
pub(super) struct Sequence {
    base_ms: u64,
    word: AtomicU64,
}

/// The state taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// Milliseconds since 1970 of the last id; one before the base if there was none.
    pub(super) last_ms: u64,
    /// The last id's sequence.
    pub(super) sequence: u64,
    /// Where a new millisecond starts.
    pub(super) next_offset: u64,
}

impl Sequence {
    /// Begins at `now_ms`, which counts as not used yet.
    pub(super) fn new(now_ms: u64) -> Self {
        Self {
            base_ms: now_ms.max(1),
            word: AtomicU64::new(0),
        }
    }

    pub(super) fn load(&self) -> State {
        self.unpack(self.word.load(Ordering::Acquire))
    }

    /// Whether `ms` lies within 40 bits, 34 years, of the begin.
    pub(super) fn can_hold(&self, ms: u64) -> bool {
        self.pack(State {
            last_ms: ms,
            sequence: 0,
            next_offset: 0,
        })
        .is_some()
    }

    /// Moves from `old` to `new`; `false` if another thread was first, or `new` does not fit.
    pub(super) fn replace(&self, old: State, new: State) -> bool {
        let (Some(old), Some(new)) = (self.pack(old), self.pack(new)) else {
            return false;
        };
        self.word
            .compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn pack(&self, state: State) -> Option<u64> {
        let ms = state.last_ms.checked_add(1)?.checked_sub(self.base_ms)?;
        (ms < 1 << 40).then_some(ms << 24 | state.sequence << 12 | state.next_offset)
    }

    fn unpack(&self, word: u64) -> State {
        State {
            last_ms: (word >> 24) + self.base_ms - 1,
            sequence: word >> 12 & 0xFFF,
            next_offset: word & 0xFFF,
        }
    }
}
