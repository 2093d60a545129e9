//! One private server with the sharded tables and unsharded ones beside them, and the proxies in front of it.

use std::error::Error;
use std::sync::Arc;

use shardgate::lab::{Distribution, Farm, FarmSpec, ShardedTable};

use crate::load::{BULK_ROWS, Places, ROWS, SKUS_WITH_ROWS};
use crate::machine::clients_at;
use crate::options::{Binary, Options, Tables};
use crate::peers::ShardingSphere;
use crate::proxy::Proxy;
use crate::rows;
use crate::target::Target;

const TABLES: &str = include_str!("../../examples/ecommerce.sql");
const DATABASE: &str = "ecommerce";
/// Connections to the server that are not a load's.
const SPARE_CONNECTIONS: usize = 1000;

/// All of it, running. The proxies end before the server.
pub struct Stage {
    haproxy: Option<Proxy>,
    gates: Vec<(String, Proxy)>,
    peer: Option<ShardingSphere>,
    farm: Farm,
    server: u32,
    /// Where rows lie, for those who ask the server's own tables.
    places: Option<Arc<Places>>,
}

impl Stage {
    pub fn open(options: &Options) -> Result<Stage, Box<dyn Error>> {
        let farm = farm(options)?;
        let server = farm.pairs()[0]
            .primary
            .pid()
            .ok_or("the server has ended")?;
        let mut stage = Stage {
            haproxy: match options.is_target("haproxy") {
                true => Some(Proxy::haproxy(&farm)?),
                false => None,
            },
            gates: Vec::new(),
            peer: None,
            farm,
            server,
            places: None,
        };
        for Binary { label, program } in gates(options)? {
            let gate = Proxy::shardgate(&program, &stage.farm, options.pool)?;
            stage.gates.push((label, gate));
        }
        for target in stage.all() {
            rows::wait(&target)?;
        }
        let (label, gate) = &stage.gates[0];
        rows::load(
            &stage.target(label, gate.port, DATABASE, Some(gate.pid()), 1),
            options.skus,
        )?;
        if options.tables == Tables::Sharded {
            stage.places = Some(Arc::new(rows::places(&stage.all()[0])?));
        }
        if options.has_peers {
            stage.peer = Some(ShardingSphere::start(&stage.farm, options)?);
        }
        Ok(stage)
    }

    /// Those that are compared, as far as they were asked for.
    pub fn targets(&self, options: &Options) -> Vec<Target> {
        let mut targets = self.all();
        targets.retain(|target| options.is_target(&target.name));
        targets
    }

    /// The shardgate that was built here.
    pub fn shardgate(&self) -> Target {
        let (label, gate) = &self.gates[0];
        self.target(label, gate.port, DATABASE, Some(gate.pid()), 1)
    }

    /// HAProxy and each shardgate with processes of their own, fresh.
    pub fn fresh(&self, options: &Options) -> Result<Vec<(Proxy, Target)>, Box<dyn Error>> {
        let mut fresh = Vec::new();
        if options.is_target("haproxy") {
            let proxy = Proxy::haproxy(&self.farm)?;
            let target = Target {
                places: self.places.clone(),
                ..self.target("haproxy", proxy.port, "unsharded", Some(proxy.pid()), 2)
            };
            fresh.push((proxy, target));
        }
        for Binary { label, program } in gates(options)? {
            if options.is_target(&label) {
                let proxy = Proxy::shardgate(&program, &self.farm, options.pool)?;
                let target = self.target(&label, proxy.port, DATABASE, Some(proxy.pid()), 1);
                fresh.push((proxy, target));
            }
        }
        Ok(fresh)
    }

