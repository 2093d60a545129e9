//! The template cache's key: everything that can change how a statement is analyzed and routed, without the
//! literals' values (contract 5.5).

use super::hint::leading_hints;
use super::token::{Lexed, ServerFamily, SqlMode, Token, TokenKind};
use crate::model::Charset;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What a statement's meaning depends on beside its text.
#[derive(Clone, Copy, Debug)]
pub struct ShapeContext<'a> {
    /// Grammar bits of `sql_mode`.
    pub mode: SqlMode,
    /// The server that the text was read for.
    pub family: ServerFamily,
    /// The client's character set.
    pub charset: Charset,
    /// The session's logical database.
    pub schema: Option<&'a str>,
    /// Generation of the published configuration.
    pub generation: u64,
    /// Random per process, so that no client can build texts of one hash.
    pub seed: u64,
}

/// Bytes of a usual context.
const CONTEXT_ROOM: usize = 96;
/// A longer text is mostly literals, which are not kept.
const USUAL_TEXT: usize = 1024;

/// Hash of a statement's shape; equal shapes have equal hashes, the reverse is proven by the normalized bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShapeKey(pub u64);

/// Appends the normalized bytes of the statement in a range of tokens to `out` and returns their hash.
///
/// Two statements with the same bytes have tokens of the same kinds at the same indices and differ only in literals,
/// blanks and comments. Kept: the kind of each literal, signs, list lengths, words as written, what stands in
/// executable comments, hint comments, and the context. Only data statements may be cached by it: the kinds of others
/// (KILL, SET PASSWORD ...) may hold a literal's value.
pub fn shape_key(
    text: &[u8],
    lexed: &Lexed,
    range: &Range<usize>,
    context: &ShapeContext<'_>,
    out: &mut Vec<u8>,
) -> ShapeKey {
    let start = out.len();
    let tokens = lexed.tokens.get(range.clone()).unwrap_or_default();
    // a tag and a length or sign each; what the words hold is part of the text
    out.reserve(text.len().min(USUAL_TEXT) + 2 * tokens.len().min(USUAL_TEXT) + CONTEXT_ROOM);
    push_context(lexed, range.start, context, out);
    if !lexed.comments.is_empty() {
        for hint in leading_hints(text, lexed, range.start) {
            push_bytes(
                text.get(hint.start as usize..hint.end as usize)
                    .unwrap_or_default(),
                out,
            );
        }
    }
    // ends the list of hints: no token has this tag
    out.push(0xff);
    for token in tokens {
        push_token(text, *token, out);
    }
    ShapeKey(xxh3_64_with_seed(
        out.get(start..).unwrap_or_default(),
        context.seed,
    ))
}

/// Everything of one length at once; `start` since a Statement names tokens by their index in the whole text.
fn push_context(lexed: &Lexed, start: usize, context: &ShapeContext<'_>, out: &mut Vec<u8>) {
    let mode = context.mode;
    let bits = [
        mode.ansi_quotes,
        mode.no_backslash_escapes,
        mode.pipes_as_concat,
        mode.high_not_precedence,
        mode.ignore_space,
        lexed.has_doubtful_comment,
        context.schema.is_some(),
    ];
    let bits = bits.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit));
    let (family, version) = match context.family {
        ServerFamily::MySql(version) => (b'm', version),
        ServerFamily::MariaDb(version) => (b'a', version),
    };
    let (charset, schema) = (context.charset.name(), context.schema.unwrap_or_default());
    let [v0, v1, v2, v3] = version.to_le_bytes();
    let words = [
        context.generation,
        start as u64,
        charset.len() as u64,
        schema.len() as u64,
        u64::from_le_bytes([bits, family, v0, v1, v2, v3, 0, 0]),
    ];
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(charset.as_bytes());
    out.extend_from_slice(schema.as_bytes());
}

/// A length and the bytes: no content can pass for a boundary.
fn push_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&bytes.len().to_le_bytes());
    out.extend_from_slice(bytes);
}

