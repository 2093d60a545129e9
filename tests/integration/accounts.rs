//! Accounts over the wire: each right refused and granted, logins of each kind, throttle, limits, change of user.

use std::io::Read;
use std::net::TcpStream;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{ChangeUserOpts, Conn, Error, MySqlError};
use shardgate::lab::Distribution;

use crate::support::{DATABASE, Proxy, ProxyOptions, ask, refusal, rows, shop, token, value};

/// `geheim`, as MySQL 9.7 stored it.
const SALTED: &str = "0x24412430304124132C0F3B4D251E4B29032035100841456F2C44384A6B434B442F48794C37374E35745A33786E574A746F37304D6259447461584F694A4B375148335749562F";
/// `geheim`, as mysql_native_password stores it.
const HASHED: &str = "*462366917EEDD1970A48E87D8EF59EB67D2CA26F";

/// A proxy with an account of each kind, and TLS.
fn proxy() -> &'static Proxy {
    static PROXY: OnceLock<Proxy> = OnceLock::new();
    PROXY.get_or_init(|| start(&users()))
}

fn start(users: &str) -> Proxy {
    let file = |name: &str| format!("{}/tests/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    Proxy::start(
        &shop().farm,
        &ProxyOptions {
            users: users.to_owned(),
            settings: format!(
                "  tls: {{ certificate: {}, privateKey: {} }}\n",
                file("localhost.crt"),
                file("localhost.key")
            ),
            files: vec![("elsewhere.yaml", elsewhere())],
            ..ProxyOptions::default()
        },
    )
}

/// A second logical database, on the server of the first one's default data source.
fn elsewhere() -> String {
    let server = &shop().farm.pair_of(0).primary;
    let account = shop().farm.account();
    server
        .sql("CREATE DATABASE IF NOT EXISTS beyond; CREATE TABLE IF NOT EXISTS beyond.secret (id INT)")
        .unwrap();
    let (user, password) = (&account.user, &account.password);
    server
        .sql(&format!("GRANT ALL ON beyond.* TO '{user}'@'127.0.0.1'"))
        .unwrap();
    format!(
        "databaseName: elsewhere\ndataSources:\n  one: {{ url: mysql://127.0.0.1:{}/beyond, username: {user}, password: {password} }}\n",
        server.port()
    )
}

fn users() -> String {
    let lines = [
        "user: reader, password: pw, readOnly: true, ddl: all".to_owned(),
        "user: builder, password: pw, ddl: true".to_owned(),
        "user: wrecker, password: pw, ddl: all".to_owned(),
        "user: hinter, password: pw, hints: true".to_owned(),
        "user: stranger, password: pw, databases: [elsewhere]".to_owned(),
        "user: nosy, password: pw, databases: [ecommerce], ddl: all".to_owned(),
        "user: few, password: pw, maxConnections: 2".to_owned(),
        "user: careful, password: pw, requireTls: true".to_owned(),
        "user: clumsy, password: pw".to_owned(),
        format!("user: salted, password: \"{SALTED}\""),
        format!("user: hashed, password: \"{HASHED}\""),
        format!("user: salted_tls, password: \"{SALTED}\""),
        format!("user: hashed_tls, password: \"{HASHED}\""),
    ];
    lines
        .iter()
        .map(|line| format!("    - {{ {line} }}\n"))
        .collect()
}

fn login(proxy: &Proxy, user: &str, password: &str) -> Result<Conn, MySqlError> {
    Conn::new(proxy.opts(user, password)).map_err(|error| match error {
        Error::MySqlError(error) => error,
        other => panic!("{user}: {other}"),
    })
}

fn connect(user: &str) -> Conn {
    login(proxy(), user, "pw").unwrap()
}

/// A single table of its own, made by whom it is allowed.
fn note() -> String {
    let name = format!("note_{}", token());
    ask(
        &mut connect("wrecker"),
        format!("CREATE TABLE {name} (id INT PRIMARY KEY)"),
    )
    .unwrap();
    // replicas answer reads
    shop().farm.catch_up().unwrap();
    name
}

