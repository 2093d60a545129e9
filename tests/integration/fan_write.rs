//! Writes over several nodes: the same as on one server, all or nothing, whatever happens in between (contract 4.4, 4.10).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, Params, Value};

use crate::differential::statements;
use crate::support::{
    Placement, ProxyOptions, Shop, ask, number, refusal, rows, shop, token, value,
};

const EVERYDAY: &str = include_str!("fan_write/everyday.sql");
/// Warehouses that the scripts write.
const WAREHOUSES: std::ops::RangeInclusive<i64> = 1..=20;

/// Every row of a SKU, asked for node by node.
fn stock_of(conn: &mut Conn, sku: i64) -> Vec<Vec<String>> {
    WAREHOUSES
        .flat_map(|warehouse| {
            let sql = format!(
                "/*+ PROXY_DS=primary */ SELECT id, warehouse_id, stock, reserved, version, updated_at > '2020-01-01' \
                 FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {warehouse}"
            );
            rows(conn, &sql)
        })
        .collect()
}

/// Warehouses of `sku` in its first and its second table.
fn split(sku: i64) -> (i64, i64) {
    let of = |table: u64| {
        WAREHOUSES
            .clone()
            .find(|warehouse| Placement::stock_table(sku, *warehouse) % 2 == table)
            .unwrap()
    };
    (of(0), of(1))
}

fn stocked(conn: &mut Conn, sku: i64) {
    let (first, second) = split(sku);
    let sql = format!(
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, {first}, 1), ({sku}, {second}, 1)"
    );
    assert_eq!(ask(conn, sql).unwrap().affected(), 2);
}

fn stocks(conn: &mut Conn, sku: i64) -> Vec<String> {
    stock_of(conn, sku)
        .into_iter()
        .map(|row| row[2].clone())
        .collect()
}

