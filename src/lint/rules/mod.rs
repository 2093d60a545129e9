//! Every rule, one file each.

mod actual_name;
mod auto_increment;
mod column_count;
mod cross_node_foreign_key;
mod dynamic_condition;
mod insert_select;
mod interpolated_text;
mod key_missing;
mod limit_over_nodes;
mod local_outside_transaction;
mod missing_sharding_value;
mod needs_merge;
mod no_right;
mod not_judged;
mod not_supported;
mod not_understood;
mod row_over_nodes;
mod sharded_keys;
mod sharding_column_dropped;
mod sharding_column_updated;
mod suppression_without_reason;
mod syntax;
mod tables_not_together;
mod unique_without_sharding_columns;
mod unknown_database;
mod unknown_hint;
mod unknown_hint_source;
mod unsupported_on_sharded;
mod unused_suppression;
mod write_over_nodes;

use super::rule::{Check, Rule};
use crate::route::RefusalCode;

/// Every rule.
pub const ALL: &[&Rule] = &[
    &missing_sharding_value::RULE,
    &sharding_column_updated::RULE,
    &limit_over_nodes::RULE,
    &unsupported_on_sharded::RULE,
    &tables_not_together::RULE,
    &row_over_nodes::RULE,
    &key_missing::RULE,
    &insert_select::RULE,
    &unknown_hint_source::RULE,
    &not_understood::RULE,
    &actual_name::RULE,
    &unknown_hint::RULE,
    &no_right::RULE,
    &needs_merge::RULE,
    &write_over_nodes::RULE,
    &local_outside_transaction::RULE,
    &unknown_database::RULE,
    &syntax::RULE,
    &column_count::RULE,
    &not_supported::RULE,
    &interpolated_text::RULE,
    &dynamic_condition::RULE,
    &not_judged::RULE,
    &unused_suppression::RULE,
    &suppression_without_reason::RULE,
    &unique_without_sharding_columns::RULE,
    &auto_increment::RULE,
    &cross_node_foreign_key::RULE,
    &sharding_column_dropped::RULE,
];

pub use cross_node_foreign_key::RULE as CROSS_NODE_FOREIGN_KEY;
pub use dynamic_condition::RULE as DYNAMIC_CONDITION;
pub use interpolated_text::RULE as INTERPOLATED_TEXT;
pub use not_judged::RULE as NOT_JUDGED;
pub use not_supported::RULE as NOT_SUPPORTED;
pub use suppression_without_reason::RULE as SUPPRESSION_WITHOUT_REASON;
pub use unused_suppression::RULE as UNUSED_SUPPRESSION;

/// Refusals that no text alone leads to: they need a session, a server, or a list of the running process.
pub const LIVE_ONLY: &[RefusalCode] = &[
    RefusalCode::ClockMovedBack,
    RefusalCode::SecondWriter,
    RefusalCode::PinnedElsewhere,
    RefusalCode::OutcomeUnknown,
    RefusalCode::PoolTimeout,
    RefusalCode::SourceDown,
    RefusalCode::TwoWriters,
    RefusalCode::DigestDenied,
    RefusalCode::DdlPartlyDone,
    RefusalCode::UnknownTable,
    RefusalCode::UnknownColumn,
];

/// The rule called `id`.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

/// The rule of a refusal.
#[must_use]
pub fn of_refusal(code: RefusalCode) -> Option<&'static Rule> {
    let is_it = |rule: &&&Rule| matches!(rule.check, Check::Refusal(known) if known == code);
    ALL.iter().find(is_it).copied()
}
