//! A freshly initialized data folder, copied for each server of a farm.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::distribution::{Distribution, Family, option};
use super::error::LabError;

/// An initialized data folder that no server runs on.
#[derive(Debug)]
pub struct Template {
    folder: TempDir,
}

impl Template {
    /// Initializes a data folder; one to three seconds of work.
    ///
    /// # Errors
    /// [`LabError::Initialize`] with the program's last words.
    pub fn create(distribution: &Distribution) -> Result<Template, LabError> {
        let folder = folder("template")?;
        initialize(distribution, &folder.path().join("data"))?;
        Ok(Template { folder })
    }

    /// Copies it to `data`.
    pub(super) fn copy_to(&self, data: &Path) -> Result<(), LabError> {
        copy(&self.folder.path().join("data"), data)
            .map_err(LabError::io("copying a fresh data folder"))
    }
}

/// A temporary folder of the laboratory.
pub(super) fn folder(what: &str) -> Result<TempDir, LabError> {
    tempfile::Builder::new()
        .prefix(&format!("shardgate-{what}-"))
        .tempdir()
        .map_err(LabError::io("creating a temporary folder"))
}

/// Creates a data folder whose `root` has no password and may log in from this machine only.
pub(super) fn initialize(distribution: &Distribution, data: &Path) -> Result<(), LabError> {
    let mut command = match distribution.installer() {
        Some(installer) => mariadb_installer(installer, data),
        None => mysql_initializer(distribution, data),
    };
    // in a shared folder of temporary files a server that starts removes those of the others
    if let Some(parent) = data.parent() {
        command.env("TMPDIR", parent);
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(LabError::io(format!("running {program}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(LabError::Initialize {
        program,
        detail: last_words(&output),
    })
}

fn mariadb_installer(installer: &Path, data: &Path) -> Command {
    let mut command = Command::new(installer);
    command
        .arg("--no-defaults")
        .arg(option("--datadir=", data))
        .args([
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-log-file-size=16M",
        ]);
    if rustix::process::geteuid().is_root() {
        command.arg("--user=root");
    }
    command
}

fn mysql_initializer(distribution: &Distribution, data: &Path) -> Command {
    debug_assert_eq!(distribution.family(), Family::Mysql);
    let mut command = distribution.server_command();
    command
        .arg("--initialize-insecure")
        .arg(option("--datadir=", data))
        .args(["--performance-schema=OFF", "--innodb-redo-log-capacity=64M"]);
    command
}

fn last_words(output: &Output) -> String {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(5)..].join(" / ")
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // a server's identity is not copied: two servers of one uuid cannot replicate
        if entry.file_name() == OsStr::new("auto.cnf") {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
