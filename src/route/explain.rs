//! Lines that tell why a statement goes where it goes.

use crate::rule::{ShardedTable, ValueSet};

use super::known::Solver;
use super::scope::Scope;

/// `sku_id = 5, warehouse_id in (1, 2)`: what is known of a table reference's sharding columns.
#[must_use]
pub fn values(scope: &Scope<'_>, index: usize, table: &ShardedTable) -> String {
    let solver = Solver::new(scope);
    let Some(bound) = scope.tables.get(index) else {
        return String::new();
    };
    let line = |name: &String| {
        let set = solver.known(index, name, bound.reading(name).ok()?)?;
        Some(format!("{name} {}", set_text(&set)))
    };
    table
        .columns
        .iter()
        .filter_map(line)
        .collect::<Vec<_>>()
        .join(", ")
}

fn set_text(set: &ValueSet) -> String {
    match set {
        ValueSet::Points(points) => match points.as_slice() {
            [point] => format!("= {point}"),
            points => format!(
                "in ({})",
                points
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        },
        ValueSet::Range { lower, upper } => {
            let lower = lower
                .as_ref()
                .map(|(value, is_in)| format!("{} {value}", if *is_in { ">=" } else { ">" }));
            let upper = upper
                .as_ref()
                .map(|(value, is_in)| format!("{} {value}", if *is_in { "<=" } else { "<" }));
            lower
                .into_iter()
                .chain(upper)
                .collect::<Vec<_>>()
                .join(" and ")
        }
    }
}
