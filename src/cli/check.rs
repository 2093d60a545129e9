//! `shardgate check`.

use std::path::Path;
use std::process::ExitCode;

use crate::config;
use crate::server::{self, ServerError};

/// Lists faults and warnings; exit code 1 if there is a fault.
pub(super) fn check(folder: &Path) -> ExitCode {
    match server::load(folder) {
        Ok(loaded) => {
            for line in config::reachability_lines(&loaded) {
                println!("{line}");
            }
            let findings = config::check(&loaded);
            for finding in loaded.warnings.iter().chain(&findings) {
                println!("{finding}");
            }
            for accepted in &loaded.accepted_without_effect {
                println!("{accepted}");
            }
            println!("{}: no faults", folder.display());
            ExitCode::SUCCESS
        }
        Err(ServerError::Config(faults)) => {
            for fault in &faults {
                println!("{fault}");
            }
            println!("{}: {} faults", folder.display(), faults.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("shardgate check: {error}");
            ExitCode::FAILURE
        }
    }
}
