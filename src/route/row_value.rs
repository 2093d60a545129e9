//! How exact the servers are when they compare rows, `(a, b) IN ((1, '2'))`.

use crate::model::ShardingValue;
use crate::rule::ValueSet;
use crate::sql::{Operand, TokenKind};

use super::input::{BoundValue, RouteInput};

/// MySQL compares rows as doubles where one of them holds a number in another form: below 2^53 that is exact.
pub(super) fn is_exact_double(points: &ValueSet) -> bool {
    const EXACT: u128 = 1 << 53;
    match points {
        ValueSet::Points(points) => points.iter().all(|point| match point {
            ShardingValue::Int(value) => value.unsigned_abs() < EXACT,
            ShardingValue::Text(_) => true,
        }),
        _ => false,
    }
}

/// The value is an integer in the text or on the wire.
pub(super) fn is_integer(operand: Operand, input: &RouteInput<'_>) -> bool {
    match operand {
        Operand::Literal { token, .. } => usize::try_from(token)
            .ok()
            .and_then(|index| input.lexed.kind(index))
            .is_some_and(|kind| kind == TokenKind::Integer),
        Operand::Parameter(index) => input
            .params
            .and_then(|params| params.get(usize::from(index)))
            .is_some_and(|value| matches!(value, BoundValue::Integer(_) | BoundValue::Any { .. })),
        Operand::Null => true,
        _ => false,
    }
}
