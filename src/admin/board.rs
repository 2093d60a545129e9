//! What the proxy knows about itself: sessions, pools, readiness.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::backend::{Members, Pool, Writes};
use crate::kernel::{KillSwitches, StatusTables};
use crate::keygen::{Clock, KeyGenerators, KeyStatistics, SystemClock};
use crate::metrics::{KeyReading, Metrics, PoolReading};
use crate::protocol::{ColumnDefinition, TextResult};

/// Everything that /metrics, /readyz and the status tables read.
#[derive(Debug)]
pub struct Board {
    pub(super) metrics: Arc<Metrics>,
    switches: Arc<KillSwitches>,
    watched: Mutex<Watched>,
    generators: Arc<KeyGenerators>,
    is_draining: AtomicBool,
}

/// The pools, each with its logical database, and the groups, each with its database's name and its own.
#[derive(Clone, Debug)]
struct Watched {
    pools: Vec<(String, Arc<Pool>)>,
    groups: Vec<(String, String, Arc<Members>)>,
}

/// Whether clients should be sent here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// All data sources answer, and all groups take writes.
    Ready,
    /// Some do not; the rest is served.
    Partial,
    /// None answers, or the process is ending.
    Unready,
    /// Generated keys are refused (contract 9.2).
    FuseOpen,
}

impl Board {
    /// A board over these pools, each with its logical database, and these groups, each with its database and name.
    #[must_use]
    pub fn new(
        metrics: Arc<Metrics>,
        switches: Arc<KillSwitches>,
        pools: Vec<(String, Arc<Pool>)>,
        groups: Vec<(String, String, Arc<Members>)>,
        generators: Arc<KeyGenerators>,
    ) -> Self {
        Self {
            metrics,
            switches,
            watched: Mutex::new(Watched { pools, groups }),
            generators,
            is_draining: AtomicBool::new(false),
        }
    }

    /// Reads other pools and groups from now on.
    pub fn watch(
        &self,
        pools: Vec<(String, Arc<Pool>)>,
        groups: Vec<(String, String, Arc<Members>)>,
    ) {
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = Watched { pools, groups };
    }

    /// The process is ending.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether clients should be sent here.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let Watched { pools, groups } = self.watched();
        let takes_writes = groups
            .iter()
            .all(|(_, _, members)| members.view().writes == Writes::Taken);
        let up = pools.iter().filter(|(_, pool)| pool.is_available()).count();
        match (self.is_draining.load(Ordering::Relaxed), up) {
            (true, _) | (_, 0) => Readiness::Unready,
            _ if !self.open_fuses().is_empty() => Readiness::FuseOpen,
            (false, up) if up == pools.len() && takes_writes => Readiness::Ready,
            (false, _) => Readiness::Partial,
        }
    }

    /// Why generated keys are refused, one line a worker.
    #[must_use]
    pub fn open_fuses(&self) -> Vec<String> {
        let all = self.generators.statistics(&SystemClock).into_iter();
        all.filter_map(|keys| Some(format!("worker {}: {}", keys.worker, keys.open_fuse?)))
            .collect()
    }

    /// All metrics as text.
    #[must_use]
    pub fn metrics_text(&self) -> String {
        let now_ms = SystemClock.now_ms();
        for keys in self.generators.statistics(&SystemClock) {
            self.metrics.keys(&key_reading(&keys, now_ms));
        }
        for (database, pool) in self.listed() {
            let status = pool.status();
            let reading = PoolReading {
                open: status.open as u64,
                idle: status.idle as u64,
                waiting: status.waiting as u64,
                waits: status.waited_total,
                wait_us: status.wait_us_total,
                is_up: status.is_available,
            };
            self.metrics
                .pool(&database, &pool.endpoint().name, &reading);
        }
        self.read_groups();
        self.metrics.text()
    }

    fn listed(&self) -> Vec<(String, Arc<Pool>)> {
        self.watched().pools
    }

    pub(super) fn groups(&self) -> Vec<(String, String, Arc<Members>)> {
        self.watched().groups
    }

    fn watched(&self) -> Watched {
        self.watched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn pool_table(&self) -> TextResult {
        let names = [
            "database",
            "data_source",
            "state",
            "open",
            "idle",
            "waiting",
            "acquired",
            "connect_failures",
        ];
        let rows = self.listed().into_iter().map(|(database, pool)| {
            let status = pool.status();
            let state = if status.is_available { "up" } else { "down" };
            [
                database,
                pool.endpoint().name.to_string(),
                state.to_owned(),
                status.open.to_string(),
                status.idle.to_string(),
                status.waiting.to_string(),
                status.acquired_total.to_string(),
                status.connect_failures_total.to_string(),
            ]
            .map(|text| Some(text.into_bytes()))
            .to_vec()
        });
        TextResult {
            rows: rows.collect(),
            columns: names.map(ColumnDefinition::text).to_vec(),
        }
    }
}

