//! What the user's rights let a statement do at all, before anything else is looked at: hints and DDL.

use crate::sql::{Ddl, DdlKind, Kind, TokenKind, punct_is, word_of};

use super::input::{DdlRight, RouteInput};
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;

/// Refuses a hint without the right to hints, and DDL without the right to DDL: on every table, single ones too, and
/// also where a hint sends the text as it is (contract 5.2, 10.3).
///
/// # Errors
/// 29005
pub fn check(input: &RouteInput<'_>) -> Result<(), Refusal> {
    if input.wishes.needs_right() && !input.rights.may_hint {
        let text = "no right to route by a hint: the user needs `hints: true` in server.yaml";
        return Err(Refusal::new(RefusalCode::NoRight, text));
    }
    let needed = match &input.statement.kind {
        Kind::Ddl(ddl) => needed_by(ddl),
        Kind::Unknown if hides_ddl(input) => DdlRight::All,
        _ => DdlRight::None,
    };
    if input.rights.ddl >= needed {
        return Ok(());
    }
    let key = if needed == DdlRight::All {
        "ddl: all"
    } else {
        "ddl: true"
    };
    let place = input
        .statement
        .tables
        .first()
        .map(|table| format!(" on {}", table.name))
        .unwrap_or_default();
    let text = format!("no right to DDL{place}: the user needs `{key}` in server.yaml");
    Err(Refusal::new(RefusalCode::NoRight, text))
}

/// A temporary table is its session's own. Databases and accounts are refused to everyone.
fn needed_by(ddl: &Ddl) -> DdlRight {
    match ddl.kind {
        _ if ddl.is_temporary => DdlRight::None,
        DdlKind::Maintenance | DdlKind::Database | DdlKind::Account => DdlRight::None,
        DdlKind::DropTable | DdlKind::Truncate => DdlRight::All,
        DdlKind::CreateTable
        | DdlKind::AlterTable
        | DdlKind::RenameTable
        | DdlKind::CreateIndex
        | DdlKind::DropIndex
        | DdlKind::View
        | DdlKind::Routine
        | DdlKind::Other => DdlRight::Some,
    }
}

/// A text whose first word is not known may be a block, such as MariaDB's `BEGIN NOT ATOMIC`, with anything inside.
fn hides_ddl(input: &RouteInput<'_>) -> bool {
    const WORDS: &[&str] = &["CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "EXECUTE"];
    let is_word = |index: usize| {
        input.lexed.kind(index) == Some(TokenKind::Word)
            && word_of(input.text, input.lexed, index, WORDS).is_some()
            && !punct_is(input.lexed, index + 1, b'(')
    };
    (0..input.lexed.tokens.len()).any(is_word)
}
