//! The care of a group: each member probed on its own schedule, and what follows from it done.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use tokio_util::sync::CancellationToken;

use super::members::Members;
use super::observation::Observation;
use super::probe::{Heartbeat, probe};
use super::record::FAILURES_TO_DROP;
use super::view::{GroupView, MemberState, Writes};
use crate::backend::conn::{Conn, Origin};
use crate::backend::connector::Connector;
use crate::backend::error::ConnError;
use crate::backend::options::PoolKey;

/// Probes that are asked for before their time come no closer than this.
const LEAST_GAP: Duration = Duration::from_millis(50);

impl Members {
    /// Probes one member until `token` is canceled, by a connection of its own that no traffic waits for.
    ///
    /// # Cancel safety
    /// May be dropped at any time.
    pub async fn watch(self: Arc<Self>, index: usize, token: CancellationToken) {
        let Some(mut prober) = Prober::new(&self, index) else {
            return;
        };
        let look = async {
            loop {
                let started = Instant::now();
                let outcome = prober.look().await;
                self.take_in(index, outcome);
                self.rest(index, started).await;
            }
        };
        tokio::select! {
            biased;
            () = token.cancelled() => {}
            () = look => {}
        }
    }

    /// Until the next probe is due, or wanted.
    async fn rest(&self, index: usize, started: Instant) {
        let due = tokio::time::sleep_until((started + self.care.probe_interval).into());
        let Some(nudge) = self.nudges.get(index) else {
            return due.await;
        };
        tokio::select! {
            () = due => {}
            () = nudge.notified() => {
                tokio::time::sleep_until((started + LEAST_GAP).into()).await;
            }
        }
    }

    /// Probes every member as soon as it can be: something was heard that the view does not know yet.
    pub(super) fn nudge(&self) {
        for nudge in &self.nudges {
            nudge.notify_one();
        }
    }

    fn take_in(&self, index: usize, outcome: Result<Observation, ConnError>) {
        let error = outcome.as_ref().err().cloned();
        if error.is_some() {
            self.counts.failed_probes.fetch_add(1, Ordering::Relaxed);
        }
        let before = self.view();
        let (after, failures, began_doubt) = {
            let mut record = self.record();
            let was_doubtful = record.is_doubtful();
            record.note(index, outcome.ok(), &self.care, Instant::now());
            let view = record.view(SystemTime::now());
            // published under the lock, so that views come in the order of what they tell
            self.publish(view);
            let began_doubt = record.is_doubtful() && !was_doubtful;
            (self.view(), record.failures(index), began_doubt)
        };
        if began_doubt {
            self.nudge();
        }
        self.mind_pool(index, failures, error.as_ref());
        self.follow(&before, &after);
    }

    /// A hanging server is taken out of the way of what waits for it; one that answers again is tried at once.
    fn mind_pool(&self, index: usize, failures: u32, error: Option<&ConnError>) {
        let Some(pool) = self.pools().get(index) else {
            return;
        };
        match error {
            None => pool.hope(),
            Some(error) if failures == FAILURES_TO_DROP && !error.is_server_full() => {
                tracing::warn!(data_source = %pool.endpoint().name, %error, "three probes in a row failed");
                pool.trip(error);
            }
            Some(error) => {
                tracing::debug!(data_source = %pool.endpoint().name, %error, "a probe failed");
            }
        }
    }

