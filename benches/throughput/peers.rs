//! The real ShardingSphere-Proxy 5.1.0 in the same rounds, with the 8 x 16 rule it is known for, on loopback alone.
//!
//! Its jars come by name (`peers/pom.xml`, `scripts/peers.sh`) and are no part of shardgate. It listens on all addresses
//! unless kept from it: `peers/loopback.c`, preloaded, binds it to 127.0.0.1. It shards over eight schemas of the same
//! server by `HASH_MOD` of `sku_id`, 8 for the database and 16 for the table; read-write splitting is left out on both
//! sides. A JVM needs to be warm, so each load runs on it for a while before the rounds.

use std::error::Error;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use shardgate::lab::{Account, Companion, Farm, free_port};
use tempfile::TempDir;

use crate::load::Kind;
use crate::machine::clients_at;
use crate::options::Options;
use crate::round::Round;
use crate::rows;
use crate::stage::tables;
use crate::table::{Rounds, cell};
use crate::target::Target;

const DATABASES: usize = 8;
const TABLES: usize = 16;
/// As its own start script has it, without flags that newer JVMs refuse.
const JVM: [&str; 7] = [
    "-server",
    "-Xmx2g",
    "-Xms2g",
    "-Xmn1g",
    "-Xss1m",
    "-XX:AutoBoxCacheMax=4096",
    "-Djava.net.preferIPv4Stack=true",
];
const RULE: &str = "rules:
- !SHARDING
  tables:
    inv_stock:
      actualDataNodes: ds_${0..7}.inv_stock_${0..15}
      tableStrategy:
        standard: { shardingColumn: sku_id, shardingAlgorithmName: t-hash-mod-16 }
      databaseStrategy:
        standard: { shardingColumn: sku_id, shardingAlgorithmName: db-hash-mod-8 }
      keyGenerateStrategy: { column: id, keyGeneratorName: snowflake }
  shardingAlgorithms:
    db-hash-mod-8: { type: HASH_MOD, props: { sharding-count: 8 } }
    t-hash-mod-16: { type: HASH_MOD, props: { sharding-count: 16 } }
  keyGenerators:
    snowflake: { type: SNOWFLAKE, props: { worker-id: 123 } }
";

/// A running ShardingSphere-Proxy. It ends before its folder goes.
pub struct ShardingSphere {
    process: Companion,
    pub port: u16,
    _folder: TempDir,
}

impl ShardingSphere {
    pub const NAME: &'static str = "shardingsphere";

