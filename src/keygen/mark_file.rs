//! The file that keeps a worker's high-water mark over restarts, crashes and power cuts.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::mark_fault::MarkFault;
use super::settings::WorkerId;

const MAGIC: [u8; 4] = *b"SGKM";
const VERSION: u16 = 1;
/// Magic, version, worker, mark, checksum of these; all little-endian.
const RECORD: usize = 24;
/// The second copy stands in another page: a write that is torn by a power cut spares it.
const COPIES: [u64; 2] = [0, 4096];

/// An open and locked file with two copies of the mark, each forced to the disk before the other is touched.
///
/// A mark counts only when both copies are on the disk. So a crash in between leaves at least one whole copy, and each
/// whole copy is at least the last mark that counted.
#[derive(Debug)]
pub(super) struct MarkFile {
    file: File,
    path: PathBuf,
    worker: WorkerId,
}

impl MarkFile {
    /// The file of a worker below `folder`.
    pub(super) fn path(folder: &Path, worker: WorkerId) -> PathBuf {
        folder.join(format!("keygen-{worker}.mark"))
    }

    /// Opens, makes if it is missing, and locks; with the mark that it holds, 0 for a new one.
    pub(super) fn open(folder: &Path, worker: WorkerId) -> Result<(Self, u64), MarkFault> {
        let path = Self::path(folder, worker);
        let unusable = |error: io::Error| MarkFault::Unusable {
            path: path.clone(),
            reason: error.to_string(),
        };
        fs::create_dir_all(folder).map_err(unusable)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o640)
            .open(&path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(MarkFault::InUse { path }),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let opened = Self {
            file,
            path: path.clone(),
            worker,
        };
        let mark = opened.read()?;
        if mark.is_none() {
            // nothing was ever promised: no mark counts before both copies are on the disk
            opened.write(0)?;
            sync_folder(folder).map_err(unusable)?;
        }
        Ok((opened, mark.unwrap_or_default()))
    }

    /// Forces a mark to the disk.
    pub(super) fn write(&self, mark_ms: u64) -> Result<(), MarkFault> {
        let written = self.check_place().and_then(|()| {
            let record = encode(self.worker, mark_ms);
            COPIES.iter().try_for_each(|at| {
                self.file.write_all_at(&record, *at)?;
                self.file.sync_data()
            })
        });
        written.map_err(|error| MarkFault::NotWritten {
            path: self.path.clone(),
            reason: error.to_string(),
        })
    }

    /// What was written to a file without a name would be lost with the process.
    fn check_place(&self) -> io::Result<()> {
        let gone = || io::Error::other("it was removed or replaced while in use");
        let named = fs::metadata(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => gone(),
            _ => error,
        })?;
        let held = self.file.metadata()?;
        if (named.dev(), named.ino()) == (held.dev(), held.ino()) {
            Ok(())
        } else {
            Err(gone())
        }
    }

    /// The mark; `None` for an empty file.
    fn read(&self) -> Result<Option<u64>, MarkFault> {
        let (mut greatest, mut fault) = (None, None);
        let damaged = |what| MarkFault::Damaged {
            path: self.path.clone(),
            what,
        };
        for at in COPIES {
            match self.copy(at) {
                Ok(copy) => match self.decode(&copy) {
                    Ok(mark) => greatest = greatest.max(Some(mark)),
                    // a later version may keep its mark in another way
                    Err(newer @ MarkFault::Newer { .. }) => return Err(newer),
                    Err(other) => fault = Some(other),
                },
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    fault = fault.or(Some(damaged("it is cut off")));
                }
                Err(error) => {
                    return Err(MarkFault::Unusable {
                        path: self.path.clone(),
                        reason: error.to_string(),
                    });
                }
            }
        }
        match (greatest, fault) {
            (Some(mark), None) => Ok(Some(mark)),
            (Some(mark), Some(fault)) => {
                tracing::warn!(%fault, mark_ms = mark, "one copy of the high-water mark is taken, the other one is not whole");
                Ok(Some(mark))
            }
            (None, _) if self.file.metadata().is_ok_and(|data| data.len() == 0) => Ok(None),
            (None, fault) => Err(fault.unwrap_or_else(|| damaged("it holds no mark"))),
        }
    }

    fn copy(&self, at: u64) -> io::Result<[u8; RECORD]> {
        let mut copy = [0; RECORD];
        self.file.read_exact_at(&mut copy, at)?;
        Ok(copy)
    }

    fn decode(&self, record: &[u8; RECORD]) -> Result<u64, MarkFault> {
        let [
            m0,
            m1,
            m2,
            m3,
            v0,
            v1,
            w0,
            w1,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            sum @ ..,
        ] = *record;
        let damaged = |what| MarkFault::Damaged {
            path: self.path.clone(),
            what,
        };
        if [m0, m1, m2, m3] != MAGIC {
            return Err(damaged("it is no mark file"));
        }
        let version = u16::from_le_bytes([v0, v1]);
        if version > VERSION {
            return Err(MarkFault::Newer {
                path: self.path.clone(),
                version,
            });
        }
        let whole = record.get(..RECORD - sum.len()).unwrap_or_default();
        if version != VERSION || xxh3_64(whole).to_le_bytes() != sum {
            return Err(damaged("its checksum is wrong"));
        }
        let found = u16::from_le_bytes([w0, w1]);
        if found != self.worker.get() {
            return Err(MarkFault::OtherWorker {
                path: self.path.clone(),
                found,
            });
        }
        Ok(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }

    /// The same file, which the operating system does not let be written.
    #[cfg(test)]
    pub(super) fn make_read_only(&mut self) {
        self.file = File::open(&self.path).unwrap();
        self.file.lock_shared().unwrap_or_default();
    }
}

