//! A cluster with the built proxy in front, as a read-write group without any sharding.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};
use shardgate::lab::{Account, Cluster, ClusterSpec, Companion, Distribution, Family, free_port};

pub const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two probes in these tests.
pub const PROBE: Duration = Duration::from_millis(500);

/// `make test-faults` asks for all of it.
pub fn is_whole() -> bool {
    std::env::var("SHARDGATE_TEST_FAULTS").is_ok_and(|value| value == "all")
}

/// The families to run on: every one that is installed, or the one that is named.
pub fn families() -> Vec<Distribution> {
    match std::env::var("SHARDGATE_TEST_FAMILY").as_deref() {
        Ok("mysql") => vec![Distribution::mysql().unwrap()],
        Ok("mariadb") => vec![Distribution::mariadb().unwrap()],
        _ if is_whole() => Distribution::installed(),
        _ => vec![Distribution::mariadb().unwrap()],
    }
}

/// A cluster, the proxy in front of it, and a second data source on a server of its own if wanted.
pub struct Rig {
    // ends before the servers
    _proxy: Companion,
    folder: tempfile::TempDir,
    port: u16,
    admin_port: u16,
    pub cluster: Cluster,
    /// A server of its own behind the same proxy, which no fault touches.
    beside: Option<Cluster>,
    pub family: Family,
}

/// What a rig is made of.
pub struct RigSpec {
    pub distribution: Distribution,
    pub servers: usize,
    /// Further lines of the group, each with its indentation of six blanks.
    pub group: String,
    /// Commits are answered when a replica has them.
    pub semi_sync: bool,
    /// Connections of each pool.
    pub pool: u32,
}

impl RigSpec {
    pub fn new(distribution: &Distribution) -> RigSpec {
        RigSpec {
            distribution: distribution.clone(),
            servers: 2,
            group: String::new(),
            semi_sync: false,
            pool: 16,
        }
    }
}

impl Rig {
    pub fn start(spec: &RigSpec) -> Rig {
        Rig::start_with(spec, |_| Vec::new())
    }

    /// With replacements in the database's file, of a member's address for instance.
    pub fn start_with(
        spec: &RigSpec,
        replaced: impl FnOnce(&Cluster) -> Vec<(String, String)>,
    ) -> Rig {
        let family = spec.distribution.family();
        let account = Account {
            user: "app".to_owned(),
            password: "app-secret".to_owned(),
        };
        let cluster = Cluster::start(&ClusterSpec {
            distribution: spec.distribution.clone(),
            servers: spec.servers,
            schemas: vec!["shop".to_owned()],
            account,
            options: options(family, spec.semi_sync),
        })
        .unwrap();
        cluster
            .server(0)
            .sql(
                "USE shop; CREATE TABLE ledger (id BIGINT PRIMARY KEY, worker INT NOT NULL); \
                 CREATE TABLE stock (sku INT PRIMARY KEY, n INT NOT NULL); INSERT INTO stock VALUES (1, 1000000); \
                 CREATE TABLE one (a INT PRIMARY KEY); INSERT INTO one VALUES (1); \
                 CREATE TABLE clock (id INT PRIMARY KEY, beat BIGINT NOT NULL); INSERT INTO clock VALUES (1, 0)",
            )
            .unwrap();
        for replica in 1..spec.servers {
            cluster.catch_up(replica, 0).unwrap();
        }
        let replaced = replaced(&cluster);
        Rig::in_front_of(cluster, spec, &replaced)
    }

