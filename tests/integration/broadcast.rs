//! Broadcast and single tables, contract 4.7.

use std::thread;
use std::time::{Duration, Instant};

use mysql::Conn;
use mysql::prelude::Queryable;
use shardgate::lab::Account;

use crate::support::{House, ask, number, opts, refusal, rows, shop, value};

#[test]
fn a_broadcast_write_reaches_every_data_source_once() {
    let shop = shop();
    let mut conn = shop.connect();
    let id = shop.sku();
    let answer = ask(
        &mut conn,
        format!("INSERT INTO dict_region (id, name) VALUES ({id}, 'Kowloon')"),
    )
    .unwrap();
    assert_eq!(answer.affected(), 1);
    let count = |shop: &crate::support::Shop| {
        shop.everywhere(&format!(
            "SELECT name FROM {{schema}}.dict_region WHERE id = {id}"
        ))
    };
    let found = count(shop);
    assert_eq!(found.len(), 8);
    assert!(found.iter().all(|(_, row)| row == &["Kowloon"]));
    assert_eq!(
        ask(
            &mut conn,
            format!("UPDATE dict_region SET name = 'Sha Tin' WHERE id = {id}")
        )
        .unwrap()
        .affected(),
        1
    );
    assert!(count(shop).iter().all(|(_, row)| row == &["Sha Tin"]));
    assert_eq!(
        ask(
            &mut conn,
            format!("DELETE FROM dict_region WHERE id = {id}")
        )
        .unwrap()
        .affected(),
        1
    );
    assert!(count(shop).is_empty());
}

#[test]
fn a_broadcast_table_is_read_on_one_data_source() {
    let shop = shop();
    let mut conn = shop.connect();
    let id = shop.sku();
    ask(
        &mut conn,
        format!("INSERT INTO dict_region (id, name) VALUES ({id}, 'Tai Po')"),
    )
    .unwrap();
    for _ in 0..10 {
        let sql =
            format!("/*+ PROXY_DS=primary */ SELECT COUNT(*) FROM dict_region WHERE id = {id}");
        assert_eq!(number(&mut conn, &sql), 1);
    }
}

#[test]
fn now_is_the_same_moment_on_every_server() {
    let shop = shop();
    let mut conn = shop.connect();
    let id = shop.sku();
    ask(
        &mut conn,
        format!("INSERT INTO dict_region (id, name) VALUES ({id}, NOW())"),
    )
    .unwrap();
    let mut moments: Vec<_> = shop.everywhere(&format!(
        "SELECT name FROM {{schema}}.dict_region WHERE id = {id}"
    ));
    moments.dedup_by(|a, b| a.1 == b.1);
    assert_eq!(moments.len(), 1);
}

#[test]
fn values_that_differ_by_server_are_refused() {
    let shop = shop();
    let mut conn = shop.connect();
    for value in ["UUID()", "RAND()", "@x", "CONNECTION_ID()"] {
        let id = shop.sku();
        refusal(
            &mut conn,
            &format!("INSERT INTO dict_region (id, name) VALUES ({id}, {value})"),
        );
        assert!(
            shop.everywhere(&format!(
                "SELECT 1 FROM {{schema}}.dict_region WHERE id = {id}"
            ))
            .is_empty(),
            "{value}"
        );
    }
}

#[test]
fn a_broadcast_write_in_a_transaction_is_29001() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "BEGIN").unwrap();
    ask(
        &mut conn,
        format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1"),
    )
    .unwrap();
    let id = shop.sku();
    assert_eq!(
        refusal(
            &mut conn,
            &format!("INSERT INTO dict_region (id, name) VALUES ({id}, 'x')")
        )
        .code,
        29001
    );
    ask(&mut conn, "ROLLBACK").unwrap();
}

#[test]
fn a_broadcast_table_joins_a_sharded_one_where_that_is() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 10);
    let id = shop.sku();
    ask(
        &mut conn,
        format!("INSERT INTO dict_region (id, name) VALUES ({id}, 'Central')"),
    )
    .unwrap();
    let sql = format!(
        "/*+ PROXY_DS=primary */ SELECT s.stock, r.name FROM inv_stock s JOIN dict_region r ON r.id = {id} \
         WHERE s.sku_id = {sku} AND s.warehouse_id = 1"
    );
    assert_eq!(rows(&mut conn, &sql), [["10", "Central"]]);
}

#[test]
fn a_table_without_a_rule_lives_in_one_data_source() {
    let shop = shop();
    let mut conn = shop.connect();
    let name = format!("single_{}", shop.sku());
    ask(
        &mut conn,
        format!("CREATE TABLE {name} (a INT PRIMARY KEY)"),
    )
    .unwrap();
    ask(&mut conn, format!("INSERT INTO {name} VALUES (1), (2)")).unwrap();
    assert_eq!(
        number(
            &mut conn,
            &format!("/*+ PROXY_DS=primary */ SELECT COUNT(*) FROM {name}")
        ),
        2
    );
    let sql = format!(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = '{{schema}}' AND table_name = '{name}'"
    );
    assert_eq!(shop.everywhere(&sql).len(), 1);
    ask(&mut conn, format!("DROP TABLE {name}")).unwrap();
}

