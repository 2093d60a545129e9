//! Prepared statements as bytes: what drivers say in their own ways, and what no client should say.

use crate::support::{
    CLOSE, CURSOR_EXISTS, EXECUTE, FETCH, LAST_ROW_SENT, LONG_DATA, PREPARE, Packets, Proxy,
    ProxyOptions, RESET, Said, ask, distribution, execute, execute_again, narrow, packet, shop,
    value,
};

const LONGLONG: u8 = 8;
const LONG: u8 = 3;
const SHORT: u8 = 2;
const TINY: u8 = 1;
const DOUBLE: u8 = 5;
const NEWDECIMAL: u8 = 246;
const VAR_STRING: u8 = 253;
const STRING: u8 = 254;
const BLOB: u8 = 252;

fn text(value: &str) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(value.len()).unwrap()];
    bytes.extend(value.as_bytes());
    bytes
}

fn stock(sku: i64) -> Vec<u8> {
    sku.to_le_bytes().to_vec()
}

const READ: &str = "SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = 1";

/// A binary row of one INT column.
fn int_row(value: i32) -> Vec<u8> {
    let mut row = vec![0, 0];
    row.extend(value.to_le_bytes());
    row
}

/// A session over raw packets, and a SKU with 7 in stock whose last write is long ago for a primary's reader.
fn start(modern: bool) -> (Packets, i64) {
    let shop = shop();
    let sku = shop.stocked(&mut shop.connect(), 7);
    shop.farm.catch_up().unwrap();
    (Packets::login(shop.proxy.port(), modern), sku)
}

#[test]
fn types_change_between_executions_and_need_not_be_repeated() {
    for modern in [false, true] {
        let (mut packets, sku) = start(modern);
        let read = packets.prepare(READ).unwrap();
        assert_eq!((read.params, read.columns), (1, 1));
        let small = i32::try_from(sku).unwrap().to_le_bytes();
        let number = sku as f64;
        let digits = text(&sku.to_string());
        for (code, bytes) in [
            (LONGLONG, stock(sku)),
            (LONG, small.to_vec()),
            (DOUBLE, number.to_le_bytes().to_vec()),
            (NEWDECIMAL, digits.clone()),
            (VAR_STRING, digits.clone()),
            (STRING, digits.clone()),
            (LONGLONG, stock(sku)),
        ] {
            let said = packets.ask(EXECUTE, &execute(read.id, 0, &[(code, Some(&bytes))]));
            assert_eq!(said.rows().0, [int_row(7)], "{code}");
            // the same again, without types
            let said = packets.ask(EXECUTE, &execute_again(read.id, &[Some(&bytes)]));
            assert_eq!(said.rows().0, [int_row(7)], "{code}");
        }
        let said = packets.ask(EXECUTE, &execute(read.id, 0, &[(SHORT, None)]));
        assert!(said.rows().0.is_empty());
        let said = packets.ask(EXECUTE, &execute(read.id, 0, &[(TINY, Some(&[5]))]));
        assert!(said.rows().0.is_empty());
        let said = packets.ask(EXECUTE, &execute(read.id, 0, &[(BLOB, Some(&digits))]));
        assert_eq!(said.rows().0, [int_row(7)]);
        let bytes = text("no number");
        let said = packets.ask(EXECUTE, &execute(read.id, 0, &[(BLOB, Some(&bytes))]));
        assert_eq!(said.code(), 20090);
    }
}

#[test]
fn long_data_is_a_value_and_comes_before_each_execution() {
    let (mut packets, sku) = start(true);
    let read = packets.prepare(READ).unwrap();
    let digits = sku.to_string();
    let (head, tail) = digits.split_at(3);
    let piece = |index: u16, piece: &str| {
        [
            &read.id.to_le_bytes()[..],
            &index.to_le_bytes(),
            piece.as_bytes(),
        ]
        .concat()
    };
    packets.send(LONG_DATA, &piece(0, head));
    packets.send(LONG_DATA, &piece(0, tail));
    let sent = execute(read.id, 0, &[(VAR_STRING, Some(&[]))]);
    assert_eq!(packets.ask(EXECUTE, &sent).rows().0, [int_row(7)]);
    // it is gone now
    let none = execute(read.id, 0, &[(VAR_STRING, Some(&[0]))]);
    assert_eq!(packets.ask(EXECUTE, &none).code(), 20090);
    packets.send(LONG_DATA, &piece(0, "5"));
    assert!(matches!(
        packets.ask(RESET, &read.id.to_le_bytes()),
        Said::Ok(_)
    ));
    let again = execute(read.id, 0, &[(LONGLONG, Some(&stock(sku)))]);
    assert_eq!(packets.ask(EXECUTE, &again).rows().0, [int_row(7)]);
    packets.send(LONG_DATA, &piece(9, "5"));
    assert_eq!(packets.ask(EXECUTE, &again).code(), 1210);
    assert_eq!(packets.ask(EXECUTE, &again).rows().0, [int_row(7)]);
}

