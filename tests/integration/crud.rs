//! Rows by key: written through the proxy, found where the layout says, read, changed, deleted.

use crate::support::{Placement, ask, number, rows, shop, value};

#[test]
fn a_row_lies_in_the_table_of_its_key_and_nowhere_else() {
    let shop = shop();
    let mut conn = shop.connect();
    for _ in 0..20 {
        let sku = shop.stocked(&mut conn, 5);
        let table = Placement::stock_table(sku, 1);
        let schema = Placement::schema_of_table(table);
        let server = &shop.farm.pair_of(usize::try_from(schema).unwrap()).primary;
        let count =
            format!("SELECT COUNT(*) FROM ecom_{schema}.inv_stock_{table} WHERE sku_id = {sku}");
        assert_eq!(server.value(&count).unwrap(), "1");
    }
}

#[test]
fn a_row_is_read_back_by_its_key() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 41);
    let sql =
        format!("SELECT stock, reserved FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
    assert_eq!(rows(&mut conn, &sql), [["41", "0"]]);
}

#[test]
fn every_exact_spelling_of_the_key_finds_the_row() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 6);
    for condition in [
        format!("sku_id = {sku} AND warehouse_id = 1"),
        format!("sku_id = '{sku}' AND warehouse_id = '1'"),
        format!("{sku} = sku_id AND 1 = warehouse_id"),
        format!("(sku_id = {sku}) AND (warehouse_id = 1)"),
        format!("SKU_ID = {sku} AND `warehouse_id` = 1"),
        format!("inv_stock.sku_id = {sku} AND inv_stock.warehouse_id = 1"),
        format!("sku_id <=> {sku} AND warehouse_id <=> 1"),
        format!("sku_id IN ({sku}) AND warehouse_id IN (1)"),
        format!("sku_id = {sku} AND warehouse_id = 1 AND stock > 0"),
        format!("sku_id = +{sku} AND warehouse_id = 1"),
        format!("sku_id = {sku} AND warehouse_id = 1 OR sku_id = {sku} AND warehouse_id = 1"),
    ] {
        let sql = format!("SELECT stock FROM inv_stock WHERE {condition}");
        match ask(&mut conn, &sql) {
            Ok(answer) => assert_eq!(answer.sets[0].rows.len(), 1, "{sql}"),
            // refused is no wrong answer; only a lost row is
            Err(refusal) => assert!(
                (20_000..30_000).contains(&refusal.code),
                "{sql}: {refusal:?}"
            ),
        }
    }
}

/// Contract 4.2: what is no exact literal is no value; ShardingSphere loses rows here (an empty answer).
#[test]
fn no_spelling_of_the_key_loses_a_row_in_silence() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 6);
    for literal in [
        format!("'{sku} '"),
        format!("' {sku}'"),
        format!("{sku}.0"),
        format!("'{sku}.0'"),
        format!("'{sku}abc'"),
        format!("{sku}e0"),
        format!("0x{sku:x}"),
        format!("{}+1", sku - 1),
        format!("(SELECT {sku})"),
        format!("CAST('{sku}' AS SIGNED)"),
        format!("b'{sku:b}'"),
        format!("N'{sku}'"),
        format!("_utf8mb4'{sku}'"),
    ] {
        let sql =
            format!("SELECT stock FROM inv_stock WHERE sku_id = {literal} AND warehouse_id = 1");
        if let Ok(answer) = ask(&mut conn, &sql) {
            assert_eq!(answer.sets[0].rows.len(), 1, "{sql}");
        }
    }
}

#[test]
fn an_update_by_key_changes_one_row_and_says_so() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 10);
    let sql = format!(
        "UPDATE inv_stock SET reserved = reserved + 4, version = version + 1 \
         WHERE sku_id = {sku} AND warehouse_id = 1 AND stock - reserved >= 4 AND version = 0"
    );
    let first = ask(&mut conn, &sql).unwrap();
    assert_eq!(
        (first.affected(), first.sets[0].info.as_str()),
        (1, "Rows matched: 1  Changed: 1  Warnings: 0")
    );
    assert_eq!(ask(&mut conn, &sql).unwrap().affected(), 0);
    let read = format!("SELECT reserved FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
    assert_eq!(value(&mut conn, &read), "4");
}

