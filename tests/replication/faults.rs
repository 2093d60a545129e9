//! Every fault, by name.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use shardgate::lab::{Distribution, Family};

use super::failover::{frozen, killed, quarrel, switched};
use super::freshness::{Clock, lag_spec, read_clock};
use super::ledger::{Work, Writers};
use super::report::Outcome;
use super::rig::{PATIENCE, Rig};

type Run = fn(&Distribution, &str) -> Outcome;

pub const ALL: &[(&str, Run)] = &[
    ("replica stopped", |d, name| {
        replica(
            d,
            name,
            |rig| rig.cluster.server_mut(1).stop(),
            |rig| rig.cluster.server_mut(1).restart().unwrap(),
        )
    }),
    ("replica killed and restarted, catching up", |d, name| {
        replica(
            d,
            name,
            |rig| rig.cluster.server_mut(1).kill(),
            |rig| rig.cluster.server_mut(1).restart().unwrap(),
        )
    }),
    ("replica hanging (SIGSTOP)", |d, name| {
        replica(
            d,
            name,
            |rig| rig.cluster.freeze(1),
            |rig| rig.cluster.thaw(1),
        )
    }),
    ("IO thread stopped", |d, name| {
        replica(
            d,
            name,
            |rig| rig.cluster.stop_receiving(1).unwrap(),
            |rig| rig.cluster.resume(1).unwrap(),
        )
    }),
    ("SQL thread stopped by an error", |d, name| {
        replica(d, name, break_applying, mend_applying)
    }),
    ("replica delayed by 3 s", |d, name| {
        replica(
            d,
            name,
            |rig| rig.cluster.delay(1, 3).unwrap(),
            |rig| rig.cluster.delay(1, 0).unwrap(),
        )
    }),
    ("primary hanging (SIGSTOP), promoted, two writers", frozen),
    ("primary killed under writes, promoted", killed),
    ("two writers", quarrel),
    ("planned switchover, autocommit", |d, name| {
        switched(d, name, Work::Autocommit)
    }),
    ("planned switchover, transactions", |d, name| {
        switched(d, name, Work::Transactions)
    }),
    ("a member that accepts and never greets", mute),
    ("wrong password on one member", wrong_password),
    ("too many connections on the replica", too_many),
    ("all members gone and back", all_gone),
];

/// A fault of a replica while a clock is written and read.
fn replica(
    distribution: &Distribution,
    name: &str,
    fault: fn(&mut Rig),
    end: fn(&mut Rig),
) -> Outcome {
    let mut rig = Rig::start(&lag_spec(distribution));
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let clock = Clock::start(&rig);
    let writers = Writers::start(&rig, 4, Work::Autocommit);
    fault(&mut rig);
    outcome.detected = Some(rig.until("the fault is seen", || rig.state(1) != "serving"));
    let (stale, _, errors) = read_clock(&rig, &clock, 4_000);
    outcome.others_p99 = rig.others_p99();
    end(&mut rig);
    outcome.recovered = Some(rig.until_state(1, "serving"));
    let (stale_after, _, errors_after) = read_clock(&rig, &clock, 800);
    outcome.stale = stale + stale_after;
    drop(clock);
    let book = writers.stop();
    (outcome.lost, outcome.doubled) = book.compare(&rig, 0);
    outcome.errors = book.errors() + errors + errors_after;
    outcome.unknown = book.unknowns();
    outcome
}

/// A row that only the replica has stands in the way of one that comes.
fn break_applying(rig: &mut Rig) {
    let replica = rig.cluster.server(1);
    rig.cluster.set_read_only(1, false).unwrap();
    replica
        .sql("SET SESSION sql_log_bin = 0; INSERT INTO shop.ledger VALUES (-9, 0)")
        .unwrap();
    rig.cluster.set_read_only(1, true).unwrap();
    rig.cluster
        .server(0)
        .sql("INSERT INTO shop.ledger VALUES (-9, 1)")
        .unwrap();
}

fn mend_applying(rig: &mut Rig) {
    let replica = rig.cluster.server(1);
    rig.cluster.set_read_only(1, false).unwrap();
    replica
        .sql("SET SESSION sql_log_bin = 0; DELETE FROM shop.ledger WHERE id = -9")
        .unwrap();
    rig.cluster.set_read_only(1, true).unwrap();
    rig.cluster.resume(1).unwrap();
}