#[test]
fn a_cursor_is_read_in_parts_and_others_do_not_disturb_it() {
    for modern in [false, true] {
        let (mut packets, sku) = start(modern);
        let union =
            "SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT ? ORDER BY n";
        let numbers = packets.prepare(union).unwrap();
        let sent = execute(numbers.id, 1, &[(LONGLONG, Some(&stock(4)))]);
        let (rows, status) = packets.ask(EXECUTE, &sent).rows();
        assert!(rows.is_empty());
        assert_ne!(status & CURSOR_EXISTS, 0);
        let fetch = |id: u32, rows: u32| [id.to_le_bytes(), rows.to_le_bytes()].concat();
        packets.send(FETCH, &fetch(numbers.id, 2));
        let (rows, status) = packets.rows().rows();
        assert_eq!((rows.len(), status & LAST_ROW_SENT), (2, 0));
        // another statement of the same text, and others, run between
        let other = packets.prepare(union).unwrap();
        assert_ne!(other.id, numbers.id);
        let plain = execute(other.id, 0, &[(LONGLONG, Some(&stock(9)))]);
        assert_eq!(packets.ask(EXECUTE, &plain).rows().0.len(), 4);
        let second = execute(other.id, 1, &[(LONGLONG, Some(&stock(9)))]);
        packets.ask(EXECUTE, &second).rows();
        let read = packets.prepare(READ).unwrap();
        let one = execute(read.id, 0, &[(LONGLONG, Some(&stock(sku)))]);
        assert_eq!(packets.ask(EXECUTE, &one).rows().0, [int_row(7)]);
        packets.send(FETCH, &fetch(numbers.id, 10));
        let (rows, status) = packets.rows().rows();
        assert_eq!(rows.len(), 2);
        assert_ne!(status & LAST_ROW_SENT, 0);
        assert_eq!(packets.ask(FETCH, &fetch(numbers.id, 1)).code(), 1421);
        packets.send(FETCH, &fetch(other.id, 100));
        assert_eq!(packets.rows().rows().0.len(), 4);
        // reset and close end one that is open
        packets.ask(EXECUTE, &sent).rows();
        assert!(matches!(
            packets.ask(RESET, &numbers.id.to_le_bytes()),
            Said::Ok(_)
        ));
        assert_eq!(packets.ask(FETCH, &fetch(numbers.id, 1)).code(), 1421);
        packets.ask(EXECUTE, &sent).rows();
        packets.send(CLOSE, &numbers.id.to_le_bytes());
        assert_eq!(packets.ask(FETCH, &fetch(numbers.id, 1)).code(), 1243);
        assert_eq!(packets.ask(FETCH, &fetch(77, 1)).code(), 1243);
        // an execution anew closes the one before
        packets.ask(EXECUTE, &second).rows();
        packets.ask(EXECUTE, &second).rows();
        packets.send(FETCH, &fetch(other.id, 100));
        assert_eq!(packets.rows().rows().0.len(), 4);
        // what has no rows has no cursor
        let update = packets
            .prepare("UPDATE inv_stock SET stock = stock WHERE sku_id = ? AND warehouse_id = 1")
            .unwrap();
        let sent = execute(update.id, 1, &[(LONGLONG, Some(&stock(sku)))]);
        assert!(matches!(packets.ask(EXECUTE, &sent), Said::Ok(_)));
    }
}

