//! The primary changes: planned, by death, or into two (contract 8.4).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};
use shardgate::lab::Distribution;

use super::ledger::{Book, Work, Writers};
use super::neighbors::Neighbors;
use super::report::Outcome;
use super::rig::{Rig, RigSpec, count, families};

/// Two servers, each commit answered when the replica has it.
fn semi_sync(distribution: &Distribution) -> RigSpec {
    RigSpec {
        semi_sync: true,
        is_sharded: true,
        group: "      failoverBufferMs: 10000\n".to_owned(),
        ..RigSpec::new(distribution)
    }
}

/// A dead primary, its replica promoted when it has applied what it received: writes go on by themselves.
pub fn killed(distribution: &Distribution, name: &str, work: Work) -> Outcome {
    let mut rig = Rig::start(&semi_sync(distribution));
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(&rig, clients(), work);
    let neighbors = Neighbors::start(&rig);
    rig.cluster.server_mut(0).kill();
    let killed = Instant::now();
    rig.cluster.drain(1).unwrap();
    rig.cluster.promote(1).unwrap();
    let promoted = Instant::now();
    let count = writers.book.count();
    outcome.detected = Some(rig.until_primary(1) + (promoted - killed));
    rig.until("writes go on", || writers.book.count() > count);
    outcome.recovered = Some(promoted.elapsed());
    thread::sleep(Duration::from_secs(1));
    tell(&mut outcome, neighbors, &writers.stop(), &rig);
    outcome
}

/// Read-only, caught up, promoted, the old one following: no autocommit statement fails.
pub fn switched(distribution: &Distribution, name: &str, work: Work) -> Outcome {
    let rig = Rig::start(&RigSpec {
        servers: 3,
        is_sharded: true,
        group: "      failoverBufferMs: 10000\n".to_owned(),
        ..RigSpec::new(distribution)
    });
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(&rig, clients(), work);
    let definer = (work == Work::OverNodes).then(|| Definer::start(&rig));
    let neighbors = Neighbors::start(&rig);
    thread::sleep(Duration::from_secs(1));
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
    if let Some(definer) = definer {
        println!("{} definitions of four tables each", definer.stop());
    }
    rig.until_state(0, "serving");
    rig.until_state(2, "serving");
    tell(&mut outcome, neighbors, &book, &rig);
    let refused = book.refused.lock().unwrap();
    if work != Work::Transactions {
        assert_eq!(outcome.errors, 0, "{refused:?}\n{}", rig.log());
        return outcome;
    }
    let failed = book.failed_transactions.load(Ordering::Relaxed);
    println!("{failed} open transactions failed at the switch");
    for (_, error) in &*refused {
        assert!(error.contains("29011"), "{error}");
    }
    assert_eq!(outcome.unknown, 0, "{}", rig.log());
    outcome
}

/// A primary that hangs, its replica promoted beside it, and the old one waking up as it was: two writers.
pub fn frozen(distribution: &Distribution, name: &str, work: Work) -> Outcome {
    let rig = Rig::start(&semi_sync(distribution));
    taken_over(
        &rig,
        (name, work),
        |rig| rig.cluster.freeze(0),
        |rig| rig.cluster.thaw(0),
    )
}

/// The proxy and the primary do not hear each other any more, which otherwise is well.
pub fn cut_off(distribution: &Distribution, name: &str) -> Outcome {
    let rig = Rig::start(&RigSpec {
        is_apart: true,
        ..semi_sync(distribution)
    });
    taken_over(
        &rig,
        (name, Work::Autocommit),
        |rig| rig.network.as_ref().unwrap().cut(0),
        |rig| rig.network.as_ref().unwrap().heal(),
    )
}

/// A primary that is not to be reached is replaced, and comes back as it was.
fn taken_over(rig: &Rig, (name, work): (&str, Work), fault: fn(&Rig), end: fn(&Rig)) -> Outcome {
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(rig, 16, work);
    let neighbors = Neighbors::start(rig);
    fault(rig);
    let began = Instant::now();
    rig.cluster.drain(1).unwrap();
    rig.cluster.promote(1).unwrap();
    rig.until_primary(1);
    outcome.detected = Some(began.elapsed());
    let count = writers.book.count();
    rig.until("writes go on", || writers.book.count() > count);
    let book = writers.stop();
    end(rig);
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
    tell(&mut outcome, neighbors, &book, rig);
    outcome
}

/// A replica is made to take writes beside its primary: no write is taken until one of the two is read-only.
pub fn quarrel(distribution: &Distribution, name: &str) -> Outcome {
    let rig = Rig::start(&RigSpec::new(distribution));
    rig.until_state(1, "serving");
    let mut outcome = Outcome::new(name, rig.family);
    let writers = Writers::start(&rig, 8, Work::Autocommit);
    let neighbors = Neighbors::start(&rig);
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
    rig.cluster.set_read_only(1, true).unwrap();
    outcome.recovered = Some(rig.until_primary(0));
    conn.query_drop("INSERT INTO ledger VALUES (-2, 0)")
        .unwrap();
    let book = writers.stop();
    (outcome.lost, outcome.doubled) = book.compare(&rig, 0);
    (outcome.errors, outcome.unknown) = (book.errors(), book.unknowns());
    neighbors.into_iter().for_each(|all| all.end(&mut outcome));
    outcome
}

