//! `normalize: ascii_ci` beside what a real server calls equal (contract 4.2).

use mysql::prelude::Queryable;
use shardgate::rule::Normalize;

use crate::support::{rows, shop};

#[test]
fn texts_of_ascii_that_a_server_calls_equal_are_folded_to_one() {
    let mut conn = shop().direct();
    let bytes: Vec<String> = (0x20..0x7F_u8)
        .map(|byte| format!("SELECT X'{byte:02X}' AS c"))
        .collect();
    let chars = bytes.join(" UNION ALL ");
    let listed = rows(
        &mut conn,
        "SELECT COLLATION_NAME, CHARACTER_SET_NAME FROM information_schema.COLLATIONS \
         WHERE CHARACTER_SET_NAME IS NOT NULL AND COLLATION_NAME NOT LIKE 'uca1400%'",
    );
    let mut compared = 0;
    for row in listed {
        let (collation, charset) = (&row[0], &row[1]);
        if !Normalize::AsciiCi.folds(collation) || collation == "binary" {
            continue;
        }
        conn.query_drop("DROP TEMPORARY TABLE IF EXISTS pairs")
            .unwrap();
        conn.query_drop(format!(
            "CREATE TEMPORARY TABLE pairs (s VARCHAR(4) CHARACTER SET {charset} COLLATE {collation}, f VARBINARY(4))"
        ))
        .unwrap();
        // every text of two characters, among them those that end with blanks
        conn.query_drop(format!(
            "INSERT INTO pairs SELECT CONVERT(CONCAT(a.c, b.c) USING {charset}), \
             RTRIM(LOWER(CONVERT(CONCAT(a.c, b.c) USING ascii))) FROM ({chars}) a, ({chars}) b"
        ))
        .unwrap();
        let mixed = rows(
            &mut conn,
            "SELECT MIN(HEX(f)), MAX(HEX(f)) FROM pairs GROUP BY s HAVING COUNT(DISTINCT f) > 1 LIMIT 3",
        );
        assert!(mixed.is_empty(), "{collation}: {mixed:?}");
        compared += 1;
    }
    assert!(compared > 8, "{compared}");
}
