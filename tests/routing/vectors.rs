//! What the real ShardingSphere did with the same statements: same node, a narrower right one, or a refusal.
//!
//! The vectors were recorded with ShardingSphere-JDBC 5.3.2 and 5.5.2; their headers tell how. Every
//! difference has a reason; `docs/differences.md` lists them all and is written by `UPDATE_DOCS=1`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use shardgate::route::{BoundValue, RefusalCode};

use super::ask::{Asking, ask, statements};
use super::layouts::{Layout, layout};
use super::reasons::{ids, reason, splitting_reason};

/// Vector file, layout, what it is.
const FILES: [(&str, &str, &str); 7] = [
    (
        "statements_seed_532",
        "seed",
        "databases and tables by sku_id, ShardingSphere 5.3.2",
    ),
    (
        "statements_seed_552",
        "seed",
        "databases and tables by sku_id, ShardingSphere 5.5.2",
    ),
    (
        "statements_audit_532",
        "seed",
        "the same with the auditor DML_SHARDING_CONDITIONS, 5.3.2",
    ),
    (
        "statements_audit_552",
        "seed",
        "the same with the auditor DML_SHARDING_CONDITIONS, 5.5.2",
    ),
    (
        "statements_two_532",
        "two",
        "databases by warehouse_id, tables by sku_id, 5.3.2",
    ),
    (
        "statements_twoaudit_552",
        "two",
        "databases by warehouse_id, tables by sku_id, with the auditor, 5.5.2",
    ),
    (
        "statements_auto_552",
        "auto",
        "autoTables HASH_MOD 128, 5.5.2",
    ),
];

/// What one side did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It sent SQL to these data sources and tables.
    Nodes(BTreeSet<String>),
    /// It refused with this code.
    Refused(u16),
}

/// One row of a vector file.
pub struct Row {
    /// Its name.
    pub id: String,
    /// The statement.
    pub sql: String,
    /// Its parameters.
    pub params: Option<Vec<BoundValue<'static>>>,
    /// What ShardingSphere did.
    pub theirs: Outcome,
    /// It ran inside a transaction.
    pub is_in_transaction: bool,
}

#[test]
fn every_difference_from_shardingsphere_has_its_reason() {
    let mut page = String::from(HEAD);
    let mut unexplained = Vec::new();
    for (file, layout_name, title) in FILES {
        let layout = layout(layout_name);
        let rows = rows(file);
        let (mut same, mut lines) = (0, Vec::new());
        for row in &rows {
            let ours = ours(&layout, row);
            if is_same(row, &ours) {
                same += 1;
                continue;
            }
            match reason(row, &ours) {
                Some(reason) => lines.push(line(row, &ours, reason)),
                None => unexplained.push(format!(
                    "{file} {} {}\n  theirs {}\n  ours {}",
                    row.id,
                    row.sql,
                    shown(&row.theirs),
                    shown(&ours)
                )),
            }
        }
        write!(
            page,
            "\n## {title}\n\n{} statements, {same} alike, {} differ.\n\n{TABLE}{}\n",
            rows.len(),
            lines.len(),
            lines.join("\n")
        )
        .unwrap();
    }
    for (file, title) in [
        ("readwrite_532", "read-write splitting, 5.3.2"),
        ("readwrite_552", "read-write splitting, 5.5.2"),
    ] {
        let (mut same, mut lines) = (0, Vec::new());
        for row in rows(file) {
            let ours = split_outcome(&row);
            if is_same(&row, &ours) || is_same_server(&row, &ours) {
                same += 1;
                continue;
            }
            match splitting_reason(&row.id) {
                Some(reason) => lines.push(line(&row, &ours, reason)),
                None => unexplained.push(format!(
                    "{file} {} {}\n  theirs {}\n  ours {}",
                    row.id,
                    row.sql,
                    shown(&row.theirs),
                    shown(&ours)
                )),
            }
        }
        write!(
            page,
            "\n## {title}\n\n{} statements, {same} alike, {} differ.\n\n{TABLE}{}\n",
            same + lines.len(),
            lines.len(),
            lines.join("\n")
        )
        .unwrap();
    }
    assert!(
        unexplained.is_empty(),
        "{} without a reason:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    for id in ids() {
        assert!(
            page.contains(&format!("| {id} |")),
            "{id} differs no more: remove its reason"
        );
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/differences.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == page,
        "docs/differences.md is out of date: run with UPDATE_DOCS=1"
    );
}

const HEAD: &str = "# Where shardgate and ShardingSphere differ\n\n\
Statements that the real ShardingSphere (JDBC 5.3.2 and 5.5.2, the kernel of its proxy) answered, and what shardgate \
does with them: the same, a narrower right node, or a refusal. This page is written by the test that compares them \
(`UPDATE_DOCS=1 cargo test --test routing`).\n";

const TABLE: &str =
    "| id | statement | ShardingSphere | shardgate | reason |\n|---|---|---|---|---|\n";