/// What the clients saw, and what the promoted replica has of it.
fn tell(outcome: &mut Outcome, neighbors: Option<Neighbors>, book: &Book, rig: &Rig) {
    (outcome.lost, outcome.doubled) = book.compare(rig, 1);
    (outcome.errors, outcome.unknown) = (book.errors(), book.unknowns());
    neighbors.into_iter().for_each(|all| all.end(outcome));
}

/// Changes the definition of a sharded table again and again; a statement that fails fails the test.
struct Definer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Definer {
    fn start(rig: &Rig) -> Definer {
        let stop = Arc::new(AtomicBool::new(false));
        let (ends, opts) = (Arc::clone(&stop), rig.opts());
        Definer {
            stop,
            thread: thread::spawn(move || define(opts, &ends)),
        }
    }

    fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn define(opts: OptsBuilder, stop: &AtomicBool) -> u64 {
    let mut conn = Conn::new(opts).unwrap();
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        count += 1;
        conn.query_drop(format!("ALTER TABLE drawer COMMENT = 'n{count}'"))
            .unwrap();
        thread::sleep(Duration::from_millis(5));
    }
    count
}

fn clients() -> usize {
    usize::try_from(count("SHARDGATE_TEST_WRITERS", 16, 64)).unwrap()
}

#[test]
fn a_planned_switchover_fails_no_autocommit_statement() {
    for distribution in families() {
        let outcome = switched(&distribution, "planned switchover", Work::Autocommit);
        no_error(&outcome);
    }
}

#[test]
fn a_planned_switchover_fails_no_statement_that_writes_several_nodes() {
    // contract 8.4: what a server answered with 1290 is sent again when nothing of it is left
    for distribution in families() {
        for work in [Work::OverNodes, Work::Broadcast] {
            no_error(&switched(&distribution, "planned switchover", work));
        }
    }
}

#[test]
fn a_session_that_holds_state_on_the_old_primary_is_told_what_to_do() {
    // contract 8.4: its writes would have to run there
    let rig = Rig::start(&RigSpec::new(&families()[0]));
    rig.until_state(1, "serving");
    let mut conn = rig.connect();
    conn.query_drop("CREATE TEMPORARY TABLE mine (a INT)")
        .unwrap();
    rig.cluster.set_read_only(0, true).unwrap();
    rig.cluster.catch_up(1, 0).unwrap();
    rig.cluster.promote(1).unwrap();
    rig.until_primary(1);
    let write = "INSERT INTO ledger VALUES (1, 1)";
    let told = conn.query_drop(write).unwrap_err().to_string();
    assert!(told.contains("29007"), "{told}");
    assert!(told.contains("resetting the connection"), "{told}");
    conn.query_drop("BEGIN").unwrap();
    let told = conn.query_drop(write).unwrap_err().to_string();
    assert!(told.contains("29007"), "{told}");
    assert!(told.contains("the transaction is rolled back"), "{told}");
    conn.reset().unwrap();
    conn.query_drop(write).unwrap();
    let rows = rig.cluster.server(1).value("SELECT id FROM shop.ledger");
    assert_eq!(rows.unwrap(), "1");
}

#[test]
fn a_session_with_autocommit_off_writes_at_the_next_primary_after_a_refusal() {
    // contract 7.3, 8.4: what it is told to repeat must work when it is repeated
    let rig = Rig::start(&RigSpec::new(&families()[0]));
    rig.until_state(1, "serving");
    let mut conn = rig.connect();
    conn.query_drop("SET autocommit = 0").unwrap();
    let write = "INSERT INTO ledger VALUES (1, 1)";
    // the server refuses before a probe has seen why
    rig.cluster.set_read_only(0, true).unwrap();
    let told = conn.query_drop(write).unwrap_err().to_string();
    assert!(told.contains("29011"), "{told}");
    rig.cluster.catch_up(1, 0).unwrap();
    rig.cluster.promote(1).unwrap();
    rig.until_primary(1);
    conn.query_drop(write).unwrap();
    conn.query_drop("COMMIT").unwrap();
    let rows = rig.cluster.server(1).value("SELECT id FROM shop.ledger");
    assert_eq!(rows.unwrap(), "1");
}

fn no_error(outcome: &Outcome) {
    let counts = (outcome.errors, outcome.lost, outcome.doubled);
    assert_eq!(counts, (0, 0, 0), "{}", outcome.line());
}

#[test]
fn writes_follow_a_promotion_after_the_primarys_death() {
    for distribution in families() {
        let name = "primary killed under writes";
        let outcome = killed(&distribution, name, Work::Autocommit);
        println!("{}", outcome.line());
        assert_eq!(
            (outcome.lost, outcome.doubled),
            (0, 0),
            "{}",
            outcome.line()
        );
    }
}
