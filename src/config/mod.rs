//! YAML in, rules and options out; every fault at once.
//!
//! [`load`] reads a folder into a [`Config`] or into all its [`Fault`]s (contract 1.1 to 1.3). [`check`] adds what works
//! but surprises (1.4), [`layout_change`] compares two layouts before a reload (1.5). Which keys exist and what becomes
//! of each stands in [`key_catalogue`], from which [`reference_markdown`] prints the reference page.

mod account;
mod catalogue;
mod check;
mod cursor;
mod data_sources;
mod database_file;
mod environment;
mod fault;
mod firewall;
mod key_generator;
mod layout_change;
mod limits;
mod lint_file;
mod load;
mod options;
mod readwrite;
mod rules;
mod server_file;
mod sharded_table;
mod sharding;
mod source_url;
mod sources;
mod strategy;
mod suggest;
#[cfg(test)]
mod tests;
mod texts;
mod tree;
mod typed;
mod worker_id;

pub use catalogue::{Class, KeyRow, Scope, key_catalogue, reference_markdown};
pub use check::{check, reachability_lines};
pub use cursor::Place;
pub use data_sources::Source;
pub use database_file::{DatabaseConfig, DatabasePlaces};
pub use fault::{Fault, Severity};
pub use layout_change::layout_change;
pub use lint_file::{LintFile, LintLevel, LintLevels, lint_file};
pub use load::{Config, NamedText, load, load_texts};
pub use options::{Limits, LogFormat, LogLevel, LogOptions, Options, TlsFiles};
pub use strategy::algorithms_markdown;
pub use suggest::nearest;
pub use texts::comparison_lines;