#[test]
fn a_delete_by_key_removes_the_row() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 10);
    let condition = format!("sku_id = {sku} AND warehouse_id = 1");
    assert_eq!(
        ask(
            &mut conn,
            format!("DELETE FROM inv_stock WHERE {condition}")
        )
        .unwrap()
        .affected(),
        1
    );
    assert_eq!(
        number(
            &mut conn,
            &format!("SELECT COUNT(*) FROM inv_stock WHERE {condition}")
        ),
        0
    );
}

#[test]
fn replace_and_on_duplicate_key_update_meet_the_row_that_is_there() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 10);
    let upsert = format!(
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 3) ON DUPLICATE KEY UPDATE stock = stock + VALUES(stock)"
    );
    assert_eq!(ask(&mut conn, upsert).unwrap().affected(), 2);
    let read = format!("SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
    assert_eq!(value(&mut conn, &read), "13");
    let replace =
        format!("REPLACE INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 2)");
    assert_eq!(ask(&mut conn, replace).unwrap().affected(), 2);
    assert_eq!(value(&mut conn, &read), "2");
}

#[test]
fn aggregates_order_and_limit_on_one_table_are_the_servers_own() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 10);
    let condition = format!("sku_id = {sku} AND warehouse_id = 1");
    let sql = format!(
        "SELECT COUNT(*), SUM(stock), MAX(stock) FROM inv_stock WHERE {condition} GROUP BY warehouse_id HAVING COUNT(*) > 0 ORDER BY 2 DESC LIMIT 3"
    );
    assert_eq!(rows(&mut conn, &sql), [["1", "10", "10"]]);
}

#[test]
fn aliases_and_qualifiers_name_the_logical_table() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 10);
    for sql in [
        format!("SELECT s.stock FROM inv_stock AS s WHERE s.sku_id = {sku} AND s.warehouse_id = 1"),
        format!(
            "SELECT s.stock FROM ecommerce.inv_stock s WHERE s.sku_id = {sku} AND s.warehouse_id = 1"
        ),
        format!(
            "SELECT inv_stock.stock FROM inv_stock WHERE inv_stock.sku_id = {sku} AND warehouse_id = 1"
        ),
        format!(
            "SELECT ecommerce.inv_stock.stock FROM ecommerce.inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
        ),
        format!(
            "SELECT `inv_stock`.`stock` FROM `inv_stock` WHERE `sku_id` = {sku} AND `warehouse_id` = 1"
        ),
        format!("SELECT stock FROM INV_STOCK WHERE sku_id = {sku} AND warehouse_id = 1"),
    ] {
        assert_eq!(value(&mut conn, &sql), "10", "{sql}");
    }
}

#[test]
fn null_as_key_matches_nothing_and_is_an_empty_answer() {
    let shop = shop();
    let mut conn = shop.connect();
    let sql = "SELECT * FROM inv_stock WHERE sku_id = NULL AND warehouse_id = 1";
    assert!(rows(&mut conn, sql).is_empty());
}

#[test]
fn a_join_of_tables_bound_by_their_key_is_answered_on_one_node() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 10);
    ask(
        &mut conn,
        format!("INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ('join-{sku}', {sku}, 1, 2)"),
    )
    .unwrap();
    let sql = format!(
        "SELECT s.stock, r.qty FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id \
         WHERE s.sku_id = {sku} AND s.warehouse_id = 1"
    );
    assert_eq!(rows(&mut conn, &sql), [["10", "2"]]);
}

#[test]
fn a_multi_row_insert_of_one_node_passes_and_its_ids_are_consecutive() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    let sql = format!(
        "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ('a{sku}', {sku}, 1, 1), ('b{sku}', {sku}, 1, 2), ('c{sku}', {sku}, 2, 3)"
    );
    let answer = ask(&mut conn, sql).unwrap();
    assert_eq!(answer.affected(), 3);
    let first = i64::try_from(answer.insert_id()).unwrap();
    let ids = rows(
        &mut conn,
        &format!("SELECT id FROM inv_reservation WHERE sku_id = {sku} ORDER BY id"),
    );
    let expected: Vec<Vec<String>> = (first..first + 3).map(|id| vec![id.to_string()]).collect();
    assert_eq!(ids, expected);
}
