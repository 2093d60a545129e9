//! The protocol as clients use it, contract 2.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, Error};

use crate::support::raw::{Raw, query};
use crate::support::{DATABASE, Proxy, ProxyOptions, ask, number, refusal, rows, shop, value};

#[test]
fn a_wrong_password_is_1045_and_an_unknown_database_1049() {
    let shop = shop();
    let code = |opts: mysql::OptsBuilder| match Conn::new(opts) {
        Err(Error::MySqlError(error)) => error.code,
        other => panic!("{:?}", other.map(drop)),
    };
    assert_eq!(code(shop.proxy.opts("root", "wrong")), 1045);
    assert_eq!(code(shop.proxy.opts("nobody", "wrong")), 1045);
    assert_eq!(
        code(
            shop.proxy
                .opts("root", "root-secret")
                .db_name(Some("nowhere"))
        ),
        1049
    );
}

#[test]
fn an_empty_password_and_no_database_are_a_login_too() {
    let shop = shop();
    let mut conn = Conn::new(shop.proxy.opts("empty", "").db_name(None::<String>)).unwrap();
    assert_eq!(rows(&mut conn, "SELECT DATABASE()"), [["NULL"]]);
    assert_eq!(
        refusal(
            &mut conn,
            "SELECT * FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1"
        )
        .code,
        1046
    );
    ask(&mut conn, "USE ecommerce").unwrap();
    assert_eq!(value(&mut conn, "SELECT DATABASE()"), "ecommerce");
}

#[test]
fn several_statements_in_one_text_are_answered_in_order() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    let sql = format!(
        "SELECT 1; INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 5); SELECT 'a;b' /* ; */; \
         /*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    let answer = ask(&mut conn, &sql).unwrap();
    assert_eq!(answer.sets.len(), 4);
    assert_eq!(answer.sets[1].affected, 1);
    assert_eq!(answer.sets[3].rows.len(), 1);
}

#[test]
fn statements_after_a_failed_one_do_not_run() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    let sql = format!(
        "SELECT 1; SELECT nonsense; INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 5)"
    );
    assert_eq!(refusal(&mut conn, &sql).code, 1054);
    let read = format!(
        "/*+ PROXY_DS=primary */ SELECT COUNT(*) FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    assert_eq!(number(&mut conn, &read), 0);
}

#[test]
fn values_of_more_than_16_mib_pass_both_ways() {
    let shop = shop();
    let mut conn = Conn::new(
        shop.proxy
            .opts("root", "root-secret")
            .max_allowed_packet(Some(256 << 20)),
    )
    .unwrap();
    for size in [0xFF_FFFE_usize, 0xFF_FFFF, 0x100_0000, 20 << 20] {
        // the packet is the statement's byte and its text
        let text = "x".repeat(size - 1 - "SELECT LENGTH('')".len());
        assert_eq!(
            number(&mut conn, &format!("SELECT LENGTH('{text}')")),
            i64::try_from(text.len()).unwrap()
        );
        let back: Option<Vec<u8>> = conn
            .query_first(format!("SELECT REPEAT('y', {size})"))
            .unwrap();
        assert_eq!(back.unwrap().len(), size);
    }
}

#[test]
fn many_columns_and_empty_results_pass() {
    let shop = shop();
    let mut conn = shop.connect();
    let columns: Vec<String> = (0..1000).map(|n| format!("{n} AS c{n}")).collect();
    let answer = ask(&mut conn, format!("SELECT {}", columns.join(", "))).unwrap();
    assert_eq!(
        (answer.sets[0].columns.len(), answer.sets[0].rows[0].len()),
        (1000, 1000)
    );
    assert!(rows(&mut conn, "SELECT 1 FROM dual WHERE 1 = 0").is_empty());
}

#[test]
fn commands_that_do_not_exist_are_1047() {
    let shop = shop();
    for command in [0x05_u8, 0x06, 0x0F, 0x10, 0x14, 0x20, 0xFE] {
        let mut raw = raw_login(shop.proxy.port());
        send(&mut raw, 0, &[command, 1, 2, 3]);
        let answer = receive(&mut raw);
        assert_eq!(
            (answer[0], u16::from_le_bytes([answer[1], answer[2]])),
            (0xFF, 1047),
            "command {command}"
        );
    }
}

#[test]
fn pipelined_commands_are_answered_in_order() {
    let shop = shop();
    let mut raw = raw_login(shop.proxy.port());
    let mut bytes = Vec::new();
    for n in 0..50 {
        let mut payload = vec![0x03];
        payload.extend(format!("SELECT 'answer {n}'").bytes());
        bytes.extend(frame(0, &payload));
        bytes.extend(frame(0, &[0x0E]));
    }
    raw.write_all(&bytes).unwrap();
    for n in 0..50 {
        let mut seen = String::new();
        // count, column, (EOF,) row, EOF: until the row has come and the end after it
        loop {
            let packet = receive(&mut raw);
            let is_end = packet[0] == 0xFE && packet.len() < 9;
            seen.push_str(&String::from_utf8_lossy(&packet));
            if is_end && seen.matches("answer").count() >= 2 {
                break;
            }
        }
        assert!(seen.contains(&format!("answer {n}")), "{n}: {seen:?}");
        assert_eq!(receive(&mut raw)[0], 0x00, "ping {n}");
    }
}

