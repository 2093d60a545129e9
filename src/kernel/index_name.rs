//! Index names that an older ShardingSphere made: `idx` as `idx_inv_stock_3` (contract 10.3).

use crate::rewrite::{self, Edit, ExecutionUnit};
use crate::sql::{DdlKind, Kind, TokenKind, name_value, word_is, word_of};

use super::walk::Job;

/// The text for `unit` in which every index that is dropped has the actual table's name behind its own; `None` where
/// none is dropped.
pub(super) fn suffixed(job: &Job<'_>, unit: &ExecutionUnit) -> Option<String> {
    let Kind::Ddl(ddl) = &job.statement.kind else {
        return None;
    };
    if !matches!(ddl.kind, DdlKind::DropIndex | DdlKind::AlterTable) {
        return None;
    }
    let (actual, _) = unit.names.first()?;
    let mut edits = unit.edits.each(job.lexed).into_owned();
    let before = edits.len();
    for index in dropped(job) {
        let token = job.lexed.tokens.get(index)?;
        let name = name_value(job.lexed.bytes(job.text, index));
        let with = format!("`{}`", format!("{name}_{actual}").replace('`', "``")).into_bytes();
        edits.push(Edit {
            range: token.start as usize..token.end as usize,
            with,
        });
    }
    if edits.len() == before {
        return None;
    }
    edits.sort_by_key(|edit| edit.range.start);
    let mut sql = Vec::new();
    rewrite::apply(job.text, &edits, &mut sql);
    String::from_utf8(sql).ok()
}

/// Tokens of the names behind DROP INDEX and DROP KEY.
fn dropped(job: &Job<'_>) -> Vec<usize> {
    let is_drop = |index: usize| {
        word_is(job.text, job.lexed, index, "DROP")
            && word_of(job.text, job.lexed, index + 1, &["INDEX", "KEY"]).is_some()
    };
    let name = |index: usize| {
        let is_conditional = word_is(job.text, job.lexed, index, "IF")
            && word_is(job.text, job.lexed, index + 1, "EXISTS");
        let at = if is_conditional { index + 2 } else { index };
        matches!(job.lexed.kind(at)?, TokenKind::Word | TokenKind::QuotedName).then_some(at)
    };
    (0..job.lexed.tokens.len())
        .filter(|index| is_drop(*index))
        .filter_map(|index| name(index + 2))
        .collect()
}
