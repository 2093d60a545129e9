//! One table of information_schema as the clients of a logical database see it: a derived table over the server's own,
//! with the rows of one node for each logical table and with logical names in its columns (contract 10.2).
//!
//! Columns and their order are the server's, read from the server that is asked, so any question in any shape can be
//! put to it.

use std::fmt::Write;

use super::session_call::text_literal;

/// Which columns say what a row is about.
struct Kind {
    table: &'static str,
    schema: &'static str,
    /// The column that names the table, for rows that belong to one.
    name: Option<&'static str>,
}

const fn kind(table: &'static str, schema: &'static str, name: Option<&'static str>) -> Kind {
    Kind {
        table,
        schema,
        name,
    }
}

/// The tables that can be asked. Columns: MariaDB 10.11's and MySQL 9.7's manuals, "INFORMATION_SCHEMA Tables".
const KINDS: [Kind; 24] = [
    kind("CHECK_CONSTRAINTS", "CONSTRAINT_SCHEMA", None),
    kind("COLUMN_STATISTICS", "SCHEMA_NAME", Some("TABLE_NAME")),
    kind("COLUMNS", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind("COLUMNS_EXTENSIONS", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind("EVENTS", "EVENT_SCHEMA", None),
    kind("FILES", "TABLE_SCHEMA", None),
    kind("GEOMETRY_COLUMNS", "G_TABLE_SCHEMA", Some("G_TABLE_NAME")),
    kind("KEY_COLUMN_USAGE", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind("PARAMETERS", "SPECIFIC_SCHEMA", None),
    kind("PARTITIONS", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind(
        "REFERENTIAL_CONSTRAINTS",
        "CONSTRAINT_SCHEMA",
        Some("TABLE_NAME"),
    ),
    kind("ROUTINES", "ROUTINE_SCHEMA", None),
    kind("SCHEMATA", "SCHEMA_NAME", None),
    kind("SCHEMATA_EXTENSIONS", "SCHEMA_NAME", None),
    kind("ST_GEOMETRY_COLUMNS", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind("STATISTICS", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind("TABLE_CONSTRAINTS", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind(
        "TABLE_CONSTRAINTS_EXTENSIONS",
        "CONSTRAINT_SCHEMA",
        Some("TABLE_NAME"),
    ),
    kind("TABLES", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind("TABLES_EXTENSIONS", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind("TRIGGERS", "TRIGGER_SCHEMA", Some("EVENT_OBJECT_TABLE")),
    kind("VIEW_ROUTINE_USAGE", "TABLE_SCHEMA", Some("TABLE_NAME")),
    kind("VIEW_TABLE_USAGE", "VIEW_SCHEMA", Some("VIEW_NAME")),
    kind("VIEWS", "TABLE_SCHEMA", Some("TABLE_NAME")),
];
/// Columns that name a table beside those that [`Kind::name`] says.
const FURTHER_NAMES: [&str; 4] = [
    "REFERENCED_TABLE_NAME",
    "TABLE_NAME",
    "EVENT_OBJECT_TABLE",
    "F_TABLE_NAME",
];
/// Columns whose names carry an actual table's as suffix (contract 10.3).
const CONSTRAINT_NAMES: [&str; 2] = ["CONSTRAINT_NAME", "UNIQUE_CONSTRAINT_NAME"];

/// Whether the table can be asked: its rows are known to be about a schema.
pub(super) fn is_served(table: &str) -> bool {
    kind_of(table).is_some()
}

fn kind_of(table: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.table.eq_ignore_ascii_case(table))
}

/// What the actual names of one data source stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// The schema on the server.
    pub(super) physical: String,
    /// The logical database.
    pub(super) logical: String,
    /// Actual and logical name of the node that stands for each sharded table.
    pub(super) stand_ins: Vec<(String, String)>,
    /// Names that are the same on the server.
    pub(super) plain: Vec<String>,
    /// Actual tables that have no row of their own: other nodes. Where undeclared tables belong to the data source,
    /// its rows are all but these; else only the rows of `stand_ins` and `plain`.
    pub(super) hidden: Option<Vec<String>>,
    /// Actual and logical name of every node, for references.
    pub(super) nodes: Vec<(String, String)>,
    /// Further logical databases, for SCHEMATA.
    pub(super) others: Vec<String>,
    /// Rows about information_schema itself are wanted too.
    pub(super) has_system: bool,
}

impl View {
    /// `(SELECT ... FROM information_schema.<table> WHERE ...)`; `None` for a table that is not served.
    pub(super) fn derived(&self, table: &str, columns: &[String]) -> Option<String> {
        let kind = kind_of(table)?;
        let mut sql = format!(
            "(SELECT {} FROM information_schema.{} WHERE {}",
            self.columns(kind, columns, None),
            kind.table,
            self.rows(kind)
        );
        if kind.table.starts_with("SCHEMATA") {
            for other in &self.others {
                let _infallible = write!(
                    sql,
                    " UNION ALL SELECT {} FROM information_schema.{} WHERE {} = {}",
                    self.columns(kind, columns, Some(other)),
                    kind.table,
                    kind.schema,
                    text_literal(&self.physical)
                );
            }
        }
        sql.push(')');
        Some(sql)
    }

    fn columns(&self, kind: &Kind, columns: &[String], schema: Option<&str>) -> String {
        let mut list = String::new();
        for column in columns {
            if !list.is_empty() {
                list.push_str(", ");
            }
            let upper = column.to_ascii_uppercase();
            let value = match schema {
                Some(schema) if upper == kind.schema => {
                    Some(cases(column, [(&*self.physical, schema)]))
                }
                _ => self.value(kind, column, &upper),
            };
            match value {
                Some(value) => {
                    let _infallible = write!(list, "{value} AS `{column}`");
                }
                None => {
                    let _infallible = write!(list, "`{column}`");
                }
            }
        }
        list
    }

    /// What stands in a column that may name something; `None`: as it is.
    fn value(&self, kind: &Kind, column: &str, upper: &str) -> Option<String> {
        let pairs = |pairs: &[(String, String)]| {
            let differing = pairs.iter().filter(|(actual, logical)| actual != logical);
            let differing: Vec<_> = differing
                .map(|(actual, logical)| (actual.as_str(), logical.as_str()))
                .collect();
            (!differing.is_empty()).then(|| cases(column, differing))
        };
        if upper.ends_with("SCHEMA") || upper == "SCHEMA_NAME" {
            return (self.physical != self.logical)
                .then(|| cases(column, [(&*self.physical, &*self.logical)]));
        }
        if kind.name == Some(upper) {
            return pairs(&self.stand_ins);
        }
        if FURTHER_NAMES.contains(&upper) {
            return pairs(&self.nodes);
        }
        if CONSTRAINT_NAMES.contains(&upper) {
            return self.without_suffix(column);
        }
        (upper.ends_with("_DEFINITION") && self.physical != self.logical).then(|| {
            format!(
                "REPLACE(`{column}`, {}, {})",
                text_literal(&format!("`{}`.", self.physical)),
                text_literal(&format!("`{}`.", self.logical))
            )
        })
    }

    fn without_suffix(&self, column: &str) -> Option<String> {
        let mut sql = String::new();
        for (actual, _) in self
            .nodes
            .iter()
            .filter(|(actual, logical)| actual != logical)
        {
            let suffix = format!("_{actual}");
            let length = suffix.chars().count();
            let _infallible = write!(
                sql,
                " WHEN RIGHT(`{column}`, {length}) = {} AND CHAR_LENGTH(`{column}`) > {length} \
                 THEN LEFT(`{column}`, CHAR_LENGTH(`{column}`) - {length})",
                text_literal(&suffix)
            );
        }
        (!sql.is_empty()).then(|| format!("CASE{sql} ELSE `{column}` END"))
    }

    fn rows(&self, kind: &Kind) -> String {
        if kind.table == "FILES" {
            // the files of InnoDB's tables are the server's own affair; tools ask for those of the cluster
            return "ENGINE = 'ndbcluster'".to_owned();
        }
        let schema = text_literal(&self.physical);
        let mut sql = format!("{} = {schema}", kind.schema);
        match kind.name {
            Some(name) => {
                let _infallible = write!(sql, " AND {}", self.tables(name));
            }
            None if kind.table == "CHECK_CONSTRAINTS" => {
                let _infallible = write!(
                    sql,
                    " AND CONSTRAINT_NAME IN (SELECT CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS \
                     WHERE TABLE_SCHEMA = {schema} AND {})",
                    self.tables("TABLE_NAME")
                );
            }
            None => {}
        }
        if self.has_system {
            sql = format!("(({sql}) OR {} = 'information_schema')", kind.schema);
        }
        sql
    }

    fn tables(&self, name: &str) -> String {
        if let Some(hidden) = &self.hidden {
            return match hidden.as_slice() {
                [] => "1 = 1".to_owned(),
                hidden => format!(
                    "{name} NOT IN ({})",
                    list(hidden.iter().map(String::as_str))
                ),
            };
        }
        let actual = self.stand_ins.iter().map(|(actual, _)| actual.as_str());
        let shown = list(actual.chain(self.plain.iter().map(String::as_str)));
        if shown.is_empty() {
            "1 = 0".to_owned()
        } else {
            format!("{name} IN ({shown})")
        }
    }
}

fn cases<'a>(column: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut sql = format!("CASE `{column}`");
    for (actual, logical) in pairs {
        let _infallible = write!(
            sql,
            " WHEN {} THEN {}",
            text_literal(actual),
            text_literal(logical)
        );
    }
    let _infallible = write!(sql, " ELSE `{column}` END");
    sql
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(text_literal).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(actual: &str, logical: &str) -> (String, String) {
        (actual.to_owned(), logical.to_owned())
    }

    fn view() -> View {
        View {
            physical: "ecom_0".to_owned(),
            logical: "ecommerce".to_owned(),
            stand_ins: vec![pair("inv_0", "inv")],
            plain: vec!["dict".to_owned()],
            hidden: None,
            nodes: vec![pair("inv_0", "inv"), pair("inv_1", "inv")],
            others: Vec::new(),
            has_system: false,
        }
    }

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_table_has_the_rows_of_one_node_under_logical_names() {
        let sql = view().derived(
            "tables",
            &columns(&["TABLE_SCHEMA", "TABLE_NAME", "ENGINE"]),
        );
        assert_eq!(
            sql.unwrap(),
            "(SELECT CASE `TABLE_SCHEMA` WHEN 'ecom_0' THEN 'ecommerce' ELSE `TABLE_SCHEMA` END AS `TABLE_SCHEMA`, \
             CASE `TABLE_NAME` WHEN 'inv_0' THEN 'inv' ELSE `TABLE_NAME` END AS `TABLE_NAME`, `ENGINE` \
             FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'ecom_0' AND TABLE_NAME IN ('inv_0', 'dict'))"
        );
    }

    #[test]
    fn undeclared_tables_are_shown_where_they_belong() {
        let view = View {
            hidden: Some(vec!["inv_1".to_owned()]),
            has_system: true,
            ..view()
        };
        let sql = view
            .derived("VIEWS", &columns(&["VIEW_DEFINITION"]))
            .unwrap();
        assert!(
            sql.ends_with(
                "((TABLE_SCHEMA = 'ecom_0' AND TABLE_NAME NOT IN ('inv_1')) OR TABLE_SCHEMA = 'information_schema'))"
            ),
            "{sql}"
        );
        assert!(
            sql.contains("REPLACE(`VIEW_DEFINITION`, '`ecom_0`.', '`ecommerce`.')"),
            "{sql}"
        );
    }

    #[test]
    fn schemata_has_a_row_for_each_logical_database() {
        let view = View {
            others: vec!["crm".to_owned()],
            ..view()
        };
        let sql = view
            .derived("schemata", &columns(&["SCHEMA_NAME"]))
            .unwrap();
        assert!(
            sql.contains("UNION ALL SELECT CASE `SCHEMA_NAME` WHEN 'ecom_0' THEN 'crm'"),
            "{sql}"
        );
    }

    #[test]
    fn what_is_not_known_to_be_about_a_schema_is_not_served() {
        for table in ["INNODB_TABLES", "PROCESSLIST", "USER_PRIVILEGES"] {
            assert!(!is_served(table), "{table}");
            assert_eq!(view().derived(table, &[]), None);
        }
    }
}
