//! `shardgate verify-placement`: rows that the rule would place elsewhere.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::placement::{Report, VerifyOptions, lines, progress};
use crate::server;

use super::output::print;

/// Nothing, or not everything, could be verified.
const COULD_NOT_RUN: u8 = 2;

/// How the report is printed.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum ReportFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON document
    Json,
}

/// What is verified.
#[derive(Clone, Debug, Args)]
pub(super) struct VerifyArguments {
    /// Folder of server.yaml and the logical databases' files
    #[arg(long, default_value = "config", value_name = "DIR")]
    config: PathBuf,
    /// Logical database; all without it
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Logical table, may be given several times; all sharded tables without it
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    /// Rows read in a second from all nodes together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    rows_per_second: Option<u64>,
    /// File that keeps how far it is; a second run goes on from there
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Read replicas where there are some
    #[arg(long)]
    replica: bool,
    /// Misplaced rows of a table that are told one by one; all are counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    show: usize,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
}

/// Exit code 0: every row is in place; 1: some are not; 2: it could not run, or a node was not read.
pub(super) fn verify_placement(arguments: VerifyArguments) -> ExitCode {
    let (folder, format) = (arguments.config.clone(), arguments.format);
    match report(&folder, arguments) {
        Ok(report) => {
            match format {
                ReportFormat::Text => print(lines(&report)),
                ReportFormat::Json => print([report.json()]),
            }
            ExitCode::from(report.exit_code())
        }
        Err(error) => {
            eprintln!("shardgate verify-placement: {error}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn report(folder: &Path, arguments: VerifyArguments) -> Result<Report, String> {
    let config = server::load(folder).map_err(|error| {
        format!(
            "{error}; run: shardgate check --config {}",
            folder.display()
        )
    })?;
    let options = VerifyOptions {
        tables: arguments.tables,
        rows_per_second: arguments.rows_per_second,
        resume: arguments.resume,
        is_replica: arguments.replica,
        shown: arguments.show,
        ..VerifyOptions::default()
    };
    if let Some(name) = &arguments.database
        && !config
            .databases
            .iter()
            .any(|database| database.database.name.eq_ignore_ascii_case(name))
    {
        return Err(format!("there is no logical database {name}"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let database = arguments.database.as_deref();
    let told = |node: &crate::placement::NodeReport| eprintln!("{}", progress(node));
    let verified = runtime.block_on(server::verify_placement(&config, database, &options, told));
    runtime.shutdown_background();
    verified.map_err(|error| error.to_string())
}
