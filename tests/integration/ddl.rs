//! DDL on sharded and broadcast tables runs on every node, contract 10.3.

use crate::support::{ProxyOptions, Shop, ask, refusal, rows, shop};

#[test]
fn a_column_is_added_and_dropped_on_every_node() {
    // the other tests compare what these tables look like
    let shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    let count = || {
        let sql = "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = '{schema}' \
                   AND table_name LIKE 'inv\\_reservation\\_%' AND column_name = 'note'";
        shop.everywhere(sql)
            .iter()
            .map(|(_, row)| row[0].parse::<usize>().unwrap())
            .sum::<usize>()
    };
    let tables: usize = {
        let sql = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{schema}' AND table_name LIKE 'inv\\_reservation\\_%'";
        shop.everywhere(sql)
            .iter()
            .map(|(_, row)| row[0].parse::<usize>().unwrap())
            .sum()
    };
    ask(
        &mut conn,
        "ALTER TABLE inv_reservation ADD COLUMN note VARCHAR(20)",
    )
    .unwrap();
    assert_eq!(count(), tables);
    ask(&mut conn, "ALTER TABLE inv_reservation DROP COLUMN note").unwrap();
    assert_eq!(count(), 0);
}

#[test]
fn an_index_keeps_its_name() {
    // the other tests compare what these tables look like
    let shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    ask(&mut conn, "CREATE INDEX idx_version ON inv_stock (version)").unwrap();
    let sql = "SELECT COUNT(DISTINCT table_name) FROM information_schema.statistics WHERE table_schema = '{schema}' AND index_name = 'idx_version'";
    assert!(shop.everywhere(sql).iter().all(|(_, row)| row == &["16"]));
    shop.farm.catch_up().unwrap();
    let shown = rows(&mut conn, "SHOW INDEX FROM inv_stock");
    assert!(shown.iter().any(|row| row[2] == "idx_version"), "{shown:?}");
    ask(&mut conn, "DROP INDEX idx_version ON inv_stock").unwrap();
    assert!(shop.everywhere(sql).iter().all(|(_, row)| row == &["0"]));
}

#[test]
fn an_ordinary_user_may_not() {
    let shop = shop();
    let mut conn = shop.proxy.connect_as_app();
    for sql in [
        "ALTER TABLE inv_stock ADD COLUMN x INT",
        "DROP TABLE inv_stock",
        "TRUNCATE TABLE inv_stock",
    ] {
        assert_eq!(refusal(&mut conn, sql).code, 29005, "{sql}");
    }
}
