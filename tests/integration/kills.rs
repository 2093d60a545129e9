//! KILL by the proxy's ids: it reaches the statement that runs, and never another session's (contract 3.3).
//!
//! `SHARDGATE_TEST_LATE_KILLS` makes the long one longer.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, Error};

use crate::oracle::setting;
use crate::support::raw::Raw;
use crate::support::{House, ask, house, number, refusal, rows, value};

/// Sessions that are killed, and others on the same two connections that are not.
const VICTIMS: usize = 4;
const BYSTANDERS: usize = 4;

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn has_session(conn: &mut Conn, id: u32) -> bool {
    rows(conn, "SHOW PROCESSLIST")
        .iter()
        .any(|row| row[0] == id.to_string())
}

fn metrics(house: &House) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", house.proxy.admin_port())).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Whether the server runs a statement with this word in it.
fn runs(house: &House, word: &str) -> bool {
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%{word}%' AND info NOT LIKE '%processlist%'"
    );
    house.server().value(&sql).unwrap() != "0"
}

fn code(error: &Error) -> Option<u16> {
    match error {
        Error::MySqlError(error) => Some(error.code),
        _ => None,
    }
}

/// Connections go round between those who are killed and those who are not.
#[test]
fn a_late_kill_hits_nobody_else() {
    let house = House::open(2);
    let kills = setting("SHARDGATE_TEST_LATE_KILLS", 300);
    let done = AtomicBool::new(false);
    let (interrupted, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let victims: Vec<Conn> = (0..VICTIMS).map(|_| house.connect()).collect();
    let ids: Vec<u32> = victims.iter().map(Conn::connection_id).collect();
    thread::scope(|scope| {
        for (n, conn) in victims.into_iter().enumerate() {
            let (done, interrupted) = (&done, &interrupted);
            scope.spawn(move || victim(conn, n, done, interrupted));
        }
        for n in 0..BYSTANDERS {
            let (house, done, answered) = (&house, &done, &answered);
            scope.spawn(move || bystander(house.connect(), n, done, answered));
        }
        let mut killer = house.connect();
        for n in 0..kills {
            let id = ids[n % ids.len()];
            ask(&mut killer, format!("KILL QUERY {id}")).unwrap();
            thread::sleep(Duration::from_micros(u64::try_from(n % 7).unwrap() * 300));
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(interrupted.load(Ordering::Relaxed) > 0, "no KILL ever hit");
    assert!(answered.load(Ordering::Relaxed) > 0);
}

/// Each statement is answered rightly, or is interrupted; a transaction goes on behind an interrupted statement.
fn victim(mut conn: Conn, n: usize, done: &AtomicBool, interrupted: &AtomicUsize) {
    let mut round = 0_usize;
    while !done.load(Ordering::Relaxed) {
        round += 1;
        let in_transaction = round.is_multiple_of(5);
        if in_transaction {
            conn.query_drop("BEGIN").unwrap();
        }
        for sql in ["SELECT {}", "SELECT SLEEP(0.002) + {}", "SELECT {} /* */"] {
            let expected = format!("{n}{round}");
            match conn.query_first::<String, _>(sql.replace("{}", &expected)) {
                // SLEEP answers 1 when it is interrupted
                Ok(found) => {
                    let found = found.unwrap().parse::<f64>().unwrap();
                    let wanted = expected.parse::<f64>().unwrap();
                    assert!(found == wanted || found == wanted + 1.0, "{sql}: {found}");
                    interrupted.fetch_add(usize::from(found != wanted), Ordering::Relaxed);
                }
                Err(error) => {
                    assert_eq!(code(&error), Some(1317), "{sql}: {error}");
                    interrupted.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        if in_transaction && let Err(error) = conn.query_drop("COMMIT") {
            assert_eq!(code(&error), Some(1317), "COMMIT: {error}");
        }
    }
}

fn bystander(mut conn: Conn, n: usize, done: &AtomicBool, answered: &AtomicUsize) {
    let mut round = 0_usize;
    while !done.load(Ordering::Relaxed) {
        round += 1;
        let expected = format!("by{n}-{round}");
        let found: Option<String> = conn
            .query_first(format!(
                "SELECT CONCAT('{expected}', LEFT(SLEEP(0.001), 0))"
            ))
            .unwrap_or_else(|error| panic!("a bystander was hit: {error}"));
        assert_eq!(found.as_deref(), Some(expected.as_str()));
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_user_kills_his_own_sessions_and_an_admin_everybodys() {
    let house = house();
    let _turn = house.turn();
    let mut admin = house.connect();
    let (mut one, two) = (house.proxy.connect_as_app(), house.proxy.connect_as_app());
    let foreign = admin.connection_id();
    assert_eq!(refusal(&mut one, &format!("KILL {foreign}")).code, 1095);
    assert_eq!(
        refusal(&mut one, &format!("KILL QUERY {foreign}")).code,
        1095
    );
    let id = two.connection_id();
    ask(&mut one, format!("KILL CONNECTION {id}")).unwrap();
    wait_until("a user's own session stays", || {
        !has_session(&mut admin, id)
    });
    let id = one.connection_id();
    ask(&mut admin, format!("KILL {id}")).unwrap();
    wait_until("a session stays that an admin killed", || {
        !has_session(&mut admin, id)
    });
    assert!(one.query_drop("SELECT 1").is_err());
}

#[test]
fn an_id_of_another_instance_or_of_nobody_is_1094() {
    let house = house();
    let _turn = house.turn();
    let mut conn = house.connect();
    let id = conn.connection_id();
    assert_ne!(id >> 22, 0, "the worker id stands in the upper bits");
    for other in [
        u64::from(id ^ 1 << 22),
        u64::from(id) + (1 << 32),
        u64::from(id | 0x3F_FFFF),
        0,
    ] {
        for word in ["", "QUERY", "CONNECTION"] {
            let sql = format!("KILL {word} {other}");
            assert_eq!(refusal(&mut conn, &sql).code, 1094, "{sql}");
        }
    }
    assert_eq!(number(&mut conn, "SELECT 6"), 6);
}

#[test]
fn who_kills_himself_is_told_so() {
    let house = house();
    let _turn = house.turn();
    let mut conn = house.connect();
    let id = conn.connection_id();
    assert_eq!(refusal(&mut conn, &format!("KILL QUERY {id}")).code, 1317);
    assert_eq!(refusal(&mut conn, "KILL QUERY CONNECTION_ID()").code, 1317);
    assert_eq!(number(&mut conn, "SELECT 6"), 6);
    ask(&mut conn, "SET @id = CONNECTION_ID()").unwrap();
    assert_eq!(refusal(&mut conn, "KILL @id").code, 1317);
    assert!(conn.query_drop("SELECT 1").is_err());
}

#[test]
fn a_session_killed_idle_in_its_transaction_gives_its_locks_back() {
    let house = house();
    let _turn = house.turn();
    let (mut one, mut two) = (house.connect(), house.connect());
    ask(
        &mut two,
        "CREATE TABLE IF NOT EXISTS killed (a INT PRIMARY KEY)",
    )
    .unwrap();
    ask(&mut one, "BEGIN").unwrap();
    ask(&mut one, "INSERT INTO killed VALUES (1)").unwrap();
    let id = one.connection_id();
    // KILL QUERY finds nothing that runs: the transaction stays as it is
    ask(&mut two, format!("KILL QUERY {id}")).unwrap();
    assert_eq!(number(&mut one, "SELECT COUNT(*) FROM killed"), 1);
    ask(&mut two, format!("KILL {id}")).unwrap();
    wait_until("the session stays", || !has_session(&mut two, id));
    // the pool's one connection was the killed session's
    assert_eq!(number(&mut two, "SELECT COUNT(*) FROM killed"), 0);
    ask(&mut two, "INSERT INTO killed VALUES (1)").unwrap();
    ask(&mut two, "DROP TABLE killed").unwrap();
    assert!(one.query_drop("SELECT 1").is_err());
}

#[test]
fn a_session_that_waits_for_a_connection_can_be_killed() {
    let house = house();
    let _turn = house.turn();
    let (mut holder, mut waiter, mut killer) = (house.connect(), house.connect(), house.connect());
    ask(&mut holder, "BEGIN").unwrap();
    value(&mut holder, "SELECT 1");
    for what in ["QUERY", "CONNECTION"] {
        let id = waiter.connection_id();
        let ended = thread::scope(|scope| {
            let waiting = scope.spawn(|| waiter.query_first::<u8, _>("SELECT 2"));
            // the pool waits 3 s
            thread::sleep(Duration::from_millis(300));
            ask(&mut killer, format!("KILL {what} {id}")).unwrap();
            waiting.join().unwrap()
        });
        let error = ended.unwrap_err();
        assert!(
            code(&error) == Some(1317) || (what == "CONNECTION" && code(&error).is_none()),
            "{what}: {error}"
        );
    }
    ask(&mut holder, "ROLLBACK").unwrap();
    assert!(waiter.query_drop("SELECT 1").is_err());
    assert_eq!(number(&mut killer, "SELECT 3"), 3);
    // it was killed, not refused
    let metrics = metrics(house);
    assert!(
        !metrics.contains("refusals_total{code=\"1317\"}"),
        "{metrics}"
    );
    let is_refused = |line: &str| line.contains("statement refused") && line.contains("1317");
    assert!(!house.proxy.log().lines().any(is_refused));
}

#[test]
fn who_gets_no_connection_in_time_is_told_so_and_goes_on() {
    let house = house();
    let _turn = house.turn();
    let (mut holder, mut waiter) = (house.connect(), house.connect());
    ask(&mut holder, "BEGIN").unwrap();
    value(&mut holder, "SELECT 1");
    let told = refusal(&mut waiter, "SELECT 2");
    assert_eq!(
        (told.code, told.state.as_str()),
        (29010, "HY000"),
        "{told:?}"
    );
    ask(&mut holder, "ROLLBACK").unwrap();
    assert_eq!(number(&mut waiter, "SELECT 3"), 3);
}

/// A statement whose result has no end that anybody waits for.
fn endless(word: &str) -> String {
    let digits =
        "(SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)";
    let tables: Vec<String> = (0..12).map(|n| format!("{digits} AS {word}{n}")).collect();
    format!("SELECT REPEAT('x', 2000) FROM {}", tables.join(", "))
}

#[test]
fn a_session_that_reads_a_large_result_can_be_killed() {
    let house = house();
    let _turn = house.turn();
    let (mut reader, mut killer) = (house.connect(), house.connect());
    let id = reader.connection_id();
    let error = thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let result = reader.query_iter(endless("reads")).unwrap();
            result.filter_map(Result::err).next().unwrap()
        });
        wait_until("the statement does not run", || runs(house, "reads11"));
        thread::sleep(Duration::from_millis(100));
        ask(&mut killer, format!("KILL QUERY {id}")).unwrap();
        reading.join().unwrap()
    });
    assert_eq!(code(&error), Some(1317), "{error}");
    assert_eq!(number(&mut reader, "SELECT 6"), 6);
    wait_until("the statement goes on", || !runs(house, "reads11"));
}

#[test]
fn a_session_that_does_not_read_can_be_killed() {
    let house = house();
    let _turn = house.turn();
    let mut killer = house.connect();
    let mut raw = Raw::login(house.proxy.port(), "empty", "ecommerce", 0);
    raw.send_query(&endless("unread"));
    wait_until("the statement does not run", || runs(house, "unread11"));
    ask(&mut killer, format!("KILL {}", raw.id)).unwrap();
    wait_until("the session stays", || !has_session(&mut killer, raw.id));
    wait_until("the statement goes on", || !runs(house, "unread11"));
    // and an answer that fits into no socket, though it is whole
    let mut raw = Raw::login(house.proxy.port(), "empty", "ecommerce", 0);
    raw.send_query("SELECT REPEAT('x', 30000000)");
    thread::sleep(Duration::from_millis(300));
    ask(&mut killer, format!("KILL {}", raw.id)).unwrap();
    wait_until("the session stays", || !has_session(&mut killer, raw.id));
    assert_eq!(number(&mut killer, "SELECT 6"), 6);
}

#[test]
fn statements_that_are_not_relayed_are_killed_too() {
    let house = house();
    let _turn = house.turn();
    for sql in [
        "SET @a = SLEEP(30)",
        "SET sql_select_limit = 5 + (SELECT SLEEP(30))",
        "DO SLEEP(30)",
        "CALL sleeps()",
    ] {
        let (mut conn, mut killer) = (house.connect(), house.connect());
        if sql.starts_with("CALL") {
            ask(&mut conn, "CREATE PROCEDURE sleeps() DO SLEEP(30)").unwrap();
        }
        let id = conn.connection_id();
        let (started, ended) = thread::scope(|scope| {
            let sleeping = scope.spawn(|| {
                let started = Instant::now();
                (started, ask(&mut conn, sql))
            });
            wait_until("the statement does not run", || runs(house, "SLEEP(30"));
            ask(&mut killer, format!("KILL QUERY {id}")).unwrap();
            sleeping.join().unwrap()
        });
        assert!(
            started.elapsed() < Duration::from_secs(25),
            "{sql}: {ended:?}"
        );
        if let Err(refusal) = ended {
            assert_eq!(refusal.code, 1317, "{sql}");
        }
        assert_eq!(number(&mut conn, "SELECT 6"), 6, "{sql}");
        assert!(!runs(house, "SLEEP(30"), "{sql}");
        if sql.starts_with("CALL") {
            ask(&mut conn, "DROP PROCEDURE sleeps").unwrap();
        }
    }
}

/// COM_PROCESS_KILL
#[test]
fn the_command_kills_as_the_statement_does() {
    let house = house();
    let _turn = house.turn();
    let mut watcher = house.connect();
    let mut killer = Raw::login(house.proxy.port(), "empty", "ecommerce", 0);
    let victim = Raw::login(house.proxy.port(), "empty", "ecommerce", 0);
    let mut command = vec![0x0C];
    command.extend(victim.id.to_le_bytes());
    killer.send_commands(&[command.clone()]);
    assert!(killer.answer()[0].starts_with("ok"));
    wait_until("the session stays", || {
        !has_session(&mut watcher, victim.id)
    });
    killer.send_commands(&[command, vec![0x0C, 1]]);
    assert!(killer.answer()[0].starts_with("error 1094"));
    assert!(killer.answer()[0].starts_with("error"));
    assert!(killer.ask("SELECT 1").len() > 2);
}

/// The server lets nobody in any more who could say KILL there; whoever is in stays.
fn lock_out(house: &House) {
    let user = house.account();
    let hosts = house
        .server()
        .sql(&format!(
            "SELECT host FROM mysql.user WHERE user = '{user}'"
        ))
        .unwrap();
    for host in hosts {
        let lock = format!("ALTER USER '{user}'@'{}' ACCOUNT LOCK", host[0]);
        house.server().sql(&lock).unwrap();
    }
}

fn lasting(house: &House) -> Conn {
    let mut conn = house.connect();
    ask(
        &mut conn,
        "CREATE TABLE lasting (id INT PRIMARY KEY, v INT)",
    )
    .unwrap();
    ask(&mut conn, "INSERT INTO lasting VALUES (1, 0)").unwrap();
    conn
}

/// Contract 7.3.
#[test]
fn a_write_that_may_run_on_behind_its_kill_is_not_called_interrupted() {
    let house = House::open(2);
    let (mut conn, mut killer) = (lasting(&house), house.connect());
    let id = conn.connection_id();
    lock_out(&house);
    let told = thread::scope(|scope| {
        let writing = scope.spawn(|| {
            refusal(
                &mut conn,
                "UPDATE lasting SET v = 1 + SLEEP(8) WHERE id = 1",
            )
        });
        wait_until("the write does not run", || runs(&house, "SLEEP(8"));
        ask(&mut killer, format!("KILL QUERY {id}")).unwrap();
        writing.join().unwrap()
    });
    assert_eq!(told.code, 29009, "{told:?}");
}

#[test]
fn a_kill_in_front_of_an_execute_keeps_it_from_being_sent() {
    let house = House::open(4);
    let (mut conn, mut killer) = (lasting(&house), house.connect());
    let (mut reader, mut changer) = (house.direct_to("behind"), house.direct_to("behind"));
    let id = conn.connection_id();
    let write = "UPDATE lasting SET v = ? + COALESCE(@none, 0) WHERE id = 1";
    let prepared = conn.prep(write).unwrap();
    let waits = |count: &str| {
        let sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'";
        house.server().value(sql).unwrap() == count
    };
    ask(&mut reader, "BEGIN").unwrap();
    ask(&mut reader, "SELECT * FROM lasting").unwrap();
    let told = thread::scope(|scope| {
        let changing =
            scope.spawn(|| ask(&mut changer, "ALTER TABLE lasting COMMENT = 'waited for'"));
        wait_until("the table's change does not wait", || waits("1"));
        let writing = scope.spawn(|| conn.exec_drop(&prepared, (5,)));
        wait_until("the PREPARE does not wait", || waits("2"));
        lock_out(&house);
        ask(&mut killer, format!("KILL QUERY {id}")).unwrap();
        ask(&mut reader, "COMMIT").unwrap();
        changing.join().unwrap().unwrap();
        writing.join().unwrap()
    });
    assert_eq!(told.as_ref().err().and_then(code), Some(1317), "{told:?}");
    assert_eq!(value(&mut reader, "SELECT v FROM lasting"), "0");
}
