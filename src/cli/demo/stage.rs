//! What the tour plays on: a farm, its tables, the proxy.

use std::fs::{self, File};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::lab::{
    Account, Companion, Configuration, Distribution, Farm, FarmSpec, ShardedTable, free_port,
};

use super::client::Client;
use super::error::DemoError;
use super::interrupt::Interrupt;

/// The logical database.
pub(super) const DATABASE: &str = "ecommerce";
const LAYOUT: &str = include_str!("../../../config/ecommerce.yaml");
const TABLES: &str = include_str!("../../../examples/ecommerce.sql");
/// The sharded tables and how many actual ones each has; the others are one per schema.
const SHARDED: &[(&str, usize)] = &[("inv_stock", 128), ("inv_reservation", 128)];
/// Connections per data source at most: enough that 32 clients on one SKU do not queue.
const POOL: u32 = 32;
const START: Duration = Duration::from_secs(60);
/// How often the proxy is looked after while it stays up.
const LOOK: Duration = Duration::from_millis(200);
const GRACE: Duration = Duration::from_secs(15);

/// Servers and proxy, running.
pub(super) struct Stage {
    // the proxy goes first, then its folder, then the servers
    proxy: Option<Companion>,
    configuration: Configuration,
    pub(super) farm: Farm,
    pub(super) account: Account,
    pub(super) port: u16,
    pub(super) admin_port: u16,
}

impl Stage {
    /// Starts the private servers and creates the layout's tables on them.
    pub(super) fn servers() -> Result<Farm, DemoError> {
        let farm = Farm::start(FarmSpec::new(Distribution::mariadb()?))?;
        for (name, body) in tables(TABLES) {
            match SHARDED.iter().find(|(sharded, _)| *sharded == name) {
                Some(&(_, count)) => farm.create_sharded(ShardedTable { name, count, body })?,
                None => farm.run_in_schemas(&format!("CREATE TABLE `{name}` {body}"))?,
            }
        }
        farm.run_in_schemas(
            "INSERT INTO dict_currency VALUES ('HKD', 'Hong Kong dollar', 2), ('JPY', 'Yen', 0)",
        )?;
        farm.catch_up()?;
        Ok(farm)
    }

    /// Starts the proxy in front of `farm` and waits until a login succeeds.
    pub(super) fn open(farm: Farm, port: u16, interrupt: &Interrupt) -> Result<Stage, DemoError> {
        let admin_port = free_port()?;
        let account = Account {
            user: "app".to_owned(),
            password: "app-secret".to_owned(),
        };
        let configuration = Configuration::write(
            &server_yaml(&account, port, admin_port),
            LAYOUT,
            &farm,
            POOL,
        )?;
        let mut stage = Stage {
            proxy: None,
            configuration,
            farm,
            account,
            port,
            admin_port,
        };
        stage.proxy = Some(stage.start_proxy()?);
        stage.wait(interrupt)?;
        Ok(stage)
    }

    /// A connection to the proxy.
    pub(super) fn client(&self) -> Result<Client, DemoError> {
        Client::connect(self.port, &self.account, DATABASE)
    }

    /// Stays until a signal comes.
    ///
    /// # Errors
    /// [`DemoError::Ended`] if the proxy ends before one has.
    pub(super) fn attend(&mut self, interrupt: &Interrupt) -> Result<(), DemoError> {
        while interrupt.check().is_ok() {
            if self.proxy.as_mut().is_none_or(Companion::has_ended) {
                return Err(DemoError::Ended { log: self.log() });
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Where the proxy's configuration lies.
    pub(super) fn folder(&self) -> String {
        self.configuration.path().display().to_string()
    }

    /// Ends proxy and servers in order.
    pub(super) fn close(mut self) -> Result<(), DemoError> {
        let ended = self.proxy.take().and_then(|proxy| proxy.stop(GRACE));
        let log = self.log();
        self.farm.stop();
        match ended {
            Some(status) if status.success() => Ok(()),
            _ => Err(DemoError::Promise(format!(
                "the proxy did not end by itself when told to; it said: {log}"
            ))),
        }
    }

    fn start_proxy(&self) -> Result<Companion, DemoError> {
        let log = File::create(self.configuration.file("proxy.log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["serve", "--config"])
            .arg(self.configuration.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(Companion::start(&mut command, self.configuration.path())?)
    }

    fn wait(&mut self, interrupt: &Interrupt) -> Result<(), DemoError> {
        let deadline = Instant::now() + START;
        loop {
            interrupt.check()?;
            match self.client() {
                Ok(_) => return Ok(()),
                Err(error)
                    if self.proxy.as_mut().is_none_or(Companion::has_ended)
                        || Instant::now() > deadline =>
                {
                    return Err(DemoError::Proxy {
                        log: format!("{} ({error})", self.log()),
                    });
                }
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn log(&self) -> String {
        let log = fs::read_to_string(self.configuration.file("proxy.log")).unwrap_or_default();
        if log.is_empty() {
            return "nothing".to_owned();
        }
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

/// Fails with a clear word if somebody listens there already.
pub(super) fn free(port: u16) -> Result<(), DemoError> {
    TcpListener::bind(("127.0.0.1", port))
        .map(drop)
        .map_err(|_| DemoError::PortTaken { port })
}

fn server_yaml(account: &Account, port: u16, admin_port: u16) -> String {
    let Account { user, password } = account;
    format!(
        "authority:\n  users:\n    - {{ user: {user}, password: {password}, hints: true, ddl: all }}\n\
         shardgate:\n  listen: 127.0.0.1:{port}\n  adminListen: 127.0.0.1:{admin_port}\n  workerId: 1\n  log: {{ level: warn }}\n"
    )
}

/// Name and body of each CREATE TABLE; the file has nothing else but comments.
fn tables(sql: &str) -> Vec<(&str, &str)> {
    sql.split("CREATE TABLE ")
        .skip(1)
        .filter_map(|statement| {
            let (name, rest) = statement.split_once(' ')?;
            let (body, _) = rest.rsplit_once(';')?;
            Some((name, body))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_tables_are_told_apart() {
        let tables = tables(TABLES);
        let names: Vec<&str> = tables.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "inv_stock",
                "inv_reservation",
                "outbox",
                "dict_currency",
                "dict_region"
            ]
        );
        assert!(
            tables
                .iter()
                .all(|(_, body)| body.starts_with('(') && body.ends_with("ENGINE=InnoDB"))
        );
    }

    #[test]
    fn a_taken_port_is_named_with_the_remedy() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let text = free(port).unwrap_err().to_string();
        assert!(
            text.contains(&port.to_string()) && text.contains("--port"),
            "{text}"
        );
    }
}