/// Contract 3.3: a KILL ends the whole statement, wherever it runs at the moment.
#[test]
fn a_kill_reaches_a_write_that_waits_in_every_data_source() {
    let shop = shop();
    let (mut conn, mut killer) = (shop.connect(), shop.connect());
    let (id, session) = (shop.sku(), conn.connection_id());
    let insert = format!("INSERT INTO dict_region (id, name) VALUES ({id}, 'Sai Kung')");
    ask(&mut conn, insert).unwrap();
    let Account { user, password } = shop.farm.account();
    let lock = format!("SELECT id FROM dict_region WHERE id = {id} FOR UPDATE");
    let schemas = shop.farm.schemas().iter().enumerate();
    let mut holders: Vec<Conn> = schemas
        .map(|(n, schema)| {
            let port = shop.farm.pair_of(n).primary.port();
            let mut holder = Conn::new(opts(port, user, password, Some(schema))).unwrap();
            ask(&mut holder, "BEGIN").unwrap();
            assert_eq!(number(&mut holder, &lock), id);
            holder
        })
        .collect();
    let update = format!("UPDATE dict_region SET name = 'Tuen Mun' WHERE id = {id}");
    let waiting = || {
        let sql = format!(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'UPDATE%id = {id}'"
        );
        let pairs = shop.farm.pairs().iter();
        let counts = pairs.map(|pair| pair.primary.value(&sql).unwrap().parse::<usize>().unwrap());
        counts.sum::<usize>()
    };
    let wait_for = |count: usize| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while waiting() != count {
            assert!(
                Instant::now() < deadline,
                "{} writes run, not {count}",
                waiting()
            );
            thread::sleep(Duration::from_millis(10));
        }
    };
    let told = thread::scope(|scope| {
        let writing = scope.spawn(|| refusal(&mut conn, &update));
        wait_for(holders.len());
        ask(&mut killer, format!("KILL QUERY {session}")).unwrap();
        // the rows stay locked: only the KILL can end it
        wait_for(0);
        writing.join().unwrap()
    });
    assert_eq!(told.code, 1317, "{told:?}");
    for holder in &mut holders {
        ask(holder, "ROLLBACK").unwrap();
    }
    let name = format!("SELECT name FROM dict_region WHERE id = {id}");
    assert_eq!(value(&mut conn, &name), "Sai Kung");
}

/// Contracts 3.2, 7.2: one copy is a table like any other.
#[test]
fn the_one_copy_of_a_single_data_source_belongs_to_its_transaction() {
    let house = House::open_with(
        3,
        &["behind"],
        "databaseName: ecommerce\ndataSources:\nrules:\n- !BROADCAST\n  tables: [dict]\n- !SINGLE\n  tables: [\"*.*\"]\n  defaultDataSource: ds_0_primary\n",
    );
    let mut direct = house.direct_to("behind");
    ask(
        &mut direct,
        "CREATE TABLE dict (id INT PRIMARY KEY, name VARCHAR(20))",
    )
    .unwrap();
    let (mut conn, mut other) = (house.connect(), house.connect());
    ask(&mut conn, "REFRESH TABLE METADATA").unwrap();
    let count = |conn: &mut Conn| number(conn, "SELECT COUNT(*) FROM dict");
    ask(&mut conn, "INSERT INTO dict VALUES (1, 'a')").unwrap();
    assert_eq!(count(&mut other), 1);
    ask(&mut conn, "BEGIN").unwrap();
    ask(&mut conn, "INSERT INTO dict VALUES (2, 'b')").unwrap();
    assert_eq!((count(&mut conn), count(&mut other)), (2, 1));
    assert_eq!(
        number(&mut conn, "SELECT id FROM dict WHERE id = 1 FOR UPDATE"),
        1
    );
    ask(&mut conn, "UPDATE dict SET name = 'c' WHERE id = 1").unwrap();
    ask(&mut conn, "ROLLBACK").unwrap();
    assert_eq!(count(&mut other), 1);
    ask(&mut conn, "SET autocommit = 0").unwrap();
    let mut prepared = conn.prep("INSERT INTO dict VALUES (?, 'd')").unwrap();
    conn.exec_drop(&prepared, (3,)).unwrap();
    ask(&mut conn, "ROLLBACK").unwrap();
    assert_eq!(count(&mut other), 1);
    prepared = conn.prep("INSERT INTO dict VALUES (?, 'e')").unwrap();
    conn.exec_drop(&prepared, (4,)).unwrap();
    ask(&mut conn, "INSERT INTO dict VALUES (5, 'f')").unwrap();
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(count(&mut other), 3);
    assert_eq!(value(&mut other, "SELECT name FROM dict WHERE id = 1"), "a");
}
