//! Routing said in a statement's leading comments (contract 6).

use super::token::{Comment, CommentKind, Lexed};
use std::ops::Range;

/// A sharding value said in a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintValue {
    /// The logical table it is for, as written; `None` for all.
    pub table: Option<String>,
    /// The value as written.
    pub value: String,
}

/// What a statement's hints ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// Reads go to the primary.
    pub primary_only: bool,
    /// A route without a sharding value is wanted.
    pub full_route: bool,
    /// The text goes to this data source as it is.
    pub data_source: Option<String>,
    /// Auditors that are not asked, lower-case.
    pub disable_audit_names: Vec<String>,
    /// The text is sent unchanged.
    pub skip_sql_rewrite: bool,
    /// Values for `hint` strategies of databases.
    pub database_values: Vec<HintValue>,
    /// Values for `hint` strategies of tables.
    pub table_values: Vec<HintValue>,
}

impl Hints {
    /// No hint was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a hint is not taken; never ignored in silence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HintError {
    /// A key that no one knows.
    #[error("hint key '{key}' is not known, known here: {known}")]
    UnknownKey {
        /// The key as written.
        key: String,
        /// Those that the same spelling knows.
        known: &'static str,
    },
    /// A key of ShardingSphere's that has no meaning here.
    #[error("hint key '{key}' is not supported, remove it")]
    Unsupported {
        /// The key as written.
        key: String,
    },
    /// A value that does not fit its key.
    #[error("hint key '{key}' cannot be '{value}', write {wanted}")]
    Value {
        /// The key as written.
        key: String,
        /// The value as written.
        value: String,
        /// What fits.
        wanted: &'static str,
    },
    /// More values than any statement has tables.
    #[error("hint has more than {most} sharding values")]
    TooMany {
        /// How many there may be.
        most: usize,
    },
    /// A parenthesis that is not closed, or words behind it.
    #[error("hint '{text}' is not of the form PROXY_HINT(KEY=value, ...)")]
    Form {
        /// The hint as written.
        text: String,
    },
}

/// Sharding values of one statement; each is compared with those before it.
const MOST_VALUES: usize = 256;

const OWN_KEYS: &str = "primary, full_route, data_source=<name>";
const PROXY_KEYS: &str = "PRIMARY_ONLY=true, FULL_ROUTE=true, DATA_SOURCE=<name>";
const PROXY_HINTS: &str = "PROXY_HINT(...), PROXY_DS=<primary or a data source>";
const SHARDINGSPHERE_KEYS: &str = "SHARDING_DATABASE_VALUE, SHARDING_TABLE_VALUE, WRITE_ROUTE_ONLY, DATA_SOURCE_NAME, \
                                   SKIP_SQL_REWRITE, DISABLE_AUDIT_NAMES";

/// Reads the hints in the comments in front of a statement's first token.
///
/// # Errors
/// [`HintError`] where a comment is a hint by its head and something in it is not understood.
pub fn hints(text: &[u8], lexed: &Lexed, range: &Range<usize>) -> Result<Hints, HintError> {
    let mut hints = Hints::default();
    for comment in leading_hints(text, lexed, range.start) {
        let content = String::from_utf8_lossy(content(text, *comment));
        match Spelling::of(content.as_bytes()) {
            Some((Spelling::Own, length)) => own(rest(&content, length), &mut hints)?,
            Some((Spelling::Proxy, _)) => proxy(rest(&content, 1).trim(), &mut hints)?,
            Some((Spelling::ShardingSphere, length)) => {
                shardingsphere(rest(&content, length), &mut hints)?
            }
            None => {}
        }
    }
    Ok(hints)
}

/// The comments in front of token `first` that are hints by their heads.
pub(super) fn leading_hints<'a>(
    text: &'a [u8],
    lexed: &'a Lexed,
    first: usize,
) -> impl Iterator<Item = &'a Comment> {
    let from = lexed
        .comments
        .partition_point(|comment| (comment.before_token as usize) < first);
    lexed
        .comments
        .get(from..)
        .unwrap_or_default()
        .iter()
        .take_while(move |comment| comment.before_token as usize == first)
        // what stands in an executable comment is already the statement's own text
        .take_while(|comment| comment.kind != CommentKind::ExecutableOpen)
        .filter(move |comment| {
            comment.kind == CommentKind::Block && Spelling::of(content(text, **comment)).is_some()
        })
}

