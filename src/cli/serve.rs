//! `shardgate serve`.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::server::{self, ServeOptions, ServerError};

use super::logging;

pub(super) fn serve(config: PathBuf, accepts_layout: bool) -> ExitCode {
    let loaded = match server::load(&config) {
        Ok(loaded) => loaded,
        Err(error) => return failed(&error),
    };
    logging::start(&loaded.options.log);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let result = runtime.block_on(server::run(
        ServeOptions {
            config,
            accepts_layout,
        },
        loaded,
    ));
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &ServerError) -> ExitCode {
    eprintln!("shardgate: {error}");
    if let ServerError::Config(faults) = error {
        for fault in faults {
            eprintln!("{fault}");
        }
    }
    ExitCode::FAILURE
}