impl Board {
    fn session_table(&self) -> TextResult {
        let mut columns: Vec<_> = ["User", "Host", "db", "Command"]
            .map(ColumnDefinition::text)
            .to_vec();
        columns.insert(0, ColumnDefinition::integer("Id"));
        columns.push(ColumnDefinition::integer("Time"));
        columns.extend(["State", "Info"].map(ColumnDefinition::text));
        let rows = self.switches.list().into_iter().map(|row| {
            let text = |value: &str| Some(value.as_bytes().to_vec());
            let command = if row.is_running { "Query" } else { "Sleep" };
            let id = row.id.to_string();
            let seconds = row.seconds.to_string();
            vec![
                text(&id),
                text(&row.user),
                text(&row.host),
                row.database.as_deref().and_then(text),
                text(command),
                text(&seconds),
                text(""),
                row.info,
            ]
        });
        TextResult {
            rows: rows.collect(),
            columns,
        }
    }
}

impl Board {
    fn key_table(&self) -> TextResult {
        let mut columns: Vec<_> = ["worker", "epoch_ms", "generated", "waits", "used_ms"]
            .map(ColumnDefinition::integer)
            .to_vec();
        columns.push(ColumnDefinition::integer("reserved_ms"));
        columns.extend(["fuse", "reason"].map(ColumnDefinition::text));
        let rows = self
            .generators
            .statistics(&SystemClock)
            .into_iter()
            .map(|keys| {
                let number = |figure: u64| Some(figure.to_string().into_bytes());
                let fuse = if keys.is_fuse_open() {
                    "open"
                } else {
                    "closed"
                };
                vec![
                    number(u64::from(keys.worker.get())),
                    number(keys.epoch_ms),
                    number(keys.generated),
                    number(keys.waits),
                    number(keys.used_ms),
                    keys.reserved_ms.and_then(number),
                    Some(fuse.as_bytes().to_vec()),
                    keys.open_fuse.map(String::into_bytes),
                ]
            });
        TextResult {
            rows: rows.collect(),
            columns,
        }
    }
}

fn key_reading(keys: &KeyStatistics, now_ms: u64) -> KeyReading {
    let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    KeyReading {
        worker: keys.worker.get(),
        epoch_ms: keys.epoch_ms,
        is_fuse_open: keys.is_fuse_open(),
        fuse_openings: keys.fuse_openings,
        waits: keys.waits,
        mark_ahead_ms: keys
            .reserved_ms
            .map_or(0, |ms| signed(ms).saturating_sub(signed(now_ms))),
        mark_writes: keys.mark_writes,
        mark_failures: keys.mark_failures,
    }
}

impl StatusTables for Board {
    fn table(&self, name: &str) -> Option<TextResult> {
        match name.trim() {
            "pools" | "data sources" => Some(self.pool_table()),
            "keys" => Some(self.key_table()),
            "sessions" => Some(self.session_table()),
            "events" => Some(self.event_table()),
            "members" | "replicas" | "groups" => Some(self.member_table()),
            _ => None,
        }
    }
}
