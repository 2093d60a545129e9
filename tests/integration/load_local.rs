//! LOAD DATA LOCAL, contract 2.6.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, LocalInfileHandler};

use crate::support::{Proxy, ProxyOptions, Shop, ask, number, refusal, rows, shop, token};

/// CLIENT_LOCAL_FILES
const LOCAL_FILES: u8 = 0x80;

/// A proxy in front of the shop's farm that takes files.
fn taking() -> &'static Proxy {
    static TAKING: OnceLock<Proxy> = OnceLock::new();
    TAKING.get_or_init(|| {
        let servers = shop().farm.servers().chain([&shop().plain]);
        for server in servers {
            server.sql("SET GLOBAL local_infile = ON").unwrap();
        }
        Proxy::start(
            &shop().farm,
            &ProxyOptions {
                pool: 2,
                settings: "  localInfile: true\n".to_owned(),
                users: "    - { user: reader, password: reader-secret, readOnly: true }\n"
                    .to_owned(),
                ..ProxyOptions::default()
            },
        )
    })
}

/// Lets the session send `text` as whatever file it is asked for.
fn send(conn: &mut Conn, text: &str) {
    let text = text.as_bytes().to_vec();
    conn.set_local_infile_handler(Some(LocalInfileHandler::new(move |_, stream| {
        stream.write_all(&text)
    })));
}

fn load(table: &str) -> String {
    format!("LOAD DATA LOCAL INFILE 'rows.csv' INTO TABLE {table} FIELDS TERMINATED BY ','")
}

/// A single table of the test's own.
fn table(conn: &mut Conn) -> String {
    let table = format!("load_{}", token());
    ask(
        conn,
        format!("CREATE TABLE {table} (id INT PRIMARY KEY, name VARCHAR(5)) ENGINE=InnoDB"),
    )
    .unwrap();
    table
}

/// Rows of a single table where it lives, without any replica.
fn count(shop: &Shop, table: &str) -> String {
    let primary = &shop.farm.pair_of(0).primary;
    let schema = &shop.farm.schemas()[0];
    primary
        .value(&format!("SELECT COUNT(*) FROM {schema}.{table}"))
        .unwrap()
}

#[test]
fn a_file_is_loaded_as_without_the_proxy() {
    let proxy = taking();
    let name = token();
    let ask_all = |mut conn: Conn| {
        let mut answers = Vec::new();
        ask(
            &mut conn,
            format!(
                "CREATE TABLE load_{name} (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(5), n INT)"
            ),
        )
        .unwrap();
        send(&mut conn, "one,1\nmuch too long,2\nthree,x\nfour\n");
        let table = format!("load_{name}");
        for sql in [
            "SET sql_mode = ''".to_owned(),
            "SET @base = 100".to_owned(),
            format!("{} (name, @n) SET n = @n + @base", load(&table)),
            "SHOW WARNINGS".to_owned(),
            "SELECT ROW_COUNT()".to_owned(),
            "SELECT LAST_INSERT_ID(), @n, @base".to_owned(),
            format!("SELECT * FROM {table} ORDER BY id"),
            // the second time, and among others of one text
            format!(
                "SELECT 'before'; {} (name, n); SELECT 'behind'",
                load(&table)
            ),
            format!("SELECT COUNT(*) FROM {table}"),
            format!("{} (nothing)", load(&table)),
            load("load_missing"),
            format!("LOAD DATA LOCAL INFILE 'it''s \\'t' IGNORE INTO TABLE {table} (name)"),
            format!("LOAD XML LOCAL INFILE 'x' INTO TABLE {table}"),
            format!("SELECT COUNT(*) FROM {table}"),
        ] {
            let answer = ask(&mut conn, &sql).map_err(|refusal| (refusal.code, refusal.state));
            let answer = answer.map(|mut answer| {
                for set in &mut answer.sets {
                    set.columns.clear();
                }
                answer
            });
            answers.push((sql, answer));
        }
        answers
    };
    let through = ask_all(proxy.connect());
    let direct = ask_all(shop().direct());
    for (through, direct) in through.iter().zip(&direct) {
        assert_eq!(through, direct);
    }
}

#[test]
fn a_file_of_40_mib_goes_through_and_leaves_the_proxy_small() {
    let proxy = taking();
    let mut conn = proxy.connect();
    let table = format!("load_{}", token());
    ask(
        &mut conn,
        format!(
            "CREATE TABLE {table} (id INT PRIMARY KEY, pad VARCHAR(1100) CHARACTER SET latin1)"
        ),
    )
    .unwrap();
    let peak = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", proxy.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kib = line.unwrap().split_whitespace().nth(1).unwrap();
        kib.parse::<u64>().unwrap()
    };
    let before = peak();
    conn.set_local_infile_handler(Some(LocalInfileHandler::new(|_, stream| {
        let pad = "p".repeat(1020);
        (0..40 << 10).try_for_each(|n| writeln!(stream, "{n},{pad}"))
    })));
    let answer = ask(&mut conn, load(&table)).unwrap();
    assert_eq!(answer.affected(), 40 << 10);
    let grown = peak() - before;
    assert!(grown < 16 << 10, "the proxy grew by {grown} KiB");
    assert_eq!(count(shop(), &table), (40 << 10).to_string());
    ask(&mut conn, format!("DROP TABLE {table}")).unwrap();
}