#[test]
fn what_is_written_beside_an_open_cursor_goes_to_the_primary() {
    let (mut packets, sku) = start(true);
    // no write of this session's sends its reads to the primary
    let read = packets.prepare(READ).unwrap();
    let sent = execute(read.id, 1, &[(LONGLONG, Some(&stock(sku)))]);
    packets.ask(EXECUTE, &sent).rows();
    let update = packets
        .prepare("UPDATE inv_stock SET stock = ? WHERE sku_id = ? AND warehouse_id = 1")
        .unwrap();
    let nine = 9_i64.to_le_bytes();
    let written = execute(
        update.id,
        0,
        &[(LONGLONG, Some(&nine)), (LONGLONG, Some(&stock(sku)))],
    );
    assert!(matches!(packets.ask(EXECUTE, &written), Said::Ok(_)));
    let fetch = [read.id.to_le_bytes(), 5_u32.to_le_bytes()].concat();
    packets.send(FETCH, &fetch);
    assert_eq!(packets.rows().rows().0, [int_row(7)]);
    let sent = execute(read.id, 0, &[(LONGLONG, Some(&stock(sku)))]);
    assert_eq!(packets.ask(EXECUTE, &sent).rows().0, [int_row(9)]);
}

#[test]
fn a_cursor_stays_in_its_transaction() {
    let (mut packets, sku) = start(true);
    packets.query("BEGIN");
    let read = packets.prepare(READ).unwrap();
    let sent = execute(read.id, 1, &[(LONGLONG, Some(&stock(sku)))]);
    packets.ask(EXECUTE, &sent).rows();
    let update =
        format!("UPDATE inv_stock SET stock = 8 WHERE sku_id = {sku} AND warehouse_id = 1");
    assert!(matches!(packets.query(&update), Said::Ok(_)));
    let fetch = [read.id.to_le_bytes(), 5_u32.to_le_bytes()].concat();
    packets.send(FETCH, &fetch);
    assert_eq!(packets.rows().rows().0, [int_row(7)]);
    assert!(matches!(packets.query("COMMIT"), Said::Ok(_)));
    let sent = execute(read.id, 0, &[(LONGLONG, Some(&stock(sku)))]);
    assert_eq!(packets.ask(EXECUTE, &sent).rows().0, [int_row(8)]);
}

#[test]
fn prepare_and_execute_in_one_write_are_answered_in_order() {
    let (mut packets, sku) = start(true);
    for _ in 0..3 {
        let last = execute(u32::MAX, 0, &[(LONGLONG, Some(&stock(sku)))]);
        let mut all = packet(PREPARE, READ.as_bytes());
        all.extend(packet(EXECUTE, &last));
        all.extend(packet(EXECUTE, &last));
        all.extend(packet(CLOSE, &u32::MAX.to_le_bytes()));
        all.extend(packet(EXECUTE, &last));
        packets.write(&all);
        assert!(packets.prepared().is_ok());
        assert_eq!(packets.answer().rows().0, [int_row(7)]);
        assert_eq!(packets.answer().rows().0, [int_row(7)]);
        assert_eq!(packets.answer().code(), 1243);
    }
    // the last one is none after a PREPARE that failed
    assert!(packets.prepare(READ).is_ok());
    assert_eq!(packets.prepare("SELECT FROM").unwrap_err().0, 1064);
    let last = execute(u32::MAX, 0, &[(LONGLONG, Some(&stock(sku)))]);
    assert_eq!(packets.ask(EXECUTE, &last).code(), 1243);
}