    /// Does and says what a new view asks for.
    fn follow(&self, before: &GroupView, after: &GroupView) {
        if before.primary != after.primary {
            self.counts.primary_changes.fetch_add(1, Ordering::Relaxed);
            let old = after.members.get(before.primary);
            let new = after.members.get(after.primary);
            tracing::warn!(
                group = %self.care.group,
                from = old.map_or("?", |member| &*member.name),
                to = new.map_or("?", |member| &*member.name),
                "the group has another primary"
            );
            if !old.is_some_and(|member| member.is_up)
                && let Some(pool) = self.pools().get(before.primary)
            {
                // nobody will answer what was sent there
                pool.cut_off();
            }
        }
        if after.is_trusted && !before.is_trusted {
            tracing::warn!(
                group = %self.care.group,
                "the account may not see replication: the declared primary is trusted and no promotion is followed; \
                 grant it REPLICATION CLIENT (MariaDB: SLAVE MONITOR)"
            );
        }
        if before.writes != after.writes {
            self.tell_writes(after.writes);
        }
        for (old, new) in before.members.iter().zip(&after.members) {
            if old.state != new.state {
                tell_state(&self.care.group, &new.name, old.state, new.state);
            }
        }
        self.end_outage(after);
    }

    fn tell_writes(&self, writes: Writes) {
        let group = &*self.care.group;
        match writes {
            Writes::Taken => tracing::info!(group, "the group takes writes"),
            Writes::Doubtful => {
                tracing::warn!(group, "two members may take writes: they are asked again");
            }
            Writes::ReadOnly => tracing::warn!(group, "every member of the group is read-only"),
            Writes::Lost => {
                tracing::error!(
                    group,
                    "the group's primary is lost and none has been promoted"
                );
            }
            Writes::TwoWriters => {
                self.counts.quarrels.fetch_add(1, Ordering::Relaxed);
                tracing::error!(
                    group,
                    "two members take writes: the group refuses them until all but one are read-only"
                );
            }
        }
    }
}

fn tell_state(group: &str, member: &str, from: MemberState, to: MemberState) {
    let (from, to_name) = (from.name(), to.name());
    if to == MemberState::Serving || from == MemberState::Unseen.name() {
        tracing::info!(
            group,
            member,
            from,
            to = to_name,
            "a member's state has changed"
        );
    } else {
        tracing::warn!(
            group,
            member,
            from,
            to = to_name,
            "a member's state has changed"
        );
    }
}

/// One member's probes.
struct Prober<'a> {
    members: &'a Members,
    index: usize,
    connector: Connector,
    heartbeat_table: Option<String>,
    conn: Option<Conn>,
}

impl<'a> Prober<'a> {
    fn new(members: &'a Members, index: usize) -> Option<Self> {
        let endpoint = members.pools().get(index)?.endpoint();
        let table = members.care.heartbeat_table.as_ref();
        let heartbeat_table = table.map(|table| format!("`{}`.`{table}`", endpoint.schema));
        let mut endpoint = endpoint.clone();
        // what it looks at is the server, which has no schema
        endpoint.schema.clear();
        Some(Self {
            members,
            index,
            connector: Connector::new(Arc::new(endpoint)),
            heartbeat_table,
            conn: None,
        })
    }

    /// One probe, within its deadline; a connection that did not answer is not asked again.
    async fn look(&mut self) -> Result<Observation, ConnError> {
        let timeout = self.members.care.probe_timeout;
        let outcome = match tokio::time::timeout(timeout, self.ask()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ConnError::ConnectTimeout {
                source_name: Arc::clone(&self.connector.endpoint().name),
                timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
            }),
        };
        if outcome.is_err() {
            self.conn = None;
        }
        outcome
    }

    async fn ask(&mut self) -> Result<Observation, ConnError> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => {
                let origin = Origin {
                    key: PoolKey::default(),
                    generation: 0,
                    created: Instant::now(),
                    max_prepared: 0,
                    is_for_file: false,
                    tracks_gtids: false,
                };
                self.connector.connect(origin).await?
            }
        };
        let view = self.members.view();
        let is_primary = view.primary == self.index && view.writes == Writes::Taken;
        let heartbeat = Heartbeat {
            table: self.heartbeat_table.as_deref(),
            writes: is_primary.then(milliseconds),
            writer: self.members.care.heartbeat_writer,
        };
        let seen = probe(&mut conn, heartbeat).await?;
        self.conn = Some(conn);
        Ok(seen)
    }
}

/// Numbers of heartbeats go on over restarts.
fn milliseconds() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
