//! The cases of `cases.txt`, the bounds, and random tokens.

use super::print::Printer;
use super::statement::{Analysis, analyze};
use crate::sql::lexer::lex;
use crate::sql::statement::{InsertSource, Kind, Operand, Predicate};
use crate::sql::token::{Lexed, ServerFamily, SqlMode};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};

fn read(sql: &str, mode: SqlMode) -> (Lexed, Analysis) {
    let mut lexed = Lexed::default();
    lex(
        sql.as_bytes(),
        mode,
        ServerFamily::MySql(90_700),
        &mut lexed,
    )
    .unwrap();
    let range = 0..lexed.tokens.len();
    let analysis = analyze(sql.as_bytes(), &lexed, range, mode);
    (lexed, analysis)
}

fn shape(sql: &str, mode: SqlMode) -> String {
    let (lexed, analysis) = read(sql, mode);
    Printer {
        text: sql.as_bytes(),
        lexed: &lexed,
    }
    .analysis(&analysis)
}

/// A case is a statement, then a line `=> shape`; a line `-- words` sets the title or the `sql_mode` in brackets.
#[test]
fn every_case_has_its_shape() {
    let mut mode = SqlMode::default();
    let mut sql = String::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in include_str!("cases.txt").lines() {
        if let Some(title) = line.strip_prefix("-- ") {
            mode = SqlMode {
                ansi_quotes: title.contains("[ansi_quotes]"),
                pipes_as_concat: title.contains("[pipes_as_concat]"),
                high_not_precedence: title.contains("[high_not_precedence]"),
                ..SqlMode::default()
            };
        } else if let Some(expected) = line.strip_prefix("=>") {
            count += 1;
            let found = shape(&sql, mode);
            if found != expected.trim() {
                wrong.push(format!("{sql}\n   is {found}\n  not {}", expected.trim()));
            }
            sql.clear();
        } else if !line.is_empty() {
            if !sql.is_empty() {
                sql.push('\n');
            }
            sql.push_str(line);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 150, "{count} cases");
}

#[test]
fn long_chains_and_deep_nesting_end_in_a_bound() {
    let long = [
        format!("SELECT * FROM t WHERE a = 1{}", " OR a = 1".repeat(100_000)),
        format!(
            "SELECT * FROM t WHERE {}a = 1{}",
            "(".repeat(100_000),
            ")".repeat(100_000)
        ),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(20_000)),
        format!("SELECT 1{}", "+1".repeat(100_000)),
        format!("SELECT {}1", "- ".repeat(100_000)),
        format!("SELECT * FROM t WHERE {}a", "NOT ".repeat(100_000)),
        format!(
            "SELECT {}1{}",
            "CASE WHEN 1 THEN ".repeat(5_000),
            " END".repeat(5_000)
        ),
        format!("SELECT * FROM a{}", ", a".repeat(100_000)),
        format!("SELECT * FROM a{}", " JOIN a".repeat(100_000)),
        "(".repeat(100_000),
    ];
    for sql in &long {
        let (_, analysis) = read(sql, SqlMode::default());
        assert!(
            matches!(analysis.kind, Kind::NotUnderstood(_)),
            "{}",
            sql.get(..40).unwrap_or(sql)
        );
        assert!(analysis.tables.is_empty());
    }
}

#[test]
fn chains_within_the_bounds_are_read_without_overflow() {
    let ors = format!("SELECT * FROM t WHERE a = 1{}", " OR a = 1".repeat(4_000));
    let unions = format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(4_000));
    let sums = format!("SELECT 1{} FROM t", "+1".repeat(9_000));
    let parentheses = format!(
        "SELECT * FROM t WHERE {}a = 1{}",
        "(".repeat(190),
        ")".repeat(190)
    );
    let signs = format!("SELECT * FROM t WHERE a = {}1", "- ".repeat(1_000));
    let queries = format!("SELECT {}1{}", "(SELECT ".repeat(150), ")".repeat(150));
    let derived = format!(
        "SELECT 1 FROM {}t{}",
        "(SELECT * FROM ".repeat(60),
        ") x".repeat(60)
    );
    for sql in [ors, unions, sums, parentheses, signs, queries, derived] {
        let (_, analysis) = read(&sql, SqlMode::default());
        assert!(
            matches!(analysis.kind, Kind::Query(_)),
            "{:?} {}",
            analysis.kind,
            sql.get(..40).unwrap_or(&sql)
        );
    }
}

