//! The catalog: a schema named as the logical database, with an empty copy of every logical table (contract 10.2).

use std::collections::BTreeSet;
use std::fmt;

use crate::backend::{AcquireError, ConnError, Guard, PoolKey};
use crate::execute::replay;
use crate::model::SessionState;

use super::context::LogicalDatabase;
use super::definition::{self, without_counter};
use super::show_tables::stand_in;

/// Unknown table or database.
const NOT_THERE: [u16; 2] = [1146, 1049];

/// Why the catalog could not be read or built.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// No connection to the catalog's data source.
    #[error(transparent)]
    Acquire(#[from] AcquireError),
    /// The server refused a statement or is gone.
    #[error(transparent)]
    Conn(#[from] ConnError),
    /// The data source has rows in a schema of that name.
    #[error(
        "{0} on the catalog's data source is not empty, so it is no copy of a logical table: move it away, or name another catalogDataSource"
    )]
    NotEmpty(String),
    /// The catalog would be the schema that holds actual tables.
    #[error(
        "the catalog's data source keeps its own tables in schema {0}: name another catalogDataSource, or another schema"
    )]
    SameSchema(String),
}

/// A difference between the catalog and the logical tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// The catalog lacks this table.
    Missing(String),
    /// The catalog's table has other columns or keys.
    Differs(String),
    /// The catalog has a table that the logical database has not.
    Surplus(String),
    /// No node of this table could be asked.
    Unknown(String),
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(table) => write!(f, "{table}: not in the catalog"),
            Self::Differs(table) => write!(f, "{table}: the catalog has another definition"),
            Self::Surplus(table) => write!(f, "{table}: in the catalog, but no logical table"),
            Self::Unknown(table) => write!(f, "{table}: no node of it can be asked"),
        }
    }
}

impl LogicalDatabase {
    /// How the catalog differs from the logical tables; with `applies` the differences are removed too.
    /// Nothing without a `catalogDataSource`.
    ///
    /// # Errors
    /// See [`CatalogError`].
    ///
    /// # Cancel safety
    /// A dropped future leaves a table of the catalog out at worst; the next run makes it.
    pub async fn catalog_drift(&self, applies: bool) -> Result<Vec<Drift>, CatalogError> {
        let Some(mut guard) = self.catalog_connection().await? else {
            return Ok(Vec::new());
        };
        let mut drifts = Vec::new();
        let mut known = BTreeSet::new();
        for table in self.copied_tables() {
            known.insert(table.to_lowercase());
            drifts.extend(self.copy(&mut guard, &table, applies).await?);
        }
        let shown = guard
            .query(&format!("SHOW TABLES FROM {}", self.quoted_name()))
            .await;
        for row in shown.map(|answer| answer.rows).unwrap_or_default() {
            let Some(Some(name)) = row.first() else {
                continue;
            };
            let name = String::from_utf8_lossy(name).into_owned();
            if known.contains(&name.to_lowercase()) {
                continue;
            }
            if applies {
                self.drop_copy(&mut guard, &name).await?;
            }
            drifts.push(Drift::Surplus(name));
        }
        guard.mark_dirty();
        guard.release();
        Ok(drifts)
    }

    /// Makes the catalog's copies of `tables` anew after DDL.
    pub(super) async fn copy_to_catalog(
        &self,
        tables: impl Iterator<Item = &str>,
    ) -> Result<(), CatalogError> {
        let Some(mut guard) = self.catalog_connection().await? else {
            return Ok(());
        };
        for table in tables {
            match definition_of(self, table).await {
                Some(_) => {
                    self.copy(&mut guard, table, true).await?;
                }
                None => self.drop_copy(&mut guard, table).await?,
            }
        }
        guard.mark_dirty();
        guard.release();
        Ok(())
    }

