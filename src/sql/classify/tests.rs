//! One line a statement: what it is said to be, and the tables found.

use super::{Class, classify};
use crate::sql::statement::{DdlKind, Kind, SetItem, Show, TableRef, Usage, VariableScope};
use crate::sql::{Lexed, ProxyStatement, ServerFamily, SqlMode, lex};

fn class(text: &str) -> Class {
    let mut lexed = Lexed::default();
    lex(
        text.as_bytes(),
        SqlMode::default(),
        ServerFamily::MariaDb(101_119),
        &mut lexed,
    )
    .unwrap();
    classify(
        text.as_bytes(),
        &lexed,
        &(0..lexed.tokens.len()),
        SqlMode::default(),
    )
}

fn said(text: &str) -> (Kind, Vec<TableRef>) {
    match class(text) {
        Class::Said(kind, tables) => (kind, tables),
        other => panic!("{text}: {other:?}"),
    }
}

fn kind(text: &str) -> Kind {
    said(text).0
}

fn set(text: &str) -> Vec<SetItem> {
    match kind(text) {
        Kind::Set(items) => items,
        other => panic!("{text}: {other:?}"),
    }
}

/// Tables as `db.name`, those written with a `!`.
fn tables(text: &str) -> String {
    let show = |table: &TableRef| {
        let schema = table
            .schema
            .as_ref()
            .map(|schema| format!("{schema}."))
            .unwrap_or_default();
        let mark = if table.usage == Usage::Write { "!" } else { "" };
        let alias = table
            .alias
            .as_ref()
            .map(|alias| format!(" {alias}"))
            .unwrap_or_default();
        format!("{schema}{}{mark}{alias}", table.name)
    };
    said(text).1.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn ddl(text: &str) -> (DdlKind, String, Vec<String>, bool) {
    match kind(text) {
        Kind::Ddl(ddl) => {
            let constraints = ddl.constraints.into_iter().map(|(name, _)| name).collect();
            (ddl.kind, tables(text), constraints, ddl.reads_tables)
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn data_statements_are_left_to_the_shape_reader() {
    for text in [
        "SELECT 1",
        "(SELECT 1)",
        "insert t values (1)",
        "REPLACE t VALUES (1)",
        "UPDATE t SET a = 1",
        "DELETE FROM t",
        "WITH a AS (SELECT 1) SELECT 1",
        "TABLE t",
        "VALUES ROW(1)",
        "/*!50000 DELETE */ FROM t",
    ] {
        assert!(matches!(class(text), Class::Dml), "{text}");
    }
}

#[test]
fn transactions_are_read() {
    let begin = |is_read_only, is_snapshot| Kind::Begin {
        is_read_only,
        is_snapshot,
    };
    let commit = |is_chain, is_release| Kind::Commit {
        is_chain,
        is_release,
    };
    let rollback = |is_chain, is_release| Kind::Rollback {
        is_chain,
        is_release,
    };
    let cases = [
        ("begin", begin(None, false)),
        ("BEGIN WORK", begin(None, false)),
        ("START TRANSACTION", begin(None, false)),
        ("START TRANSACTION READ ONLY", begin(Some(true), false)),
        (
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ WRITE",
            begin(Some(false), true),
        ),
        ("COMMIT", commit(false, false)),
        ("COMMIT WORK AND CHAIN NO RELEASE", commit(true, false)),
        ("COMMIT AND NO CHAIN RELEASE", commit(false, true)),
        ("ROLLBACK", rollback(false, false)),
        ("ROLLBACK AND CHAIN", rollback(true, false)),
        (
            "ROLLBACK TO SAVEPOINT `a b`",
            Kind::RollbackTo("a b".into()),
        ),
        ("ROLLBACK WORK TO x", Kind::RollbackTo("x".into())),
        (
            "ROLLBACK TO savepoint",
            Kind::RollbackTo("savepoint".into()),
        ),
        ("SAVEPOINT x", Kind::Savepoint("x".into())),
        ("RELEASE SAVEPOINT x", Kind::ReleaseSavepoint("x".into())),
        ("BEGIN NOT ATOMIC SELECT 1; END", Kind::Unknown),
        ("START REPLICA", Kind::Administrative),
    ];
    for (text, expected) in cases {
        assert_eq!(kind(text), expected, "{text}");
    }
    for text in [
        "COMMIT 1",
        "START TRANSACTION READ",
        "ROLLBACK TO",
        "BEGIN x",
        "RELEASE x",
    ] {
        assert!(matches!(kind(text), Kind::NotUnderstood(_)), "{text}");
    }
}

#[test]
fn small_statements_are_read() {
    let cases = [
        ("", Kind::Empty),
        ("/* x */", Kind::Empty),
        ("USE `shop`", Kind::Use("shop".into())),
        (
            "KILL 5",
            Kind::Kill {
                is_query: false,
                id: Some(5),
            },
        ),
        (
            "KILL QUERY 7",
            Kind::Kill {
                is_query: true,
                id: Some(7),
            },
        ),
        (
            "KILL CONNECTION 7",
            Kind::Kill {
                is_query: false,
                id: Some(7),
            },
        ),
        (
            "KILL @x",
            Kind::Kill {
                is_query: false,
                id: None,
            },
        ),
        (
            "KILL 5 + 1",
            Kind::Kill {
                is_query: false,
                id: None,
            },
        ),
        ("CALL p()", Kind::Call),
        ("DO 1", Kind::Do),
        ("PREPARE s FROM 'SELECT 1'", Kind::Prepare),
        ("EXECUTE s USING @a", Kind::Execute),
        ("DEALLOCATE PREPARE s", Kind::Deallocate),
        ("DROP PREPARE s", Kind::Deallocate),
        ("XA START 'x'", Kind::Xa),
        ("UNLOCK TABLES", Kind::UnlockTables),
        ("FLUSH TABLES WITH READ LOCK", Kind::Administrative),
        ("LOCK INSTANCE FOR BACKUP", Kind::Administrative),
        ("SHUTDOWN", Kind::Administrative),
        (
            "SET STATEMENT sql_mode = '' FOR DELETE FROM t",
            Kind::Unknown,
        ),
        (
            "SET STATEMENT max_statement_time = (SELECT 1) FOR DELETE FROM t",
            Kind::Unknown,
        ),
        ("\u{feff}SELECT 1", Kind::Unknown),
        ("'x'", Kind::Unknown),
        (
            "PREVIEW SELECT 1",
            Kind::Proxy(ProxyStatement::Preview {
                first_token: 1,
                is_route: false,
            }),
        ),
        (
            "EXPLAIN ROUTE SELECT 1",
            Kind::Proxy(ProxyStatement::Preview {
                first_token: 2,
                is_route: true,
            }),
        ),
        (
            "REFRESH TABLE METADATA",
            Kind::Proxy(ProxyStatement::RefreshTableMetadata),
        ),
        ("close key fuse", Kind::Proxy(ProxyStatement::CloseKeyFuse)),
        (
            "disable member ds_1",
            Kind::Proxy(ProxyStatement::SetMember {
                group: None,
                name: "ds_1".into(),
                database: None,
                is_disabled: true,
            }),
        ),
        (
            "ALTER READWRITE_SPLITTING RULE rw_0 ENABLE `ds_1` FROM shop",
            Kind::Proxy(ProxyStatement::SetMember {
                group: Some("rw_0".into()),
                name: "ds_1".into(),
                database: Some("shop".into()),
                is_disabled: false,
            }),
        ),
        (
            "alter readwrite_splitting rule disable ds_1",
            Kind::Proxy(ProxyStatement::SetMember {
                group: None,
                name: "ds_1".into(),
                database: None,
                is_disabled: true,
            }),
        ),
        (
            "SHOW STATUS FROM READWRITE_SPLITTING RULES",
            Kind::Proxy(ProxyStatement::ShowReplicas {
                group: None,
                database: None,
            }),
        ),
        (
            "show status from readwrite_splitting rule rw_0 from shop",
            Kind::Proxy(ProxyStatement::ShowReplicas {
                group: Some("rw_0".into()),
                database: Some("shop".into()),
            }),
        ),
        (
            "SHOW READWRITE_SPLITTING STATUS",
            Kind::Proxy(ProxyStatement::ShowStatus("members".into())),
        ),
        (
            "SHOW SHARDGATE Pools ALL",
            Kind::Proxy(ProxyStatement::ShowStatus("pools all".into())),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(kind(text), expected, "{text}");
    }
}

#[test]
fn statements_with_tables_name_them() {
    let cases = [
        (
            "LOCK TABLES t READ, db.u AS x WRITE, v y READ LOCAL",
            "t, db.u! x, v y",
        ),
        (
            "LOAD DATA LOCAL INFILE 'f' IGNORE INTO TABLE db.t FIELDS TERMINATED BY ','",
            "db.t!",
        ),
        ("HANDLER t OPEN", "t"),
        ("DESC t", "t"),
        ("DESCRIBE `db`.t col", "db.t"),
        ("EXPLAIN t 'c%'", "t"),
        ("SHOW COLUMNS FROM t", "t"),
        ("SHOW FULL COLUMNS IN t IN db LIKE 'x'", "db.t"),
        ("SHOW INDEX FROM db.t WHERE a = 1", "db.t"),
        ("SHOW CREATE TABLE t", "t"),
        ("SHOW CREATE VIEW v", "v"),
    ];
    for (text, expected) in cases {
        assert_eq!(tables(text), expected, "{text}");
    }
    assert_eq!(
        kind("LOAD DATA LOCAL INFILE 'f' INTO TABLE t"),
        Kind::LoadData { is_local: true }
    );
    assert_eq!(
        kind("LOAD XML INFILE 'f' INTO TABLE t"),
        Kind::LoadData { is_local: false }
    );
}

#[test]
fn show_is_sorted_by_who_can_answer() {
    let of = |text: &str| match kind(text) {
        Kind::Show(show) => show,
        other => panic!("{text}: {other:?}"),
    };
    let listed = |is_full, is_status, database: Option<&str>| Show::Tables {
        is_full,
        is_status,
        database: database.map(str::to_owned),
    };
    let cases = [
        ("SHOW DATABASES LIKE 'x'", Show::Databases),
        ("SHOW SCHEMAS", Show::Databases),
        ("SHOW TABLES", listed(false, false, None)),
        (
            "SHOW FULL TABLES FROM `db` LIKE 'x'",
            listed(true, false, Some("db")),
        ),
        ("SHOW TABLE STATUS IN db", listed(false, true, Some("db"))),
        (
            "SHOW CREATE DATABASE IF NOT EXISTS db",
            Show::CreateDatabase("db".into()),
        ),
        ("SHOW WARNINGS LIMIT 10", Show::Warnings),
        ("SHOW COUNT(*) WARNINGS", Show::Warnings),
        ("SHOW COUNT(*) ERRORS", Show::Errors),
        ("SHOW FULL PROCESSLIST", Show::ProcessList),
        ("SHOW SESSION VARIABLES LIKE 'x'", Show::Server),
        ("SHOW GLOBAL STATUS", Show::Server),
        ("SHOW CHARACTER SET", Show::Server),
        ("SHOW ENGINES", Show::Server),
        ("SHOW REPLICA STATUS", Show::Other),
        ("SHOW GRANTS", Show::Other),
        ("SHOW CREATE PROCEDURE p", Show::Other),
        ("EXPLAIN FOR CONNECTION 5", Show::Other),
        ("EXPLAIN FORMAT=JSON FOR CONNECTION 5", Show::Other),
    ];
    for (text, expected) in cases {
        assert_eq!(of(text), expected, "{text}");
    }
}

#[test]
fn explained_statements_start_where_their_verb_stands() {
    let cases = [
        ("EXPLAIN SELECT 1", 1, false),
        ("EXPLAIN EXTENDED SELECT 1", 2, false),
        ("EXPLAIN FORMAT=JSON DELETE FROM t", 4, false),
        ("EXPLAIN ANALYZE FORMAT = TREE SELECT 1", 5, true),
        ("EXPLAIN FORMAT=JSON INTO @x SELECT 1", 6, false),
        ("DESC (SELECT 1)", 1, false),
        ("ANALYZE SELECT 1", 1, true),
        ("ANALYZE FORMAT=JSON DELETE FROM t", 4, true),
    ];
    for (text, expected, runs) in cases {
        match class(text) {
            Class::Explain { first, is_analyze } => {
                assert_eq!((first, is_analyze), (expected, runs), "{text}")
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    assert_eq!(kind("EXPLAIN route"), Kind::Describe);
    assert!(matches!(
        kind("EXPLAIN FOR SCHEMA db SELECT 1"),
        Kind::NotUnderstood(_)
    ));
}

#[test]
fn ddl_names_every_table_and_the_constraints() {
    use DdlKind::{
        Account, AlterTable, CreateIndex, CreateTable, Database, DropIndex, DropTable, Maintenance,
        Other, RenameTable, Routine, Truncate, View,
    };
    let cases: &[(&str, DdlKind, &str, &[&str], bool)] = &[
        (
            "CREATE TABLE IF NOT EXISTS db.t (a int)",
            CreateTable,
            "db.t!",
            &[],
            false,
        ),
        (
            "CREATE OR REPLACE TEMPORARY TABLE t (a int)",
            CreateTable,
            "t!",
            &[],
            false,
        ),
        (
            "CREATE TABLE t LIKE db.u",
            CreateTable,
            "t!, db.u",
            &[],
            true,
        ),
        ("CREATE TABLE t (LIKE u)", CreateTable, "t!, u", &[], true),
        (
            "CREATE TABLE t AS SELECT * FROM u",
            CreateTable,
            "t!",
            &[],
            true,
        ),
        (
            "CREATE TABLE t (a int REFERENCES u(id), CONSTRAINT f FOREIGN KEY (a) REFERENCES db.v (id), CONSTRAINT CHECK (a), \
          CONSTRAINT c CHECK (a > 1), CONSTRAINT p PRIMARY KEY (a))",
            CreateTable,
            "t!, u, db.v",
            &["f", "c"],
            false,
        ),
        (
            "CREATE TABLE t (a int) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (1))",
            CreateTable,
            "t!",
            &[],
            false,
        ),
        (
            "CREATE TABLE t (a int) ENGINE=MERGE UNION=(u, v)",
            CreateTable,
            "t!, u, v",
            &[],
            true,
        ),
        (
            "ALTER TABLE t ADD COLUMN b int, DROP FOREIGN KEY f, ADD CONSTRAINT g CHECK (b), DROP CONSTRAINT IF EXISTS h",
            AlterTable,
            "t!",
            &["f", "g", "h"],
            false,
        ),
        (
            "ALTER ONLINE TABLE IF EXISTS db.t RENAME TO u",
            AlterTable,
            "db.t!, u!",
            &[],
            false,
        ),
        (
            "ALTER TABLE t RENAME COLUMN a TO b, RENAME INDEX c TO d",
            AlterTable,
            "t!",
            &[],
            false,
        ),
        ("ALTER TABLE t RENAME u", AlterTable, "t!, u!", &[], false),
        (
            "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u",
            AlterTable,
            "t!, u!",
            &[],
            false,
        ),
        (
            "DROP TABLE IF EXISTS t, db.u",
            DropTable,
            "t!, db.u!",
            &[],
            false,
        ),
        (
            "DROP TEMPORARY TABLE t CASCADE",
            DropTable,
            "t!",
            &[],
            false,
        ),
        ("TRUNCATE t", Truncate, "t!", &[], false),
        ("TRUNCATE TABLE db.t", Truncate, "db.t!", &[], false),
        (
            "RENAME TABLE a TO b, c TO d.e",
            RenameTable,
            "a!, b!, c!, d.e!",
            &[],
            false,
        ),
        (
            "CREATE UNIQUE INDEX i USING BTREE ON t (a)",
            CreateIndex,
            "t!",
            &[],
            false,
        ),
        (
            "DROP INDEX IF EXISTS i ON db.t",
            DropIndex,
            "db.t!",
            &[],
            false,
        ),
        (
            "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY INVOKER VIEW v AS SELECT 1",
            View,
            "v!",
            &[],
            true,
        ),
        ("DROP VIEW v, w", View, "v!, w!", &[], false),
        (
            "CREATE DEFINER=CURRENT_USER() TRIGGER g BEFORE INSERT ON db.t FOR EACH ROW SET @a = 1",
            Routine,
            "db.t!",
            &[],
            true,
        ),
        ("CREATE PROCEDURE p() SELECT 1", Routine, "", &[], true),
        ("CREATE DATABASE IF NOT EXISTS d", Database, "", &[], false),
        (
            "CREATE USER 'a'@'%' IDENTIFIED BY 'x'",
            Account,
            "",
            &[],
            false,
        ),
        ("GRANT SELECT ON db.t TO a", Account, "", &[], false),
        ("SET PASSWORD = 'x'", Account, "", &[], false),
        ("SET PASSWORD FOR a = 'x'", Account, "", &[], false),
        ("SET DEFAULT ROLE ALL TO a", Account, "", &[], false),
        (
            "OPTIMIZE NO_WRITE_TO_BINLOG TABLE t, u",
            Maintenance,
            "t!, u!",
            &[],
            false,
        ),
        ("ANALYZE TABLE t", Maintenance, "t!", &[], false),
        ("CHECK TABLE t QUICK", Maintenance, "t!", &[], false),
        ("CREATE SEQUENCE s", Other, "", &[], false),
    ];
    for (text, kind, tables, constraints, reads) in cases {
        let (seen, names, found, reads_tables) = ddl(text);
        assert_eq!(
            (seen, names.as_str(), reads_tables),
            (*kind, *tables, *reads),
            "{text}"
        );
        assert_eq!(found, *constraints, "{text}");
    }
}

#[test]
fn set_is_read_item_by_item() {
    let items = set(
        "SET @a = 1, sql_mode = '', GLOBAL x := 5, y = DEFAULT, @@z = -1, @@session . w = ON, LOCAL v = CONCAT('a', 'b'), u = utf8mb4",
    );
    let seen: Vec<_> = items
        .iter()
        .map(|item| match item {
            SetItem::Variable {
                scope,
                name,
                is_default,
                is_literal,
                ..
            } => {
                format!("{scope:?} {name} {is_default} {is_literal}")
            }
            SetItem::User {
                name, is_literal, ..
            } => format!("@{name} {is_literal}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        seen,
        [
            "@a true",
            "Session sql_mode false true",
            "Global x false true",
            "Global y true true",
            "Session z false true",
            "Session w false true",
            "Session v false false",
            "Session u false true",
        ]
    );
    let user = |text: &str| match set(text).remove(0) {
        SetItem::User {
            name,
            is_literal,
            value,
        } => (name, is_literal, value),
        other => panic!("{other:?}"),
    };
    assert_eq!(user("SET @`A b` = 'x'"), ("a b".into(), true, (3, 3)));
    assert_eq!(user("SET @'A' := NULL"), ("a".into(), true, (3, 3)));
    assert_eq!(user("SET @a = @b"), ("a".into(), false, (3, 3)));
    assert_eq!(user("SET @a = (SELECT 1, 2)"), ("a".into(), false, (3, 8)));
    assert!(matches!(
        &set("SET timestamp = CURRENT_TIMESTAMP")[0],
        SetItem::Variable {
            is_literal: false,
            ..
        }
    ));
    assert!(matches!(
        &set("SET @@persist.x = 1")[0],
        SetItem::Variable {
            scope: VariableScope::Persist,
            ..
        }
    ));
    assert!(
        matches!(&set("SET `sql_mode` = 4")[0], SetItem::Variable { name, .. } if name == "sql_mode")
    );
}

#[test]
fn set_names_charset_and_transaction_are_read() {
    let names = |charset: Option<&str>, collation: Option<&str>| SetItem::Names {
        charset: charset.map(str::to_owned),
        collation: collation.map(str::to_owned),
    };
    let transaction = |scope, isolation, is_read_only| SetItem::Transaction {
        scope,
        isolation,
        is_read_only,
    };
    let cases = [
        ("SET NAMES utf8mb4", names(Some("utf8mb4"), None)),
        (
            "SET NAMES 'UTF8MB4' COLLATE utf8mb4_bin",
            names(Some("utf8mb4"), Some("utf8mb4_bin")),
        ),
        ("SET NAMES DEFAULT", names(None, None)),
        (
            "SET CHARACTER SET latin1",
            SetItem::CharacterSet {
                charset: Some("latin1".into()),
            },
        ),
        (
            "SET CHARSET DEFAULT",
            SetItem::CharacterSet { charset: None },
        ),
        (
            "SET TRANSACTION READ ONLY",
            transaction(None, None, Some(true)),
        ),
        (
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",
            transaction(
                Some(VariableScope::Session),
                Some("READ-COMMITTED"),
                Some(false),
            ),
        ),
        (
            "SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            transaction(Some(VariableScope::Global), Some("SERIALIZABLE"), None),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(set(text), [expected], "{text}");
    }
    assert_eq!(set("SET SESSION x = 1, NAMES utf8mb4, y = 2").len(), 3);
    for text in [
        "SET",
        "SET x",
        "SET x =",
        "SET x = 1,",
        "SET x = (1",
        "SET x = 1) , y = 2",
        "SET TRANSACTION",
    ] {
        assert!(matches!(kind(text), Kind::NotUnderstood(_)), "{text}");
    }
}
