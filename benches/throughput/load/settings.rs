//! What load is put on whom.

use std::time::Duration;

use super::work::Kind;
use crate::target::Target;

/// How long a load is measured.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// For this long.
    Elapsed(Duration),
    /// Until so many jobs are done.
    Jobs(u64),
}

/// One load on one target.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// Who is asked.
    pub target: &'a Target,
    /// What is asked.
    pub kind: Kind,
    /// Clients that hold a connection.
    pub clients: usize,
    /// How long the clients ask before the measured time; not at all if it is zero.
    pub warm: Duration,
    /// The measured time.
    pub until: Until,
    /// Jobs after which a client leaves and another one logs in.
    pub jobs_per_session: Option<u32>,
    /// SKUs in the tables.
    pub skus: u32,
    /// Whether OK packets stand for EOF packets, as newer drivers have it.
    pub is_eof_deprecated: bool,
}
