//! A counter that is written without a pause, and readers who know how old each answer is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};

use super::rig::{PROBE, Rig};

/// `maxReplicaLagMs` in these tests.
pub const MOST_LAG: Duration = Duration::from_millis(800);
const SESSIONS: u64 = 8;

/// Writes a counter as fast as it can.
pub struct Clock {
    /// When each beat was acknowledged.
    beats: Arc<Mutex<Vec<Instant>>>,
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Clock {
    pub fn start(rig: &Rig) -> Clock {
        let beats = Arc::new(Mutex::new(vec![Instant::now()]));
        let stop = Arc::new(AtomicBool::new(false));
        let (written, ends, opts) = (Arc::clone(&beats), Arc::clone(&stop), rig.opts());
        let thread = thread::spawn(move || {
            let mut conn: Option<Conn> = None;
            while !ends.load(Ordering::Relaxed) {
                let beat = written.lock().unwrap().len();
                let Some(open) = conn.as_mut() else {
                    conn = Conn::new(opts.clone()).ok();
                    continue;
                };
                if open
                    .query_drop(format!("UPDATE clock SET beat = {beat} WHERE id = 1"))
                    .is_ok()
                {
                    written.lock().unwrap().push(Instant::now());
                } else {
                    conn = None;
                }
                thread::sleep(Duration::from_millis(10));
            }
        });
        Clock {
            beats,
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Eight sessions that read the clock, every other time in a READ ONLY transaction.
pub struct Readers {
    tally: Arc<Tally>,
    threads: Vec<thread::JoinHandle<()>>,
}

/// What they saw.
#[derive(Debug, Default)]
pub struct Tally {
    pub reads: AtomicU64,
    /// Answers older than `maxReplicaLagMs` and two probe intervals, or one interval once the lag is known: the primary's
    /// probe may be that old when the replica is asked, and the replica's answer when it is read.
    pub stale: AtomicU64,
    is_known: AtomicBool,
    pub errors: AtomicU64,
    oldest_micros: AtomicU64,
    stop: AtomicBool,
}

impl Readers {
    /// Each of them pauses for `pause` behind every read.
    pub fn start(rig: &Rig, clock: &Clock, pause: Duration) -> Readers {
        let tally = Arc::new(Tally::default());
        let threads = (0..SESSIONS)
            .map(|session| {
                let (tally, beats, opts) =
                    (Arc::clone(&tally), Arc::clone(&clock.beats), rig.opts());
                thread::spawn(move || tally.read(session, pause, &beats, &opts))
            })
            .collect();
        Readers { tally, threads }
    }

    /// The proxy knows of the lag from now on.
    pub fn known(&self) {
        self.tally.is_known.store(true, Ordering::Relaxed);
    }

    /// Waits until `count` more answers have come.
    pub fn read_on(&self, rig: &Rig, count: u64) {
        let wanted = self.tally.reads.load(Ordering::Relaxed) + count;
        let mut last = (Instant::now(), 0);
        while self.tally.reads.load(Ordering::Relaxed) < wanted {
            let reads = self.tally.reads.load(Ordering::Relaxed);
            if reads != last.1 {
                last = (Instant::now(), reads);
            }
            assert!(
                last.0.elapsed() < Duration::from_secs(60),
                "reads stand still\n{}",
                rig.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn stop(self) -> Arc<Tally> {
        self.tally.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        self.tally
    }
}

impl Tally {
    pub fn oldest(&self) -> Duration {
        Duration::from_micros(self.oldest_micros.load(Ordering::Relaxed))
    }

    fn read(&self, session: u64, pause: Duration, beats: &Mutex<Vec<Instant>>, opts: &OptsBuilder) {
        let mut conn = None;
        let mut turn = session;
        while !self.stop.load(Ordering::Relaxed) {
            let Some(mut open) = conn.take().or_else(|| Conn::new(opts.clone()).ok()) else {
                thread::sleep(Duration::from_millis(20));
                continue;
            };
            turn += 1;
            let is_known = self.is_known.load(Ordering::Relaxed);
            let most = MOST_LAG + if is_known { PROBE } else { 2 * PROBE };
            let began = Instant::now();
            let Ok(beat) = beat(&mut open, turn.is_multiple_of(2)) else {
                self.errors.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let age = age(&beats.lock().unwrap(), beat, began);
            self.stale
                .fetch_add(u64::from(age > most), Ordering::Relaxed);
            let micros = u64::try_from(age.as_micros()).unwrap();
            self.oldest_micros.fetch_max(micros, Ordering::Relaxed);
            self.reads.fetch_add(1, Ordering::Relaxed);
            conn = Some(open);
            thread::sleep(pause);
        }
    }
}

/// How old the beat that a read brought was when the read began: since when there was a newer one.
fn age(beats: &[Instant], beat: usize, began: Instant) -> Duration {
    beats.get(beat + 1).map_or(Duration::ZERO, |next| {
        began.saturating_duration_since(*next)
    })
}

fn beat(conn: &mut Conn, in_transaction: bool) -> mysql::Result<usize> {
    const READ: &str = "SELECT beat FROM clock WHERE id = 1";
    if !in_transaction {
        return Ok(conn.query_first(READ)?.unwrap());
    }
    conn.query_drop("START TRANSACTION READ ONLY")?;
    let beat = conn.query_first(READ)?.unwrap();
    conn.query_drop("COMMIT")?;
    Ok(beat)
}
