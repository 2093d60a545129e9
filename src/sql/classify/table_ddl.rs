//! CREATE TABLE, ALTER TABLE and DROP TABLE: every table they name, and the constraints.

use super::ddl::{plain, said, take_condition};
use super::verb::Class;
use crate::sql::reader::Reader;
use crate::sql::statement::{Ddl, DdlKind, TableRef, Usage};
use crate::sql::token::TokenKind;

/// Reads what follows `CREATE TABLE`, `ALTER TABLE` or `DROP TABLE`.
pub(super) fn read(verb: &str, is_temporary: bool, reader: &mut Reader<'_>) -> Option<Class> {
    let mut ddl = plain(match verb {
        "CREATE" => DdlKind::CreateTable,
        "ALTER" => DdlKind::AlterTable,
        _ => DdlKind::DropTable,
    });
    ddl.is_temporary = is_temporary;
    ddl.is_conditional = take_condition(reader);
    let mut tables = Vec::new();
    if ddl.kind == DdlKind::DropTable {
        reader.tables(Usage::Write, &mut tables)?;
        take_wait(reader);
        reader.take_any(&["RESTRICT", "CASCADE"]);
        return reader.is_done().then(|| said(ddl, tables));
    }
    tables.push(reader.table(Usage::Write)?);
    take_wait(reader);
    if ddl.kind == DdlKind::CreateTable {
        like(reader, &mut ddl, &mut tables)?;
    }
    while !reader.is_done() {
        clause(reader, &mut ddl, &mut tables)?;
    }
    Some(said(ddl, tables))
}

/// MariaDB's `WAIT n` and `NOWAIT`.
pub(super) fn take_wait(reader: &mut Reader<'_>) {
    if reader.is("WAIT") && reader.kind_at(reader.at + 1) == Some(TokenKind::Integer) {
        reader.at += 2;
    } else {
        reader.take("NOWAIT");
    }
}

/// `LIKE t`, `(LIKE t)`
fn like(reader: &mut Reader<'_>, ddl: &mut Ddl, tables: &mut Vec<TableRef>) -> Option<()> {
    let is_in_parenthesis = reader.is_punct(b'(') && reader.is_at(reader.at + 1, "LIKE");
    reader.at += usize::from(is_in_parenthesis);
    if reader.take("LIKE") {
        ddl.reads_tables = true;
        tables.push(reader.table(Usage::Read)?);
    }
    Some(())
}

/// One token, or the table or constraint that it announces.
fn clause(reader: &mut Reader<'_>, ddl: &mut Ddl, tables: &mut Vec<TableRef>) -> Option<()> {
    let is_alter = ddl.kind == DdlKind::AlterTable;
    let follows_point =
        reader.at > 0 && matches!(reader.kind_at(reader.at - 1), Some(TokenKind::Punct(b'.')));
    if reader.kind() != Some(TokenKind::Word) || follows_point {
        reader.at += 1;
    } else if reader.take("REFERENCES") {
        tables.extend(reader.table(Usage::Read));
    } else if reader.take("CONSTRAINT") {
        constraint(reader, ddl);
    } else if is_alter && reader.is_any(&["DROP", "ALTER"]) {
        dropped_constraint(reader, ddl);
    } else if is_alter && reader.take("RENAME") {
        renamed(reader, tables)?;
    } else if is_alter && reader.take_all(&["WITH", "TABLE"]) {
        tables.push(reader.table(Usage::Write)?);
    } else if reader.is("UNION") && union_list(reader, tables).is_some() {
        ddl.reads_tables = true;
    } else {
        let is_query = reader.is_any(&["SELECT", "TABLE"])
            || (reader.is("VALUES")
                && reader.at > 0
                && !reader.is_any_at(reader.at + 1, &["LESS", "IN"]));
        ddl.reads_tables |= is_query && !is_alter;
        reader.at += 1;
    }
    Some(())
}

/// `CONSTRAINT [name] FOREIGN KEY | CHECK`; names of keys are not unique in a schema and are left.
fn constraint(reader: &mut Reader<'_>, ddl: &mut Ddl) {
    reader.take_all(&["IF", "NOT", "EXISTS"]);
    if reader.is_any(&["FOREIGN", "CHECK", "PRIMARY", "UNIQUE"]) {
        return;
    }
    let Some(name) = reader.name() else { return };
    if reader.is_any(&["FOREIGN", "CHECK"]) {
        ddl.constraints.push((name.value, name.token));
    }
}

/// `DROP FOREIGN KEY | CHECK | CONSTRAINT name`, `ALTER CHECK | CONSTRAINT name`
fn dropped_constraint(reader: &mut Reader<'_>, ddl: &mut Ddl) {
    reader.at += 1;
    if !reader.take_all(&["FOREIGN", "KEY"]) && reader.take_any(&["CHECK", "CONSTRAINT"]).is_none()
    {
        return;
    }
    take_condition(reader);
    if let Some(name) = reader.name() {
        ddl.constraints.push((name.value, name.token));
    }
}

/// `RENAME [TO | AS] t`, not `RENAME COLUMN | INDEX | KEY a TO b`
fn renamed(reader: &mut Reader<'_>, tables: &mut Vec<TableRef>) -> Option<()> {
    let is_table = reader.take_any(&["TO", "AS"]).is_some() || reader.take_kind(TokenKind::Equal);
    if is_table || !reader.is_any(&["COLUMN", "INDEX", "KEY"]) {
        tables.push(reader.table(Usage::Write)?);
    }
    Some(())
}

/// `UNION = (t1, t2)` of a MERGE table.
fn union_list(reader: &mut Reader<'_>, tables: &mut Vec<TableRef>) -> Option<()> {
    let mut ahead = reader.clone();
    ahead.at += 1;
    ahead.take_kind(TokenKind::Equal);
    ahead.take_punct(b'(').then_some(())?;
    let known = tables.len();
    if ahead.tables(Usage::Read, tables).is_none() {
        tables.truncate(known);
        return None;
    }
    reader.at = ahead.at;
    Some(())
}