#[test]
fn an_error_in_the_middle_comes_behind_the_file_and_nothing_is_loaded() {
    let mut conn = taking().connect();
    let table = table(&mut conn);
    let text: String = (0..200_000)
        .map(|n| match n {
            5000 => "5000,much too long\n".to_owned(),
            n => format!("{n},n\n"),
        })
        .collect();
    send(&mut conn, &text);
    // without REPLACE a local file's errors are warnings
    let sql = load(&table).replace(" INTO", " REPLACE INTO");
    let error = refusal(&mut conn, &sql);
    assert_eq!(error.code, 1406, "{error:?}");
    assert_eq!(number(&mut conn, "SELECT 5"), 5);
    assert_eq!(count(shop(), &table), "0");
    // an error before any file is asked for
    let error = refusal(&mut conn, &format!("{sql} (id, name, more)"));
    assert_eq!(error.code, 1054, "{error:?}");
    assert_eq!(ask(&mut conn, load(&table)).unwrap().affected(), 200_000);
}

#[test]
fn what_would_not_land_on_one_server_or_in_one_transaction_is_refused() {
    let proxy = taking();
    let mut conn = proxy.connect();
    let table = table(&mut conn);
    send(&mut conn, "1,a\n");
    for spread in ["inv_stock", "dict_region", "outbox"] {
        assert_eq!(refusal(&mut conn, &load(spread)).code, 20030, "{spread}");
    }
    let nested = format!(
        "{} (id) SET name = (SELECT stock FROM inv_stock LIMIT 1)",
        load(&table)
    );
    assert_eq!(refusal(&mut conn, &nested).code, 29002);
    ask(&mut conn, "BEGIN").unwrap();
    assert_eq!(refusal(&mut conn, &load(&table)).code, 1235);
    ask(&mut conn, "ROLLBACK").unwrap();
    ask(&mut conn, "SET autocommit = 0").unwrap();
    assert_eq!(refusal(&mut conn, &load(&table)).code, 1235);
    ask(&mut conn, "SET autocommit = 1").unwrap();
    let prepared = conn.prep(load(&table)).unwrap_err();
    assert!(prepared.to_string().contains("1295"), "{prepared}");
    ask(&mut conn, format!("LOCK TABLES {table} WRITE")).unwrap();
    assert_eq!(refusal(&mut conn, &load(&table)).code, 29007);
    ask(&mut conn, "UNLOCK TABLES").unwrap();
    assert_eq!(ask(&mut conn, load(&table)).unwrap().affected(), 1);

    let mut reader = Conn::new(proxy.opts("reader", "reader-secret")).unwrap();
    assert_eq!(refusal(&mut reader, &load(&table)).code, 1142);
}

#[test]
fn files_are_not_offered_by_default() {
    let offers = |port: u16| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let mut greeting = [0; 256];
        let length = stream.read(&mut greeting).unwrap();
        let version = 5 + greeting[5..length]
            .iter()
            .position(|byte| *byte == 0)
            .unwrap();
        // behind the version: id, nonce, a filler
        greeting[version + 1 + 4 + 8 + 1] & LOCAL_FILES != 0
    };
    assert!(offers(taking().port()));
    assert!(!offers(shop().proxy.port()));
    let mut conn = shop().connect();
    send(&mut conn, "1,a\n");
    assert_eq!(refusal(&mut conn, &load("inv_nothing")).code, 3948);
}

#[test]
fn a_client_that_goes_away_in_the_middle_leaves_nothing() {
    let proxy = taking();
    let table = table(&mut proxy.connect());
    let mut conn = proxy.connect();
    conn.set_local_infile_handler(Some(LocalInfileHandler::new(|_, stream| {
        (0..100_000).try_for_each(|n| writeln!(stream, "{n},n"))?;
        Err(io::Error::other("gone"))
    })));
    assert!(conn.query_drop(load(&table)).is_err());
    drop(conn);
    let waiting = || {
        let primary = &shop().farm.pair_of(0).primary;
        let running = primary.value("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'LOAD DATA LOCAL%'");
        running.unwrap() != "0"
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    while waiting() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(count(shop(), &table), "0");
}

#[test]
fn kill_reaches_a_session_in_the_middle_of_its_file() {
    let proxy = taking();
    let mut conn = proxy.connect();
    let table = table(&mut conn);
    let id = number(&mut conn, "SELECT CONNECTION_ID()");
    conn.set_local_infile_handler(Some(LocalInfileHandler::new(move |_, stream| {
        (0..50_000).try_for_each(|n| writeln!(stream, "{n},n"))?;
        let mut other = taking().connect();
        ask(&mut other, format!("KILL QUERY {id}")).unwrap();
        (50_000..100_000).try_for_each(|n| writeln!(stream, "{n},n"))
    })));
    assert_eq!(refusal(&mut conn, &load(&table)).code, 1317);
    assert_eq!(count(shop(), &table), "0");
    // and the session goes on
    send(&mut conn, "1,a\n2,b\n");
    assert_eq!(ask(&mut conn, load(&table)).unwrap().affected(), 2);
    let rows = rows(&mut conn, &format!("SELECT * FROM {table} ORDER BY id"));
    assert_eq!(rows, [["1", "a"], ["2", "b"]]);
}