fn encode(worker: WorkerId, mark_ms: u64) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    let mut rest = record.as_mut_slice();
    let mut push = |bytes: &[u8]| {
        let (head, tail) = std::mem::take(&mut rest).split_at_mut(bytes.len());
        head.copy_from_slice(bytes);
        rest = tail;
    };
    push(&MAGIC);
    push(&VERSION.to_le_bytes());
    push(&worker.get().to_le_bytes());
    push(&mark_ms.to_le_bytes());
    let sum = xxh3_64(record.get(..RECORD - 8).unwrap_or_default());
    if let Some(end) = record.last_chunk_mut() {
        *end = sum.to_le_bytes();
    }
    record
}

/// The name of a new file is on the disk when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(number: u16) -> WorkerId {
        WorkerId::new(number).unwrap()
    }

    fn written(folder: &Path, mark: u64) -> PathBuf {
        let (file, _) = MarkFile::open(folder, worker(3)).unwrap();
        file.write(mark).unwrap();
        MarkFile::path(folder, worker(3))
    }

    fn reopened(folder: &Path) -> Result<u64, MarkFault> {
        MarkFile::open(folder, worker(3)).map(|(_, mark)| mark)
    }

    #[test]
    fn a_mark_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("made/with its parents");
        assert_eq!(reopened(&folder), Ok(0));
        written(&folder, 1_700_000_000_123);
        assert_eq!(reopened(&folder), Ok(1_700_000_000_123));
    }

    #[test]
    fn a_second_opener_is_refused_while_the_first_one_lives() {
        let folder = tempfile::tempdir().unwrap();
        let first = MarkFile::open(folder.path(), worker(3)).unwrap();
        assert!(matches!(
            reopened(folder.path()),
            Err(MarkFault::InUse { .. })
        ));
        assert!(MarkFile::open(folder.path(), worker(4)).is_ok());
        drop(first);
        assert_eq!(reopened(folder.path()), Ok(0));
    }

    #[test]
    fn each_single_byte_that_is_wrong_costs_one_copy_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), 77);
        let whole = fs::read(&path).unwrap();
        for at in (0..RECORD).chain(4096..4096 + RECORD) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&path, &bytes).unwrap();
            // a version that reads as a later one is refused whatever the other copy says
            match reopened(folder.path()) {
                Ok(mark) => assert_eq!(mark, 77, "byte {at}"),
                Err(fault) => assert!(
                    matches!(fault, MarkFault::Newer { .. }) && [4, 5].contains(&(at % 4096)),
                    "byte {at}: {fault}"
                ),
            }
        }
        let mut bytes = whole.clone();
        (bytes[9], bytes[4096 + 9]) = (1, 1);
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(
            reopened(folder.path()),
            Err(MarkFault::Damaged { .. })
        ));
    }

    #[test]
    fn a_write_that_broke_off_leaves_the_mark_before_or_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), 1000);
        let old = fs::read(&path).unwrap();
        written(folder.path(), 2000);
        let new = fs::read(&path).unwrap();
        for cut in 0..=RECORD {
            for copies_done in [0, 1] {
                let mut bytes = old.clone();
                let at = copies_done * 4096;
                bytes[..at].copy_from_slice(&new[..at]);
                bytes[at..at + cut].copy_from_slice(&new[at..at + cut]);
                fs::write(&path, &bytes).unwrap();
                let mark = reopened(folder.path()).unwrap();
                assert!(mark == 1000 || mark == 2000, "{mark}");
                assert!(copies_done == 0 || mark == 2000);
            }
        }
    }

    #[test]
    fn what_is_no_mark_of_this_worker_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), 5);
        let whole = fs::read(&path).unwrap();
        let fault = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            reopened(folder.path()).unwrap_err().to_string()
        };
        assert!(fault(b"hello").contains("cut off"));
        assert!(fault(&[7; 8192]).contains("no mark file"));
        assert!(fault(&whole[..10]).contains("delete the file"));
        let other = encode(worker(9), 5);
        assert!(fault(&other).contains("worker 9"));
        fs::write(&path, b"").unwrap();
        assert_eq!(reopened(folder.path()), Ok(0));
    }

    #[test]
    fn a_file_that_was_removed_or_cannot_be_written_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, _) = MarkFile::open(folder.path(), worker(3)).unwrap();
        let path = MarkFile::path(folder.path(), worker(3));
        fs::rename(&path, folder.path().join("moved")).unwrap();
        assert!(
            file.write(1)
                .unwrap_err()
                .to_string()
                .contains("removed or replaced")
        );
        fs::rename(folder.path().join("moved"), &path).unwrap();
        file.write(1).unwrap();
        file.make_read_only();
        assert!(matches!(file.write(2), Err(MarkFault::NotWritten { .. })));
        let in_a_file = MarkFile::open(&path, worker(3)).unwrap_err();
        assert!(
            matches!(in_a_file, MarkFault::Unusable { .. }),
            "{in_a_file}"
        );
    }
}
