//! The walk over all nodes of the tables asked for.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use crate::backend::Pool;
use crate::model::SourceId;
use crate::rule::{Database, ShardedTable};

use super::checkpoint::{Checkpoint, NodeProgress};
use super::error::PlacementError;
use super::judge::{Verdict, judge, sharding_value};
use super::options::VerifyOptions;
use super::pace::Pace;
use super::pages::{PageRow, Pages};
use super::report::{Finding, NodeReport, Report, TableReport};

/// Where the nodes of logical databases are reached.
pub trait NodeSource {
    /// The pool of a data source, of a replica if asked and there is one.
    fn pool(&self, database: &str, source: SourceId, is_replica: bool) -> Option<Arc<Pool>>;
}

/// Reads every node of the tables and holds its rows against the rules. Nodes that cannot be read are told in the
/// report; `told` hears of each node that is through.
///
/// # Errors
/// A table is not there, or the checkpoint cannot be used.
///
/// # Cancel safety
/// A dropped future closes its connection; the checkpoint has what was written last.
pub async fn verify(
    databases: &[&Database],
    nodes: &impl NodeSource,
    options: &VerifyOptions,
    mut told: impl FnMut(&NodeReport),
) -> Result<Report, PlacementError> {
    let tables = chosen(databases, options)?;
    let layout = fingerprint(&tables, options);
    let mut walk = Walk {
        nodes,
        options,
        checkpoint: Checkpoint::open(options.resume.clone(), layout)?,
        pace: Pace::new(options.rows_per_second),
    };
    let mut report = Report::default();
    for (database, table) in tables {
        let mut found = TableReport {
            database: database.name.clone(),
            table: table.name.to_string(),
            takes_quoted: table.numeric_text_java,
            may_be_quoted: table.hashes_numeric_text(),
            ..TableReport::default()
        };
        for node in 0..table.nodes.len() {
            let node = walk
                .node(database, table, node, &mut found.findings)
                .await?;
            told(&node);
            found.nodes.push(node);
        }
        report.tables.push(found);
    }
    walk.checkpoint.write()?;
    Ok(report)
}

fn chosen<'d>(
    databases: &[&'d Database],
    options: &VerifyOptions,
) -> Result<Vec<(&'d Database, &'d ShardedTable)>, PlacementError> {
    let all: Vec<(&Database, &ShardedTable)> = databases
        .iter()
        .flat_map(|database| database.sharded_tables().map(|table| (*database, table)))
        .collect();
    for wanted in &options.tables {
        if !all
            .iter()
            .any(|(_, table)| table.name.eq_ignore_ascii_case(wanted))
        {
            let names: Vec<&str> = databases
                .iter()
                .map(|database| database.name.as_str())
                .collect();
            let known: Vec<&str> = all.iter().map(|(_, table)| &*table.name).collect();
            return Err(PlacementError::UnknownTable {
                database: names.join(", "),
                table: wanted.clone(),
                known: known.join(", "),
            });
        }
    }
    let is_wanted = |name: &str| {
        options.tables.is_empty()
            || options
                .tables
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    Ok(all
        .into_iter()
        .filter(|(_, table)| is_wanted(&table.name))
        .collect())
}

/// Progress under other rules says nothing.
fn fingerprint(tables: &[(&Database, &ShardedTable)], options: &VerifyOptions) -> String {
    let mut text = format!("replica: {}\n", options.is_replica);
    for (database, table) in tables {
        text.push_str(&format!(
            "{}.{}: {:?} {:?} {:?}\n",
            database.name, table.name, table.nodes, table.layout, table.normalize
        ));
    }
    format!("{:016x}", xxh3_64(text.as_bytes()))
}

struct Walk<'w, N> {
    nodes: &'w N,
    options: &'w VerifyOptions,
    checkpoint: Checkpoint,
    pace: Pace,
}

