//! One private server: started, asked, stopped, gone.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::client;
use super::companion::Companion;
use super::distribution::{Distribution, Family, option};
use super::error::LabError;
use super::log;
use super::port::free_port;
use super::template::{Template, folder, initialize};

/// How long a server may take to answer after its start.
const START: Duration = Duration::from_secs(90);
/// How long it may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(30);

/// What server to start.
#[derive(Debug, Clone)]
pub struct ServerSpec {
    /// The program.
    pub distribution: Distribution,
    /// Its `server_id`; servers that replicate need different ones.
    pub server_id: u32,
    /// Flush at every commit, as a shop would run it; without it tests are quicker.
    pub durable: bool,
    /// Further options, after ours (`--max-connections=50`).
    pub options: Vec<String>,
}

impl ServerSpec {
    /// A server with id 1 that does not flush at every commit.
    pub fn new(distribution: Distribution) -> ServerSpec {
        ServerSpec {
            distribution,
            server_id: 1,
            durable: false,
            options: Vec::new(),
        }
    }
}

/// A running private server. Dropping it stops it and removes its folder.
pub struct Server {
    spec: ServerSpec,
    folder: TempDir,
    port: u16,
    process: Option<Companion>,
}

impl Server {
    /// Initializes a data folder, starts the server on it and waits until it answers.
    ///
    /// # Errors
    /// Whatever keeps it from starting, with the end of its error log.
    pub fn start(spec: ServerSpec) -> Result<Server, LabError> {
        let folder = folder("server")?;
        initialize(&spec.distribution, &folder.path().join("data"))?;
        Server::launch(spec, folder)
    }