/// The replica's address is that of somebody who takes every connection and says nothing.
fn mute(distribution: &Distribution, name: &str) -> Outcome {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    unserved_replica(distribution, name, |text, rig_port| {
        (
            format!("127.0.0.1:{rig_port}/shop"),
            format!("127.0.0.1:{port}/{text}"),
        )
    })
}

fn wrong_password(distribution: &Distribution, name: &str) -> Outcome {
    unserved_replica(distribution, name, |_, rig_port| {
        let tail =
            |password: &str| format!("{rig_port}/shop\", username: app, password: {password}");
        (tail("app-secret"), tail("wrong"))
    })
}

/// One of the members never serves: everything else does.
fn unserved_replica(
    distribution: &Distribution,
    name: &str,
    replaced: impl Fn(&str, u16) -> (String, String),
) -> Outcome {
    let mut outcome = Outcome::new(name, distribution.family());
    let rig = Rig::start_with(&lag_spec(distribution), |cluster| {
        vec![replaced("shop", cluster.server(1).port())]
    });
    let began = Instant::now();
    rig.until("the member is out", || rig.state(1) != "serving");
    outcome.detected = Some(began.elapsed());
    let clock = Clock::start(&rig);
    let writers = Writers::start(&rig, 4, Work::Autocommit);
    let (stale, _, errors) = read_clock(&rig, &clock, 2_000);
    outcome.others_p99 = rig.others_p99();
    drop(clock);
    let book = writers.stop();
    outcome.stale = stale;
    (outcome.lost, outcome.doubled) = book.compare(&rig, 0);
    outcome.errors = book.errors() + errors;
    assert_eq!(outcome.errors, 0, "{}", rig.log());
    outcome
}

/// The replica has no room for one connection more: its probe has its own, the reads go elsewhere or wait their turn.
fn too_many(distribution: &Distribution, name: &str) -> Outcome {
    let rig = Rig::start(&lag_spec(distribution));
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let clock = Clock::start(&rig);
    let writers = Writers::start(&rig, 4, Work::Autocommit);
    rig.cluster
        .server(1)
        .sql("SET GLOBAL max_connections = 10")
        .unwrap();
    let (stale, _, errors) = read_clock(&rig, &clock, 4_000);
    outcome.others_p99 = rig.others_p99();
    rig.cluster
        .server(1)
        .sql("SET GLOBAL max_connections = 1000")
        .unwrap();
    outcome.recovered = Some(rig.until_state(1, "serving"));
    drop(clock);
    let book = writers.stop();
    outcome.stale = stale;
    (outcome.lost, outcome.doubled) = book.compare(&rig, 0);
    (outcome.errors, outcome.unknown) = (book.errors() + errors, book.unknowns());
    outcome
}

fn all_gone(distribution: &Distribution, name: &str) -> Outcome {
    let mut rig = Rig::start(&lag_spec(distribution));
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(&rig, 8, Work::Autocommit);
    let mut conn = rig.connect();
    rig.cluster.server_mut(1).kill();
    rig.cluster.server_mut(0).kill();
    outcome.detected = Some(rig.until("the loss is seen", || rig.writes() == "primary lost"));
    outcome.others_p99 = rig.others_p99();
    let asked = Instant::now();
    let refused = conn.query_drop("SELECT a FROM one").unwrap_err();
    assert!(refused.to_string().contains("29011"), "{refused}");
    assert!(asked.elapsed() < PATIENCE, "it waits for a bounded time");
    rig.cluster.server_mut(0).restart().unwrap();
    rig.cluster.server_mut(1).restart().unwrap();
    if rig.family == Family::Mysql {
        // what a server was told while it ran does not outlive it
        rig.cluster.set_read_only(1, true).unwrap();
    }
    let began = Instant::now();
    let count = writers.book.count();
    rig.until("writes go on", || writers.book.count() > count);
    rig.until_state(1, "serving");
    outcome.recovered = Some(began.elapsed());
    std::thread::sleep(Duration::from_millis(200));
    let book = writers.stop();
    (outcome.lost, outcome.doubled) = book.compare(&rig, 0);
    (outcome.errors, outcome.unknown) = (book.errors(), book.unknowns());
    outcome
}
