//! Why no key can be generated.

/// Why no key can be generated; `kernel` turns each into its code (contract 5.3, 9.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// 10440: the clock stands behind the last id by more than the tolerance.
    #[error(
        "clock moved back: the last id is of {last_ms} ms, the clock says {now_ms} ms, tolerated are {tolerated_ms} ms; \
         generated keys are refused until the clock is past the mark: check time synchronization, or give the keys yourself"
    )]
    ClockMovedBack {
        /// Milliseconds since 1970 of the last id.
        last_ms: u64,
        /// What the clock says.
        now_ms: u64,
        /// What would have been waited out.
        tolerated_ms: u64,
    },
    /// 10440: the mark of the last run, or an id that a table holds, is ahead of the clock.
    #[error(
        "the mark of the last run stands at {mark_ms} ms, the clock says {now_ms} ms: generated keys are refused until the \
         clock is past the mark: check the clock, or give the keys yourself"
    )]
    MarkAhead {
        /// Milliseconds since 1970 up to which ids may exist.
        mark_ms: u64,
        /// What the clock says.
        now_ms: u64,
    },
    /// 10440: the high-water mark cannot be kept.
    #[error(
        "the high-water mark of worker {worker} cannot be kept, so generated keys are refused: the proxy's log and /readyz \
         say why; meanwhile give the keys yourself"
    )]
    NoMark {
        /// The worker.
        worker: super::WorkerId,
    },
    /// 10440: ids of the table are ahead of ours, so its generator had another epoch or clock.
    #[error(
        "the table holds an id of {found_ms} ms, {ahead_ms} ms ahead of the clock: set epoch-time-zone or epoch-millis to what \
         made its ids, for a JVM in Shanghai epoch-time-zone: Asia/Shanghai, or correct the clock"
    )]
    IdsAhead {
        /// Milliseconds since 1970 that the id means with our epoch.
        found_ms: u64,
        /// How far ahead.
        ahead_ms: u64,
    },
    /// 10440: the clock stands before the epoch or beyond 41 bits of it.
    #[error(
        "the clock says {now_ms} ms, outside the 69 years from the epoch {epoch_ms} ms: correct the clock or epoch-millis"
    )]
    OutsideEpoch {
        /// What the clock says.
        now_ms: u64,
        /// The epoch.
        epoch_ms: u64,
    },
    /// A statement wants more consecutive ids than a millisecond has.
    #[error("{rows} rows want generated keys in one statement, at most {most} can be consecutive: split the INSERT", most = super::MAX_RUN)]
    TooManyRows {
        /// How many it wants.
        rows: usize,
    },
    /// The sequence of this millisecond stayed used up however often we waited.
    #[error("no key within {waited_ms} ms: too many generated keys at once, try again")]
    Busy {
        /// How long it waited.
        waited_ms: u64,
    },
    /// The operating system gave no random numbers.
    #[error("no random numbers for a UUID: check the operating system's random source")]
    NoRandom,
}