    /// Makes its tables, starts it and loads the stock through it.
    pub fn start(farm: &Farm, options: &Options) -> Result<ShardingSphere, Box<dyn Error>> {
        create_tables(farm)?;
        let folder = tempfile::Builder::new()
            .prefix("shardgate-bench-")
            .tempdir()?;
        configure(folder.path(), farm, options.pool)?;
        let port = free_port()?;
        let log = File::create(folder.path().join("peer.log"))?;
        let jars = fetched("shardingsphere")?.join("*");
        let mut command = Command::new("java");
        command
            .env("LD_PRELOAD", fetched("loopback.so")?)
            .args(JVM)
            .arg("-cp")
            .arg(jars)
            .arg("org.apache.shardingsphere.proxy.Bootstrap")
            .arg(port.to_string())
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let process = Companion::start(&mut command, folder.path())?;
        let target = Target {
            name: Self::NAME.to_owned(),
            port,
            schema: "ecommerce".to_owned(),
            account: farm.account().clone(),
            pid: Some(process.pid()),
            server: process.pid(),
            places: None,
            most_clients: clients_at(1),
        };
        let ready = rows::wait(&target)
            .and_then(|()| listens_on_loopback(port))
            .and_then(|()| rows::stock(&target, options.skus));
        if let Err(error) = ready {
            let log = fs::read_to_string(folder.path().join("peer.log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(30)..].join("\n");
            return Err(format!("{error}\n{tail}").into());
        }
        Ok(ShardingSphere {
            process,
            port,
            _folder: folder,
        })
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }
}

/// A preload that did not take effect would open a database to the network.
fn listens_on_loopback(port: u16) -> Result<(), Box<dyn Error>> {
    let place = format!(":{port:04X} ");
    for (table, loopback) in [
        ("/proc/net/tcp", "0100007F:"),
        ("/proc/net/tcp6", "0000000000000000FFFF00000100007F:"),
    ] {
        // a machine without IPv6 has no second table
        let text = fs::read_to_string(table).unwrap_or_default();
        let open = text
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(_, line)| {
                let (own, peer) = line.split_once(' ').unwrap_or((line, ""));
                format!("{own} ").ends_with(&place)
                    && peer.contains(" 0A ")
                    && !own.starts_with(loopback)
            });
        if open.is_some() {
            return Err(format!("the peer listens beyond loopback on port {port}").into());
        }
    }
    Ok(())
}

/// Each load on the peer alone until its JVM has compiled what it runs.
pub fn warm_up(
    targets: &[Target],
    loads: &[(Kind, usize)],
    options: &Options,
) -> Result<(), Box<dyn Error>> {
    let Some(peer) = targets
        .iter()
        .find(|target| target.name == ShardingSphere::NAME)
    else {
        return Ok(());
    };
    for load in loads {
        eprintln!(
            "warming {} up by {} for {} s",
            peer.name,
            load.0.word(),
            options.peer_warm.as_secs()
        );
        Round::take_for(peer, *load, 0, options.peer_warm, options)?;
    }
    Ok(())
}

/// How much less CPU shardgate takes than the peer, if that was measured.
pub fn ratios(rounds: &Rounds<'_>, text: &mut String) {
    let peer = ShardingSphere::NAME;
    if !rounds.has(peer) {
        return;
    }
    let cpu = rounds.ratio(peer, "shardgate", |round| round.measured.cpu_us());
    let speed = rounds.ratio("shardgate", peer, |round| Some(round.measured.per_second()));
    // writing to a String cannot fail
    let _ = writeln!(
        text,
        "\nshardgate takes 1/{} of the CPU that {peer} takes, at {} times its throughput",
        cell(cpu, 1),
        cell(speed, 2)
    );
}

fn create_tables(farm: &Farm) -> Result<(), Box<dyn Error>> {
    let primary = &farm.pairs()[0].primary;
    let user = &farm.account().user;
    let (name, body) = tables()
        .find(|(name, _)| *name == "inv_stock")
        .ok_or("the example has no inv_stock")?;
    let mut sql = String::new();
    for n in 0..DATABASES {
        write!(
            sql,
            "CREATE DATABASE ss_{n}; GRANT ALL ON ss_{n}.* TO '{user}'@'127.0.0.1';"
        )?;
        for table in 0..TABLES {
            write!(sql, "CREATE TABLE ss_{n}.{name}_{table} {body};")?;
        }
    }
    primary.sql(&sql)?;
    Ok(())
}

fn configure(folder: &Path, farm: &Farm, pool: u32) -> Result<(), Box<dyn Error>> {
    let Account { user, password } = farm.account();
    let port = farm.pairs()[0].primary.port();
    fs::write(
        folder.join("server.yaml"),
        format!(
            "rules:\n  - !AUTHORITY\n    users:\n      - {user}@%:{password}\n    provider:\n      type: ALL_PRIVILEGES_PERMITTED\n\
             props:\n  sql-show: false\n  proxy-frontend-database-protocol-type: MySQL\n"
        ),
    )?;
    let mut text = String::from("schemaName: ecommerce\ndataSources:\n");
    for n in 0..DATABASES {
        writeln!(
            text,
            "  ds_{n}: {{ url: \"jdbc:mysql://127.0.0.1:{port}/ss_{n}?serverTimezone=UTC&useSSL=false\", username: {user}, password: {password}, \
             minPoolSize: 1, maxPoolSize: {pool} }}"
        )?;
    }
    text.push_str(RULE);
    fs::write(folder.join("config-ecommerce.yaml"), text)?;
    Ok(())
}

/// What `scripts/peers.sh` has brought.
fn fetched(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .ok_or("a target folder without a parent")?;
    let path = target.join("peers").join(name);
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("{} is missing: scripts/peers.sh brings it", path.display()).into())
    }
}
