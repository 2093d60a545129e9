//! Every fault, by name.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};
use shardgate::lab::{Distribution, Family};

use super::clock::{Clock, Readers};
use super::cut::apart;
use super::failover::{frozen, killed, quarrel, switched};
use super::freshness::lag_spec;
use super::hung::one_of_eight;
use super::ledger::{Work, Writers};
use super::neighbors::Neighbors;
use super::proxy::PATIENCE;
use super::report::Outcome;
use super::rig::Rig;

/// Between two reads of a session, so that others find the processor free.
const PAUSE: Duration = Duration::from_millis(5);

type Run = fn(&Distribution, &str) -> Outcome;

pub const ALL: &[(&str, Run)] = &[
    ("replica stopped", |d, name| {
        replica(
            Rig::start(&lag_spec(d)),
            name,
            |rig| rig.cluster.server_mut(1).stop(),
            |rig| rig.cluster.server_mut(1).restart().unwrap(),
        )
    }),
    ("replica killed and restarted, catching up", |d, name| {
        replica(
            Rig::start(&lag_spec(d)),
            name,
            |rig| rig.cluster.server_mut(1).kill(),
            |rig| rig.cluster.server_mut(1).restart().unwrap(),
        )
    }),
    ("replica hanging (SIGSTOP)", |d, name| {
        replica(
            Rig::start(&lag_spec(d)),
            name,
            |rig| rig.cluster.freeze(1),
            |rig| rig.cluster.thaw(1),
        )
    }),
    ("IO thread stopped", |d, name| {
        replica(
            Rig::start(&lag_spec(d)),
            name,
            |rig| rig.cluster.stop_receiving(1).unwrap(),
            |rig| rig.cluster.resume(1).unwrap(),
        )
    }),
    ("SQL thread stopped by an error", |d, name| {
        replica(
            Rig::start(&lag_spec(d)),
            name,
            break_applying,
            mend_applying,
        )
    }),
    ("replica delayed by 3 s", |d, name| {
        replica(
            Rig::start(&lag_spec(d)),
            name,
            |rig| rig.cluster.delay(1, 3).unwrap(),
            |rig| rig.cluster.delay(1, 0).unwrap(),
        )
    }),
    ("network of the replica cut, packets dropped", |d, name| {
        apart(d, name, "replica")
    }),
    ("network of the primary cut, promoted", |d, name| {
        apart(d, name, "primary")
    }),
    (
        "primary hanging (SIGSTOP), promoted, two writers",
        |d, name| frozen(d, name, Work::Autocommit),
    ),
    ("primary hanging under transactions", |d, name| {
        frozen(d, name, Work::Transactions)
    }),
    ("primary hanging under writes over nodes", |d, name| {
        frozen(d, name, Work::OverNodes)
    }),
    ("primary killed under writes, promoted", |d, name| {
        killed(d, name, Work::Autocommit)
    }),
    ("primary killed under transactions", |d, name| {
        killed(d, name, Work::Transactions)
    }),
    ("primary killed under writes over nodes", |d, name| {
        killed(d, name, Work::OverNodes)
    }),
    ("two writers", quarrel),
    ("planned switchover, autocommit", |d, name| {
        switched(d, name, Work::Autocommit)
    }),
    (
        "planned switchover, writes over nodes and DDL",
        |d, name| switched(d, name, Work::OverNodes),
    ),
    ("planned switchover, broadcast table", |d, name| {
        switched(d, name, Work::Broadcast)
    }),
    ("planned switchover, transactions", |d, name| {
        switched(d, name, Work::Transactions)
    }),
    ("a member that accepts and never greets", mute),
    ("wrong password on one member", wrong_password),
    ("too many connections on the replica", too_many),
    ("all members gone and back", all_gone),
    ("one of eight data sources hanging", one_of_eight),
];

/// A fault of a replica while a clock is written and read.
pub fn replica(mut rig: Rig, name: &str, fault: fn(&mut Rig), end: fn(&mut Rig)) -> Outcome {
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let clock = Clock::start(&rig);
    let writers = Writers::start(&rig, 4, Work::Autocommit);
    let readers = Readers::start(&rig, &clock, PAUSE);
    let neighbors = Neighbors::start(&rig);
    let began = Instant::now();
    fault(&mut rig);
    rig.until("the fault is seen", || rig.state(1) != "serving");
    outcome.detected = Some(began.elapsed());
    readers.known();
    readers.read_on(&rig, 4_000);
    end(&mut rig);
    outcome.recovered = Some(rig.until_state(1, "serving"));
    readers.read_on(&rig, 800);
    finish(&mut outcome, &rig, (readers, clock), writers, neighbors);
    outcome
}

