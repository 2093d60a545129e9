//! The primary changes: planned, by death, or into two (contract 8.4).

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use shardgate::lab::Distribution;

use super::ledger::{Work, Writers};
use super::report::Outcome;
use super::rig::{Rig, RigSpec, families, is_whole};

/// A dead primary, its replica promoted when it has applied what it received: writes go on by themselves.
pub fn killed(distribution: &Distribution, name: &str) -> Outcome {
    let mut rig = Rig::start(&RigSpec {
        semi_sync: true,
        group: "      failoverBufferMs: 10000\n".to_owned(),
        ..RigSpec::new(distribution)
    });
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(&rig, clients(), Work::Autocommit);
    std::thread::sleep(Duration::from_secs(1));
    rig.cluster.server_mut(0).kill();
    let killed = Instant::now();
    rig.cluster.drain(1).unwrap();
    rig.cluster.promote(1).unwrap();
    let promoted = Instant::now();
    let count = writers.book.count();
    outcome.detected = Some(rig.until_primary(1) + (promoted - killed));
    rig.until("writes go on", || writers.book.count() > count);
    outcome.recovered = Some(promoted.elapsed());
    outcome.others_p99 = rig.others_p99();
    std::thread::sleep(Duration::from_secs(1));
    let book = writers.stop();
    (outcome.lost, outcome.doubled) = book.compare(&rig, 1);
    (outcome.errors, outcome.unknown) = (book.errors(), book.unknowns());
    outcome
}

/// Read-only, caught up, promoted, the old one following: no autocommit statement fails.
pub fn switched(distribution: &Distribution, name: &str, work: Work) -> Outcome {
    let rig = Rig::start(&RigSpec {
        servers: 3,
        group: "      failoverBufferMs: 10000\n".to_owned(),
        ..RigSpec::new(distribution)
    });
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(&rig, clients(), work);
    std::thread::sleep(Duration::from_secs(1));
    rig.cluster.set_read_only(0, true).unwrap();
    rig.cluster.catch_up(1, 0).unwrap();
    rig.cluster.promote(1).unwrap();
    let promoted = Instant::now();
    outcome.detected = Some(rig.until_primary(1));
    let count = writers.book.count();
    rig.until("writes go on", || writers.book.count() > count);
    outcome.recovered = Some(promoted.elapsed());
    rig.cluster.follow(0, 1).unwrap();
    rig.cluster.follow(2, 1).unwrap();
    let book = writers.stop();
    rig.until_state(0, "serving");
    rig.until_state(2, "serving");
    (outcome.lost, outcome.doubled) = book.compare(&rig, 1);
    (outcome.errors, outcome.unknown) = (book.errors(), book.unknowns());
    let refused = book.refused.lock().unwrap();
    match work {
        Work::Autocommit => assert_eq!(outcome.errors, 0, "{refused:?}\n{}", rig.log()),
        Work::Transactions => {
            println!(
                "{} open transactions failed",
                book.failed_transactions.load(Ordering::Relaxed)
            );
            for (_, error) in &*refused {
                assert!(error.contains("29011"), "{error}");
            }
        }
    }
    outcome
}

/// A primary that hangs, its replica promoted beside it, and the old one waking up as it was: two writers.
pub fn frozen(distribution: &Distribution, name: &str) -> Outcome {
    let rig = Rig::start(&RigSpec {
        semi_sync: true,
        group: "      failoverBufferMs: 10000\n".to_owned(),
        ..RigSpec::new(distribution)
    });
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(&rig, 16, Work::Autocommit);
    rig.cluster.freeze(0);
    let began = Instant::now();
    outcome.others_p99 = rig.others_p99();
    rig.cluster.drain(1).unwrap();
    rig.cluster.promote(1).unwrap();
    rig.until_primary(1);
    outcome.detected = Some(began.elapsed());
    let count = writers.book.count();
    rig.until("writes go on", || writers.book.count() > count);
    let book = writers.stop();
    rig.cluster.thaw(0);
    rig.until("two writers", || rig.writes() == "two writers");
    let mut conn = rig.connect();
    let refused = conn
        .query_drop("INSERT INTO ledger VALUES (-1, 0)")
        .unwrap_err();
    assert!(refused.to_string().contains("29012"), "{refused}");
    rig.cluster.set_read_only(0, true).unwrap();
    outcome.recovered = Some(rig.until_primary(1));
    conn.query_drop("INSERT INTO ledger VALUES (-2, 0)")
        .unwrap();
    (outcome.lost, outcome.doubled) = book.compare(&rig, 1);
    (outcome.errors, outcome.unknown) = (book.errors(), book.unknowns());
    outcome
}

/// A replica is made to take writes beside its primary: no write is taken until one of the two is read-only.
pub fn quarrel(distribution: &Distribution, name: &str) -> Outcome {
    let rig = Rig::start(&RigSpec::new(distribution));
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(&rig, 8, Work::Autocommit);
    rig.cluster.promote(1).unwrap();
    outcome.detected = Some(rig.until("two writers", || rig.writes() == "two writers"));
    let mut conn = rig.connect();
    let refused = conn
        .query_drop("INSERT INTO ledger VALUES (-1, 0)")
        .unwrap_err();
    assert!(refused.to_string().contains("29012"), "{refused}");
    let read: Option<i32> = conn.query_first("SELECT a FROM one").unwrap();
    assert_eq!(read, Some(1), "reads go on");
    assert!(rig.log().contains("two members take writes"), "the alarm");
    outcome.others_p99 = rig.others_p99();
    rig.cluster.set_read_only(1, true).unwrap();
    outcome.recovered = Some(rig.until_primary(0));
    conn.query_drop("INSERT INTO ledger VALUES (-2, 0)")
        .unwrap();
    let book = writers.stop();
    (outcome.lost, outcome.doubled) = book.compare(&rig, 0);
    (outcome.errors, outcome.unknown) = (book.errors(), book.unknowns());
    outcome
}

fn clients() -> usize {
    if is_whole() { 64 } else { 16 }
}

#[test]
fn a_planned_switchover_fails_no_autocommit_statement() {
    for distribution in families() {
        let outcome = switched(&distribution, "planned switchover", Work::Autocommit);
        assert_eq!(
            (outcome.errors, outcome.lost, outcome.doubled),
            (0, 0, 0),
            "{}",
            outcome.line()
        );
    }
}

#[test]
fn writes_follow_a_promotion_after_the_primarys_death() {
    for distribution in families() {
        let outcome = killed(&distribution, "primary killed under writes");
        println!("{}", outcome.line());
        assert_eq!(
            (outcome.lost, outcome.doubled),
            (0, 0),
            "{}",
            outcome.line()
        );
    }
}
