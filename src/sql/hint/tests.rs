//! Each spelling of a hint, what is none, and what is an error.

use super::{HintError, HintValue, Hints, hints};
use crate::sql::{Lexed, ServerFamily, SqlMode, lex, split};

fn read(text: &str) -> Result<Hints, HintError> {
    let mut lexed = Lexed::default();
    lex(
        text.as_bytes(),
        SqlMode::default(),
        ServerFamily::MySql(90_700),
        &mut lexed,
    )
    .unwrap();
    hints(text.as_bytes(), &lexed, &(0..lexed.tokens.len()))
}

fn primary() -> Hints {
    Hints {
        primary_only: true,
        ..Hints::default()
    }
}

fn source(name: &str) -> Hints {
    Hints {
        data_source: Some(name.to_owned()),
        ..Hints::default()
    }
}

#[test]
fn all_spellings_of_contract_6_are_read() {
    let cases = [
        ("/*+ PROXY_HINT(PRIMARY_ONLY=true) */ SELECT 1", primary()),
        ("/*+ PROXY_DS=primary */ SELECT 1", primary()),
        ("/*+PROXY_DS=ds_3*/ SELECT 1", source("ds_3")),
        ("/* shardgate: primary */ SELECT 1", primary()),
        ("/*shardgate:data_source=ds_3*/ SELECT 1", source("ds_3")),
        (
            "/* shardgate: full_route, primary */ SELECT 1",
            Hints {
                full_route: true,
                ..primary()
            },
        ),
        (
            "/* SHARDINGSPHERE_HINT: WRITE_ROUTE_ONLY=true */ SELECT 1",
            primary(),
        ),
        (
            "/* ShardingSphere hint: dataSourceName = ds_3 */ SELECT 1",
            source("ds_3"),
        ),
        (
            "/* SHARDINGSPHERE_HINT: writeRouteOnly=false */ SELECT 1",
            Hints::default(),
        ),
        (
            "/* SHARDINGSPHERE_HINT: SKIP_SQL_REWRITE=true */ SELECT 1",
            Hints {
                skip_sql_rewrite: true,
                ..Hints::default()
            },
        ),
        (
            "/* SHARDINGSPHERE_HINT: DISABLE_AUDIT_NAMES=one TWO */ SELECT 1",
            Hints {
                disable_audit_names: vec!["one".into(), "two".into()],
                ..Hints::default()
            },
        ),
        (
            "/* a */ -- b\n # c\n/* shardgate: primary */ SELECT 1",
            primary(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).as_ref(), Ok(&expected), "{text}");
    }
}

#[test]
fn sharding_values_are_kept_by_table() {
    let read = read(
        "/* SHARDINGSPHERE_HINT: SHARDING_DATABASE_VALUE=1, t.SHARDING_TABLE_VALUE=a, t.shardingTableValue=b */ SELECT 1",
    );
    let hints = read.unwrap();
    assert_eq!(
        hints.database_values,
        [HintValue {
            table: None,
            value: "1".into()
        }]
    );
    assert_eq!(
        hints.table_values,
        [HintValue {
            table: Some("t".into()),
            value: "b".into()
        }]
    );
}

#[test]
fn what_is_no_leading_comment_is_no_hint() {
    let cases = [
        "SELECT '/* shardgate: primary */'",
        "SELECT \"/* SHARDINGSPHERE_HINT: DISABLE_AUDIT_NAMES=x */\" FROM t",
        "SELECT `/* shardgate: full_route */` FROM t",
        "SELECT 1 /* traceparent='00-1' */ -- shardgate: primary",
        "-- shardgate: primary\nSELECT 1",
        "/* the shardgate: primary */ SELECT 1",
        "/*+ MAX_EXECUTION_TIME(100) */ SELECT 1",
        "SELECT /*+ MAX_EXECUTION_TIME(100) */ 1",
        "/*! /* shardgate: primary */ SELECT 1 */",
        "/* trace=5 */ SELECT 1",
    ];
    for text in cases {
        assert_eq!(read(text), Ok(Hints::default()), "{text}");
    }
}

