//! One node's rows, page by page.

use std::sync::Arc;

use crate::backend::{Guard, Pool, PoolKey, QueryResult, TableColumns, load_key};
use crate::model::ColumnKind;
use crate::rule::ShardedTable;

use super::error::PlacementError;
use super::key::{KeyColumn, Reading, Writing};

/// One row, or several of the same values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageRow {
    pub(super) key: Vec<Vec<u8>>,
    pub(super) sharding: Vec<Option<Vec<u8>>>,
    pub(super) count: u64,
}

/// The rows of one node behind a key.
pub(super) struct Pages {
    guard: Guard,
    pub(super) reading: Reading,
}

impl Pages {
    /// Finds out how the node's table is read in order.
    ///
    /// # Errors
    /// The node is not reached, or its table has no such order.
    ///
    /// # Cancel safety
    /// A dropped future closes its connection.
    pub(super) async fn open(
        pool: &Arc<Pool>,
        schema: &str,
        table: &ShardedTable,
        actual: &str,
    ) -> Result<Self, PlacementError> {
        let key = PoolKey {
            has_found_rows: false,
        };
        let mut guard = pool.acquire(key, 0).await?;
        // a literal's character set is that of the texts that are read
        guard.query("SET NAMES utf8mb4").await?;
        let columns = load_key(&mut guard, schema, actual).await?;
        let reading = reading(table, actual, &columns)?;
        Ok(Self { guard, reading })
    }

    /// The next page behind `after`; fewer rows than asked for are the last.
    ///
    /// # Errors
    /// The query failed.
    ///
    /// # Cancel safety
    /// Not cancel safe: drop the whole with the future.
    pub(super) async fn next(
        &mut self,
        after: Option<&[Vec<u8>]>,
        rows: usize,
    ) -> Result<Vec<PageRow>, PlacementError> {
        let answer = self.guard.query(&self.reading.page(after, rows)).await?;
        Ok(self.rows(answer))
    }

    /// Rows without a sharding value that no page shows.
    ///
    /// # Errors
    /// The query failed.
    pub(super) async fn nulls(&mut self) -> Result<u64, PlacementError> {
        let Some(sql) = self.reading.nulls() else {
            return Ok(0);
        };
        let answer = self.guard.query(&sql).await?;
        let count = answer.text(0, 0).and_then(|text| text.parse().ok());
        Ok(count.unwrap_or_default())
    }

    /// The connection goes back to its pool.
    pub(super) fn close(mut self) {
        // its character set is no other session's
        self.guard.mark_dirty();
        self.guard.release();
    }

    fn rows(&self, answer: QueryResult) -> Vec<PageRow> {
        let width = self.reading.key.len();
        answer
            .rows
            .into_iter()
            .map(|mut row| {
                let count = row.pop().flatten();
                let count = count.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
                let sharding = row.split_off(width.min(row.len()));
                PageRow {
                    key: row.into_iter().map(Option::unwrap_or_default).collect(),
                    sharding,
                    count: count.unwrap_or(1),
                }
            })
            .collect()
    }
}

fn reading(
    table: &ShardedTable,
    actual: &str,
    columns: &TableColumns,
) -> Result<Reading, PlacementError> {
    if columns.types.is_empty() {
        return Err(PlacementError::NoTable(actual.to_owned()));
    }
    let data_type = |name: &str| {
        let mut types = columns.types.iter();
        types.find(|(column, ..)| column.eq_ignore_ascii_case(name))
    };
    let mut sharding = Vec::with_capacity(table.columns.len());
    for name in &table.columns {
        let Some((column, _, kind)) = data_type(name) else {
            return Err(PlacementError::NoColumn {
                table: actual.to_owned(),
                column: name.clone(),
            });
        };
        if matches!(kind, ColumnKind::Other(_)) {
            return Err(PlacementError::NoValues {
                table: actual.to_owned(),
                column: name.clone(),
            });
        }
        sharding.push((column.clone(), kind.clone()));
    }
    let ordered = |names: &mut dyn Iterator<Item = &String>| -> Option<Vec<KeyColumn>> {
        names
            .map(|name| {
                let (name, data_type, _) = data_type(name)?;
                let writing = Writing::of(data_type)?;
                Some(KeyColumn {
                    name: name.clone(),
                    writing,
                })
            })
            .collect()
    };
    let primary = ordered(&mut columns.primary.iter()).filter(|key| !key.is_empty());
    let is_grouped = primary.is_none();
    let key = match primary {
        Some(key) => key,
        None => ordered(&mut table.columns.iter())
            .ok_or_else(|| PlacementError::NoOrder(actual.to_owned()))?,
    };
    Ok(Reading {
        table: actual.to_owned(),
        key,
        sharding,
        is_grouped,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::TableColumns;

    fn columns(primary: &[&str], types: &[(&str, &str)]) -> TableColumns {
        let int = ColumnKind::Integer {
            unsigned: false,
            bits: 64,
        };
        let kind = |data_type: &str| match data_type {
            "bigint" => int.clone(),
            other => ColumnKind::Other(other.to_owned()),
        };
        TableColumns {
            primary: primary.iter().map(|name| (*name).to_owned()).collect(),
            types: types
                .iter()
                .map(|(name, data_type)| {
                    ((*name).to_owned(), (*data_type).to_owned(), kind(data_type))
                })
                .collect(),
        }
    }

    fn table() -> ShardedTable {
        use crate::model::{DataNode, SourceId};
        use crate::rule::{Algorithm, LayoutSpec, Strategy, TableOptions, TableSpec};
        let props = [("sharding-count".to_owned(), "1".to_owned())];
        let spec = TableSpec {
            name: "t".to_owned(),
            layout: LayoutSpec::Nodes {
                nodes: vec![DataNode {
                    source: SourceId(0),
                    table: "t_0".into(),
                }],
                database: Strategy::None,
                table: Strategy::Columns {
                    columns: vec!["sku_id".to_owned()],
                    algorithm: Arc::new(
                        Algorithm::build("HASH_MOD", &props.into_iter().collect()).unwrap(),
                    ),
                },
            },
            declared: std::collections::BTreeMap::new(),
            key: None,
            options: TableOptions::default(),
            normalize: None,
        };
        ShardedTable::new(spec, &[]).unwrap()
    }

    #[test]
    fn a_table_is_read_by_its_primary_key_else_by_its_sharding_columns() {
        let table = table();
        let all = [("ID", "bigint"), ("SKU_ID", "bigint"), ("f", "double")];
        let read = |primary: &[&str]| reading(&table, "t_0", &columns(primary, &all)).unwrap();
        assert!(!read(&["id"]).is_grouped);
        assert_eq!(read(&["id"]).key[0].name, "ID");
        assert!(read(&[]).is_grouped);
        // a DOUBLE does not survive its printing
        assert!(read(&["f", "id"]).is_grouped);
        assert_eq!(read(&[]).key[0].name, "SKU_ID");
    }

    #[test]
    fn what_cannot_be_read_says_what_is_missing() {
        let table = table();
        let told = |types: &[(&str, &str)]| {
            let error = reading(&table, "t_0", &columns(&["id"], types));
            error.unwrap_err().to_string()
        };
        assert_eq!(told(&[]), "there is no table t_0");
        assert!(told(&[("id", "bigint")]).contains("no column sku_id"));
        assert!(told(&[("id", "bigint"), ("sku_id", "float")]).contains("no exact values"));
    }
}
