//! Reads over several data sources as they lie on the wire: one result set, whatever happens between the answers that it
//! is joined of (contract 4.10, 2.2, 2.3, 3.3).

use std::thread;
use std::time::{Duration, Instant};

use mysql::Conn;
use mysql::prelude::Queryable;

use crate::support::raw::{DEPRECATE_EOF, Raw};
use crate::support::{
    CURSOR_EXISTS, EXECUTE, Packets, Placement, Proxy, ProxyOptions, Shop, ask, execute, number,
    shop,
};

const LONGLONG: u8 = 8;
/// A product that only the first data source's rows can bear.
const BIGGEST: &str = "9000000000000000000";

/// Rows of two SKUs, in the order of their data sources.
struct Rows {
    first: i64,
    second: i64,
}

/// Two rows of each SKU, warehouses 1 and 2, on the replicas too; `stocks` of the second one's.
fn rows_apart(shop: &Shop, stocks: [i64; 2]) -> Rows {
    let (one, other) = shop.two_apart();
    let (first, second) = if Placement::schema_of_sku(one) < Placement::schema_of_sku(other) {
        (one, other)
    } else {
        (other, one)
    };
    let mut conn = shop.connect();
    let warehouses = by_table(second);
    for (sku, warehouse, stock) in [
        (first, 1, 1),
        (first, 2, 1),
        (second, warehouses[0], stocks[0]),
        (second, warehouses[1], stocks[1]),
    ] {
        let sql = format!(
            "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, {warehouse}, {stock})"
        );
        ask(&mut conn, sql).unwrap();
    }
    shop.farm.catch_up().unwrap();
    Rows { first, second }
}

/// A warehouse of each of the SKU's tables, in the tables' order.
fn by_table(sku: i64) -> [i64; 2] {
    [0, 1].map(|split| {
        (1..)
            .find(|warehouse| Placement::stock_table(sku, *warehouse) % 2 == split)
            .unwrap()
    })
}

fn login(shop: &Shop, capabilities: u32) -> Raw {
    Raw::login(shop.proxy.port(), "empty", "ecommerce", capabilities)
}

/// Lines that begin with `word`.
fn with<'l>(lines: &'l [String], word: &str) -> Vec<&'l str> {
    let all = lines.iter().map(String::as_str);
    all.filter(|line| line.starts_with(word)).collect()
}

/// What every client must see: columns once, the rows, one end, and each packet's number in its turn.
fn assert_is_one_answer(lines: &[String], columns: usize, rows: usize) {
    assert_eq!(with(lines, "sequence"), [""; 0], "{lines:?}");
    assert_eq!(lines[0], format!("{columns} columns"), "{lines:?}");
    assert_eq!(with(lines, "column ").len(), columns, "{lines:?}");
    assert_eq!(with(lines, "row ").len(), rows, "{lines:?}");
    assert_eq!(with(lines, "end").len(), 1, "{lines:?}");
    assert!(lines.last().unwrap().starts_with("end"), "{lines:?}");
}

#[test]
fn clients_of_both_kinds_of_end_see_one_result_set_contract_4_10() {
    let shop = shop();
    let Rows { first, second } = rows_apart(shop, [7, 8]);
    let sql = format!("SELECT sku_id, stock FROM inv_stock WHERE sku_id IN ({second}, {first})");
    for (capabilities, ends) in [(0, 1), (DEPRECATE_EOF, 0)] {
        let mut raw = login(shop, capabilities);
        let lines = raw.ask(&sql);
        assert_is_one_answer(&lines, 2, 4);
        assert_eq!(with(&lines, "columns end").len(), ends, "{lines:?}");
        let rows = with(&lines, "row ");
        let expected = [
            format!("row {first}|1"),
            format!("row {first}|1"),
            format!("row {second}|7"),
            format!("row {second}|8"),
        ];
        assert_eq!(rows, expected);
        assert_eq!(with(&raw.ask("SELECT FOUND_ROWS()"), "row "), ["row 4"]);
        // no row in either, or in one of them only
        let none = raw.ask(&sql.replace(')', ") AND stock > 9"));
        assert_is_one_answer(&none, 2, 0);
        let some = raw.ask(&sql.replace(')', ") AND stock > 7"));
        assert_is_one_answer(&some, 2, 1);
    }
}

