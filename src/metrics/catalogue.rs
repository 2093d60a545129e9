//! The catalogue: one field a metric.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::label::{
    ClassLabels, CodeLabels, FanOut, FanOutLabels, GroupLabels, KeyLabels, Outcome, SourceLabels,
    StatementClass, StatementLabels,
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
    fan_outs: Family<FanOutLabels, Counter>,
    fan_out_nodes: Family<FanOutLabels, Counter>,
    pool_open: Family<SourceLabels, Gauge>,
    pool_idle: Family<SourceLabels, Gauge>,
    pool_waiting: Family<SourceLabels, Gauge>,
    pool_waits: Family<SourceLabels, Gauge>,
    pool_wait_us: Family<SourceLabels, Gauge>,
    pool_up: Family<SourceLabels, Gauge>,
    member_primary: Family<SourceLabels, Gauge>,
    member_serves_reads: Family<SourceLabels, Gauge>,
    member_lag: Family<SourceLabels, Gauge<f64, AtomicU64>>,
    member_state_changes: Family<SourceLabels, Gauge>,
    member_writable_replica: Family<SourceLabels, Gauge>,
    group_takes_writes: Family<GroupLabels, Gauge>,
    group_two_writers: Family<GroupLabels, Gauge>,
    group_quarrels: Family<GroupLabels, Gauge>,
    group_trusted: Family<GroupLabels, Gauge>,
    group_primary_changes: Family<GroupLabels, Gauge>,
    group_failed_probes: Family<GroupLabels, Gauge>,
    group_waited: Family<GroupLabels, Gauge>,
    group_gave_up: Family<GroupLabels, Gauge>,
    group_primary_reads: Family<GroupLabels, Gauge>,
    group_repeated: Family<GroupLabels, Gauge>,
    /// Client connections open now.
    pub sessions: Gauge,
    /// Logins accepted.
    pub logins: Counter,
    /// Logins refused.
    pub failed_logins: Counter,
    /// Logins that wait for one of the places.
    pub logins_waiting: Gauge,
    /// Logins that went on without their place, as the client took long.
    pub logins_slow: Counter,
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
    /// Templates that gave way to others.
    pub template_evictions: Counter,
    /// Templates that are kept.
    pub templates: Gauge,
    /// Bytes that they take.
    pub template_bytes: Gauge,
    /// Statements that ran though a digest list that is learning is against them.
    pub firewall_learned: Counter,
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

/// A member of a read-write group at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemberReading {
    /// It is the primary.
    pub is_primary: bool,
    /// It serves reads, or as the primary whatever is not a replica's.
    pub serves_reads: bool,
    /// How far it is behind; `None` if that is not known.
    pub lag_seconds: Option<f64>,
    /// Changes of its state, since the start.
    pub state_changes: u64,
    /// It is a replica that nobody has set read-only.
    pub is_writable_replica: bool,
}