#[test]
fn a_hint_behind_the_first_word_is_an_error_and_no_silent_nothing() {
    for text in [
        "SELECT 1 /* shardgate: primary */",
        "SELECT /* shardgate: primary */ 1",
        "SELECT /*+ PROXY_HINT(PRIMARY_ONLY=true) */ 1",
        "SELECT 1 /* SHARDINGSPHERE_HINT: WRITE_ROUTE_ONLY=true */",
        "/* shardgate: primary */ SELECT 1 /* SHARDINGSPHERE_HINT: DATA_SOURCE_NAME=ds_0 */",
    ] {
        assert_eq!(read(text), Err(HintError::Misplaced), "{text}");
    }
}

#[test]
fn comments_that_drivers_and_tools_put_in_front_hide_no_hint() {
    for text in [
        "/* ApplicationName=DBeaver 24.1.0 - SQLEditor <Script.sql> */ /* shardgate: primary */ SELECT 1",
        "/* shardgate: primary */ /* ApplicationName=DBeaver 24.1.0 */ SELECT 1",
        "/* mysql-connector-j-8.4.0 (Revision: 1c3f5c1) *//* shardgate: primary */SELECT 1",
        "/*traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/ /*+ PROXY_DS=primary */ SELECT 1",
        "/* shardgate: primary */ SELECT 1 /*controller='stock',framework='spring'*/",
        "-- name: FindStock :one\n/* SHARDINGSPHERE_HINT: WRITE_ROUTE_ONLY=true */ SELECT 1",
        "/* ping */ /* SHARDINGSPHERE_HINT: WRITE_ROUTE_ONLY=true, SKIP_METADATA_VALIDATE=true */ SELECT 1",
    ] {
        assert_eq!(read(text), Ok(primary()), "{text}");
    }
}

#[test]
fn unknown_keys_and_values_are_errors_that_name_them() {
    let cases = [
        (
            "/* shardgate: primry */ SELECT 1",
            "hint key 'primry' is not known, known here: primary, stale, full_route, data_source=<name>",
        ),
        (
            "/*+ PROXY_HINT(PRIMARY=true) */ SELECT 1",
            "hint key 'PRIMARY' is not known, known here: PRIMARY_ONLY=true, FULL_ROUTE=true, DATA_SOURCE=<name>",
        ),
        (
            "/*+ PROXY_HINT(PRIMARY_ONLY=true */ SELECT 1",
            "hint 'PROXY_HINT(PRIMARY_ONLY=true' is not of the form PROXY_HINT(KEY=value, ...)",
        ),
        (
            "/* SHARDINGSPHERE_HINT: SHADOW=true */ SELECT 1",
            "hint key 'SHADOW' is not supported, remove it",
        ),
        (
            "/* SHARDINGSPHERE_HINT: WRITE_ROUTE_ONLY=yes */ SELECT 1",
            "hint key 'WRITE_ROUTE_ONLY' cannot be 'yes', write true or false",
        ),
        (
            "/* shardgate: data_source= */ SELECT 1",
            "hint key 'data_source' cannot be '', write a value behind '='",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
    }
    assert!(matches!(
        read("/*+ PROXY_X=1 */ SELECT 1"),
        Err(HintError::UnknownKey { .. })
    ));
    assert!(matches!(
        read("/* SHARDINGSPHERE_HINT: t.WRITE_ROUTE_ONLY=true */ SELECT 1"),
        Err(HintError::UnknownKey { .. })
    ));
}

#[test]
fn each_statement_of_a_text_has_its_own_hints() {
    let text = "/* shardgate: primary */ SELECT 1; SELECT 2; /* shardgate: full_route */ SELECT 3"
        .as_bytes();
    let mut lexed = Lexed::default();
    lex(
        text,
        SqlMode::default(),
        ServerFamily::MySql(90_700),
        &mut lexed,
    )
    .unwrap();
    let seen: Vec<_> = split(text, &lexed)
        .map(|range| hints(text, &lexed, &range).unwrap())
        .collect();
    assert_eq!(
        seen,
        [
            primary(),
            Hints::default(),
            Hints {
                full_route: true,
                ..Hints::default()
            }
        ]
    );
}
