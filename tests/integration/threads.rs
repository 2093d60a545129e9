//! Sessions of several threads over the same few connections, and commands that are served beside their thread.

use std::thread;

use mysql::Conn;
use mysql::prelude::Queryable;

use crate::support::{ask, narrow, number, shop, value};

/// Sessions, more than threads and connections.
const SESSIONS: usize = 12;
const ROUNDS: usize = 60;
/// Longer than what is served on a session's thread (docs/adr/0010).
const LONG: usize = 100 * 1024;

fn in_parallel(work: impl Fn(usize, &mut Conn) + Sync) {
    thread::scope(|scope| {
        for session in 0..SESSIONS {
            let work = &work;
            scope.spawn(move || work(session, &mut narrow().connect()));
        }
    });
}

#[test]
fn sessions_of_all_threads_take_turns_on_two_connections_and_each_gets_its_own_answer() {
    in_parallel(|session, conn| {
        ask(conn, format!("SET @own = {session}")).unwrap();
        for round in 0..ROUNDS {
            let token = format!("{session}-{round}");
            let text = format!("SELECT CONCAT('{token}', '/', @own)");
            assert_eq!(value(conn, &text), format!("{token}/{session}"));
            let prepared: Option<String> = conn
                .exec_first("SELECT CONCAT(?, '/', @own)", (&token,))
                .unwrap();
            assert_eq!(prepared, Some(format!("{token}/{session}")));
        }
    });
}

#[test]
fn transactions_of_all_threads_are_their_sessions_own() {
    let shop = shop();
    in_parallel(|_, conn| {
        let sku = shop.stocked(conn, 0);
        for _ in 0..ROUNDS / 10 {
            ask(conn, "BEGIN").unwrap();
            let update = format!(
                "UPDATE inv_stock SET stock = stock + 1 WHERE sku_id = {sku} AND warehouse_id = 1"
            );
            ask(conn, &update).unwrap();
            ask(conn, &update).unwrap();
            ask(conn, "ROLLBACK").unwrap();
            ask(conn, &update).unwrap();
        }
        let sql = format!("SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
        assert_eq!(number(conn, &sql), i64::try_from(ROUNDS / 10).unwrap());
    });
}

#[test]
fn a_long_statement_has_its_sessions_state_and_transaction_and_leaves_its_own() {
    let shop = shop();
    let blanks = " ".repeat(LONG);
    in_parallel(|session, conn| {
        let sku = shop.stocked(conn, 7);
        ask(conn, format!("SET @own = {session}")).unwrap();
        assert_eq!(
            value(conn, &format!("SELECT{blanks} @own")),
            session.to_string()
        );
        ask(conn, format!("SET{blanks} @own = @own + 100")).unwrap();
        assert_eq!(value(conn, "SELECT @own"), (session + 100).to_string());
        let key = format!("WHERE{blanks} sku_id = {sku} AND warehouse_id = 1");
        ask(conn, "BEGIN").unwrap();
        ask(conn, format!("UPDATE inv_stock SET stock = 9 {key}")).unwrap();
        assert_eq!(
            number(conn, &format!("SELECT stock FROM inv_stock {key}")),
            9
        );
        ask(conn, "ROLLBACK").unwrap();
        assert_eq!(
            number(conn, &format!("SELECT stock FROM inv_stock {key}")),
            7
        );
        let answer: Option<u64> = conn
            .exec_first(
                format!("SELECT stock FROM inv_stock {key} AND stock = ?"),
                (7,),
            )
            .unwrap();
        assert_eq!(answer, Some(7));
        let long = "y".repeat(LONG);
        let length: Option<u64> = conn.exec_first("SELECT LENGTH(?)", (&long,)).unwrap();
        assert_eq!(length, Some(LONG as u64));
    });
}

#[test]
fn a_long_statement_that_is_refused_leaves_the_session_usable() {
    let mut conn = shop().connect();
    let refused = format!(
        "SELECT{} stock FROM inv_stock WHERE warehouse_id = 1",
        " ".repeat(LONG)
    );
    assert!(conn.query_drop(refused).is_err());
    assert_eq!(value(&mut conn, "SELECT 1"), "1");
}
