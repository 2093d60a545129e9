//! `shardgate check`.

use std::path::Path;
use std::process::ExitCode;

use crate::config;
use crate::server::{self, ServerError};

use super::output::print;

/// Lists faults and warnings; exit code 1 if there is a fault.
pub(super) fn check(folder: &Path) -> ExitCode {
    match server::load(folder) {
        Ok(loaded) => {
            print(config::reachability_lines(&loaded));
            print(loaded.warnings.iter().chain(&config::check(&loaded)));
            print(&loaded.accepted_without_effect);
            print([format!("{}: no faults", folder.display())]);
            ExitCode::SUCCESS
        }
        Err(ServerError::Config(faults)) => {
            print(&faults);
            print([format!("{}: {} faults", folder.display(), faults.len())]);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("shardgate check: {error}");
            ExitCode::FAILURE
        }
    }
}