#[inline]
fn push_token(text: &[u8], token: Token, out: &mut Vec<u8>) {
    let executable = if token.in_executable_comment { 0x80 } else { 0 };
    let tag = tag(token.kind) | executable;
    match token.kind {
        TokenKind::Word
        | TokenKind::QuotedName
        | TokenKind::UserVariable
        | TokenKind::SystemVariable => {
            let bytes = text
                .get(token.start as usize..token.end as usize)
                .unwrap_or_default();
            match u8::try_from(bytes.len()) {
                Ok(length) if length < u8::MAX => out.extend_from_slice(&[tag, length]),
                _ => {
                    out.extend_from_slice(&[tag, u8::MAX]);
                    out.extend_from_slice(&(token.end - token.start).to_le_bytes());
                }
            }
            push_word(text, token.start as usize, bytes, out);
        }
        TokenKind::Punct(byte) => out.extend_from_slice(&[tag, byte]),
        _ => out.push(tag),
    }
}

/// Copies of one length need no call: of a short word in the text's midst as many bytes as a long one has, and what is
/// too much goes.
#[inline]
fn push_word(text: &[u8], start: usize, word: &[u8], out: &mut Vec<u8>) {
    const SHORT: usize = 16;
    let surely = text
        .get(start..)
        .and_then(|rest| rest.first_chunk::<SHORT>());
    match surely {
        Some(bytes) if word.len() <= SHORT => {
            let end = out.len() + word.len();
            out.extend_from_slice(bytes);
            out.truncate(end);
        }
        _ => out.extend_from_slice(word),
    }
}

