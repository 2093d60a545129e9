//! SHOW.

use super::read_write;
use super::verb::Class;
use crate::sql::reader::Reader;
use crate::sql::statement::{Kind, ProxyStatement, Show, TableRef, Usage};

/// What follows SHOW and concerns no table: any node answers.
const SERVER: [&str; 17] = [
    "VARIABLES",
    "STATUS",
    "COLLATION",
    "CHARSET",
    "CHARACTER",
    "ENGINES",
    "STORAGE",
    "PLUGINS",
    "PRIVILEGES",
    "PROFILE",
    "PROFILES",
    "AUTHORS",
    "CONTRIBUTORS",
    "FUNCTION",
    "PROCEDURE",
    "PACKAGE",
    "CHAR",
];

/// Reads what follows SHOW.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Class> {
    if reader.take("SHARDGATE") {
        return Some(Class::plain(Kind::Proxy(ProxyStatement::ShowStatus(rest(
            reader,
        )))));
    }
    if reader.take_all(&["READWRITE_SPLITTING", "STATUS"]) {
        let members = ProxyStatement::ShowStatus("members".to_owned());
        return reader.is_done().then(|| Class::plain(Kind::Proxy(members)));
    }
    if reader.take_all(&["STATUS", "FROM", "READWRITE_SPLITTING"]) {
        return read_write::show(reader);
    }
    if reader.take("CREATE") {
        return create(reader);
    }
    if reader.take("COUNT") {
        return count(reader);
    }
    reader.take("EXTENDED");
    let is_full = reader.take("FULL");
    if let Some(class) = of_table(reader) {
        return class;
    }
    reader.take_any(&["GLOBAL", "SESSION", "LOCAL"]);
    let show = if reader.take_any(&["DATABASES", "SCHEMAS"]).is_some() {
        Show::Databases
    } else if reader.take("TABLES") || reader.take_all(&["OPEN", "TABLES"]) {
        Show::Tables {
            is_full,
            is_status: false,
            database: database(reader)?,
        }
    } else if reader.take_all(&["TABLE", "STATUS"]) {
        Show::Tables {
            is_full,
            is_status: true,
            database: database(reader)?,
        }
    } else if reader.take("WARNINGS") {
        Show::Warnings
    } else if reader.take("ERRORS") {
        Show::Errors
    } else if reader.take("PROCESSLIST") {
        Show::ProcessList
    } else if reader.is_any(&SERVER) {
        Show::Server
    } else {
        Show::Other
    };
    Some(Class::plain(Kind::Show(show)))
}

/// `COUNT(*) WARNINGS`
fn count(reader: &mut Reader<'_>) -> Option<Class> {
    let is_counted = reader.take_punct(b'(') && reader.take_punct(b'*') && reader.take_punct(b')');
    let show = if is_counted && reader.take("WARNINGS") {
        Show::Warnings
    } else if is_counted && reader.take("ERRORS") {
        Show::Errors
    } else {
        return None;
    };
    Some(Class::plain(Kind::Show(show)))
}

/// `CREATE TABLE t`, `CREATE VIEW v`, `CREATE DATABASE d`
fn create(reader: &mut Reader<'_>) -> Option<Class> {
    if reader.take_any(&["TABLE", "VIEW"]).is_some() {
        return Some(Class::Said(
            Kind::Show(Show::OfTable),
            vec![reader.table(Usage::Read)?],
        ));
    }
    if reader.take_any(&["DATABASE", "SCHEMA"]).is_some() {
        reader.take_all(&["IF", "NOT", "EXISTS"]);
        return Some(Class::plain(Kind::Show(Show::CreateDatabase(
            reader.name()?.value,
        ))));
    }
    Some(Class::plain(Kind::Show(Show::Other)))
}

/// `COLUMNS | FIELDS | INDEX | INDEXES | KEYS FROM t [FROM db]`; the outer `None` if it is none of these.
fn of_table(reader: &mut Reader<'_>) -> Option<Option<Class>> {
    reader.take_any(&["COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS"])?;
    Some(named_table(reader).map(|table| Class::Said(Kind::Show(Show::OfTable), vec![table])))
}

fn named_table(reader: &mut Reader<'_>) -> Option<TableRef> {
    reader.take_any(&["FROM", "IN"])?;
    let mut table = reader.table(Usage::Read)?;
    if reader.take_any(&["FROM", "IN"]).is_some() {
        // the second clause wins over a qualifier, which then stays in the text: refuse to guess
        if table.schema.is_some() {
            return None;
        }
        let schema = reader.name()?;
        table.schema = Some(schema.value);
        table.schema_token = Some(schema.token);
    }
    Some(table)
}

/// `[FROM | IN db]`
fn database(reader: &mut Reader<'_>) -> Option<Option<String>> {
    if reader.take_any(&["FROM", "IN"]).is_none() {
        return Some(None);
    }
    reader.name().map(|name| Some(name.value))
}

/// The remaining words, lower-case, with single blanks.
fn rest(reader: &mut Reader<'_>) -> String {
    let mut words = Vec::new();
    while !reader.is_done() {
        words.push(String::from_utf8_lossy(reader.bytes()).to_ascii_lowercase());
        reader.at += 1;
    }
    words.join(" ")
}
