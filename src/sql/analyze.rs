//! The one door from tokens to a [`Statement`].

use super::classify::{Class, classify};
use super::dml;
use super::facts::facts;
use super::statement::{Kind, Qualifier, Statement, TableRef};
use super::token::{Lexed, SqlMode, TokenKind};
use std::ops::Range;

/// Analyzes the statement in a range of tokens (one of [`super::split`]'s).
///
/// Never fails: what is not understood says so in its kind. `parameters` counts the `?` of the whole range.
#[must_use]
pub fn analyze(text: &[u8], lexed: &Lexed, range: Range<usize>, mode: SqlMode) -> Statement {
    let facts = facts(text, lexed, &range);
    let parameters = count_parameters(lexed, &range);
    let (kind, tables, qualifiers) = shape(text, lexed, range, mode);
    Statement {
        kind,
        tables,
        qualifiers,
        facts,
        parameters,
        has_doubtful_comment: lexed.has_doubtful_comment,
    }
}

fn shape(
    text: &[u8],
    lexed: &Lexed,
    range: Range<usize>,
    mode: SqlMode,
) -> (Kind, Vec<TableRef>, Vec<Qualifier>) {
    match classify(text, lexed, &range, mode) {
        Class::Said(kind, tables) => (kind, tables, Vec::new()),
        Class::Dml => dml(text, lexed, range, mode),
        Class::Behind { first } => match classify(text, lexed, &(first..range.end), mode) {
            Class::Dml => dml(text, lexed, first..range.end, mode),
            _ => (Kind::Unknown, Vec::new(), Vec::new()),
        },
        Class::Explain { first, is_analyze } => {
            let (inner, tables, qualifiers) = dml(text, lexed, first..range.end, mode);
            let first_token = u32::try_from(first).unwrap_or(u32::MAX);
            let kind = Kind::Explain {
                first_token,
                inner: Box::new(inner),
                is_analyze,
            };
            (kind, tables, qualifiers)
        }
    }
}

fn count_parameters(lexed: &Lexed, range: &Range<usize>) -> u16 {
    let tokens = lexed.tokens.get(range.clone()).unwrap_or_default();
    let count = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Parameter)
        .count();
    // the protocol counts parameters in 16 bits
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn dml(
    text: &[u8],
    lexed: &Lexed,
    range: Range<usize>,
    mode: SqlMode,
) -> (Kind, Vec<TableRef>, Vec<Qualifier>) {
    let analysis = dml::analyze(text, lexed, range, mode);
    (analysis.kind, analysis.tables, analysis.qualifiers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, digest, hints, lex, names, split};
    use proptest::prelude::{prop, proptest};

    fn whole(text: &[u8], mode: SqlMode) {
        let mut lexed = Lexed::default();
        if lex(text, mode, ServerFamily::MariaDb(101_119), &mut lexed).is_err() {
            return;
        }
        let mut normalized = String::new();
        for range in split(text, &lexed) {
            let statement = analyze(text, &lexed, range.clone(), mode);
            for table in &statement.tables {
                assert!(
                    range.contains(&(table.name_token as usize)),
                    "a table's token lies in its statement"
                );
            }
            digest(text, &lexed, &range, &mut normalized);
            let _ = hints(text, &lexed, &range);
            assert!(names(text, &lexed, range.clone()).count() <= range.len());
        }
    }

    #[test]
    fn a_prefix_stands_before_data_statements_only() {
        let kind = |text: &str| {
            let mut lexed = Lexed::default();
            lex(
                text.as_bytes(),
                SqlMode::default(),
                ServerFamily::MariaDb(101_119),
                &mut lexed,
            )
            .unwrap();
            analyze(
                text.as_bytes(),
                &lexed,
                0..lexed.tokens.len(),
                SqlMode::default(),
            )
            .kind
        };
        assert!(matches!(
            kind("SET STATEMENT max_statement_time=1 FOR SELECT 1"),
            Kind::Query(_)
        ));
        assert!(matches!(
            kind("SET STATEMENT max_statement_time=1 FOR SET @a = 1"),
            Kind::Unknown
        ));
    }

    proptest! {
        #[test]
        fn statements_of_random_words_never_panic(
            words in prop::collection::vec(prop::sample::select(vec![
                "SET", "SHOW", "EXPLAIN", "ANALYZE", "CREATE", "ALTER", "DROP", "TABLE", "INDEX", "VIEW", "TRIGGER",
                "LOCK", "KILL", "LOAD", "DATA", "INTO", "BEGIN", "START", "TRANSACTION", "COMMIT", "ROLLBACK", "TO",
                "SAVEPOINT", "NAMES", "GLOBAL", "FROM", "LIKE", "RENAME", "REFERENCES", "CONSTRAINT", "CHECK", "UNION",
                "FORMAT", "DEFINER", "ON", "IF", "EXISTS", "NOT", "ROUTE", "PREVIEW", "USE", "SELECT", "INSERT",
                "a", "`b`", "'c'", "5", "@d", "@@e.f", ".", ",", "(", ")", "=", ":=", ";", "-", "?", "NULL",
                "/* shardgate: primary */", "/*+ PROXY_HINT(", "*/", "END",
            ]), 0..24),
        ) {
            whole(words.join(" ").as_bytes(), SqlMode::default());
        }

        #[test]
        fn any_bytes_are_analyzed_without_panic(text in prop::collection::vec(0..=255_u8, 0..120)) {
            whole(&text, SqlMode { ansi_quotes: true, ..SqlMode::default() });
        }
    }
}