#[test]
fn what_no_client_should_say_is_an_error_and_the_session_goes_on() {
    let (mut packets, sku) = start(false);
    let read = packets.prepare(READ).unwrap();
    let id = read.id.to_le_bytes();
    let good = execute(read.id, 0, &[(LONGLONG, Some(&stock(sku)))]);
    // no types yet
    assert_eq!(
        packets
            .ask(EXECUTE, &execute_again(read.id, &[Some(&stock(sku))]))
            .code(),
        1210
    );
    for bad in [
        vec![],
        id[..3].to_vec(),
        id.to_vec(),
        good[..9].to_vec(),
        good[..10].to_vec(),
        good[..11].to_vec(),
        good[..13].to_vec(),
        good[..good.len() - 1].to_vec(),
        execute(read.id, 0, &[(99, Some(&[1]))]),
        execute(
            read.id,
            0,
            &[(
                VAR_STRING,
                Some(&[0xFE, 255, 255, 255, 255, 255, 255, 255, 255]),
            )],
        ),
        execute(read.id, 0, &[(VAR_STRING, Some(&[200, 1]))]),
        execute(read.id, 0, &[(12, Some(&[3, 1, 1, 1]))]),
    ] {
        assert_eq!(packets.ask(EXECUTE, &bad).code(), 1210, "{bad:?}");
        assert_eq!(
            packets.ask(EXECUTE, &good).rows().0,
            [int_row(7)],
            "{bad:?}"
        );
    }
    assert_eq!(packets.ask(EXECUTE, &execute(4711, 0, &[])).code(), 1243);
    assert_eq!(packets.ask(EXECUTE, &execute(0, 0, &[])).code(), 1243);
    assert_eq!(packets.ask(RESET, &4711_u32.to_le_bytes()).code(), 1243);
    assert_eq!(packets.ask(RESET, &[1]).code(), 1210);
    assert_eq!(packets.ask(FETCH, &id).code(), 1210);
    packets.send(CLOSE, &[]);
    packets.send(CLOSE, &4711_u32.to_le_bytes());
    packets.send(LONG_DATA, &[1, 2]);
    packets.send(LONG_DATA, &id);
    // another session's id
    let (mut other, _) = start(true);
    assert_eq!(other.ask(EXECUTE, &good).code(), 1243);
    assert_eq!(other.ask(FETCH, &[id, id].concat()).code(), 1243);
    assert_eq!(packets.ask(EXECUTE, &good).rows().0, [int_row(7)]);
}

#[test]
fn long_data_for_ever_is_told_of_by_execute() {
    let proxy = Proxy::start(
        &shop().farm,
        &ProxyOptions {
            settings: "  limits:\n    maxPreparedBytes: 1000000\n    maxPreparedStatements: 50\n"
                .to_owned(),
            ..ProxyOptions::default()
        },
    );
    let sku = shop().stocked(&mut shop().connect(), 7);
    shop().farm.catch_up().unwrap();
    let mut packets = Packets::login(proxy.port(), true);
    let read = packets.prepare(READ).unwrap();
    let mut piece = read.id.to_le_bytes().to_vec();
    piece.extend([0, 0]);
    piece.extend(vec![b'5'; 100_000]);
    for _ in 0..30 {
        packets.send(LONG_DATA, &piece);
    }
    let good = execute(read.id, 0, &[(LONGLONG, Some(&stock(sku)))]);
    assert_eq!(packets.ask(EXECUTE, &good).code(), 1153);
    assert_eq!(packets.ask(EXECUTE, &good).rows().0, [int_row(7)]);
    // more statements than allowed, then as many as allowed again
    let mut ids = Vec::new();
    for n in 0..200 {
        match packets.prepare(&format!("SELECT {n}, ?")) {
            Ok(prepared) => ids.push(prepared.id),
            Err((code, _)) => assert_eq!(code, 1461),
        }
    }
    assert_eq!(ids.len(), 49);
    for id in ids {
        packets.send(CLOSE, &id.to_le_bytes());
    }
    assert!(packets.prepare("SELECT 1, ?").is_ok());
    // texts too large together
    let long = format!("SELECT ? /* {} */", "x".repeat(300_000));
    assert!(packets.prepare(&long).is_ok());
    let mut other = Packets::login(proxy.port(), true);
    let mut refused = 0;
    for _ in 0..5 {
        refused += u32::from(other.prepare(&long).is_err_and(|(code, _)| code == 1461));
    }
    assert!(refused > 3, "{refused}");
    assert_eq!(packets.ask(EXECUTE, &good).rows().0, [int_row(7)]);
    drop(packets);
    // what a session held comes back with its end
    let mut fresh = Packets::login(proxy.port(), true);
    assert!((0..200).any(|_| fresh.prepare(&long).is_ok()));
}

#[test]
fn prepares_for_ever_are_served_and_forgotten() {
    let (mut packets, sku) = start(true);
    for n in 0..600 {
        let sql = format!(
            "SELECT stock + {n} FROM inv_stock WHERE sku_id = ? AND warehouse_id = 1 AND {n} = {n}"
        );
        let read = packets.prepare(&sql).unwrap();
        if n % 100 == 0 {
            let good = execute(read.id, 0, &[(LONGLONG, Some(&stock(sku)))]);
            assert_eq!(packets.ask(EXECUTE, &good).rows().0.len(), 1);
        }
        packets.send(CLOSE, &read.id.to_le_bytes());
    }
}