    /// Like [`Server::start`] from a copy of `template`, which must be of the same distribution.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_from(template: &Template, spec: ServerSpec) -> Result<Server, LabError> {
        let folder = folder("server")?;
        template.copy_to(&folder.path().join("data"))?;
        Server::launch(spec, folder)
    }

    /// Like [`Server::start_from`], with a file put into the data folder first.
    pub(super) fn start_with(
        template: &Template,
        spec: ServerSpec,
        (name, text): (&str, &str),
    ) -> Result<Server, LabError> {
        let folder = folder("server")?;
        let data = folder.path().join("data");
        template.copy_to(&data)?;
        fs::write(data.join(name), text).map_err(LabError::io("writing into a data folder"))?;
        Server::launch(spec, folder)
    }

    fn launch(spec: ServerSpec, folder: TempDir) -> Result<Server, LabError> {
        let mut server = Server {
            spec,
            folder,
            port: free_port()?,
            process: None,
        };
        server.run()?;
        Ok(server)
    }

    /// Its family.
    pub fn family(&self) -> Family {
        self.spec.distribution.family()
    }

    /// Its port on 127.0.0.1; the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Its unix socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("s.sock")
    }

    /// Its folder, removed with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Companion::pid)
    }

    /// Runs statements as root without a password and returns the rows of all their results as text (NULL is `NULL`).
    ///
    /// # Errors
    /// [`LabError::Sql`] with the first error; statements after it do not run.
    pub fn sql(&self, sql: &str) -> Result<Vec<Vec<String>>, LabError> {
        client::run(
            self.spec.distribution.client(),
            &self.socket(),
            self.port,
            sql,
        )
    }

    /// The one value of a statement that returns one row; the empty text if it returns none.
    ///
    /// # Errors
    /// As [`Server::sql`].
    pub fn value(&self, sql: &str) -> Result<String, LabError> {
        let rows = self.sql(sql)?;
        Ok(rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next())
            .unwrap_or_default())
    }

    /// Starts the general log afresh: from now on every statement that reaches this server is written down.
    ///
    /// # Errors
    /// As [`Server::sql`].
    pub fn witness(&self) -> Result<(), LabError> {
        self.sql("SET GLOBAL general_log = OFF")?;
        let path = self.general_log();
        if path.exists() {
            fs::remove_file(&path).map_err(LabError::io("removing the old general log"))?;
        }
        self.sql(&format!(
            "SET GLOBAL log_output = 'FILE'; SET GLOBAL general_log_file = '{}'; SET GLOBAL general_log = ON",
            path.display()
        ))?;
        Ok(())
    }

    /// Whether a statement with `word` in it has reached this server since [`Server::witness`].
    ///
    /// # Errors
    /// [`LabError::Io`] if the log cannot be read.
    pub fn witnessed(&self, word: &str) -> Result<bool, LabError> {
        Ok(log::mentions(&log::read(&self.general_log())?, word))
    }

    /// The general log as it stands.
    ///
    /// # Errors
    /// [`LabError::Io`] if the log cannot be read.
    pub fn testimony(&self) -> Result<String, LabError> {
        Ok(String::from_utf8_lossy(&log::read(&self.general_log())?).into_owned())
    }

    fn general_log(&self) -> PathBuf {
        self.folder.path().join("general.log")
    }

    /// Starts it again on its data and port, after [`Server::stop`] or [`Server::kill`] or while it runs.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart(&mut self) -> Result<(), LabError> {
        self.stop();
        self.run()
    }

    /// Ends it by SIGTERM, by SIGKILL after a grace of 20 s. Its folder stays until it is dropped.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop(GRACE);
        }
    }

    /// Ends it at once by SIGKILL, as a power cut would.
    pub fn kill(&mut self) {
        self.process = None;
    }

    fn run(&mut self) -> Result<(), LabError> {
        let mut command = self.spec.distribution.server_command();
        command
            .args(options(&self.spec, self.port, self.folder.path()))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.process = Some(Companion::start(&mut command, self.folder.path())?);
        self.wait_until_it_answers()
    }

    fn wait_until_it_answers(&mut self) -> Result<(), LabError> {
        let deadline = Instant::now() + START;
        loop {
            let ended = self.process.as_mut().is_none_or(Companion::has_ended);
            if ended || Instant::now() > deadline {
                let detail = self.last_words();
                self.kill();
                return Err(LabError::Start {
                    port: self.port,
                    detail,
                });
            }
            if TcpStream::connect(self.address()).is_ok() && self.sql("DO 1").is_ok() {
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
    }

    /// The end of its error log.
    fn last_words(&self) -> String {
        let log = fs::read(self.folder.path().join("error.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(4)..].join(" / ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // nothing of a private server is worth a slow shutdown; its folder must still be there
        self.kill();
    }
}

fn options(spec: &ServerSpec, port: u16, folder: &Path) -> Vec<std::ffi::OsString> {
    let mut words = vec![
        option("--datadir=", &folder.join("data")),
        option("--socket=", &folder.join("s.sock")),
        option("--pid-file=", &folder.join("server.pid")),
        option("--log-error=", &folder.join("error.log")),
        option("--tmpdir=", folder),
        format!("--port={port}").into(),
        format!("--server-id={}", spec.server_id).into(),
    ];
    words.extend(ALWAYS.iter().map(Into::into));
    let family: &[&str] = match spec.distribution.family() {
        Family::Mariadb => &[
            "--gtid-strict-mode=ON",
            "--innodb-log-file-size=64M",
            "--report-host=127.0.0.1",
        ],
        Family::Mysql => &[
            "--mysqlx=OFF",
            "--gtid-mode=ON",
            "--enforce-gtid-consistency=ON",
            "--innodb-redo-log-capacity=64M",
            "--secure-file-priv=NULL",
        ],
    };
    let flush: &[&str] = if spec.durable {
        &["--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1"]
    } else {
        &["--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0"]
    };
    words.extend(family.iter().chain(flush).map(Into::into));
    words.extend(spec.options.iter().map(Into::into));
    words
}

const ALWAYS: &[&str] = &[
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--log-bin=binlog",
    "--binlog-format=ROW",
    "--log-slave-updates=ON",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=96M",
    "--max-connections=1000",
    "--table-open-cache=2000",
    "--max-allowed-packet=1G",
    "--character-set-server=utf8mb4",
    "--local-infile=ON",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Every test runs on each family that this machine has.
    fn servers() -> Vec<Server> {
        Distribution::installed()
            .into_iter()
            .map(|d| Server::start(ServerSpec::new(d)).unwrap())
            .collect()
    }

    #[test]
    fn a_stopped_server_leaves_neither_process_nor_folder() {
        for mut server in servers() {
            let folder = server.folder().to_path_buf();
            let pid = server.pid().unwrap();
            assert_eq!(server.value("SELECT 40 + 2").unwrap(), "42");
            server.stop();
            drop(server);
            assert!(!folder.exists());
            assert!(!Path::new(&format!("/proc/{pid}")).exists());
        }
    }

    #[test]
    fn data_and_port_outlive_a_kill() {
        for mut server in servers() {
            let port = server.port();
            server.sql("CREATE DATABASE d; CREATE TABLE d.t (a INT PRIMARY KEY); INSERT INTO d.t VALUES (7)").unwrap();
            server.kill();
            server.restart().unwrap();
            assert_eq!(server.port(), port);
            assert_eq!(server.value("SELECT a FROM d.t").unwrap(), "7");
        }
    }

    #[test]
    fn a_witness_sees_only_what_comes_after_it() {
        for server in servers() {
            server.sql("SELECT 'before'").unwrap();
            server.witness().unwrap();
            server.sql("SELECT 'after'").unwrap();
            assert!(!server.witnessed("before").unwrap());
            assert!(server.witnessed("SELECT 'after'").unwrap());
        }
    }

    #[test]
    fn a_refused_statement_is_an_error_with_the_servers_words() {
        for server in servers() {
            let error = server.sql("SELECT nonsense").unwrap_err().to_string();
            assert!(error.contains("1054"), "{error}");
        }
    }
}
