//! The catalogs of all logical databases, compared or built from the command line.

use crate::config::Config;
use crate::kernel::{CatalogError, Drift};

use super::build;
use super::error::ServerError;

/// One logical database's catalog.
#[derive(Debug)]
pub struct CatalogReport {
    /// The logical database.
    pub database: String,
    /// What differs, or differed; `None` where no `catalogDataSource` is declared.
    pub drift: Option<Result<Vec<Drift>, CatalogError>>,
}

/// Compares every catalog with its logical tables; with `applies` builds what is missing or differs.
///
/// # Errors
/// The configuration has no logical database.
pub async fn catalogs(config: &Config, applies: bool) -> Result<Vec<CatalogReport>, ServerError> {
    let (context, _guard) = build::visit(config).await?;
    let mut reports = Vec::new();
    for name in &context.names {
        let Some(database) = context.database(name) else {
            continue;
        };
        let drift = match database.rules.catalog_source {
            Some(_) => {
                database.read_columns().await;
                Some(database.catalog_drift(applies).await)
            }
            None => None,
        };
        reports.push(CatalogReport {
            database: name.clone(),
            drift,
        });
    }
    Ok(reports)
}
