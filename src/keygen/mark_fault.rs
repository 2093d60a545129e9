//! Why the high-water mark of a worker cannot be kept.

use std::path::PathBuf;

/// Why a worker's high-water mark cannot be kept. Its text names files: it is for the log, /readyz and admins, not for
/// clients.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkFault {
    /// Another process holds the file.
    #[error(
        "{} is in use by another process: two processes with one worker id would make the same ids; give each its own \
         shardgate.workerId", path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// What the file holds was not written so.
    #[error(
        "{} is damaged ({what}): nobody knows up to where ids were made; if this machine's clock was not set back since \
         the last run, delete the file, which is made anew within a second", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A later version of the program has written it.
    #[error("{} has format {version}, which this version does not know: start the version that wrote it", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        version: u16,
    },
    /// It was copied or renamed.
    #[error("{} is the mark of worker {found}: every worker id has a file of its own, put the right one there", path.display())]
    OtherWorker {
        /// The file.
        path: PathBuf,
        /// Whose mark it is.
        found: u16,
    },
    /// It cannot be opened or made.
    #[error(
        "{} cannot be opened: {reason}; let shardgate.dataDir name a folder that this process may write and that outlives it",
        path.display()
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// It cannot be written any more.
    #[error("{} cannot be written: {reason}; make room or repair the disk, it is tried again every second", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
}
