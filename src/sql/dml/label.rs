//! Items of a SELECT list that the server names by their text, where that text names a table.

use super::skip::skip_select_modifiers;
use super::source::{Clear, token_index};
use super::stream::token_at;
use super::walk::Walk;
use crate::sql::statement::BlockKind;
use sqlparser::ast::{Expr, Select, SelectItem};

/// Words that end a SELECT list.
const ENDS: [&str; 16] = [
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "INTO",
    "FOR",
    "LOCK",
    "WINDOW",
    "PROCEDURE",
    "OFFSET",
    "FETCH",
];

impl Walk<'_> {
    /// Walks the SELECT list of `select` and notes which items are labels.
    pub(super) fn select_list(&mut self, select: &Select, block: u16) -> Clear<()> {
        let mut named = Vec::new();
        for (position, item) in select.projection.iter().enumerate() {
            let before = self.tables.len() + self.qualifiers.len();
            self.select_item(item, block)?;
            if before < self.tables.len() + self.qualifiers.len() && is_named_by_text(item) {
                named.push(position);
            }
        }
        let kind = self.blocks.get(usize::from(block)).map(|block| block.kind);
        // no one sees the columns of a sub-query, and those of a later arm are named by the first
        if named.is_empty() || matches!(kind, Some(BlockKind::SubQuery | BlockKind::SetArm)) {
            return Ok(());
        }
        let Some(token) = token_at(select.select_token.0.span) else {
            return Ok(());
        };
        let spans = self.item_spans(token)?;
        if spans.len() != select.projection.len() {
            return Ok(());
        }
        for (first, last) in named.iter().filter_map(|&position| spans.get(position)) {
            self.labels
                .push((token_index(*first)?, token_index(*last)?));
        }
        Ok(())
    }

    /// First and last token of each item behind the SELECT at `token`.
    fn item_spans(&self, token: usize) -> Clear<Vec<(usize, usize)>> {
        let source = self.source;
        let (mut first, _) = skip_select_modifiers(source, token + 1);
        let mut spans = Vec::new();
        let mut at = first;
        loop {
            let is_end = at >= source.end || source.is_punct(at, b')') || source.is_any(at, &ENDS);
            if is_end || source.is_punct(at, b',') {
                spans.push((first, at.saturating_sub(1)));
                first = at + 1;
            } else if source.is_punct(at, b'(') {
                at = self.layout.partner(at)?;
            }
            if is_end {
                return Ok(spans);
            }
            at += 1;
        }
    }
}

/// A column keeps its own name, whatever stands before it.
fn is_named_by_text(item: &SelectItem) -> bool {
    let SelectItem::UnnamedExpr(expression) = item else {
        return false;
    };
    let mut at = expression;
    while let Expr::Nested(inner) = at {
        at = inner;
    }
    !matches!(at, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}
