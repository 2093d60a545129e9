//! The configuration of `examples/seed004`, as it stands there: it has no fault and no warning, and it routes.

use std::path::Path;

use shardgate::config::check;
use shardgate::model::Schema;
use shardgate::server::load;
use shardgate::sql::{ServerFamily, SqlMode};
use shardgate::verdict::{ALL_RIGHTS, Grounds, Logical, Outcome};

/// Statements, and the tables that each goes to (without those of one data source that are not said), or its code.
const CASES: &[(&str, &str)] = &[
    ("SELECT * FROM users WHERE user_id = 12345", "users_1"),
    (
        "INSERT INTO users (user_id, name) VALUES (12345, 'x')",
        "users_1",
    ),
    ("SELECT * FROM users WHERE name = 'x'", "20090"),
    (
        "SELECT * FROM orders WHERE user_id = 123 AND create_time = '2024-01-15 10:00:00'",
        "order_202401_01",
    ),
    (
        "INSERT INTO orders (id, user_id, create_time) VALUES (1, 125, '2024-02-01 00:00:00')",
        "order_202402_02",
    ),
    (
        "UPDATE orders SET status = 1 WHERE user_id = 9 AND create_time >= '2024-12-01' AND create_time < '2025-01-01'",
        "order_202412_02",
    ),
    (
        "SELECT SUM(amount) FROM orders WHERE user_id = 123 AND create_time >= '2024-01-01 00:00:00' AND create_time < '2024-02-01 00:00:00'",
        "order_202401_01",
    ),
    ("INSERT INTO orders (id, user_id) VALUES (1, 125)", "20020"),
    (
        "INSERT INTO orders (id, user_id, create_time) VALUES (1, 125, '2031-02-01 00:00:00')",
        "20090",
    ),
    (
        "SELECT * FROM payment WHERE user_id = 7 AND paid_at BETWEEN '2024-03-01 00:00:00' AND '2024-03-31 23:59:59'",
        "payment_202403",
    ),
    (
        "SELECT * FROM operation_log WHERE id BETWEEN 10000000 AND 19999999",
        "operation_log_1",
    ),
    (
        "SELECT * FROM operation_log WHERE id >= 30000000",
        "operation_log_3",
    ),
    (
        "SELECT * FROM operation_log WHERE id < 5",
        "operation_log_0",
    ),
    (
        "SELECT * FROM login_log WHERE login_at = '2024-01-31 23:00:00'",
        "login_log_20240131",
    ),
    (
        "SELECT COUNT(*) FROM login_log WHERE login_at >= '2024-01-07 00:00:00' AND login_at < '2024-01-08 00:00:00'",
        "login_log_20240107",
    ),
    ("SELECT * FROM store WHERE region = 'HK'", "ds_0"),
    ("SELECT * FROM store WHERE region = 'BR'", "ds_1"),
    ("SELECT * FROM store WHERE region IN ('CN', 'SG')", "ds_0"),
    ("SELECT * FROM store WHERE name = 'x'", "20090"),
];

#[test]
fn the_example_of_seed_004_routes_as_its_comments_say() {
    let config = load(Path::new("examples/seed004")).unwrap();
    assert_eq!(check(&config), [], "warnings");
    let schema = Schema::default();
    let rules = &config.databases[0].database;
    let grounds = Grounds {
        databases: &[Logical {
            rules,
            schema: &schema,
        }],
        names: std::slice::from_ref(&rules.name),
        current: 0,
        mode: SqlMode::default(),
        family: ServerFamily::MySql(80_400),
        rights: ALL_RIGHTS,
    };
    for (text, expected) in CASES {
        let story = grounds.story(text.as_bytes()).unwrap();
        let found = match &story.outcome {
            Outcome::Routed(routed) => {
                let one = |unit: &shardgate::verdict::Unit| match unit.tables.as_slice() {
                    [] => unit.source.clone(),
                    tables => tables.join(","),
                };
                routed.units.iter().map(one).collect::<Vec<_>>().join(" ")
            }
            Outcome::Refused { code, .. } => code.to_string(),
            Outcome::Own => "own".to_owned(),
        };
        assert_eq!(found, *expected, "{text}: {:?}", story.steps());
    }
}