    fn in_front_of(cluster: Cluster, spec: &RigSpec, replaced: &[(String, String)]) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let beside = is_whole().then(|| beside(&spec.distribution));
        if let Some(beside) = &beside {
            let text = format!(
                "databaseName: beside\ndataSources:\n  ds: {{ url: \"jdbc:mysql://127.0.0.1:{}/beside\", username: app, \
                 password: app-secret }}\nrules:\n- !SINGLE\n  tables: [\"*.*\"]\n",
                beside.server(0).port()
            );
            fs::write(folder.path().join("beside.yaml"), text).unwrap();
        }
        let (port, admin_port) = (free_port().unwrap(), free_port().unwrap());
        let server = format!(
            "authority:\n  users:\n    - {{ user: root, password: root-secret, hints: true, ddl: all, admin: true }}\n\
             shardgate:\n  listen: 127.0.0.1:{port}\n  adminListen: 127.0.0.1:{admin_port}\n  workerId: {}\n",
            port % 1024
        );
        fs::write(folder.path().join("server.yaml"), server).unwrap();
        let mut database = database(&cluster, spec);
        for (from, to) in replaced {
            assert!(database.contains(from), "{from} is not in\n{database}");
            database = database.replace(from, to);
        }
        fs::write(folder.path().join("shop.yaml"), database).unwrap();
        let log = File::create(folder.path().join("proxy.log")).unwrap();
        let proxy = Companion::start(
            Command::new(env!("CARGO_BIN_EXE_shardgate"))
                .args(["serve", "--config"])
                .arg(folder.path())
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log),
            folder.path(),
        )
        .unwrap();
        let rig = Rig {
            _proxy: proxy,
            folder,
            port,
            admin_port,
            family: spec.distribution.family(),
            cluster,
            beside,
        };
        rig.until("the proxy answers", || rig.try_connect().is_some());
        rig
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("proxy.log")).unwrap_or_default()
    }

    pub fn opts(&self) -> OptsBuilder {
        OptsBuilder::new()
            .ip_or_hostname(Some("127.0.0.1"))
            .tcp_port(self.port)
            .user(Some("root"))
            .pass(Some("root-secret"))
            .db_name(Some("shop"))
            .prefer_socket(false)
    }

    pub fn try_connect(&self) -> Option<Conn> {
        Conn::new(self.opts()).ok()
    }

    pub fn connect(&self) -> Conn {
        Conn::new(self.opts()).unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    /// Waits until `condition` holds, and how long that took.
    pub fn until(&self, what: &str, mut condition: impl FnMut() -> bool) -> Duration {
        let started = Instant::now();
        while !condition() {
            assert!(
                started.elapsed() < PATIENCE,
                "{what}: not within a minute\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
        started.elapsed()
    }

    /// What the proxy says of the group's members.
    pub fn members(&self) -> Vec<serde_json::Value> {
        let mut tcp = TcpStream::connect(("127.0.0.1", self.admin_port)).unwrap();
        tcp.write_all(b"GET /members HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut text = String::new();
        tcp.read_to_string(&mut text).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        let all: Vec<serde_json::Value> =
            serde_json::from_str(body.trim()).unwrap_or_else(|error| panic!("{error}: {body}"));
        all.into_iter()
            .filter(|member| member["database"] == "shop")
            .collect()
    }

    fn of(&self, index: usize, key: &str) -> String {
        self.members()[index][key]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub fn state(&self, index: usize) -> String {
        self.of(index, "state")
    }

    pub fn role(&self, index: usize) -> String {
        self.of(index, "role")
    }

    pub fn writes(&self) -> String {
        self.of(0, "writes")
    }

    /// Waits until a member is in `state`.
    pub fn until_state(&self, index: usize, state: &str) -> Duration {
        self.until(&format!("member {index} {state}"), || {
            self.state(index) == state
        })
    }

    /// Waits until a member is the primary and writes are taken.
    pub fn until_primary(&self, index: usize) -> Duration {
        self.until(&format!("member {index} the primary"), || {
            self.role(index) == "primary" && self.writes() == "taken"
        })
    }

    /// The slowest of a hundred statements on the data source beside, but one.
    pub fn others_p99(&self) -> Option<Duration> {
        self.beside.as_ref()?;
        let mut conn = Conn::new(self.opts().db_name(Some("beside"))).unwrap();
        let mut times: Vec<Duration> = (0..200)
            .map(|_| {
                let began = Instant::now();
                conn.query_drop("SELECT a FROM one").unwrap();
                began.elapsed()
            })
            .collect();
        times.sort_unstable();
        times.get(197).copied()
    }

    /// The port of the server that answers a plain read.
    pub fn who_reads(&self, conn: &mut Conn) -> u16 {
        conn.query_first("SELECT @@port FROM one").unwrap().unwrap()
    }

    pub fn port_of(&self, index: usize) -> u16 {
        self.cluster.server(index).port()
    }
}

fn beside(distribution: &Distribution) -> Cluster {
    let cluster = Cluster::start(&ClusterSpec {
        distribution: distribution.clone(),
        servers: 1,
        schemas: vec!["beside".to_owned()],
        account: Account {
            user: "app".to_owned(),
            password: "app-secret".to_owned(),
        },
        options: Vec::new(),
    })
    .unwrap();
    let table = "CREATE TABLE beside.one (a INT PRIMARY KEY); INSERT INTO beside.one VALUES (1)";
    cluster.server(0).sql(table).unwrap();
    cluster
}

fn database(cluster: &Cluster, spec: &RigSpec) -> String {
    let mut text = String::from("databaseName: shop\ndataSources:\n");
    for index in 0..cluster.count() {
        text.push_str(&format!(
            "  ds_{index}: {{ url: \"jdbc:mysql://127.0.0.1:{}/shop\", username: app, password: app-secret, minPoolSize: 1, \
             maxPoolSize: {} }}\n",
            cluster.server(index).port(),
            spec.pool
        ));
    }
    let replicas: Vec<String> = (1..cluster.count())
        .map(|index| format!("ds_{index}"))
        .collect();
    text.push_str(&format!(
        "rules:\n- !READWRITE_SPLITTING\n  dataSourceGroups:\n    shop:\n      writeDataSourceName: ds_0\n      \
         readDataSourceNames: [{}]\n      probeIntervalMs: {}\n{}- !SINGLE\n  tables: [\"*.*\"]\n  defaultDataSource: shop\n",
        replicas.join(", "),
        PROBE.as_millis(),
        spec.group
    ));
    text
}

fn options(family: Family, is_semi_sync: bool) -> Vec<String> {
    let words: &[&str] = match (family, is_semi_sync) {
        (_, false) => &[],
        (Family::Mariadb, true) => &[
            "--rpl-semi-sync-master-enabled=ON",
            "--rpl-semi-sync-slave-enabled=ON",
            "--rpl-semi-sync-master-timeout=10000",
            "--rpl-semi-sync-master-wait-no-slave=OFF",
            "--rpl-semi-sync-master-wait-point=AFTER_SYNC",
        ],
        (Family::Mysql, true) => &[
            "--plugin-load-add=semisync_source.so",
            "--plugin-load-add=semisync_replica.so",
            "--rpl-semi-sync-source-enabled=ON",
            "--rpl-semi-sync-replica-enabled=ON",
            "--rpl-semi-sync-source-timeout=10000",
            "--rpl-semi-sync-source-wait-no-replica=OFF",
        ],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}
