//! Backend connections against real servers of both families, where this machine has them.
#![allow(
    clippy::unwrap_used,
    reason = "tests state their expectations by unwrapping, in their own functions too"
)]

#[path = "backend/prepared.rs"]
mod prepared;

use std::sync::{Arc, OnceLock};

use shardgate::backend::{
    AcquireError, BackendTls, ConnError, Endpoint, Family, KillTarget, Pool, PoolKey, PoolOptions,
    list_tables, load_columns, load_server_facts, tracked_variables,
};
use shardgate::lab::{Distribution, Server, ServerSpec};
use shardgate::model::{ColumnKind, Moments};
use shardgate::protocol::{SessionChange, StatusFlags};

const PLAIN: PoolKey = PoolKey {
    has_found_rows: false,
};
const FOUND: PoolKey = PoolKey {
    has_found_rows: true,
};

/// One server per family for all tests here; each test has its own schema or accounts.
fn servers() -> &'static [Server] {
    static SERVERS: OnceLock<Vec<Server>> = OnceLock::new();
    SERVERS.get_or_init(|| {
        let start = |distribution| Server::start(ServerSpec::new(distribution)).unwrap();
        let servers: Vec<Server> = Distribution::installed().into_iter().map(start).collect();
        assert!(!servers.is_empty(), "no MariaDB on this machine");
        for server in &servers {
            server.sql("CREATE SCHEMA shop; CREATE USER app IDENTIFIED BY 'pw'; GRANT ALL ON *.* TO app").unwrap();
        }
        servers
    })
}

fn endpoint(server: &Server, user: &str, password: &str, tls: BackendTls) -> Endpoint {
    Endpoint::new("ds_0", "127.0.0.1", server.port(), "shop")
        .with_account(user, password)
        .with_tls(tls)
}

fn pool_of(endpoint: Endpoint) -> Arc<Pool> {
    Pool::new(
        Arc::new(endpoint),
        PoolOptions {
            min: 0,
            max: 4,
            ..PoolOptions::default()
        },
    )
}

fn pool(server: &Server) -> Arc<Pool> {
    pool_of(endpoint(server, "app", "pw", BackendTls::Preferred))
}

fn is_mysql(server: &Server) -> bool {
    server.family() == shardgate::lab::Family::Mysql
}

