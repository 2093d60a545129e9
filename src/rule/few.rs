//! The values of the few columns that a key usually has, without a list of its own.

use super::ValueSet;
use crate::model::ShardingValue;

/// Columns of a key that is looked up so.
const FEW: usize = 4;

/// One value of each of up to four columns.
#[derive(Clone, Copy)]
pub(super) struct Few<'a> {
    values: [&'a ShardingValue; FEW],
    count: usize,
}

impl<'a> Few<'a> {
    /// `None` for no value, and for more than four.
    pub(super) fn of(values: &'a [ShardingValue]) -> Option<Self> {
        Self::each(values.len(), values.iter().map(Some))
    }

    /// The one value of each column, if each has one: nearly every statement.
    pub(super) fn points(sets: &'a [Option<ValueSet>]) -> Option<Self> {
        let single = |set: &'a Option<ValueSet>| match set {
            Some(ValueSet::Points(points)) if points.len() == 1 => points.first(),
            _ => None,
        };
        Self::each(sets.len(), sets.iter().map(single))
    }

    /// Those of the columns at `indices`.
    pub(super) fn at(indices: &[usize], values: &[&'a ShardingValue]) -> Option<Self> {
        let values = indices.iter().map(|index| values.get(*index).copied());
        Self::each(indices.len(), values)
    }

    pub(super) fn as_slice(&self) -> &[&'a ShardingValue] {
        self.values.get(..self.count).unwrap_or_default()
    }

    fn each(
        count: usize,
        mut values: impl Iterator<Item = Option<&'a ShardingValue>>,
    ) -> Option<Self> {
        if count > FEW {
            return None;
        }
        let mut few = [values.next()??; FEW];
        for (place, value) in few.iter_mut().skip(1).zip(values) {
            *place = value?;
        }
        Some(Self { values: few, count })
    }
}