/// How a hint is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// `shardgate:`
    Own,
    /// `+ PROXY_`
    Proxy,
    /// `SHARDINGSPHERE_HINT:`, `ShardingSphere hint:`
    ShardingSphere,
}

impl Spelling {
    /// The spelling of a comment's content and the length of its head, in any case.
    fn of(content: &[u8]) -> Option<(Self, usize)> {
        let heads: [(&[u8], Self); 4] = [
            (b"shardgate:", Self::Own),
            (b"shardingsphere_hint:", Self::ShardingSphere),
            (b"shardingsphere hint:", Self::ShardingSphere),
            (b"+", Self::Proxy),
        ];
        let trimmed = content.trim_ascii_start();
        let blanks = content.len() - trimmed.len();
        let (head, spelling) = heads
            .into_iter()
            .find(|(head, _)| starts_with(trimmed, head))?;
        if spelling == Self::Proxy
            && (blanks > 0 || !starts_with(content.get(1..)?.trim_ascii_start(), b"proxy_"))
        {
            return None;
        }
        Some((spelling, blanks + head.len()))
    }
}

fn starts_with(text: &[u8], head: &[u8]) -> bool {
    text.get(..head.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(head))
}

/// What stands between `/*` and `*/`.
fn content(text: &[u8], comment: Comment) -> &[u8] {
    let (start, end) = (
        comment.start as usize + 2,
        (comment.end as usize).saturating_sub(2),
    );
    text.get(start..end).unwrap_or_default()
}

fn rest(content: &str, length: usize) -> &str {
    content.get(length..).unwrap_or_default()
}

/// `primary, full_route, data_source=ds_3`, separated by commas or blanks.
fn own(text: &str, hints: &mut Hints) -> Result<(), HintError> {
    for item in text
        .split([',', ' ', '\t', '\r', '\n'])
        .filter(|item| !item.is_empty())
    {
        let (key, value) = pair(item);
        match key.to_ascii_lowercase().as_str() {
            "primary" => hints.primary_only = truth(key, value)?,
            "full_route" => hints.full_route = truth(key, value)?,
            "data_source" => hints.data_source = Some(name(key, value)?),
            _ => return Err(unknown(key, OWN_KEYS)),
        }
    }
    Ok(())
}

/// `PROXY_HINT(PRIMARY_ONLY=true)`, `PROXY_DS=primary`
fn proxy(text: &str, hints: &mut Hints) -> Result<(), HintError> {
    if let Some((head, inner)) = text.split_once('(') {
        if !head.trim().eq_ignore_ascii_case("proxy_hint") {
            return Err(unknown(head.trim(), PROXY_HINTS));
        }
        let inner = inner.strip_suffix(')').ok_or_else(|| HintError::Form {
            text: text.to_owned(),
        })?;
        return pairs(inner).try_for_each(|(key, value)| proxy_pair(key, value, hints));
    }
    pairs(text).try_for_each(|(key, value)| {
        if !key.eq_ignore_ascii_case("proxy_ds") {
            return Err(unknown(key, PROXY_HINTS));
        }
        let source = name(key, value)?;
        if source.eq_ignore_ascii_case("primary") {
            hints.primary_only = true;
        } else {
            hints.data_source = Some(source);
        }
        Ok(())
    })
}

fn proxy_pair(key: &str, value: Option<&str>, hints: &mut Hints) -> Result<(), HintError> {
    match key.to_ascii_uppercase().as_str() {
        "PRIMARY_ONLY" => hints.primary_only = truth(key, value)?,
        "FULL_ROUTE" => hints.full_route = truth(key, value)?,
        "DATA_SOURCE" => hints.data_source = Some(name(key, value)?),
        _ => return Err(unknown(key, PROXY_KEYS)),
    }
    Ok(())
}

