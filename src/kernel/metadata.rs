//! Columns of the logical tables, read from the servers (contract 4.2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::backend::{AcquireError, ConnError, PoolKey, load_columns};
use crate::model::{Schema, SourceId, TableSchema};
use crate::rule::TableRule;

use super::context::{Context, LogicalDatabase};
use super::walk::Kernel;

/// Why metadata could not be read.
#[derive(Debug, thiserror::Error)]
enum MetadataError {
    #[error(transparent)]
    Acquire(#[from] AcquireError),
    #[error(transparent)]
    Conn(#[from] ConnError),
}

impl Kernel {
    /// Reads the columns of all logical databases again; what cannot be read now keeps its old columns.
    pub async fn refresh_metadata(&self, context: &Context) {
        for database in context.databases.values() {
            self.refresh_database(database).await;
        }
    }

    /// Reads the columns of one logical database again.
    pub async fn refresh_database(&self, database: &LogicalDatabase) {
        database.read_columns().await;
    }
}

impl LogicalDatabase {
    /// Reads the columns of its tables again; what cannot be read now keeps its old columns.
    pub async fn read_columns(&self) {
        let turn = self.metadata_turn.lock().await;
        let schema = read(self).await;
        self.schema.store(Arc::new(schema));
        drop(turn);
    }
}

/// The schema as the servers tell it; tables of data sources that are down come from a sibling node, or keep
/// what was known (contract 8.6).
async fn read(database: &LogicalDatabase) -> Schema {
    let old = database.schema.load();
    let mut schema = Schema::default();
    for (name, table) in old.tables() {
        schema.insert(name, table.as_ref().clone());
    }
    let mut loaded: BTreeMap<SourceId, Option<BTreeMap<Arc<str>, TableSchema>>> = BTreeMap::new();
    let rules = &database.rules;
    let mut missing: BTreeSet<String> = rules
        .tables()
        .map(|rule| rule.name().to_lowercase())
        .collect();
    let mut sources: Vec<SourceId> = vec![rules.default_source];
    sources.extend(
        rules
            .source_ids()
            .filter(|source| *source != rules.default_source),
    );
    for source in sources {
        if missing.is_empty() && loaded.contains_key(&rules.default_source) {
            break;
        }
        let tables = match load(database, source).await {
            Ok(tables) => Some(tables),
            Err(error) => {
                tracing::warn!(database = %database.name, error = %error, "columns of a data source could not be read");
                None
            }
        };
        if let Some(tables) = &tables {
            for rule in rules.tables() {
                if let Some(columns) = columns_of(rule, source, tables)
                    && missing.remove(&rule.name().to_lowercase())
                {
                    schema.insert(rule.name(), columns.clone());
                }
            }
        }
        loaded.insert(source, tables);
    }
    if let Some(Some(tables)) = loaded.get(&rules.default_source) {
        let gone: Vec<String> = old
            .tables()
            .map(|(name, _)| name.to_owned())
            .filter(|name| {
                rules.table(name).is_none()
                    && !tables.keys().any(|table| table.eq_ignore_ascii_case(name))
            })
            .collect();
        for (name, columns) in tables {
            if rules.table(name).is_none() && !rules.is_actual_name(name) {
                schema.insert(name, columns.clone());
            }
        }
        for name in gone {
            schema.remove(&name);
        }
    }
    schema
}

async fn load(
    database: &LogicalDatabase,
    source: SourceId,
) -> Result<BTreeMap<Arc<str>, TableSchema>, MetadataError> {
    let Some(members) = database.members(source) else {
        return Ok(BTreeMap::new());
    };
    let mut guard = members
        .primary()
        .acquire(
            PoolKey {
                has_found_rows: false,
            },
            0,
        )
        .await?;
    let columns = load_columns(&mut guard, database.rules.physical_schema(source), &[]).await?;
    guard.release();
    Ok(columns)
}

fn columns_of<'a>(
    rule: &TableRule,
    source: SourceId,
    tables: &'a BTreeMap<Arc<str>, TableSchema>,
) -> Option<&'a TableSchema> {
    let by_name = |wanted: &str| {
        tables.get(wanted).or_else(|| {
            tables
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, columns)| columns)
        })
    };
    match rule {
        TableRule::Sharded(table) => table
            .nodes
            .iter()
            .filter(|node| node.source == source)
            .find_map(|node| by_name(&node.table)),
        other => by_name(other.name()),
    }
}