#[test]
fn writes_over_several_nodes_answer_as_on_one_server_contract_4_10() {
    let shop = shop();
    let (mut direct, mut through) = (shop.direct(), shop.connect());
    let sku = shop.skus(100);
    let script = EVERYDAY
        .replace("{sku}", &sku.to_string())
        .replace("{id}", &sku.to_string());
    let statements = statements(&script);
    assert!(statements.len() > 70);
    let mut differences = Vec::new();
    for sql in &statements {
        let (expected, answer) = (ask(&mut direct, sql), ask(&mut through, sql));
        if expected != answer {
            differences.push(format!(
                "{sql}\n  direct:  {expected:?}\n  through: {answer:?}"
            ));
        }
        let (left, right) = (stock_of(&mut direct, sku), stock_of(&mut through, sku));
        if left != right {
            differences.push(format!(
                "after {sql}\n  direct:  {left:?}\n  through: {right:?}"
            ));
            break;
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn prepared_writes_over_several_nodes_answer_as_on_one_server() {
    let shop = shop();
    let (mut direct, mut through) = (shop.direct(), shop.connect());
    let sku = shop.skus(100);
    let id = |n: i64| Value::Int(sku * 1000 + n);
    let row = |n: i64, stock: Value| {
        vec![
            id(n),
            Value::Int(sku),
            Value::Int(n),
            stock,
            Value::from("2026-01-02 03:04:05"),
        ]
    };
    let three = |stocks: [Value; 3], first: i64| -> Vec<Value> {
        let rows = stocks.into_iter().zip(first..);
        rows.flat_map(|(stock, n)| row(n, stock)).collect()
    };
    let insert = "INSERT INTO inv_stock (id, sku_id, warehouse_id, stock, updated_at) \
                  VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)";
    let update =
        "UPDATE inv_stock SET stock = stock + ?, version = ? WHERE sku_id = ? AND stock > ?";
    let by_list = "DELETE FROM inv_stock WHERE sku_id = ? AND warehouse_id IN (?, ?, ?)";
    let cases: Vec<(&str, Vec<Value>)> = vec![
        (
            insert,
            three([Value::Int(1), Value::Int(2), Value::Int(3)], 1),
        ),
        (
            insert,
            three([Value::from("4"), Value::Double(5.4), Value::UInt(6)], 4),
        ),
        (
            insert,
            three([Value::Int(7), Value::NULL, Value::Int(9)], 7),
        ),
        (
            insert,
            three([Value::Int(7), Value::from("it's \\ ?"), Value::Int(9)], 7),
        ),
        (
            insert,
            three([Value::Int(7), Value::Int(8), Value::Int(9)], 6),
        ),
        (
            update,
            vec![
                Value::Int(10),
                Value::Int(1),
                Value::Int(sku),
                Value::Int(2),
            ],
        ),
        (
            update,
            vec![
                Value::from("-3"),
                Value::Int(2),
                Value::from(sku.to_string()),
                Value::Double(0.5),
            ],
        ),
        (
            by_list,
            vec![Value::Int(sku), Value::Int(1), Value::Int(2), Value::NULL],
        ),
        (
            by_list,
            vec![Value::Int(sku), Value::Int(3), Value::Int(4), Value::Int(5)],
        ),
    ];
    for (sql, params) in cases {
        let mut answers = Vec::new();
        for conn in [&mut direct, &mut through] {
            let done = conn.exec_drop(sql, Params::Positional(params.clone()));
            let told = (
                conn.affected_rows(),
                conn.info_str().into_owned(),
                conn.warnings(),
            );
            let error = match done {
                Ok(()) => None,
                Err(mysql::Error::MySqlError(error)) => Some((error.code, error.message)),
                Err(other) => panic!("{other}"),
            };
            answers.push((error.is_none().then_some(told), error, stock_of(conn, sku)));
        }
        assert_eq!(answers[0], answers[1], "{sql} {params:?}");
    }
}

#[test]
fn generated_keys_of_rows_on_several_nodes_are_consecutive_contract_9_3() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    let sql = format!(
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1), ({sku}, 2, 1), ({sku}, 3, 1), ({sku}, 4, 1)"
    );
    let answer = ask(&mut conn, sql).unwrap();
    let first = i64::try_from(answer.insert_id()).unwrap();
    assert_eq!(number(&mut conn, "SELECT LAST_INSERT_ID()"), first);
    let ids: Vec<String> = stock_of(&mut conn, sku)
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    let expected: Vec<String> = (first..first + 4).map(|id| id.to_string()).collect();
    assert_eq!(ids, expected);
    let insert = "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, 1), (?, ?, 1), (?, ?, 1)";
    let sku = shop.sku();
    conn.exec_drop(insert, (sku, 1, sku, 2, sku, 3)).unwrap();
    let first = i64::try_from(conn.last_insert_id()).unwrap();
    let ids: Vec<String> = stock_of(&mut conn, sku)
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    let expected: Vec<String> = (first..first + 3).map(|id| id.to_string()).collect();
    assert_eq!(ids, expected);
}

#[test]
fn every_row_of_a_split_insert_lies_where_the_layout_says_contract_4_4() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    let list: Vec<String> = WAREHOUSES.map(|w| format!("({sku}, {w}, {w})")).collect();
    let sql = format!(
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES {}",
        list.join(" , /* next */ ")
    );
    assert_eq!(ask(&mut conn, sql).unwrap().affected(), 20);
    let schema = Placement::schema_of_sku(sku);
    let server = &shop.farm.pair_of(usize::try_from(schema).unwrap()).primary;
    for warehouse in WAREHOUSES {
        let table = Placement::stock_table(sku, warehouse);
        let count = format!(
            "SELECT COUNT(*) FROM ecom_{schema}.inv_stock_{table} WHERE sku_id = {sku} AND warehouse_id = {warehouse} AND stock = {warehouse}"
        );
        assert_eq!(server.value(&count).unwrap(), "1", "{warehouse}");
    }
}

#[test]
fn a_writer_of_another_data_source_is_refused_and_the_transaction_goes_on_contract_7_1() {
    let shop = shop();
    let mut conn = shop.connect();
    let (one, other) = shop.two_apart();
    stocked(&mut conn, one);
    stocked(&mut conn, other);
    ask(&mut conn, "BEGIN").unwrap();
    ask(
        &mut conn,
        format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {one}"),
    )
    .unwrap();
    let update = format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {other}");
    assert_eq!(refusal(&mut conn, &update).code, 29001);
    let both = format!("UPDATE inv_stock SET stock = 2 WHERE sku_id IN ({one}, {other})");
    assert_eq!(refusal(&mut conn, &both).code, 29008);
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(stocks(&mut conn, one), ["2", "2"]);
    assert_eq!(stocks(&mut conn, other), ["1", "1"]);
}