/// Contract 11: 10,000 sessions with 10 statements each take less than 200 MiB, sessions and all.
#[test]
fn a_session_with_ten_statements_is_small() {
    const SESSIONS: usize = 400;
    let proxy = Proxy::start(&shop().farm, &ProxyOptions::default());
    let texts: Vec<String> = (0..10)
        .map(|n| format!("SELECT stock + {n} FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?"))
        .collect();
    let open = || {
        let mut packets = Packets::login(proxy.port(), true);
        for sql in &texts {
            let id = packets.prepare(sql).unwrap().id;
            let one = 1_i64.to_le_bytes();
            let sent = execute(id, 0, &[(LONGLONG, Some(&one)), (LONGLONG, Some(&one))]);
            packets.ask(EXECUTE, &sent).rows();
        }
        packets
    };
    let resident = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", proxy.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.unwrap().split_whitespace().nth(1).unwrap();
        kib.parse::<usize>().unwrap()
    };
    let mut sessions: Vec<Packets> = (0..20).map(|_| open()).collect();
    let before = resident();
    sessions.extend((0..SESSIONS).map(|_| open()));
    let grown = resident().saturating_sub(before);
    // futures of a debug build are larger than those that are meant: twice as much is let pass here
    assert!(
        grown < SESSIONS * 40,
        "{} sessions took {grown} KiB",
        sessions.len()
    );
}

#[test]
fn statements_survive_a_narrow_pool_and_go_with_a_reset() {
    let shop = shop();
    let sku = shop.stocked(&mut shop.connect(), 7);
    shop.farm.catch_up().unwrap();
    let good = |id: u32| execute(id, 0, &[(LONGLONG, Some(&stock(sku)))]);
    let mut sessions: Vec<(Packets, u32)> = (0..6)
        .map(|n| {
            let mut packets = Packets::login(narrow().port(), n % 2 == 0);
            let id = packets.prepare(READ).unwrap().id;
            (packets, id)
        })
        .collect();
    for _ in 0..10 {
        for (packets, id) in &mut sessions {
            packets.send(EXECUTE, &good(*id));
        }
        for (packets, _) in &mut sessions {
            assert_eq!(packets.answer().rows().0, [int_row(7)]);
        }
    }
    let (packets, id) = &mut sessions[0];
    // COM_RESET_CONNECTION
    assert!(matches!(packets.ask(0x1F, &[]), Said::Ok(_)));
    assert_eq!(packets.ask(EXECUTE, &good(*id)).code(), 1243);
    // COM_CHANGE_USER
    let (packets, id) = &mut sessions[1];
    assert!(matches!(packets.change_user(), Said::Ok(_)));
    assert_eq!(packets.ask(EXECUTE, &good(*id)).code(), 1243);
    let read = packets.prepare(READ).unwrap();
    assert_eq!(packets.ask(EXECUTE, &good(read.id)).rows().0, [int_row(7)]);
}

