//! The same rows behind the proxy and on one server, and how the session reads them.

use mysql::Conn;

use crate::support::{Placement, ProxyOptions, Shop, ask};

/// `sql_mode`s that change what a text means, and one each that does not.
pub const MODES: &[&str] = &[
    "STRICT_TRANS_TABLES",
    "",
    "ANSI_QUOTES",
    "NO_BACKSLASH_ESCAPES",
    "PIPES_AS_CONCAT",
    "HIGH_NOT_PRECEDENCE",
    "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE",
    "IGNORE_SPACE,STRICT_TRANS_TABLES",
];

/// Strings of `meaning_token`, as they are.
pub const TOKENS: &[&str] = &[
    "abc",
    "ABC",
    "it's",
    "a\\b",
    "5",
    "a\nb",
    "say \"hi\"",
    "50%",
    "n\u{e9}",
];

/// Numbers of `meaning_period`, some in each of its ranges.
pub const NUMBERS: &[i64] = &[-5, 0, 7, 99, 100, 150, 250, 399, 400, 555, 650, 10_000];

/// Moments of `meaning_moment`, and the days of `meaning_day`.
pub const MOMENTS: &[&str] = &[
    "2025-12-31 10:00:00",
    "2026-01-01 00:00:00",
    "2026-01-01 23:59:59",
    "2026-01-02 00:00:00",
    "2026-01-02 12:30:00",
    "2026-01-05 23:59:59",
    "2026-02-01 00:00:00",
];

/// Beside the layout's tables one by a string, one by ranges of a number, one by days and one by a hash of the day.
pub fn options() -> ProxyOptions {
    ProxyOptions {
        layout: vec![
            (
                "  bindingTables:\n",
                "    meaning_token:\n      actualDataSources: rw_${0..7}\n      shardingStrategy: { standard: { shardingColumn: token, shardingAlgorithmName: token } }\n      \
                 columns: { id: bigint }\n    meaning_period:\n      actualDataSources: rw_${0..7}\n      \
                 shardingStrategy: { standard: { shardingColumn: num, shardingAlgorithmName: period } }\n    \
                 meaning_moment:\n      actualDataSources: rw_${0..7}\n      \
                 shardingStrategy: { standard: { shardingColumn: at, shardingAlgorithmName: days } }\n    \
                 meaning_day:\n      actualDataSources: rw_${0..7}\n      \
                 shardingStrategy: { standard: { shardingColumn: day, shardingAlgorithmName: day } }\n\n  bindingTables:\n",
            ),
            (
                "  keyGenerators:\n",
                "    token: { type: HASH_MOD, props: { hash: xxh3, sharding-count: 16, slot-count: 16, slot-columns: token } }\n    \
                 period: { type: VOLUME_RANGE, props: { range-lower: 0, range-upper: 600, sharding-volume: 100 } }\n    \
                 days: { type: AUTO_INTERVAL, props: { datetime-lower: \"2026-01-01 00:00:00\", datetime-upper: \"2026-01-08 00:00:00\", sharding-seconds: 86400 } }\n    \
                 day: { type: HASH_MOD, props: { hash: xxh3, sharding-count: 8 } }\n\n  keyGenerators:\n",
            ),
        ],
        ..ProxyOptions::default()
    }
}
/// SKUs that share a table, a data source, or nothing; some that no double can tell apart. Always the same ones: what
/// shares a table is answered.
pub fn skus() -> Vec<i64> {
    let first = (5_000_000..)
        .find(|sku| Placement::schema_of_sku(*sku) == 0)
        .unwrap();
    let near = (first + 1..)
        .find(|sku| Placement::reservation_table(*sku) == Placement::reservation_table(first))
        .unwrap();
    let beside = (near + 1..)
        .find(|sku| {
            Placement::schema_of_sku(*sku) == 0 && Placement::slot(*sku) != Placement::slot(first)
        })
        .unwrap();
    let one = (beside + 1..)
        .find(|sku| Placement::schema_of_sku(*sku) == 3)
        .unwrap();
    let other = (one + 1..)
        .find(|sku| Placement::schema_of_sku(*sku) == 5)
        .unwrap();
    let big = (1_i64 << 53) + 54_321;
    vec![
        first,
        near,
        beside,
        one,
        other,
        big,
        big + 1,
        big + 2,
        -first,
    ]
}