fn line(row: &Row, ours: &Outcome, reason: &str) -> String {
    let sql = row.sql.replace('|', "\\|").replace('\n', " ");
    format!(
        "| {} | `{}` | {} | {} | {reason} |",
        row.id,
        sql.trim(),
        shown(&row.theirs),
        shown(ours)
    )
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused(code) => format!("error {code}"),
        Outcome::Nodes(nodes) if nodes.len() > 3 => format!("{} nodes", nodes.len()),
        Outcome::Nodes(nodes) => nodes.iter().cloned().collect::<Vec<_>>().join(", "),
    }
}

fn is_same(row: &Row, ours: &Outcome) -> bool {
    match (&row.theirs, ours) {
        (Outcome::Refused(_), Outcome::Refused(_)) => true,
        (Outcome::Nodes(theirs), Outcome::Nodes(ours)) => {
            // any data source will do, and theirs is one
            let is_any = ours.contains("any")
                && theirs.len() == 1
                && theirs.iter().all(|node| !node.contains('.'));
            theirs == ours || is_any
        }
        _ => false,
    }
}

fn ours(layout: &Layout, row: &Row) -> Outcome {
    let mut nodes = BTreeSet::new();
    let texts = if row.params.is_some() {
        vec![row.sql.clone()]
    } else {
        statements(&row.sql)
    };
    for sql in texts {
        match ask(
            layout,
            &sql,
            &Asking {
                params: row.params.clone(),
                ..Asking::default()
            },
        ) {
            Err(refusal) => {
                assert_ne!(refusal.code, RefusalCode::OutcomeUnknown);
                return Outcome::Refused(refusal.code.number().0);
            }
            Ok(answer) => nodes.extend(
                answer
                    .nodes
                    .into_iter()
                    .flat_map(|(source, tables)| apart(&source, tables)),
            ),
        }
    }
    Outcome::Nodes(nodes)
}

/// Where a statement goes when every data source has a replica.
fn split_outcome(row: &Row) -> Outcome {
    let layout = layout("seed");
    match ask(&layout, &row.sql, &Asking::default()) {
        Err(refusal) => Outcome::Refused(refusal.code.number().0),
        Ok(answer) => {
            let is_primary =
                answer.route.is_write || answer.route.needs_primary || row.is_in_transaction;
            let role = if is_primary { "primary" } else { "replica" };
            Outcome::Nodes(
                answer
                    .nodes
                    .into_iter()
                    .map(|(source, tables)| node(&format!("{source}_{role}"), tables))
                    .collect(),
            )
        }
    }
}

/// Any data source will do: only the role counts.
fn is_same_server(row: &Row, ours: &Outcome) -> bool {
    let (Outcome::Nodes(theirs), Outcome::Nodes(ours)) = (&row.theirs, ours) else {
        return false;
    };
    match (theirs.first(), ours.first()) {
        (Some(theirs), Some(ours)) => ours
            .strip_prefix("any")
            .is_some_and(|role| theirs.ends_with(role)),
        _ => false,
    }
}

/// Several actual tables of one logical table are as many nodes.
fn apart(source: &str, tables: Vec<String>) -> Vec<String> {
    let logical = |table: &String| table.rsplit_once('_').map(|(name, _)| name.to_owned());
    let names: BTreeSet<_> = tables.iter().map(logical).collect();
    if names.len() == 1 && tables.len() > 1 {
        return tables
            .into_iter()
            .map(|table| node(source, vec![table]))
            .collect();
    }
    vec![node(source, tables)]
}

fn node(source: &str, mut tables: Vec<String>) -> String {
    tables.sort();
    tables.dedup();
    if tables.is_empty() {
        source.to_owned()
    } else {
        format!("{source}.{}", tables.join("+"))
    }
}

/// The rows of a vector file.
pub fn rows(file: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{file}.tsv"));
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(row)
        .collect()
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.split('\t').collect();
    let status = cells[4];
    let theirs = match status {
        "ERR" => Outcome::Refused(cells[5].parse().unwrap_or(0)),
        _ => Outcome::Nodes(
            cells[11]
                .split(',')
                .filter(|node| !node.is_empty())
                .map(sorted)
                .collect(),
        ),
    };
    let is_prepared = cells[1].starts_with('P');
    Row {
        id: cells[0].to_owned(),
        sql: unescaped(cells[2]),
        params: is_prepared.then(|| {
            cells[3]
                .split('|')
                .filter(|cell| !cell.is_empty())
                .map(param)
                .collect()
        }),
        theirs,
        is_in_transaction: cells[1].contains('X'),
    }
}

fn sorted(text: &str) -> String {
    match text.split_once('.') {
        Some((source, tables)) => node(source, tables.split('+').map(str::to_owned).collect()),
        None => text.to_owned(),
    }
}

fn param(cell: &str) -> BoundValue<'static> {
    let (kind, value) = cell.split_once(':').unwrap();
    match kind {
        "byte" | "short" | "int" | "long" | "bigint" => BoundValue::Integer(value.parse().unwrap()),
        "double" | "float" => BoundValue::Double(value.parse().unwrap()),
        "dec" => BoundValue::Decimal(value.to_owned().leak().as_bytes()),
        "str" => BoundValue::Text(value.to_owned().leak().as_bytes()),
        "null" | "nullobj" => BoundValue::Null,
        _ => BoundValue::Other,
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\\t", "\t")
        .replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\\\\", "\\")
}