#[test]
fn text_prepare_is_routed_like_any_text() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 7);
    let (one, two) = (sku, shop.stocked(&mut conn, 9));
    let read = "SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = 1 FOR UPDATE";
    ask(&mut conn, format!("PREPARE Read_it FROM '{read}'")).unwrap();
    for (literal, stock) in [
        (one.to_string(), "7"),
        (format!("'{two}'"), "9"),
        (two.to_string(), "9"),
    ] {
        ask(&mut conn, format!("SET @sku = {literal}")).unwrap();
        assert_eq!(value(&mut conn, "EXECUTE read_it USING @sku"), stock);
    }
    let code = |conn: &mut mysql::Conn, sql: &str| ask(conn, sql).unwrap_err().code;
    assert_eq!(code(&mut conn, "EXECUTE read_it"), 1210);
    assert_eq!(code(&mut conn, "EXECUTE nothing"), 1243);
    ask(
        &mut conn,
        "SET @sql = 'SELECT stock FROM inv_stock WHERE stock = ?'",
    )
    .unwrap();
    assert_eq!(code(&mut conn, "PREPARE bad FROM @sql"), 20090);
    assert_eq!(
        code(&mut conn, "PREPARE bad FROM 'SELECT 1; SELECT 2'"),
        1064
    );
    assert_eq!(code(&mut conn, "PREPARE bad FROM 'EXECUTE read_it'"), 1295);
    ask(
        &mut conn,
        "SET @sql = 'UPDATE inv_stock SET stock = ? WHERE sku_id = ? AND warehouse_id = 1'",
    )
    .unwrap();
    ask(&mut conn, "PREPARE write_it FROM @sql").unwrap();
    ask(&mut conn, format!("SET @stock = 3, @sku = {one}")).unwrap();
    let written = ask(&mut conn, "EXECUTE write_it USING @stock, @sku").unwrap();
    assert_eq!(written.affected(), 1);
    ask(&mut conn, format!("SET @sku = {one}")).unwrap();
    assert_eq!(value(&mut conn, "EXECUTE read_it USING @sku"), "3");
    if distribution().family() == shardgate::lab::Family::Mariadb {
        let at_once = format!("EXECUTE IMMEDIATE '{read}' USING {two}");
        assert_eq!(value(&mut conn, &at_once), "9");
    }
    ask(&mut conn, "DEALLOCATE PREPARE read_it").unwrap();
    assert_eq!(code(&mut conn, "EXECUTE read_it USING @sku"), 1243);
    assert_eq!(code(&mut conn, "DROP PREPARE read_it"), 1243);
}

#[test]
fn an_upload_in_pieces_keeps_no_other_session_from_preparing() {
    let proxy = Proxy::start(
        &shop().farm,
        &ProxyOptions {
            settings: "  limits:\n    maxPreparedBytes: 200000\n".to_owned(),
            ..ProxyOptions::default()
        },
    );
    let mut packets = Packets::login(proxy.port(), true);
    let read = packets.prepare("SELECT LENGTH(?)").unwrap();
    let piece = |bytes: usize| [&read.id.to_le_bytes()[..], &[0, 0], &vec![b'5'; bytes]].concat();
    packets.send(LONG_DATA, &piece(190_000));
    for _ in 0..90 {
        packets.send(LONG_DATA, &piece(100));
    }
    let mut other = Packets::login(proxy.port(), true);
    for n in 0..20 {
        assert!(other.prepare(&format!("SELECT {n}, ?")).is_ok(), "{n}");
    }
    let sent = execute(read.id, 0, &[(VAR_STRING, Some(&[]))]);
    assert_eq!(packets.ask(EXECUTE, &sent).rows().0.len(), 1);
    // so are names of PREPARE in text
    let name = "n".repeat(20_000);
    let prepared = (0..20).take_while(|n| {
        let said = other.query(&format!("PREPARE {name}{n} FROM 'SELECT 1'"));
        matches!(said, Said::Ok(_))
    });
    let prepared = prepared.count();
    assert!((1..10).contains(&prepared), "{prepared}");
}

#[test]
fn after_the_close_of_a_cursor_the_newest_configuration_holds() {
    let proxy = Proxy::start(
        &shop().farm,
        &ProxyOptions {
            settings: "  limits:\n    maxPreparedStatements: 50\n".to_owned(),
            ..ProxyOptions::default()
        },
    );
    let prepare = |packets: &mut Packets| {
        let numbers = packets.prepare("SELECT 1 AS n UNION ALL SELECT ? ORDER BY n");
        let numbers = numbers.unwrap().id;
        packets.prepare("SELECT ?").unwrap();
        let sent = execute(numbers, 1, &[(LONGLONG, Some(&stock(4)))]);
        let (_, status) = packets.ask(EXECUTE, &sent).rows();
        assert_ne!(status & CURSOR_EXISTS, 0);
        numbers
    };
    let (mut one, mut two) = (
        Packets::login(proxy.port(), true),
        Packets::login(proxy.port(), true),
    );
    let (first, second) = (prepare(&mut one), prepare(&mut two));
    proxy.reconfigure("maxPreparedStatements: 50", "maxPreparedStatements: 1");
    proxy.wait_for_log("configuration reloaded");
    one.send(CLOSE, &first.to_le_bytes());
    assert!(one.prepare("SELECT ?").is_err_and(|(code, _)| code == 1461));
    assert!(matches!(two.ask(RESET, &second.to_le_bytes()), Said::Ok(_)));
    assert!(two.prepare("SELECT ?").is_err_and(|(code, _)| code == 1461));
}
