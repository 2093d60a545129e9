//! Clients of a data source that no fault touches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mysql::Conn;
use mysql::prelude::Queryable;

use super::report::Outcome;
use super::rig::Rig;

const CLIENTS: usize = 2;
/// How long they are measured before the fault.
const BEFORE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(2);

/// They read one statement after the other and note how long each took.
pub struct Neighbors {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<(Instant, Duration)>>>,
    fault: Instant,
}

impl Neighbors {
    /// Starts them where the rig has such a data source, and returns when the time before the fault is measured.
    pub fn start(rig: &Rig) -> Option<Neighbors> {
        if !rig.has_beside() {
            return None;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..CLIENTS)
            .map(|_| {
                let (stop, opts) = (Arc::clone(&stop), rig.opts().db_name(Some("beside")));
                thread::spawn(move || {
                    let mut conn = Conn::new(opts).unwrap();
                    let mut times = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let began = Instant::now();
                        conn.query_drop("SELECT a FROM one").unwrap();
                        times.push((began, began.elapsed()));
                        thread::sleep(PAUSE);
                    }
                    times
                })
            })
            .collect();
        thread::sleep(BEFORE);
        Some(Neighbors {
            stop,
            threads,
            fault: Instant::now(),
        })
    }

    /// Ends them; a statement of theirs that failed fails the test.
    pub fn end(self, outcome: &mut Outcome) {
        self.stop.store(true, Ordering::Relaxed);
        let joined = self
            .threads
            .into_iter()
            .map(|thread| thread.join().unwrap());
        let times: Vec<(Instant, Duration)> = joined.flatten().collect();
        let (before, during): (Vec<_>, Vec<_>) = times
            .into_iter()
            .partition(|(began, _)| *began < self.fault);
        outcome.others_before = p99(before);
        outcome.others_p99 = p99(during);
    }
}

fn p99(times: Vec<(Instant, Duration)>) -> Option<Duration> {
    let mut times: Vec<Duration> = times.into_iter().map(|(_, took)| took).collect();
    times.sort_unstable();
    times.get(times.len() * 99 / 100).copied()
}