#[test]
fn a_read_only_user_reads_and_leaves_no_trace() {
    let table = note();
    let mut conn = connect("reader");
    for sql in [
        format!("INSERT INTO {table} VALUES (1)"),
        format!("REPLACE INTO {table} VALUES (1)"),
        format!("UPDATE {table} SET id = 2"),
        format!("DELETE FROM {table}"),
        format!("/* shardgate: primary */ DELETE FROM {table}"),
        format!("SELECT * FROM {table} FOR UPDATE"),
        format!("SELECT * FROM {table} INTO OUTFILE '/tmp/{table}'"),
        format!("LOCK TABLES {table} WRITE"),
        format!("ALTER TABLE {table} ADD COLUMN a INT"),
        format!("DROP TABLE {table}"),
        format!("TRUNCATE TABLE {table}"),
        format!("LOAD DATA INFILE '/tmp/x' INTO TABLE {table}"),
        "CALL some_procedure()".to_owned(),
        format!("SELEKT * FROM {table}"),
        "DELETE FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1".to_owned(),
    ] {
        assert_eq!(refusal(&mut conn, &sql).code, 1142, "{sql}");
    }
    for sql in [
        "BEGIN",
        "SET @a = 1",
        "SHOW TABLES",
        "COMMIT",
        "SET NAMES utf8mb4",
    ] {
        ask(&mut conn, sql).unwrap();
    }
    for sql in [
        format!("DELETE FROM {table} WHERE id = ?"),
        format!("SELECT * FROM {table} WHERE id = ? FOR UPDATE"),
    ] {
        let refused = conn
            .prep(&sql)
            .and_then(|prepared| conn.exec_drop(&prepared, (1,)));
        let is_refused = matches!(&refused, Err(Error::MySqlError(error)) if error.code == 1142);
        assert!(is_refused, "{sql}: {refused:?}");
    }
    assert!(rows(&mut conn, &format!("SELECT * FROM {table}")).is_empty());
    assert!(
        rows(
            &mut conn,
            "SELECT * FROM inv_stock WHERE sku_id = 1 AND warehouse_id = -1"
        )
        .is_empty()
    );
    let grants = rows(&mut conn, "SHOW GRANTS");
    assert!(
        grants[1][0].starts_with("GRANT SELECT ON `ecommerce`"),
        "{grants:?}"
    );
}

#[test]
fn ddl_needs_its_right_on_every_table_but_temporary_ones() {
    // contract 10.3, and single tables alike
    let table = note();
    let alter = format!("ALTER TABLE {table} ADD COLUMN a INT");
    let drop = format!("DROP TABLE {table}");
    let mut app = login(proxy(), "app", "app-secret").unwrap();
    for sql in [
        alter.as_str(),
        &drop,
        &format!("TRUNCATE {table}"),
        &format!("RENAME TABLE {table} TO {table}_b"),
        &format!("CREATE INDEX i ON {table} (id)"),
        &format!("CREATE VIEW {table}_v AS SELECT 1"),
        "CREATE TABLE never_made (id INT)",
        "CREATE PROCEDURE never_made() SELECT 1",
        "ALTER TABLE inv_stock ADD COLUMN never INT",
        "DROP TABLE dict_region",
        &format!("BEGIN NOT ATOMIC {drop}; END"),
    ] {
        assert_eq!(refusal(&mut app, sql).code, 29005, "{sql}");
    }
    ask(
        &mut app,
        format!("CREATE TEMPORARY TABLE {table}_t (id INT)"),
    )
    .unwrap();
    ask(&mut app, format!("INSERT INTO {table} VALUES (1)")).unwrap();
    ask(&mut app, format!("DROP TEMPORARY TABLE {table}_t")).unwrap();

    let mut builder = connect("builder");
    ask(&mut builder, &alter).unwrap();
    for sql in [&drop, &format!("TRUNCATE TABLE {table}")] {
        let refused = refusal(&mut builder, sql);
        assert_eq!(refused.code, 29005, "{sql}");
        assert!(
            refused.message.contains("ddl: all") && refused.message.contains(&table),
            "{refused:?}"
        );
    }
    ask(&mut connect("wrecker"), &drop).unwrap();
}

#[test]
fn a_hint_needs_its_right_and_gives_none_to_ddl() {
    let mut hinter = connect("hinter");
    let read = "/* shardgate: data_source=rw_0 */ SELECT 1";
    assert_eq!(rows(&mut hinter, read), [["1"]]);
    assert_eq!(refusal(&mut connect("builder"), read).code, 29005);
    let drop = "/* shardgate: data_source=rw_0 */ DROP TABLE IF EXISTS never_made";
    assert_eq!(refusal(&mut hinter, drop).code, 29005);
    let nowhere = refusal(&mut hinter, "/* shardgate: data_source=nowhere */ SELECT 1");
    assert_eq!(nowhere.code, 12200);
    assert!(
        nowhere
            .message
            .contains("rw_0 (ds_0_primary, ds_0_replica)"),
        "{nowhere:?}"
    );
}

