//! Attacks by number: what the proxy reads and what a server would run must be one thing.
//!
//! [`LIST`] has every number with what tries it; a test holds it to be whole.

mod frames;
mod list;
mod sizes;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::support::raw::{MULTI_STATEMENTS, Raw};
use crate::support::{DATABASE, ProxyOptions, Shop, ask, token};

const TEXTS: &str = include_str!("attacks/texts.txt");

/// A farm of its own: its general logs are read.
fn stage() -> &'static Shop {
    static STAGE: OnceLock<Shop> = OnceLock::new();
    STAGE.get_or_init(|| {
        let shop = Shop::open(&ProxyOptions::default());
        shop.witness();
        for sql in [
            "CREATE USER 'empty'@'127.0.0.1' IDENTIFIED BY ''",
            "GRANT SELECT, CREATE ON *.* TO 'empty'@'127.0.0.1'",
        ] {
            shop.plain.sql(sql).unwrap();
        }
        shop
    })
}

fn login(shop: &Shop) -> Raw {
    Raw::login(shop.proxy.port(), "empty", DATABASE, MULTI_STATEMENTS)
}

/// The text's bytes: `<0b>` is one.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = (first == b'<' && tail.get(2) == Some(&b'>'))
            .then(|| std::str::from_utf8(&tail[..2]).unwrap())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(hex.unwrap_or(first));
        rest = if hex.is_some() { &tail[3..] } else { tail };
    }
    bytes
}

/// The error of an answer, if it is one.
fn code(answer: &[String]) -> Option<u16> {
    let rest = answer.last()?.strip_prefix("error ")?;
    rest.split(' ').next()?.parse().ok()
}

/// What stands wrong about one line; `None` if nothing does.
fn fault(shop: &Shop, raw: &mut Raw, line: &str, word: &str) -> Option<String> {
    let (expected, rest) = line.split_once(' ').unwrap();
    let (count, sql) = match expected {
        "rows" => rest
            .split_once(' ')
            .map(|(count, sql)| (count.parse::<usize>().ok(), sql))
            .unwrap(),
        _ => (None, rest),
    };
    // what is not closed would take the word with it
    let is_marked = sql.contains("{t}") || sql.contains("--") || expected == "same";
    let marked = if is_marked {
        sql.replace("{t}", word)
    } else {
        format!("{sql} /* {word} */")
    };
    let answer = raw.ask_bytes(&bytes(&marked));
    let found = code(&answer);
    let rows = answer
        .iter()
        .filter(|line| line.starts_with("row "))
        .count();
    let reached = shop.witnesses(word);
    let tell = |what: String| Some(format!("{line}\n    {what}: {:?}", answer.last()));
    if expected == "same" {
        let mut direct = Raw::login(shop.plain.port(), "empty", DATABASE, MULTI_STATEMENTS);
        let theirs = direct.ask_bytes(&bytes(&marked));
        return (code(&theirs) != found).then(|| {
            format!(
                "{line}\n    {:?}, a server {:?}",
                answer.last(),
                theirs.last()
            )
        });
    }
    match (expected, count, found) {
        ("ok", _, None) => None,
        ("rows", Some(count), None) if rows != count => tell(format!("{rows} rows")),
        ("rows", _, None) if marked.contains(word) && reached != 1 => {
            tell(format!("{reached} servers heard of it"))
        }
        ("rows", _, None) => None,
        (codes, _, Some(code)) if codes.split(',').any(|one| one == code.to_string()) => {
            (reached > 0).then(|| format!("{line}\n    a server heard of it"))
        }
        _ => tell("not as expected".to_owned()),
    }
}

