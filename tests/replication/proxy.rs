//! The built proxy with a configuration of the test's own.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mysql::{Conn, OptsBuilder};
use rustix::process::{Pid, Signal, kill_process};
use shardgate::lab::{Companion, free_port};

use super::network::Network;

pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running proxy; dropped = killed.
pub struct Proxy {
    process: Companion,
    folder: tempfile::TempDir,
    host: String,
    port: u16,
    admin_port: u16,
}

impl Proxy {
    /// Serves `databases`, by name and text, beyond `network` if there is one.
    pub fn start(databases: &[(&str, String)], network: Option<&Network>) -> Proxy {
        let folder = tempfile::tempdir().unwrap();
        let host = network.map_or("127.0.0.1", |_| Network::PROXY).to_owned();
        let (port, admin_port) = (free_port().unwrap(), free_port().unwrap());
        let server = format!(
            "authority:\n  users:\n    - {{ user: root, password: root-secret, hints: true, ddl: all, admin: true }}\n    \
             - {{ user: plain, password: plain-secret }}\n\
             shardgate:\n  listen: {host}:{port}\n  threads: 2\n  adminListen: {host}:{admin_port}\n  workerId: {}\n",
            port % 1024
        );
        fs::write(folder.path().join("server.yaml"), server).unwrap();
        for (name, text) in databases {
            fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
        }
        let log = File::create(folder.path().join("proxy.log")).unwrap();
        let program = env!("CARGO_BIN_EXE_shardgate");
        let mut command = network.map_or_else(
            || Command::new(program),
            |network| network.command_beyond(program),
        );
        let process = Companion::start(
            command
                .args(["serve", "--config"])
                .arg(folder.path())
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log),
            folder.path(),
        )
        .unwrap();
        let proxy = Proxy {
            process,
            folder,
            host,
            port,
            admin_port,
        };
        proxy.until("the proxy answers", || Conn::new(proxy.opts()).is_ok());
        proxy
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("proxy.log")).unwrap_or_default()
    }

    pub fn opts(&self) -> OptsBuilder {
        OptsBuilder::new()
            .ip_or_hostname(Some(&self.host))
            .tcp_port(self.port)
            .user(Some("root"))
            .pass(Some("root-secret"))
            .db_name(Some("shop"))
            .prefer_socket(false)
    }

    /// Waits until `condition` holds, and how long that took.
    pub fn until(&self, what: &str, mut condition: impl FnMut() -> bool) -> Duration {
        let started = Instant::now();
        while !condition() {
            assert!(
                started.elapsed() < PATIENCE,
                "{what}: not within a minute\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
        started.elapsed()
    }

    /// Writes a database's file anew, and lets the proxy read it.
    pub fn reload(&self, database: &str, text: &str) {
        fs::write(self.folder.path().join(format!("{database}.yaml")), text).unwrap();
        let reloads = || self.log().matches("configuration reloaded").count();
        let before = reloads();
        let pid = i32::try_from(self.process.pid()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::HUP).unwrap();
        self.until("the configuration is read again", || reloads() > before);
    }

    /// What `shardgate check --online` says of its configuration, and whether it found no fault.
    pub fn check_online(&self) -> (String, bool) {
        let output = Command::new(env!("CARGO_BIN_EXE_shardgate"))
            .args(["check", "--online", "--config"])
            .arg(self.folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (text, output.status.success())
    }

    /// What the admin address answers to a path.
    pub fn get(&self, path: &str) -> String {
        let mut tcp = TcpStream::connect((self.host.as_str(), self.admin_port)).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        tcp.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        tcp.read_to_string(&mut text).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        body.trim().to_owned()
    }

    /// What the admin address answers as JSON.
    pub fn json(&self, path: &str) -> Vec<serde_json::Value> {
        let body = self.get(path);
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"))
    }

    /// What the proxy says of the members of the database `shop`.
    pub fn members(&self) -> Vec<serde_json::Value> {
        let mut all = self.json("/members");
        all.retain(|member| member["database"] == "shop");
        all
    }
}