#[test]
fn a_database_is_for_those_who_may_use_it() {
    assert_eq!(login(proxy(), "stranger", "pw").unwrap_err().code, 1044);
    let opts = proxy().opts("stranger", "pw").db_name(None::<String>);
    let mut conn = Conn::new(opts).unwrap();
    for sql in [
        "USE ecommerce",
        "SELECT * FROM ecommerce.inv_stock WHERE sku_id = 1 AND warehouse_id = 1",
        "DELETE FROM ecommerce.dict_region",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'ecommerce' AND table_name = 'inv_stock'",
    ] {
        assert_eq!(refusal(&mut conn, sql).code, 1044, "{sql}");
    }
    assert_eq!(refusal(&mut conn, "SHOW TABLES FROM ecommerce").code, 1049);
    assert_eq!(
        rows(&mut conn, "SHOW DATABASES"),
        [["elsewhere"], ["information_schema"]]
    );
    assert_eq!(refusal(&mut conn, "CALL some_procedure()").code, 1046);
    // a server says so, on a database that he may use
    assert_eq!(refusal(&mut conn, "SELEKT 1").code, 1064);
    for sql in [
        "SET NAMES utf8mb4",
        "DO 1",
        "SELECT 1",
        "USE elsewhere",
        "SELECT * FROM secret",
    ] {
        ask(&mut conn, sql).unwrap();
    }
}

#[test]
fn no_text_leads_into_a_schema_of_another_logical_database() {
    // contract 4.8
    let mut conn = connect("nosy");
    assert_eq!(
        refusal(&mut conn, "SELECT * FROM elsewhere.secret").code,
        1044
    );
    for sql in [
        "CALL beyond.some_procedure()",
        "SELECT * FROM beyond.secret PROCEDURE ANALYSE()",
        "DO (SELECT COUNT(*) FROM beyond.secret)",
        "SET @a = (SELECT COUNT(*) FROM `Beyond`.secret)",
        "CREATE VIEW peep AS SELECT * FROM beyond.secret",
        "CREATE TABLE copy_of_it SELECT * FROM beyond.secret",
        "SELEKT * FROM elsewhere.secret",
        "/* shardgate: primary */ DO (SELECT COUNT(*) FROM beyond.secret)",
    ] {
        let code = refusal(&mut conn, sql).code;
        assert!([29003, 1049].contains(&code), "{sql}: {code}");
    }
    for sql in [
        "SELECT * FROM beyond.secret",
        "HANDLER beyond.secret OPEN",
        "SHOW TABLES FROM beyond",
        "LOCK TABLES beyond.secret READ",
        "DESCRIBE beyond.secret",
    ] {
        let code = refusal(&mut conn, sql).code;
        assert!([29003, 1049, 1235].contains(&code), "{sql}: {code}");
    }
}

/// Contract 4.8.
#[test]
fn no_function_leads_into_another_database() {
    let server = &shop().farm.pair_of(0).primary;
    let mut conn = connect("nosy");
    server
        .sql("CREATE FUNCTION beyond.led() RETURNS INT DETERMINISTIC RETURN 7")
        .unwrap();
    for sql in [
        "SELECT beyond.led()",
        "DO `beyond`.led()",
        "SET @a = beyond.led()",
    ] {
        assert_eq!(refusal(&mut conn, sql).code, 29003, "{sql}");
    }
    let opts = proxy().opts("stranger", "pw").db_name(None::<String>);
    let mut stranger = Conn::new(opts).unwrap();
    assert_eq!(value(&mut stranger, "SELECT 1"), "1");
    let calls = ["SELECT led()", "DO led()", "SET @a = led()"];
    for sql in calls {
        assert_eq!(refusal(&mut stranger, sql).code, 1046, "{sql}");
    }
    ask(&mut stranger, "USE information_schema").unwrap();
    for sql in calls {
        assert_eq!(refusal(&mut stranger, sql).code, 1305, "{sql}");
    }
    ask(&mut stranger, "USE elsewhere").unwrap();
    assert_eq!(value(&mut stranger, "SELECT led()"), "7");
    server.sql("DROP FUNCTION beyond.led").unwrap();
}

#[test]
fn a_database_that_a_reload_takes_away_is_unknown_to_those_who_are_in_it() {
    let proxy = start(&users());
    let mut conn = Conn::new(proxy.opts("wrecker", "pw")).unwrap();
    ask(&mut conn, "USE elsewhere").unwrap();
    ask(&mut conn, "SELECT * FROM secret").unwrap();
    let renamed = elsewhere().replace("databaseName: elsewhere", "databaseName: renamed");
    std::fs::write(proxy.folder().join("elsewhere.yaml"), renamed).unwrap();
    proxy.reconfigure("maxConnections: 2", "maxConnections: 3");
    proxy.wait_for_log("configuration reloaded");
    for sql in [
        "SELECT COUNT(*) FROM inv_stock",
        "SELECT * FROM secret",
        "UPDATE inv_stock SET stock = 0 WHERE sku_id = 1",
        "CREATE TABLE stray (id INT)",
        "SELECT led()",
        "CALL led()",
    ] {
        assert_eq!(refusal(&mut conn, sql).code, 1049, "{sql}");
    }
    assert_eq!(value(&mut conn, "SELECT 1"), "1");
    ask(&mut conn, "USE renamed").unwrap();
    ask(&mut conn, "SELECT * FROM secret").unwrap();
}

