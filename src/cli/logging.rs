//! Logs to standard error, as text or as JSON lines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, LogLevel, LogOptions};

/// Starts logging; `RUST_LOG` wins over the configuration.
pub(super) fn start(options: &LogOptions) {
    let level = match options.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // colors are for eyes: a log that is collected stays plain
        .with_ansi(std::io::stderr().is_terminal());
    let started = match options.format {
        LogFormat::Text => builder.finish().try_init(),
        LogFormat::Json => builder.json().finish().try_init(),
    };
    if let Err(error) = started {
        eprintln!("shardgate: logs cannot be started: {error}");
    }
}