#[test]
fn a_lock_wait_on_the_second_node_undoes_the_statement_alone() {
    let shop = shop();
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let sku = shop.sku();
    let (_, second) = split(sku);
    stocked(&mut conn, sku);
    let lock = format!(
        "SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {second} FOR UPDATE"
    );
    let update = format!("UPDATE inv_stock SET stock = stock + 1 WHERE sku_id = {sku}");
    ask(&mut conn, "SET SESSION innodb_lock_wait_timeout = 1").unwrap();
    ask(&mut other, "BEGIN").unwrap();
    ask(&mut other, &lock).unwrap();
    // on its own: nothing of it is kept
    assert_eq!(refusal(&mut conn, &update).code, 1205);
    // in a transaction: what went before it is
    let mark = token();
    ask(&mut conn, "BEGIN").unwrap();
    let reserve = format!(
        "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ('{mark}', {sku}, 1, 1)"
    );
    ask(&mut conn, reserve).unwrap();
    assert_eq!(refusal(&mut conn, &update).code, 1205);
    ask(&mut other, "ROLLBACK").unwrap();
    assert_eq!(stocks(&mut conn, sku), ["1", "1"]);
    assert_eq!(ask(&mut conn, &update).unwrap().affected(), 2);
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(stocks(&mut conn, sku), ["2", "2"]);
    let reserved = format!(
        "SELECT COUNT(*) FROM inv_reservation WHERE sku_id = {sku} AND order_no = '{mark}' FOR UPDATE"
    );
    assert_eq!(value(&mut conn, &reserved), "1");
}

#[test]
fn a_deadlock_on_the_second_node_rolls_the_transaction_back_and_says_so() {
    let shop = shop();
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let sku = shop.sku();
    let (first, second) = split(sku);
    stocked(&mut conn, sku);
    let set = |warehouse: i64| {
        format!(
            "UPDATE inv_stock SET version = 9 WHERE sku_id = {sku} AND warehouse_id = {warehouse}"
        )
    };
    ask(&mut conn, "BEGIN").unwrap();
    ask(&mut other, "BEGIN").unwrap();
    ask(&mut other, set(second)).unwrap();
    // the other has more to lose, so that the server gives this one up
    for n in 0..40 {
        let sql = format!(
            "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ('{}{n}', {sku}, 1, 1)",
            token()
        );
        ask(&mut other, sql).unwrap();
    }
    let waiter = thread::spawn(move || {
        let sql = format!("UPDATE inv_stock SET stock = stock + 1 WHERE sku_id = {sku}");
        let refused = refusal(&mut conn, &sql);
        (conn, refused)
    });
    // it holds the first node's row when it waits for the second's
    let mut probe = shop.connect();
    ask(&mut probe, "SET SESSION innodb_lock_wait_timeout = 1").unwrap();
    let holds = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(20));
        let lock = format!(
            "SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {first} FOR UPDATE"
        );
        ask(&mut probe, lock).is_err()
    });
    assert!(holds);
    ask(&mut other, set(first)).unwrap();
    let (mut conn, refused) = waiter.join().unwrap();
    assert_eq!(refused.code, 1213, "{refused:?}");
    assert!(refused.message.contains("rolled back"), "{refused:?}");
    ask(&mut other, "ROLLBACK").unwrap();
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(stocks(&mut conn, sku), ["1", "1"]);
}

#[test]
fn a_killed_write_is_undone_on_all_nodes() {
    let shop = shop();
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let sku = shop.sku();
    let (_, second) = split(sku);
    stocked(&mut conn, sku);
    ask(&mut other, "BEGIN").unwrap();
    let lock = format!(
        "UPDATE inv_stock SET version = 1 WHERE sku_id = {sku} AND warehouse_id = {second}"
    );
    ask(&mut other, lock).unwrap();
    for in_transaction in [false, true] {
        if in_transaction {
            ask(&mut conn, "BEGIN").unwrap();
        }
        let id = conn.connection_id();
        let waiter = thread::spawn(move || {
            let sql = format!("UPDATE inv_stock SET stock = stock + 1 WHERE sku_id = {sku}");
            let refused = refusal(&mut conn, &sql);
            (conn, refused)
        });
        let mut killer = shop.connect();
        while !waiter.is_finished() {
            ask(&mut killer, format!("KILL QUERY {id}")).unwrap();
            thread::sleep(Duration::from_millis(50));
        }
        let (back, refused) = waiter.join().unwrap();
        conn = back;
        assert_eq!(refused.code, 1317, "{refused:?}");
    }
    ask(&mut other, "ROLLBACK").unwrap();
    // a late KILL may have been meant for the statement before
    let _ = ask(&mut conn, "DO 0");
    assert_eq!(stocks(&mut conn, sku), ["1", "1"]);
    ask(&mut conn, "COMMIT").unwrap();
}

