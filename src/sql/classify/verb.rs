//! The first word decides who reads the rest.

use super::{account, ddl, explain, read_write, set, show, transaction};
use crate::sql::reader::Reader;
use crate::sql::statement::{Kind, ProxyStatement, TableRef, Usage};
use crate::sql::token::{Lexed, SqlMode, TokenKind};
use std::ops::Range;

/// Who says what a statement is.
#[derive(Debug)]
pub(in crate::sql) enum Class {
    /// SELECT, INSERT, REPLACE, UPDATE, DELETE, WITH, TABLE, VALUES or a parenthesis: its shape must be read.
    Dml,
    /// EXPLAIN of such a one.
    Explain {
        /// First token of the explained statement.
        first: usize,
        /// It runs.
        is_analyze: bool,
    },
    /// A statement behind a prefix that changes neither how it reads nor which rows it means.
    Behind {
        /// First token of the statement.
        first: usize,
    },
    /// Said here, with its tables.
    Said(Kind, Vec<TableRef>),
}

impl Class {
    /// A statement without tables.
    pub(super) fn plain(kind: Kind) -> Self {
        Self::Said(kind, Vec::new())
    }

    /// `None` means that the statement's words are not in an order that is known.
    fn or_not_understood(read: Option<Self>, verb: &str) -> Self {
        read.unwrap_or_else(|| {
            Self::plain(Kind::NotUnderstood(format!(
                "{verb} statement of an unknown form"
            )))
        })
    }
}

/// Classifies the statement in a range of tokens.
pub(in crate::sql) fn classify(
    text: &[u8],
    lexed: &Lexed,
    range: &Range<usize>,
    mode: SqlMode,
) -> Class {
    let mut reader = Reader::new(text, lexed, range, mode);
    if reader.is_done() {
        return Class::plain(Kind::Empty);
    }
    if reader.is_punct(b'(') || starts_dml(&reader) {
        return Class::Dml;
    }
    let verb = String::from_utf8_lossy(reader.bytes()).to_ascii_uppercase();
    if reader.kind() != Some(TokenKind::Word) {
        return Class::plain(Kind::Unknown);
    }
    reader.at += 1;
    let read = read(&verb, &mut reader);
    Class::or_not_understood(read, &verb)
}

/// The next word is that of a data statement.
pub(super) fn starts_dml(reader: &Reader<'_>) -> bool {
    reader.is_any(&[
        "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "TABLE", "VALUES",
    ])
}

fn read(verb: &str, reader: &mut Reader<'_>) -> Option<Class> {
    match verb {
        "SET" => set::read(reader),
        "SHOW" => show::read(reader),
        "BEGIN" | "START" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => {
            transaction::read(verb, reader)
        }
        "DESCRIBE" | "DESC" | "EXPLAIN" => explain::read(verb, reader),
        "ANALYZE" => explain::read_analyze(reader),
        "ALTER" if reader.take_all(&["READWRITE_SPLITTING", "RULE"]) => read_write::alter(reader),
        "CREATE" | "ALTER" | "DROP" | "TRUNCATE" | "RENAME" => ddl::read(verb, reader),
        "OPTIMIZE" | "CHECK" | "CHECKSUM" | "REPAIR" => ddl::maintenance(reader),
        "GRANT" | "REVOKE" => Some(account::grant()),
        "LOCK" | "UNLOCK" => lock(verb, reader),
        "LOAD" => load(reader),
        "HANDLER" => Some(Class::Said(Kind::Handler, vec![reader.table(Usage::Read)?])),
        "KILL" => kill(reader),
        _ => short(verb, reader),
    }
}

