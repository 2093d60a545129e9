//! Every row of every node held against the rule that places it (`shardgate verify-placement`).
//!
//! [`verify`] reads the nodes page by page by their primary keys (`pages`), asks `rule` where each row belongs
//! (`judge`), and keeps how far it is in a file (`checkpoint`) if told. Nothing is written to any server.

mod checkpoint;
mod error;
mod judge;
mod key;
mod options;
mod pace;
mod pages;
mod report;
mod text;
mod verify;

pub use error::PlacementError;
pub use options::VerifyOptions;
pub use report::{Finding, NodeReport, Report, TableReport};
pub use text::{lines, progress};
pub use verify::{NodeSource, verify};
