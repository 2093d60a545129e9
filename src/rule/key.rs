//! A column that the proxy fills, and where its values come from.

/// Where generated keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySpec {
    /// SNOWFLAKE
    Snowflake {
        /// `worker-id`, 0..=1023
        worker_id: u16,
        /// `max-vibration-offset`, 0..=4095
        max_vibration_offset: u16,
        /// `max-tolerate-time-difference-milliseconds`
        max_tolerate_ms: u64,
        /// Epoch in ms since 1970 UTC.
        epoch_ms: u64,
    },
    /// UUID, 32 hex digits
    Uuid(UuidVersion),
    /// NANOID, 21 characters
    NanoId,
}

/// How a UUID is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UuidVersion {
    /// Random, as ShardingSphere's.
    Random,
    /// Version 7: the time in front.
    Time,
}

/// A column that the proxy fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedKey {
    /// The column.
    pub column: String,
    /// The generator.
    pub generator: KeySpec,
}
