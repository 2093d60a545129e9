//! The scripts of `differential` prepared and executed, direct and through the proxy: the same bytes.

use mysql::prelude::Queryable;
use shardgate::lab::Family;
use shardgate::protocol::{Capabilities, ErrPacket, OkPacket, Reader};

use crate::differential::{SHARDED, SINGLE, statements};
use crate::support::{CLOSE, EXECUTE, PREPARE, Packets, execute, shop};

/// IN_TRANS, AUTOCOMMIT, MORE_RESULTS, CURSOR_EXISTS, NO_BACKSLASH_ESCAPES, PS_OUT_PARAMS
const STATUS: u16 = 0x0001 | 0x0002 | 0x0008 | 0x0040 | 0x0200 | 0x1000;

/// What may differ: the proxy evaluates a SET when it is executed, statistics are estimates, and MariaDB prepares a
/// text without a statement.
const LEFT_OUT: [&str; 3] = ["SET nonsense", "SHOW INDEX", "/* nothing but"];
/// MySQL has no rows for the first, and notes the second's age when it is prepared.
const LEFT_OUT_ON_MYSQL: [&str; 2] = ["SHOW COUNT(*)", "SELECT FOUND_ROWS()"];

/// What the proxy tells the columns of when it is prepared, and servers mostly not before it is executed.
const SHOWN: [&str; 3] = ["SHOW ", "DESCRIBE ", "EXPLAIN "];

/// One packet as far as it must be the same.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Heard {
    /// Numbers of parameters and columns; the proxy keeps a server's notes on a text it prepares to itself.
    Prepared(u16, u16),
    Column(Vec<u8>),
    Row(Vec<u8>),
    /// Affected rows, insert id, status, warnings, info.
    Ok(u64, u64, u16, u16, Vec<u8>),
    /// Warnings and status.
    Eof(u16, u16),
    Err(u16, String),
}

struct Session {
    packets: Packets,
    modern: bool,
}

impl Session {
    fn new(port: u16, modern: bool) -> Self {
        let mut packets = Packets::login(port, modern);
        packets.query("SET NAMES utf8mb4");
        Self { packets, modern }
    }

    /// Prepares, executes and closes.
    fn hear(&mut self, sql: &str) -> Vec<Heard> {
        self.packets.send(PREPARE, sql.as_bytes());
        let first = self.packets.receive();
        if first[0] == 0xFF {
            return vec![failure(&first)];
        }
        let mut reader = Reader::new(&first[1..]);
        let id = reader.u32().unwrap();
        let (columns, params) = (reader.u16().unwrap(), reader.u16().unwrap());
        let mut heard = vec![Heard::Prepared(params, columns)];
        for count in [params, columns] {
            self.columns(u64::from(count), &mut heard);
        }
        self.packets.send(EXECUTE, &execute(id, 0, &[]));
        while self.result(&mut heard) {}
        self.packets.send(CLOSE, &id.to_le_bytes());
        heard
    }

    fn columns(&mut self, count: u64, heard: &mut Vec<Heard>) {
        for _ in 0..count {
            heard.push(Heard::Column(self.packets.receive()));
        }
        if count > 0 && !self.modern {
            let end = self.packets.receive();
            assert_eq!((end[0], end.len()), (0xFE, 5));
        }
    }

    /// One result; whether another one follows.
    fn result(&mut self, heard: &mut Vec<Heard>) -> bool {
        let first = self.packets.receive();
        match first[0] {
            0xFF => {
                heard.push(failure(&first));
                return false;
            }
            0x00 => return success(&first, heard),
            _ => {}
        }
        let count = Reader::new(&first).lenenc_int().unwrap();
        self.columns(count, heard);
        loop {
            let packet = self.packets.receive();
            match packet[0] {
                0xFF => {
                    heard.push(failure(&packet));
                    return false;
                }
                0xFE if self.modern => return success(&packet, heard),
                0xFE => {
                    let warnings = u16::from_le_bytes([packet[1], packet[2]]);
                    let status = u16::from_le_bytes([packet[3], packet[4]]) & STATUS;
                    heard.push(Heard::Eof(warnings, status));
                    return status & 8 != 0;
                }
                _ => heard.push(Heard::Row(packet)),
            }
        }
    }
}