#[test]
fn a_list_of_a_million_values_is_read() {
    let sql = format!("SELECT * FROM t WHERE a IN (1{})", ",2".repeat(999_999));
    let (_, analysis) = read(&sql, SqlMode::default());
    let Kind::Query(query) = analysis.kind else {
        panic!("{:?}", analysis.kind);
    };
    let [Predicate::In { values, .. }] = query.blocks[0]
        .conditions
        .iter()
        .map(|found| &found.predicate)
        .collect::<Vec<_>>()[..]
    else {
        panic!("one list");
    };
    assert_eq!(values.len(), 1_000_000);
}

#[test]
fn many_rows_are_scanned_without_the_parser() {
    let sql = format!(
        "INSERT INTO t (a, b, c) VALUES (1, -2, NOW()){}",
        ", (1, -2, NOW())".repeat(20_000)
    );
    let (_, analysis) = read(&sql, SqlMode::default());
    let Kind::Insert(insert) = analysis.kind else {
        panic!("{:?}", analysis.kind);
    };
    let InsertSource::Rows(rows) = insert.source else {
        panic!("rows");
    };
    assert_eq!(rows.len(), 20_001);
    assert_eq!(rows[20_000].values[2].0, Operand::Expression);
}

#[test]
fn only_the_tokens_of_the_range_are_read() {
    let sql = "SELECT * FROM a WHERE x = ?; SELECT * FROM b WHERE y = ?";
    let mut lexed = Lexed::default();
    lex(
        sql.as_bytes(),
        SqlMode::default(),
        ServerFamily::MySql(90_700),
        &mut lexed,
    )
    .unwrap();
    let cut = lexed
        .tokens
        .iter()
        .position(|token| sql.as_bytes()[token.start as usize] == b';')
        .unwrap();
    let second = analyze(
        sql.as_bytes(),
        &lexed,
        cut + 1..lexed.tokens.len(),
        SqlMode::default(),
    );
    let printer = Printer {
        text: sql.as_bytes(),
        lexed: &lexed,
    };
    assert_eq!(printer.analysis(&second), "query | b | {0.y=?0}");
    assert_eq!(second.tables[0].name_token as usize, cut + 4);
}

fn word() -> impl Strategy<Value = String> {
    const WORDS: &str = "SELECT FROM WHERE AND OR NOT IN ( ) ( ) , . = < <=> || && ! - + * / 5 'x' ? @v @@s `q` a b t \
        JOIN LEFT RIGHT INNER ON USING NATURAL UNION ALL WITH RECURSIVE AS INSERT INTO VALUES UPDATE SET DELETE REPLACE \
        ORDER GROUP BY LIMIT HAVING CASE WHEN THEN END BETWEEN LIKE IS NULL EXISTS INTERVAL DAY CAST CHAR TABLE ROW FOR \
        SHARE OF LOCK MODE DISTINCT COUNT OVER PARTITION JSON_TABLE COLUMNS LATERAL DUPLICATE KEY RETURNING := XOR MOD \
        BINARY COLLATE DEFAULT TRIM SUBSTRING DATE MATCH AGAINST ROWS USE INDEX IGNORE -> ; 1.5 0x1 _utf8 DUAL";
    let words: Vec<&'static str> = WORDS.split_whitespace().collect();
    (0..words.len()).prop_map(move |index| words[index].to_owned())
}

fn start() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("SELECT * FROM t WHERE".to_owned()),
        Just("INSERT INTO t VALUES (1".to_owned()),
        Just("UPDATE t SET a =".to_owned()),
        Just("DELETE FROM t".to_owned()),
        Just("WITH x AS (".to_owned()),
        Just(String::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn token_soups_never_panic(start in start(), words in proptest::collection::vec(word(), 0..40), flags in any::<u8>()) {
        let sql = format!("{start} {}", words.join(" "));
        let mode = SqlMode {
            ansi_quotes: flags & 1 != 0,
            no_backslash_escapes: flags & 2 != 0,
            pipes_as_concat: flags & 4 != 0,
            high_not_precedence: flags & 8 != 0,
            ignore_space: flags & 16 != 0,
        };
        let mut lexed = Lexed::default();
        if lex(sql.as_bytes(), mode, ServerFamily::MariaDb(101_119), &mut lexed).is_ok() {
            let analysis = analyze(sql.as_bytes(), &lexed, 0..lexed.tokens.len(), mode);
            for table in &analysis.tables {
                assert!(usize::try_from(table.last_token).unwrap() < lexed.tokens.len());
            }
        }
    }
}