#[test]
fn a_bare_name_beside_another_databases_is_of_the_current_one() {
    let mut conn = connect("wrecker");
    let mut other = connect("wrecker");
    ask(&mut other, "USE elsewhere").unwrap();
    ask(&mut conn, "CREATE TABLE bare (id INT)").unwrap();
    ask(&mut other, "CREATE TABLE bare (id INT)").unwrap();
    ask(&mut other, "INSERT INTO bare VALUES (1)").unwrap();
    for sql in [
        "SELECT * FROM bare, elsewhere.bare AS b",
        "INSERT INTO bare SELECT * FROM elsewhere.bare",
        "UPDATE bare, elsewhere.bare AS b SET bare.id = 2",
        "DELETE bare FROM bare JOIN elsewhere.bare AS b",
        "CREATE TABLE stray (id INT, FOREIGN KEY (id) REFERENCES elsewhere.bare (id))",
        "CREATE TABLE stray LIKE elsewhere.bare",
    ] {
        let code = refusal(&mut conn, sql).code;
        assert!([29003, 1235].contains(&code), "{sql}: {code}");
    }
    assert_eq!(rows(&mut other, "SELECT * FROM bare"), [["1"]]);
    assert!(rows(&mut other, "SHOW TABLES LIKE 'stray'").is_empty());
    for conn in [&mut conn, &mut other] {
        ask(conn, "DROP TABLE bare").unwrap();
    }
}

#[test]
fn a_user_has_as_many_connections_as_allowed() {
    let (first, second) = (connect("few"), connect("few"));
    let full = login(proxy(), "few", "pw").unwrap_err();
    assert_eq!((full.code, full.state.as_str()), (1226, "42000"));
    assert!(full.message.contains("current value: 2"), "{full:?}");
    let mut app = login(proxy(), "app", "app-secret").unwrap();
    let change = app.change_user(
        ChangeUserOpts::new()
            .with_user(Some("few".into()))
            .with_pass(Some("pw".into())),
    );
    assert!(matches!(change, Err(Error::MySqlError(error)) if error.code == 1226));
    drop(first);
    // its own connection does not stand in its way
    let mut third = loop {
        match login(proxy(), "few", "pw") {
            Ok(conn) => break conn,
            Err(error) => assert_eq!(error.code, 1226),
        }
        thread::sleep(Duration::from_millis(20));
    };
    let same = ChangeUserOpts::new()
        .with_user(Some("few".into()))
        .with_pass(Some("pw".into()));
    third.change_user(same).unwrap();
    assert_eq!(value(&mut third, "SELECT 1"), "1");
    drop(second);
}

#[test]
fn an_unknown_user_is_answered_as_a_wrong_password_is() {
    let told = |user: &str| {
        let error = login(proxy(), user, "wrong").unwrap_err();
        (error.code, error.state, error.message.replace(user, "USER"))
    };
    let unknown = told("nobody_at_all");
    assert_eq!((unknown.0, unknown.1.as_str()), (1045, "28000"));
    for user in ["app", "salted", "hashed", "careful", "reader"] {
        assert_eq!(told(user), unknown, "{user}");
    }
    // the right password without TLS is told as a wrong one
    let careful = login(proxy(), "careful", "pw").unwrap_err();
    assert_eq!(
        (careful.code, careful.message.replace("careful", "USER")),
        (1045, unknown.2)
    );
}

#[test]
fn ten_failed_logins_a_minute_stop_a_user_and_closed_connections_do_not_count() {
    // contract 11
    for _ in 0..20 {
        let mut socket = TcpStream::connect(("127.0.0.1", proxy().port())).unwrap();
        let _ = socket.read(&mut [0; 64]).unwrap();
    }
    for n in 0..10 {
        let error = login(proxy(), "clumsy", "wrong").unwrap_err();
        assert!(
            error.code == 1045 && !error.message.contains("too many"),
            "{n}: {error:?}"
        );
    }
    let stopped = login(proxy(), "clumsy", "pw").unwrap_err();
    assert!(
        stopped.code == 1045 && stopped.message.contains("too many failed logins"),
        "{stopped:?}"
    );
    drop(connect("wrecker"));
}

