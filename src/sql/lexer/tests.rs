//! What the lexer reads, case by case; the doubtful ones were tried on MySQL 9.7 and MariaDB 10.11.

use super::{LexError, lex, lex_for};
use crate::sql::split::split;
use crate::sql::token::{CommentKind, Lexed, ServerFamily, SqlMode, TokenKind};

const MYSQL: ServerFamily = ServerFamily::MySql(90_704);
const MARIADB: ServerFamily = ServerFamily::MariaDb(101_119);

fn read(text: &[u8], mode: SqlMode, family: ServerFamily) -> Lexed {
    let mut out = Lexed::default();
    lex(text, mode, family, &mut out).unwrap();
    out
}

/// Tokens as their bytes between bars, those of executable comments in braces.
fn show(text: &str, mode: SqlMode, family: ServerFamily) -> String {
    let lexed = read(text.as_bytes(), mode, family);
    let show = |index: usize| {
        let bytes = String::from_utf8_lossy(lexed.bytes(text.as_bytes(), index)).into_owned();
        if lexed.tokens[index].in_executable_comment {
            format!("{{{bytes}}}")
        } else {
            bytes
        }
    };
    (0..lexed.tokens.len())
        .map(show)
        .collect::<Vec<_>>()
        .join("|")
}

fn kinds(text: &str) -> Vec<TokenKind> {
    read(text.as_bytes(), SqlMode::default(), MYSQL)
        .tokens
        .iter()
        .map(|token| token.kind)
        .collect()
}

#[test]
fn texts_are_cut_like_the_servers_cut_them() {
    let cases = [
        ("SELECT 1", "SELECT|1"),
        (" \t\r\n\x0b\x0c SELECT\n1 ", "SELECT|1"),
        ("", ""),
        ("-- x", ""),
        ("SELECT --1", "SELECT|-|-|1"),
        ("SELECT 1 --", "SELECT|1"),
        ("SELECT 1 --\t2\n+3", "SELECT|1|+|3"),
        ("SELECT 1 --\x01 2\n+3", "SELECT|1|+|3"),
        ("SELECT 1 # 2\r+4\n+3", "SELECT|1|+|3"),
        ("SELECT 1 /* /* */ +1", "SELECT|1|+|1"),
        (
            "SELECT '*/', '/*', '-- ', '#'",
            "SELECT|'*/'|,|'/*'|,|'-- '|,|'#'",
        ),
        ("a=-5", "a|=|-|5"),
        ("1.5e3x", "1.5e3|x"),
        ("1e5abc", "1e5|abc"),
        ("1abc 1e 1e+ 0x1G 0X1F 0b2", "1abc|1e|1e|+|0x1G|0X1F|0b2"),
        ("1.from t", "1.|from|t"),
        (
            "t.1a t.5 t . 5 t.5e3 a.b.c",
            "t|.|1a|t|.|5|t|.|5|t|.|5e3|a|.|b|.|c",
        ),
        ("`t`.5", "`t`|.5"),
        ("SELECT.5", "SELECT|.|5"),
        ("'a' 'b''c' \"d'\" 'e\\'f'", "'a'|'b''c'|\"d'\"|'e\\'f'"),
        (
            "_utf8mb4'x' N'y' n'z' N \"w\"",
            "_utf8mb4|'x'|N'y'|n'z'|N|\"w\"",
        ),
        (
            "x'1F' X'1f' b'01' x'1G' 0x1F 0b01",
            "x'1F'|X'1f'|b'01'|x|'1G'|0x1F|0b01",
        ),
        (
            "@a @a.b @'x y' @`z` @@x @@session.x @@`v` @@session . x",
            "@a|@a.b|@'x y'|@`z`|@@x|@@session.x|@@`v`|@@session|.|x",
        ),
        ("'root'@localhost 'a'@'%'", "'root'|@localhost|'a'|@'%'"),
        (
            "a<=>b<=c<>d!=e<<f>>g:=h||i&&j->k->>l",
            "a|<=>|b|<=|c|<>|d|!=|e|<<|f|>>|g|:=|h||||i|&&|j|->|k|->>|l",
        ),
        ("? ?a (?)", "?|?|a|(|?|)"),
        ("`a``b` a$b$c größe", "`a``b`|a$b$c|größe"),
        ("*/", "*|/"),
    ];
    for (text, tokens) in cases {
        assert_eq!(show(text, SqlMode::default(), MYSQL), tokens, "{text}");
    }
}

