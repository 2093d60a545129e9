//! Generated keys of one logical database's tables.

use std::collections::HashMap;

use crate::keygen::{KeyError, KeyGenerators, Snowflake, SnowflakeSettings, SystemClock, new_uuid};
use crate::model::ShardingValue;
use crate::rule::{Database, KeySpec};

/// What draws the keys of one table.
#[derive(Clone, Debug)]
enum Source {
    Snowflake(Snowflake),
    Uuid,
}

/// The generators by lower-case table name.
#[derive(Clone, Debug, Default)]
pub struct TableKeys(HashMap<String, Source>);

impl TableKeys {
    /// The generators that a database's rules declare; snowflakes share the process's sequences.
    #[must_use]
    pub fn new(database: &Database, generators: &KeyGenerators) -> Self {
        let mut sources = HashMap::new();
        for table in database.sharded_tables() {
            let Some(key) = &table.key else { continue };
            let source = match &key.generator {
                KeySpec::Snowflake { worker_id, max_vibration_offset, max_tolerate_ms, epoch_ms } => {
                    let settings =
                        SnowflakeSettings::new(*worker_id, *max_vibration_offset, *max_tolerate_ms, *epoch_ms);
                    // the configuration has checked the same bounds
                    let Ok(settings) = settings else { continue };
                    Source::Snowflake(generators.snowflake(settings, &SystemClock))
                }
                KeySpec::Uuid => Source::Uuid,
            };
            sources.insert(table.name.to_lowercase(), source);
        }
        Self(sources)
    }

    /// `count` keys for rows of `table`, consecutive where they are numbers.
    ///
    /// # Errors
    /// The clock moved back too far, or the statement has more rows than keys can be consecutive.
    ///
    /// # Cancel safety
    /// A dropped future has taken no key, or keys that nobody uses.
    pub async fn next(&self, table: &str, count: usize) -> Result<Vec<ShardingValue>, KeyError> {
        match self.0.get(&table.to_lowercase()) {
            Some(Source::Snowflake(snowflake)) => {
                let first = snowflake.take(count, &SystemClock).await?;
                Ok((0..count as u64).map(|step| ShardingValue::Int(i128::from(first + step))).collect())
            }
            Some(Source::Uuid) => (0..count).map(|_| new_uuid().map(ShardingValue::Text)).collect(),
            None => Ok(Vec::new()),
        }
    }

    /// Stand-ins for keys where nothing is inserted: PREVIEW draws none.
    #[must_use]
    pub fn preview(&self, table: &str, count: usize) -> Vec<ShardingValue> {
        match self.0.get(&table.to_lowercase()) {
            Some(Source::Snowflake(_)) => (0..count).map(|_| ShardingValue::Int(0)).collect(),
            Some(Source::Uuid) => (0..count).map(|_| ShardingValue::Text("0".repeat(32))).collect(),
            None => Vec::new(),
        }
    }
}
