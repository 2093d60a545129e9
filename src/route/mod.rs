//! Which data nodes a statement touches, or why it is refused.
//!
//! [`route`] takes one [`RouteInput`]; nothing here waits or keeps state. Conditions become values
//! (`known`), values become nodes (`choice`), nodes of all tables must meet in one data source (`land`).

mod across;
mod asked;
mod beside;
mod branch;
mod change;
mod choice;
mod client_text;
mod ddl;
mod derived;
mod enum_use;
mod explain;
mod fan;
mod filter;
mod firewall;
mod hint_values;
mod input;
mod insert;
mod kept_moment;
mod key_need;
mod known;
mod land;
mod outcome;
mod own_id;
mod primary_read;
mod purpose;
mod refusal;
mod refusal_code;
mod rights;
mod router;
mod row_value;
mod scan;
mod scope;
mod selected;
mod shape_route;
mod shape_rows;
mod spread;
mod stand_in;
mod unsharded;
mod value;

pub use asked::Asked;
pub use branch::{Branches, branches};
pub use explain::{CARRIED, Candidates, ToldColumn, ToldTable, told_tables};
pub use filter::Filter;
pub use firewall::{denied, judge};
pub use input::{BoundValue, DdlRight, Rights, RouteInput, Wishes};
pub use key_need::{KeyNeed, KeyPlace, inserted_rows, target_insert};
pub use outcome::{Route, RouteUnit, Target};
pub use own_id::{asks_own_ids, no_such_generator, own_id_inside};
pub use primary_read::reads_markdown;
pub use purpose::{is_write, needs_primary};
pub use refusal::Refusal;
pub use refusal_code::{RefusalCode, refusals_markdown};
pub use router::route;
pub use scope::{is_system, named_database};
pub use shape_route::ShapeRoute;
pub use stand_in::StandIns;