pub fn fill(shop: &Shop, through: &mut Conn, direct: &mut Conn, skus: &[i64]) {
    let mut both = |sql: String| {
        ask(through, &sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
        ask(direct, &sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
    };
    both("DROP TABLE IF EXISTS meaning_audit".to_owned());
    both("CREATE TABLE meaning_audit (id BIGINT PRIMARY KEY, sku_id BIGINT NULL, note VARCHAR(20) NULL)".to_owned());
    for (index, sku) in skus.iter().enumerate() {
        for house in 1..4 {
            let id = shop.sku() * 1000;
            let at = "'2026-01-02 03:04:05'";
            both(format!(
                "INSERT INTO inv_stock VALUES ({id}, {sku}, {house}, {}, {house}, 0, {at})",
                4 * index
            ));
            for (n, order) in ["a", "A", "it''s", "5", ""]
                .iter()
                .enumerate()
                .take(1 + index % 5)
            {
                let order = format!(
                    "{order}{}",
                    if n == 0 {
                        house.to_string()
                    } else {
                        format!("-{house}")
                    }
                );
                both(format!(
                    "INSERT INTO inv_reservation VALUES ({}, '{order}', {sku}, {house}, {n}, {at}, {house})",
                    id + 1 + i64::try_from(n).unwrap()
                ));
            }
        }
        let note = if index % 2 == 0 { "NULL" } else { "'a'" };
        let own = if index % 3 == 0 {
            "NULL".to_owned()
        } else {
            sku.to_string()
        };
        both(format!(
            "INSERT INTO meaning_audit VALUES ({}, {own}, {note})",
            index + 1
        ));
    }
    keyed_by_others(&mut both);
    both("DELETE FROM dict_region WHERE id IN (1, 2, 3)".to_owned());
    both("INSERT INTO dict_region VALUES (1, 'a'), (2, 'b'), (3, 'it''s')".to_owned());
    shop.farm.catch_up().unwrap();
}

fn keyed_by_others(both: &mut impl FnMut(String)) {
    for table in [
        "meaning_token",
        "meaning_period",
        "meaning_moment",
        "meaning_day",
    ] {
        both(format!("DROP TABLE IF EXISTS {table}"));
    }
    both("CREATE TABLE meaning_token (id BIGINT PRIMARY KEY, token VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, n INT NOT NULL)".to_owned());
    both("CREATE TABLE meaning_period (id BIGINT PRIMARY KEY, num BIGINT NOT NULL, note VARCHAR(20) NULL)".to_owned());
    both(
        "CREATE TABLE meaning_moment (id BIGINT PRIMARY KEY, at DATETIME NOT NULL, n INT NOT NULL)"
            .to_owned(),
    );
    both(
        "CREATE TABLE meaning_day (id BIGINT PRIMARY KEY, day DATE NOT NULL, n INT NOT NULL)"
            .to_owned(),
    );
    for (index, moment) in MOMENTS.iter().enumerate() {
        both(format!(
            "INSERT INTO meaning_moment VALUES ({}, '{moment}', {index})",
            index + 1
        ));
        both(format!(
            "INSERT INTO meaning_day VALUES ({}, '{}', {index})",
            index + 1,
            &moment[..10]
        ));
    }
    for (index, token) in TOKENS.iter().enumerate() {
        let token = token.replace('\\', "\\\\").replace('\'', "''");
        for row in 0..2 {
            both(format!(
                "INSERT INTO meaning_token VALUES ({}, '{token}', {index})",
                10 * index + row + 1
            ));
        }
    }
    for (index, number) in NUMBERS.iter().enumerate() {
        let note = if index % 3 == 0 { "NULL" } else { "'a'" };
        both(format!(
            "INSERT INTO meaning_period VALUES ({}, {number}, {note})",
            index + 1
        ));
    }
}

/// What is read back behind a write, each with the table that it asks.
pub fn state(skus: &[i64]) -> Vec<(&'static str, String)> {
    let mut state = Vec::new();
    for sku in skus {
        for house in 1..=4 {
            state.push(("inv_stock", format!("SELECT id, sku_id, warehouse_id, stock, reserved, version FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {house}")));
        }
        state.push(("inv_reservation", format!("SELECT id, order_no, sku_id, warehouse_id, qty, status FROM inv_reservation WHERE sku_id = {sku}")));
    }
    for token in TOKENS {
        let token = token.replace('\\', "\\\\").replace('\'', "''");
        state.push((
            "meaning_token",
            format!("SELECT * FROM meaning_token WHERE token = '{token}'"),
        ));
    }
    for number in NUMBERS {
        state.push((
            "meaning_period",
            format!("SELECT * FROM meaning_period WHERE num = {number}"),
        ));
    }
    for moment in MOMENTS.iter().chain(&[
        "2026-01-06 00:00:00",
        "2026-01-03 10:00:00",
        "2026-01-09 00:00:00",
    ]) {
        let day = &moment[..10];
        state.push((
            "meaning_moment",
            format!("SELECT * FROM meaning_moment WHERE at = '{moment}'"),
        ));
        state.push((
            "meaning_day",
            format!("SELECT * FROM meaning_day WHERE day = '{day}'"),
        ));
    }
    state.push(("meaning_audit", "SELECT * FROM meaning_audit".to_owned()));
    state
}
