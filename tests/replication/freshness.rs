//! Reads within their promises, whatever the replicas do (contract 8.2, 8.3).

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};

use super::clock::{Clock, Readers};
use super::rig::{Rig, RigSpec, count, families};

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
        let readers = Readers::start(&rig, &clock, Duration::ZERO);
        readers.read_on(&rig, 200);
        rig.cluster.delay(1, 3).unwrap();
        let detected = rig.until("lag is seen", || rig.state(1) != "serving");
        readers.known();
        rig.until_state(1, "lagging");
        readers.read_on(&rig, count("SHARDGATE_TEST_READS", 2_000, 100_000));
        assert_eq!(rig.state(1), "lagging");
        let tally = readers.stop();
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        println!(
            "{:?}: {} reads with a replica held at 3 s (seen after {} ms): {} too old, the oldest {} ms, {} errors",
            rig.family,
            load(&tally.reads),
            detected.as_millis(),
            load(&tally.stale),
            tally.oldest().as_millis(),
            load(&tally.errors)
        );
        assert_eq!(
            (load(&tally.stale), load(&tally.errors)),
            (0, 0),
            "{}",
            rig.log()
        );
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
fn a_replica_that_says_nothing_leaves_before_it_is_down() {
    // contract 8.2
    for distribution in families() {
        let rig = Rig::start(&lag_spec(&distribution));
        rig.until_state(1, "serving");
        rig.cluster.freeze(1);
        rig.until_state(1, "down");
        let events = rig.proxy.json("/events");
        let left = events.iter().find(|event| event["from"] == "serving");
        let left = left.unwrap_or_else(|| panic!("{events:?}"));
        assert_eq!(left["to"], "unmeasured", "{events:?}");
        assert_eq!(left["reason"], "its probe has had no answer for 500 ms");
        rig.cluster.thaw(1);
        rig.until_state(1, "serving");
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
        let pairs = count("SHARDGATE_TEST_PAIRS", 1_000, 100_000);
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
