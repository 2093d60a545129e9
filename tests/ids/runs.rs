//! Runs of consecutive ids as the processes have written them down.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of one entry: first id, count, reason of a refusal.
pub const ENTRY: usize = 16;

/// Where one drawer of a worker writes its ids down.
pub fn file(folder: &Path, worker: u16, drawer: u16) -> PathBuf {
    folder.join(format!("ids-{worker}-{drawer}"))
}

/// One entry, written by one call so that a kill leaves it whole or out.
pub fn entry(first: u64, count: u32) -> [u8; ENTRY] {
    let mut bytes = [0; ENTRY];
    bytes[..8].copy_from_slice(&first.to_le_bytes());
    bytes[8..12].copy_from_slice(&count.to_le_bytes());
    bytes
}

/// The ids of one worker: each drawer's runs in the order in which they were drawn.
pub struct Runs {
    drawers: Vec<Vec<(u64, u64)>>,
}

impl Runs {
    pub fn read(folder: &Path, worker: u16) -> Runs {
        let drawers = (0..2).map(|drawer| {
            let bytes = fs::read(file(folder, worker, drawer)).unwrap_or_default();
            assert_eq!(bytes.len() % ENTRY, 0);
            let entries = bytes.chunks_exact(ENTRY).map(|entry| {
                let first = u64::from_le_bytes(entry[..8].try_into().unwrap());
                let count = u32::from_le_bytes(entry[8..12].try_into().unwrap());
                (first, u64::from(count))
            });
            entries.collect()
        });
        Runs {
            drawers: drawers.collect(),
        }
    }

    /// Every id carries the worker, and each drawer saw them grow, over all its processes.
    pub fn assert_worker(&self, worker: u16) {
        for runs in &self.drawers {
            assert!(!runs.is_empty());
            let mut last = 0;
            for (first, count) in runs {
                assert!(*first > last, "{first} after {last}");
                last = first + count - 1;
                for id in [*first, last] {
                    assert_eq!(id >> 12 & 0x3FF, u64::from(worker), "{id}");
                }
                assert_eq!(first >> 22, last >> 22, "a run lies in one millisecond");
            }
        }
    }

    pub fn into_runs(self) -> impl Iterator<Item = (u64, u64)> {
        self.drawers.into_iter().flatten()
    }
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = || self.drawers.iter().flatten();
        let ids: u64 = runs().map(|(_, count)| count).sum();
        write!(f, "{ids} ids in {} runs", runs().count())
    }
}

/// How many ids there are, if none is there twice.
pub fn count_disjoint(mut runs: Vec<(u64, u64)>) -> u64 {
    runs.sort_unstable();
    for pair in runs.windows(2) {
        let [(first, count), (next, _)] = pair else {
            continue;
        };
        assert!(first + count <= *next, "{next} was made twice");
    }
    runs.iter().map(|(_, count)| count).sum()
}
