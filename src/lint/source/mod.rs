//! Files that hold SQL, read as a stream: each becomes texts with their places.

mod cutter;
mod general_log;
mod kind;
mod lines;
mod orm_format;
mod orm_log;
mod slow_log;
mod sql_file;
mod walk;

pub use cutter::MAX_TEXT;
pub use kind::SourceKind;
pub use walk::{Found, walk};

use std::io::{self, BufRead};

use super::passage::Place;
use super::written::Written;

/// What a source holds.
#[derive(Debug)]
pub enum Item {
    /// A text.
    Text(Box<Written>),
    /// A text begins here that is longer than what is judged.
    TooLong(Place),
}

/// Reads a source that is no mapper.
///
/// # Errors
/// What reading the file answers.
pub fn read(kind: SourceKind, from: impl BufRead, sink: &mut dyn FnMut(Item)) -> io::Result<()> {
    match kind {
        SourceKind::Sql => sql_file::read(from, sink),
        SourceKind::SlowLog => slow_log::read(from, sink),
        SourceKind::GeneralLog => general_log::read(from, sink),
        SourceKind::OrmLog => orm_log::read(from, sink),
        // mappers name parts of each other and are read as a whole
        SourceKind::Mapper => Ok(()),
    }
}
