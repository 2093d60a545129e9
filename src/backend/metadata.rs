//! What a server says of its tables and of itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::conn::Conn;
use super::error::ConnError;
use super::query::QueryResult;
use crate::model::{Column, ColumnKind, Moments, TableSchema};

/// Server variables that the proxy asks for at start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFacts {
    /// `@@version`
    pub version: String,
    /// `@@lower_case_table_names`: 0 = names keep and compare case, 1 = stored in lower case,
    /// 2 = kept, compared without case.
    pub lower_case_table_names: u8,
    /// `@@max_allowed_packet` in bytes.
    pub max_allowed_packet: u64,
    /// `@@global.read_only`
    pub is_read_only: bool,
    /// `@@global.sql_mode`, what a session starts with.
    pub sql_mode: String,
    /// `@@global.collation_server`
    pub collation_server: String,
    /// `@@global.time_zone`
    pub time_zone: String,
}

/// Reads the server variables.
///
/// # Errors
/// As [`Conn::query`].
pub async fn load_server_facts(conn: &mut Conn) -> Result<ServerFacts, ConnError> {
    let answer = conn
        .query(
            "SELECT @@version, @@lower_case_table_names, @@max_allowed_packet, @@global.read_only, \
             @@global.sql_mode, @@global.collation_server, @@global.time_zone",
        )
        .await?;
    let text = |column| answer.text(0, column).unwrap_or_default();
    Ok(ServerFacts {
        version: text(0).to_owned(),
        lower_case_table_names: text(1).parse().unwrap_or_default(),
        max_allowed_packet: text(2).parse().unwrap_or_default(),
        is_read_only: matches!(text(3), "1" | "ON"),
        sql_mode: text(4).to_owned(),
        collation_server: text(5).to_owned(),
        time_zone: text(6).to_owned(),
    })
}

/// Names of the base tables of a schema, sorted, as the server spells them.
///
/// # Errors
/// As [`Conn::query`].
pub async fn list_tables(conn: &mut Conn, schema: &str) -> Result<Vec<Arc<str>>, ConnError> {
    let sql = format!(
        "SELECT table_name FROM information_schema.tables \
         WHERE table_schema = {} AND table_type = 'BASE TABLE' ORDER BY table_name",
        literal(schema)
    );
    let answer = conn.query(&sql).await?;
    Ok((0..answer.rows.len())
        .filter_map(|row| answer.text(row, 0).map(Arc::from))
        .collect())
}

/// Columns of the named tables of a schema, or of all its tables and views if `tables` is empty;
/// a table that does not exist is left out.
///
/// # Errors
/// As [`Conn::query`].
pub async fn load_columns(
    conn: &mut Conn,
    schema: &str,
    tables: &[&str],
) -> Result<BTreeMap<Arc<str>, TableSchema>, ConnError> {
    let mut sql = format!(
        "SELECT table_name, column_name, data_type, column_type, collation_name, extra \
         FROM information_schema.columns WHERE table_schema = {}",
        literal(schema)
    );
    if !tables.is_empty() {
        let names: Vec<String> = tables.iter().map(|table| literal(table)).collect();
        sql.push_str(&format!(" AND table_name IN ({})", names.join(",")));
    }
    sql.push_str(" ORDER BY table_name, ordinal_position");
    let answer = conn.query(&sql).await?;
    let mut schemas = BTreeMap::<Arc<str>, TableSchema>::new();
    for row in 0..answer.rows.len() {
        let table = answer.text(row, 0).unwrap_or_default();
        schemas
            .entry(Arc::from(table))
            .or_default()
            .columns
            .push(column(&answer, row));
    }
    let triggers = conn
        .query(&format!(
            "SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE trigger_schema = {}",
            literal(schema)
        ))
        .await?;
    for row in 0..triggers.rows.len() {
        if let Some(table) = triggers.text(row, 0).and_then(|name| schemas.get_mut(name)) {
            table.has_triggers = true;
        }
    }
    Ok(schemas)
}

/// The primary key and the types of one table, as the server tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableColumns {
    /// Columns of the primary key in its order; empty without one.
    pub primary: Vec<String>,
    /// Name, type (`bigint`) and kind of each column; empty if there is no such table.
    pub types: Vec<(String, String, ColumnKind)>,
}

