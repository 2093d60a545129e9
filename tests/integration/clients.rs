//! Drivers and command-line clients nobody here wrote. Run by `make test-clients`, since they are fetched first.
//!
//! Each runs in front of the family that `SHARDGATE_TEST_FAMILY` names, without TLS and with it, where the client
//! checks the certificate. MySQL's own programs come from `SHARDGATE_TEST_MYSQL_ROOT`, whatever the family.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use shardgate::lab::Distribution;

use crate::support::{DATABASE, Proxy, ProxyOptions, shop};

/// Each has an account of its own that is known by this hash of `geheim` alone: its first login takes the whole
/// exchange, with the proxy's RSA key or within TLS, the second the fast path.
const SALTED: [&str; 4] = ["pymysql", "go", "mariadb", "mysql"];
const HASH: &str = "0x24412430304124132C0F3B4D251E4B29032035100841456F2C44384A6B434B442F48794C37374E35745A33786E574A746F37304D6259447461584F694A4B375148335749562F";

/// Between client and proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Plain,
    Tls,
}

impl Transport {
    fn proxy(self) -> &'static Proxy {
        static PLAIN: OnceLock<Proxy> = OnceLock::new();
        static SECURE: OnceLock<Proxy> = OnceLock::new();
        match self {
            Transport::Plain => PLAIN.get_or_init(|| start(String::new())),
            Transport::Tls => SECURE.get_or_init(|| {
                start(format!(
                    "  tls: {{ certificate: {}, privateKey: {} }}\n",
                    file("tests/tls/localhost.crt").display(),
                    file("tests/tls/localhost.key").display()
                ))
            }),
        }
    }
}

fn start(settings: String) -> Proxy {
    let users =
        SALTED.map(|name| format!("    - {{ user: salted_{name}, password: \"{HASH}\" }}\n"));
    Proxy::start(
        &shop().farm,
        &ProxyOptions {
            users: users.concat(),
            settings,
            ..ProxyOptions::default()
        },
    )
}

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a script of `tests/clients` with the proxy's address in its environment.
fn run(script: &str, transport: Transport) {
    if std::env::var_os("SHARDGATE_TEST_CLIENTS").is_none() {
        eprintln!("{script}: not run (make test-clients)");
        return;
    }
    let folder = file("tests/clients");
    let mut command = Command::new(folder.join(script));
    command
        .current_dir(&folder)
        .env("PROXY_HOST", "127.0.0.1")
        .env("PROXY_PORT", transport.proxy().port().to_string())
        .env("PROXY_USER", "root")
        .env("PROXY_PASSWORD", "root-secret")
        .env("PROXY_SALTED_PASSWORD", "geheim")
        .env("PROXY_DATABASE", DATABASE)
        .env("PROXY_SKU", shop().sku().to_string());
    if transport == Transport::Tls {
        command.env("PROXY_CA", file("tests/tls/localhost.crt"));
    }
    if let Ok(mysql) = Distribution::mysql() {
        for (variable, program) in [("MYSQL_CLIENT", "mysql"), ("MYSQL_DUMP", "mysqldump")] {
            if let Some(words) = mysql.program(program) {
                command.env(variable, words.join::<_>(&OsString::from(" ")));
            }
        }
    }
    let output = command.output().unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success(),
        "{script}, {transport:?}: {text}\n{}",
        transport.proxy().log()
    );
    println!("{script}, {transport:?}: {text}");
}

#[test]
fn pymysql_works() {
    run("pymysql.sh", Transport::Plain);
    run("pymysql.sh", Transport::Tls);
}

#[test]
fn go_sql_driver_works() {
    run("go.sh", Transport::Plain);
    run("go.sh", Transport::Tls);
}

#[test]
fn the_command_line_clients_work_interactively_and_in_batch() {
    run("command_line.py", Transport::Plain);
    run("command_line.py", Transport::Tls);
}

#[test]
fn dumps_of_one_table_and_of_one_shard_are_complete_and_others_are_refused() {
    run("dump.py", Transport::Plain);
    run("dump.py", Transport::Tls);
}
