//! Processes between clients and server: HAProxy in TCP mode, and any build of shardgate.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use shardgate::lab::{Companion, Configuration, Farm, free_port};
use tempfile::TempDir;

use crate::machine::clients_at;

const LAYOUT: &str = include_str!("../../config/ecommerce.yaml");
/// More clients than any load has.
const MOST_CLIENTS: usize = 20_000;
/// What a program has to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// A running program that is ended in good order: one that counts its own branches writes them down then.
pub struct Program(Option<Companion>);

impl Program {
    fn start(command: &mut Command, folder: &Path) -> Result<Program, Box<dyn Error>> {
        Ok(Program(Some(Companion::start(command, folder)?)))
    }

    pub fn pid(&self) -> u32 {
        // there is none only while it is dropped
        self.0.as_ref().map_or(0, Companion::pid)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(process) = self.0.take() {
            let pid = process.pid();
            if process.stop(GRACE).is_none() {
                eprintln!("process {pid} had not ended after {GRACE:?} and was killed");
            }
        }
    }
}

/// A proxy with its folder. It ends before its folder goes.
pub struct Proxy {
    program: Program,
    pub port: u16,
    _folder: Folder,
}

/// Kept for its end alone.
enum Folder {
    Plain { _folder: TempDir },
    Configured { _configuration: Configuration },
}

impl Proxy {
    /// In TCP mode before the one server.
    pub fn haproxy(farm: &Farm) -> Result<Proxy, Box<dyn Error>> {
        let folder = tempfile::Builder::new()
            .prefix("shardgate-bench-")
            .tempdir()?;
        let port = free_port()?;
        let server = farm.pairs()[0].primary.port();
        let clients = clients_at(2).min(MOST_CLIENTS);
        let file = folder.path().join("haproxy.cfg");
        fs::write(
            &file,
            format!(
                "global\n  maxconn {clients}\ndefaults\n  mode tcp\n  maxconn {clients}\n  timeout connect 30s\n  timeout client 1h\n  timeout server 1h\n\
                 listen servers\n  bind 127.0.0.1:{port} backlog 4096\n  server one 127.0.0.1:{server}\n"
            ),
        )?;
        let mut command = Command::new("haproxy");
        command
            .env("PATH", with_system_programs())
            .arg("-db")
            .arg("-f")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Ok(Proxy {
            program: Program::start(&mut command, folder.path())?,
            port,
            _folder: Folder::Plain { _folder: folder },
        })
    }

    /// With the recommended 8 x 16 layout over the one server's schemas.
    pub fn shardgate(program: &Path, farm: &Farm, pool: u32) -> Result<Proxy, Box<dyn Error>> {
        let port = free_port()?;
        let server = format!(
            "authority:\n  users:\n    - {{ user: app, password: app-secret }}\n\
             shardgate:\n  listen: 127.0.0.1:{port}\n  adminListen: none\n  workerId: 1\n  limits: {{ maxConnections: {MOST_CLIENTS} }}\n  log: {{ level: warn }}\n"
        );
        let configuration = Configuration::write(&server, &without_replicas(LAYOUT), farm, pool)?;
        Ok(Proxy {
            program: shardgate_in(program, configuration.path())?,
            port,
            _folder: Folder::Configured {
                _configuration: configuration,
            },
        })
    }

    pub fn pid(&self) -> u32 {
        self.program.pid()
    }
}

/// A build of shardgate with the configuration in a folder.
pub fn shardgate_in(program: &Path, folder: &Path) -> Result<Program, Box<dyn Error>> {
    let log = File::create(folder.join("proxy.log"))?;
    let mut command = Command::new(program);
    command
        .args(["serve", "--config"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Program::start(&mut command, folder)
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

/// Debian keeps HAProxy where only root's path looks.
fn with_system_programs() -> String {
    format!(
        "{}:/usr/sbin:/sbin",
        std::env::var("PATH").unwrap_or_default()
    )
}
