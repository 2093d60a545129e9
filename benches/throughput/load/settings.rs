//! What load is put on whom.

use std::time::Duration;

use super::work::Kind;
use crate::target::Target;

/// Nobody may wait longer for an answer, or for all logins.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// More threads than this are no longer a machine's clients but its load.
const MOST_THREADS: usize = 2_000;

/// How the clients of a load wait for their answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loader {
    /// Each in a thread of its own that sleeps until its answer is there, as those of services do.
    Threads,
    /// All in one thread that is told of what has come.
    Events,
}

impl Loader {
    pub fn word(self) -> &'static str {
        match self {
            Loader::Threads => "threads",
            Loader::Events => "events",
        }
    }

    pub fn of_word(word: &str) -> Option<Loader> {
        let all = [Loader::Threads, Loader::Events];
        all.into_iter().find(|loader| loader.word() == word)
    }

    /// The one that can hold so many clients, and sessions that come and go.
    pub fn able(self, kind: Kind, clients: usize) -> Loader {
        match kind {
            Kind::Login => Loader::Events,
            _ if clients > MOST_THREADS => Loader::Events,
            _ => self,
        }
    }
}

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