/// Verbs of which only the word matters.
fn short(verb: &str, reader: &mut Reader<'_>) -> Option<Class> {
    let kind = match verb {
        "USE" => Kind::Use(only(reader)?),
        "CALL" => Kind::Call,
        "DO" => Kind::Do,
        "PREPARE" => Kind::Prepare,
        "EXECUTE" => Kind::Execute,
        "DEALLOCATE" => Kind::Deallocate,
        "XA" => Kind::Xa,
        "PREVIEW" if !reader.is_done() => Kind::Proxy(ProxyStatement::Preview {
            first_token: reader.token(),
            is_route: false,
        }),
        "REFRESH" if reader.take_all(&["TABLE", "METADATA"]) => {
            Kind::Proxy(ProxyStatement::RefreshTableMetadata)
        }
        "CLOSE" if reader.take_all(&["KEY", "FUSE"]) => Kind::Proxy(ProxyStatement::CloseKeyFuse),
        "ENABLE" | "DISABLE" if reader.take("MEMBER") => Kind::Proxy(ProxyStatement::SetMember {
            group: None,
            name: only(reader)?,
            database: None,
            is_disabled: verb == "DISABLE",
        }),
        "FLUSH" | "RESET" | "PURGE" | "CHANGE" | "STOP" | "SHUTDOWN" | "RESTART" | "INSTALL"
        | "UNINSTALL" | "CLONE" | "BINLOG" | "IMPORT" | "CACHE" | "BACKUP" => Kind::Administrative,
        _ => Kind::Unknown,
    };
    Some(Class::plain(kind))
}

/// A single name up to the end.
pub(super) fn only(reader: &mut Reader<'_>) -> Option<String> {
    let name = reader.name()?.value;
    reader.is_done().then_some(name)
}

fn lock(verb: &str, reader: &mut Reader<'_>) -> Option<Class> {
    if reader.take("INSTANCE") {
        return Some(Class::plain(Kind::Administrative));
    }
    reader.take_any(&["TABLES", "TABLE"])?;
    if verb == "UNLOCK" {
        return reader.is_done().then(|| Class::plain(Kind::UnlockTables));
    }
    let mut tables = Vec::new();
    loop {
        tables.push(locked_table(reader)?);
        if !reader.take_punct(b',') {
            break;
        }
    }
    Some(Class::Said(Kind::LockTables, tables))
}

/// `t [AS] a READ [LOCAL]`, `t [LOW_PRIORITY | CONCURRENT] WRITE`
fn locked_table(reader: &mut Reader<'_>) -> Option<TableRef> {
    let mut table = reader.table(Usage::Read)?;
    table.takes_alias = true;
    if reader.take("AS") || !reader.is_any(&["READ", "WRITE", "LOW_PRIORITY", "CONCURRENT"]) {
        table.alias = Some(reader.name()?.value);
    }
    reader.take_any(&["LOW_PRIORITY", "CONCURRENT"]);
    if reader.take_any(&["READ", "WRITE"])? == "WRITE" {
        table.usage = Usage::Write;
    } else {
        reader.take("LOCAL");
    }
    Some(table)
}

/// `LOAD DATA | XML [LOW_PRIORITY | CONCURRENT] [LOCAL] INFILE 'x' [REPLACE | IGNORE] INTO TABLE t`
fn load(reader: &mut Reader<'_>) -> Option<Class> {
    if reader.take("INDEX") {
        return Some(Class::plain(Kind::Administrative));
    }
    reader.take_any(&["DATA", "XML"])?;
    reader.take_any(&["LOW_PRIORITY", "CONCURRENT"]);
    let is_local = reader.take("LOCAL");
    while !reader.is_done() && !reader.take_all(&["INTO", "TABLE"]) {
        reader.at += 1;
    }
    let table = reader.table(Usage::Write)?;
    Some(Class::Said(Kind::LoadData { is_local }, vec![table]))
}

/// `KILL [HARD | SOFT] [CONNECTION | QUERY [ID]] id`
fn kill(reader: &mut Reader<'_>) -> Option<Class> {
    reader.take_any(&["HARD", "SOFT"]);
    let is_query = reader.take_any(&["CONNECTION", "QUERY"]) == Some("QUERY");
    let is_last = reader.at + 1 == reader.end;
    let digits = std::str::from_utf8(reader.bytes()).ok()?;
    let id = match reader.kind()? {
        TokenKind::Integer if is_last => digits.parse().ok(),
        _ => None,
    };
    Some(Class::plain(Kind::Kill { is_query, id }))
}
