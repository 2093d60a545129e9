//! What has happened to a group since the start, in numbers.

use std::sync::atomic::AtomicU64;

/// What has happened to a group since the start.
#[derive(Debug, Default)]
pub struct GroupCounts {
    /// Another member became the primary.
    pub primary_changes: AtomicU64,
    /// Two writers were found.
    pub quarrels: AtomicU64,
    /// Probes that failed.
    pub failed_probes: AtomicU64,
    /// Statements that waited for a primary.
    pub waited: AtomicU64,
    /// Of these, those that waited in vain, or for which there was no room.
    pub gave_up: AtomicU64,
    /// Reads that the primary served for want of a fresh replica.
    pub primary_reads: AtomicU64,
    /// Statements sent again to another member.
    pub repeated: AtomicU64,
}
