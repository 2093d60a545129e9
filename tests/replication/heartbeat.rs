//! Lag by heartbeats, where transactions have no ids that could tell it (contract 8.2).

use std::sync::atomic::Ordering;

use mysql::prelude::Queryable;
use shardgate::lab::Family;

use super::clock::{Clock, Readers};
use super::rig::{Rig, RigSpec, count, families};

const BEAT: &str = "      readYourWritesMs: 0\n      transactionalReadQueryStrategy: FIXED\n      heartbeatTable: shardgate_beat\n";

#[test]
fn heartbeats_are_written_and_tell_the_lag() {
    for distribution in families() {
        let rig = Rig::start(&RigSpec {
            group: BEAT.to_owned(),
            ..RigSpec::new(&distribution)
        });
        rig.until_state(1, "serving");
        let beat = |index: usize| -> u64 {
            let sql = "SELECT MAX(beat) FROM shop.shardgate_beat";
            let beat = rig.cluster.server(index).value(sql).unwrap_or_default();
            beat.parse().unwrap_or(0)
        };
        let first = beat(0);
        rig.until("the next heartbeat", || {
            first > 0 && beat(0) > first || first == 0 && beat(0) > 0
        });
        rig.until("heartbeats come by replication", || beat(1) > 0);
        if rig.family == Family::Mysql {
            without_gtids(&rig);
        }
        held_back(&rig);
    }
}

/// Servers that keep no GTIDs any more: those of before stand still in `gtid_executed`, and tell nothing.
fn without_gtids(rig: &Rig) {
    rig.cluster
        .server(1)
        .sql("STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 0; START REPLICA")
        .unwrap();
    for mode in ["ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF"] {
        for server in [0, 1] {
            let set = format!("SET GLOBAL gtid_mode = {mode}");
            let last = rig.until(mode, || rig.cluster.server(server).sql(&set).is_ok());
            assert!(last < super::proxy::PATIENCE);
        }
    }
    let kept = rig
        .cluster
        .server(0)
        .value("SELECT @@global.gtid_executed <> ''");
    assert_eq!(kept.unwrap(), "1", "the past stays");
    rig.until_state(1, "serving");
}

/// A replica held at 3 s leaves, serves nothing older than promised, and comes back.
fn held_back(rig: &Rig) {
    let mut conn = rig.connect();
    rig.until("the replica reads", || {
        rig.who_reads(&mut conn) == rig.port_of(1)
    });
    let clock = Clock::start(rig);
    rig.cluster.delay(1, 3).unwrap();
    rig.until("lag is seen", || rig.state(1) == "lagging");
    let readers = Readers::start(rig, &clock, std::time::Duration::from_millis(5));
    readers.read_on(rig, count("SHARDGATE_TEST_LAG_READS", 1_000, 20_000));
    let tally = readers.stop();
    let (stale, errors) = (&tally.stale, &tally.errors);
    println!(
        "{:?}: reads by heartbeats with a replica held at 3 s: {stale:?} too old, the oldest {} ms",
        rig.family,
        tally.oldest().as_millis()
    );
    let bad = (
        stale.load(Ordering::Relaxed),
        errors.load(Ordering::Relaxed),
    );
    assert_eq!(bad, (0, 0), "{}", rig.log());
    rig.cluster.delay(1, 0).unwrap();
    rig.until_state(1, "serving");
}

#[test]
fn an_account_that_may_not_write_the_heartbeat_is_served_without_it() {
    let rig = Rig::start(&RigSpec {
        group: "      readYourWritesMs: 0\n".to_owned(),
        ..RigSpec::new(&families()[0])
    });
    rig.cluster
        .server(0)
        .sql(
            "REVOKE ALL PRIVILEGES ON shop.* FROM 'app'@'127.0.0.1'; \
             GRANT SELECT, INSERT ON shop.* TO 'app'@'127.0.0.1'",
        )
        .unwrap();
    rig.cluster.catch_up(1, 0).unwrap();
    rig.reload(BEAT);
    rig.until_state(1, "serving");
    let mut conn = rig.connect();
    conn.query_drop("INSERT INTO ledger VALUES (1, 1)").unwrap();
    assert_eq!(rig.who_reads(&mut conn), rig.port_of(1));
    let there = rig
        .cluster
        .server(0)
        .sql("SELECT 1 FROM shop.shardgate_beat");
    assert!(
        there.is_err(),
        "nothing was made that the account may not make"
    );
}