/// A read-write group at one moment; totals count from the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupReading {
    /// Its primary takes writes.
    pub takes_writes: bool,
    /// Two members do, so that it must not.
    pub has_two_writers: bool,
    /// Times that two writers were found.
    pub quarrels: u64,
    /// The declared primary is taken at its word.
    pub is_trusted: bool,
    /// Changes of the primary.
    pub primary_changes: u64,
    /// Probes that failed.
    pub failed_probes: u64,
    /// Statements that waited for a primary.
    pub waited: u64,
    /// Of these, those that waited in vain.
    pub gave_up: u64,
    /// Reads that the primary served for want of a fresh replica.
    pub primary_reads: u64,
    /// Statements sent again to another member.
    pub repeated: u64,
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
            fan_outs: registered(
                &mut registry,
                "kernel_fan_outs",
                "Statements that were run on more than one node, by how: derived (one statement over several tables of a \
                 data source), joined (answers of several data sources), write, split_write (over several data sources)",
            ),
            fan_out_nodes: registered(
                &mut registry,
                "kernel_fan_out_nodes",
                "Nodes that these statements touched: divided by their number, how many nodes one has",
            ),
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
            member_primary: registered(
                &mut registry,
                "backend_member_primary",
                "1 for the member that is its group's primary",
            ),
            member_serves_reads: registered(
                &mut registry,
                "backend_member_serves_reads",
                "1 while the member serves reads",
            ),
            member_lag: registered(
                &mut registry,
                "backend_member_lag_seconds",
                "How far the replica is behind, -1 if that is not known",
            ),
            member_state_changes: registered(
                &mut registry,
                "backend_member_state_changes",
                "Changes of the member's state, since the start",
            ),
            member_writable_replica: registered(
                &mut registry,
                "backend_member_writable_replica",
                "1 while the member is a replica that takes writes from whoever asks it",
            ),
            group_takes_writes: registered(
                &mut registry,
                "backend_group_takes_writes",
                "1 while the group has a primary that takes writes",
            ),
            group_two_writers: registered(
                &mut registry,
                "backend_group_two_writers",
                "1 while two members take writes, so that the group refuses them (29012)",
            ),
            group_quarrels: registered(
                &mut registry,
                "backend_group_quarrels",
                "Times that two members were found taking writes, since the start",
            ),
            group_trusted: registered(
                &mut registry,
                "backend_group_trusted",
                "1 while the account may not see replication, so that no promotion is followed",
            ),
            group_primary_changes: registered(
                &mut registry,
                "backend_group_primary_changes",
                "Changes of the primary, since the start",
            ),
            group_failed_probes: registered(
                &mut registry,
                "backend_group_failed_probes",
                "Probes of members that failed, since the start",
            ),
            group_waited: registered(
                &mut registry,
                "backend_group_waited_statements",
                "Statements that waited for a primary, since the start",
            ),
            group_gave_up: registered(
                &mut registry,
                "backend_group_gave_up_statements",
                "Of these, those that waited in vain or found no room, since the start",
            ),
            group_primary_reads: registered(
                &mut registry,
                "backend_group_primary_reads",
                "Reads that the primary served for want of a fresh replica, since the start",
            ),
            group_repeated: registered(
                &mut registry,
                "backend_group_repeated_statements",
                "Statements sent again to another member, since the start",
            ),
            sessions: registered(
                &mut registry,
                "session_connections",
                "Client connections open now",
            ),
            logins: registered(&mut registry, "session_logins", "Logins accepted"),
            failed_logins: registered(&mut registry, "session_failed_logins", "Logins refused"),
            logins_waiting: registered(
                &mut registry,
                "session_logins_waiting",
                "Clients that wait for one of limits.maxHandshakes places to log in",
            ),
            logins_slow: registered(
                &mut registry,
                "session_slow_logins",
                "Logins that passed their place on after a second without an end, since the client was slow",
            ),
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
            template_evictions: registered(
                &mut registry,
                "kernel_template_evictions",
                "Templates that gave way to others",
            ),
            templates: registered(&mut registry, "kernel_templates", "Templates that are kept"),
            template_bytes: registered(
                &mut registry,
                "kernel_template_bytes",
                "Bytes that templates take, at most",
            ),
            firewall_learned: registered(
                &mut registry,
                "kernel_firewall_learned",
                "Statements that a digest list would refuse if it were not learning",
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

    /// Counts a statement that runs on several nodes.
    pub fn fan_out(&self, kind: FanOut, nodes: usize) {
        let labels = FanOutLabels { kind };
        self.fan_outs.get_or_create(&labels).inc();
        let nodes = u64::try_from(nodes).unwrap_or(u64::MAX);
        self.fan_out_nodes.get_or_create(&labels).inc_by(nodes);
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

    /// Publishes a member's state.
    pub fn member(&self, database: &str, source: &str, reading: &MemberReading) {
        let labels = SourceLabels {
            database: database.to_owned(),
            source: source.to_owned(),
        };
        self.member_primary
            .get_or_create(&labels)
            .set(i64::from(reading.is_primary));
        self.member_serves_reads
            .get_or_create(&labels)
            .set(i64::from(reading.serves_reads));
        self.member_lag
            .get_or_create(&labels)
            .set(reading.lag_seconds.unwrap_or(-1.0));
        self.member_state_changes
            .get_or_create(&labels)
            .set(i64::try_from(reading.state_changes).unwrap_or(i64::MAX));
        self.member_writable_replica
            .get_or_create(&labels)
            .set(i64::from(reading.is_writable_replica));
    }

    /// Publishes a group's state.
    pub fn group(&self, database: &str, group: &str, reading: &GroupReading) {
        let labels = GroupLabels {
            database: database.to_owned(),
            group: group.to_owned(),
        };
        let figures = [
            (&self.group_takes_writes, u64::from(reading.takes_writes)),
            (&self.group_two_writers, u64::from(reading.has_two_writers)),
            (&self.group_quarrels, reading.quarrels),
            (&self.group_trusted, u64::from(reading.is_trusted)),
            (&self.group_primary_changes, reading.primary_changes),
            (&self.group_failed_probes, reading.failed_probes),
            (&self.group_waited, reading.waited),
            (&self.group_gave_up, reading.gave_up),
            (&self.group_primary_reads, reading.primary_reads),
            (&self.group_repeated, reading.repeated),
        ];
        for (family, figure) in figures {
            family
                .get_or_create(&labels)
                .set(i64::try_from(figure).unwrap_or(i64::MAX));
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
