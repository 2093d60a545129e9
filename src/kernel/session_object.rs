//! Temporary tables and open HANDLERs keep a session on their connection, and the last one that goes sets it free.

use crate::execute::{Held, Pins};
use crate::sql::{DdlKind, Kind, TableRef, word_is};

use super::walk::Job;

/// A name that no statement gives back: the connection is kept until the session ends.
const UNKNOWN: &str = "?";

/// Takes over what a statement that went well has made or dropped; `schema` is the session's.
pub(super) fn learn(job: &Job<'_>, held: &mut Held, schema: Option<&str>) {
    match &job.statement.kind {
        Kind::Ddl(ddl) => match ddl.kind {
            DdlKind::CreateTable if ddl.is_temporary => {
                let table = job.statement.tables.first();
                let name = table.map_or_else(|| UNKNOWN.to_owned(), |table| name(table, schema));
                held.pins.insert(Pins::TEMPORARY_TABLE);
                held.temporary_tables.push(name);
            }
            DdlKind::DropTable if held.pins.contains(Pins::TEMPORARY_TABLE) => {
                for table in &job.statement.tables {
                    let name = name(table, schema);
                    held.temporary_tables.retain(|known| *known != name);
                }
                if held.temporary_tables.is_empty() {
                    held.pins.remove(Pins::TEMPORARY_TABLE);
                }
            }
            // it may have been given another name
            DdlKind::AlterTable | DdlKind::RenameTable
                if held.pins.contains(Pins::TEMPORARY_TABLE) =>
            {
                held.temporary_tables.push(UNKNOWN.to_owned());
            }
            _ => {}
        },
        Kind::Handler => learn_cursor(job, held),
        _ => {}
    }
}

/// As it is spelled: some servers tell names apart by case, and one that is not found only keeps its connection.
fn name(table: &TableRef, schema: Option<&str>) -> String {
    let schema = table.schema.as_deref().or(schema).unwrap_or_default();
    format!("{schema}.{}", table.name)
}

fn learn_cursor(job: &Job<'_>, held: &mut Held) {
    let Some(table) = job.statement.tables.first() else {
        return;
    };
    let behind = table.name_token as usize + 1;
    let is = |index: usize, word: &str| word_is(job.text, job.lexed, index, word);
    if is(behind, "OPEN") {
        let alias = match job.lexed.tokens.len().checked_sub(1) {
            Some(last) if last > behind => {
                crate::sql::name_value(job.lexed.bytes(job.text, last)).into_owned()
            }
            _ => table.name.clone(),
        };
        held.pins.insert(Pins::HANDLER);
        held.handlers.push(alias.to_lowercase());
    } else if is(behind, "CLOSE") {
        let name = table.name.to_lowercase();
        held.handlers.retain(|known| *known != name);
        if held.handlers.is_empty() {
            held.pins.remove(Pins::HANDLER);
        }
    }
}