#[test]
fn texts_are_read_as_a_server_would_run_them_or_refused() {
    let shop = stage();
    let mut keeper = shop.connect();
    let a = shop.stocked(&mut keeper, 3);
    let o = std::iter::repeat_with(|| shop.two_apart())
        .flat_map(|(one, other)| [one, other])
        .find(|sku| {
            crate::support::Placement::schema_of_sku(*sku)
                != crate::support::Placement::schema_of_sku(a)
        })
        .unwrap();
    shop.farm.catch_up().unwrap();
    let mut raw = login(shop);
    let mut faults = Vec::new();
    let (mut numbers, mut count) = (BTreeSet::new(), 0);
    for line in TEXTS.lines().filter(|line| !line.is_empty()) {
        if let Some(heading) = line.strip_prefix("## ") {
            numbers.insert(heading.split(' ').next().unwrap().parse::<u32>().unwrap());
            raw = login(shop);
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        if line == "new" {
            raw = login(shop);
            continue;
        }
        let line = line
            .replace("{a}", &a.to_string())
            .replace("{o}", &o.to_string());
        if let Some(sql) = line.strip_prefix("> ") {
            let answer = raw.ask_bytes(&bytes(sql));
            assert_eq!(code(&answer), None, "{sql}: {answer:?}");
            continue;
        }
        count += 1;
        faults.extend(fault(shop, &mut raw, &line, &token()));
        // the session goes on, with nothing left over
        let still = raw.ask("SELECT 1");
        if !still.iter().any(|line| line == "row 1") {
            faults.push(format!("{line}\n    the session is lost: {still:?}"));
            raw = login(shop);
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {count}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    let expected: BTreeSet<u32> = (1..=14).filter(|number| *number != 13).collect();
    assert_eq!(numbers, expected);
    // the row is as it was, and nobody else's came to it
    let stock = ask(
        &mut keeper,
        format!("SELECT stock FROM inv_stock WHERE sku_id = {a}"),
    );
    if let Ok(answer) = stock {
        assert_eq!(answer.sets[0].rows.len(), 1);
    }
}

#[test]
fn a_mode_is_known_after_each_way_to_change_it() {
    let shop = stage();
    let mut keeper = shop.connect();
    let a = shop.stocked(&mut keeper, 3);
    let by_name =
        format!("SELECT stock FROM inv_stock WHERE \"sku_id\" = {a} AND \"warehouse_id\" = 1");
    ask(&mut keeper, "DROP PROCEDURE IF EXISTS attack_mode").unwrap();
    ask(
        &mut keeper,
        "CREATE PROCEDURE attack_mode () SET SESSION sql_mode = 'ANSI_QUOTES'",
    )
    .unwrap();
    assert!(ask(&mut keeper, &by_name).is_err(), "a string is compared");
    // the servers give a routine's caller its mode back
    ask(&mut keeper, "CALL attack_mode()").unwrap();
    assert!(ask(&mut keeper, &by_name).is_err(), "CALL");
    ask(&mut keeper, "SET sql_mode = 'ANSI_QUOTES'").unwrap();
    assert_eq!(ask(&mut keeper, &by_name).unwrap().sets[0].rows.len(), 1);
    keeper.reset().unwrap();
    assert!(ask(&mut keeper, &by_name).is_err(), "COM_RESET_CONNECTION");
    ask(&mut keeper, "SET sql_mode = 'ANSI_QUOTES'").unwrap();
    keeper
        .change_user(mysql::ChangeUserOpts::default())
        .unwrap();
    assert!(ask(&mut keeper, &by_name).is_err(), "COM_CHANGE_USER");
    ask(&mut keeper, "DROP PROCEDURE attack_mode").unwrap();
}

#[test]
fn a_login_in_an_unsafe_character_set_is_not_read_by_it() {
    let shop = stage();
    let mut keeper = shop.connect();
    let a = shop.stocked(&mut keeper, 3);
    // gbk, sjis, big5, gb18030, ucs2, utf16, utf32
    for collation in [28_u8, 13, 1, 248, 35, 54, 60] {
        let Some(mut raw) = Raw::try_login(
            shop.proxy.port(),
            "empty",
            DATABASE,
            MULTI_STATEMENTS,
            collation,
        ) else {
            continue;
        };
        let word = token();
        let mut text =
            format!("SELECT '{word}' FROM inv_stock WHERE sku_id = {a} AND '").into_bytes();
        text.extend(b"\xbf\\' OR 1 -- '");
        let answer = raw.ask_bytes(&text);
        // in UTF-8 the string goes on: its key alone is refused or answered, never everything
        let rows = answer
            .iter()
            .filter(|line| line.starts_with("row "))
            .count();
        assert!(rows <= 1, "{collation}: {answer:?}");
        assert!(shop.witnesses(&word) <= 1, "{collation}");
    }
}

#[test]
fn a_second_statement_needs_its_capability() {
    let shop = stage();
    let mut raw = Raw::login(shop.proxy.port(), "empty", DATABASE, 0);
    let word = token();
    let two = format!("SELECT 1; SELECT '{word}'");
    assert_eq!(code(&raw.ask(&two)), Some(1064));
    assert_eq!(shop.witnesses(&word), 0);
    // COM_SET_OPTION turns it on and off
    for (option, expected) in [(0, None), (1, Some(1064))] {
        raw.send_commands(&[vec![0x1B, option, 0]]);
        raw.answer();
        assert_eq!(code(&raw.ask("SELECT 1; SELECT 2")), expected, "{option}");
    }
    // and none is prepared with two
    let mut prepare = vec![0x16];
    prepare.extend(b"SELECT 1; SELECT 2");
    raw.send_commands(&[prepare]);
    assert_eq!(code(&raw.answer()), Some(1064));
}

#[test]
fn a_statement_id_is_the_sessions_own() {
    let shop = stage();
    let (mut one, mut other) = (login(shop), login(shop));
    let mut prepare = vec![0x16];
    prepare.extend(b"SELECT 'mine'");
    one.send_commands(&[prepare]);
    let answer = one.receive();
    assert_eq!(answer[0], 0);
    let id = &answer[1..5];
    let execute = [&[0x17], id, &[0, 1, 0, 0, 0]].concat();
    let fetch = [&[0x1C], id, &[1, 0, 0, 0]].concat();
    let reset = [&[0x1A], id].concat();
    for command in [execute, fetch, reset] {
        other.send_commands(std::slice::from_ref(&command));
        assert_eq!(code(&other.answer()), Some(1243), "{command:?}");
    }
}

#[test]
fn every_command_that_is_not_served_is_1047() {
    let shop = stage();
    let mut raw = login(shop);
    // CREATE_DB, DROP_DB, REFRESH, SHUTDOWN, CONNECT, DEBUG, TIME, DELAYED_INSERT, BINLOG_DUMP, TABLE_DUMP, CONNECT_OUT,
    // REGISTER_SLAVE, DAEMON, BINLOG_DUMP_GTID, CLONE; COM_SLEEP; and what nobody knows
    let known = [
        0x05, 0x06, 0x07, 0x08, 0x0B, 0x0D, 0x0F, 0x10, 0x12, 0x13, 0x14, 0x15, 0x1D, 0x1E, 0x20,
        0x00,
    ];
    for command in known.into_iter().chain(0x21..=0xFF) {
        raw.send_commands(&[vec![command, 1, 0, 0, 0]]);
        assert_eq!(code(&raw.answer()), Some(1047), "{command:#x}");
    }
    assert!(raw.ask("SELECT 1").iter().any(|line| line == "row 1"));
}