#[test]
fn numbers_have_the_kinds_that_contract_4_2_tells_apart() {
    use TokenKind::{Bit, Decimal, Float, Hex, Integer, Word};
    let cases = [
        ("5", Integer),
        ("007", Integer),
        ("18446744073709551616", Integer),
        ("5.0", Decimal),
        ("5.", Decimal),
        (".5", Decimal),
        ("1e3", Float),
        ("1.e5", Float),
        (".5E-3", Float),
        ("1E+3", Float),
        ("0x10", Hex),
        ("x'10'", Hex),
        ("0b1", Bit),
        ("b'1'", Bit),
        ("1abc", Word),
        ("0X10", Word),
    ];
    for (text, kind) in cases {
        assert_eq!(kinds(text), [kind], "{text}");
    }
}

#[test]
fn sql_mode_changes_what_quotes_and_backslashes_mean() {
    let ansi = SqlMode {
        ansi_quotes: true,
        ..SqlMode::default()
    };
    let raw = SqlMode {
        no_backslash_escapes: true,
        ..SqlMode::default()
    };
    assert_eq!(
        read(b"\"sku_id\"", ansi, MYSQL).tokens[0].kind,
        TokenKind::QuotedName
    );
    assert_eq!(kinds("\"sku_id\""), [TokenKind::Text]);
    assert_eq!(show("'\\' OR 1=1 -- '", raw, MYSQL), "'\\'|OR|1|=|1");
    assert_eq!(
        show("'\\' OR 1=1 -- '", SqlMode::default(), MYSQL),
        "'\\' OR 1=1 -- '"
    );
    assert_eq!(
        show("@\"a\\\" b", ansi, MYSQL),
        "@\"a\\\"|b",
        "a name knows no escapes"
    );
}

#[test]
fn executable_comments_are_read_as_their_server_runs_them() {
    // text, on MySQL 9.7, on MariaDB 10.11
    let cases = [
        ("1 /*! + 10 */", "1|{+}|{10}", "1|{+}|{10}"),
        ("1 /*!50699 + 10 */", "1|{+}|{10}", "1|{+}|{10}"),
        ("1 /*!50700 + 10 */", "1|{+}|{10}", "1"),
        ("1 /*!080000 + 10 */", "1|{+}|{10}", "1"),
        ("1 /*!050000 + 10 */", "1|{+}|{10}", "1|{+}|{10}"),
        ("1 /*!080000+10 */", "1|{0}|{+}|{10}", "1"),
        ("1 /*!050000+10 */", "1|{0}|{+}|{10}", "1|{+}|{10}"),
        ("1 /*!800001+10 */", "1|{1}|{+}|{10}", "1"),
        ("1 /*!080000\n+10 */", "1|{+}|{10}", "1"),
        ("1 /*!99999 + 10 */", "1", "1"),
        ("1 /*!100000 + 10 */", "1", "1|{+}|{10}"),
        ("1 /*!507001 + 10 */", "1", "1"),
        (
            "1 /*!5000 + 10 */",
            "1|{5000}|{+}|{10}",
            "1|{5000}|{+}|{10}",
        ),
        ("1 /*M! + 10 */", "1", "1|{+}|{10}"),
        ("1 /*M!50700 + 10 */", "1", "1|{+}|{10}"),
        ("1 /*M!999999 + 10 */", "1", "1"),
        ("1 /*m! + 10 */", "1", "1"),
        ("1 /*!*/ +1", "1|+|1", "1|+|1"),
        (
            "1 /*! + 10 /* x */ + 2 */ + 3",
            "1|{+}|{10}|{+}|{2}|+|3",
            "1|{+}|{10}|{+}|{2}|+|3",
        ),
        ("1 /*!999999 /* x */ + 100 */ + 3", "1|+|3", "1|+|3"),
        ("1 /*!999999 /* x /* y */ */ + 3", "1|+|3", "1|+|3"),
        (
            "1 /*M!999999 /* x */ + 100 */ + 3",
            "1|+|100|*|/|+|3",
            "1|+|3",
        ),
        (
            "1 /*! + 10 /*! +20 */ + 5 */",
            "1|{+}|{10}|{+}|{20}|+|5|*|/",
            "1|{+}|{10}|{+}|{20}|+|5|*|/",
        ),
        ("1 /*! '*/' */", "1|{'*/'}", "1|{'*/'}"),
    ];
    for (text, mysql, mariadb) in cases {
        assert_eq!(
            show(text, SqlMode::default(), MYSQL),
            mysql,
            "MySQL: {text}"
        );
        assert_eq!(
            show(text, SqlMode::default(), MARIADB),
            mariadb,
            "MariaDB: {text}"
        );
    }
}

