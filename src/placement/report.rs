//! What was found.

use serde_json::{Value, json};

/// A row that the rule places elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The node that holds it, `data source.table`.
    pub node: String,
    /// Its key: columns and values; empty where rows are counted by their values.
    pub key: Vec<(String, String)>,
    /// Its sharding values.
    pub values: Vec<(String, Option<String>)>,
    /// Where it belongs; `None` if the rule has no place for it.
    pub right: Option<String>,
    /// Rows like it: more than one only where there is no primary key.
    pub rows: u64,
    /// It lies where `ShardingSphere` places it for a client that quotes numbers.
    pub is_as_quoted: bool,
    /// Why there is no place for it.
    pub reason: Option<String>,
}

/// One node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeReport {
    /// `data source.table`
    pub node: String,
    /// Rows read.
    pub rows: u64,
    /// Of them, those that belong elsewhere.
    pub misplaced: u64,
    /// Of `misplaced`, or where `numericText: java_text` allows it of the rest, those that lie where their quoted
    /// numbers hash to.
    pub as_quoted: u64,
    /// Why it was not read to its end.
    pub error: Option<String>,
}

/// One logical table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableReport {
    /// Logical database.
    pub database: String,
    /// Logical table.
    pub table: String,
    /// Its rule has `numericText: java_text`: rows that lie where quoted numbers hash to are in place.
    pub takes_quoted: bool,
    /// Its algorithm hashes quoted numbers otherwise than numbers, in `ShardingSphere`.
    pub may_be_quoted: bool,
    /// Its nodes.
    pub nodes: Vec<NodeReport>,
    /// Misplaced rows, as many as are told one by one.
    pub findings: Vec<Finding>,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The tables.
    pub tables: Vec<TableReport>,
}

impl TableReport {
    /// A sum over the nodes.
    #[must_use]
    pub fn sum(&self, count: impl Fn(&NodeReport) -> u64) -> u64 {
        self.nodes.iter().map(count).sum()
    }
}

impl Report {
    /// Rows that belong elsewhere.
    #[must_use]
    pub fn misplaced(&self) -> u64 {
        let tables = self.tables.iter();
        tables.map(|table| table.sum(|node| node.misplaced)).sum()
    }

    /// Nodes that were not read to their end.
    pub fn unread(&self) -> impl Iterator<Item = &NodeReport> {
        let nodes = self.tables.iter().flat_map(|table| &table.nodes);
        nodes.filter(|node| node.error.is_some())
    }

    /// The exit code: 0 every row is in place, 1 some are not, 2 some node could not be read.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.misplaced(), self.unread().next()) {
            (0, None) => 0,
            (0, Some(_)) => 2,
            _ => 1,
        }
    }

    /// The report as one JSON document.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "misplaced": self.misplaced(),
            "unread_nodes": self.unread().count(),
            "tables": self.tables.iter().map(table).collect::<Vec<_>>(),
        })
    }
}

fn table(table: &TableReport) -> Value {
    json!({
        "database": table.database,
        "table": table.table,
        "rows": table.sum(|node| node.rows),
        "misplaced": table.sum(|node| node.misplaced),
        "as_quoted": table.sum(|node| node.as_quoted),
        "numeric_text": if table.takes_quoted { "java_text" } else { "value" },
        "nodes": table.nodes.iter().map(node).collect::<Vec<_>>(),
        "rows_misplaced": table.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn node(node: &NodeReport) -> Value {
    json!({
        "node": node.node,
        "rows": node.rows,
        "misplaced": node.misplaced,
        "as_quoted": node.as_quoted,
        "error": node.error,
    })
}

fn finding(finding: &Finding) -> Value {
    let key: serde_json::Map<String, Value> = finding
        .key
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let values: serde_json::Map<String, Value> = finding
        .values
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({
        "node": finding.node,
        "key": key,
        "values": values,
        "right_node": finding.right,
        "rows": finding.rows,
        "as_quoted": finding.is_as_quoted,
        "reason": finding.reason,
    })
}
