//! How far a verification is, in a file: written aside and renamed, so that a crash leaves the last whole one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::error::PlacementError;

/// The file is written again after this long at the earliest, and when a node is through.
const EVERY: Duration = Duration::from_secs(1);
const VERSION: u64 = 1;

/// How far one node is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeProgress {
    pub(super) is_done: bool,
    /// Key of the last row read.
    pub(super) after: Option<Vec<Vec<u8>>>,
    pub(super) rows: u64,
    pub(super) misplaced: u64,
    pub(super) as_quoted: u64,
}

/// The progress of all nodes.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: Option<PathBuf>,
    /// What the rules were when it was begun.
    layout: String,
    nodes: BTreeMap<String, NodeProgress>,
    written: Option<Instant>,
}

impl Checkpoint {
    /// Begins anew, or goes on where the file at `path` left off.
    ///
    /// # Errors
    /// The file is none of these, or its rules were others.
    pub(super) fn open(path: Option<PathBuf>, layout: String) -> Result<Self, PlacementError> {
        let mut checkpoint = Self {
            path,
            layout,
            nodes: BTreeMap::new(),
            written: None,
        };
        let Some(path) = checkpoint.path.clone() else {
            return Ok(checkpoint);
        };
        match fs::read(&path) {
            Ok(bytes) => {
                let fault = |reason: String| PlacementError::Checkpoint {
                    path: path.clone(),
                    reason,
                };
                checkpoint.nodes = read(&bytes, &checkpoint.layout).map_err(fault)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(PlacementError::Checkpoint {
                    path,
                    reason: error.to_string(),
                });
            }
        }
        Ok(checkpoint)
    }

    /// What is known of a node.
    pub(super) fn node(&self, name: &str) -> NodeProgress {
        self.nodes.get(name).cloned().unwrap_or_default()
    }

    /// Takes over how far a node is; the file is written at times.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn set(&mut self, name: &str, progress: NodeProgress) -> Result<(), PlacementError> {
        let is_due = progress.is_done || self.written.is_none_or(|at| at.elapsed() >= EVERY);
        self.nodes.insert(name.to_owned(), progress);
        if is_due { self.write() } else { Ok(()) }
    }

    /// Writes the file, if there is one.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(&mut self) -> Result<(), PlacementError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let text = self.json().to_string();
        put(path, text.as_bytes()).map_err(|error| PlacementError::Checkpoint {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        self.written = Some(Instant::now());
        Ok(())
    }

    fn json(&self) -> Value {
        let nodes: Map<String, Value> = self
            .nodes
            .iter()
            .map(|(name, node)| {
                let after = node
                    .after
                    .as_ref()
                    .map(|key| key.iter().map(|value| hex(value)).collect::<Vec<_>>());
                let value = json!({
                    "done": node.is_done,
                    "after": after,
                    "rows": node.rows,
                    "misplaced": node.misplaced,
                    "as_quoted": node.as_quoted,
                });
                (name.clone(), value)
            })
            .collect();
        json!({ "version": VERSION, "layout": self.layout, "nodes": nodes })
    }
}

fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let aside = PathBuf::from(aside);
    let mut file = File::create(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

fn read(bytes: &[u8], layout: &str) -> Result<BTreeMap<String, NodeProgress>, String> {
    let root: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("it is no checkpoint: {error}"))?;
    if root.get("version").and_then(Value::as_u64) != Some(VERSION) {
        return Err("it is no checkpoint of this version: begin anew with another file".to_owned());
    }
    if root.get("layout").and_then(Value::as_str) != Some(layout) {
        return Err(
            "it was begun with other rules, tables or source of reading: begin anew with another file"
                .to_owned(),
        );
    }
    let nodes = root.get("nodes").and_then(Value::as_object);
    let nodes = nodes.ok_or("it has no nodes: begin anew with another file")?;
    nodes
        .iter()
        .map(|(name, node)| {
            let progress =
                progress(node).ok_or_else(|| format!("its node {name} cannot be read"))?;
            Ok((name.clone(), progress))
        })
        .collect()
}

fn progress(node: &Value) -> Option<NodeProgress> {
    let count = |key: &str| node.get(key)?.as_u64();
    let after = match node.get("after")? {
        Value::Null => None,
        Value::Array(values) => Some(
            values
                .iter()
                .map(|value| unhex(value.as_str()?))
                .collect::<Option<Vec<_>>>()?,
        ),
        _ => return None,
    };
    Some(NodeProgress {
        is_done: node.get("done")?.as_bool()?,
        after,
        rows: count("rows")?,
        misplaced: count("misplaced")?,
        as_quoted: count("as_quoted")?,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            u8::from_str_radix(
                std::str::from_utf8(pair)
                    .ok()
                    .filter(|pair| pair.len() == 2)?,
                16,
            )
            .ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verification_goes_on_where_its_file_left_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress.json");
        let open = |layout: &str| Checkpoint::open(Some(path.clone()), layout.to_owned());
        let mut checkpoint = open("a").unwrap();
        let half = NodeProgress {
            after: Some(vec![b"12".to_vec(), vec![0, 255]]),
            rows: 12,
            misplaced: 3,
            as_quoted: 2,
            is_done: false,
        };
        checkpoint.set("ds_0.t_1", half.clone()).unwrap();
        checkpoint.write().unwrap();
        let again = open("a").unwrap();
        assert_eq!(again.node("ds_0.t_1"), half);
        assert_eq!(again.node("ds_0.t_2"), NodeProgress::default());
        let error = open("b").unwrap_err().to_string();
        assert!(error.contains("other rules"), "{error}");
    }

    #[test]
    fn what_is_no_checkpoint_is_told_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        for text in [
            "",
            "[]",
            "{}",
            r#"{"version":1,"layout":"a","nodes":{"x":{"done":1}}}"#,
            r#"{"version":1,"layout":"a","nodes":{"x":{"done":true,"after":["0"],"rows":1,"misplaced":0,"as_quoted":0}}}"#,
        ] {
            std::fs::write(&path, text).unwrap();
            let opened = Checkpoint::open(Some(path.clone()), "a".to_owned());
            assert!(opened.is_err(), "{text}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
