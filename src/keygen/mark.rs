//! A worker's high-water mark: ids never pass what is reserved for them on the disk (contract 9.2).

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::mark_fault::MarkFault;
use super::mark_file::MarkFile;
use super::settings::WorkerId;

/// How far ahead of need the disk is told, in ms (contract 9.2).
const AHEAD_MS: u64 = 1000;
/// It is told again when no more than this is left, in ms: a slow disk has so long before anybody waits.
const LEFT_MS: u64 = 600;
/// Without an id for so long nothing is reserved ahead: the next id waits for the disk once.
const IDLE_MS: u64 = 60_000;

/// The mark of one worker, shared by all its generators.
#[derive(Debug)]
pub(super) struct Mark {
    worker: WorkerId,
    /// Ids of earlier runs may reach up to here.
    start_ms: AtomicU64,
    /// No id is of a later millisecond.
    reserved_ms: AtomicU64,
    /// The latest millisecond that somebody waits for.
    wanted_ms: AtomicU64,
    writes: AtomicU64,
    failures: AtomicU64,
    /// Held while the disk is written: never by those who want ids.
    disk: Mutex<Disk>,
    fault: Mutex<Option<MarkFault>>,
    wake: Arc<Notify>,
}

#[derive(Debug)]
enum Disk {
    /// Nothing is kept.
    None,
    /// To be opened.
    Closed(PathBuf),
    Open(MarkFile),
}

impl Mark {
    /// A mark that is kept nowhere, and holds nobody up.
    pub(super) fn in_memory(worker: WorkerId) -> Self {
        let mark = Self::new(worker, Disk::None, Arc::default());
        mark.reserved_ms.store(u64::MAX, Ordering::Relaxed);
        mark
    }

    /// The mark of the file in `folder`, opened if it can be; `wake` is told when somebody waits.
    pub(super) fn open(folder: PathBuf, worker: WorkerId, wake: Arc<Notify>) -> Self {
        let mark = Self::new(worker, Disk::Closed(folder), wake);
        mark.tend(0, 0);
        mark
    }

    fn new(worker: WorkerId, disk: Disk, wake: Arc<Notify>) -> Self {
        Self {
            worker,
            start_ms: AtomicU64::new(0),
            reserved_ms: AtomicU64::new(0),
            wanted_ms: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            disk: Mutex::new(disk),
            fault: Mutex::new(None),
            wake,
        }
    }

    /// Ids of earlier runs may reach up to here, in ms since 1970.
    pub(super) fn start_ms(&self) -> u64 {
        self.start_ms.load(Ordering::Acquire)
    }

    pub(super) fn reserved_ms(&self) -> u64 {
        self.reserved_ms.load(Ordering::Acquire)
    }

    pub(super) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    pub(super) fn fault(&self) -> Option<MarkFault> {
        self.locked_fault().clone()
    }

    /// Somebody waits for an id of this millisecond.
    pub(super) fn want(&self, ms: u64) {
        self.wanted_ms.fetch_max(ms, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// Whether the disk has to be told, or opened; `used_ms` is the latest millisecond of an id of this run.
    /// A mark that could not be kept is due where `retries` says so.
    pub(super) fn is_due(&self, now_ms: u64, used_ms: u64, retries: bool) -> bool {
        let has_fault = self.locked_fault().is_some();
        if has_fault {
            retries
        } else {
            self.is_short(now_ms, used_ms)
        }
    }

    /// Opens the file if it is not open, and reserves ahead of need. Waits for the disk.
    pub(super) fn tend(&self, now_ms: u64, used_ms: u64) {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let done = self.tended(&mut disk, now_ms, used_ms);
        let mut fault = self.locked_fault();
        if let Err(new) = done {
            self.failures.fetch_add(1, Ordering::Relaxed);
            if fault.as_ref() != Some(&new) {
                tracing::error!(worker = %self.worker, fault = %new, "the high-water mark of generated keys cannot be kept");
            }
            *fault = Some(new);
        } else if fault.take().is_some() {
            tracing::info!(worker = %self.worker, "the high-water mark of generated keys is kept again");
        }
    }

    fn tended(&self, disk: &mut Disk, now_ms: u64, used_ms: u64) -> Result<(), MarkFault> {
        if let Disk::Closed(folder) = disk {
            let (file, mark_ms) = MarkFile::open(folder, self.worker)?;
            self.start_ms.fetch_max(mark_ms, Ordering::AcqRel);
            self.reserved_ms.fetch_max(mark_ms, Ordering::AcqRel);
            // mends a copy that was not whole, and shows whether the disk takes it, before any id depends on it
            file.write(mark_ms)?;
            *disk = Disk::Open(file);
        }
        let Disk::Open(file) = disk else {
            return Ok(());
        };
        let reserved_ms = self.reserved_ms();
        let is_short = self.is_short(now_ms, used_ms);
        if !is_short && self.locked_fault().is_none() {
            return Ok(());
        }
        let next_ms = if is_short {
            reserved_ms.max(self.need_ms(now_ms, used_ms).saturating_add(AHEAD_MS))
        } else {
            reserved_ms
        };
        file.write(next_ms)?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.reserved_ms.fetch_max(next_ms, Ordering::AcqRel);
        Ok(())
    }

    /// Somebody waits, or ids are being made and what is reserved runs out.
    fn is_short(&self, now_ms: u64, used_ms: u64) -> bool {
        let reserved_ms = self.reserved_ms();
        let is_in_use = used_ms > 0 && used_ms.saturating_add(IDLE_MS) >= now_ms;
        self.wanted_ms.load(Ordering::Relaxed) > reserved_ms
            || is_in_use && now_ms.max(used_ms).saturating_add(LEFT_MS) > reserved_ms
    }

    /// Takes the reservation back to what was used, so that the next run need not wait. No id may be drawn after it.
    pub(super) fn rest(&self, used_ms: u64) {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let Disk::Open(file) = &*disk else { return };
        let mark_ms = used_ms.max(self.start_ms()).min(self.reserved_ms());
        self.reserved_ms.store(mark_ms, Ordering::Release);
        if let Err(fault) = file.write(mark_ms) {
            tracing::warn!(worker = %self.worker, %fault, "the high-water mark stays ahead");
        }
    }

    fn need_ms(&self, now_ms: u64, used_ms: u64) -> u64 {
        now_ms
            .max(used_ms)
            .max(self.wanted_ms.load(Ordering::Relaxed))
    }

    fn locked_fault(&self) -> MutexGuard<'_, Option<MarkFault>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file stays where it is, and cannot be written from now on.
    #[cfg(test)]
    pub(super) fn make_read_only(&self) {
        if let Disk::Open(file) = &mut *self.disk.lock().unwrap() {
            file.make_read_only();
        }
    }
}