    async fn catalog_connection(&self) -> Result<Option<Guard>, CatalogError> {
        let Some(source) = self.rules.catalog_source else {
            return Ok(None);
        };
        if self
            .rules
            .physical_schema(source)
            .eq_ignore_ascii_case(&self.name)
        {
            return Err(CatalogError::SameSchema(self.name.to_string()));
        }
        let Some(members) = self.members(source) else {
            return Ok(None);
        };
        let state = SessionState::default();
        let mut guard = members
            .primary()
            .acquire(
                PoolKey {
                    has_found_rows: false,
                },
                state.hash(),
            )
            .await?;
        replay(&mut guard, &state, false).await?;
        // a copy may come before the one that its foreign key refers to
        guard.mark_dirty();
        guard.query("SET foreign_key_checks = 0").await?;
        Ok(Some(guard))
    }

    /// Names of all logical tables that have a node, views left out.
    fn copied_tables(&self) -> Vec<String> {
        let schema = self.schema.load();
        let mut names: Vec<String> = self
            .rules
            .tables()
            .map(|rule| rule.name().to_owned())
            .collect();
        names.extend(schema.tables().map(|(name, _)| name.to_owned()));
        names.sort_unstable();
        names.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
        names
    }

    async fn copy(
        &self,
        guard: &mut Guard,
        table: &str,
        applies: bool,
    ) -> Result<Option<Drift>, CatalogError> {
        let Some(wanted) = definition_of(self, table).await else {
            return Ok(Some(Drift::Unknown(table.to_owned())));
        };
        if !wanted.starts_with(b"CREATE TABLE ") {
            // a view's text names tables that the catalog has under other schemas
            return Ok(None);
        }
        let path = self.path(table);
        let found = match guard.query(&format!("SHOW CREATE TABLE {path}")).await {
            Ok(answer) => answer
                .rows
                .into_iter()
                .next()
                .and_then(|row| row.into_iter().nth(1))
                .flatten(),
            Err(ConnError::Server { code, .. }) if NOT_THERE.contains(&code) => None,
            Err(error) => return Err(error.into()),
        };
        let found = found.map(|text| without_counter(&text));
        if found.as_ref() == Some(&wanted) {
            return Ok(None);
        }
        if applies {
            guard
                .query(&format!(
                    "CREATE DATABASE IF NOT EXISTS {}",
                    self.quoted_name()
                ))
                .await?;
            self.drop_copy(guard, table).await?;
            // `CREATE TABLE `t` (`: the schema goes in front of the name
            let name = wanted.iter().position(|byte| *byte == b'`').unwrap_or(0);
            let mut sql = wanted.clone();
            sql.splice(name..name, format!("{}.", self.quoted_name()).into_bytes());
            guard.query_bytes(&sql).await?;
        }
        Ok(Some(if found.is_some() {
            Drift::Differs(table.to_owned())
        } else {
            Drift::Missing(table.to_owned())
        }))
    }

    /// Drops a copy; a table with rows is somebody's, and stays.
    async fn drop_copy(&self, guard: &mut Guard, table: &str) -> Result<(), CatalogError> {
        let path = self.path(table);
        match guard.query(&format!("SELECT 1 FROM {path} LIMIT 1")).await {
            Ok(answer) if answer.rows.is_empty() => {}
            Ok(_) => return Err(CatalogError::NotEmpty(format!("{}.{table}", self.name))),
            Err(ConnError::Server { code, .. }) if NOT_THERE.contains(&code) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        guard.query(&format!("DROP TABLE IF EXISTS {path}")).await?;
        Ok(())
    }

    fn quoted_name(&self) -> String {
        format!("`{}`", self.name.replace('`', "``"))
    }

    fn path(&self, table: &str) -> String {
        format!("{}.`{}`", self.quoted_name(), table.replace('`', "``"))
    }
}

/// The definition that a table's stand-in node has, under logical names.
async fn definition_of(database: &LogicalDatabase, table: &str) -> Option<Vec<u8>> {
    let (source, actual) = stand_in(database, table);
    definition::read(database, source, &actual).await
}
