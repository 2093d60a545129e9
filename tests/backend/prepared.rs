//! Prepared statements on backend connections, and rows of one protocol turned into the other's.

use std::io;
use std::task::{Context, Poll};

use shardgate::backend::{BackendTls, ConnError, Guard, Pool, PoolOptions, PreparedId};
use shardgate::execute::{
    AnswerNames, Downstream, Ending, Relayed, ResultLimits, relay, relay_as_binary, relay_cursor,
    relay_fetch, write_ending,
};
use shardgate::lab::{Distribution, Server, ServerSpec};
use shardgate::model::SessionState;
use shardgate::protocol::{
    Capabilities, ColumnDefinition, Execute, HEADER_LEN, OkPacket, PacketHeader, ParamType,
    ParamValue, Reader, StatusFlags, WireType,
};

use super::{PLAIN, endpoint, is_mysql, pool, servers};

const NO_LIMITS: ResultLimits = ResultLimits {
    rows: u64::MAX,
    bytes: u64::MAX,
};

/// A client that keeps what it is sent.
struct Sink {
    out: Vec<u8>,
    /// What was flushed.
    sent: Vec<u8>,
    sequence: u8,
    capabilities: Capabilities,
}

impl Sink {
    fn new(capabilities: Capabilities) -> Self {
        Self {
            out: Vec::new(),
            sent: Vec::new(),
            sequence: 1,
            capabilities,
        }
    }

    /// Payloads, the answer's last packet written as the kernel would.
    fn finish(mut self, relayed: &Relayed) -> Vec<Vec<u8>> {
        write_ending(&relayed.ending, &mut self, false);
        let mut payloads = Vec::new();
        self.sent.append(&mut self.out);
        let mut rest = &self.sent[..];
        while let Some(header) = PacketHeader::peek(rest) {
            assert_eq!(usize::from(header.sequence), payloads.len() + 1);
            let (packet, tail) = rest.split_at(HEADER_LEN + header.payload_len);
            payloads.push(packet[HEADER_LEN..].to_vec());
            rest = tail;
        }
        payloads
    }
}

