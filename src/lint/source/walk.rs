//! Paths of the command line to files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// It was named, not found in a folder: one that is no source is a fault then.
    pub is_named: bool,
}

/// Folders below folders that are looked into.
const MAX_DEPTH: usize = 64;
/// Folders that hold what others wrote.
const SKIPPED: [&str; 5] = ["target", "node_modules", "vendor", "build", "dist"];

/// The files of a path: itself, or those below it by name, whose names end as a source's do. Links to folders are not
/// followed, folders whose name begins with a dot are left out.
///
/// # Errors
/// The path, and why it cannot be read.
pub fn walk(path: &Path) -> Result<Vec<Found>, (PathBuf, io::Error)> {
    let told = |error| (path.to_owned(), error);
    if path.as_os_str() == "-" || !fs::metadata(path).map_err(told)?.is_dir() {
        return Ok(vec![Found {
            path: path.to_owned(),
            is_named: true,
        }]);
    }
    let mut found = Vec::new();
    folder(path, 0, &mut found)?;
    Ok(found)
}

fn folder(path: &Path, depth: usize, found: &mut Vec<Found>) -> Result<(), (PathBuf, io::Error)> {
    let told = |error| (path.to_owned(), error);
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(path)
        .and_then(Iterator::collect)
        .map_err(told)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(told)?;
        if kind.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) && depth < MAX_DEPTH {
                folder(&entry.path(), depth + 1, found)?;
            }
        } else if is_source(&entry.path()) {
            found.push(Found {
                path: entry.path(),
                is_named: false,
            });
        }
    }
    Ok(())
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["sql", "xml", "log"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    }) && path.is_file()
}
