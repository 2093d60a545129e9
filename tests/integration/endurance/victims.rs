//! Whom a KILL was meant for: each interrupted statement and each lost connection must be accounted for by one.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Query,
    Connection,
}

/// One KILL that was said.
struct Kill {
    target: Target,
    /// When it was answered; a statement begun later must not feel it.
    answered: Option<Instant>,
    has_hit: bool,
}

/// Sessions of the clients, and the KILLs said to them.
pub struct Victims {
    /// Connection id of each client, 0 while it has none.
    sessions: Vec<AtomicU32>,
    kills: Mutex<HashMap<u32, Vec<Kill>>>,
    said: AtomicUsize,
    queries: AtomicUsize,
    connections: AtomicUsize,
}

impl Victims {
    pub fn new(clients: usize) -> Victims {
        Victims {
            sessions: (0..clients).map(|_| AtomicU32::new(0)).collect(),
            kills: Mutex::default(),
            said: AtomicUsize::new(0),
            queries: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
        }
    }

    /// Client `n` has this connection id now; 0: none.
    pub fn is_now(&self, n: usize, id: u32) {
        self.sessions[n].store(id, Ordering::Relaxed);
    }

    /// The connection id of client `n`.
    pub fn session_of(&self, n: usize) -> Option<u32> {
        Some(self.sessions[n].load(Ordering::Relaxed)).filter(|id| *id != 0)
    }

    /// A KILL is about to be said; returns its number among those said to `id`.
    pub fn announce(&self, id: u32, target: Target) -> usize {
        self.said.fetch_add(1, Ordering::Relaxed);
        let mut kills = self.kills.lock().unwrap();
        let of_id = kills.entry(id).or_default();
        of_id.push(Kill {
            target,
            answered: None,
            has_hit: false,
        });
        of_id.len() - 1
    }

    /// It was answered.
    pub fn answered(&self, id: u32, number: usize) {
        let mut kills = self.kills.lock().unwrap();
        let kill = kills.get_mut(&id).and_then(|of_id| of_id.get_mut(number));
        kill.unwrap().answered = Some(Instant::now());
    }

    /// A statement of `id` begun at `start` was interrupted: whether a KILL explains it. Each KILL QUERY explains one.
    pub fn explain_interrupt(&self, id: u32, start: Instant) -> bool {
        let mut kills = self.kills.lock().unwrap();
        let of_id = kills.entry(id).or_default();
        let hit = of_id.iter_mut().find(|kill| {
            let is_in_time = kill.answered.is_none_or(|answered| answered > start);
            kill.target == Target::Query && !kill.has_hit && is_in_time
        });
        if let Some(kill) = hit {
            kill.has_hit = true;
            self.queries.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        // a killed connection's statement may still be answered
        of_id.iter().any(|kill| kill.target == Target::Connection)
    }

    /// The connection `id` was lost: whether a KILL explains it.
    pub fn explain_loss(&self, id: u32) -> bool {
        let mut kills = self.kills.lock().unwrap();
        let hit = kills.get_mut(&id).and_then(|of_id| {
            of_id
                .iter_mut()
                .find(|kill| kill.target == Target::Connection && !kill.has_hit)
        });
        let Some(kill) = hit else { return false };
        kill.has_hit = true;
        self.connections.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// KILL QUERY that interrupted a statement, and KILL CONNECTION whose victim lost its connection.
    pub fn effective(&self) -> (usize, usize) {
        (
            self.queries.load(Ordering::Relaxed),
            self.connections.load(Ordering::Relaxed),
        )
    }

    /// KILLs said, with or without effect.
    pub fn said(&self) -> usize {
        self.said.load(Ordering::Relaxed)
    }
}
