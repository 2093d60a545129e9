//! Drivers and command-line clients nobody here wrote. Run by `make test-clients`, since they are fetched first.

use std::path::Path;
use std::process::Command;

use crate::support::shop;

/// Runs a script of `tests/clients` with the proxy's address in its environment.
fn run(script: &str) {
    if std::env::var_os("SHARDGATE_TEST_CLIENTS").is_none() {
        eprintln!("{script}: not run (make test-clients)");
        return;
    }
    let shop = shop();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let output = Command::new(folder.join(script))
        .current_dir(&folder)
        .env("PROXY_HOST", "127.0.0.1")
        .env("PROXY_PORT", shop.proxy.port().to_string())
        .env("PROXY_USER", "root")
        .env("PROXY_PASSWORD", "root-secret")
        .env("PROXY_DATABASE", crate::support::DATABASE)
        .env("PROXY_SKU", shop.sku().to_string())
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{script}: {text}");
    println!("{script}: {text}");
}

#[test]
fn pymysql_works() {
    run("pymysql.sh");
}

#[test]
fn go_sql_driver_works() {
    run("go.sh");
}

#[test]
fn the_command_line_clients_work_interactively_and_in_batch() {
    run("command_line.py");
}

#[test]
fn a_dump_of_a_single_table_is_complete() {
    run("dump.sh");
}
