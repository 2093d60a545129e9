//! The rows of an INSERT that one node gets: the others are cut out of the text (contract 4.4).

use std::ops::Range;

use crate::route::{RouteInput, inserted_rows, target_insert};
use crate::sql::{Row, TokenKind, word_is};

use super::edit::Edit;
use super::names::{replace, span};
use super::plan::ParamSource;

/// Byte ranges of the text without the rows of other nodes.
#[derive(Debug, Default)]
pub(super) struct RowCut {
    /// Ascending, none touches another one.
    gone: Vec<Range<usize>>,
}

impl RowCut {
    /// Keeps the rows whose indices are `kept`, ascending; all of them if it is empty.
    pub(super) fn of(input: &RouteInput<'_>, kept: &[u32]) -> Self {
        let rows = target_insert(&input.statement.kind).and_then(inserted_rows);
        let (Some(rows), Some(first), Some(last)) = (rows, kept.first(), kept.last()) else {
            return Self::default();
        };
        let row = |index: u32| {
            usize::try_from(index)
                .ok()
                .and_then(|index| rows.get(index))
        };
        let (Some(head), Some(tail)) = (rows.first(), rows.last()) else {
            return Self::default();
        };
        let (Some(first), Some(last)) = (row(*first), row(*last)) else {
            return Self::default();
        };
        let mut gone = Vec::with_capacity(kept.len() + 1);
        gone.push(start(input, head)..start(input, first));
        for pair in kept.windows(2) {
            if let [one, next] = *pair
                && one + 1 != next
                && let (Some(one), Some(next)) = (row(one), row(next))
            {
                gone.push(end(input, one)..start(input, next));
            }
        }
        gone.push(end(input, last)..end(input, tail));
        gone.retain(|range| !range.is_empty());
        Self { gone }
    }

    /// Byte `at` of the text is cut out.
    fn holds(&self, at: usize) -> bool {
        let behind = self.gone.partition_point(|range| range.start <= at);
        let range = behind.checked_sub(1).and_then(|index| self.gone.get(index));
        range.is_some_and(|range| range.contains(&at))
    }

    /// Takes edits of what is cut out of `edits`, and adds the cuts.
    pub(super) fn apply(&self, input: &RouteInput<'_>, edits: &mut Vec<Edit>) {
        edits.retain(|edit| !self.holds(edit.range.start));
        let rows = target_insert(&input.statement.kind).and_then(inserted_rows);
        let head = rows.and_then(<[Row]>::first).map(|row| start(input, row));
        let tail = rows.and_then(<[Row]>::last).map(|row| end(input, row));
        for range in &self.gone {
            let is_between = Some(range.start) != head && Some(range.end) != tail;
            let with = if is_between {
                b", ".to_vec()
            } else {
                Vec::new()
            };
            edits.push(replace(range.clone(), with));
        }
    }

    /// Takes the parameters of what is cut out of `params`.
    pub(super) fn leave_out(&self, input: &RouteInput<'_>, params: &mut Option<Vec<ParamSource>>) {
        if input.params.is_none() || self.gone.is_empty() {
            return;
        }
        let tokens = input.lexed.tokens.iter();
        let places: Vec<usize> = tokens
            .filter(|token| token.kind == TokenKind::Parameter)
            .map(|token| token.start as usize)
            .collect();
        let all = || (0..places.len()).map(ParamSource::Client).collect();
        // keys have been made for the rows that stay only
        params
            .get_or_insert_with(all)
            .retain(|source| match source {
                ParamSource::Client(index) => {
                    places.get(*index).is_some_and(|place| !self.holds(*place))
                }
                ParamSource::Made { .. } => true,
            });
    }
}

/// `(`, or the ROW before it.
fn start(input: &RouteInput<'_>, row: &Row) -> usize {
    let before = row.open_token.saturating_sub(1);
    let index = usize::try_from(before).unwrap_or(usize::MAX);
    if word_is(input.text, input.lexed, index, "row") {
        span(input, before).start
    } else {
        span(input, row.open_token).start
    }
}

fn end(input: &RouteInput<'_>, row: &Row) -> usize {
    span(input, row.close_token).end
}