#[test]
fn rows_of_more_than_16_mib_follow_each_other_contract_2_2() {
    let shop = shop();
    let Rows { first, second } = rows_apart(shop, [7, 8]);
    // a value whose length takes nine bytes begins as an end does; the other lengths end a packet exactly, or do not
    for size in [17 << 20, 0xFF_FFFF - 9, 0xFF_FFFF - 4] {
        let sql = format!(
            "SELECT REPEAT('r', {size} + stock) FROM inv_stock WHERE sku_id IN ({first}, {second}) AND stock <> 7"
        );
        for capabilities in [0, DEPRECATE_EOF] {
            let mut raw = login(shop, capabilities);
            let lines = raw.ask(&sql);
            let mut sizes: Vec<usize> = with(&lines, "row ")
                .iter()
                .map(|row| row.len() - "row ".len())
                .collect();
            sizes.sort_unstable();
            assert_eq!(sizes, [size + 1, size + 1, size + 8]);
            assert!(lines.last().unwrap().starts_with("end"));
            assert_eq!(with(&lines, "sequence"), [""; 0]);
            assert_eq!(with(&raw.ask("SELECT 5"), "row "), ["row 5"]);
        }
    }
}

#[test]
fn an_error_of_the_second_data_source_comes_behind_the_rows_so_far() {
    let shop = shop();
    let Rows { first, second } = rows_apart(shop, [1, 5]);
    let sql = format!(
        "SELECT sku_id, stock * {BIGGEST} AS n FROM inv_stock WHERE sku_id IN ({first}, {second})"
    );
    for capabilities in [0, DEPRECATE_EOF] {
        let mut raw = login(shop, capabilities);
        let lines = raw.ask(&sql);
        assert_eq!(with(&lines, "sequence"), [""; 0], "{lines:?}");
        let rows = with(&lines, "row ");
        assert_eq!(
            &rows[..2],
            [
                format!("row {first}|{BIGGEST}"),
                format!("row {first}|{BIGGEST}")
            ]
        );
        assert!(rows.len() <= 3, "{lines:?}");
        let last = lines.last().unwrap();
        assert!(last.starts_with("error 1690"), "{lines:?}");
        assert!(
            !last.contains("ecom_") && !last.contains("inv_stock_"),
            "{last}"
        );
        assert_eq!(with(&lines, "end"), [""; 0], "{lines:?}");
        // the session goes on, and so do other reads over both
        assert_eq!(with(&raw.ask("SHOW WARNINGS"), "row Error|1690").len(), 1);
        let whole = raw.ask(&sql.replace(BIGGEST, "2"));
        assert_is_one_answer(&whole, 2, 4);
    }
}

/// Holds a table of the second data source's primary, so that a read waits for it.
fn lock_second(shop: &Shop, sku: i64) -> Conn {
    let schema = usize::try_from(Placement::schema_of_sku(sku)).unwrap();
    let account = shop.farm.account();
    let opts = mysql::OptsBuilder::new()
        .ip_or_hostname(Some("127.0.0.1"))
        .tcp_port(shop.farm.pair_of(schema).primary.port())
        .user(Some(&account.user))
        .pass(Some(&account.password))
        .db_name(Some(&shop.farm.schemas()[schema]))
        .prefer_socket(false);
    let mut conn = Conn::new(opts).unwrap();
    let warehouse = by_table(sku)[0];
    let table = Placement::stock_table(sku, warehouse);
    ask(&mut conn, format!("LOCK TABLES inv_stock_{table} WRITE")).unwrap();
    conn
}

