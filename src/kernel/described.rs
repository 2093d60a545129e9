//! SHOW CREATE TABLE, SHOW INDEX and their like: answered by one node, with names edited in the rows (contract 10.1).

use crate::backend::QueryResult;
use crate::execute::{Downstream, Place};
use crate::protocol::TextResult;
use crate::rewrite::ExecutionUnit;

use super::error::Failure;
use super::routed::{Routed, render};
use super::session_context::SessionContext;
use super::walk::{Job, Kernel};

impl Kernel {
    pub(super) async fn described<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let place = Place { database: std::sync::Arc::clone(&routed.database.name), source: unit.source };
        let mut held = self.held(job, routed, &place, session).await?;
        let mut sql = Vec::new();
        render(job, unit, session, &mut sql);
        let result = held.guard.query_bytes(&sql).await;
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                let is_fatal = error.is_fatal();
                let failure = match Failure::from(error) {
                    Failure::Answer { packet, outcome, keeps_warnings } => {
                        Failure::Answer { packet: self.edited(packet, routed, unit), outcome, keeps_warnings }
                    }
                    gone @ Failure::Gone(_) => gone,
                };
                if !is_fatal {
                    session.transaction.settle(held);
                }
                return Err(failure);
            }
        };
        session.transaction.settle(held);
        session.diagnostics.clear();
        Self::answer_result(job, session, client, &logical(result, routed, unit));
        Ok(())
    }
}

fn logical(result: QueryResult, routed: &Routed, unit: &ExecutionUnit) -> TextResult {
    let schemas = routed.database.schema_names(unit.source);
    let QueryResult { mut columns, mut rows, .. } = result;
    for column in &mut columns {
        for name in [&mut column.schema, &mut column.table, &mut column.org_table] {
            for (actual, logical) in schemas.iter().chain(&unit.names) {
                if name.eq_ignore_ascii_case(actual.as_bytes()) {
                    *name = logical.clone().into_bytes();
                }
            }
        }
    }
    let is_definition: Vec<bool> = columns.iter().map(|column| column.name.starts_with(b"Create ")).collect();
    for row in &mut rows {
        for (value, is_definition) in row.iter_mut().zip(&is_definition) {
            let Some(value) = value else { continue };
            for (actual, logical) in &unit.names {
                if value.eq_ignore_ascii_case(actual.as_bytes()) {
                    *value = logical.clone().into_bytes();
                } else if *is_definition {
                    *value = definition(value, actual, logical);
                }
            }
        }
    }
    TextResult { columns, rows }
}

/// The text of SHOW CREATE TABLE with the table's own name, the names of other actual tables and the suffix of
/// constraint names edited; only names in backticks are touched, never comments or defaults.
fn definition(text: &[u8], actual: &str, logical: &str) -> Vec<u8> {
    let mut edited = Vec::with_capacity(text.len());
    let suffix = format!("_{actual}");
    let mut rest = text;
    while let Some((head, name, tail)) = next_name(rest) {
        edited.extend_from_slice(head);
        edited.push(b'`');
        if name.eq_ignore_ascii_case(actual.as_bytes()) {
            edited.extend_from_slice(logical.as_bytes());
        } else if edited.ends_with(b"CONSTRAINT `") && name.ends_with(suffix.as_bytes()) {
            edited.extend_from_slice(name.get(..name.len() - suffix.len()).unwrap_or(name));
        } else {
            edited.extend_from_slice(name);
        }
        edited.push(b'`');
        rest = tail;
    }
    edited.extend_from_slice(rest);
    edited
}

/// The next name in backticks outside of strings: what stands before, the name, what stands behind.
fn next_name(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\'' => at = end_of_string(text, at),
            b'`' => {
                let len = text.get(at + 1..)?.iter().position(|byte| *byte == b'`')?;
                return Some((text.get(..at)?, text.get(at + 1..at + 1 + len)?, text.get(at + len + 2..)?));
            }
            _ => at += 1,
        }
    }
    None
}

fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\'' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::definition;

    #[test]
    fn names_are_edited_but_strings_are_not() {
        let text = b"CREATE TABLE `inv_stock_3` (\n  `a` int COMMENT 'of `inv_stock_3`',\n  \
            CONSTRAINT `ck1_inv_stock_3` CHECK (`a` > 0)\n)";
        let edited = String::from_utf8(definition(text, "inv_stock_3", "inv_stock")).unwrap();
        assert!(edited.starts_with("CREATE TABLE `inv_stock` ("), "{edited}");
        assert!(edited.contains("COMMENT 'of `inv_stock_3`'"), "{edited}");
        assert!(edited.contains("CONSTRAINT `ck1` CHECK"), "{edited}");
    }
}
