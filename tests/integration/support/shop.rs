//! The farm with the layout's tables, shared by all tests of the binary.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use mysql::{Conn, OptsBuilder};
use shardgate::lab::{
    Account, Distribution, Farm, FarmSpec, Server, ServerSpec, ShardedTable, Template,
};

use super::placement::Placement;
use super::proxy::{Proxy, ProxyOptions};

/// The logical database.
pub const DATABASE: &str = "ecommerce";
/// What `examples/ecommerce.sql` creates.
pub const TABLES: &str = include_str!("../../../examples/ecommerce.sql");
const SHARDED: &[(&str, usize)] = &[("inv_stock", 128), ("inv_reservation", 128)];

static NEXT: AtomicI64 = AtomicI64::new(1_000_000);

/// A farm, a proxy in front of it, and an unsharded server with tables of the same names beside it.
pub struct Shop {
    // the proxy ends before the servers
    pub proxy: Proxy,
    pub farm: Farm,
    /// One server, no sharding: what a user would see without the proxy.
    pub plain: Server,
}

/// The binary's shop. It is never dropped: the laboratory's guards end it when the test process ends.
pub fn shop() -> &'static Shop {
    static SHOP: OnceLock<Shop> = OnceLock::new();
    SHOP.get_or_init(|| Shop::open(&ProxyOptions::default()))
}

/// A second proxy in front of the same farm, with pools of two connections.
pub fn narrow() -> &'static Proxy {
    static NARROW: OnceLock<Proxy> = OnceLock::new();
    NARROW.get_or_init(|| {
        Proxy::start(
            &shop().farm,
            &ProxyOptions {
                pool: 2,
                ..ProxyOptions::default()
            },
        )
    })
}

/// The family that `SHARDGATE_TEST_FAMILY` names, MariaDB by default.
pub fn distribution() -> Distribution {
    match std::env::var("SHARDGATE_TEST_FAMILY").as_deref() {
        Ok("mysql") => Distribution::mysql().unwrap(),
        _ => Distribution::mariadb().unwrap(),
    }
}

/// A word that stands nowhere else.
pub fn token() -> String {
    format!("tok{}x", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Shop {
    /// Starts everything on the family that the environment names; panics with the reason if that fails.
    pub fn open(options: &ProxyOptions) -> Shop {
        Shop::open_on(distribution(), options)
    }

    /// Starts everything on the given servers.
    pub fn open_on(distribution: Distribution, options: &ProxyOptions) -> Shop {
        let spec = FarmSpec::new(distribution);
        let farm = Farm::start(spec.clone()).unwrap();
        let template = Template::create(&spec.distribution).unwrap();
        let mut plain = ServerSpec::new(spec.distribution);
        plain.server_id = 99;
        let plain = Server::start_from(&template, plain).unwrap();
        let Account { user, password } = farm.account();
        plain
            .sql(&format!(
                "CREATE DATABASE {DATABASE}; CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY '{password}';\
                 GRANT ALL ON *.* TO '{user}'@'127.0.0.1'; CREATE USER IF NOT EXISTS 'root'@'127.0.0.1'; \
                 ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY 'root-secret'; GRANT ALL ON *.* TO 'root'@'127.0.0.1'; USE {DATABASE}; {TABLES}"
            ))
            .unwrap();
        for (name, body) in tables() {
            match SHARDED.iter().find(|(sharded, _)| *sharded == name) {
                Some(&(_, count)) => farm
                    .create_sharded(ShardedTable { name, count, body })
                    .unwrap(),
                None => farm
                    .run_in_schemas(&format!("CREATE TABLE `{name}` {body}"))
                    .unwrap(),
            }
        }
        farm.catch_up().unwrap();
        Shop {
            proxy: Proxy::start(&farm, options),
            farm,
            plain,
        }
    }

    /// A connection through the proxy, as the user who may do everything.
    pub fn connect(&self) -> Conn {
        self.proxy.connect()
    }

    /// A connection to the unsharded server, as a user of the same name as through the proxy.
    pub fn direct(&self) -> Conn {
        Conn::new(opts(
            self.plain.port(),
            "root",
            "root-secret",
            Some(DATABASE),
        ))
        .unwrap()
    }

    /// A SKU that no other test uses.
    pub fn sku(&self) -> i64 {
        self.skus(1)
    }

    /// The first of `count` SKUs in a row that no other test uses.
    pub fn skus(&self, count: i64) -> i64 {
        NEXT.fetch_add(count, Ordering::Relaxed)
    }

    /// A SKU with `stock` units in warehouse 1, inserted through the proxy.
    pub fn stocked(&self, conn: &mut Conn, stock: i64) -> i64 {
        let sku = self.sku();
        let sql = format!(
            "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, {stock})"
        );
        super::ask(conn, &sql).unwrap();
        sku
    }

    /// Two SKUs in different data sources.
    pub fn two_apart(&self) -> (i64, i64) {
        let first = self.sku();
        loop {
            let second = self.sku();
            if Placement::schema_of_sku(first) != Placement::schema_of_sku(second) {
                return (first, second);
            }
        }
    }

    /// Two SKUs in one data source, but not in one table.
    pub fn two_together(&self) -> (i64, i64) {
        let first = self.sku();
        loop {
            let second = self.sku();
            let apart = Placement::slot(first) != Placement::slot(second);
            if apart && Placement::schema_of_sku(first) == Placement::schema_of_sku(second) {
                return (first, second);
            }
        }
    }

    /// What a primary holds, asked directly: `sql` with `{schema}` replaced by each schema's name, all rows.
    pub fn everywhere(&self, sql: &str) -> Vec<(usize, Vec<String>)> {
        let mut found = Vec::new();
        for (n, schema) in self.farm.schemas().iter().enumerate() {
            let rows = self
                .farm
                .pair_of(n)
                .primary
                .sql(&sql.replace("{schema}", schema))
                .unwrap();
            found.extend(rows.into_iter().map(|row| (n, row)));
        }
        found
    }

    /// Starts every general log afresh.
    pub fn witness(&self) {
        self.farm
            .servers()
            .for_each(|server| server.witness().unwrap());
    }

    /// How many servers a statement with `word` in it has reached.
    pub fn witnesses(&self, word: &str) -> usize {
        self.farm
            .servers()
            .filter(|server| server.witnessed(word).unwrap())
            .count()
    }
}

/// Options of a login on the loopback.
pub fn opts(port: u16, user: &str, password: &str, database: Option<&str>) -> OptsBuilder {
    OptsBuilder::new()
        .ip_or_hostname(Some("127.0.0.1"))
        .tcp_port(port)
        .user(Some(user))
        .pass(Some(password))
        .db_name(database)
        .prefer_socket(false)
}

/// Name and body of each CREATE TABLE of the example.
fn tables() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.split("CREATE TABLE ").skip(1).map(|statement| {
        let (name, rest) = statement.split_once(' ').unwrap();
        (name, rest.rsplit_once(';').unwrap().0)
    })
}