/// A number for each kind, below 0x7f.
#[inline]
fn tag(kind: TokenKind) -> u8 {
    match kind {
        TokenKind::Word => 1,
        TokenKind::QuotedName => 2,
        TokenKind::Text => 3,
        TokenKind::NationalText => 4,
        TokenKind::Integer => 5,
        TokenKind::Decimal => 6,
        TokenKind::Float => 7,
        TokenKind::Hex => 8,
        TokenKind::Bit => 9,
        TokenKind::UserVariable => 10,
        TokenKind::SystemVariable => 11,
        TokenKind::Parameter => 12,
        TokenKind::Assign => 13,
        TokenKind::Equal => 14,
        TokenKind::NullSafeEqual => 15,
        TokenKind::NotEqual => 16,
        TokenKind::Less => 17,
        TokenKind::LessOrEqual => 18,
        TokenKind::Greater => 19,
        TokenKind::GreaterOrEqual => 20,
        TokenKind::DoublePipe => 21,
        TokenKind::DoubleAmpersand => 22,
        TokenKind::ShiftLeft => 23,
        TokenKind::ShiftRight => 24,
        TokenKind::Arrow => 25,
        TokenKind::DoubleArrow => 26,
        TokenKind::Punct(_) => 27,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::lex;

    const MYSQL: ServerFamily = ServerFamily::MySql(90_700);

    fn context() -> ShapeContext<'static> {
        ShapeContext {
            mode: SqlMode::default(),
            family: MYSQL,
            charset: Charset::Utf8mb4,
            schema: Some("shop"),
            generation: 1,
            seed: 7,
        }
    }

    fn bytes_in(text: &str, context: &ShapeContext<'_>) -> (ShapeKey, Vec<u8>) {
        let (mut lexed, mut out) = (Lexed::default(), Vec::new());
        lex(text.as_bytes(), context.mode, context.family, &mut lexed).unwrap();
        let key = shape_key(
            text.as_bytes(),
            &lexed,
            &(0..lexed.tokens.len()),
            context,
            &mut out,
        );
        (key, out)
    }

    fn same(left: &str, right: &str) -> bool {
        let (left, right) = (bytes_in(left, &context()), bytes_in(right, &context()));
        assert_eq!(left.0 == right.0, left.1 == right.1);
        left.1 == right.1
    }

    #[test]
    fn values_blanks_and_plain_comments_do_not_matter() {
        assert!(same(
            "SELECT a FROM t WHERE b = 5",
            "SELECT  a FROM t /* x */ WHERE b=77 -- y"
        ));
        assert!(same("SELECT 'a'", "/* trace=5 */ SELECT 'it''s'"));
        assert!(same("SELECT * FROM t LIMIT 5", "SELECT * FROM t LIMIT 10"));
    }

    #[test]
    fn what_contract_5_5_names_matters() {
        let pairs = [
            ("b = 5", "b = '5'"),
            ("b = 5", "b = 5.0"),
            ("b = 5", "b = 5e0"),
            ("b = 5", "b = -5"),
            ("b = 5", "b = - -5"),
            ("b = 5", "b = 0x5"),
            ("b = 5", "b = ?"),
            ("b = 5", "b = NULL"),
            ("b IN (1, 2)", "b IN (1, 2, 3)"),
            ("VALUES (1)", "VALUES (1), (2)"),
            ("a", "`a`"),
            ("a", "A"),
            ("a b", "ab"),
            ("'a' 'b'", "'a'"),
            ("SELECT 1 /*! + 1 */", "SELECT 1 + 1"),
            ("SELECT 1", "/* shardgate: primary */ SELECT 1"),
            (
                "/* shardgate: data_source=a */ SELECT 1",
                "/* shardgate: data_source=b */ SELECT 1",
            ),
            ("N'a'", "'a'"),
            ("@a", "@b"),
        ];
        for (left, right) in pairs {
            assert!(!same(left, right), "{left} and {right}");
        }
    }

    #[test]
    fn the_context_matters() {
        let base = context();
        let others = [
            ShapeContext {
                mode: SqlMode {
                    pipes_as_concat: true,
                    ..SqlMode::default()
                },
                ..base
            },
            ShapeContext {
                family: ServerFamily::MariaDb(90_700),
                ..base
            },
            ShapeContext {
                family: ServerFamily::MySql(90_701),
                ..base
            },
            ShapeContext {
                charset: Charset::Latin1,
                ..base
            },
            ShapeContext {
                schema: None,
                ..base
            },
            ShapeContext {
                schema: Some("other"),
                ..base
            },
            ShapeContext {
                generation: 2,
                ..base
            },
        ];
        let known = bytes_in("SELECT 1", &base);
        for other in others {
            assert_ne!(bytes_in("SELECT 1", &other).1, known.1, "{other:?}");
        }
        let reseeded = bytes_in("SELECT 1", &ShapeContext { seed: 8, ..base });
        assert_eq!(reseeded.1, known.1);
        assert_ne!(reseeded.0, known.0);
    }

    #[test]
    fn words_of_every_length_are_kept_whole_wherever_they_stand() {
        for length in (1..40).chain([254, 255, 256, 3000]) {
            let (one, other) = ("z".repeat(length), "z".repeat(length - 1) + "y");
            for (before, behind) in [
                ("", ""),
                ("SELECT ", ""),
                ("SELECT ", " FROM a_table_of_a_long_name"),
            ] {
                let texts = [&one, &other].map(|word| format!("{before}{word}{behind}"));
                assert!(!same(&texts[0], &texts[1]), "{length}");
                let (_, bytes) = bytes_in(&texts[0], &context());
                let found = bytes
                    .windows(length)
                    .filter(|window| *window == one.as_bytes());
                assert_eq!(found.count(), 1, "{length}");
            }
        }
        // far more than the usual text
        let many = "SELECT a ".repeat(2000);
        let (_, bytes) = bytes_in(&many, &context());
        let (_, one) = bytes_in("SELECT a ", &context());
        let (_, none) = bytes_in("", &context());
        assert_eq!(bytes.len() - none.len(), 2000 * (one.len() - none.len()));
    }

    #[test]
    fn long_names_keep_their_length() {
        let (short, long) = ("a".repeat(254), "a".repeat(255));
        assert!(!same(&short, &long));
        assert!(same(&long, &format!(" {long}")));
    }
}
