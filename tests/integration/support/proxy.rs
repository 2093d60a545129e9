//! The built proxy as a child process on a free port.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mysql::{Conn, OptsBuilder};
use shardgate::lab::{Companion, Configuration, Farm, free_port};

use super::shop::{DATABASE, opts};

const LAYOUT: &str = include_str!("../../../config/ecommerce.yaml");
const START: Duration = Duration::from_secs(60);

/// How a proxy is set up.
pub struct ProxyOptions {
    /// Connections per data source at most.
    pub pool: u32,
    /// Further lines under `users:`, each indented by four blanks.
    pub users: String,
    /// Further lines under `shardgate:`, each indented by two blanks.
    pub settings: String,
    /// Replacements in the layout.
    pub layout: Vec<(&'static str, &'static str)>,
    /// Further logical databases' files, each by its name.
    pub files: Vec<(&'static str, String)>,
    /// Further variables of its environment.
    pub environment: Vec<(&'static str, String)>,
}

impl Default for ProxyOptions {
    fn default() -> ProxyOptions {
        ProxyOptions {
            pool: 8,
            users: String::new(),
            settings: String::new(),
            layout: Vec::new(),
            files: Vec::new(),
            environment: Vec::new(),
        }
    }
}

/// A running proxy; dropping it ends it.
pub struct Proxy {
    process: Companion,
    configuration: Configuration,
    port: u16,
    admin_port: u16,
}

impl Proxy {
    /// Starts the built program in front of `farm` and waits for a login; panics with its log if none succeeds.
    pub fn start(farm: &Farm, options: &ProxyOptions) -> Proxy {
        let (port, admin_port) = (free_port().unwrap(), free_port().unwrap());
        let server = format!(
            "authority:\n  users:\n    - {{ user: root, password: root-secret, hints: true, ddl: all, admin: true }}\n    \
             - {{ user: app, password: app-secret }}\n    - {{ user: empty, password: \"\" }}\n{}\
             shardgate:\n  listen: 127.0.0.1:{port}\n  threads: 3\n  adminListen: 127.0.0.1:{admin_port}\n  workerId: {}\n{}",
            options.users,
            port % 1024,
            options.settings
        );
        let layout = options
            .layout
            .iter()
            .fold(LAYOUT.to_owned(), |text, (from, to)| text.replace(from, to));
        let configuration = Configuration::write(&server, &layout, farm, options.pool).unwrap();
        for (name, text) in &options.files {
            configuration.put(name, text).unwrap();
        }
        let log = File::create(configuration.file("proxy.log")).unwrap();
        let process = Companion::start(
            Command::new(env!("CARGO_BIN_EXE_shardgate"))
                .args(["serve", "--config"])
                .arg(configuration.path())
                .envs(
                    options
                        .environment
                        .iter()
                        .map(|(name, value)| (name, value)),
                )
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log),
            configuration.path(),
        )
        .unwrap();
        let mut proxy = Proxy {
            process,
            configuration,
            port,
            admin_port,
        };
        proxy.wait();
        proxy
    }

    /// A connection as the user who may do everything.
    pub fn connect(&self) -> Conn {
        Conn::new(self.opts("root", "root-secret")).unwrap()
    }

    /// A connection as an ordinary user: no hints, no DDL.
    pub fn connect_as_app(&self) -> Conn {
        Conn::new(self.opts("app", "app-secret")).unwrap()
    }

    /// Options for a login of one's own.
    pub fn opts(&self, user: &str, password: &str) -> OptsBuilder {
        opts(self.port, user, password, Some(DATABASE))
    }

    /// Its configuration.
    pub fn folder(&self) -> &Path {
        self.configuration.path()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn admin_port(&self) -> u16 {
        self.admin_port
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.configuration.file("proxy.log")).unwrap_or_default()
    }

    /// Replaces words in server.yaml and tells the process to read it again.
    pub fn reconfigure(&self, from: &str, to: &str) {
        let path = self.configuration.file("server.yaml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        self.reload();
    }

    /// Tells the process to read its files again.
    pub fn reload(&self) {
        let status = Command::new("kill")
            .args(["-HUP", &self.pid().to_string()])
            .status();
        assert!(status.unwrap().success());
    }

    /// What the admin address answers.
    pub fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.admin_port)).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    /// Waits until the log has a line with `word`.
    pub fn wait_for_log(&self, word: &str) {
        let deadline = Instant::now() + START;
        while !self.log().contains(word) {
            assert!(Instant::now() < deadline, "no {word}\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGTERM and a wait; whether it ended by itself with success.
    pub fn stop(self) -> bool {
        self.process
            .stop(Duration::from_secs(30))
            .is_some_and(|status| status.success())
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + START;
        loop {
            let Err(error) = Conn::new(self.opts("root", "root-secret")) else {
                return;
            };
            let ended = self.process.has_ended();
            assert!(
                !ended && Instant::now() < deadline,
                "the proxy did not start: {error}\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }
}