fn finish(
    outcome: &mut Outcome,
    rig: &Rig,
    (readers, clock): (Readers, Clock),
    writers: Writers,
    neighbors: Option<Neighbors>,
) {
    neighbors.into_iter().for_each(|all| all.end(outcome));
    let tally = readers.stop();
    drop(clock);
    let book = writers.stop();
    let load =
        |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
    outcome.stale = load(&tally.stale);
    outcome.oldest = Some(tally.oldest());
    (outcome.lost, outcome.doubled) = book.compare(rig, 0);
    outcome.errors = book.errors() + load(&tally.errors);
    outcome.unknown = book.unknowns();
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
    outcome.detected = Some(rig.until_state(1, "down"));
    let clock = Clock::start(&rig);
    let writers = Writers::start(&rig, 4, Work::Autocommit);
    let readers = Readers::start(&rig, &clock, PAUSE);
    let neighbors = Neighbors::start(&rig);
    readers.read_on(&rig, 2_000);
    finish(&mut outcome, &rig, (readers, clock), writers, neighbors);
    assert_eq!(outcome.errors, 0, "{}", rig.log());
    outcome
}

/// The replica has no room for one connection more, and the proxy's are ended: its reads go elsewhere or wait their turn.
fn too_many(distribution: &Distribution, name: &str) -> Outcome {
    let rig = Rig::start(&lag_spec(distribution));
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let clock = Clock::start(&rig);
    let writers = Writers::start(&rig, 4, Work::Autocommit);
    let readers = Readers::start(&rig, &clock, PAUSE);
    let neighbors = Neighbors::start(&rig);
    // the last place is root's, and taken before
    let mut root = root(&rig);
    let crowd = crowd(&rig, &mut root);
    let began = Instant::now();
    rig.until("the replica has no room", || rig.state(1) != "serving");
    outcome.detected = Some(began.elapsed());
    readers.read_on(&rig, 4_000);
    let turned_away: Option<(String, u64)> = root
        .query_first("SHOW GLOBAL STATUS LIKE 'Connection_errors_max_connections'")
        .unwrap();
    assert_ne!(turned_away.unwrap().1, 0, "nobody was turned away");
    drop(crowd);
    root.query_drop("SET GLOBAL max_connections = 1000")
        .unwrap();
    outcome.recovered = Some(rig.until_state(1, "serving"));
    readers.read_on(&rig, 800);
    finish(&mut outcome, &rig, (readers, clock), writers, neighbors);
    outcome
}

fn root(rig: &Rig) -> Conn {
    let socket = rig.cluster.server(1).socket();
    Conn::new(
        OptsBuilder::new()
            .user(Some("root"))
            .socket(socket.to_str()),
    )
    .unwrap()
}

/// Strangers who take the replica's connections, all there are.
fn crowd(rig: &Rig, root: &mut Conn) -> Vec<Conn> {
    const ROOM: usize = 10;
    root.query_drop(format!("SET GLOBAL max_connections = {ROOM}"))
        .unwrap();
    let opts = OptsBuilder::new()
        .ip_or_hostname(Some("127.0.0.1"))
        .tcp_port(rig.port_of(1))
        .user(Some("app"))
        .pass(Some("app-secret"))
        .prefer_socket(false);
    let mut crowd: Vec<Conn> = Vec::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        if let Ok(conn) = Conn::new(opts.clone()) {
            crowd.push(conn);
            continue;
        }
        let others: Vec<u32> = root
            .query("SELECT id FROM information_schema.processlist WHERE user = 'app'")
            .unwrap();
        for id in others {
            if !crowd.iter().any(|conn| conn.connection_id() == id) {
                // it may have ended by itself
                let _ = root.query_drop(format!("KILL {id}"));
            }
        }
    }
    crowd
}

fn all_gone(distribution: &Distribution, name: &str) -> Outcome {
    let mut rig = Rig::start(&lag_spec(distribution));
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(&rig, 8, Work::Autocommit);
    let neighbors = Neighbors::start(&rig);
    let mut conn = rig.connect();
    rig.cluster.server_mut(1).kill();
    rig.cluster.server_mut(0).kill();
    outcome.detected = Some(rig.until("the loss is seen", || rig.writes() == "primary lost"));
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
    neighbors.into_iter().for_each(|all| all.end(&mut outcome));
    outcome
}