impl<N: NodeSource> Walk<'_, N> {
    /// Reads one node to its end.
    async fn node(
        &mut self,
        database: &Database,
        table: &ShardedTable,
        index: usize,
        findings: &mut Vec<Finding>,
    ) -> Result<NodeReport, PlacementError> {
        let place = Place::of(database, table, index);
        let mut progress = self.checkpoint.node(&place.key);
        let mut error = None;
        if !progress.is_done {
            match self.pages(&place, &mut progress, findings).await {
                Ok(()) => progress.is_done = true,
                Err(stop @ PlacementError::Checkpoint { .. }) => return Err(stop),
                Err(failed) => error = Some(failed.to_string()),
            }
            self.checkpoint.set(&place.key, progress.clone())?;
        }
        Ok(NodeReport {
            node: place.name,
            rows: progress.rows,
            misplaced: progress.misplaced,
            as_quoted: progress.as_quoted,
            error,
        })
    }

    async fn pages(
        &mut self,
        place: &Place<'_>,
        progress: &mut NodeProgress,
        findings: &mut Vec<Finding>,
    ) -> Result<(), PlacementError> {
        let Some(node) = place.table.nodes.get(place.index) else {
            return Ok(());
        };
        let pool = self
            .nodes
            .pool(&place.database.name, node.source, self.options.is_replica)
            .ok_or_else(|| PlacementError::NoTable(place.name.clone()))?;
        let schema = place.database.physical_schema(node.source);
        let mut pages = Pages::open(&pool, schema, place.table, &node.table).await?;
        let size = self.pace.page(self.options.page);
        loop {
            let rows = pages.next(progress.after.as_deref(), size).await?;
            let is_last = rows.len() < size;
            for row in &rows {
                place.judge(&pages, row, progress, findings, self.options.shown);
            }
            if let Some(last) = rows.into_iter().next_back() {
                progress.after = Some(last.key);
            }
            if is_last {
                break;
            }
            self.checkpoint.set(&place.key, progress.clone())?;
            self.pace.spend(size as u64).await;
        }
        let nulls = pages.nulls().await?;
        if nulls > 0 {
            place.count_nulls(nulls, progress, findings);
        }
        pages.close();
        Ok(())
    }
}

/// One node with its names.
struct Place<'p> {
    database: &'p Database,
    table: &'p ShardedTable,
    index: usize,
    /// `data source.table`
    name: String,
    /// Its name in the checkpoint.
    key: String,
}

impl<'p> Place<'p> {
    fn of(database: &'p Database, table: &'p ShardedTable, index: usize) -> Self {
        let name = node_name(database, table, index);
        Self {
            database,
            table,
            index,
            key: format!("{}: {name}", database.name),
            name,
        }
    }

    fn judge(
        &self,
        pages: &Pages,
        row: &PageRow,
        progress: &mut NodeProgress,
        findings: &mut Vec<Finding>,
        shown: usize,
    ) {
        progress.rows += row.count;
        let columns = &pages.reading.sharding;
        let values: Vec<_> = columns
            .iter()
            .zip(&row.sharding)
            .map(|((_, kind), value)| sharding_value(kind, value.as_deref()?))
            .collect();
        let (right, is_as_quoted, reason) = match judge(self.table, &values, self.index) {
            Verdict::Right => return,
            Verdict::AsQuoted { right } => (Some(right), true, None),
            Verdict::Misplaced { right } => (Some(right), false, None),
            Verdict::NoPlace(reason) => (None, false, Some(reason)),
        };
        if is_as_quoted {
            progress.as_quoted += row.count;
            if self.table.numeric_text_java {
                return;
            }
        }
        progress.misplaced += row.count;
        if findings.len() >= shown {
            return;
        }
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let key = if pages.reading.is_grouped {
            Vec::new()
        } else {
            let key = pages.reading.key.iter().zip(&row.key);
            key.map(|(column, value)| (column.name.clone(), text(value)))
                .collect()
        };
        findings.push(Finding {
            node: self.name.clone(),
            key,
            values: columns
                .iter()
                .zip(&row.sharding)
                .map(|((name, _), value)| (name.clone(), value.as_deref().map(text)))
                .collect(),
            right: right.map(|right| node_name(self.database, self.table, right)),
            rows: row.count,
            is_as_quoted,
            reason,
        });
    }

    fn count_nulls(&self, rows: u64, progress: &mut NodeProgress, findings: &mut Vec<Finding>) {
        progress.rows += rows;
        progress.misplaced += rows;
        findings.push(Finding {
            node: self.name.clone(),
            key: Vec::new(),
            values: self
                .table
                .columns
                .iter()
                .map(|column| (column.clone(), None))
                .collect(),
            right: None,
            rows,
            is_as_quoted: false,
            reason: Some("a sharding column is NULL".to_owned()),
        });
    }
}

fn node_name(database: &Database, table: &ShardedTable, index: usize) -> String {
    let Some(node) = table.nodes.get(index) else {
        return "?".to_owned();
    };
    let source = database
        .group(node.source)
        .map_or("?", |group| group.name.as_str());
    format!("{source}.{}", node.table)
}