async fn cipher(pool: &Arc<Pool>) -> String {
    let mut guard = pool.acquire(PLAIN, 0).await.unwrap();
    let answer = guard
        .query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        .await
        .unwrap();
    answer.text(0, 1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn full_and_fast_authentication_work_by_rsa_and_by_tls() {
    // contract 2.1
    for server in servers().iter().filter(|server| is_mysql(server)) {
        server.sql("CREATE USER sha2 IDENTIFIED BY 'a longer päss word, 0123456789'; GRANT ALL ON *.* TO sha2").unwrap();
        for tls in [
            BackendTls::Disabled,
            BackendTls::Preferred,
            BackendTls::Required,
        ] {
            // empties the cache of the fast path
            server.sql("FLUSH PRIVILEGES").unwrap();
            for path in ["full", "fast"] {
                let endpoint = endpoint(server, "sha2", "a longer päss word, 0123456789", tls);
                let cipher = cipher(&pool_of(endpoint)).await;
                assert_eq!(
                    cipher.is_empty(),
                    tls == BackendTls::Disabled,
                    "{tls:?} {path}"
                );
            }
            let error = pool_of(endpoint(server, "sha2", "wrong", tls))
                .acquire(PLAIN, 0)
                .await
                .unwrap_err();
            assert!(
                matches!(
                    error,
                    AcquireError::Connect(ConnError::LoginRefused { code: 1045, .. })
                ),
                "{tls:?} {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_native_or_empty_password_logs_in_and_a_wrong_one_is_refused() {
    for server in servers() {
        server
            .sql("CREATE USER nobody IDENTIFIED BY ''; GRANT ALL ON *.* TO nobody")
            .unwrap();
        cipher(&pool_of(endpoint(
            server,
            "nobody",
            "",
            BackendTls::Preferred,
        )))
        .await;
        cipher(&pool(server)).await;
        let error = pool_of(endpoint(server, "app", "wrong", BackendTls::Preferred))
            .acquire(PLAIN, 0)
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                AcquireError::Connect(ConnError::LoginRefused { code: 1045, .. })
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn required_tls_is_never_given_up() {
    for server in servers().iter().filter(|server| !is_mysql(server)) {
        let has_tls = server.value("SELECT @@have_ssl").unwrap() == "YES";
        let outcome = pool_of(endpoint(server, "app", "pw", BackendTls::Required))
            .acquire(PLAIN, 0)
            .await;
        assert_eq!(outcome.is_ok(), has_tls);
        if let Err(error) = outcome {
            assert!(
                matches!(error, AcquireError::Connect(ConnError::Tls { .. })),
                "{error:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_certificate_is_verified_against_the_given_authorities() {
    for server in servers().iter().filter(|server| is_mysql(server)) {
        let mut endpoint = endpoint(server, "app", "pw", BackendTls::Preferred);
        // made by the server for itself: signed by this authority, but not for this host
        endpoint.tls_ca = Some(server.folder().join("data/ca.pem"));
        let error = pool_of(endpoint).acquire(PLAIN, 0).await.unwrap_err();
        assert!(
            matches!(error, AcquireError::Connect(ConnError::Tls { .. })),
            "{error:?}"
        );
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_that_holds_logs_in_and_one_for_another_host_does_not() {
    let folder = tempfile::tempdir().unwrap();
    if !makes_certificates(folder.path()) {
        eprintln!("no openssl here: left out");
        return;
    }
    let file = |name: &str| folder.path().join(name);
    let mut spec = ServerSpec::new(Distribution::mariadb().unwrap());
    spec.options = ["ca", "cert", "key"]
        .map(|what| format!("--ssl-{what}={}", file(&format!("{what}.pem")).display()))
        .to_vec();
    let server = Server::start(spec).unwrap();
    server
        .sql("CREATE SCHEMA shop; CREATE USER app IDENTIFIED BY 'pw'; GRANT ALL ON *.* TO app")
        .unwrap();
    for tls in [BackendTls::Preferred, BackendTls::Required] {
        for ca in [None, Some(file("ca.pem"))] {
            let mut verified = endpoint(&server, "app", "pw", tls);
            verified.tls_ca = ca;
            assert_ne!(cipher(&pool_of(verified)).await, "");
        }
        let mut other_host = endpoint(&server, "app", "pw", tls);
        other_host.host = "localhost".to_owned();
        other_host.tls_ca = Some(file("ca.pem"));
        let error = pool_of(other_host).acquire(PLAIN, 0).await.unwrap_err();
        assert!(
            error.to_string().contains("certificate is not valid"),
            "{error}"
        );
    }
}

/// An authority and a certificate for 127.0.0.1 alone.
fn makes_certificates(folder: &std::path::Path) -> bool {
    let script = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca-key.pem -out ca.pem && \
        openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout key.pem -out request.pem && \
        printf 'subjectAltName=IP:127.0.0.1' > names && \
        openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -days 2 -extfile names -out cert.pem";
    std::process::Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[tokio::test]
async fn changes_of_replayed_variables_are_reported_also_from_a_procedure() {
    // contract 3.1
    for server in servers() {
        server
            .sql("CREATE SCHEMA track; CREATE PROCEDURE track.p() SET time_zone = '+03:00', foreign_key_checks = 0")
            .unwrap();
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        assert!(guard.status().contains(StatusFlags::AUTOCOMMIT));
        let changes = guard.query("CALL track.p()").await.unwrap().ok.changes;
        for (name, value) in [("time_zone", "+03:00"), ("foreign_key_checks", "OFF")] {
            let change = SessionChange::SystemVariable {
                name: name.into(),
                value: value.into(),
            };
            assert!(changes.contains(&change), "{name}: {changes:?}");
        }
        let changes = guard.query("USE track").await.unwrap().ok.changes;
        assert!(
            changes.contains(&SessionChange::Schema("track".into())),
            "{changes:?}"
        );
        let changes = guard.query("SET @a = 1").await.unwrap().ok.changes;
        assert!(
            changes.contains(&SessionChange::StateChange(true)),
            "{changes:?}"
        );
        let changes = guard.query("BEGIN").await.unwrap().ok.changes;
        assert!(
            changes.contains(&SessionChange::TransactionState("T_______".into())),
            "{changes:?}"
        );
        assert!(guard.status().contains(StatusFlags::IN_TRANS));
    }
}

#[tokio::test]
async fn every_tracked_variable_exists_on_its_server() {
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        let known = guard.query("SHOW SESSION VARIABLES").await.unwrap();
        let names: Vec<&str> = (0..known.rows.len())
            .filter_map(|row| known.text(row, 0))
            .collect();
        for name in tracked_variables(guard.family()) {
            assert!(
                names.contains(&name),
                "{name} on {}",
                guard.server_version()
            );
        }
    }
}

#[tokio::test]
async fn a_reset_leaves_a_connection_as_fresh() {
    // contract 3.2
    for server in servers() {
        let pool = pool(server);
        let mut guard = pool.acquire(PLAIN, 0).await.unwrap();
        let fresh = session_variables(&mut guard).await;
        guard.query("SET NAMES latin1").await.unwrap();
        guard
            .query(
                "SET @a = 1, sql_mode = 'ANSI', time_zone = '+05:00', session_track_schema = OFF",
            )
            .await
            .unwrap();
        guard.query("BEGIN").await.unwrap();
        guard.state.set("sql_mode", "'ANSI'");
        guard.mark_dirty();
        guard.reset().await.unwrap();
        assert_eq!(session_variables(&mut guard).await, fresh);
        assert_eq!(guard.query("SELECT @a").await.unwrap().text(0, 0), None);
        assert!(!guard.status().contains(StatusFlags::IN_TRANS));
        assert_eq!(guard.state.get("sql_mode"), None);
        let id = guard.thread_id();
        guard.release();
        assert_eq!(pool.acquire(PLAIN, 0).await.unwrap().thread_id(), id);
    }
}

async fn session_variables(guard: &mut shardgate::backend::Guard) -> Vec<Option<Vec<u8>>> {
    let answer = guard
        .query(
            "SELECT @@character_set_client, @@character_set_connection, @@character_set_results, \
             @@collation_connection, @@sql_mode, @@time_zone, @@session_track_schema, \
             @@session_track_system_variables, @@session_track_state_change, \
             @@session_track_transaction_info, DATABASE()",
        )
        .await
        .unwrap();
    answer.rows.into_iter().next().unwrap()
}

#[tokio::test]
async fn found_rows_holds_by_key() {
    // contract 2.4
    for server in servers() {
        server
            .sql("CREATE TABLE shop.found (a INT); INSERT INTO shop.found VALUES (1), (2)")
            .unwrap();
        let pool = pool(server);
        for (key, affected) in [(PLAIN, 0), (FOUND, 2)] {
            let mut guard = pool.acquire(key, 0).await.unwrap();
            let answer = guard.query("UPDATE found SET a = a").await.unwrap();
            assert_eq!(answer.ok.affected_rows, affected);
            guard.release();
        }
        assert_eq!(pool.status().idle, 2);
    }
}

#[tokio::test]
async fn several_statements_in_one_text_are_refused_by_the_server() {
    // contract 2.4
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        let error = guard.query("SELECT 1; SELECT 2").await.unwrap_err();
        assert!(
            matches!(error, ConnError::Server { code: 1064, .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn packets_of_16_mib_go_out_and_relay_in() {
    // contract 2.2
    for server in servers() {
        server
            .sql("SET GLOBAL max_allowed_packet = 67108864")
            .unwrap();
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        for length in [0xFF_FFFF - 1, 0xFF_FFFF, 0xFF_FFFF + 1, 2 * 0xFF_FFFF] {
            let (head, tail) = ("SELECT LENGTH('", "')");
            let filling = "x".repeat(length - 1 - head.len() - tail.len());
            guard.begin_command(&[
                b"\x03",
                head.as_bytes(),
                filling.as_bytes(),
                tail.as_bytes(),
            ]);
            guard.flush().await.unwrap();
            // five packets: count, column, row, end; none is large
            while guard.buffered().len() < 4 || !has_end(guard.buffered()) {
                guard.fill().await.unwrap();
            }
            let answer = String::from_utf8_lossy(guard.buffered()).into_owned();
            assert!(answer.contains(&filling.len().to_string()), "{length}");
            let count = guard.buffered().len();
            guard.consume(count);
            guard.response_done();
        }
        let mut received = 0;
        guard.begin_command(&[b"\x03SELECT REPEAT('x', 40000000)"]);
        guard.flush().await.unwrap();
        while received < 40_000_000 {
            received += guard.fill().await.unwrap();
            let count = guard.buffered().len();
            guard.consume(count);
        }
    }
}

/// Whether the last packet of a small result set is there.
fn has_end(mut bytes: &[u8]) -> bool {
    while let Some(header) = shardgate::protocol::PacketHeader::peek(bytes) {
        let Some(rest) = bytes.get(4 + header.payload_len..) else {
            return false;
        };
        if bytes.get(4) == Some(&0xFE) {
            return true;
        }
        bytes = rest;
    }
    false
}

#[tokio::test]
async fn a_running_statement_is_killed_by_its_thread_id() {
    // contract 3.3
    for server in servers() {
        let pool = pool(server);
        let mut guard = pool.acquire(PLAIN, 0).await.unwrap();
        let id = guard.thread_id();
        let killing = {
            let pool = Arc::clone(&pool);
            let witness = pool.acquire(PLAIN, 0).await.unwrap();
            tokio::spawn(async move {
                wait_for_sleep(witness, id).await;
                pool.kill_connection(id, KillTarget::Query).await.unwrap();
            })
        };
        // MySQL answers an interrupted SLEEP with 1 instead of an error
        match guard.query("SELECT SLEEP(60), 'asleep'").await {
            Ok(answer) => assert_eq!(answer.text(0, 0), Some("1")),
            Err(error) => assert!(
                matches!(error, ConnError::Server { code: 1317, .. }),
                "{error:?}"
            ),
        }
        killing.await.unwrap();
        pool.kill_connection(id, KillTarget::Connection)
            .await
            .unwrap();
        let error = guard.query("SELECT 1").await.unwrap_err();
        assert!(
            error.is_fatal()
                || matches!(
                    error,
                    ConnError::Server {
                        code: 1927 | 4031,
                        ..
                    }
                ),
            "{error:?}"
        );
        let error = pool
            .kill_connection(u64::from(u32::MAX), KillTarget::Query)
            .await
            .unwrap_err();
        assert!(
            matches!(error, ConnError::Server { code: 1094, .. }),
            "{error:?}"
        );
    }
}

async fn wait_for_sleep(mut witness: shardgate::backend::Guard, id: u64) {
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE id = {id} AND info LIKE 'SELECT SLEEP%'"
    );
    while witness.query(&sql).await.unwrap().text(0, 0) != Some("1") {}
}

#[tokio::test]
async fn a_restarted_server_costs_no_statement() {
    let mut server = Server::start(ServerSpec::new(Distribution::mariadb().unwrap())).unwrap();
    server
        .sql("CREATE SCHEMA shop; CREATE USER app IDENTIFIED BY 'pw'; GRANT ALL ON *.* TO app")
        .unwrap();
    let pool = pool(&server);
    let guards = [
        pool.acquire(PLAIN, 0).await.unwrap(),
        pool.acquire(PLAIN, 0).await.unwrap(),
    ];
    guards
        .into_iter()
        .for_each(shardgate::backend::Guard::release);
    server.restart().unwrap();
    pool.acquire(PLAIN, 0)
        .await
        .unwrap()
        .query("SELECT 1")
        .await
        .unwrap();
    assert_eq!(pool.status().open, 0);
    assert!(pool.status().discarded_total >= 2);
}

#[tokio::test]
async fn columns_and_tables_are_read_from_the_server() {
    for server in servers() {
        server
            .sql(
                "CREATE SCHEMA meta; CREATE VIEW meta.v AS SELECT 1 AS a; \
                 CREATE TABLE meta.t_1 (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, \
                 code VARCHAR(20) COLLATE utf8mb4_bin, at DATETIME(3), price DECIMAL(9,2), n SMALLINT); \
                 CREATE TABLE meta.t_2 (x INT)",
            )
            .unwrap();
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        assert_eq!(
            list_tables(&mut guard, "meta").await.unwrap(),
            [Arc::from("t_1"), Arc::from("t_2")]
        );
        assert!(
            load_columns(&mut guard, "nowhere", &[])
                .await
                .unwrap()
                .is_empty()
        );
        let all = load_columns(&mut guard, "meta", &[]).await.unwrap();
        assert_eq!(
            all.keys().map(|name| &**name).collect::<Vec<_>>(),
            ["t_1", "t_2", "v"]
        );
        let some = load_columns(&mut guard, "meta", &["t_1", "t_9"])
            .await
            .unwrap();
        assert_eq!(some.len(), 1);
        let table = &some["t_1"];
        let expected = [
            (
                "id",
                ColumnKind::Integer {
                    unsigned: true,
                    bits: 64,
                },
                true,
            ),
            (
                "code",
                ColumnKind::Text {
                    collation: Some("utf8mb4_bin".into()),
                    length: Some(20),
                },
                false,
            ),
            (
                "at",
                ColumnKind::DateTime(Moments::of("datetime", Some(3)).unwrap()),
                false,
            ),
            ("price", ColumnKind::Other("decimal".into()), false),
            (
                "n",
                ColumnKind::Integer {
                    unsigned: false,
                    bits: 16,
                },
                false,
            ),
        ];
        assert_eq!(table.columns.len(), expected.len());
        for (column, (name, kind, auto_increment)) in table.columns.iter().zip(expected) {
            assert_eq!(
                (&*column.name, &column.kind, column.auto_increment),
                (name, &kind, auto_increment)
            );
        }
    }
}

#[tokio::test]
async fn server_variables_are_read() {
    for server in servers() {
        let mut guard = pool(server).acquire(PLAIN, 0).await.unwrap();
        let facts = load_server_facts(&mut guard).await.unwrap();
        assert_eq!(Family::parse(&facts.version), guard.family());
        assert_eq!(guard.family().is_mariadb(), !is_mysql(server));
        assert!(facts.max_allowed_packet >= 1 << 20);
        assert!(!facts.is_read_only);
        assert!(facts.sql_mode.contains("STRICT_TRANS_TABLES"));
    }
}