fn failure(packet: &[u8]) -> Heard {
    let err = ErrPacket::parse(packet).unwrap();
    Heard::Err(err.code, err.text().into_owned())
}

fn success(packet: &[u8], heard: &mut Vec<Heard>) -> bool {
    let ok = OkPacket::parse(packet, Capabilities::NONE).unwrap();
    let status = ok.status.0 & STATUS;
    heard.push(Heard::Ok(
        ok.affected_rows,
        ok.last_insert_id,
        status,
        ok.warnings,
        ok.info,
    ));
    status & 8 != 0
}

fn rows(heard: &[Heard]) -> Vec<Heard> {
    let rows = heard.iter().filter(|heard| matches!(heard, Heard::Row(_)));
    rows.cloned().collect()
}

fn is_same(direct: &[Heard], through: &[Heard]) -> bool {
    match (direct, through) {
        // the proxy says in words of its own that a statement is one statement
        ([Heard::Err(1064, _)], [Heard::Err(1064, _)]) => true,
        _ => direct == through,
    }
}

fn is_ddl(sql: &str) -> bool {
    let is_temporary = sql.contains("TEMPORARY");
    ["CREATE ", "ALTER ", "DROP ", "TRUNCATE "]
        .iter()
        .any(|verb| sql.starts_with(verb) && !is_temporary)
}

/// Where two answers part.
fn difference(sql: &str, direct: &[Heard], through: &[Heard]) -> String {
    let pairs = direct.iter().zip(through);
    let at = pairs
        .take_while(|(direct, through)| direct == through)
        .count();
    let show = |heard: Option<&Heard>| match heard {
        Some(Heard::Column(bytes)) => format!("column {}", bytes.escape_ascii()),
        Some(Heard::Row(bytes)) => format!("row {}", bytes.escape_ascii()),
        other => format!("{other:?}"),
    };
    let (direct, through) = (show(direct.get(at)), show(through.get(at)));
    format!("{sql}\n   packet {at}\n   direct:  {direct}\n   through: {through}")
}

fn compare(script: &str, modern: bool) {
    let shop = shop();
    let mut direct = Session::new(shop.plain.port(), modern);
    let mut through = Session::new(shop.proxy.port(), modern);
    let mut differences = Vec::new();
    let is_mysql = shop.plain.family() == Family::Mysql;
    let (mut owner_direct, mut owner_through) = (shop.direct(), shop.connect());
    for sql in statements(script) {
        let is = |starts: &[&str]| starts.iter().any(|start| sql.starts_with(start));
        if is(&LEFT_OUT) || (is_mysql && is(&LEFT_OUT_ON_MYSQL)) {
            continue;
        }
        if is_ddl(&sql) {
            // the account of these sessions has no right to it
            let _ = (
                owner_direct.query_drop(&sql),
                owner_through.query_drop(&sql),
            );
            continue;
        }
        let (mut direct, mut through) = (direct.hear(&sql), through.hear(&sql));
        if is(&SHOWN) {
            (direct, through) = (rows(&direct), rows(&through));
        }
        if !is_same(&direct, &through) {
            differences.push(difference(&sql, &direct, &through));
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// The unsharded server has the account with an empty password as well.
fn prepare_account() {
    shop()
        .plain
        .sql("CREATE USER IF NOT EXISTS 'empty'@'127.0.0.1' IDENTIFIED BY ''; GRANT ALL ON *.* TO 'empty'@'127.0.0.1'")
        .unwrap();
}

#[test]
fn a_single_table_s_prepared_statements_answer_as_without_a_proxy() {
    prepare_account();
    for (modern, prefix) in [(false, "dq_"), (true, "dp_")] {
        let script = SINGLE
            .replace("d_", prefix)
            .replace(r"d\_", &prefix.replace('_', r"\_"));
        compare(&script, modern);
    }
}

#[test]
fn a_sharded_table_s_prepared_statements_answer_as_an_unsharded_one_s() {
    prepare_account();
    let shop = shop();
    for modern in [false, true] {
        let script = SHARDED
            .replace("{sku}", &shop.sku().to_string())
            .replace("{id}", &(shop.sku() * 1000).to_string());
        compare(&script, modern);
    }
}