#[test]
fn a_gate_between_two_servers_versions_is_doubtful() {
    let old = ServerFamily::MySql(80_036);
    let doubt = |text: &str, families: &[ServerFamily]| {
        let mut out = Lexed::default();
        lex_for(text.as_bytes(), SqlMode::default(), families, &mut out).unwrap();
        out.has_doubtful_comment
    };
    assert!(doubt("/*!080000+1 */", &[MYSQL]), "five digits or six");
    assert!(doubt("/*!80400 x */", &[MYSQL, old]));
    assert!(!doubt("/*!80000 x */", &[MYSQL, old]));
    assert!(doubt("/*M! x */", &[MYSQL, MARIADB]));
    assert!(doubt("/*!80000 x */", &[MYSQL, MARIADB]));
    assert!(
        doubt("SELECT /*+ QB_NAME(`*/ a`) */ 1 `", &[MYSQL]),
        "MySQL reads on behind a quoted end"
    );
    assert!(!doubt("SELECT /*+ QB_NAME(`a`) */ 1", &[MYSQL]));
    assert!(doubt("$$a$$", &[MYSQL, old]));
    assert!(!doubt("$a", &[MYSQL, old]));
}

#[test]
fn what_is_not_closed_is_an_error() {
    let fails = |text: &str| {
        lex(
            text.as_bytes(),
            SqlMode::default(),
            MYSQL,
            &mut Lexed::default(),
        )
        .unwrap_err()
    };
    assert_eq!(fails("a 'b"), LexError::UnclosedString { start: 2 });
    assert_eq!(fails("a 'b\\'"), LexError::UnclosedString { start: 2 });
    assert_eq!(fails("a 'b''"), LexError::UnclosedString { start: 2 });
    assert_eq!(fails("a `b"), LexError::UnclosedName { start: 2 });
    assert_eq!(fails("a `b\0`"), LexError::UnclosedName { start: 2 });
    assert_eq!(fails("a @'b"), LexError::UnclosedString { start: 3 });
    assert_eq!(fails("a /* b"), LexError::UnclosedComment { start: 2 });
    assert_eq!(fails("a /*/"), LexError::UnclosedComment { start: 2 });
    assert_eq!(fails("a /*! b"), LexError::UnclosedExecutable { start: 2 });
    assert_eq!(
        fails("a /*!999999 /* b */"),
        LexError::UnclosedComment { start: 2 }
    );
    assert_eq!(fails("$$a$ $"), LexError::UnclosedString { start: 0 });
}

#[test]
fn comments_are_kept_with_the_token_behind_them() {
    let lexed = read(
        b"/* a */ SELECT /*! 1 */ -- b\n;# c",
        SqlMode::default(),
        MYSQL,
    );
    let seen: Vec<_> = lexed
        .comments
        .iter()
        .map(|comment| (comment.kind, comment.before_token))
        .collect();
    assert_eq!(
        seen,
        [
            (CommentKind::Block, 0),
            (CommentKind::ExecutableOpen, 1),
            (CommentKind::ExecutableClose, 2),
            (CommentKind::Line, 2),
            (CommentKind::Line, 3),
        ]
    );
    assert!(lexed.has_executable_comment && !lexed.has_doubtful_comment);
}

