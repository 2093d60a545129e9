//! Generated keys of one logical database's tables.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::backend::{ConnError, PoolKey};
use crate::keygen::{
    KeyError, KeyGenerators, Snowflake, SnowflakeSettings, SystemClock, new_nano_id, new_uuid,
    new_uuid_v7,
};
use crate::model::{ShardingValue, ShortList, SourceId};
use crate::rule::{Database, KeySpec, UuidVersion};

use super::context::LogicalDatabase;

/// A data source that could not be asked for its greatest key is asked again after this long.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// Errors of a node that has no such table or column yet: it holds no key.
const NOT_THERE: [u16; 2] = [1146, 1054];

/// What draws the keys of one table.
#[derive(Clone, Debug)]
enum Source {
    Snowflake(Snowflake),
    Uuid(UuidVersion),
    NanoId,
}

impl Source {
    fn new(spec: &KeySpec, generators: &KeyGenerators) -> Option<Self> {
        match spec {
            KeySpec::Snowflake {
                worker_id,
                max_vibration_offset,
                max_tolerate_ms,
                epoch_ms,
            } => {
                let settings = SnowflakeSettings::new(
                    *worker_id,
                    *max_vibration_offset,
                    *max_tolerate_ms,
                    *epoch_ms,
                );
                // the configuration has checked the same bounds
                let settings = settings.ok()?;
                Some(Self::Snowflake(
                    generators.snowflake(settings, &SystemClock),
                ))
            }
            KeySpec::Uuid(version) => Some(Self::Uuid(*version)),
            KeySpec::NanoId => Some(Self::NanoId),
        }
    }

    fn snowflake(&self) -> Option<&Snowflake> {
        match self {
            Self::Snowflake(snowflake) => Some(snowflake),
            Self::Uuid(_) | Self::NanoId => None,
        }
    }

    fn text(&self) -> Result<ShardingValue, KeyError> {
        let text = match self {
            Self::Uuid(UuidVersion::Time) => new_uuid_v7(&SystemClock),
            Self::NanoId => new_nano_id(),
            Self::Uuid(UuidVersion::Random) | Self::Snowflake(_) => new_uuid(),
        };
        text.map(ShardingValue::Text)
    }
}

/// One table's keys.
#[derive(Debug)]
struct Keys {
    column: String,
    source: Source,
    /// Every node's greatest key has been compared with the clock.
    is_compared: AtomicBool,
    /// Data sources still to be asked, and when they were asked last; `None` until the first time.
    left: Mutex<Option<(Vec<SourceId>, Instant)>>,
}

/// The generators of one logical database.
#[derive(Debug, Default)]
pub struct TableKeys {
    /// By lower-case table name.
    tables: HashMap<String, Arc<Keys>>,
    /// Snowflakes by their names in the rules.
    named: BTreeMap<String, Snowflake>,
    generators: Arc<KeyGenerators>,
}

/// What `SNOWFLAKE(name)` draws from.
#[derive(Debug)]
pub(super) enum Named<'k> {
    /// This generator, and the tables whose keys are compared first.
    One(&'k Snowflake, Vec<&'k str>),
    /// There is none of that name.
    None,
    /// None is named, and they are these.
    Several(Vec<&'k str>),
}

impl TableKeys {
    /// The generators that a database's rules declare; snowflakes share the process's sequences.
    #[must_use]
    pub fn new(database: &Database, generators: &Arc<KeyGenerators>) -> Self {
        let mut tables = HashMap::new();
        for table in database.sharded_tables() {
            let Some(key) = &table.key else { continue };
            let Some(source) = Source::new(&key.generator, generators) else {
                continue;
            };
            let keys = Keys {
                column: key.column.clone(),
                is_compared: AtomicBool::new(source.snowflake().is_none()),
                source,
                left: Mutex::new(None),
            };
            tables.insert(table.name.to_lowercase(), Arc::new(keys));
        }
        let named = database.key_generators.iter().filter_map(|(name, spec)| {
            match Source::new(spec, generators)? {
                Source::Snowflake(snowflake) => Some((name.clone(), snowflake)),
                Source::Uuid(_) | Source::NanoId => None,
            }
        });
        Self {
            tables,
            named: named.collect(),
            generators: Arc::clone(generators),
        }
    }

    /// All generators of the process.
    pub(super) fn generators(&self) -> &KeyGenerators {
        &self.generators
    }

