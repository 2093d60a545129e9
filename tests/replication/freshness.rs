//! Reads within their promises, whatever the replicas do (contract 8.2, 8.3).

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};

use super::rig::{PROBE, Rig, RigSpec, families, is_whole};

/// `maxReplicaLagMs` in these tests.
pub const MOST_LAG: Duration = Duration::from_millis(800);

/// Writes a counter as fast as it can; each read of it tells how old it is.
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

    /// How old the beat that a read brought was when the read began.
    fn age(&self, beat: usize, began: Instant) -> Duration {
        let beats = self.beats.lock().unwrap();
        beats.get(beat + 1).map_or(Duration::ZERO, |next| {
            began.saturating_duration_since(*next)
        })
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

/// Reads the clock `count` times over eight sessions, every other one in a READ ONLY transaction; how many answers were
/// older than promised, the oldest, and how many reads failed.
pub fn read_clock(rig: &Rig, clock: &Clock, count: u64) -> (u64, Duration, u64) {
    let (stale, errors) = (AtomicU64::new(0), AtomicU64::new(0));
    let oldest = Mutex::new(Duration::ZERO);
    thread::scope(|scope| {
        for session in 0..8 {
            let (stale, errors, oldest) = (&stale, &errors, &oldest);
            scope.spawn(move || {
                let mut conn = rig.connect();
                for n in 0..count / 8 {
                    let in_transaction = (n + session) % 2 == 0;
                    let began = Instant::now();
                    match beat(&mut conn, in_transaction) {
                        Ok(beat) => {
                            let age = clock.age(beat, began);
                            let mut oldest = oldest.lock().unwrap();
                            *oldest = age.max(*oldest);
                            stale.fetch_add(u64::from(age > MOST_LAG + PROBE), Ordering::Relaxed);
                        }
                        Err(_) => {
                            errors.fetch_add(1, Ordering::Relaxed);
                            conn = rig.connect();
                        }
                    }
                }
            });
        }
    });
    (
        stale.into_inner(),
        oldest.into_inner().unwrap(),
        errors.into_inner(),
    )
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

pub fn lag_spec(distribution: &shardgate::lab::Distribution) -> RigSpec {
    RigSpec {
        group: "      readYourWritesMs: 0\n      transactionalReadQueryStrategy: FIXED\n"
            .to_owned(),
        ..RigSpec::new(distribution)
    }
}

#[test]
fn a_replica_held_back_serves_nothing_older_than_promised_and_comes_back() {
    // contract 8.2
    for distribution in families() {
        let rig = Rig::start(&lag_spec(&distribution));
        rig.until_state(1, "serving");
        let mut conn = rig.connect();
        assert_eq!(rig.who_reads(&mut conn), rig.port_of(1));
        let clock = Clock::start(&rig);
        rig.cluster.delay(1, 3).unwrap();
        let detected = rig.until("lag is seen", || rig.state(1) != "serving");
        let reads = if is_whole() { 100_000 } else { 2_000 };
        let (stale, oldest, errors) = read_clock(&rig, &clock, reads);
        println!(
            "{:?}: {reads} reads with a replica held at 3 s (seen after {} ms): {stale} too old, the oldest {} ms, {errors} errors",
            rig.family,
            detected.as_millis(),
            oldest.as_millis()
        );
        assert_eq!((stale, errors), (0, 0), "{}", rig.log());
        assert_eq!(rig.who_reads(&mut conn), rig.port_of(0));
        // a hint takes what there is
        let stale_port: u16 = conn
            .query_first("/* shardgate: stale */ SELECT @@port FROM one")
            .unwrap()
            .unwrap();
        assert_eq!(stale_port, rig.port_of(1));
        rig.cluster.delay(1, 0).unwrap();
        rig.until_state(1, "serving");
        assert_eq!(rig.who_reads(&mut conn), rig.port_of(1));
        // an operator may take it out as well
        conn.query_drop("DISABLE MEMBER ds_1").unwrap();
        assert_eq!(rig.state(1), "disabled");
        assert_eq!(rig.who_reads(&mut conn), rig.port_of(0));
        assert!(conn.query_drop("DISABLE MEMBER ds_0").is_err());
        conn.query_drop("ENABLE MEMBER ds_1").unwrap();
        assert_eq!(rig.who_reads(&mut conn), rig.port_of(1));
    }
}

#[test]
fn a_session_reads_its_own_writes_on_replicas_by_their_gtids() {
    // contract 8.3
    for distribution in families() {
        let rig = Rig::start(&RigSpec {
            servers: 3,
            group: "      readYourWrites: gtid\n      gtidWaitMs: 200\n".to_owned(),
            ..RigSpec::new(&distribution)
        });
        rig.until_state(1, "serving");
        rig.until_state(2, "serving");
        let pairs = if is_whole() { 100_000 } else { 1_000 };
        let before = selects(&rig);
        let (misses, next) = (AtomicU64::new(0), AtomicI64::new(1));
        thread::scope(|scope| {
            for worker in 0..8 {
                let (misses, next, opts) = (&misses, &next, rig.opts());
                scope.spawn(move || {
                    let missed = write_and_read(opts, worker, pairs / 8, next);
                    misses.fetch_add(missed, Ordering::Relaxed);
                });
            }
        });
        let on_replicas = selects(&rig) - before;
        println!(
            "{:?}: {pairs} pairs of a write and its read: {} missed, {on_replicas} statements read on replicas",
            rig.family,
            misses.load(Ordering::Relaxed)
        );
        assert_eq!(misses.into_inner(), 0, "{}", rig.log());
        assert!(on_replicas > 0, "no read went to a replica\n{}", rig.log());
    }
}

fn write_and_read(opts: OptsBuilder, worker: i32, count: u64, next: &AtomicI64) -> u64 {
    let mut conn = Conn::new(opts).unwrap();
    let mut missed = 0;
    for n in 0..count {
        let id = next.fetch_add(1, Ordering::Relaxed);
        if n % 4 == 3 {
            conn.query_drop("BEGIN").unwrap();
            conn.query_drop(format!("INSERT INTO ledger VALUES ({id}, {worker})"))
                .unwrap();
            conn.query_drop("COMMIT").unwrap();
        } else {
            conn.query_drop(format!("INSERT INTO ledger VALUES ({id}, {worker})"))
                .unwrap();
        }
        if n % 16 == 7 {
            // what a client's pool does in between
            conn.reset().unwrap();
        }
        let read: Option<i64> = conn
            .query_first(format!("SELECT id FROM ledger WHERE id = {id}"))
            .unwrap();
        missed += u64::from(read != Some(id));
    }
    missed
}

/// Reads of the ledger that the replicas have served.
fn selects(rig: &Rig) -> i64 {
    (1..rig.cluster.count())
        .map(|index| {
            let rows = rig
                .cluster
                .server(index)
                .sql("SHOW GLOBAL STATUS LIKE 'Com_select'")
                .unwrap();
            rows[0][1].parse::<i64>().unwrap()
        })
        .sum()
}

#[test]
fn a_read_only_transaction_reads_on_one_replica_and_locks_nothing_there() {
    // contract 8.1
    let rig = Rig::start(&RigSpec {
        servers: 3,
        group:
            "      transactionalReadQueryStrategy: FIXED\n      delayedDataSourceNames: [ds_2]\n"
                .to_owned(),
        ..RigSpec::new(&families()[0])
    });
    rig.until_state(1, "serving");
    rig.until_state(2, "delayed");
    let mut conn = rig.connect();
    for _ in 0..3 {
        conn.query_drop("START TRANSACTION READ ONLY").unwrap();
        for _ in 0..3 {
            assert_eq!(rig.who_reads(&mut conn), rig.port_of(1));
        }
        let refused = conn.query_drop("SELECT a FROM one FOR UPDATE").unwrap_err();
        assert!(refused.to_string().contains("1792"), "{refused}");
        conn.query_drop("COMMIT").unwrap();
        conn.query_drop("BEGIN").unwrap();
        assert_eq!(rig.who_reads(&mut conn), rig.port_of(0));
        conn.query_drop("COMMIT").unwrap();
    }
    // the delayed one is never read, however often it is its turn
    for _ in 0..20 {
        assert_eq!(rig.who_reads(&mut conn), rig.port_of(1));
    }
}
