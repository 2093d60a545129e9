//! CREATE, ALTER, DROP, TRUNCATE, RENAME and table maintenance.

use super::table_ddl;
use super::verb::Class;
use crate::sql::reader::Reader;
use crate::sql::statement::{Ddl, DdlKind, Kind, TableRef, Usage};
use crate::sql::token::TokenKind;

/// Reads what follows one of the verbs.
pub(super) fn read(verb: &str, reader: &mut Reader<'_>) -> Option<Class> {
    match verb {
        "TRUNCATE" => {
            reader.take("TABLE");
            Some(said(
                plain(DdlKind::Truncate),
                vec![reader.table(Usage::Write)?],
            ))
        }
        "RENAME" => rename(reader),
        "DROP" if reader.take("PREPARE") => Some(Class::plain(Kind::Deallocate)),
        _ => object(verb, reader),
    }
}

/// `[NO_WRITE_TO_BINLOG | LOCAL] TABLE t, ...`
pub(super) fn maintenance(reader: &mut Reader<'_>) -> Option<Class> {
    reader.take_any(&["NO_WRITE_TO_BINLOG", "LOCAL"]);
    reader.take_any(&["TABLE", "TABLES", "VIEW"])?;
    let mut tables = Vec::new();
    reader.tables(Usage::Write, &mut tables)?;
    Some(said(plain(DdlKind::Maintenance), tables))
}

/// A DDL statement of a kind that says nothing more.
pub(super) fn plain(kind: DdlKind) -> Ddl {
    Ddl {
        kind,
        is_temporary: false,
        is_conditional: false,
        reads_tables: false,
        constraints: Vec::new(),
    }
}

/// A DDL statement with its tables in order of their tokens.
pub(super) fn said(ddl: Ddl, mut tables: Vec<TableRef>) -> Class {
    tables.sort_by_key(|table| table.name_token);
    Class::Said(Kind::Ddl(ddl), tables)
}

/// What may stand between CREATE / ALTER / DROP and the kind of object.
const BETWEEN: [&str; 16] = [
    "OR",
    "REPLACE",
    "ONLINE",
    "OFFLINE",
    "IGNORE",
    "UNIQUE",
    "FULLTEXT",
    "SPATIAL",
    "TEMPORARY",
    "AGGREGATE",
    "ALGORITHM",
    "SQL",
    "SECURITY",
    "DEFINER",
    "INVOKER",
    "UNDEFINED",
];

/// What CREATE, ALTER and DROP make, change or remove.
fn object(verb: &str, reader: &mut Reader<'_>) -> Option<Class> {
    let is_temporary = take_modifiers(reader);
    let word = reader.take_any(&[
        "TABLE",
        "TABLES",
        "INDEX",
        "VIEW",
        "PROCEDURE",
        "FUNCTION",
        "TRIGGER",
        "EVENT",
        "PACKAGE",
        "DATABASE",
        "SCHEMA",
        "USER",
        "ROLE",
    ]);
    let mut ddl = plain(match word {
        Some("TABLE" | "TABLES") => return table_ddl::read(verb, is_temporary, reader),
        Some("INDEX") => return index(verb, reader),
        Some("VIEW") => DdlKind::View,
        Some("PROCEDURE" | "FUNCTION" | "TRIGGER" | "EVENT" | "PACKAGE") => DdlKind::Routine,
        Some("DATABASE" | "SCHEMA") => DdlKind::Database,
        Some(_) => DdlKind::Account,
        None => DdlKind::Other,
    });
    ddl.is_temporary = is_temporary;
    ddl.is_conditional = take_condition(reader);
    let mut tables = Vec::new();
    match ddl.kind {
        DdlKind::View => {
            reader.tables(Usage::Write, &mut tables)?;
            ddl.reads_tables = verb != "DROP";
        }
        DdlKind::Routine => {
            ddl.reads_tables = verb != "DROP";
            tables.extend(trigger_table(word, verb, reader));
        }
        _ => {}
    }
    Some(said(ddl, tables))
}

/// Skips modifiers and their values up to the kind of object; tells whether TEMPORARY is among them.
fn take_modifiers(reader: &mut Reader<'_>) -> bool {
    let mut is_temporary = false;
    loop {
        is_temporary |= reader.is("TEMPORARY");
        if reader.take("DEFINER") {
            take_account(reader);
        } else if reader.take_any(&BETWEEN).is_some() {
            if reader.take_kind(TokenKind::Equal) {
                reader.at += 1;
            }
        } else {
            return is_temporary;
        }
    }
}

/// `= user@host`, `= CURRENT_USER()`
fn take_account(reader: &mut Reader<'_>) {
    reader.take_kind(TokenKind::Equal);
    reader.at += 1;
    reader.take_kind(TokenKind::UserVariable);
    if reader.take_punct(b'(') {
        reader.take_punct(b')');
    }
}

/// `IF EXISTS`, `IF NOT EXISTS`
pub(super) fn take_condition(reader: &mut Reader<'_>) -> bool {
    reader.take_all(&["IF", "EXISTS"]) || reader.take_all(&["IF", "NOT", "EXISTS"])
}

/// The table behind a trigger's ON.
fn trigger_table(word: Option<&str>, verb: &str, reader: &mut Reader<'_>) -> Option<TableRef> {
    if word != Some("TRIGGER") || verb != "CREATE" {
        return None;
    }
    while !reader.is_done() && !reader.take("ON") {
        reader.at += 1;
    }
    reader.table(Usage::Write)
}

/// `INDEX [IF EXISTS] name [USING BTREE] ON t ...`
fn index(verb: &str, reader: &mut Reader<'_>) -> Option<Class> {
    let mut ddl = plain(if verb == "DROP" {
        DdlKind::DropIndex
    } else {
        DdlKind::CreateIndex
    });
    ddl.is_conditional = take_condition(reader);
    reader.name()?;
    while !reader.is_done() && !reader.take("ON") {
        reader.at += 1;
    }
    Some(said(ddl, vec![reader.table(Usage::Write)?]))
}

/// `RENAME TABLE a TO b, c TO d`, `RENAME USER`
fn rename(reader: &mut Reader<'_>) -> Option<Class> {
    if reader.take("USER") {
        return Some(said(plain(DdlKind::Account), Vec::new()));
    }
    reader.take_any(&["TABLE", "TABLES"])?;
    let mut ddl = plain(DdlKind::RenameTable);
    ddl.is_conditional = take_condition(reader);
    let mut tables = Vec::new();
    loop {
        tables.push(reader.table(Usage::Write)?);
        table_ddl::take_wait(reader);
        reader.take("TO").then_some(())?;
        tables.push(reader.table(Usage::Write)?);
        if !reader.take_punct(b',') {
            break;
        }
    }
    reader.is_done().then(|| said(ddl, tables))
}