#[test]
fn a_change_of_user_asks_for_a_proof_and_changes_the_rights() {
    let table = note();
    let mut conn = login(proxy(), "app", "app-secret").unwrap();
    let insert = |id: u8| format!("INSERT INTO {table} VALUES ({id})");
    ask(&mut conn, insert(1)).unwrap();
    ask(&mut conn, "SET @mark = 1").unwrap();
    let to = |user: &str, password: &str| {
        ChangeUserOpts::new()
            .with_user(Some(user.to_owned()))
            .with_pass(Some(password.to_owned()))
            .with_db_name(Some(DATABASE.to_owned()))
    };
    conn.change_user(to("reader", "pw")).unwrap();
    assert!(value(&mut conn, "SELECT CURRENT_USER()").starts_with("reader@"));
    assert_eq!(value(&mut conn, "SELECT @mark"), "NULL");
    assert_eq!(refusal(&mut conn, &insert(2)).code, 1142);
    // one account that needs the whole exchange
    conn.change_user(to("hashed", "geheim")).unwrap();
    ask(&mut conn, insert(3)).unwrap();
    let wrong = conn.change_user(to("app", "wrong"));
    assert!(matches!(wrong, Err(Error::MySqlError(error)) if error.code == 1045));
    assert!(
        conn.ping().is_err(),
        "a failed change of user ends the connection"
    );
}

#[test]
fn accounts_known_by_a_hash_log_in_by_rsa_and_then_fast() {
    for user in ["salted", "hashed"] {
        for _ in 0..2 {
            drop(login(proxy(), user, "geheim").unwrap());
        }
    }
}

#[test]
fn mysqls_own_client_logs_in_by_tls_and_by_rsa() {
    let Ok(mysql) = Distribution::mysql() else {
        eprintln!("not run: there is no MySQL");
        return;
    };
    let Some(words) = mysql.program("mysql") else {
        eprintln!("not run: there is no mysql program");
        return;
    };
    let run = |user: &str, password: &str, more: &[&str]| {
        let (program, arguments) = words.split_first().unwrap();
        let output = Command::new(program)
            .args(arguments)
            .args([
                "--no-defaults",
                "-h",
                "127.0.0.1",
                "-P",
                &proxy().port().to_string(),
            ])
            .args([
                &format!("-u{user}"),
                &format!("-p{password}"),
                "-N",
                "-e",
                "SELECT CURRENT_USER()",
            ])
            .args(more)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let rsa: &[&str] = &["--ssl-mode=DISABLED", "--get-server-public-key"];
    let tls: &[&str] = &["--ssl-mode=REQUIRED"];
    for (user, password, more) in [
        ("salted_tls", "geheim", tls),
        ("hashed_tls", "geheim", tls),
        ("salted", "geheim", rsa),
        ("hashed", "geheim", rsa),
        ("careful", "pw", tls),
    ] {
        for _ in 0..2 {
            let (out, err) = run(user, password, more);
            assert!(out.starts_with(&format!("{user}@")), "{user}: {out}{err}");
        }
    }
    let (_, err) = run("careful", "pw", rsa);
    assert!(err.contains("ERROR 1045"), "{err}");
    let (_, err) = run("salted_tls", "falsch", tls);
    assert!(err.contains("ERROR 1045"), "{err}");
}

#[test]
fn a_reload_changes_accounts_also_for_a_change_of_user() {
    let proxy = start("    - { user: leaver, password: pw }\n");
    let mut conn = login(&proxy, "app", "app-secret").unwrap();
    let to_leaver = || {
        ChangeUserOpts::new()
            .with_user(Some("leaver".into()))
            .with_pass(Some("pw".into()))
    };
    conn.change_user(to_leaver()).unwrap();
    proxy.reconfigure(
        "user: leaver, password: pw",
        "user: leaver, password: other",
    );
    proxy.wait_for_log("configuration reloaded");
    // the session stays, a new proof is held against what is declared now
    assert_eq!(value(&mut conn, "SELECT 1"), "1");
    assert!(
        matches!(conn.change_user(to_leaver()), Err(Error::MySqlError(error)) if error.code == 1045)
    );

    assert!(!proxy.log().contains("need a restart"));
    proxy.reconfigure("listen: 127.0.0.1:", "listen: 127.0.0.2:");
    proxy.wait_for_log("need a restart");
    assert!(proxy.log().contains("listen"), "{}", proxy.log());
    drop(login(&proxy, "app", "app-secret").unwrap());
}
