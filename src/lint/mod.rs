//! SQL files, mappers and logs in, findings out. Asks the router and has no opinion of its own about statements.
//!
//! `source` and `mapper` find texts, `judge` and `dynamic` ask [`crate::verdict`] about each, `rules` has one file a
//! rule, `report` writes what was found.

mod anchor;
mod baseline;
mod definition;
mod dynamic;
mod finding;
mod judge;
mod linter;
mod mapped;
mod mapper;
mod mark;
mod page;
mod passage;
mod pattern;
mod placeholder;
mod report;
mod rule;
mod rules;
mod schema;
mod settings;
mod settle;
mod source;
mod table_rules;
#[cfg(test)]
mod tests;
mod written;

pub use baseline::{Baseline, BaselineFault};
pub use finding::{Finding, Problem};
pub use linter::{Counts, Linter, Report};
pub use page::{index_markdown, rule_markdown};
pub use passage::Place;
pub use report::Format;
pub use rule::{Rule, Severity};
pub use rules::ALL as RULES;
pub use schema::{SchemaFault, read_schema};
pub use settings::Settings;
pub use source::SourceKind;
