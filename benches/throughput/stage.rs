//! One private server with the sharded tables and an unsharded one beside them, HAProxy and shardgate in front of it.

use std::error::Error;
use std::fs::{self, File};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};
use shardgate::lab::{
    Account, Companion, Configuration, Distribution, Farm, FarmSpec, ShardedTable, free_port,
};
use tempfile::TempDir;

use crate::Options;

const LAYOUT: &str = include_str!("../../config/ecommerce.yaml");
const TABLES: &str = include_str!("../../examples/ecommerce.sql");
const DATABASE: &str = "ecommerce";
const LOADERS: usize = 16;

/// Something that sysbench can be pointed at.
pub struct Target {
    pub name: &'static str,
    pub port: u16,
    pub schema: String,
    pub account: Account,
    /// The process between client and server.
    pub pid: Option<u32>,
}

/// All of it, running. The proxies end before the server.
pub struct Stage {
    haproxy: Companion,
    haproxy_port: u16,
    shardgate: Companion,
    shardgate_port: u16,
    _folder: TempDir,
    _configuration: Configuration,
    farm: Farm,
}

impl Stage {
    pub fn open(options: &Options) -> Result<Stage, Box<dyn Error>> {
        let farm = farm(options)?;
        let folder = tempfile::Builder::new()
            .prefix("shardgate-bench-")
            .tempdir()?;
        let haproxy_port = free_port()?;
        let haproxy = haproxy(folder.path(), haproxy_port, farm.pairs()[0].primary.port())?;
        let shardgate_port = free_port()?;
        let server = format!(
            "authority:\n  users:\n    - {{ user: app, password: app-secret }}\n\
             shardgate:\n  listen: 127.0.0.1:{shardgate_port}\n  adminListen: none\n  workerId: 1\n  log: {{ level: warn }}\n"
        );
        let configuration = Configuration::write(&server, &without_replicas(LAYOUT), &farm, 64)?;
        let shardgate = shardgate(&configuration)?;
        let stage = Stage {
            haproxy,
            haproxy_port,
            shardgate,
            shardgate_port,
            _folder: folder,
            _configuration: configuration,
            farm,
        };
        for target in stage.targets() {
            wait(&target)?;
        }
        stage.load(options)?;
        Ok(stage)
    }

    /// The three that are compared.
    pub fn targets(&self) -> [Target; 3] {
        let target = |name, port, schema: &str, pid| Target {
            name,
            port,
            schema: schema.to_owned(),
            account: self.farm.account().clone(),
            pid,
        };
        [
            target(
                "direct",
                self.farm.pairs()[0].primary.port(),
                "unsharded",
                None,
            ),
            target(
                "haproxy",
                self.haproxy_port,
                "unsharded",
                Some(self.haproxy.pid()),
            ),
            target(
                "shardgate",
                self.shardgate_port,
                DATABASE,
                Some(self.shardgate.pid()),
            ),
        ]
    }

    /// The sharded rows go in through shardgate, so that they lie where it looks for them.
    fn load(&self, options: &Options) -> Result<(), Box<dyn Error>> {
        println!("loading {} SKUs through shardgate", options.skus);
        let next = AtomicU32::new(1);
        let target = &self.targets()[2];
        let broken = thread::scope(|scope| {
            let loaders: Vec<_> = (0..LOADERS)
                .map(|_| {
                    scope.spawn(|| {
                        insert(target, options.skus, &next).map_err(|error| error.to_string())
                    })
                })
                .collect();
            loaders
                .into_iter()
                .find_map(|loader| loader.join().ok()?.err())
        });
        broken.map_or(Ok(()), |error| Err(error.into()))
    }
}

fn insert(target: &Target, skus: u32, next: &AtomicU32) -> Result<(), mysql::Error> {
    let mut conn = connect(target)?;
    loop {
        let sku = next.fetch_add(1, Ordering::Relaxed);
        if sku > skus {
            return Ok(());
        }
        conn.query_drop(format!(
            "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1000000)"
        ))?;
    }
}

/// One durable server for all, so that neither side has more of the machine.
fn farm(options: &Options) -> Result<Farm, Box<dyn Error>> {
    let spec = FarmSpec {
        primaries: 1,
        replicas: false,
        durable: true,
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
        "USE unsharded; INSERT INTO unsharded.inv_stock (id, sku_id, warehouse_id, stock) SELECT seq, seq, 1, 1000000 FROM seq_1_to_{}",
        options.skus
    ))?;
    Ok(farm)
}

/// The layout for primaries alone.
fn without_replicas(layout: &str) -> String {
    let mut text = String::new();
    for part in layout.split_inclusive(", ") {
        if !part.starts_with("readDataSourceNames:") {
            text.push_str(part);
        }
    }
    text
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

fn haproxy(folder: &Path, port: u16, server: u16) -> Result<Companion, Box<dyn Error>> {
    let file = folder.join("haproxy.cfg");
    fs::write(
        &file,
        format!(
            "global\n  maxconn 4000\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n\
             listen servers\n  bind 127.0.0.1:{port}\n  server one 127.0.0.1:{server}\n"
        ),
    )?;
    let mut command = Command::new("haproxy");
    command
        .arg("-db")
        .arg("-f")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(Companion::start(&mut command, folder)?)
}

fn shardgate(configuration: &Configuration) -> Result<Companion, Box<dyn Error>> {
    shardgate_in(configuration.path())
}

/// The proxy with the configuration in a folder.
pub fn shardgate_in(folder: &Path) -> Result<Companion, Box<dyn Error>> {
    let log = File::create(folder.join("proxy.log"))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_shardgate"));
    command
        .args(["serve", "--config"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Ok(Companion::start(&mut command, folder)?)
}

pub fn connect(target: &Target) -> Result<Conn, mysql::Error> {
    Conn::new(
        OptsBuilder::new()
            .ip_or_hostname(Some("127.0.0.1"))
            .tcp_port(target.port)
            .user(Some(&target.account.user))
            .pass(Some(&target.account.password))
            .db_name(Some(&target.schema))
            .prefer_socket(false),
    )
}

pub fn wait(target: &Target) -> Result<(), Box<dyn Error>> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match TcpStream::connect(("127.0.0.1", target.port))
            .map(drop)
            .map_err(mysql::Error::from)
        {
            Ok(()) if connect(target).is_ok() => return Ok(()),
            _ if Instant::now() > deadline => {
                return Err(format!("{} does not answer", target.name).into());
            }
            _ => thread::sleep(Duration::from_millis(100)),
        }
    }
}
