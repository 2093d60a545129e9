//! The catalogs of all logical databases, compared or built from the command line.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::kernel::{CatalogError, Drift};
use crate::keygen::KeyGenerators;

use super::build;
use super::error::ServerError;
use super::pools::Pools;

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
    let tracker = TaskTracker::new();
    let stop = CancellationToken::new();
    let pools = Pools::next(
        &Pools::default(),
        &config.databases,
        config.options.worker_id,
        &tracker,
        &stop,
    );
    let context = build::context(config, &pools, &Arc::new(KeyGenerators::default()), 1).await?;
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
    stop.cancel();
    Ok(reports)
}