impl Downstream for Sink {
    fn out_mut(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    fn sequence_mut(&mut self) -> &mut u8 {
        &mut self.sequence
    }

    fn parts_mut(&mut self) -> (&mut Vec<u8>, &mut u8) {
        (&mut self.out, &mut self.sequence)
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sent.append(&mut self.out);
        Poll::Ready(Ok(()))
    }

    fn arrived(&self) -> &[u8] {
        &[]
    }

    fn take_arrived(&mut self, _count: usize) {}

    async fn fill(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

type Param<'a> = (ParamType, ParamValue<'a>);

/// Executes and gives the packets that a client gets.
async fn execute(
    guard: &mut Guard,
    id: PreparedId,
    params: &[Param<'_>],
    capabilities: Capabilities,
) -> Vec<Vec<u8>> {
    guard.begin_execute(id.statement_id, 0, params.iter().copied());
    guard.flush().await.unwrap();
    let mut sink = Sink::new(capabilities);
    let names = AnswerNames::default();
    let relayed = relay(guard, &mut sink, names, StatusFlags::AUTOCOMMIT, NO_LIMITS)
        .await
        .unwrap();
    sink.finish(&relayed)
}

/// The one value of a one-column binary result set of strings.
fn only_value(packets: &[Vec<u8>]) -> Option<String> {
    assert_ne!(
        packets[0][0],
        0xFF,
        "{}",
        String::from_utf8_lossy(&packets[0])
    );
    let row = &packets[2];
    assert_eq!(row[0], 0);
    if row[1] != 0 {
        return None;
    }
    let value = Reader::new(&row[2..]).lenenc_bytes().unwrap();
    Some(String::from_utf8(value.to_vec()).unwrap())
}

fn small_pool(server: &Server, max_prepared: usize) -> std::sync::Arc<Pool> {
    let options = PoolOptions {
        min: 0,
        max: 1,
        max_prepared,
        ..PoolOptions::default()
    };
    let endpoint = endpoint(server, "app", "pw", BackendTls::Preferred);
    Pool::new(std::sync::Arc::new(endpoint), options)
}

async fn session_status(guard: &mut Guard, name: &str) -> u64 {
    let sql = format!("SHOW SESSION STATUS LIKE '{name}'");
    let answer = guard.query(&sql).await.unwrap();
    answer.text(0, 1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn definitions_are_read_to_their_end() {
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        for (sql, params, columns) in [
            ("SELECT ? AS a, CAST(? AS SIGNED) AS b", 2, 2),
            ("SELECT 1 AS a", 0, 1),
            ("DO ?", 1, 0),
            ("DO 1", 0, 0),
        ] {
            let definitions = guard.prepare_definitions(sql.as_bytes()).await.unwrap();
            assert_eq!(definitions.params.len(), params, "{sql}");
            assert_eq!(definitions.columns.len(), columns, "{sql}");
            assert!(guard.buffered().is_empty(), "{sql}");
            if let Some(first) = definitions.columns.first() {
                assert_eq!(ColumnDefinition::parse(first).unwrap().name, b"a");
            }
            for param in &definitions.params {
                ColumnDefinition::parse(param).unwrap();
            }
            // it is cached as well
            let state = guard.state.hash();
            let id = guard.cached_prepared(sql.as_bytes(), state).unwrap();
            assert_eq!(usize::from(id.params), params);
            assert_eq!(guard.query("SELECT 7").await.unwrap().text(0, 0), Some("7"));
        }
        let error = guard.prepared(b"SELECT FROM WHERE").await.unwrap_err();
        assert!(
            matches!(error, ConnError::Server { code: 1064, .. }),
            "{error}"
        );
        guard.ping().await.unwrap();
    }
}

/// Each type of a parameter with a value and how it reads as text.
fn parameters() -> Vec<(ParamType, Vec<u8>, &'static str)> {
    let signed = |wire, bytes: &[u8], text| (ParamType::new(wire), bytes.to_vec(), text);
    let unsigned = |wire, bytes: &[u8], text| (ParamType::unsigned(wire), bytes.to_vec(), text);
    let mut all = vec![
        signed(WireType::Tiny, &[0x80], "-128"),
        unsigned(WireType::Tiny, &[0xFF], "255"),
        signed(WireType::Short, &[0, 0x80], "-32768"),
        unsigned(WireType::Short, &[0xFF, 0xFF], "65535"),
        signed(WireType::Long, &(-5_i32).to_le_bytes(), "-5"),
        unsigned(WireType::Long, &[0xFF; 4], "4294967295"),
        signed(
            WireType::LongLong,
            &i64::MIN.to_le_bytes(),
            "-9223372036854775808",
        ),
        unsigned(WireType::LongLong, &[0xFF; 8], "18446744073709551615"),
        signed(WireType::Float, &1.5_f32.to_le_bytes(), "1.5"),
        signed(WireType::Double, &(-0.1_f64).to_le_bytes(), "-0.1"),
        signed(
            WireType::Date,
            b"\x04\xEA\x07\x0B\x16".get(1..).unwrap(),
            "2026-11-22",
        ),
        signed(
            WireType::DateTime,
            b"\xEA\x07\x0B\x16\x01\x02\x03",
            "2026-11-22 01:02:03",
        ),
        signed(
            WireType::Timestamp,
            b"\xEA\x07\x0B\x16\x01\x02\x03\x40\xE2\x01\0",
            "2026-11-22 01:02:03.123456",
        ),
        signed(WireType::Time, b"\x01\x01\0\0\0\x02\x03\x04", "-26:03:04"),
        signed(
            WireType::Time,
            b"\0\0\0\0\0\x02\x03\x04\x40\xE2\x01\0",
            "02:03:04.123456",
        ),
    ];
    for wire in [WireType::Decimal, WireType::NewDecimal] {
        all.push(signed(
            wire,
            b"-12345678901234567890.10",
            "-12345678901234567890.10",
        ));
    }
    for wire in [
        WireType::VarChar,
        WireType::VarString,
        WireType::String,
        WireType::TinyBlob,
        WireType::MediumBlob,
        WireType::LongBlob,
        WireType::Blob,
    ] {
        all.push(signed(wire, "päß".as_bytes(), "päß"));
    }
    all
}

#[tokio::test]
async fn a_parameter_of_each_type_arrives() {
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        for (kind, bytes, text) in parameters() {
            let id = guard.prepared(b"SELECT CONCAT(?, '')").await.unwrap();
            let params = [(kind, ParamValue::Bytes(&bytes))];
            let packets = execute(&mut guard, id, &params, Capabilities::DEPRECATE_EOF).await;
            let value = only_value(&packets).unwrap();
            // a server may show decimals that are not there
            let value = match value.rsplit_once('.') {
                Some((whole, zeros)) if zeros.trim_matches('0').is_empty() => whole,
                _ => &value,
            };
            assert_eq!(value, text, "{kind:?}");

            let params = [(kind, ParamValue::Null)];
            let packets = execute(&mut guard, id, &params, Capabilities::DEPRECATE_EOF).await;
            assert_eq!(only_value(&packets), None, "{kind:?}");
        }
        let id = guard.prepared(b"SELECT ? IS NULL, ?").await.unwrap();
        let null = (ParamType::new(WireType::Null), ParamValue::Null);
        let packets = execute(&mut guard, id, &[null, null], Capabilities::DEPRECATE_EOF).await;
        assert_ne!(packets[0][0], 0xFF);
    }
}

#[tokio::test]
async fn types_that_servers_know_for_columns_alone_arrive_too() {
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        for (wire, bytes, text) in [
            (WireType::Int24, &b"\xF9\xFF\xFF\xFF"[..], "-7"),
            (WireType::Year, b"\xEA\x07", "2026"),
            (WireType::Bit, b"7", "7"),
            (WireType::Enum, b"a", "a"),
            (WireType::Set, b"a,b", "a,b"),
        ] {
            let id = guard.prepared(b"SELECT CAST(? AS CHAR)").await.unwrap();
            let params = [(ParamType::new(wire), ParamValue::Bytes(bytes))];
            let packets = execute(&mut guard, id, &params, Capabilities::DEPRECATE_EOF).await;
            assert_eq!(only_value(&packets).as_deref(), Some(text), "{wire:?}");
        }
        // these the server takes or refuses as it would from a client of its own
        for wire in [WireType::Json, WireType::Vector, WireType::Geometry] {
            let id = guard.prepared(b"SELECT CAST(? AS CHAR)").await.unwrap();
            let params = [(ParamType::new(wire), ParamValue::Bytes(b"7"))];
            execute(&mut guard, id, &params, Capabilities::DEPRECATE_EOF).await;
            guard.ping().await.unwrap();
        }
    }
}

const COLUMNS: &str = "id INT PRIMARY KEY, t TINYINT, tu TINYINT UNSIGNED, s SMALLINT, \
    su SMALLINT UNSIGNED, m MEDIUMINT, mu MEDIUMINT UNSIGNED, i INT, iu INT UNSIGNED ZEROFILL, \
    b BIGINT, bu BIGINT UNSIGNED, y YEAR, f FLOAT, d DOUBLE, dm DOUBLE(10,2), \
    n DECIMAL(30,10), c CHAR(10), v VARCHAR(100), x VARBINARY(100), tx TEXT, bl BLOB, \
    lb LONGBLOB, js JSON, bi BIT(13), en ENUM('a','b'), st SET('a','b','c'), g GEOMETRY, \
    da DATE, dt DATETIME, d3 DATETIME(3), d6 DATETIME(6), ts TIMESTAMP(6) NULL, \
    ti TIME, t6 TIME(6), bo BOOLEAN";

const ROWS: &[&str] = &[
    "1, -128, 255, -32768, 65535, -8388608, 16777215, -2147483648, 42, -9223372036854775808, \
     18446744073709551615, 2026, 1.5, 0.1, 123.5, -12345678901234567890.0123456789, 'c', 'päß', \
     x'00ff', 'text', x'fffe', x'00', '{\"a\": 1}', b'1010101010101', 'b', 'a,c', POINT(1, 2), \
     '2026-11-22', '2026-11-22 01:02:03', '2026-11-22 01:02:03.5', '2026-11-22 01:02:03.000001', \
     '2026-11-22 01:02:03.123456', '-838:59:59', '-00:00:00.000001', TRUE",
    "2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -0.25, 1.7976931348623157e308, -0.25, 0, '', '', '', '', \
     '', '', '[]', b'0', 'a', '', NULL, '0000-00-00', '0000-00-00', '2026-00-00', \
     '0000-00-00 00:00:00', '2026-11-22', '00:00:00', '838:59:59.0', FALSE",
    "3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
     NULL, NULL, NULL, NULL",
    "4, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 1901, 16384, 5e-324, 1e7, 1e10, REPEAT('x', 10), \
     REPEAT('x', 100), REPEAT('x', 100), REPEAT('x', 300), REPEAT('x', 60000), \
     REPEAT('x', 70000), '\"x\"', b'1', 'b', 'a,b,c', LINESTRING(POINT(0, 0), POINT(1, 1)), \
     '9999-12-31', '9999-12-31 23:59:59', '2026-11-22 00:00:00.001', \
     '2026-11-22 00:00:00', '2026-11-22 12:00:00', '24:00:00', '47:59:59.5', TRUE",
];

/// Expressions whose columns have types of their own.
const EXPRESSIONS: &str = "SELECT NULL, 1, -1, 18446744073709551615, 1.5, 1.5e0, 'x', x'ff', \
    CURDATE() > '2000-01-01', CAST('2026-11-22' AS DATE), CAST('10:11:12' AS TIME(3)), \
    CAST('2026-11-22 10:11:12.5' AS DATETIME(1)), COUNT(*), SUM(1), AVG(2), 1 = 1, \
    JSON_OBJECT('a', 1), CAST(5 AS UNSIGNED), 7 DIV 2, 7 / 2, CONCAT('a', 1), UUID() <> ''";

#[tokio::test]
async fn text_rows_turn_into_what_the_server_itself_sends() {
    for server in servers() {
        server
            .sql(&format!("CREATE TABLE shop.every_type ({COLUMNS})"))
            .unwrap();
        for row in ROWS {
            // zero dates and floats of odd values are welcome here
            server
                .sql(&format!(
                    "SET SESSION sql_mode = ''; INSERT INTO shop.every_type VALUES ({row})"
                ))
                .unwrap();
        }
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        let family_s_own = if is_mysql(server) {
            "SELECT TO_VECTOR('[1,2]'), UUID_TO_BIN('123e4567-e89b-12d3-a456-426655440000')"
        } else {
            "SELECT CAST('::1' AS INET6), CAST('123e4567-e89b-12d3-a456-426655440000' AS UUID)"
        };
        for sql in [
            "SELECT * FROM every_type ORDER BY id",
            EXPRESSIONS,
            family_s_own,
        ] {
            for capabilities in [Capabilities::NONE, Capabilities::DEPRECATE_EOF] {
                let id = guard.prepared(sql.as_bytes()).await.unwrap();
                let own = execute(&mut guard, id, &[], capabilities).await;
                let ours = text_as_binary(&mut guard, sql, capabilities).await;
                assert_eq!(ours.len(), own.len());
                for (index, (ours, own)) in ours.iter().zip(&own).enumerate() {
                    assert_eq!(ours, own, "{:?} packet {index} of {sql}", server.family());
                }
            }
        }
    }
}

async fn text_as_binary(guard: &mut Guard, sql: &str, capabilities: Capabilities) -> Vec<Vec<u8>> {
    guard.begin_command(&[b"\x03", sql.as_bytes()]);
    guard.flush().await.unwrap();
    let mut sink = Sink::new(capabilities);
    let names = AnswerNames::default();
    let status = StatusFlags::AUTOCOMMIT;
    let relayed = relay_as_binary(guard, &mut sink, names, status, NO_LIMITS)
        .await
        .unwrap();
    sink.finish(&relayed)
}

#[tokio::test]
async fn several_results_turn_into_binary_ones() {
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        guard
            .query("CREATE PROCEDURE shop.two() BEGIN SELECT 1 AS a; SELECT 'x' AS b, CURDATE() AS c; END")
            .await
            .unwrap();
        let id = guard.prepared(b"CALL two()").await.unwrap();
        let own = execute(&mut guard, id, &[], Capabilities::DEPRECATE_EOF).await;
        let ours = text_as_binary(&mut guard, "CALL two()", Capabilities::DEPRECATE_EOF).await;
        let rows = |packets: &[Vec<u8>]| vec![packets[2].clone(), packets[7].clone()];
        assert_eq!((ours.len(), rows(&ours)), (own.len(), rows(&own)));
    }
}

#[tokio::test]
async fn a_cursor_gives_rows_in_portions_and_keeps_the_connection() {
    for server in servers() {
        server
            .sql("CREATE TABLE shop.portions (id INT PRIMARY KEY); INSERT INTO shop.portions VALUES (1), (2), (3), (4), (5)")
            .unwrap();
        for capabilities in [Capabilities::NONE, Capabilities::DEPRECATE_EOF] {
            let pool = small_pool(server, 8);
            let mut guard = pool.acquire(PLAIN, 0).await.unwrap();
            let thread_id = guard.thread_id();
            let id = guard
                .prepare_private(b"SELECT id FROM portions WHERE id > ? ORDER BY id")
                .await
                .unwrap();
            let params = [(ParamType::new(WireType::Tiny), ParamValue::Bytes(&[0]))];
            let (relayed, packets) = open_cursor(&mut guard, id, &params, capabilities).await;
            let status = ending_status(&relayed);
            assert!(status.contains(StatusFlags::CURSOR_EXISTS), "{status:?}");
            // number of columns, a column, and one end alone in either style
            assert_eq!(packets.len(), 3, "{packets:?}");
            assert_eq!(packets[2][0], 0xFE);

            // another execution of the same text does not close it
            let other = guard
                .prepared(b"SELECT id FROM portions WHERE id > ? ORDER BY id")
                .await
                .unwrap();
            assert_ne!(other.statement_id, id.statement_id);
            let rows = execute(&mut guard, other, &params, capabilities).await;
            assert!(rows.len() >= 8);
            guard.ping().await.unwrap();

            for (count, is_last) in [(2_u8, false), (2, false), (1, true)] {
                let (relayed, packets) = fetch(&mut guard, id, capabilities).await;
                assert_eq!(
                    (relayed.rows, packets.len()),
                    (count.into(), usize::from(count) + 1)
                );
                let status = ending_status(&relayed);
                assert_eq!(status.contains(StatusFlags::LAST_ROW_SENT), is_last);
            }
            // there is nothing more
            let (relayed, _) = fetch(&mut guard, id, capabilities).await;
            assert!(matches!(&relayed.ending, Ending::Err(_)), "{relayed:?}");

            let (relayed, _) = open_cursor(&mut guard, id, &params, capabilities).await;
            guard.set_status(ending_status(&relayed));
            guard.close_private(id.statement_id).await.unwrap();
            guard.release();
            let mut guard = pool.acquire(PLAIN, 0).await.unwrap();
            assert_eq!(guard.thread_id(), thread_id);
            let error = fetch(&mut guard, id, capabilities).await.0.ending;
            assert!(matches!(error, Ending::Err(error) if error.code == 1243));

            // a connection with a cursor never serves another session
            guard.prepare_private(b"SELECT 1").await.unwrap();
            guard.release();
            let guard = pool.acquire(PLAIN, 0).await.unwrap();
            assert_ne!(guard.thread_id(), thread_id);
        }
        server.sql("DROP TABLE shop.portions").unwrap();
    }
}

async fn open_cursor(
    guard: &mut Guard,
    id: PreparedId,
    params: &[Param<'_>],
    capabilities: Capabilities,
) -> (Relayed, Vec<Vec<u8>>) {
    let params = params.iter().copied();
    guard.begin_execute(id.statement_id, Execute::CURSOR_READ_ONLY, params);
    guard.flush().await.unwrap();
    let mut sink = Sink::new(capabilities);
    let status = StatusFlags::AUTOCOMMIT;
    let relayed = relay_cursor(guard, &mut sink, AnswerNames::default(), status, NO_LIMITS)
        .await
        .unwrap();
    let packets = sink.finish(&relayed);
    (relayed, packets)
}

async fn fetch(
    guard: &mut Guard,
    id: PreparedId,
    capabilities: Capabilities,
) -> (Relayed, Vec<Vec<u8>>) {
    let rows = 2_u32.to_le_bytes();
    guard.begin_command(&[b"\x1C", &id.statement_id.to_le_bytes(), &rows]);
    guard.flush().await.unwrap();
    let mut sink = Sink::new(capabilities);
    let relayed = relay_fetch(guard, &mut sink, StatusFlags::AUTOCOMMIT, NO_LIMITS)
        .await
        .unwrap();
    let packets = sink.finish(&relayed);
    (relayed, packets)
}

fn ending_status(relayed: &Relayed) -> StatusFlags {
    match &relayed.ending {
        Ending::Ok(OkPacket { status, .. }) | Ending::End(OkPacket { status, .. }) => *status,
        Ending::Err(error) => unreachable!("{error:?}"),
    }
}

#[tokio::test]
async fn where_no_cursor_opens_the_rows_come_at_once() {
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        for sql in [&b"SHOW TABLES LIKE 'none'"[..], b"DO 1", b"SELECT 1"] {
            for capabilities in [Capabilities::NONE, Capabilities::DEPRECATE_EOF] {
                let id = guard.prepare_private(sql).await.unwrap();
                let (relayed, packets) = open_cursor(&mut guard, id, &[], capabilities).await;
                let has_cursor = ending_status(&relayed).contains(StatusFlags::CURSOR_EXISTS);
                let ends = packets.iter().filter(|packet| packet[0] == 0xFE).count();
                let is_old = capabilities == Capabilities::NONE;
                let expected = match relayed.ending {
                    Ending::Ok(_) => 0,
                    _ if is_old && !has_cursor => 2,
                    _ => 1,
                };
                assert_eq!(ends, expected, "{packets:?}");
                guard.close_private(id.statement_id).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_cache_closes_what_it_gives_up() {
    for server in servers() {
        let pool = small_pool(server, 2);
        let mut guard = pool.acquire(PLAIN, 0).await.unwrap();
        let thread_id = guard.thread_id();
        for round in 0..3 {
            for n in 0..3 {
                let sql = format!("SELECT {n} + ?");
                let id = guard.prepared(sql.as_bytes()).await.unwrap();
                let again = guard.prepared(sql.as_bytes()).await.unwrap();
                assert_eq!(id, again);
                let one = [(ParamType::new(WireType::Tiny), ParamValue::Bytes(&[1]))];
                let packets = execute(&mut guard, id, &one, Capabilities::DEPRECATE_EOF).await;
                assert_eq!(packets.len(), 4, "{packets:?}");
            }
            // pooled again, its statements with it
            guard.release();
            guard = pool.acquire(PLAIN, 0).await.unwrap();
            assert_eq!(guard.thread_id(), thread_id, "round {round}");
        }
        assert_eq!(session_status(&mut guard, "Com_stmt_prepare").await, 9);
        // the last one goes with the next prepare
        assert_eq!(session_status(&mut guard, "Com_stmt_close").await, 6);

        guard.forget_prepared(b"SELECT 2 + ?");
        guard.prepared(b"SELECT 2 + ?").await.unwrap();
        assert_eq!(session_status(&mut guard, "Com_stmt_close").await, 8);
        guard.evict_prepared();
        guard.prepared(b"SELECT 2 + ?").await.unwrap();
        assert_eq!(session_status(&mut guard, "Com_stmt_close").await, 10);
    }
}

#[tokio::test]
async fn a_reset_forgets_every_statement() {
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        let old = guard.prepared(b"SELECT ?").await.unwrap();
        guard.prepare_private(b"SELECT ?").await.unwrap();
        guard.reset().await.unwrap();
        let one = [(ParamType::new(WireType::Tiny), ParamValue::Bytes(&[1]))];
        let packets = execute(&mut guard, old, &one, Capabilities::DEPRECATE_EOF).await;
        assert_eq!(packets[0][..3], [0xFF, 0xDB, 0x04], "1243 {packets:?}");
        let new = guard.prepared(b"SELECT ?").await.unwrap();
        let packets = execute(&mut guard, new, &one, Capabilities::DEPRECATE_EOF).await;
        assert_eq!(packets.len(), 4);
    }
}

#[tokio::test]
async fn a_text_is_prepared_anew_under_another_state() {
    // contract 3.1: a server reads a text by the sql_mode of the time it prepares it
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        let sql = b"SELECT \"1\" AS `\"`";
        let mut ids = Vec::new();
        for mode in ["", "ANSI_QUOTES", ""] {
            let mut wanted = SessionState::default();
            wanted.set("sql_mode", &format!("'{mode}'"));
            if let Some(replay) = guard.state.replay_to(&wanted, false) {
                guard.query(&replay).await.unwrap();
                guard.state.adopt(&wanted, false);
            }
            ids.push(guard.prepared(sql).await.map(|id| id.statement_id));
        }
        let first = *ids[0].as_ref().unwrap();
        assert!(matches!(ids[1], Err(ConnError::Server { code: 1054, .. })));
        assert_eq!(*ids[2].as_ref().unwrap(), first);
    }
}

#[tokio::test]
async fn a_statement_outlives_a_change_of_its_table() {
    for server in servers() {
        server
            .sql("CREATE TABLE shop.changing (id INT PRIMARY KEY); INSERT INTO shop.changing VALUES (1)")
            .unwrap();
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        let sql = b"SELECT * FROM changing WHERE id = ?";
        let id = guard.prepared(sql).await.unwrap();
        let one = [(ParamType::new(WireType::Tiny), ParamValue::Bytes(&[1]))];
        let before = execute(&mut guard, id, &one, Capabilities::DEPRECATE_EOF).await;
        assert_eq!(before[0], [1]);
        server
            .sql("ALTER TABLE shop.changing ADD COLUMN name VARCHAR(10) DEFAULT 'x'")
            .unwrap();
        let after = execute(&mut guard, id, &one, Capabilities::DEPRECATE_EOF).await;
        assert_eq!(after[0], [2], "{after:?}");
        assert_eq!(after.len(), 5);
        server.sql("DROP TABLE shop.changing").unwrap();
        let gone = execute(&mut guard, id, &one, Capabilities::DEPRECATE_EOF).await;
        assert_eq!(gone[0][..3], [0xFF, 0x7A, 0x04], "1146 {gone:?}");
        guard.ping().await.unwrap();
        assert!(guard.state.hash() == SessionState::default().hash());
    }
}

#[tokio::test]
async fn a_full_server_says_so_and_has_room_again_after_eviction() {
    // 1461 at PREPARE
    for distribution in Distribution::installed() {
        let server = &Server::start(ServerSpec::new(distribution)).unwrap();
        server
            .sql("CREATE SCHEMA shop; CREATE USER app IDENTIFIED BY 'pw'; GRANT ALL ON *.* TO app")
            .unwrap();
        let pool = small_pool(server, 8);
        let mut guard = pool.acquire(PLAIN, 0).await.unwrap();
        guard.prepared(b"SELECT 1 + ?").await.unwrap();
        server
            .sql("SET GLOBAL max_prepared_stmt_count = 1")
            .unwrap();
        let error = guard.prepared(b"SELECT 2 + ?").await.unwrap_err();
        assert!(
            matches!(error, ConnError::Server { code: 1461, .. }),
            "{error}"
        );
        guard.evict_prepared();
        guard.prepared(b"SELECT 2 + ?").await.unwrap();
    }
}

#[tokio::test]
async fn values_of_16_mib_go_out_in_several_frames() {
    for server in servers() {
        server
            .sql("SET GLOBAL max_allowed_packet = 64 * 1024 * 1024")
            .unwrap();
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        let id = guard
            .prepared(b"SELECT CONCAT(LENGTH(?), '')")
            .await
            .unwrap();
        // head, bitmap, flag, type and length take 17 bytes
        for len in [0xFF_FFFF - 17, 0xFF_FFFF - 16, 20 << 20] {
            let value = vec![b'x'; len];
            let params = [(ParamType::new(WireType::Blob), ParamValue::Bytes(&value))];
            let packets = execute(&mut guard, id, &params, Capabilities::DEPRECATE_EOF).await;
            assert_eq!(only_value(&packets), Some(len.to_string()));
        }
    }
}

#[tokio::test]
async fn a_cursor_outlives_its_transaction() {
    for server in servers() {
        server
            .sql("CREATE TABLE shop.outliving (id INT PRIMARY KEY); INSERT INTO shop.outliving VALUES (1), (2), (3), (4), (5)")
            .unwrap();
        for end in ["COMMIT", "ROLLBACK"] {
            let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
            guard.query("BEGIN").await.unwrap();
            let id = guard
                .prepare_private(b"SELECT id FROM outliving ORDER BY id")
                .await
                .unwrap();
            open_cursor(&mut guard, id, &[], Capabilities::DEPRECATE_EOF).await;
            fetch(&mut guard, id, Capabilities::DEPRECATE_EOF).await;
            guard.query(end).await.unwrap();
            let (relayed, _) = fetch(&mut guard, id, Capabilities::DEPRECATE_EOF).await;
            let status = ending_status(&relayed);
            assert!(status.contains(StatusFlags::CURSOR_EXISTS));
            assert!(!status.contains(StatusFlags::IN_TRANS));
            assert_eq!(relayed.rows, 2, "{end}");
        }
    }
}