#[test]
fn affected_rows_are_those_that_the_client_wants_to_be_counted_contract_2_4() {
    let shop = shop();
    let sku = shop.sku();
    stocked(&mut shop.connect(), sku);
    let found = shop
        .proxy
        .opts("root", "root-secret")
        .additional_capabilities(mysql::consts::CapabilityFlags::CLIENT_FOUND_ROWS);
    let same = format!("UPDATE inv_stock SET stock = 1 WHERE sku_id = {sku}");
    let mut conn = Conn::new(found).unwrap();
    assert_eq!(ask(&mut conn, &same).unwrap().affected(), 2);
    let changed = ask(&mut shop.connect(), &same).unwrap();
    assert_eq!(changed.affected(), 0);
    assert_eq!(
        changed.sets[0].info,
        "Rows matched: 2  Changed: 0  Warnings: 0"
    );
}

/// The server dies between the first node's write and the second's: nothing of the statement is there afterwards.
#[test]
fn a_server_lost_between_two_nodes_leaves_nothing_behind_contract_7_3() {
    let mut shop = Shop::open(&ProxyOptions::default());
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let sku = shop.sku();
    let (first, second) = split(sku);
    stocked(&mut conn, sku);
    let server = usize::try_from(Placement::schema_of_sku(sku)).unwrap() % 2;
    for in_transaction in [false, true] {
        ask(&mut other, "BEGIN").unwrap();
        let lock = format!(
            "UPDATE inv_stock SET version = 1 WHERE sku_id = {sku} AND warehouse_id = {second}"
        );
        ask(&mut other, lock).unwrap();
        if in_transaction {
            ask(&mut conn, "BEGIN").unwrap();
        }
        let waiter = thread::spawn(move || {
            let sql = format!("UPDATE inv_stock SET stock = stock + 1 WHERE sku_id = {sku}");
            let refused = refusal(&mut conn, &sql);
            (conn, refused)
        });
        // the first node's row is locked once it is written
        let table = Placement::stock_table(sku, first);
        let schema = Placement::schema_of_sku(sku);
        let primary = &shop.farm.pairs()[server].primary;
        let probe = format!(
            "SET innodb_lock_wait_timeout = 0; SELECT stock FROM ecom_{schema}.inv_stock_{table} WHERE sku_id = {sku} FOR UPDATE"
        );
        let mut is_written = false;
        for _ in 0..200 {
            thread::sleep(Duration::from_millis(20));
            is_written = primary.sql(&probe).is_err();
            if is_written {
                break;
            }
        }
        assert!(is_written);
        shop.farm.pairs_mut()[server].primary.kill();
        let (back, refused) = waiter.join().unwrap();
        conn = back;
        assert_eq!(refused.code, 29011, "{refused:?}");
        assert!(ask(&mut other, "ROLLBACK").is_ok());
        shop.farm.pairs_mut()[server].primary.restart().unwrap();
        if in_transaction {
            ask(&mut conn, "ROLLBACK").unwrap();
        }
        let lock = format!(
            "SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {second} FOR UPDATE"
        );
        let is_back = (0..600).any(|_| {
            thread::sleep(Duration::from_millis(50));
            ask(&mut conn, &lock).is_ok()
        });
        assert!(is_back);
        assert_eq!(stocks(&mut conn, sku), ["1", "1"]);
    }
}

/// `allowSplitWrite: true`: all data sources are written before the first commits.
#[test]
fn a_split_write_that_fails_on_one_data_source_is_kept_on_none_contract_4_4() {
    let options = ProxyOptions {
        layout: vec![(
            "    inv_stock:\n",
            "    inv_stock:\n      allowSplitWrite: true\n",
        )],
        ..ProxyOptions::default()
    };
    let shop = Shop::open(&options);
    let mut conn = shop.connect();
    let (one, other) = shop.two_apart();
    let insert = |stock: &str| {
        format!(
            "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({one}, 1, 1), ({other}, 2, {stock}), ({one}, 3, 3)"
        )
    };
    assert_eq!(refusal(&mut conn, &insert("NULL")).code, 1048);
    assert!(stock_of(&mut conn, one).is_empty() && stock_of(&mut conn, other).is_empty());
    let answer = ask(&mut conn, insert("2")).unwrap();
    assert_eq!(answer.affected(), 3);
    assert_eq!(
        answer.sets[0].info,
        "Records: 3  Duplicates: 0  Warnings: 0"
    );
    assert_eq!(stocks(&mut conn, one), ["1", "3"]);
    assert_eq!(stocks(&mut conn, other), ["2"]);
    let update = format!(
        "UPDATE inv_stock SET stock = stock + 1, updated_at = NOW() WHERE sku_id IN ({one}, {other})"
    );
    assert_eq!(ask(&mut conn, &update).unwrap().affected(), 3);
    // a transaction writes in one data source
    ask(&mut conn, "BEGIN").unwrap();
    assert_eq!(refusal(&mut conn, &update).code, 29001);
    ask(&mut conn, "ROLLBACK").unwrap();
    assert_eq!(stocks(&mut conn, one), ["2", "4"]);
}

