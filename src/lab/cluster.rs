//! One primary with replicas that follow it by GTID, to be delayed, stopped, broken and promoted.

use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use super::distribution::Distribution;
use super::error::LabError;
use super::farm::{Account, grants};
use super::replication;
use super::server::{Server, ServerSpec};
use super::template::Template;

/// How long a replica may take to catch up, in seconds.
const CATCH_UP: u32 = 60;

/// What cluster to start.
#[derive(Debug, Clone)]
pub struct ClusterSpec {
    /// The server program of all of them.
    pub distribution: Distribution,
    /// Servers; the first one is the primary.
    pub servers: usize,
    /// Schemas to create.
    pub schemas: Vec<String>,
    /// The proxy's account.
    pub account: Account,
    /// Further options of every server.
    pub options: Vec<String>,
}

/// Running servers of one primary. Dropping it stops them all and removes their folders.
pub struct Cluster {
    servers: Vec<Server>,
}

impl Cluster {
    /// Starts all servers at once and lets the others follow the first.
    ///
    /// # Errors
    /// The first server's fault; the others are stopped.
    pub fn start(spec: &ClusterSpec) -> Result<Cluster, LabError> {
        let template = Template::create(&spec.distribution)?;
        let servers = thread::scope(|scope| {
            let starts: Vec<_> = (1..=spec.servers.max(1))
                .map(|n| {
                    let server = ServerSpec {
                        distribution: spec.distribution.clone(),
                        server_id: u32::try_from(n).unwrap_or(u32::MAX),
                        durable: false,
                        options: spec.options.clone(),
                    };
                    let template = &template;
                    scope.spawn(move || Server::start_from(template, server))
                })
                .collect();
            let ended = |_| LabError::Start {
                port: 0,
                detail: "the starting thread ended early".to_owned(),
            };
            let joined = starts.into_iter().map(|start| start.join().map_err(ended)?);
            joined.collect::<Result<Vec<_>, _>>()
        })?;
        let cluster = Cluster { servers };
        for replica in 1..cluster.servers.len() {
            replication::follow(cluster.server(replica), cluster.server(0))?;
        }
        let mut sql = grants(&spec.account, cluster.server(0).family());
        for schema in &spec.schemas {
            sql.push_str(&format!(
                "CREATE DATABASE `{schema}`; GRANT ALL ON `{schema}`.* TO '{}'@'127.0.0.1';",
                spec.account.user
            ));
        }
        cluster.server(0).sql(&sql)?;
        for replica in 1..cluster.servers.len() {
            cluster.catch_up(replica, 0)?;
        }
        Ok(cluster)
    }

    /// Servers that find each other without replication as it is set up here.
    pub(super) fn of(servers: Vec<Server>) -> Cluster {
        Cluster { servers }
    }

    /// One of the servers.
    pub fn server(&self, index: usize) -> &Server {
        &self.servers[index]
    }

    /// One of the servers, to be stopped, killed and restarted.
    pub fn server_mut(&mut self, index: usize) -> &mut Server {
        &mut self.servers[index]
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.servers.len()
    }

    /// Lets one follow another, read-only, whatever it did before.
    ///
    /// # Errors
    /// [`LabError::Sql`].
    pub fn follow(&self, replica: usize, source: usize) -> Result<(), LabError> {
        let replica = self.server(replica);
        replication::detach(replica)?;
        replication::rejoin(replica, self.server(source))
    }

    /// Makes a replica a primary: it no longer follows anybody and takes writes.
    ///
    /// # Errors
    /// [`LabError::Sql`].
    pub fn promote(&self, index: usize) -> Result<(), LabError> {
        replication::detach(self.server(index))?;
        self.set_read_only(index, false)
    }

    /// Sets a server read-only, or lets it take writes.
    ///
    /// # Errors
    /// [`LabError::Sql`].
    pub fn set_read_only(&self, index: usize, is_read_only: bool) -> Result<(), LabError> {
        replication::set_read_only(self.server(index), is_read_only)
    }

    /// Waits until one has all that another has committed by now.
    ///
    /// # Errors
    /// [`LabError::Replication`] if it does not within a minute.
    pub fn catch_up(&self, replica: usize, source: usize) -> Result<(), LabError> {
        replication::catch_up(self.server(replica), self.server(source), CATCH_UP)
    }

    /// Waits until a replica has applied all that it has received, its source being dead.
    ///
    /// # Errors
    /// [`LabError::Replication`] if it does not within a minute.
    pub fn drain(&self, replica: usize) -> Result<(), LabError> {
        replication::drain(self.server(replica), CATCH_UP)
    }

    /// Lets a replica apply everything so many seconds late; 0 = at once.
    ///
    /// # Errors
    /// [`LabError::Sql`].
    pub fn delay(&self, replica: usize, seconds: u32) -> Result<(), LabError> {
        replication::delay(self.server(replica), seconds)
    }

    /// Stops a replica's receiving thread alone.
    ///
    /// # Errors
    /// [`LabError::Sql`].
    pub fn stop_receiving(&self, replica: usize) -> Result<(), LabError> {
        replication::say(
            self.server(replica),
            ["STOP SLAVE IO_THREAD", "STOP REPLICA IO_THREAD"],
        )
    }

    /// Starts whatever of a replica's threads stands still.
    ///
    /// # Errors
    /// [`LabError::Sql`].
    pub fn resume(&self, replica: usize) -> Result<(), LabError> {
        replication::say(self.server(replica), ["START SLAVE", "START REPLICA"])
    }

    /// Stops a server as it is (SIGSTOP): it accepts connections and never says a word.
    pub fn freeze(&self, index: usize) {
        self.signal(index, Signal::STOP);
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self, index: usize) {
        self.signal(index, Signal::CONT);
    }

    fn signal(&self, index: usize, signal: Signal) {
        let pid = self.server(index).pid();
        if let Some(pid) = pid
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw)
        {
            // it may have ended
            let _ = kill_process(pid, signal);
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // a frozen one could not be ended
        for index in 0..self.servers.len() {
            self.thaw(index);
        }
    }
}