/// A client may wait for its answer before it sends the rest of its next command, and may be killed there.
#[test]
fn half_a_command_holds_no_answer_back() {
    let shop = shop();
    let mut raw = Raw::login(shop.proxy.port(), "empty", "ecommerce", 0);
    let ping = frame(0, &[0x0E]);
    let next = frame(0, b"\x03SELECT 'whole'");
    for cut in [1, 4, 9] {
        raw.write(&[&ping, &next[..cut]].concat());
        assert_eq!(raw.receive()[0], 0x00);
        raw.write(&next[cut..]);
        assert!(raw.answer().iter().any(|line| line.contains("whole")));
    }
    raw.write(&next[..9]);
    let mut killer = shop.connect();
    ask(&mut killer, format!("KILL {}", raw.id)).unwrap();
    assert!(raw.try_receive().is_err());
}

#[test]
fn bytes_that_are_no_protocol_close_their_connection_and_no_other() {
    let shop = shop();
    let mut conn = shop.connect();
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0xFF; 300],
        &[1, 0, 0, 1, 0],
        &[0, 0, 0, 1],
        &[255, 255, 255, 1, 9],
    ] {
        let mut raw = TcpStream::connect(("127.0.0.1", shop.proxy.port())).unwrap();
        receive(&mut raw);
        raw.write_all(garbage).unwrap();
        // it may have closed already
        let _ = raw.shutdown(std::net::Shutdown::Write);
        let mut rest = Vec::new();
        // an ERR packet, or nothing: but the end
        let _ = raw.read_to_end(&mut rest);
        assert!(conn.ping().is_ok());
    }
}

#[test]
fn kill_query_ends_a_statement_and_the_session_goes_on() {
    let shop = shop();
    let (mut conn, mut killer) = (shop.connect(), shop.connect());
    let id = conn.connection_id();
    let ended = std::thread::scope(|scope| {
        let sleeping = scope.spawn(|| ask(&mut conn, "SELECT SLEEP(30)"));
        while !sleeping.is_finished() {
            std::thread::sleep(std::time::Duration::from_millis(300));
            // 1094 once it is gone would be wrong: the session is still there
            ask(&mut killer, format!("KILL QUERY {id}")).unwrap();
        }
        sleeping.join().unwrap()
    });
    match ended {
        // SLEEP answers 1 when it is interrupted
        Ok(answer) => assert_eq!(answer.sets[0].rows.len(), 1),
        Err(refusal) => assert_eq!(refusal.code, 1317),
    }
    assert_eq!(number(&mut conn, "SELECT 5"), 5);
}

#[test]
fn kill_of_an_unknown_id_is_1094() {
    assert_eq!(refusal(&mut shop().connect(), "KILL 4294967295").code, 1094);
}

#[test]
fn healthz_and_metrics_answer_on_the_admin_address() {
    let shop = shop();
    let get = |path: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", shop.proxy.admin_port())).unwrap();
        stream
            .write_all(
                format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
            )
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    refusal(&mut shop.connect(), "DELETE FROM inv_stock");
    assert!(get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(get("/readyz").starts_with("HTTP/1.1 200"));
    let metrics = get("/metrics");
    assert!(
        metrics.starts_with("HTTP/1.1 200") && metrics.contains("20090"),
        "{metrics}"
    );
    assert!(get("/nothing").starts_with("HTTP/1.1 404"));
}

/// The account with an empty password logs in with an empty proof, so that no digest is needed here.
fn raw_login(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    receive(&mut stream);
    // PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH
    let capabilities: u32 = 0x0000_0200 | 0x0000_8000 | 0x0008_0000;
    let mut payload = capabilities.to_le_bytes().to_vec();
    payload.extend([0, 0, 0, 1, 45]);
    payload.extend([0; 23]);
    payload.extend(b"empty\0\0caching_sha2_password\0");
    send(&mut stream, 1, &payload);
    let answer = receive(&mut stream);
    assert_eq!(answer[0], 0, "{}", String::from_utf8_lossy(&answer));
    stream
}

fn frame(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let [a, b, c, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    let mut bytes = vec![a, b, c, sequence];
    bytes.extend_from_slice(payload);
    bytes
}

fn send(stream: &mut TcpStream, sequence: u8, payload: &[u8]) {
    stream.write_all(&frame(sequence, payload)).unwrap();
}

fn receive(stream: &mut TcpStream) -> Vec<u8> {
    let mut header = [0; 4];
    stream.read_exact(&mut header).unwrap();
    let mut payload =
        vec![0; usize::try_from(u32::from_le_bytes([header[0], header[1], header[2], 0])).unwrap()];
    stream.read_exact(&mut payload).unwrap();
    payload
}

#[test]
fn a_terminated_proxy_ends_by_itself_and_its_idle_clients_are_told() {
    let proxy = Proxy::start(&shop().farm, &ProxyOptions::default());
    let mut conn = proxy.connect();
    assert_eq!(number(&mut conn, "SELECT 1"), 1);
    assert!(proxy.stop());
    assert!(conn.ping().is_err());
}

#[test]
fn what_was_done_when_the_process_is_told_to_end_is_answered() {
    let proxy = Proxy::start(&shop().farm, &ProxyOptions::default());
    let mut raw = Raw::login(proxy.port(), "empty", DATABASE, 0);
    let mut other = proxy.connect();
    raw.send_commands(&[query("DO SLEEP(2)"), query("SELECT 1")]);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !rows(&mut other, "SHOW PROCESSLIST")
        .concat()
        .concat()
        .contains("SLEEP(2)")
    {
        assert!(
            Instant::now() < deadline,
            "the statement was not seen to run"
        );
        thread::sleep(Duration::from_millis(10));
    }
    thread::scope(|scope| {
        let stopped = scope.spawn(|| proxy.stop());
        assert!(raw.answer()[0].starts_with("ok"));
        assert!(stopped.join().unwrap());
    });
}