    /// The generator of a table, or one by its own name, or the only one.
    pub(super) fn named(&self, name: Option<&str>) -> Named<'_> {
        let Some(name) = name else {
            let mut all = self.named.values();
            return match all.next() {
                None => Named::None,
                Some(first) if all.all(|other| other.settings() == first.settings()) => {
                    Named::One(first, self.filled_by(first))
                }
                Some(_) => Named::Several(self.named.keys().map(String::as_str).collect()),
            };
        };
        let folded = name.to_lowercase();
        if let Some((table, keys)) = self.tables.get_key_value(&folded)
            && let Some(snowflake) = keys.source.snowflake()
        {
            return Named::One(snowflake, vec![table.as_str()]);
        }
        let mut all = self.named.iter();
        match all.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, snowflake)) => Named::One(snowflake, self.filled_by(snowflake)),
            None => Named::None,
        }
    }

    fn filled_by(&self, snowflake: &Snowflake) -> Vec<&str> {
        let is_same = |keys: &Keys| {
            let own = keys.source.snowflake();
            own.is_some_and(|own| own.settings() == snowflake.settings())
        };
        let tables = self.tables.iter().filter(|(_, keys)| is_same(keys));
        tables.map(|(table, _)| table.as_str()).collect()
    }

    /// `count` keys for rows of `table`, consecutive where they are numbers.
    ///
    /// # Errors
    /// The clock moved back too far, or the statement has more rows than keys can be consecutive.
    ///
    /// # Cancel safety
    /// A dropped future has taken no key, or keys that nobody uses.
    pub async fn next(
        &self,
        table: &str,
        count: usize,
    ) -> Result<ShortList<ShardingValue>, KeyError> {
        match self.of(table).map(|keys| &keys.source) {
            Some(Source::Snowflake(snowflake)) => {
                let first = snowflake.take(count, &SystemClock).await?;
                Ok((0..count as u64)
                    .map(|step| ShardingValue::Int(i128::from(first + step)))
                    .collect())
            }
            Some(source) => (0..count).map(|_| source.text()).collect(),
            None => Ok(ShortList::new()),
        }
    }

    /// Stand-ins for keys where nothing is inserted: PREVIEW draws none.
    #[must_use]
    pub fn preview(&self, table: &str, count: usize) -> Vec<ShardingValue> {
        match self.of(table).map(|keys| &keys.source) {
            Some(Source::Snowflake(_)) => vec![ShardingValue::Int(0); count],
            Some(Source::Uuid(_)) => vec![ShardingValue::Text("0".repeat(32)); count],
            Some(Source::NanoId) => vec![ShardingValue::Text("0".repeat(21)); count],
            None => Vec::new(),
        }
    }

    fn of(&self, table: &str) -> Option<&Arc<Keys>> {
        self.tables
            .get(table)
            .or_else(|| self.tables.get(&table.to_lowercase()))
    }
}

impl LogicalDatabase {
    /// Compares the greatest key that the nodes of `table` hold with the clock, before the first generated one
    /// (contract 9.1). A data source that is down is asked when it is up; nothing is asked after all have answered.
    ///
    /// # Errors
    /// A node holds a key of more than a second ahead.
    ///
    /// # Cancel safety
    /// A dropped future leaves the data sources to be asked again.
    pub(super) async fn compare_keys(&self, table: &str) -> Result<(), KeyError> {
        let Some(keys) = self.keys.of(table) else {
            return Ok(());
        };
        if keys.is_compared.load(Ordering::Acquire) {
            return Ok(());
        }
        let Source::Snowflake(snowflake) = &keys.source else {
            return Ok(());
        };
        let Some(rule) = self
            .rules
            .sharded_tables()
            .find(|rule| rule.name.eq_ignore_ascii_case(table))
        else {
            return Ok(());
        };
        let mut left = keys.left.lock().await;
        let sources = match left.take() {
            Some((sources, asked)) if asked.elapsed() < ASK_AGAIN => {
                *left = Some((sources, asked));
                return Ok(());
            }
            Some((sources, _)) => sources,
            None => rule
                .nodes
                .iter()
                .map(|node| node.source)
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect(),
        };
        if keys.is_compared.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut down = Vec::new();
        for source in sources {
            let tables = rule
                .nodes
                .iter()
                .filter(|node| node.source == source)
                .map(|node| &*node.table);
            match Box::pin(self.greatest_key(source, &keys.column, tables)).await {
                Ok(Some(greatest)) => snowflake.check_above(greatest, &SystemClock)?,
                Ok(None) => {}
                Err(reason) => {
                    tracing::warn!(database = %self.name, table, reason, "the greatest key of a data source is not known yet");
                    down.push(source);
                }
            }
        }
        if down.is_empty() {
            keys.is_compared.store(true, Ordering::Release);
        } else {
            *left = Some((down, Instant::now()));
        }
        Ok(())
    }

    async fn greatest_key<'t>(
        &self,
        source: SourceId,
        column: &str,
        tables: impl Iterator<Item = &'t str>,
    ) -> Result<Option<u64>, String> {
        let Some(members) = self.members(source) else {
            return Ok(None);
        };
        let key = PoolKey {
            has_found_rows: false,
        };
        let mut guard = members
            .primary()
            .acquire(key, 0)
            .await
            .map_err(|error| error.to_string())?;
        let quoted = |name: &str| name.replace('`', "``");
        let mut greatest = None;
        for table in tables {
            let sql = format!("SELECT MAX(`{}`) FROM `{}`", quoted(column), quoted(table));
            match guard.query(&sql).await {
                Ok(answer) => {
                    greatest =
                        greatest.max(answer.text(0, 0).and_then(|text| text.parse::<u64>().ok()))
                }
                Err(ConnError::Server { code, .. }) if NOT_THERE.contains(&code) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        guard.release();
        Ok(greatest)
    }
}
