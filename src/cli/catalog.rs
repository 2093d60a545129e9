//! `shardgate catalog`: what the catalog schema lacks, and with `--apply` its making.

use std::path::Path;
use std::process::ExitCode;

use crate::server::{self, CatalogReport, ServerError};

use super::output::print;

/// Prints drift, or builds the catalogs; exit code 1 where a catalog differs and is not built, or cannot be.
pub(super) fn catalog(folder: &Path, applies: bool) -> ExitCode {
    let reports = match reports(folder, applies) {
        Ok(reports) => reports,
        Err(error) => {
            eprintln!(
                "shardgate catalog: {error}; run: shardgate check --config {}",
                folder.display()
            );
            return ExitCode::FAILURE;
        }
    };
    let mut is_good = true;
    for report in &reports {
        let database = &report.database;
        match &report.drift {
            None => print([format!("{database}: no catalogDataSource is declared")]),
            Some(Ok(drift)) if drift.is_empty() => {
                print([format!("{database}: the catalog is as the tables are")])
            }
            Some(Ok(drift)) => {
                let done = if applies { " (made anew)" } else { "" };
                print(
                    drift
                        .iter()
                        .map(|drift| format!("{database}.{drift}{done}")),
                );
                if !applies {
                    print([format!(
                        "{database}: {} differences; build with --apply",
                        drift.len()
                    )]);
                    is_good = false;
                }
            }
            Some(Err(error)) => {
                eprintln!("shardgate catalog: {database}: {error}");
                is_good = false;
            }
        }
    }
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn reports(folder: &Path, applies: bool) -> Result<Vec<CatalogReport>, ServerError> {
    let config = server::load(folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let reports = runtime.block_on(server::catalogs(&config, applies));
    runtime.shutdown_background();
    reports
}