/// Until the proxy's connection waits for the lock that `holder` has.
fn wait_until_blocked(holder: &mut Conn) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let waiting =
        "SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'";
    while number(holder, waiting) == 0 {
        assert!(Instant::now() < deadline, "nobody waits");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn kill_query_at_the_second_data_source_ends_the_rows_and_the_session_goes_on_contract_3_3() {
    let shop = shop();
    let Rows { first, second } = rows_apart(shop, [7, 8]);
    let sql = format!("SELECT sku_id FROM inv_stock WHERE sku_id IN ({first}, {second})");
    let mut killer = shop.connect();
    for capabilities in [0, DEPRECATE_EOF] {
        let mut raw = login(shop, capabilities);
        // reads of a transaction ask the primaries
        raw.ask("BEGIN");
        let mut holder = lock_second(shop, second);
        raw.send_query(&sql);
        wait_until_blocked(&mut holder);
        ask(&mut killer, format!("KILL QUERY {}", raw.id)).unwrap();
        let lines = raw.answer();
        assert_eq!(
            with(&lines, "row "),
            [format!("row {first}"), format!("row {first}")]
        );
        assert!(lines.last().unwrap().starts_with("error 1317"), "{lines:?}");
        ask(&mut holder, "UNLOCK TABLES").unwrap();
        // the transaction is still there, and reads over both again
        assert_is_one_answer(&raw.ask(&sql), 1, 4);
        assert!(raw.ask("COMMIT")[0].starts_with("ok"));
        assert_is_one_answer(&raw.ask(&sql), 1, 4);
    }
}

/// KILLs at any moment, between the data sources too: each answer is whole, or ends with 1317.
#[test]
fn under_kills_at_any_moment_an_answer_is_whole_or_ends_with_1317_contract_3_3() {
    let shop = shop();
    let Rows { first, second } = rows_apart(shop, [7, 8]);
    let sql = format!("SELECT sku_id FROM inv_stock WHERE sku_id IN ({first}, {second})");
    let mut raw = login(shop, 0);
    let id = raw.id;
    let done = std::sync::atomic::AtomicBool::new(false);
    let (mut whole, mut cut) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut killer = shop.connect();
            let mut n = 0_u64;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                ask(&mut killer, format!("KILL QUERY {id}")).unwrap();
                n += 1;
                thread::sleep(Duration::from_micros(200 + n % 13 * 150));
            }
        });
        while whole + cut < 400 {
            let lines = raw.ask(&sql);
            assert_eq!(with(&lines, "sequence"), [""; 0], "{lines:?}");
            if lines.last().unwrap().starts_with("error 1317") {
                assert!(with(&lines, "row ").len() <= 4, "{lines:?}");
                cut += 1;
            } else {
                assert_is_one_answer(&lines, 1, 4);
                whole += 1;
            }
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(cut > 0, "no KILL ever hit");
    // a late KILL may have been meant for the statement before
    let _ = raw.ask("DO 0");
    assert_is_one_answer(&raw.ask(&sql), 1, 4);
}

/// The rows of a prepared statement's answer, and the code of the error that ended it.
fn executed(packets: &mut Packets, body: &[u8], modern: bool) -> (Vec<Vec<u8>>, Option<u16>) {
    packets.send(EXECUTE, body);
    answered(packets, modern)
}

fn answered(packets: &mut Packets, modern: bool) -> (Vec<Vec<u8>>, Option<u16>) {
    let code = |packet: &[u8]| Some(u16::from_le_bytes([packet[1], packet[2]]));
    let head = packets.receive();
    if head[0] == 0xFF {
        return (Vec::new(), code(&head));
    }
    for _ in 0..head[0] {
        assert_eq!(&packets.receive()[..4], b"\x03def");
    }
    if !modern {
        let end = packets.receive();
        assert_eq!((end[0], end.len()), (0xFE, 5));
        assert_eq!(u16::from_le_bytes([end[3], end[4]]) & CURSOR_EXISTS, 0);
    }
    let mut rows = Vec::new();
    loop {
        let packet = packets.receive();
        match packet[0] {
            0xFF => return (rows, code(&packet)),
            0xFE => return (rows, None),
            _ => rows.push(packet),
        }
    }
}

#[test]
fn prepared_reads_over_several_data_sources_answer_in_binary_rows() {
    let shop = shop();
    let Rows { first, second } = rows_apart(shop, [7, 8]);
    for modern in [false, true] {
        let mut packets = Packets::login(shop.proxy.port(), modern);
        let sql = "SELECT sku_id, stock FROM inv_stock WHERE sku_id IN (?, ?)";
        let prepared = packets.prepare(sql).unwrap();
        let (one, other) = (first.to_le_bytes(), second.to_le_bytes());
        let params: [(u8, Option<&[u8]>); 2] = [(LONGLONG, Some(&other)), (LONGLONG, Some(&one))];
        // with and without a cursor: over several data sources none is opened
        for flags in [0, 1] {
            let body = execute(prepared.id, flags, &params);
            let (rows, error) = executed(&mut packets, &body, modern);
            assert_eq!((rows.len(), error), (4, None));
            let skus: Vec<i64> = rows
                .iter()
                .map(|row| i64::from_le_bytes(row[2..10].try_into().unwrap()))
                .collect();
            assert_eq!(skus, [first, first, second, second]);
        }
        // and one data source again, by the same statement
        let params: [(u8, Option<&[u8]>); 2] = [(LONGLONG, Some(&one)), (LONGLONG, None)];
        let body = execute(prepared.id, 0, &params);
        assert_eq!(executed(&mut packets, &body, modern).0.len(), 2);
    }
}

