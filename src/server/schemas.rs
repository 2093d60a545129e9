//! Columns of the logical tables, asked of the servers once, for the command line.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::keygen::KeyGenerators;
use crate::model::Schema;

use super::build;
use super::error::ServerError;
use super::pools::Pools;

/// The columns of each logical database, in the order of the configuration; nothing is known of tables whose data
/// sources cannot be reached.
///
/// # Errors
/// The configuration has no logical database.
pub async fn schemas(config: &Config) -> Result<Vec<Schema>, ServerError> {
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
    let mut schemas = Vec::new();
    for known in &config.databases {
        let schema = match context.database(&known.database.name) {
            Some(database) => {
                database.read_columns().await;
                Schema::clone(&database.schema.load())
            }
            None => Schema::default(),
        };
        schemas.push(schema);
    }
    stop.cancel();
    Ok(schemas)
}
