//! `shardgate check`.

use std::path::Path;
use std::process::ExitCode;

use crate::config::{self, Severity};
use crate::server::{self, ServerError};

use super::output::print;

/// Lists faults and warnings; exit code 1 if there is a fault.
pub(super) fn check(folder: &Path) -> ExitCode {
    match server::load(folder) {
        Ok(loaded) => {
            print(config::reachability_lines(&loaded));
            print(config::comparison_lines(&loaded));
            print(config::check(&loaded));
            print(&loaded.accepted_without_effect);
            print([format!("{}: no faults", folder.display())]);
            ExitCode::SUCCESS
        }
        Err(ServerError::Config(faults)) => {
            print(&faults);
            let count = |severity| {
                faults
                    .iter()
                    .filter(|fault| fault.severity == severity)
                    .count()
            };
            print([format!(
                "{}: faults: {}, warnings: {}",
                folder.display(),
                count(Severity::Error),
                count(Severity::Warning)
            )]);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("shardgate check: {error}");
            ExitCode::FAILURE
        }
    }
}
