//! What a statement's conditions say about a table's sharding columns (contract 4.1, 4.6).

use std::cell::Cell;

use crate::model::ShardingValue;
use crate::rule::ValueSet;
use crate::sql::{ColumnRef, Condition, Operand, Predicate};

use super::row_value::{is_exact_double, is_integer};
use super::scope::Scope;
use super::value::{Reading, Worth};

/// Steps that following equalities from table to table may take in one statement.
const STEPS: u32 = 4096;
/// Combinations of alternatives that are told apart for one table.
const ALTERNATIVES: usize = 256;

/// One value set per sharding column, `None` = nothing known.
pub type Values = Vec<Option<ValueSet>>;

/// Asks a scope for values.
#[derive(Debug)]
pub struct Solver<'s, 'a> {
    scope: &'s Scope<'a>,
    /// Blocks whose conditions count, a table's own first.
    blocks: usize,
    steps: Cell<u32>,
}

/// The way that led to a column, to not walk in circles.
struct Trail<'t> {
    table: usize,
    column: &'t str,
    before: Option<&'t Trail<'t>>,
}

impl Trail<'_> {
    fn holds(&self, table: usize, column: &str) -> bool {
        let here = self.table == table && self.column.eq_ignore_ascii_case(column);
        here || self
            .before
            .is_some_and(|before| before.holds(table, column))
    }
}

impl<'s, 'a> Solver<'s, 'a> {
    /// A solver for `scope`.
    #[must_use]
    pub fn new(scope: &'s Scope<'a>) -> Self {
        Self {
            scope,
            blocks: scope.blocks.len(),
            steps: Cell::new(STEPS),
        }
    }

    /// A solver that takes no constant from another block of the statement.
    #[must_use]
    pub fn of_one_block(scope: &'s Scope<'a>) -> Self {
        Self {
            blocks: 1,
            ..Self::new(scope)
        }
    }