#[test]
fn a_prepared_reads_error_or_kill_at_the_second_data_source_comes_behind_its_rows() {
    let shop = shop();
    let Rows { first, second } = rows_apart(shop, [1, 5]);
    let mut killer = shop.connect();
    for modern in [false, true] {
        let mut packets = Packets::login(shop.proxy.port(), modern);
        let sql = "SELECT sku_id, stock * ? FROM inv_stock WHERE sku_id IN (?, ?)";
        let prepared = packets.prepare(sql).unwrap();
        let (one, other) = (first.to_le_bytes(), second.to_le_bytes());
        let with_factor = |factor: i64| {
            let factor = factor.to_le_bytes();
            let params: [(u8, Option<&[u8]>); 3] = [
                (LONGLONG, Some(&factor)),
                (LONGLONG, Some(&one)),
                (LONGLONG, Some(&other)),
            ];
            execute(prepared.id, 0, &params)
        };
        let (rows, error) = executed(&mut packets, &with_factor(BIGGEST.parse().unwrap()), modern);
        assert!(rows.len() == 2 || rows.len() == 3, "{rows:?}");
        assert_eq!(error, Some(1690));
        let (rows, error) = executed(&mut packets, &with_factor(2), modern);
        assert_eq!((rows.len(), error), (4, None));
        // KILL
        let (id, _) = packets.query("SELECT CONNECTION_ID()").rows();
        let id = String::from_utf8_lossy(&id[0][1..]).into_owned();
        packets.query("BEGIN");
        let mut holder = lock_second(shop, second);
        packets.send(EXECUTE, &with_factor(3));
        wait_until_blocked(&mut holder);
        ask(&mut killer, format!("KILL QUERY {id}")).unwrap();
        let (rows, error) = answered(&mut packets, modern);
        assert_eq!((rows.len(), error), (2, Some(1317)));
        ask(&mut holder, "UNLOCK TABLES").unwrap();
        let (rows, error) = executed(&mut packets, &with_factor(3), modern);
        assert_eq!((rows.len(), error), (4, None));
        packets.query("COMMIT");
    }
}

/// What `/metrics` says of one kind of fan-out: statements, nodes.
fn counted(proxy: &Proxy, kind: &str) -> (u64, u64) {
    let text = proxy.get("/metrics");
    let figure = |name: &str| {
        let head = format!("shardgate_kernel_{name}_total{{kind=\"{kind}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&head));
        line.map_or(0, |figure| figure.parse().unwrap())
    };
    (figure("fan_outs"), figure("fan_out_nodes"))
}

#[test]
fn fan_outs_are_counted_once_by_how_they_run_and_how_far() {
    let shop = shop();
    let Rows { first, second } = rows_apart(shop, [7, 8]);
    // a proxy of its own: the other tests' statements are theirs
    let proxy = Proxy::start(&shop.farm, &ProxyOptions::default());
    let mut conn = proxy.connect();
    let all = format!("SELECT SUM(stock) FROM inv_stock WHERE sku_id = {first}");
    let both = format!("SELECT stock FROM inv_stock WHERE sku_id IN ({first}, {second})");
    let write = format!("UPDATE inv_stock SET version = version + 1 WHERE sku_id = {first}");
    let one = format!("SELECT stock FROM inv_stock WHERE sku_id = {first} AND warehouse_id = 1");
    for sql in [&one, &all, &both, &write, &write] {
        ask(&mut conn, sql).unwrap();
    }
    let prepared: Vec<i64> = conn
        .exec(
            "SELECT stock FROM inv_stock WHERE sku_id IN (?, ?)",
            (first, second),
        )
        .unwrap();
    assert_eq!(prepared.len(), 4);
    conn.exec_drop(
        "UPDATE inv_stock SET version = 0 WHERE sku_id = ?",
        (first,),
    )
    .unwrap();
    // what is shown is not run
    ask(&mut conn, format!("PREVIEW {all}")).unwrap();
    assert_eq!(counted(&proxy, "derived"), (1, 2));
    assert_eq!(counted(&proxy, "joined"), (2, 8));
    assert_eq!(counted(&proxy, "write"), (3, 6));
    assert_eq!(counted(&proxy, "split_write"), (0, 0));
}