    fn all(&self) -> Vec<Target> {
        let port = self.farm.pairs()[0].primary.port();
        let mut targets = vec![self.target("direct", port, "unsharded", None, 1)];
        if let Some(proxy) = &self.haproxy {
            targets.push(self.target("haproxy", proxy.port, "unsharded", Some(proxy.pid()), 2));
        }
        for target in &mut targets {
            target.places.clone_from(&self.places);
        }
        for (label, gate) in &self.gates {
            targets.push(self.target(label, gate.port, DATABASE, Some(gate.pid()), 1));
        }
        if let Some(peer) = &self.peer {
            targets.push(self.target(
                ShardingSphere::NAME,
                peer.port,
                DATABASE,
                Some(peer.pid()),
                1,
            ));
        }
        targets
    }

    /// `descriptors`: how many the process needs for each client.
    fn target(
        &self,
        name: &str,
        port: u16,
        schema: &str,
        pid: Option<u32>,
        descriptors: u64,
    ) -> Target {
        Target {
            name: name.to_owned(),
            port,
            schema: schema.to_owned(),
            account: self.farm.account().clone(),
            pid,
            server: self.server,
            places: None,
            most_clients: clients_at(descriptors),
        }
    }
}

/// The one that is measured, and those beside it.
fn gates(options: &Options) -> Result<Vec<Binary>, Box<dyn Error>> {
    let own = Binary {
        label: "shardgate".to_owned(),
        program: options.program()?.to_owned(),
    };
    Ok(std::iter::once(own)
        .chain(options.binaries.iter().cloned())
        .collect())
}

/// One durable server for all, so that neither side has more of the machine.
fn farm(options: &Options) -> Result<Farm, Box<dyn Error>> {
    let connections = options.most_clients() + SPARE_CONNECTIONS;
    let spec = FarmSpec {
        primaries: 1,
        replicas: false,
        durable: true,
        options: vec![
            format!("--max-connections={connections}"),
            "--back-log=4096".to_owned(),
            // the tables of all layouts beside each other, as often as clients have them open at a time
            "--table-open-cache=4000".to_owned(),
            "--table-definition-cache=2000".to_owned(),
            // a statement for each table and client
            "--max-prepared-stmt-count=1000000".to_owned(),
        ],
        ..FarmSpec::new(Distribution::mariadb()?)
    };
    let farm = Farm::start(spec)?;
    let primary = &farm.pairs()[0].primary;
    let user = &farm.account().user;
    primary.sql(&format!(
        "CREATE DATABASE unsharded; GRANT ALL ON unsharded.* TO '{user}'@'127.0.0.1'"
    ))?;
    for (name, body) in tables() {
        primary.sql(&format!("CREATE TABLE unsharded.`{name}` {body}"))?;
        match name {
            "inv_stock" | "inv_reservation" => farm.create_sharded(ShardedTable {
                name,
                count: 128,
                body,
            })?,
            _ => farm.run_in_schemas(&format!("CREATE TABLE `{name}` {body}"))?,
        }
    }
    primary.sql(&format!(
        "USE unsharded; INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) SELECT seq, seq, 1, 1000000 FROM seq_1_to_{}; \
         INSERT INTO inv_reservation (id, order_no, sku_id, warehouse_id, qty) \
         SELECT s.seq * {ROWS} + r.seq, CONCAT(s.seq, '-', r.seq - 1), s.seq, 1, 1 FROM seq_1_to_{SKUS_WITH_ROWS} s, seq_1_to_{ROWS} r",
        options.skus
    ))?;
    for schema in ["unsharded", "ecom_0"] {
        primary.sql(&format!(
            "CREATE TABLE {schema}.bulk (id INT NOT NULL PRIMARY KEY, body VARCHAR(1000) NOT NULL) ENGINE=InnoDB; USE {schema}; \
             INSERT INTO {schema}.bulk SELECT seq, REPEAT('x', 1000) FROM seq_1_to_{BULK_ROWS}"
        ))?;
    }
    Ok(farm)
}

pub fn tables() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES
        .split("CREATE TABLE ")
        .skip(1)
        .filter_map(|statement| {
            let (name, rest) = statement.split_once(' ')?;
            Some((name, rest.rsplit_once(';')?.0))
        })
}
