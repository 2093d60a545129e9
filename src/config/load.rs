//! A folder of files as one configuration, or every fault in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::rule::KeySpec;
use crate::session::Account;

use super::cursor::{Cursor, Report};
use super::database_file::{self, DatabaseConfig};
use super::environment::{MissingVariable, substitute};
use super::fault::{Fault, Severity};
use super::options::Options;
use super::server_file::{self, ServerFile};
use super::tree::{self, Content, Node, Position};

/// A whole configuration without errors.
#[derive(Debug)]
pub struct Config {
    /// Settings of the process.
    pub options: Options,
    /// Who may log in.
    pub accounts: Vec<Account>,
    /// Logical databases, in the order of their files' names.
    pub databases: Vec<DatabaseConfig>,
    /// Findings that do not keep it from being used.
    pub warnings: Vec<Fault>,
    /// Keys that may stand but do nothing here.
    pub accepted_without_effect: Vec<Fault>,
}

/// Text of one file, by its name as faults show it.
pub type NamedText = (String, String);

/// Reads the folder; `environment` looks up a variable, such as `|name| std::env::var(name).ok()`.
///
/// # Errors
/// Every error of all files; warnings stand among them.
pub fn load(
    folder: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut texts = Vec::new();
    for path in yaml_files(folder).map_err(|fault| vec![fault])? {
        let name = path.display().to_string();
        match read_text(&path) {
            Ok(text) => texts.push((name, text)),
            Err(message) => faults.push(whole_file(
                &name,
                message,
                "make it a readable UTF-8 file of at most 4 MiB",
            )),
        }
    }
    match load_texts(&folder.display().to_string(), texts, environment) {
        Ok(config) if faults.is_empty() => Ok(config),
        Ok(_) => Err(faults),
        Err(more) => {
            faults.extend(more);
            Err(faults)
        }
    }
}

/// The same from texts; `folder` is named in faults that concern no file.
///
/// # Errors
/// Every error of all files; warnings stand among them.
pub fn load_texts(
    folder: &str,
    texts: Vec<NamedText>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Vec<Fault>> {
    let mut found = Findings::default();
    let (mut server, mut databases) = (Vec::new(), Vec::new());
    for (name, text) in texts {
        let is_server = Path::new(&name)
            .file_stem()
            .is_some_and(|stem| stem == "server" || stem == "global");
        let Some((root, report)) = parse(&name, &text, environment, &mut found) else {
            continue;
        };
        if is_server {
            server.push((root, report));
        } else if has_key(&root, &["databaseName", "schemaName"]) {
            databases.push((root, report));
        } else if has_key(&root, &["dataSources", "rules"]) {
            report.push(
                Severity::Error,
                root.at,
                "",
                "no databaseName".to_owned(),
                "write databaseName: and the name that clients see".to_owned(),
            );
            found.take(report);
        }
    }
    found.tell_unset();
    let server = read_server(folder, server, &mut found);
    let mut configs = Vec::new();
    for (root, report) in databases {
        configs.extend(database_file::read(
            &Cursor::root(&root, &report),
            server.options.worker_id,
        ));
        found.take(report);
        found.has_database = true;
    }
    if !found.has_database && !found.has_errors() {
        found.faults.push(whole_file(
            folder,
            "no logical database",
            "add a file such as ecommerce.yaml with databaseName and dataSources",
        ));
    }
    found.faults.extend(duplicate_names(&configs));
    found
        .faults
        .extend(unknown_databases(&server.accounts, &configs, folder));
    if found.has_errors() {
        return Err(found.faults);
    }
    let ServerFile {
        mut options,
        accounts,
        has_worker_id,
    } = server;
    if !has_worker_id {
        options.worker_id = worker_of_keys(&configs).unwrap_or(options.worker_id);
    }
    let (warnings, accepted_without_effect) = (found.faults, found.without_effect);
    Ok(Config {
        options,
        accounts,
        databases: configs,
        warnings,
        accepted_without_effect,
    })
}

#[derive(Default)]
struct Findings {
    faults: Vec<Fault>,
    without_effect: Vec<Fault>,
    has_database: bool,
    /// Variables that are not set, each with its first place and the number of places.
    unset: Vec<(String, Fault, usize)>,
}

impl Findings {
    fn note_unset(&mut self, file: &str, missing: MissingVariable) {
        let is_same = |known: &&mut (String, Fault, usize)| known.0 == missing.name;
        if let Some((_, _, count)) = self.unset.iter_mut().find(is_same) {
            *count += 1;
            return;
        }
        let first = Fault {
            file: file.to_owned(),
            line: missing.at.line,
            column: missing.at.column,
            path: missing.path,
            message: String::new(),
            remedy: "set it before the start, or write the value".to_owned(),
            severity: Severity::Error,
        };
        self.unset.push((missing.name, first, 1));
    }

    /// One fault a variable, however often it is asked for.
    fn tell_unset(&mut self) {
        for (name, mut fault, count) in self.unset.drain(..) {
            fault.message = match count {
                1 => format!("the environment variable {name} is not set"),
                _ => format!(
                    "the environment variable {name} is not set, and asked for {count} times, here first"
                ),
            };
            self.faults.push(fault);
        }
    }

    fn take(&mut self, report: Report) {
        let (faults, without_effect) = report.into_findings();
        self.faults.extend(faults);
        self.without_effect.extend(without_effect);
    }

    fn has_errors(&self) -> bool {
        self.faults
            .iter()
            .any(|fault| fault.severity == Severity::Error)
    }
}

fn whole_file(file: &str, message: impl Into<String>, remedy: &str) -> Fault {
    let (file, path, remedy) = (file.to_owned(), String::new(), remedy.to_owned());
    Fault {
        file,
        line: 0,
        column: 0,
        path,
        message: message.into(),
        remedy,
        severity: Severity::Error,
    }
}

/// Files of the folder in the order of their names; editors' and hidden files are none.
fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let shown = folder.display().to_string();
    let entries = fs::read_dir(folder).map_err(|error| {
        whole_file(
            &shown,
            format!("the folder cannot be read: {error}"),
            "name the folder with --config",
        )
    })?;
    let is_yaml = |path: &PathBuf| {
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        !is_hidden
            && path
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "yml")
            && path.is_file()
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(is_yaml)
        .collect();
    files.sort();
    Ok(files)
}