/// The primary key and the columns of one table.
///
/// # Errors
/// As [`Conn::query`].
pub async fn load_key(
    conn: &mut Conn,
    schema: &str,
    table: &str,
) -> Result<TableColumns, ConnError> {
    let of_table = format!(
        "table_schema = {} AND table_name = {}",
        literal(schema),
        literal(table)
    );
    let columns = conn
        .query(&format!(
            "SELECT column_name, data_type, column_type, collation_name FROM information_schema.columns \
             WHERE {of_table} ORDER BY ordinal_position"
        ))
        .await?;
    let key = conn
        .query(&format!(
            "SELECT column_name FROM information_schema.statistics \
             WHERE {of_table} AND index_name = 'PRIMARY' ORDER BY seq_in_index"
        ))
        .await?;
    let text = |row, column| columns.text(row, column).unwrap_or_default();
    Ok(TableColumns {
        primary: (0..key.rows.len())
            .filter_map(|row| key.text(row, 0).map(str::to_owned))
            .collect(),
        types: (0..columns.rows.len())
            .map(|row| {
                let kind = kind(text(row, 1), text(row, 2), columns.text(row, 3));
                (text(row, 0).to_owned(), text(row, 1).to_owned(), kind)
            })
            .collect(),
    })
}

fn column(answer: &QueryResult, row: usize) -> Column {
    let text = |column| answer.text(row, column).unwrap_or_default();
    Column {
        name: text(1).to_owned(),
        kind: kind(text(2), text(3), answer.text(row, 4)),
        auto_increment: text(5).to_ascii_lowercase().contains("auto_increment"),
        is_invisible: text(5).to_ascii_lowercase().contains("invisible"),
        is_zerofill: text(3).to_ascii_lowercase().contains("zerofill"),
        is_boolean: text(3).eq_ignore_ascii_case("tinyint(1)"),
    }
}

fn kind(data_type: &str, column_type: &str, collation: Option<&str>) -> ColumnKind {
    let data_type = data_type.to_ascii_lowercase();
    let is_unsigned = column_type.to_ascii_lowercase().contains("unsigned");
    if let Some(integer) = ColumnKind::integer(&data_type, is_unsigned) {
        return integer;
    }
    match data_type.as_str() {
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => ColumnKind::Text {
            collation: collation.map(str::to_owned),
            length: ColumnKind::length(column_type),
        },
        other => Moments::of(other, ColumnKind::length(column_type))
            .map_or_else(|| ColumnKind::Other(other.to_owned()), ColumnKind::DateTime),
    }
}

/// A name as a string literal that means the same in every `sql_mode`.
fn literal(name: &str) -> String {
    let digits: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("_utf8mb4 x'{digits}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_fall_into_the_kinds_that_routing_knows() {
        let text = |collation: &str| ColumnKind::Text {
            collation: Some(collation.to_owned()),
            length: Some(64),
        };
        let cases = [
            (
                "bigint",
                "bigint(20) unsigned",
                None,
                ColumnKind::Integer {
                    unsigned: true,
                    bits: 64,
                },
            ),
            (
                "int",
                "int",
                None,
                ColumnKind::Integer {
                    unsigned: false,
                    bits: 32,
                },
            ),
            (
                "varchar",
                "varchar(64)",
                Some("utf8mb4_bin"),
                text("utf8mb4_bin"),
            ),
            (
                "timestamp",
                "timestamp(3)",
                None,
                ColumnKind::DateTime(Moments::Zoned { digits: 3 }),
            ),
            (
                "decimal",
                "decimal(10,2) unsigned",
                None,
                ColumnKind::Other("decimal".to_owned()),
            ),
            (
                "year",
                "year(4)",
                None,
                ColumnKind::Other("year".to_owned()),
            ),
            (
                "varbinary",
                "varbinary(8)",
                None,
                ColumnKind::Other("varbinary".to_owned()),
            ),
        ];
        for (data_type, column_type, collation, expected) in cases {
            assert_eq!(
                kind(data_type, column_type, collation),
                expected,
                "{column_type}"
            );
        }
    }

    #[test]
    fn names_are_literals_whatever_they_hold() {
        assert_eq!(literal("a'\\"), "_utf8mb4 x'61275c'");
    }
}
