//! The tables that the programs work on, and the three places where they do: a server, a single and a sharded table.

use std::fmt;
use std::thread;

use shardgate::lab::{Account, Family, ShardedTable};

use super::program::{Outcome, Program, Site};
use crate::support::{DATABASE, Proxy, ProxyOptions, Shop, TABLES};

const BODY: &str = include_str!("../../drivers/item.sql");
/// `item` lies where `inv_reservation` does: all rows of a SKU on one node. Replicas are read only after a minute, since the programs read what another
/// connection has just written.
const LAYOUT: &[(&str, &str)] = &[
    (
        "  bindingTables:\n",
        "    item:\n      actualDataSources: rw_${0..7}\n      shardingStrategy:\n        \
         standard: { shardingColumn: sku_id, shardingAlgorithmName: reservation }\n      \
         keyGenerateStrategy: { column: id, keyGeneratorName: snowflake }\n\n  bindingTables:\n",
    ),
    ("readYourWritesMs: 200", "readYourWritesMs: 60000"),
];
/// The database of the programs on the server that has no proxy before it: there the server generates every id.
const BESIDE: &str = "drivers";
/// SKUs that a program may use in one place.
const SKUS: i64 = 1_000;

/// Where a program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a server, without the proxy: shows that the program is right.
    Direct,
    Single,
    Sharded,
}

impl Place {
    pub const ALL: [Place; 3] = [Place::Direct, Place::Single, Place::Sharded];
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Direct => "direct",
            Place::Single => "single",
            Place::Sharded => "sharded",
        })
    }
}

/// What one program reported at one place.
pub type Report = (Place, Vec<(String, Outcome)>);

/// A shop with the tables of the programs, and a proxy that knows them.
pub struct Stage<'a> {
    shop: &'a Shop,
    proxy: Proxy,
}

impl<'a> Stage<'a> {
    /// Creates the tables.
    pub fn set(shop: &'a Shop) -> Stage<'a> {
        let body = |key: &str| BODY.replace("{key}", key);
        let (farm, counted) = (&shop.farm, body("AUTO_INCREMENT"));
        farm.create_sharded(ShardedTable {
            name: "item",
            count: 128,
            body: &body(""),
        })
        .unwrap();
        let schema = &farm.schemas()[0];
        farm.pair_of(0)
            .primary
            .sql(&format!("USE {schema}; CREATE TABLE item_single {counted}"))
            .unwrap();
        shop.plain
            .sql(&format!(
                "CREATE DATABASE {BESIDE}; USE {BESIDE}; CREATE TABLE item {counted}; {TABLES}\
                 ALTER TABLE inv_stock MODIFY id BIGINT NOT NULL AUTO_INCREMENT;\
                 ALTER TABLE inv_reservation MODIFY id BIGINT NOT NULL AUTO_INCREMENT"
            ))
            .unwrap();
        farm.catch_up().unwrap();
        let options = ProxyOptions {
            layout: LAYOUT.to_vec(),
            ..ProxyOptions::default()
        };
        Stage {
            shop,
            proxy: Proxy::start(farm, &options),
        }
    }

    /// The servers' family, as a reader calls it.
    pub fn family(&self) -> &'static str {
        match self.shop.plain.family() {
            Family::Mariadb => "MariaDB",
            Family::Mysql => "MySQL",
        }
    }

    /// Runs a program at all places, side by side.
    pub fn play(&self, program: &Program) -> Vec<Report> {
        thread::scope(|scope| {
            let runs = Place::ALL.map(|place| {
                let site = self.site(place);
                scope.spawn(move || (place, program.run(&site)))
            });
            runs.map(|run| run.join().unwrap()).into()
        })
    }

    fn site(&self, place: Place) -> Site {
        let Account { user, password } = self.shop.farm.account();
        let (port, user, password) = match place {
            Place::Direct => (self.shop.plain.port(), user.as_str(), password.as_str()),
            Place::Single | Place::Sharded => (self.proxy.port(), "app", "app-secret"),
        };
        Site {
            port,
            database: if place == Place::Direct {
                BESIDE
            } else {
                DATABASE
            },
            user: user.into(),
            password: password.into(),
            table: match place {
                Place::Single => "item_single",
                Place::Direct | Place::Sharded => "item",
            },
            sharded: place == Place::Sharded,
            sku: self.shop.skus(SKUS),
        }
    }
}
