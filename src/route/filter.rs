//! Conditions that a derived table's branches may repeat, since they must hold for each of its rows that matters.

use crate::model::Charset;
use crate::rule::ValueSet;
use crate::sql::{ColumnRef, Operand, Predicate};

use super::known::Solver;
use super::scope::Scope;
use super::value::Reading;

/// A longer list is left to the statement's own condition.
const LONGEST: usize = 64;

/// One condition on columns of one table.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// `column = v`, `column <=> v`, `column IN (v, ...)`
    In {
        /// The column.
        column: String,
        /// Its values, one or more.
        values: Vec<Operand>,
        /// `<=>`
        is_null_safe: bool,
    },
    /// `column >= v AND column < v`; bounds carry whether they are inclusive.
    Range {
        /// The column.
        column: String,
        /// Lower bound.
        lower: Option<(Operand, bool)>,
        /// Upper bound.
        upper: Option<(Operand, bool)>,
    },
    /// `(c1, c2) IN ((v1, v2), ...)`
    RowIn {
        /// The columns.
        columns: Vec<String>,
        /// The rows.
        rows: Vec<Vec<Operand>>,
    },
    /// OR of conjunctions.
    AnyOf(Vec<Vec<Filter>>),
    /// What routing knows of an integer column, in whatever spelling and by whatever way.
    Known {
        /// The column.
        column: String,
        /// Its values.
        values: ValueSet,
    },
}

/// All conditions that may be repeated for `table`, but for the column `apart`, whose values are told apart by node.
#[must_use]
pub fn filters(scope: &Scope<'_>, table: usize, apart: Option<&str>) -> Vec<Filter> {
    let known = known_columns(scope, table);
    let mut filters = Vec::new();
    for (column, values) in &known {
        if Some(column.as_str()) != apart
            && values.points().is_none_or(|list| list.len() <= LONGEST)
        {
            filters.push(Filter::Known {
                column: column.clone(),
                values: values.clone(),
            });
        }
    }
    let is_known = |name: &str| {
        known
            .iter()
            .any(|(column, _)| column.eq_ignore_ascii_case(name))
    };
    for condition in scope.conditions(table) {
        let is_said = match &condition.predicate {
            Predicate::In { column, .. } | Predicate::Range { column, .. } => {
                let origin = scope.origin(column);
                origin.is_some_and(|(owner, name)| owner == table && is_known(name))
            }
            _ => false,
        };
        if !is_said {
            filters.extend(of_predicate(scope, table, &condition.predicate));
        }
    }
    filters
}

/// Integer sharding columns with what is known of them.
#[must_use]
pub fn known_columns(scope: &Scope<'_>, table: usize) -> Vec<(String, ValueSet)> {
    let Some((bound, rule)) = scope
        .tables
        .get(table)
        .and_then(|bound| Some((bound, bound.sharded()?)))
    else {
        return Vec::new();
    };
    let solver = Solver::new(scope);
    let known = |name: &String| {
        let reading = bound.reading(name).ok()?;
        // quoted numbers that are hashed as text are other values than the numbers
        let is_plain = matches!(
            reading,
            Reading::Integer {
                quoted_is_text: false
            }
        );
        let values = solver.known(table, name, reading).filter(|_| is_plain)?;
        Some((name.clone(), values))
    };
    rule.columns.iter().filter_map(known).collect()
}

fn of_predicate(scope: &Scope<'_>, table: usize, predicate: &Predicate) -> Option<Filter> {
    let own = |column: &ColumnRef| {
        let (owner, name) = scope.origin(column)?;
        let is_plain = name.is_ascii() || scope.input.charset == Charset::Utf8mb4;
        (owner == table && is_plain).then(|| name.to_owned())
    };
    match predicate {
        Predicate::In {
            column,
            values,
            is_null_safe,
        } => {
            // an outer join's NULLs satisfy `<=> NULL`: a row left out could come back as one of them
            let is_sound = !is_null_safe || values.iter().all(is_literal);
            let fits = is_sound && values.len() <= LONGEST && !values.is_empty();
            Some(Filter::In {
                column: own(column).filter(|_| fits)?,
                values: values.clone(),
                is_null_safe: *is_null_safe,
            })
        }
        Predicate::Range {
            column,
            lower,
            upper,
        } => Some(Filter::Range {
            column: own(column)?,
            lower: *lower,
            upper: *upper,
        }),
        Predicate::RowIn { columns, rows } => {
            let columns: Option<Vec<String>> = columns.iter().map(own).collect();
            (rows.len() <= LONGEST).then_some(Filter::RowIn {
                columns: columns?,
                rows: rows.clone(),
            })
        }
        Predicate::AnyOf(arms) => {
            let arm = |arm: &Vec<Predicate>| {
                let found = arm.iter().filter_map(|one| of_predicate(scope, table, one));
                let found: Vec<Filter> = found.collect();
                (!found.is_empty()).then_some(found)
            };
            let arms = (arms.len() <= LONGEST).then_some(arms)?;
            let arms: Option<Vec<Vec<Filter>>> = arms.iter().map(arm).collect();
            Some(Filter::AnyOf(arms?))
        }
        Predicate::Same { .. } => None,
    }
}

fn is_literal(operand: &Operand) -> bool {
    matches!(operand, Operand::Literal { .. })
}
