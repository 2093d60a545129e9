//! The catalogue: one field a metric.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::label::{
    ClassLabels, CodeLabels, KeyLabels, Outcome, SourceLabels, StatementClass, StatementLabels,
};

const CLASSES: [StatementClass; 5] = [
    StatementClass::Read,
    StatementClass::Write,
    StatementClass::Ddl,
    StatementClass::Transaction,
    StatementClass::Session,
];
const OUTCOMES: [Outcome; 5] = [
    Outcome::Ok,
    Outcome::Refused,
    Outcome::BackendError,
    Outcome::Unavailable,
    Outcome::Killed,
];

/// All metrics of the process. Cheap to call: counters of closed label sets are resolved once.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    statements: [[Counter; 5]; 5],
    seconds: [Histogram; 5],
    refusals: Family<CodeLabels, Counter>,
    backend_errors: Family<CodeLabels, Counter>,
    pool_open: Family<SourceLabels, Gauge>,
    pool_idle: Family<SourceLabels, Gauge>,
    pool_waiting: Family<SourceLabels, Gauge>,
    pool_waits: Family<SourceLabels, Gauge>,
    pool_wait_us: Family<SourceLabels, Gauge>,
    pool_up: Family<SourceLabels, Gauge>,
    /// Client connections open now.
    pub sessions: Gauge,
    /// Logins accepted.
    pub logins: Counter,
    /// Logins refused.
    pub failed_logins: Counter,
    /// Statements with a sharded table that were routed.
    pub routed: Counter,
    /// Of these, the ones that hit every node for want of a sharding value.
    pub full_routes: Counter,
    /// Keys generated.
    pub keys_generated: Counter,
    /// Template cache hits.
    pub template_hits: Counter,
    /// Template cache misses.
    pub template_misses: Counter,
    /// Connections closed because a peer sent what cannot be read.
    pub malformed_packets: Counter,
    /// Reloads that took effect.
    pub reloads: Counter,
    /// Reloads that were refused.
    pub failed_reloads: Counter,
    /// Statements prepared, in the binary protocol and in text.
    pub prepares: Counter,
    /// Of these, those whose parameters and columns a server had to be asked for.
    pub prepares_asked: Counter,
    /// Bytes that prepared statements of all sessions hold.
    pub prepared_bytes: Gauge,
    fuse_open: Family<KeyLabels, Gauge>,
    fuse_openings: Family<KeyLabels, Gauge>,
    key_waits: Family<KeyLabels, Gauge>,
    mark_ahead_ms: Family<KeyLabels, Gauge>,
    mark_writes: Family<KeyLabels, Gauge>,
    mark_failures: Family<KeyLabels, Gauge>,
}

/// A Snowflake generator's state at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyReading {
    /// Its worker id.
    pub worker: u16,
    /// Its epoch, in ms since 1970 UTC.
    pub epoch_ms: u64,
    /// Generated keys are refused.
    pub is_fuse_open: bool,
    /// Times the fuse opened.
    pub fuse_openings: u64,
    /// Times a caller was told to wait.
    pub waits: u64,
    /// How far its mark on the disk is ahead of the clock, in ms; negative where it is behind.
    pub mark_ahead_ms: i64,
    /// Times the mark was forced to the disk.
    pub mark_writes: u64,
    /// Times that failed.
    pub mark_failures: u64,
}

