//! Answers are packet for packet the server's own: both insert ids, affected rows, info, warnings, status flags, several
//! results of one statement, in both ways of ending a result (contract 2.3, 2.4, 3.4).

use std::collections::BTreeMap;

use crate::support::raw::{self, DEPRECATE_EOF, FOUND_ROWS, MULTI_STATEMENTS, Raw};
use crate::support::{House, house};

const STATEMENTS: &str = include_str!("exact/statements.sql");

/// The same account without a password on both sides.
fn open(house: &House, capabilities: u32) -> (Raw, Raw) {
    house
        .server()
        .sql(
            "CREATE USER IF NOT EXISTS 'bare'@'127.0.0.1' IDENTIFIED BY ''; GRANT ALL ON *.* TO 'bare'@'127.0.0.1'",
        )
        .unwrap();
    (
        Raw::login(house.proxy.port(), "bare", "ecommerce", capabilities),
        Raw::login(house.server().port(), "bare", "beside", capabilities),
    )
}

/// What may differ: the names of schemas in messages, and whether an index is used where that is told behind the columns
/// already, as warnings are (servers do not tell it there to a client that has the newer way of ending results, as the proxy is one).
fn plain(lines: Vec<String>) -> Vec<String> {
    let told_early = |line: String| {
        let Some(at) = line
            .find("status 0x")
            .filter(|_| line.starts_with("columns end"))
        else {
            return line;
        };
        let status = u16::from_str_radix(&line[at + 9..at + 13], 16).unwrap();
        format!("{}{:04x}", &line[..at + 9], status & !0x0030)
    };
    lines
        .into_iter()
        .map(|line| told_early(line.replace("beside.", "ecommerce.")))
        .collect()
}

fn compare(capabilities: u32) {
    let house = house();
    let _turn = house.turn();
    let (mut through, mut direct) = open(house, capabilities);
    let mut faults = BTreeMap::new();
    let statements = STATEMENTS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("--"));
    for sql in statements {
        let (found, expected) = (plain(through.ask(sql)), plain(direct.ask(sql)));
        if found.len() != expected.len() {
            faults.insert(format!("{found:#?}\n  instead of\n{expected:#?}"), sql);
            continue;
        }
        for (found, expected) in found.iter().zip(&expected) {
            if found != expected {
                // the first statement that shows it
                faults
                    .entry(format!("  {found}\n  instead of\n  {expected}"))
                    .or_insert(sql);
            }
        }
    }
    let faults: Vec<String> = faults
        .into_iter()
        .map(|(fault, sql)| format!("{sql}\n{fault}"))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn answers_are_the_servers_packet_for_packet_with_eof_packets() {
    compare(0);
}

#[test]
fn answers_are_the_servers_packet_for_packet_without_eof_packets() {
    compare(DEPRECATE_EOF | MULTI_STATEMENTS);
}

/// Contract 2.4.
#[test]
fn answers_are_the_servers_packet_for_packet_where_found_rows_count() {
    compare(FOUND_ROWS);
}

#[test]
fn pipelined_commands_and_texts_of_several_statements_say_where_more_follows() {
    let house = house();
    let _turn = house.turn();
    for capabilities in [MULTI_STATEMENTS, MULTI_STATEMENTS | DEPRECATE_EOF] {
        let (mut through, mut direct) = open(house, capabilities);
        for raw in [&mut through, &mut direct] {
            raw.ask("CREATE PROCEDURE pipelined() BEGIN SELECT 1 AS one; SELECT 2 AS two; END");
        }
        let commands = [
            raw::query("SELECT 'a'; SELECT 'b'; DO 1"),
            raw::query("CALL pipelined(); SELECT 3"),
            vec![0x0E],
            raw::query("SELECT 1; SELECT nonsense; SELECT 2"),
            raw::query("BEGIN; SELECT 4; COMMIT"),
            vec![0x1B, 1, 0],
            raw::query("SELECT 5; SELECT 6"),
            vec![0x1B, 0, 0],
            raw::query("SELECT 7; CALL pipelined()"),
            vec![0x1F],
            raw::query("SELECT DATABASE() IS NULL; SET @a = 1; SELECT @a"),
        ];
        for raw in [&mut through, &mut direct] {
            raw.send_commands(&commands);
        }
        for (n, command) in commands.iter().enumerate() {
            let (found, expected) = (plain(through.answer()), plain(direct.answer()));
            // a second statement is refused in our own words, and MySQL counts that as a warning of COM_SET_OPTION
            let begin_alike = |start: &str| {
                [&found, &expected]
                    .iter()
                    .all(|answer| answer.len() == 1 && answer[0].starts_with(start))
            };
            let is_alike = found == expected
                || begin_alike("error 1064")
                || (command[0] == 0x1B && begin_alike("end: status 0x0002"));
            assert!(
                is_alike,
                "{n} {}: {found:#?} instead of {expected:#?}",
                String::from_utf8_lossy(command)
            );
        }
        for raw in [&mut through, &mut direct] {
            raw.ask("DROP PROCEDURE pipelined");
        }
    }
}
