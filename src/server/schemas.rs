//! Columns of the logical tables, asked of the servers once, for the command line.

use crate::config::Config;
use crate::model::Schema;

use super::build;
use super::error::ServerError;

/// The columns of each logical database, in the order of the configuration; nothing is known of tables whose data
/// sources cannot be reached.
///
/// # Errors
/// The configuration has no logical database.
pub async fn schemas(config: &Config) -> Result<Vec<Schema>, ServerError> {
    let (context, _guard) = build::visit(config).await?;
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
    Ok(schemas)
}