/// `KEY=value, t.KEY=value`; keys as in ShardingSphere or in camel case.
fn shardingsphere(text: &str, hints: &mut Hints) -> Result<(), HintError> {
    for (key, value) in pairs(text) {
        let (table, plain) = match key.rsplit_once('.') {
            Some((table, plain)) => (Some(table.trim().to_owned()), plain),
            None => (None, key),
        };
        let folded = plain.replace('_', "").to_ascii_lowercase();
        let is_value = matches!(
            folded.as_str(),
            "shardingdatabasevalue" | "shardingtablevalue"
        );
        if table.is_some() && !is_value {
            return Err(unknown(key, SHARDINGSPHERE_KEYS));
        }
        match folded.as_str() {
            "shardingdatabasevalue" => push(&mut hints.database_values, table, name(key, value)?)?,
            "shardingtablevalue" => push(&mut hints.table_values, table, name(key, value)?)?,
            "writerouteonly" => hints.primary_only = truth(key, value)?,
            "datasourcename" => hints.data_source = Some(name(key, value)?),
            "skipsqlrewrite" => hints.skip_sql_rewrite = truth(key, value)?,
            "disableauditnames" => {
                let names = name(key, value)?;
                hints
                    .disable_audit_names
                    .extend(names.split_whitespace().map(str::to_ascii_lowercase));
            }
            "shadow" | "usetraffic" | "trafficlabel" => {
                return Err(HintError::Unsupported {
                    key: key.to_owned(),
                });
            }
            _ => return Err(unknown(key, SHARDINGSPHERE_KEYS)),
        }
    }
    Ok(())
}

/// A repeated key overwrites.
fn push(
    values: &mut Vec<HintValue>,
    table: Option<String>,
    value: String,
) -> Result<(), HintError> {
    let is_same = |known: &HintValue| match (&known.table, &table) {
        (Some(known), Some(table)) => known.eq_ignore_ascii_case(table),
        (known, table) => known.is_none() && table.is_none(),
    };
    values.retain(|known| !is_same(known));
    if values.len() == MOST_VALUES {
        return Err(HintError::TooMany { most: MOST_VALUES });
    }
    values.push(HintValue { table, value });
    Ok(())
}

fn pairs(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(pair)
}

fn pair(item: &str) -> (&str, Option<&str>) {
    match item.split_once('=') {
        Some((key, value)) => (key.trim(), Some(value.trim())),
        None => (item.trim(), None),
    }
}

/// A key alone counts as true.
fn truth(key: &str, value: Option<&str>) -> Result<bool, HintError> {
    match value.map(str::to_ascii_lowercase).as_deref() {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(wrong(key, value, "true or false")),
    }
}

fn name(key: &str, value: Option<&str>) -> Result<String, HintError> {
    match value {
        Some(value) if !value.is_empty() => Ok(value.to_owned()),
        _ => Err(wrong(key, value, "a value behind '='")),
    }
}

fn wrong(key: &str, value: Option<&str>, wanted: &'static str) -> HintError {
    HintError::Value {
        key: key.to_owned(),
        value: value.unwrap_or_default().to_owned(),
        wanted,
    }
}

fn unknown(key: &str, known: &'static str) -> HintError {
    HintError::UnknownKey {
        key: key.to_owned(),
        known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, SqlMode, lex, split};

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
            "SELECT 1 /* shardgate: primary */",
            "SELECT /* shardgate: primary */ 1",
            "SELECT /*+ PROXY_HINT(PRIMARY_ONLY=true) */ 1",
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
    fn unknown_keys_and_values_are_errors_that_name_them() {
        let cases = [
            (
                "/* shardgate: primry */ SELECT 1",
                "hint key 'primry' is not known, known here: primary, full_route, data_source=<name>",
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
        let text =
            "/* shardgate: primary */ SELECT 1; SELECT 2; /* shardgate: full_route */ SELECT 3"
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
}
