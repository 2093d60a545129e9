//! Everything a driver shows of a statement's answer, in a form that compares.

use std::io;

use mysql::prelude::Queryable;
use mysql::{Column, Conn, Error, Row, Value};

/// All results of one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub sets: Vec<Set>,
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// Schema, table, original table, name, original name, type, flags, charset, length, decimals.
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
    pub affected: u64,
    pub insert_id: Option<u64>,
    pub warnings: u16,
    pub info: String,
}

/// An error packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub state: String,
    pub message: String,
}

/// Why a statement has no answer.
#[derive(Debug)]
pub enum Fault {
    Refused(Refusal),
    /// The connection is of no use any more.
    Broken(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Broken(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        match error {
            Error::MySqlError(error) => Fault::Refused(Refusal {
                code: error.code,
                state: error.state,
                message: error.message,
            }),
            other => Fault::Broken(io::Error::other(other)),
        }
    }
}

/// Runs a statement; a broken connection panics.
pub fn ask(conn: &mut Conn, sql: impl AsRef<str>) -> Result<Answer, Refusal> {
    let refused = |error: Error| match Fault::from(error) {
        Fault::Refused(refusal) => refusal,
        Fault::Broken(error) => panic!("{}: {error}", sql.as_ref()),
    };
    let mut result = conn.query_iter(sql.as_ref()).map_err(refused)?;
    let mut sets = Vec::new();
    while let Some(mut set) = result.iter() {
        // the driver forgets an OK packet's fields once the set is read
        let mut answer = Set {
            columns: set.columns().as_ref().iter().map(describe).collect(),
            rows: Vec::new(),
            affected: set.affected_rows(),
            insert_id: set.last_insert_id(),
            warnings: set.warnings(),
            info: set.info_str().into_owned(),
        };
        let rows: Result<Vec<Vec<Value>>, Error> =
            set.by_ref().map(|row| row.map(Row::unwrap)).collect();
        answer.rows = rows.map_err(refused)?;
        sets.push(answer);
    }
    drop(result);
    // and a set with rows tells its warnings only at its end
    if let Some(last) = sets.last_mut() {
        last.warnings = conn.warnings();
    }
    Ok(Answer { sets })
}

/// Runs a statement that must be refused.
pub fn refusal(conn: &mut Conn, sql: &str) -> Refusal {
    match ask(conn, sql) {
        Ok(answer) => panic!("{sql}: was answered: {answer:?}"),
        Err(refusal) => refusal,
    }
}

/// The rows of a statement's first result as text; NULL is `NULL`.
pub fn rows(conn: &mut Conn, sql: &str) -> Vec<Vec<String>> {
    let answer = ask(conn, sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
    let set = answer.sets.into_iter().next();
    set.map_or_else(Vec::new, |set| {
        set.rows
            .iter()
            .map(|row| row.iter().map(render).collect())
            .collect()
    })
}

/// The first value of a statement's answer.
pub fn value(conn: &mut Conn, sql: &str) -> String {
    rows(conn, sql)
        .into_iter()
        .flatten()
        .next()
        .unwrap_or_else(|| panic!("{sql}: no row"))
}

/// The first value of a statement's answer as a number.
pub fn number(conn: &mut Conn, sql: &str) -> i64 {
    value(conn, sql)
        .parse()
        .unwrap_or_else(|_| panic!("{sql}: not a number"))
}

impl Answer {
    /// Affected rows of the first result.
    pub fn affected(&self) -> u64 {
        self.sets[0].affected
    }

    /// Insert id of the first result.
    pub fn insert_id(&self) -> u64 {
        self.sets[0].insert_id.unwrap_or(0)
    }
}

/// A value as text; NULL is `NULL`.
pub fn render(value: &Value) -> String {
    match value {
        Value::NULL => "NULL".to_owned(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    }
}

fn describe(column: &Column) -> String {
    format!(
        "{}.{} ({}) {} ({}): {:?} {:?} charset {} length {} decimals {}",
        column.schema_str(),
        column.table_str(),
        column.org_table_str(),
        column.name_str(),
        column.org_name_str(),
        column.column_type(),
        column.flags(),
        column.character_set(),
        column.column_length(),
        column.decimals(),
    )
}
