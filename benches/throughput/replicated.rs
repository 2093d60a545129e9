//! One primary and two replicas, with proxies in front of them as the parts need them.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use shardgate::lab::{Account, Cluster, ClusterSpec, Distribution, free_port};
use tempfile::TempDir;

use crate::machine::clients_at;
use crate::proxy::{Program, shardgate_in};
use crate::stage::tables;
use crate::target::Target;

/// Groups whose probes are measured, each with a schema of its own on the same servers.
pub const GROUPS: usize = 8;
const SERVERS: usize = 3;

/// The servers; the first one is the primary.
pub fn cluster(skus: u32) -> Result<Cluster, Box<dyn Error>> {
    let cluster = Cluster::start(&ClusterSpec {
        distribution: Distribution::mariadb()?,
        servers: SERVERS,
        schemas: (0..GROUPS).map(|n| format!("shop_{n}")).collect(),
        account: Account {
            user: "app".to_owned(),
            password: "app-secret".to_owned(),
        },
        options: Vec::new(),
    })?;
    let table = tables().find(|(name, _)| *name == "inv_stock");
    let (name, body) = table.ok_or("the example has no inv_stock")?;
    cluster.server(0).sql(&format!(
        "USE shop_0; CREATE TABLE `{name}` {body}; INSERT INTO `{name}` (id, sku_id, warehouse_id, stock) \
         SELECT seq, seq, 1, 1000000 FROM seq_1_to_{skus}"
    ))?;
    for replica in 1..SERVERS {
        cluster.catch_up(replica, 0)?;
    }
    Ok(cluster)
}

/// A proxy over the cluster, with its folder.
pub struct Front {
    // ends before its folder goes
    pub program: Program,
    pub port: u16,
    _folder: TempDir,
}

impl Front {
    /// Serves a logical database for each name and text.
    pub fn start(program: &Path, databases: &[(String, String)]) -> Result<Front, Box<dyn Error>> {
        let folder = tempfile::Builder::new()
            .prefix("shardgate-bench-")
            .tempdir()?;
        let port = free_port()?;
        let server = format!(
            "authority:\n  users:\n    - {{ user: app, password: app-secret }}\n\
             shardgate:\n  listen: 127.0.0.1:{port}\n  adminListen: none\n  workerId: 1\n  log: {{ level: warn }}\n"
        );
        fs::write(folder.path().join("server.yaml"), server)?;
        for (name, text) in databases {
            fs::write(folder.path().join(format!("{name}.yaml")), text)?;
        }
        Ok(Front {
            program: shardgate_in(program, folder.path())?,
            port,
            _folder: folder,
        })
    }

    pub fn target(&self, name: &str, schema: &str, server: u32) -> Target {
        Target {
            name: name.to_owned(),
            port: self.port,
            schema: schema.to_owned(),
            account: Account {
                user: "app".to_owned(),
                password: "app-secret".to_owned(),
            },
            pid: Some(self.program.pid()),
            server,
            places: None,
            most_clients: clients_at(1),
        }
    }
}

/// A logical database that is schema `n`: a group of all three servers, or the primary alone.
pub fn database(cluster: &Cluster, n: usize, has_replicas: bool, probe_interval_ms: u64) -> String {
    let mut text = String::from("dataSources:\n");
    let servers = if has_replicas { SERVERS } else { 1 };
    for index in 0..servers {
        // writing to a String cannot fail
        let _ = writeln!(
            text,
            "  ds_{index}: {{ url: \"jdbc:mysql://127.0.0.1:{}/shop_{n}\", username: app, password: app-secret, minPoolSize: 0 }}",
            cluster.server(index).port()
        );
    }
    text.push_str("rules:\n");
    if has_replicas {
        let _ = writeln!(
            text,
            "- !READWRITE_SPLITTING\n  dataSourceGroups:\n    rw: {{ writeDataSourceName: ds_0, readDataSourceNames: [ds_1, ds_2], \
             probeIntervalMs: {probe_interval_ms} }}"
        );
    }
    let source = if has_replicas { "rw" } else { "ds_0" };
    let _ = writeln!(
        text,
        "- !SINGLE\n  tables: [\"*.*\"]\n  defaultDataSource: {source}"
    );
    text
}

/// A database's file with its name.
pub fn named(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), format!("databaseName: {name}\n{text}"))
}