#[test]
fn odd_bytes_are_tokens_and_never_a_panic() {
    let lexed = read(b"a\0b\xff \x80 \\N \xc2\xa0", SqlMode::default(), MYSQL);
    assert_eq!(lexed.tokens.len(), 7);
    assert_eq!(lexed.tokens[1].kind, TokenKind::Punct(0));
    assert!(
        lexed.has_doubtful_comment,
        "bytes that are no UTF-8 in a word"
    );
    assert!(!read("größe".as_bytes(), SqlMode::default(), MYSQL).has_doubtful_comment);
    assert_eq!(
        read(b"SELECT 1;\0\0", SqlMode::default(), MYSQL)
            .tokens
            .len(),
        3
    );
    // a NUL ends a line comment on the servers
    assert_eq!(
        read(b"1 -- \0 2", SqlMode::default(), MYSQL).tokens.len(),
        3
    );
}

#[test]
fn statements_are_split_at_semicolons_outside_of_bodies() {
    let pieces = |text: &str| {
        let lexed = read(text.as_bytes(), SqlMode::default(), MARIADB);
        split(text.as_bytes(), &lexed)
            .map(|range| range.len())
            .collect::<Vec<_>>()
    };
    assert_eq!(pieces(""), [0]);
    assert_eq!(pieces(";"), [0]);
    assert_eq!(pieces("SELECT 1"), [2]);
    assert_eq!(pieces("SELECT 1;"), [2]);
    assert_eq!(
        pieces("SELECT 1;;SELECT ';' -- ;\n; DO 1 /* ; */"),
        [2, 0, 2, 2]
    );
    assert_eq!(
        pieces("BEGIN; UPDATE t SET a = IF(1, 2, 3); END"),
        [1, 13, 1]
    );
    assert_eq!(
        pieces(
            "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; END; SELECT 1"
        ),
        [19, 2]
    );
    assert_eq!(
        pieces(
            "CREATE PROCEDURE p() BEGIN IF a THEN SELECT IF(1,2,3); ELSE BEGIN END; END IF; END; DO 1"
        ),
        [27, 2]
    );
    assert_eq!(
        pieces(
            "CREATE DEFINER=`a`@`b` TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1; DO 1"
        )
        .len(),
        2
    );
    assert_eq!(
        pieces(
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN LOOP SET a = 1; END LOOP; END; DO 1"
        )
        .len(),
        2
    );
    assert_eq!(
        pieces("BEGIN NOT ATOMIC SELECT 1; SELECT 2; END; DO 1").len(),
        2
    );
    assert_eq!(pieces("CREATE TABLE event (a int); SELECT 1"), [7, 2]);
}

mod generated {
    use super::{Lexed, MARIADB, MYSQL, ServerFamily, SqlMode, lex_for, split};
    use proptest::prelude::{any, prop, prop_assert, proptest};

    fn lexes(
        text: &[u8],
        mode: SqlMode,
        families: &[ServerFamily],
    ) -> Result<(), proptest::test_runner::TestCaseError> {
        let mut out = Lexed::default();
        let result = lex_for(text, mode, families, &mut out);
        let mut last = 0;
        for token in &out.tokens {
            prop_assert!(
                token.start >= last && token.end > token.start,
                "tokens are in order and not empty"
            );
            last = token.end;
        }
        prop_assert!(last as usize <= text.len());
        if result.is_ok() {
            let tokens: usize = split(text, &out).map(|range| range.len()).sum();
            prop_assert!(tokens <= out.tokens.len());
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(text in prop::collection::vec(any::<u8>(), 0..200), ansi: bool, raw: bool) {
            let mode = SqlMode { ansi_quotes: ansi, no_backslash_escapes: raw, ..SqlMode::default() };
            lexes(&text, mode, &[MYSQL, MARIADB])?;
            lexes(&text, mode, &[])?;
        }

        #[test]
        fn texts_full_of_quotes_and_comments_are_read(
            parts in prop::collection::vec(prop::sample::select(vec![
                "'", "\"", "`", "\\", "/*", "*/", "/*!", "/*!50700", "/*M!", "-- ", "#", "\n", "@", "@@", "$$", "$a$",
                "1", ".", "e", "a", " ", ";", "BEGIN", "END", "x'", "0x", "<=", ">", "\0", "é", "?",
            ]), 0..60),
        ) {
            lexes(parts.concat().as_bytes(), SqlMode::default(), &[MARIADB, MYSQL])?;
        }
    }
}
