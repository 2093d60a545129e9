//! Combinations of known values, bounded, and the sets they hit.

use super::{PlaceError, ValueSet};
use crate::model::ShardingValue;

/// Beyond so many combinations of values a statement counts as one without them.
const MAX_COMBINATIONS: usize = 100_000;

pub(super) fn hit(marks: &mut [bool], index: usize) -> Result<(), PlaceError> {
    *marks.get_mut(index).ok_or(PlaceError::Internal)? = true;
    Ok(())
}

pub(super) fn set_indices(marks: &[bool]) -> Vec<usize> {
    marks
        .iter()
        .enumerate()
        .filter(|(_, mark)| **mark)
        .map(|(index, _)| index)
        .collect()
}

/// All sets as points, if they are points and their combinations are few enough; not for no set.
pub(super) fn bounded_points<'a>(sets: &[&'a ValueSet]) -> Option<Vec<&'a [ShardingValue]>> {
    let points = sets
        .iter()
        .map(|set| set.points())
        .collect::<Option<Vec<_>>>()?;
    let combinations = points
        .iter()
        .try_fold(1_usize, |product, set| product.checked_mul(set.len()))?;
    (!points.is_empty() && combinations <= MAX_COMBINATIONS).then_some(points)
}

/// Calls `visit` with one value of each set, for every combination.
pub(super) fn each_combination<'a>(
    sets: &[&'a [ShardingValue]],
    mut visit: impl FnMut(&[&'a ShardingValue]) -> Result<(), PlaceError>,
) -> Result<(), PlaceError> {
    let Some(mut current) = sets
        .iter()
        .map(|set| set.first())
        .collect::<Option<Vec<_>>>()
    else {
        return Ok(());
    };
    let mut positions = vec![0_usize; sets.len()];
    loop {
        visit(&current)?;
        let mut is_done = true;
        for ((position, value), set) in positions.iter_mut().zip(&mut current).zip(sets) {
            *position += 1;
            if let Some(next) = set.get(*position) {
                *value = next;
                is_done = false;
                break;
            }
            *position = 0;
            if let Some(first) = set.first() {
                *value = first;
            }
        }
        if is_done {
            return Ok(());
        }
    }
}

/// Values for a message, a few of them and cut short.
pub(super) fn print(values: &[&ShardingValue]) -> String {
    shorten(&values.iter().map(ToString::to_string).collect::<Vec<_>>())
}

pub(super) fn shorten(values: &[String]) -> String {
    let few: Vec<String> = values
        .iter()
        .take(4)
        .map(|value| value.chars().take(64).collect())
        .collect();
    few.join(", ") + if values.len() > 4 { ", ..." } else { "" }
}
