//! A route to its plan.

use crate::model::{ShortList, SourceId};
use crate::route::{Refusal, Route, RouteInput, RouteUnit, Target};

use super::generated_key::add_generated_keys;
use super::label::keep_labels;
use super::names::{rename, renamed_tables};
use super::plan::{Edits, ExecutionUnit, Plan};
use super::row_cut::RowCut;
use super::union::{derived_tables, parameters};

/// The actual SQL for every unit of `route`.
///
/// [`Target::Any`] and [`Target::TransactionWriter`] are planned for the default data source: whoever
/// runs the statement settles the target first, or changes the unit's `source`; the text is the same.
///
/// # Errors
/// 20020 when fewer keys were generated than the INSERT needs.
pub fn plan(input: &RouteInput<'_>, route: &Route) -> Result<Plan, Refusal> {
    let alone = |source: SourceId| RouteUnit {
        source,
        tables: ShortList::new(),
        rows: Vec::new(),
    };
    let units = match &route.target {
        Target::Units(units) if route.is_verbatim => units
            .iter()
            .map(|unit| ExecutionUnit::verbatim(unit.source))
            .collect(),
        Target::Units(units) => units
            .iter()
            .map(|unit| execution_unit(input, unit))
            .collect::<Result<_, _>>()?,
        Target::Source(source) if route.is_verbatim => {
            ShortList::one(ExecutionUnit::verbatim(*source))
        }
        Target::Source(source) => ShortList::one(execution_unit(input, &alone(*source))?),
        Target::Every(sources) => sources
            .iter()
            .map(|source| execution_unit(input, &alone(*source)))
            .collect::<Result<_, _>>()?,
        Target::Any | Target::TransactionWriter => ShortList::one(execution_unit(
            input,
            &alone(input.database.default_source),
        )?),
    };
    Ok(Plan { units })
}

fn execution_unit(input: &RouteInput<'_>, unit: &RouteUnit) -> Result<ExecutionUnit, Refusal> {
    let mut edits = Vec::with_capacity(input.statement.tables.len() + 1);
    let inserted = rename(input, unit, &mut edits)?;
    keep_labels(input.text, input.lexed, input.statement, &mut edits);
    let mut params = add_generated_keys(input, &unit.rows, &mut edits)?;
    if !unit.rows.is_empty() {
        let cut = RowCut::of(input, &unit.rows);
        cut.apply(input, &mut edits);
        cut.leave_out(input, &mut params);
    }
    if !inserted.is_empty() {
        params = parameters(input, inserted);
    }
    edits.sort_by_key(|edit| edit.range.start);
    Ok(ExecutionUnit {
        source: unit.source,
        edits: Edits::Own(edits),
        names: renamed_tables(input, unit),
        derived: derived_tables(input, unit),
        params,
        rows: unit.rows.clone(),
    })
}
