//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::demo::{self, DemoOptions};
use super::explain::{self, ExplainArguments};
use super::lint::{self, LintArguments};
use super::verify_placement::{self, VerifyArguments};
use super::{catalog, check, serve};

/// A sharding SQL proxy for MySQL and MariaDB.
#[derive(Debug, Parser)]
#[command(name = "shardgate", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve clients
    Serve {
        /// Folder of server.yaml and the logical databases' files
        #[arg(long, default_value = "config", value_name = "DIR")]
        config: PathBuf,
        /// Let a reload change where existing rows are looked for
        #[arg(long)]
        accept_layout: bool,
    },
    /// Read a configuration and list every fault and warning
    Check {
        /// Folder of server.yaml and the logical databases' files
        #[arg(long, default_value = "config", value_name = "DIR")]
        config: PathBuf,
        /// Ask the servers too: who is primary, what the account may see, what would not serve
        #[arg(long)]
        online: bool,
    },
    /// Tell where a statement would go, without any server
    Explain(ExplainArguments),
    /// Judge SQL files, MyBatis mappers and logs as the proxy would; exit code 0 clean, 1 findings, 2 could not run
    Lint(LintArguments),
    /// Compare the catalog schema with the logical tables, or build it
    Catalog {
        /// Folder of server.yaml and the logical databases' files
        #[arg(long, default_value = "config", value_name = "DIR")]
        config: PathBuf,
        /// Make what is missing or differs
        #[arg(long)]
        apply: bool,
    },
    /// Report rows that the rule would place on another node than the one that holds them
    VerifyPlacement(VerifyArguments),
    /// Private servers, the recommended layout, the proxy, and a tour
    Demo(DemoOptions),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve {
            config,
            accept_layout,
        } => serve::serve(config, accept_layout),
        Command::Lint(arguments) => lint::lint(&arguments),
        Command::Catalog { config, apply } => catalog::catalog(&config, apply),
        Command::Check { config, online } => check::check(&config, online),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::VerifyPlacement(arguments) => verify_placement::verify_placement(arguments),
        Command::Demo(options) => match demo::run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("shardgate demo: {error}");
                ExitCode::FAILURE
            }
        },
    }
}
