//! `shardgate lint`: what the proxy would refuse, before it does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::config::{self, Config};
use crate::lint::{Baseline, Format, Linter, RULES, Report, Settings, SourceKind, read_schema};
use crate::model::Schema;
use crate::route::{DdlRight, Rights};
use crate::server;
use crate::sql::{ServerFamily, SqlMode};
use crate::verdict::{ALL_RIGHTS, Grounds, Logical};

use super::output::print;
use super::server_family::{DEFAULT_FAMILY, family};

/// Nothing was found.
const CLEAN: u8 = 0;
/// Something was found.
const FINDINGS: u8 = 1;
/// It could not run, or a file could not be read.
const FAILED: u8 = 2;

/// What lint is asked.
#[derive(Debug, Args)]
pub(super) struct LintArguments {
    /// Folder of server.yaml and the logical databases' files
    #[arg(long, default_value = "config", value_name = "DIR")]
    config: PathBuf,
    /// Logical database that texts are for, where there are several
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Judge with the rights of this user of server.yaml instead of all rights
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// How findings are written: text, json, sarif, github, junit
    #[arg(long, default_value = "text", value_parser = format, value_name = "FORMAT")]
    format: Format,
    /// Leave out the findings that this file holds
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to the baseline file and end
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
    /// Levels of rules, everywhere and below paths
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// CREATE TABLE files or a folder of migrations that tell the columns; may be given several times
    #[arg(long, value_name = "PATH")]
    schema: Vec<PathBuf>,
    /// Ask the data sources for the columns
    #[arg(long)]
    online: bool,
    /// Server that executable comments are read for, such as mysql-8.4 or mariadb-10.11
    #[arg(long, default_value = DEFAULT_FAMILY, value_parser = family, value_name = "SERVER")]
    server: ServerFamily,
    /// What the sources are, instead of finding out: sql, mybatis, slow-log, general-log, orm-log
    #[arg(long = "as", value_parser = kind, value_name = "KIND")]
    kind: Option<SourceKind>,
    /// Files and folders; - is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Runs it.
pub(super) fn lint(arguments: &LintArguments) -> ExitCode {
    let code = run(arguments).unwrap_or_else(|message| {
        eprintln!("shardgate lint: {message}");
        FAILED
    });
    ExitCode::from(code)
}

fn run(arguments: &LintArguments) -> Result<u8, String> {
    let folder = &arguments.config;
    let config = server::load(folder).map_err(|error| {
        format!(
            "{error}; run: shardgate check --config {}",
            folder.display()
        )
    })?;
    let settings = settings(arguments.rules.as_deref())?;
    let baseline = match &arguments.baseline {
        Some(path) if !arguments.write_baseline => Some(read_baseline(path)?),
        _ => None,
    };
    let mut report = report(arguments, &config, &settings)?;
    if arguments.write_baseline
        && let Some(path) = &arguments.baseline
    {
        let written = Baseline::of(&report.findings);
        fs::write(path, written.text()).map_err(|error| format!("{}: {error}", path.display()))?;
        eprintln!("{}: {} findings", path.display(), report.findings.len());
        report.findings.clear();
    }
    if let Some(baseline) = baseline {
        report.counts.in_baseline = baseline.subtract(&mut report.findings);
    }
    print([arguments.format.write(&report).trim_end()]);
    if arguments.format != Format::Text {
        for problem in &report.problems {
            eprintln!("shardgate lint: {problem}");
        }
    }
    Ok(if !report.problems.is_empty() {
        FAILED
    } else if report.findings.is_empty() {
        CLEAN
    } else {
        FINDINGS
    })
}

fn report(
    arguments: &LintArguments,
    config: &Config,
    settings: &Settings,
) -> Result<Report, String> {
    let names: Vec<String> = config
        .databases
        .iter()
        .map(|known| known.database.name.clone())
        .collect();
    let wanted = |name: &String| {
        arguments
            .database
            .as_ref()
            .is_none_or(|known| known.eq_ignore_ascii_case(name))
    };
    let current = names.iter().position(wanted).ok_or_else(|| {
        format!(
            "there is no such logical database: there are {}",
            names.join(", ")
        )
    })?;
    let mode = SqlMode::default();
    let mut schemas = if arguments.online {
        online(config)?
    } else {
        vec![Schema::default(); names.len()]
    };
    if let Some(schema) = schemas.get_mut(current) {
        read_schema(&arguments.schema, mode, arguments.server, schema)
            .map_err(|fault| fault.to_string())?;
    }
    let rules = config.databases.iter().map(|known| &known.database);
    let databases: Vec<Logical<'_>> = rules
        .zip(&schemas)
        .map(|(rules, schema)| Logical { rules, schema })
        .collect();
    let grounds = Grounds {
        databases: &databases,
        names: &names,
        current,
        mode,
        family: arguments.server,
        rights: rights(config, arguments.user.as_deref())?,
    };
    let mut linter = Linter::new(grounds, settings);
    linter.paths(&arguments.paths, arguments.kind);
    Ok(linter.finish())
}

fn settings(path: Option<&Path>) -> Result<Settings, String> {
    let Some(path) = path else {
        return Ok(Settings::default());
    };
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let known: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let file = config::lint_file(&path.display().to_string(), &text, &known).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    Ok(Settings::new(file))
}

fn read_baseline(path: &Path) -> Result<Baseline, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Baseline::read(&text).map_err(|fault| format!("{}: {fault}", path.display()))
}

/// Columns as the servers tell them, of each logical database.
fn online(config: &Config) -> Result<Vec<Schema>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let schemas = runtime.block_on(server::schemas(config));
    runtime.shutdown_background();
    schemas.map_err(|error| error.to_string())
}

fn rights(config: &Config, user: Option<&str>) -> Result<Rights, String> {
    let Some(user) = user else {
        return Ok(ALL_RIGHTS);
    };
    let mut accounts = config.accounts.iter();
    let Some(account) = accounts.find(|account| *account.user == *user) else {
        return Err(format!("server.yaml has no user {user}"));
    };
    let ddl = match (account.rights.may_ddl, account.rights.may_drop) {
        (_, true) => DdlRight::All,
        (true, false) => DdlRight::Some,
        (false, false) => DdlRight::None,
    };
    Ok(Rights {
        may_hint: account.rights.may_hint,
        ddl,
    })
}

fn format(name: &str) -> Result<Format, String> {
    named(name, &Format::ALL)
}

fn kind(name: &str) -> Result<SourceKind, String> {
    named(name, &SourceKind::ALL)
}

fn named<T: Copy>(name: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        format!("there are {}", names.join(", "))
    })
}
