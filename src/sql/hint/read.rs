//! Finds the hints among a statement's leading comments.

use super::keys::{own, proxy, shardingsphere};
use crate::sql::token::{Comment, CommentKind, Lexed};
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
    /// Reads may be answered by a replica however far it is behind.
    pub takes_stale: bool,
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
    /// A hint that stands where none is read.
    #[error(
        "a hint stands behind the statement's first word, where it is not read: write it in front of the statement"
    )]
    Misplaced,
    /// A parenthesis that is not closed, or words behind it.
    #[error("hint '{text}' is not of the form PROXY_HINT(KEY=value, ...)")]
    Form {
        /// The hint as written.
        text: String,
    },
}

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
    if is_misplaced(text, lexed, range) {
        return Err(HintError::Misplaced);
    }
    Ok(hints)
}

/// A comment behind the first token that is a hint by its head: to ignore it would be a silent nothing.
fn is_misplaced(text: &[u8], lexed: &Lexed, range: &Range<usize>) -> bool {
    let is_behind = |comment: &&Comment| {
        let at = comment.before_token as usize;
        range.start < at && at <= range.end && comment.kind == CommentKind::Block
    };
    let mut behind = lexed.comments.iter().filter(is_behind);
    behind.any(|comment| Spelling::of(content(text, *comment)).is_some())
}

/// The comments in front of token `first` that are hints by their heads.
pub(in crate::sql) fn leading_hints<'a>(
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
