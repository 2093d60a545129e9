//! A Galera cluster: nodes that all take writes.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::cluster::{Cluster, ClusterSpec};
use super::error::LabError;
use super::farm::grants;
use super::port::free_port;
use super::server::{Server, ServerSpec};
use super::template::Template;

/// Where distributions install the library that makes a MariaDB server a node.
const PROVIDERS: [&str; 3] = [
    "/usr/lib/galera/libgalera_smm.so",
    "/usr/lib64/galera-4/libgalera_smm.so",
    "/usr/lib64/galera/libgalera_smm.so",
];
/// How long a node may take to be one.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

impl Cluster {
    /// Starts the servers as nodes of one Galera cluster, which needs no copying of data: all begin with the same.
    /// `None` if the library is not installed.
    ///
    /// # Errors
    /// The first server's fault; the others are stopped.
    pub fn galera(spec: &ClusterSpec) -> Result<Option<Cluster>, LabError> {
        let Some(provider) = PROVIDERS.into_iter().find(|path| Path::new(path).exists()) else {
            return Ok(None);
        };
        let template = Template::create(&spec.distribution)?;
        let first_port = free_port()?;
        let node = |n: usize, port: u16, peers: &str| -> Result<ServerSpec, LabError> {
            let mut options = spec.options.clone();
            let transfer = free_port()?;
            options.extend([
                "--wsrep-on=ON".to_owned(),
                format!("--wsrep-provider={provider}"),
                format!("--wsrep-cluster-address=gcomm://{peers}"),
                "--wsrep-node-address=127.0.0.1".to_owned(),
                format!(
                    "--wsrep-provider-options=base_host=127.0.0.1;base_port={port};\
                     gmcast.listen_addr=tcp://127.0.0.1:{port};ist.recv_addr=127.0.0.1:{transfer};gcache.size=16M"
                ),
                "--innodb-autoinc-lock-mode=2".to_owned(),
            ]);
            Ok(ServerSpec {
                distribution: spec.distribution.clone(),
                server_id: u32::try_from(n + 1).unwrap_or(u32::MAX),
                durable: false,
                options,
            })
        };
        let mut first = node(0, first_port, "")?;
        first.options.push("--wsrep-new-cluster".to_owned());
        let mut servers = vec![Server::start_from(&template, first)?];
        synced(&servers[0])?;
        for n in 1..spec.servers.max(1) {
            let state = state(&servers[0])?;
            let joining = node(n, free_port()?, &format!("127.0.0.1:{first_port}"))?;
            let file = ("grastate.dat", state.as_str());
            servers.push(Server::start_with(&template, joining, file)?);
            synced(&servers[n])?;
        }
        let mut sql = grants(&spec.account, servers[0].family());
        for schema in &spec.schemas {
            sql.push_str(&format!(
                "CREATE DATABASE `{schema}`; GRANT ALL ON `{schema}`.* TO '{}'@'127.0.0.1';",
                spec.account.user
            ));
        }
        servers[0].sql(&sql)?;
        Ok(Some(Cluster::of(servers)))
    }
}

/// What says of a data folder that it has all of the cluster's writes so far.
fn state(node: &Server) -> Result<String, LabError> {
    let status = |name: &str| {
        node.value(&format!(
            "SELECT variable_value FROM information_schema.global_status WHERE variable_name = '{name}'"
        ))
    };
    Ok(format!(
        "# GALERA saved state\nversion: 2.1\nuuid:    {}\nseqno:   {}\nsafe_to_bootstrap: 0\n",
        status("wsrep_cluster_state_uuid")?,
        status("wsrep_last_committed")?
    ))
}

fn synced(node: &Server) -> Result<(), LabError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let rows = node.sql("SHOW STATUS LIKE 'wsrep_local_state_comment'")?;
        let state = rows.concat().join(" ");
        if state.ends_with("Synced") {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(LabError::Replication {
                port: node.port(),
                detail: state,
            });
        }
        thread::sleep(PAUSE);
    }
}