#[test]
fn rows_of_one_statement_have_one_time() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    let list: Vec<String> = WAREHOUSES.map(|w| format!("({sku}, {w}, 1)")).collect();
    let sql = format!(
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES {}",
        list.join(",")
    );
    ask(&mut conn, sql).unwrap();
    let times: std::collections::BTreeSet<String> = WAREHOUSES
        .map(|warehouse| {
            let sql = format!(
                "SELECT updated_at FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {warehouse} FOR UPDATE"
            );
            value(&mut conn, &sql)
        })
        .collect();
    assert_eq!(times.len(), 1, "{times:?}");
    // and the next statement has its own again
    assert_eq!(
        value(
            &mut conn,
            "SELECT @@timestamp > UNIX_TIMESTAMP() - 1000 AND SLEEP(0.01) = 0 AND NOW(6) < SYSDATE(6) + INTERVAL 1 SECOND"
        ),
        "1"
    );
    let fixed = number(&mut conn, "SELECT CAST(@@timestamp * 1000000 AS UNSIGNED)");
    thread::sleep(Duration::from_millis(5));
    assert!(number(&mut conn, "SELECT CAST(@@timestamp * 1000000 AS UNSIGNED)") > fixed);
}

/// Stock moves from one table to the other while statements are killed: none is done by halves, none twice.
#[test]
fn under_a_storm_of_kills_no_write_is_done_by_halves_contract_4_4() {
    const MOVERS: usize = 4;
    const MOVES: i64 = 60;
    let shop = shop();
    let sku = shop.sku();
    let (first, second) = split(sku);
    stocked(&mut shop.connect(), sku);
    let movers: Vec<Conn> = (0..MOVERS).map(|_| shop.connect()).collect();
    let ids: Vec<u32> = movers.iter().map(Conn::connection_id).collect();
    let (left, done) = (AtomicUsize::new(MOVERS), AtomicUsize::new(0));
    thread::scope(|scope| {
        for mut conn in movers {
            let (left, done) = (&left, &done);
            scope.spawn(move || {
                for n in 0..MOVES {
                    let step = n % 3 + 1;
                    let sql = format!(
                        "UPDATE inv_stock SET stock = stock + IF(warehouse_id = {first}, -{step}, {step}), version = version + 1 \
                         WHERE sku_id = {sku} AND warehouse_id IN ({first}, {second})"
                    );
                    match ask(&mut conn, sql) {
                        Ok(answer) => {
                            assert_eq!(answer.affected(), 2);
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(refused) => assert_eq!(refused.code, 1317, "{refused:?}"),
                    }
                }
                left.fetch_sub(1, Ordering::Relaxed);
            });
        }
        let mut killer = shop.connect();
        let mut n = 0;
        while left.load(Ordering::Relaxed) > 0 {
            // who has made all moves is gone
            if let Err(refused) = ask(&mut killer, format!("KILL QUERY {}", ids[n % ids.len()])) {
                assert_eq!(refused.code, 1094, "{refused:?}");
            }
            n += 1;
            thread::sleep(Duration::from_micros(700));
        }
    });
    let rows = stock_of(&mut shop.connect(), sku);
    let sum = |column: usize| -> usize {
        let sum: i64 = rows
            .iter()
            .map(|row| row[column].parse::<i64>().unwrap())
            .sum();
        usize::try_from(sum).unwrap()
    };
    assert_eq!(sum(2), 2, "{rows:?}");
    assert_eq!(sum(4), 2 * done.load(Ordering::Relaxed), "{rows:?}");
    assert_eq!(rows[0][4], rows[1][4]);
}

#[test]
fn a_session_with_table_locks_begins_the_transaction_itself() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    stocked(&mut conn, sku);
    let table = token();
    ask(
        &mut conn,
        format!("CREATE TABLE {table} (id INT PRIMARY KEY)"),
    )
    .unwrap();
    ask(&mut conn, format!("LOCK TABLES {table} WRITE")).unwrap();
    let update = format!("UPDATE inv_stock SET stock = 5 WHERE sku_id = {sku}");
    assert_eq!(refusal(&mut conn, &update).code, 29008);
    ask(&mut conn, "UNLOCK TABLES").unwrap();
    assert_eq!(ask(&mut conn, &update).unwrap().affected(), 2);
    ask(&mut conn, format!("DROP TABLE {table}")).unwrap();
}
