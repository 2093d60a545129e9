//! One server behind one proxy whose pool has one connection: whoever is served gets that one.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use mysql::{Conn, OptsBuilder};
use shardgate::lab::{Account, Farm, FarmSpec, Server};

use super::proxy::{Proxy, ProxyOptions};
use super::shop::{distribution, opts};

const SHARDED_LAYOUT: &str = include_str!("../../../config/ecommerce.yaml");
const LAYOUT: &str = "\
databaseName: ecommerce
dataSources:
rules:
- !SINGLE
  tables: [\"*.*\"]
  defaultDataSource: ds_0_primary
";

/// A server with two schemas of the same tables, one behind the proxy and one for sessions without it.
pub struct House {
    // the proxy ends before the server
    pub proxy: Proxy,
    farm: Farm,
    turn: Mutex<()>,
}

/// The binary's house. It is never dropped: the laboratory's guards end it when the test process ends.
pub fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| House::open(1))
}

impl House {
    /// Starts both, with pools of `pool` connections.
    pub fn open(pool: u32) -> House {
        House::open_with(pool, &["behind", "beside"], LAYOUT)
    }

    /// As [`House::open`], with schemas, each of them a data source, and a configuration of its own.
    pub fn open_with(pool: u32, schemas: &[&str], layout: &'static str) -> House {
        let mut spec = FarmSpec::new(distribution());
        spec.primaries = 1;
        spec.replicas = false;
        spec.schemas = schemas.iter().map(ToString::to_string).collect();
        // procedures of an account that may not see everything
        spec.options = vec!["--log-bin-trust-function-creators=ON".to_owned()];
        let farm = Farm::start(spec).unwrap();
        let options = ProxyOptions {
            pool,
            layout: vec![(SHARDED_LAYOUT, layout)],
            users: "    - { user: bare, password: \"\", ddl: all, admin: true }\n".to_owned(),
            ..ProxyOptions::default()
        };
        House {
            proxy: Proxy::start(&farm, &options),
            farm,
            turn: Mutex::new(()),
        }
    }

    /// One more proxy in front of the same server, with these lines under `shardgate:`.
    pub fn another(&self, settings: &str) -> Proxy {
        let options = ProxyOptions {
            pool: 4,
            layout: vec![(SHARDED_LAYOUT, LAYOUT)],
            settings: settings.to_owned(),
            ..ProxyOptions::default()
        };
        Proxy::start(&self.farm, &options)
    }

    /// One test at a time: there is but one connection.
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session through the proxy, as the user who may do everything.
    pub fn connect(&self) -> Conn {
        self.proxy.connect()
    }

    /// A session on the server itself, in the schema that the proxy does not use.
    pub fn direct(&self) -> Conn {
        self.direct_to("beside")
    }

    /// A session on the server itself.
    pub fn direct_to(&self, schema: &str) -> Conn {
        Conn::new(self.direct_opts(schema)).unwrap()
    }

    /// Options for a login of one's own on the server itself.
    pub fn direct_opts(&self, schema: &str) -> OptsBuilder {
        let Account { user, password } = self.farm.account();
        opts(self.server().port(), user, password, Some(schema))
    }

    /// Who the proxy is to the server.
    pub fn account(&self) -> &str {
        &self.farm.account().user
    }

    pub fn schemas(&self) -> &[String] {
        self.farm.schemas()
    }

    pub fn server(&self) -> &Server {
        &self.farm.pairs()[0].primary
    }

    /// The server's ids of the connections that sleep in the proxy's schema.
    pub fn backend_ids(&self) -> Vec<i64> {
        let rows = self
            .server()
            .sql(
                "SELECT id FROM information_schema.processlist WHERE db = 'behind' AND command = 'Sleep'",
            )
            .unwrap();
        rows.iter().map(|row| row[0].parse().unwrap()).collect()
    }
}