fn read_text(path: &Path) -> Result<String, String> {
    let length = fs::metadata(path)
        .map_err(|error| format!("cannot be read: {error}"))?
        .len();
    if usize::try_from(length).is_ok_and(|length| length <= tree::MAX_FILE_BYTES) {
        return fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"));
    }
    Err(format!("the file has {length} bytes"))
}

fn parse(
    name: &str,
    text: &str,
    environment: &dyn Fn(&str) -> Option<String>,
    found: &mut Findings,
) -> Option<(Node, Report)> {
    let report = Report::new(name);
    match tree::parse(text) {
        Ok(mut root) => {
            for missing in substitute(&mut root, environment) {
                report.pass_over(missing.at);
                found.note_unset(name, missing);
            }
            Some((root, report))
        }
        Err(faults) => {
            for fault in faults {
                report.push(Severity::Error, fault.at, "", fault.message, fault.remedy);
            }
            found.take(report);
            None
        }
    }
}

fn has_key(root: &Node, keys: &[&str]) -> bool {
    match &root.content {
        Content::Mapping(entries) => entries
            .iter()
            .any(|(key, _)| keys.contains(&key.name.as_str())),
        Content::Scalar { .. } | Content::Sequence(_) => false,
    }
}

fn read_server(folder: &str, files: Vec<(Node, Report)>, found: &mut Findings) -> ServerFile {
    let mut read = None;
    for (root, report) in files {
        if read.is_some() {
            let message = "server.yaml and global.yaml stand side by side".to_owned();
            report.push(
                Severity::Error,
                Position { line: 1, column: 1 },
                "",
                message,
                "keep one of them".to_owned(),
            );
        }
        read = Some(server_file::read(&Cursor::root(&root, &report)));
        found.take(report);
    }
    read.unwrap_or_else(|| {
        let (text, report) = (String::new(), Report::new(format!("{folder}/server.yaml")));
        let read = tree::parse(&text).map(|root| server_file::read(&Cursor::root(&root, &report)));
        found.take(report);
        read.unwrap_or_else(|_| ServerFile::default())
    })
}

/// The number that ShardingSphere's file gives a process: its first key generator's.
fn worker_of_keys(configs: &[DatabaseConfig]) -> Option<u16> {
    let tables = configs
        .iter()
        .flat_map(|config| config.database.sharded_tables());
    tables
        .filter_map(|table| table.key.as_ref())
        .find_map(|key| match key.generator {
            KeySpec::Snowflake { worker_id, .. } => Some(worker_id),
            KeySpec::Uuid(_) | KeySpec::NanoId => None,
        })
}

fn duplicate_names(configs: &[DatabaseConfig]) -> Vec<Fault> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut faults = Vec::new();
    for config in configs {
        let file = config.places.root.file.as_str();
        if let Some(first) = seen.insert(config.database.name.to_lowercase(), file) {
            let message = format!(
                "database {} is declared in {first} already",
                config.database.name
            );
            faults.push(whole_file(
                file,
                message,
                "give one of them another databaseName",
            ));
        }
    }
    faults
}

fn unknown_databases(accounts: &[Account], configs: &[DatabaseConfig], folder: &str) -> Vec<Fault> {
    let is_known = |name: &str| {
        name == "*"
            || configs
                .iter()
                .any(|config| config.database.name.eq_ignore_ascii_case(name))
    };
    let mut faults = Vec::new();
    for account in accounts {
        for name in account
            .rights
            .databases
            .iter()
            .flatten()
            .filter(|name| !is_known(name))
        {
            let mut fault = whole_file(
                folder,
                format!(
                    "user {} may use database {name}, which is not declared",
                    account.user
                ),
                "name a declared database",
            );
            fault.severity = Severity::Warning;
            faults.push(fault);
        }
    }
    faults
}
