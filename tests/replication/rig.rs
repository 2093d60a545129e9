//! A cluster with the built proxy in front, as a read-write group without any sharding.

use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};
use shardgate::lab::{Account, Cluster, ClusterSpec, Distribution, Family, Server};

use super::network::Network;
use super::proxy::Proxy;

/// Time between two probes in these tests.
pub const PROBE: Duration = Duration::from_millis(500);

/// `make test-faults` asks for all of it.
pub fn is_whole() -> bool {
    std::env::var("SHARDGATE_TEST_FAULTS").is_ok_and(|value| value == "all")
}

/// A count that an environment variable may set, else by whether all of it is asked for.
pub fn count(variable: &str, few: u64, many: u64) -> u64 {
    let said = std::env::var(variable).ok();
    let said = said.map(|text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")));
    said.unwrap_or(if is_whole() { many } else { few })
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
    // ends before the servers, and they before the network
    pub proxy: Proxy,
    spec: RigSpec,
    pub cluster: Cluster,
    /// A server of its own behind the same proxy, which no fault touches.
    beside: Option<Cluster>,
    pub network: Option<Network>,
    pub family: Family,
}

/// What a rig is made of.
#[derive(Clone)]
pub struct RigSpec {
    pub distribution: Distribution,
    pub servers: usize,
    /// Further lines of the group, each with its indentation of six blanks.
    pub group: String,
    /// Commits are answered when a replica has them.
    pub semi_sync: bool,
    /// Connections of each pool.
    pub pool: u32,
    /// Some tables are sharded over the group's nodes, some copied to every data source.
    pub is_sharded: bool,
    /// The proxy is in a network namespace of its own; this process must be in one, too.
    pub is_apart: bool,
}

impl RigSpec {
    pub fn new(distribution: &Distribution) -> RigSpec {
        RigSpec {
            distribution: distribution.clone(),
            servers: 2,
            group: String::new(),
            semi_sync: false,
            pool: 16,
            is_sharded: false,
            is_apart: false,
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
        let network = spec.is_apart.then(|| Network::create(spec.servers + 1));
        let cluster = cluster(spec, spec.servers, "shop", options(spec));
        let primary = cluster.server(0);
        primary.sql(&format!("{TABLES}; {}", shelves())).unwrap();
        for replica in 1..spec.servers {
            cluster.catch_up(replica, 0).unwrap();
        }
        let beside = is_whole().then(|| {
            let beside = cluster_beside(spec);
            let table =
                "CREATE TABLE beside.one (a INT PRIMARY KEY); INSERT INTO beside.one VALUES (1)";
            beside.server(0).sql(table).unwrap();
            beside
        });
        let mut database = database(&cluster, spec);
        for (from, to) in replaced(&cluster) {
            assert!(database.contains(&from), "{from} is not in\n{database}");
            database = database.replace(&from, &to);
        }
        let mut databases = vec![("shop", database)];
        if let Some(beside) = &beside {
            let address = address(spec, beside.server(0), spec.servers);
            let text = format!(
                "databaseName: beside\ndataSources:\n  ds: {{ url: \"jdbc:mysql://{address}/beside\", username: app, \
                 password: app-secret }}\nrules:\n- !SINGLE\n  tables: [\"*.*\"]\n"
            );
            databases.push(("beside", text));
        }
        let proxy = Proxy::start(&databases, network.as_ref());
        Rig {
            proxy,
            spec: spec.clone(),
            family: spec.distribution.family(),
            cluster,
            beside,
            network,
        }
    }

    /// In front of running servers, which nothing is beside; `text` is the database's file if it is not the usual one.
    pub fn on(cluster: Cluster, spec: &RigSpec, text: Option<String>) -> Rig {
        let text = text.unwrap_or_else(|| database(&cluster, spec));
        Rig {
            proxy: Proxy::start(&[("shop", text)], None),
            spec: spec.clone(),
            family: spec.distribution.family(),
            cluster,
            beside: None,
            network: None,
        }
    }

    /// Gives the group other lines.
    pub fn reload(&self, group: &str) {
        let spec = RigSpec {
            group: group.to_owned(),
            ..self.spec.clone()
        };
        self.proxy.reload("shop", &database(&self.cluster, &spec));
    }

    pub fn log(&self) -> String {
        self.proxy.log()
    }

    pub fn opts(&self) -> OptsBuilder {
        self.proxy.opts()
    }

    pub fn connect(&self) -> Conn {
        Conn::new(self.opts()).unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    /// Waits until `condition` holds, and how long that took.
    pub fn until(&self, what: &str, condition: impl FnMut() -> bool) -> Duration {
        self.proxy.until(what, condition)
    }

    pub fn of(&self, index: usize, key: &str) -> String {
        self.proxy.members()[index][key]
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

    pub fn has_beside(&self) -> bool {
        self.beside.is_some()
    }

    /// The port of the server that answers a plain read.
    pub fn who_reads(&self, conn: &mut Conn) -> u16 {
        conn.query_first("SELECT @@port FROM one").unwrap().unwrap()
    }

    pub fn port_of(&self, index: usize) -> u16 {
        self.cluster.server(index).port()
    }
}

/// More writing clients no test has.
pub const MOST_WRITERS: usize = 256;

/// What the clients write and read. Of `spread`, `shelf` and `drawer` there are four nodes each.
const TABLES: &str = "USE shop; CREATE TABLE ledger (id BIGINT PRIMARY KEY, worker INT NOT NULL); \
    CREATE TABLE stock (sku INT PRIMARY KEY, n INT NOT NULL); INSERT INTO stock VALUES (1, 1000000); \
    CREATE TABLE one (a INT PRIMARY KEY); INSERT INTO one VALUES (1); \
    CREATE TABLE clock (id INT PRIMARY KEY, beat BIGINT NOT NULL); INSERT INTO clock VALUES (1, 0); \
    CREATE TABLE spread_0 (id BIGINT PRIMARY KEY, worker INT NOT NULL); \
    CREATE TABLE spread_1 LIKE spread_0; CREATE TABLE spread_2 LIKE spread_0; CREATE TABLE spread_3 LIKE spread_0; \
    CREATE TABLE drawer_0 LIKE spread_0; CREATE TABLE drawer_1 LIKE spread_0; CREATE TABLE drawer_2 LIKE spread_0; \
    CREATE TABLE drawer_3 LIKE spread_0; CREATE TABLE region LIKE spread_0; \
    CREATE TABLE shelf_0 (id BIGINT PRIMARY KEY, n INT NOT NULL); \
    CREATE TABLE shelf_1 LIKE shelf_0; CREATE TABLE shelf_2 LIKE shelf_0; CREATE TABLE shelf_3 LIKE shelf_0; \
    CREATE TABLE region_stock LIKE shelf_0; INSERT INTO region_stock VALUES (1, 1000000)";

/// A row on each node for every client.
fn shelves() -> String {
    let nodes = (0..4).map(|node| {
        let rows = (0..MOST_WRITERS).map(|worker| format!("({}, 1000000)", worker * 4 + node));
        let rows: Vec<String> = rows.collect();
        format!("INSERT INTO shelf_{node} VALUES {}", rows.join(", "))
    });
    nodes.collect::<Vec<_>>().join("; ")
}

/// Where the proxy reaches a server.
fn address(spec: &RigSpec, server: &Server, index: usize) -> String {
    if !spec.is_apart {
        return format!("127.0.0.1:{}", server.port());
    }
    format!("{}:{}", Network::address(index), server.port())
}

fn cluster(spec: &RigSpec, servers: usize, schema: &str, options: Vec<String>) -> Cluster {
    let cluster = Cluster::start(&ClusterSpec {
        distribution: spec.distribution.clone(),
        servers,
        schemas: vec![schema.to_owned()],
        account: Account {
            user: "app".to_owned(),
            password: "app-secret".to_owned(),
        },
        options,
    })
    .unwrap();
    if spec.is_apart {
        admit(cluster.server(0));
        for replica in 1..servers {
            cluster.catch_up(replica, 0).unwrap();
        }
    }
    cluster
}

fn cluster_beside(spec: &RigSpec) -> Cluster {
    let options = spec.is_apart.then(|| ANYWHERE.to_owned());
    cluster(spec, 1, "beside", options.into_iter().collect())
}

/// Lets the proxy's account in from beyond the network, too.
fn admit(server: &Server) {
    let rights = server.sql("SHOW GRANTS FOR 'app'@'127.0.0.1'").unwrap();
    let mut sql = format!(
        "CREATE USER 'app'@'{}' IDENTIFIED BY 'app-secret';",
        Network::PROXY
    );
    for right in rights.concat() {
        let right = right.replace("127.0.0.1", Network::PROXY);
        let (right, _) = right.split_once(" IDENTIFIED BY").unwrap_or((&right, ""));
        sql.push_str(&format!("{right};"));
    }
    server.sql(&sql).unwrap();
}

fn database(cluster: &Cluster, spec: &RigSpec) -> String {
    let mut text = String::from("databaseName: shop\ndataSources:\n");
    for index in 0..cluster.count() {
        text.push_str(&format!(
            "  ds_{index}: {{ url: \"jdbc:mysql://{}/shop\", username: app, password: app-secret, minPoolSize: 1, \
             maxPoolSize: {} }}\n",
            address(spec, cluster.server(index), index),
            spec.pool
        ));
    }
    let replicas: Vec<String> = (1..cluster.count())
        .map(|index| format!("ds_{index}"))
        .collect();
    text.push_str(&format!(
        "rules:\n- !READWRITE_SPLITTING\n  dataSourceGroups:\n    shop:\n      writeDataSourceName: ds_0\n      \
         readDataSourceNames: [{}]\n      probeIntervalMs: {}\n{}",
        replicas.join(", "),
        PROBE.as_millis(),
        spec.group
    ));
    if spec.is_sharded {
        text.push_str(&sharded());
    }
    text.push_str("- !SINGLE\n  tables: [\"*.*\"]\n  defaultDataSource: shop\n");
    text
}

fn sharded() -> String {
    let tables = ["spread", "shelf", "drawer"].map(|table| {
        format!(
            "    {table}:\n      actualDataNodes: shop.{table}_${{0..3}}\n      tableStrategy: {{ standard: {{ shardingColumn: id, \
             shardingAlgorithmName: by_id }} }}\n"
        )
    });
    format!(
        "- !SHARDING\n  tables:\n{}  shardingAlgorithms:\n    by_id: {{ type: MOD, props: {{ sharding-count: 4 }} }}\n\
         - !BROADCAST\n  tables: [region, region_stock]\n",
        tables.concat()
    )
}

/// The servers are in a namespace of their own.
const ANYWHERE: &str = "--bind-address=0.0.0.0";

fn options(spec: &RigSpec) -> Vec<String> {
    let words: &[&str] = match (spec.distribution.family(), spec.semi_sync) {
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
    let apart = spec.is_apart.then_some(&ANYWHERE);
    words
        .iter()
        .chain(apart)
        .map(|word| (*word).to_owned())
        .collect()
}