    fn conditions(&self, table: usize) -> impl Iterator<Item = &'a Condition> {
        self.scope.conditions_within(table, self.blocks)
    }

    /// Whether what is known of `other` may be said of `table`.
    fn may_reach(&self, table: usize, other: usize) -> bool {
        let block = |table: usize| {
            let bound = self.scope.tables.get(table);
            bound.map(|bound| bound.reference.block)
        };
        self.blocks != 1 || block(table) == block(other)
    }

    /// The values that `column` of `table` can have in rows that matter.
    #[must_use]
    pub fn known(&self, table: usize, column: &str, reading: Reading) -> Option<ValueSet> {
        self.follow(
            &Trail {
                table,
                column,
                before: None,
            },
            reading,
        )
    }

    /// The combinations of values that `columns` of `table` can have: alternatives of row
    /// comparisons and of OR are kept apart. Never empty.
    #[must_use]
    pub fn alternatives(&self, table: usize, columns: &[(&str, Reading)]) -> Vec<Values> {
        let base: Values = columns
            .iter()
            .map(|(name, reading)| self.known(table, name, *reading))
            .collect();
        let is_exact = |set: &Option<ValueSet>| matches!(set, Some(ValueSet::Points(points)) if points.len() < 2);
        let mut all = vec![base];
        if columns.len() < 2 || all.iter().flatten().all(is_exact) {
            return all;
        }
        for condition in self.conditions(table) {
            let arms = self.arms(&condition.predicate, table, columns);
            if arms.is_empty() || arms.len().saturating_mul(all.len()) > ALTERNATIVES {
                continue;
            }
            let pairs = all
                .iter()
                .flat_map(|values| arms.iter().map(move |arm| (values, arm)));
            all = pairs.map(|(values, arm)| both_of(values, arm)).collect();
        }
        all
    }

    /// Whether `column` of `table` is compared with something that is no exact value.
    #[must_use]
    pub fn is_compared(&self, table: usize, column: &str) -> bool {
        self.conditions(table)
            .any(|condition| match &condition.predicate {
                Predicate::In {
                    column: compared, ..
                }
                | Predicate::Range {
                    column: compared, ..
                } => self.scope.is_column(compared, table, column),
                _ => false,
            })
    }

    fn follow(&self, trail: &Trail<'_>, reading: Reading) -> Option<ValueSet> {
        self.steps.set(self.steps.get().checked_sub(1)?);
        let mut known = None;
        for condition in self.conditions(trail.table) {
            let found = match &condition.predicate {
                Predicate::Same { left, right } => self.through(trail, left, right, reading),
                predicate => self.read(predicate, trail.table, trail.column, reading),
            };
            known = intersect(known, found);
        }
        known
    }

    /// Through `left = right`: what is known of the other side, if both sides compare alike.
    fn through(
        &self,
        trail: &Trail<'_>,
        left: &ColumnRef,
        right: &ColumnRef,
        reading: Reading,
    ) -> Option<ValueSet> {
        let scope = self.scope;
        let other = if scope.is_column(left, trail.table, trail.column) {
            right
        } else if scope.is_column(right, trail.table, trail.column) {
            left
        } else {
            return None;
        };
        let (table, column) = scope.origin(other)?;
        if trail.holds(table, column) || !self.may_reach(trail.table, table) {
            return None;
        }
        let bound = scope.tables.get(table)?;
        let theirs = Reading::of(bound.kind(column), bound.sharded()).ok()?;
        if !compare_alike(reading, theirs) {
            return None;
        }
        self.follow(
            &Trail {
                table,
                column,
                before: Some(trail),
            },
            reading,
        )
    }

    /// What one predicate says about a column.
    fn read(
        &self,
        predicate: &Predicate,
        table: usize,
        column: &str,
        reading: Reading,
    ) -> Option<ValueSet> {
        let is_it = |candidate: &ColumnRef| self.scope.is_column(candidate, table, column);
        match predicate {
            Predicate::In {
                column: compared,
                values,
                is_null_safe,
            } if is_it(compared) => self.points(values.iter().copied(), *is_null_safe, reading),
            Predicate::Range {
                column: compared,
                lower,
                upper,
            } if is_it(compared) => self.range(*lower, *upper, reading),
            Predicate::RowIn { columns, rows } => {
                let position = columns.iter().position(is_it)?;
                let whole = rows.iter().filter(|row| !row.contains(&Operand::Null));
                let operand =
                    |row: &Vec<Operand>| row.get(position).copied().unwrap_or(Operand::Expression);
                let points = self.points(whole.map(operand), false, reading)?;
                let is_by_integers = || {
                    let mut operands = rows.iter().map(operand);
                    operands.all(|operand| is_integer(operand, self.scope.input))
                };
                (is_exact_double(&points) || is_by_integers()).then_some(points)
            }
            Predicate::AnyOf(arms) => self.any_of(arms, table, column, reading),
            _ => None,
        }
    }

    fn points(
        &self,
        operands: impl Iterator<Item = Operand>,
        is_null_safe: bool,
        reading: Reading,
    ) -> Option<ValueSet> {
        let mut points = Vec::with_capacity(operands.size_hint().0);
        for operand in operands {
            match reading.worth(operand, self.scope.input) {
                Worth::Value(value) => points.push(value),
                Worth::Null if !is_null_safe => {}
                _ => return None,
            }
        }
        if points.len() > 1 {
            points.sort_unstable();
            points.dedup();
        }
        Some(ValueSet::Points(points))
    }

    fn range(
        &self,
        lower: Option<(Operand, bool)>,
        upper: Option<(Operand, bool)>,
        reading: Reading,
    ) -> Option<ValueSet> {
        let bound = |bound: Option<(Operand, bool)>| {
            let (operand, is_inclusive) = bound?;
            match reading.worth(operand, self.scope.input) {
                Worth::Value(value) => Some((value, is_inclusive)),
                _ => None,
            }
        };
        let (lower, upper) = (bound(lower), bound(upper));
        (lower.is_some() || upper.is_some()).then_some(ValueSet::Range { lower, upper })
    }

    /// The union over all arms, if each of them knows the values one by one.
    fn any_of(
        &self,
        arms: &[Vec<Predicate>],
        table: usize,
        column: &str,
        reading: Reading,
    ) -> Option<ValueSet> {
        self.steps.set(self.steps.get().checked_sub(1)?);
        let mut union = Vec::new();
        for arm in arms {
            match self.conjunction(arm, table, column, reading)? {
                ValueSet::Points(points) => union.extend(points),
                ValueSet::Range { .. } => return None,
            }
        }
        union.sort_unstable();
        union.dedup();
        (!arms.is_empty()).then_some(ValueSet::Points(union))
    }

    fn conjunction(
        &self,
        arm: &[Predicate],
        table: usize,
        column: &str,
        reading: Reading,
    ) -> Option<ValueSet> {
        let found = arm
            .iter()
            .map(|predicate| self.read(predicate, table, column, reading));
        found.fold(None, intersect)
    }

    /// The values of each arm of a predicate that ties several columns together.
    fn arms(
        &self,
        predicate: &Predicate,
        table: usize,
        columns: &[(&str, Reading)],
    ) -> Vec<Values> {
        match predicate {
            Predicate::RowIn {
                columns: compared,
                rows,
            } if rows.len() > 1 => {
                let one = |row: &Vec<Operand>| Predicate::RowIn {
                    columns: compared.clone(),
                    rows: vec![row.clone()],
                };
                let rows = rows.iter().map(one);
                rows.map(|row| {
                    columns
                        .iter()
                        .map(|(name, reading)| self.read(&row, table, name, *reading))
                        .collect()
                })
                .collect()
            }
            Predicate::AnyOf(arms) if arms.len() > 1 => {
                let one = |arm: &Vec<Predicate>| {
                    columns
                        .iter()
                        .map(|(name, reading)| self.conjunction(arm, table, name, *reading))
                        .collect()
                };
                arms.iter().map(one).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Values cross an equality only between columns whose equality is that of the values themselves.
#[must_use]
pub fn compare_alike(one: Reading, other: Reading) -> bool {
    match (one, other) {
        (
            Reading::Integer {
                quoted_is_text: left,
            },
            Reading::Integer {
                quoted_is_text: right,
            },
        ) => left == right,
        (Reading::Text { .. }, Reading::Text { .. }) => one == other,
        _ => false,
    }
}

fn both_of(values: &Values, arm: &Values) -> Values {
    values
        .iter()
        .zip(arm)
        .map(|(value, other)| intersect(value.clone(), other.clone()))
        .collect()
}

/// What both say; of two ranges, or where kinds of value differ, the first.
fn intersect(one: Option<ValueSet>, other: Option<ValueSet>) -> Option<ValueSet> {
    match (one, other) {
        (known, None) | (None, known) => known,
        (Some(ValueSet::Points(one)), Some(ValueSet::Points(other))) => {
            Some(ValueSet::Points(common(one, &other)))
        }
        (Some(points @ ValueSet::Points(_)), Some(range))
        | (Some(range), Some(points @ ValueSet::Points(_))) => Some(within(points, &range)),
        (Some(one), Some(other)) => Some(narrower(one, other)),
    }
}

fn common(one: Vec<ShardingValue>, other: &[ShardingValue]) -> Vec<ShardingValue> {
    let is_text = |values: &[ShardingValue]| {
        values
            .iter()
            .any(|value| matches!(value, ShardingValue::Text(_)))
    };
    let is_int = |values: &[ShardingValue]| {
        values
            .iter()
            .any(|value| matches!(value, ShardingValue::Int(_)))
    };
    // `5` and a '5' that is hashed as text are one number with two nodes: no contradiction
    if (is_text(&one) && is_int(other)) || (is_int(&one) && is_text(other)) {
        return one;
    }
    one.into_iter()
        .filter(|value| other.contains(value))
        .collect()
}

fn within(points: ValueSet, range: &ValueSet) -> ValueSet {
    let (ValueSet::Points(values), ValueSet::Range { lower, upper }) = (&points, range) else {
        return points;
    };
    let fits = |value: &&ShardingValue| {
        let ShardingValue::Int(value) = value else {
            return true;
        };
        let above = match lower {
            Some((ShardingValue::Int(bound), is_in)) => value > bound || (*is_in && value == bound),
            _ => true,
        };
        let below = match upper {
            Some((ShardingValue::Int(bound), is_in)) => value < bound || (*is_in && value == bound),
            _ => true,
        };
        above && below
    };
    ValueSet::Points(values.iter().filter(fits).cloned().collect())
}

/// Both ranges at once for integers; else the bounds that the first lacks are taken from the second.
fn narrower(one: ValueSet, other: ValueSet) -> ValueSet {
    let (
        ValueSet::Range {
            lower: low,
            upper: high,
        },
        ValueSet::Range { lower, upper },
    ) = (one, other)
    else {
        return ValueSet::Points(Vec::new());
    };
    ValueSet::Range {
        lower: tighter(low, lower, true),
        upper: tighter(high, upper, false),
    }
}

type Bound = Option<(ShardingValue, bool)>;

fn tighter(one: Bound, other: Bound, is_lower: bool) -> Bound {
    match (one, other) {
        (known, None) | (None, known) => known,
        (Some((ShardingValue::Int(a), a_in)), Some((ShardingValue::Int(b), b_in))) => {
            let takes_first = if a == b { !a_in } else { (a > b) == is_lower };
            Some(if takes_first {
                (ShardingValue::Int(a), a_in)
            } else {
                (ShardingValue::Int(b), b_in)
            })
        }
        (first, _) => first,
    }
}
