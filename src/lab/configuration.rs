//! A configuration folder for a proxy in front of a farm.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::LabError;
use super::farm::{Account, Farm};
use super::template::folder;

/// A temporary folder with `server.yaml` and one logical database.
pub struct Configuration {
    folder: TempDir,
}

impl Configuration {
    /// Writes `server` as it is, and `layout` with its `dataSources:` section replaced by the farm's servers, pools of
    /// at most `pool` connections.
    ///
    /// # Errors
    /// [`LabError::Io`] if the folder cannot be written.
    pub fn write(
        server: &str,
        layout: &str,
        farm: &Farm,
        pool: u32,
    ) -> Result<Configuration, LabError> {
        let folder = folder("config")?;
        let configuration = Configuration { folder };
        configuration.put("server.yaml", server)?;
        configuration.put("database.yaml", &point(layout, farm, pool))?;
        Ok(configuration)
    }

    /// The folder, for `--config`.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// One of its files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file beside the others, or over one of them.
    ///
    /// # Errors
    /// [`LabError::Io`] if it cannot be written.
    pub fn put(&self, name: &str, text: &str) -> Result<(), LabError> {
        let path = self.file(name);
        fs::write(&path, text).map_err(LabError::io(format!("writing {}", path.display())))
    }
}

/// `layout` with the lines of its top-level key `dataSources` replaced.
fn point(layout: &str, farm: &Farm, pool: u32) -> String {
    let mut text = String::new();
    let mut inside = false;
    for line in layout.lines() {
        let is_top_level = line.starts_with(|first: char| first.is_ascii_alphabetic());
        if is_top_level {
            inside = line.starts_with("dataSources:");
            if inside {
                text.push_str(&data_sources(farm, pool));
            }
        }
        if !inside {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// `ds_n_primary` for each schema n, and `ds_n_replica` where it has one.
fn data_sources(farm: &Farm, pool: u32) -> String {
    let Account { user, password } = farm.account();
    let mut text = String::from("dataSources:\n");
    for (n, schema) in farm.schemas().iter().enumerate() {
        let pair = farm.pair_of(n);
        let primary = Some(("primary", &pair.primary));
        let replica = pair.replica.as_ref().map(|replica| ("replica", replica));
        for (role, server) in primary.into_iter().chain(replica) {
            // writing to a String cannot fail
            let _ = writeln!(
                text,
                "  ds_{n}_{role}: {{ url: \"jdbc:mysql://127.0.0.1:{}/{schema}\", username: {user}, password: {password}, \
                 minPoolSize: 1, maxPoolSize: {pool} }}",
                server.port()
            );
        }
    }
    text
}
