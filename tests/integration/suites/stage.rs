//! One server and a proxy in front of it, both with TLS: logical databases of single tables, each a schema of the same
//! name.

use std::path::Path;

use shardgate::lab::{Account, Distribution, Family, Farm, FarmSpec, Server};

use crate::support::{Proxy, ProxyOptions};

/// The databases that the suites want, and the files that make them logical ones.
const DATABASES: [(&str, &str); 4] = [
    ("gotest", "gotest.yaml"),
    ("test", "test.yaml"),
    ("test_schema", "test_schema.yaml"),
    ("asynctest", "asynctest.yaml"),
];
const SHARDED_LAYOUT: &str = include_str!("../../../config/ecommerce.yaml");
const CERTIFICATE: &str = "tests/tls/localhost.crt";
const KEY: &str = "tests/tls/localhost.key";
/// The database that the stage itself logs in to.
const LAYOUT: &str = "\
databaseName: ecommerce
dataSources:
rules:
- !SINGLE
  tables: [\"*.*\"]
  defaultDataSource: ds_0_primary
";

/// Where a suite runs, with empty databases.
pub struct Side {
    pub name: &'static str,
    pub port: u16,
    pub user: String,
    pub password: String,
    /// The proxy of this run alone: its connections do not outlive the databases.
    _proxy: Option<Proxy>,
}

/// The server of one family.
pub struct Stage {
    farm: Farm,
}

impl Stage {
    /// Starts it.
    pub fn set(distribution: Distribution) -> Stage {
        let mut spec = FarmSpec::new(distribution);
        spec.primaries = 1;
        spec.replicas = false;
        spec.schemas = vec!["behind".to_owned()];
        spec.account = Account {
            user: "suite".to_owned(),
            password: "suite-secret".to_owned(),
        };
        spec.options = vec![
            "--log-bin-trust-function-creators=ON".to_owned(),
            format!("--ssl-cert={}", file(CERTIFICATE)),
            format!("--ssl-key={}", file(KEY)),
        ];
        let farm = Farm::start(spec).unwrap();
        let grant = "GRANT ALL ON *.* TO suite@'127.0.0.1' WITH GRANT OPTION";
        farm.pairs()[0].primary.sql(grant).unwrap();
        Stage { farm }
    }

    /// The servers' family, as a reader calls it.
    pub fn family(&self) -> &'static str {
        match self.server().family() {
            Family::Mariadb => "MariaDB",
            Family::Mysql => "MySQL",
        }
    }

    /// On the server.
    pub fn direct(&self) -> Side {
        self.clear();
        let Account { user, password } = self.farm.account().clone();
        Side {
            name: "direct",
            port: self.server().port(),
            user,
            password,
            _proxy: None,
        }
    }

    /// Through a proxy, as a user of the same name.
    pub fn through(&self) -> Side {
        let direct = self.direct();
        let options = ProxyOptions {
            pool: 64,
            users: format!(
                "    - {{ user: {}, password: {}, hints: true, ddl: all, admin: true }}\n",
                direct.user, direct.password
            ),
            settings: format!(
                "  localInfile: true\n  tls: {{ certificate: {}, privateKey: {} }}\n",
                file(CERTIFICATE),
                file(KEY)
            ),
            layout: vec![(SHARDED_LAYOUT, LAYOUT)],
            files: DATABASES
                .map(|(name, file)| (file, database(name, &direct)))
                .to_vec(),
            ..ProxyOptions::default()
        };
        let proxy = Proxy::start(&self.farm, &options);
        Side {
            name: "through",
            port: proxy.port(),
            _proxy: Some(proxy),
            ..direct
        }
    }

    fn server(&self) -> &Server {
        &self.farm.pairs()[0].primary
    }

    /// Leaves nothing of an earlier run.
    fn clear(&self) {
        let sql = DATABASES
            .map(|(name, _)| format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};"));
        self.server().sql(&sql.concat()).unwrap();
    }
}

/// The file of a logical database of single tables.
fn database(name: &str, server: &Side) -> String {
    let Side {
        port,
        user,
        password,
        ..
    } = server;
    format!(
        "databaseName: {name}\ndataSources:\n  ds_0: {{ url: \"jdbc:mysql://127.0.0.1:{port}/{name}\", username: {user}, \
         password: {password} }}\nrules:\n- !SINGLE\n  tables: [\"*.*\"]\n"
    )
}

fn file(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join(path).display().to_string()
}
