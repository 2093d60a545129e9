//! A catalog: an empty copy of every logical table, in which information_schema is asked (contract 10.2).

use std::path::Path;
use std::process::Command;

use crate::support::{Proxy, ProxyOptions, ask, rows, shop};

fn catalog(folder: &Path, applies: bool) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shardgate"));
    command.args(["catalog", "--config"]).arg(folder);
    if applies {
        command.arg("--apply");
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), text)
}

#[test]
fn a_catalog_is_built_answers_and_follows_ddl() {
    let shop = shop();
    let proxy = Proxy::start(
        &shop.farm,
        &ProxyOptions {
            layout: vec![(
                "databaseName: ecommerce\n",
                "databaseName: ecommerce\ncatalogDataSource: rw_0\n",
            )],
            ..ProxyOptions::default()
        },
    );
    let account = &shop.farm.account().user;
    let primary = &shop.farm.pair_of(0).primary;
    primary
        .sql(&format!(
            "GRANT ALL ON ecommerce.* TO '{account}'@'127.0.0.1'"
        ))
        .unwrap();
    let (is_good, told) = catalog(proxy.folder(), false);
    assert!(!is_good && told.contains("inv_stock"), "{told}");
    let (is_good, told) = catalog(proxy.folder(), true);
    assert!(is_good, "{told}");
    let mut conn = proxy.connect();
    let listed =
        "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'inv%' ORDER BY 1";
    assert_eq!(
        rows(&mut conn, listed),
        [["inv_reservation"], ["inv_stock"]]
    );
    let everywhere = rows(
        &mut conn,
        "SELECT DISTINCT table_schema FROM information_schema.columns ORDER BY 1",
    );
    assert_eq!(everywhere, [["ecommerce"], ["information_schema"]]);
    // DDL through the proxy keeps it
    ask(
        &mut conn,
        "CREATE TABLE catalog_follows (id INT PRIMARY KEY, a INT)",
    )
    .unwrap();
    let columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'catalog_follows' ORDER BY 1";
    assert_eq!(rows(&mut conn, columns), [["a"], ["id"]]);
    ask(&mut conn, "DROP TABLE catalog_follows").unwrap();
    assert!(rows(&mut conn, columns).is_empty());
    primary.sql("DROP DATABASE ecommerce").unwrap();
}
