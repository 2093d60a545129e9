//! Which server program to run, and how.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::LabError;

/// The two families of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// MariaDB.
    Mariadb,
    /// MySQL.
    Mysql,
}

/// An installed server: its program and whatever must stand before and after it on the command line.
#[derive(Debug, Clone)]
pub struct Distribution {
    family: Family,
    /// The program with the words that start it: the dynamic linker and its paths when the server lies in another system's folder.
    launcher: Vec<OsString>,
    /// Options without which it does not find its own messages.
    own_options: Vec<OsString>,
    /// Creates a data folder (MariaDB only).
    installer: Option<PathBuf>,
    /// The command-line client, which speaks to both families.
    client: PathBuf,
    /// The system that the server lies in, if it is another than this one.
    root: Option<PathBuf>,
}

impl Distribution {
    /// The machine's MariaDB.
    ///
    /// # Errors
    /// [`LabError::Missing`] names the program and the package.
    pub fn mariadb() -> Result<Distribution, LabError> {
        let server = find(&["mariadbd", "mysqld"]).filter(|path| is_mariadb(path));
        let missing = |program| LabError::Missing {
            program,
            package: "mariadb-server mariadb-client",
        };
        let server = server.ok_or_else(|| missing("mariadbd"))?;
        let installer = find(&["mariadb-install-db", "mysql_install_db"])
            .ok_or_else(|| missing("mariadb-install-db"))?;
        Ok(Distribution {
            family: Family::Mariadb,
            launcher: vec![server.into()],
            own_options: Vec::new(),
            installer: Some(installer),
            client: client()?,
            root: None,
        })
    }

    /// The MySQL that the environment names: `SHARDGATE_TEST_MYSQLD`, a server program, or `SHARDGATE_TEST_MYSQL_ROOT`,
    /// a folder with a whole system in it (debootstrap), whose server is run by that system's own dynamic linker.
    ///
    /// # Errors
    /// [`LabError::NoMysql`] if neither is set, [`LabError::NotAServer`] if there is none where it points.
    pub fn mysql() -> Result<Distribution, LabError> {
        if let Some(path) = env::var_os("SHARDGATE_TEST_MYSQLD") {
            return Distribution::mysql_at(Path::new(&path));
        }
        let root = env::var_os("SHARDGATE_TEST_MYSQL_ROOT").ok_or(LabError::NoMysql)?;
        Distribution::mysql_in(Path::new(&root))
    }

    /// Both families that this machine has, MariaDB first.
    pub fn installed() -> Vec<Distribution> {
        [Distribution::mariadb(), Distribution::mysql()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Its family.
    pub fn family(&self) -> Family {
        self.family
    }

    fn mysql_at(server: &Path) -> Result<Distribution, LabError> {
        if !server.is_file() {
            return Err(LabError::NotAServer {
                path: server.into(),
            });
        }
        Ok(Distribution {
            family: Family::Mysql,
            launcher: vec![server.into()],
            own_options: Vec::new(),
            installer: None,
            client: client()?,
            root: None,
        })
    }

    fn mysql_in(root: &Path) -> Result<Distribution, LabError> {
        let server = root.join("usr/sbin/mysqld");
        let linker = linker(root).filter(|_| server.is_file());
        let Some((linker, libraries)) = linker else {
            return Err(LabError::NotAServer { path: server });
        };
        let share = root.join("usr/share/mysql");
        let mut paths = libraries.into_os_string();
        paths.push(":");
        paths.push(root.join("usr/lib/mysql/private"));
        Ok(Distribution {
            family: Family::Mysql,
            launcher: vec![linker.into(), "--library-path".into(), paths, server.into()],
            own_options: vec![
                option("--lc-messages-dir=", &share),
                option("--character-sets-dir=", &share.join("charsets")),
                option("--plugin-dir=", &root.join("usr/lib/mysql/plugin")),
            ],
            installer: None,
            client: client()?,
            root: Some(root.into()),
        })
    }

    /// The server's command with the options every run needs.
    pub(super) fn server_command(&self) -> Command {
        let mut words = self.launcher.iter();
        let mut command = Command::new(words.next().cloned().unwrap_or_default());
        command
            .args(words)
            .arg("--no-defaults")
            .args(&self.own_options);
        if rustix::process::geteuid().is_root() {
            command.arg("--user=root");
        }
        command
    }

    /// The words that run another program of the system in `SHARDGATE_TEST_MYSQL_ROOT`, such as its `mysqldump`.
    /// `None` if the server belongs to no such system or that has no such program.
    pub fn program(&self, name: &str) -> Option<Vec<OsString>> {
        let program = self.root.as_ref()?.join("usr/bin").join(name);
        // all but the last word, the server, run any program of that system
        let (_, launcher) = self.launcher.split_last()?;
        program
            .is_file()
            .then(|| launcher.iter().cloned().chain([program.into()]).collect())
    }

    /// The program that creates a data folder, if that is not the server itself.
    pub(super) fn installer(&self) -> Option<&Path> {
        self.installer.as_deref()
    }

    /// The command-line client.
    pub(super) fn client(&self) -> &Path {
        &self.client
    }
}

fn client() -> Result<PathBuf, LabError> {
    find(&["mariadb", "mysql"]).ok_or(LabError::Missing {
        program: "mariadb",
        package: "mariadb-client",
    })
}

/// The first of these names in PATH or in the folders for system programs, which an ordinary user's PATH lacks.
fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/usr/libexec"].map(PathBuf::from))
        .collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

/// On some systems `mysqld` is MariaDB's server, on others MySQL's.
fn is_mariadb(server: &Path) -> bool {
    server.ends_with("mariadbd")
        || Command::new(server)
            .arg("--version")
            .output()
            .is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains("MariaDB"))
}

/// The dynamic linker and the library folder of the system in `root`.
fn linker(root: &Path) -> Option<(PathBuf, PathBuf)> {
    [
        ("lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu"),
        ("lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu"),
    ]
    .map(|(linker, libraries)| (root.join(linker), root.join(libraries)))
    .into_iter()
    .find(|(linker, libraries)| linker.is_file() && libraries.is_dir())
}

pub(super) fn option(name: &str, value: &Path) -> OsString {
    let mut word = OsString::from(name);
    word.push(value);
    word
}