/// A pool's state at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolReading {
    /// Open connections.
    pub open: u64,
    /// Idle ones.
    pub idle: u64,
    /// Sessions waiting for one.
    pub waiting: u64,
    /// Requests that had to wait, since the start.
    pub waits: u64,
    /// Time that they waited, in microseconds.
    pub wait_us: u64,
    /// The data source answers.
    pub is_up: bool,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Registers everything once.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("shardgate");
        let statements = Family::<StatementLabels, Counter>::default();
        let seconds = Family::<ClassLabels, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.000_1, 2.0, 16))
        });
        registry.register(
            "kernel_statements",
            "Statements by class and outcome",
            statements.clone(),
        );
        registry.register(
            "kernel_statement_seconds",
            "Time from command to answer, whatever the outcome",
            seconds.clone(),
        );
        let resolved = CLASSES.map(|class| {
            OUTCOMES.map(|outcome| {
                statements
                    .get_or_create(&StatementLabels { class, outcome })
                    .clone()
            })
        });
        let histograms = CLASSES.map(|class| seconds.get_or_create(&ClassLabels { class }).clone());
        let refusals = registered(
            &mut registry,
            "kernel_refusals",
            "Refused statements by code, see refusals.md",
        );
        let backend_errors = registered(
            &mut registry,
            "execute_backend_errors",
            "Errors answered by backends, by code",
        );
        let pool_open = registered(
            &mut registry,
            "backend_pool_open_connections",
            "Open backend connections",
        );
        let pool_idle = registered(
            &mut registry,
            "backend_pool_idle_connections",
            "Idle backend connections",
        );
        let pool_waiting = registered(
            &mut registry,
            "backend_pool_waiters",
            "Sessions waiting for a connection",
        );
        Self {
            statements: resolved,
            seconds: histograms,
            refusals,
            backend_errors,
            pool_open,
            pool_idle,
            pool_waiting,
            pool_waits: registered(
                &mut registry,
                "backend_pool_waits",
                "Requests that had to wait, since the start",
            ),
            pool_wait_us: registered(
                &mut registry,
                "backend_pool_wait_us",
                "Time that requests waited, since the start",
            ),
            pool_up: registered(
                &mut registry,
                "backend_pool_up",
                "1 while the data source answers",
            ),
            sessions: registered(
                &mut registry,
                "session_connections",
                "Client connections open now",
            ),
            logins: registered(&mut registry, "session_logins", "Logins accepted"),
            failed_logins: registered(&mut registry, "session_failed_logins", "Logins refused"),
            routed: registered(
                &mut registry,
                "route_sharded_statements",
                "Routed statements with a sharded table",
            ),
            full_routes: registered(
                &mut registry,
                "route_full_routes",
                "Of these, statements that hit every node for want of a sharding value",
            ),
            keys_generated: registered(&mut registry, "keygen_keys", "Keys generated"),
            template_hits: registered(
                &mut registry,
                "kernel_template_hits",
                "Statements served by a known template",
            ),
            template_misses: registered(
                &mut registry,
                "kernel_template_misses",
                "Statements analyzed anew",
            ),
            malformed_packets: registered(
                &mut registry,
                "session_malformed_packets",
                "Connections closed because a peer sent what cannot be read",
            ),
            reloads: registered(&mut registry, "server_reloads", "Reloads that took effect"),
            failed_reloads: registered(
                &mut registry,
                "server_failed_reloads",
                "Reloads that were refused",
            ),
            prepares: registered(&mut registry, "kernel_prepares", "Statements prepared"),
            prepares_asked: registered(
                &mut registry,
                "kernel_prepares_asked",
                "Of these, those whose parameters and columns a server had to be asked for",
            ),
            prepared_bytes: registered(
                &mut registry,
                "kernel_prepared_bytes",
                "Bytes that prepared statements of all sessions hold",
            ),
            fuse_open: registered(
                &mut registry,
                "keygen_fuse_open",
                "1 while generated keys are refused: the clock went back, or the mark cannot be kept",
            ),
            fuse_openings: registered(
                &mut registry,
                "keygen_fuse_openings",
                "Times that the clock opened the fuse, since the start",
            ),
            key_waits: registered(
                &mut registry,
                "keygen_waits",
                "Times that a key was waited for: a millisecond was used up, the clock stood behind, or the disk was slow",
            ),
            mark_ahead_ms: registered(
                &mut registry,
                "keygen_mark_ahead_ms",
                "How far the mark on the disk is ahead of the clock; negative where no key was made for a while",
            ),
            mark_writes: registered(
                &mut registry,
                "keygen_mark_writes",
                "Times that the mark was forced to the disk, since the start",
            ),
            mark_failures: registered(
                &mut registry,
                "keygen_mark_failures",
                "Times that the mark could not be kept, since the start",
            ),
            registry,
        }
    }

    /// Counts a finished statement and its time.
    pub fn statement(&self, class: StatementClass, outcome: Outcome, took: Duration) {
        let (class, outcome) = (class as usize, outcome as usize);
        if let Some(counter) = self.statements.get(class).and_then(|row| row.get(outcome)) {
            counter.inc();
        }
        if let Some(histogram) = self.seconds.get(class) {
            histogram.observe(took.as_secs_f64());
        }
    }

    /// Counts a refusal.
    pub fn refusal(&self, code: u16) {
        self.refusals.get_or_create(&CodeLabels { code }).inc();
    }

    /// Counts an error that a backend answered.
    pub fn backend_error(&self, code: u16) {
        self.backend_errors
            .get_or_create(&CodeLabels { code })
            .inc();
    }

    /// Publishes a pool's state.
    pub fn pool(&self, database: &str, source: &str, reading: &PoolReading) {
        let labels = SourceLabels {
            database: database.to_owned(),
            source: source.to_owned(),
        };
        let figures = [
            (&self.pool_open, reading.open),
            (&self.pool_idle, reading.idle),
            (&self.pool_waiting, reading.waiting),
            (&self.pool_waits, reading.waits),
            (&self.pool_wait_us, reading.wait_us),
            (&self.pool_up, u64::from(reading.is_up)),
        ];
        for (family, figure) in figures {
            family
                .get_or_create(&labels)
                .set(i64::try_from(figure).unwrap_or(i64::MAX));
        }
    }

    /// Publishes a key generator's state.
    pub fn keys(&self, reading: &KeyReading) {
        let labels = KeyLabels {
            worker: reading.worker,
            epoch: reading.epoch_ms,
        };
        let number = |figure: u64| i64::try_from(figure).unwrap_or(i64::MAX);
        let figures = [
            (&self.fuse_open, i64::from(reading.is_fuse_open)),
            (&self.fuse_openings, number(reading.fuse_openings)),
            (&self.key_waits, number(reading.waits)),
            (&self.mark_ahead_ms, reading.mark_ahead_ms),
            (&self.mark_writes, number(reading.mark_writes)),
            (&self.mark_failures, number(reading.mark_failures)),
        ];
        for (family, figure) in figures {
            family.get_or_create(&labels).set(figure);
        }
    }

    /// All metrics in the text format that Prometheus scrapes.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // a String never fails to grow; a failing encoder would leave the text cut, not the process dead
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
        }
        text
    }
}

fn registered<M>(registry: &mut Registry, name: &str, help: &str) -> M
where
    M: prometheus_client::registry::Metric + Clone + Default,
{
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_statement_is_in_the_text() {
        let metrics = Metrics::new();
        metrics.statement(StatementClass::Read, Outcome::Ok, Duration::from_micros(50));
        metrics.refusal(20090);
        let text = metrics.text();
        assert!(
            text.contains(r#"shardgate_kernel_statements_total{class="read",outcome="ok"} 1"#),
            "{text}"
        );
        assert!(
            text.contains(r#"shardgate_kernel_refusals_total{code="20090"} 1"#),
            "{text}"
        );
    }
}
