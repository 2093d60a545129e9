//! Values of parameters that come in pieces, by COM_STMT_SEND_LONG_DATA.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::budget::{Budget, Lease};

/// What a value costs beside its bytes.
const OVERHEAD: usize = 64;

/// Why the next EXECUTE is refused: SEND_LONG_DATA itself has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LongDataFault {
    /// There is no such parameter.
    NoParameter,
    /// More than fits.
    TooLong,
}

/// What has come since the last EXECUTE.
#[derive(Debug, Default)]
pub(super) struct LongData {
    values: BTreeMap<usize, Vec<u8>>,
    lease: Option<Lease>,
    fault: Option<LongDataFault>,
}

/// How much long data there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct LongDataLimits<'a> {
    pub(super) budget: &'a Arc<Budget>,
    /// Bytes of all sessions' long data.
    pub(super) bytes: usize,
    /// Bytes of one value.
    pub(super) value: usize,
}

impl LongData {
    /// One piece more of parameter `index` of `params`.
    pub(super) fn push(
        &mut self,
        index: usize,
        params: usize,
        piece: &[u8],
        limits: LongDataLimits<'_>,
    ) {
        if self.fault.is_some() {
            return;
        }
        if index >= params {
            self.fail(LongDataFault::NoParameter);
            return;
        }
        let overhead = if self.values.contains_key(&index) {
            0
        } else {
            OVERHEAD
        };
        let bytes = piece.len() + overhead;
        let is_granted = match &mut self.lease {
            Some(lease) => lease.grow(bytes, limits.bytes),
            none => {
                *none = limits.budget.take(bytes, limits.bytes);
                none.is_some()
            }
        };
        let value = self.values.entry(index).or_default();
        if !is_granted || value.len() + piece.len() > limits.value {
            self.fail(LongDataFault::TooLong);
        } else {
            value.extend_from_slice(piece);
        }
    }

    /// The value of a parameter, if one came in pieces.
    pub(super) fn value(&self, index: usize) -> Option<&[u8]> {
        self.values.get(&index).map(Vec::as_slice)
    }

    pub(super) fn fault(&self) -> Option<LongDataFault> {
        self.fault
    }

    /// What follows is not kept any more.
    fn fail(&mut self, fault: LongDataFault) {
        self.fault = Some(fault);
        self.values = BTreeMap::new();
        self.lease = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn pieces_are_joined_and_bounded() {
        let budget = Budget::new(&Arc::new(Metrics::new()));
        let limits = LongDataLimits {
            budget: &budget,
            bytes: OVERHEAD + 10,
            value: 6,
        };
        let mut data = LongData::default();
        data.push(1, 2, b"abc", limits);
        data.push(1, 2, b"", limits);
        data.push(1, 2, b"def", limits);
        assert_eq!(data.value(1), Some(&b"abcdef"[..]));
        assert_eq!(
            (data.value(0), data.fault(), budget.used()),
            (None, None, OVERHEAD + 6)
        );
        data.push(1, 2, b"g", limits);
        assert_eq!(data.fault(), Some(LongDataFault::TooLong));
        assert_eq!((data.value(1), budget.used()), (None, 0));
    }

    #[test]
    fn a_parameter_that_does_not_exist_is_told_of_later() {
        let budget = Budget::new(&Arc::new(Metrics::new()));
        let limits = LongDataLimits {
            budget: &budget,
            bytes: 10,
            value: 6,
        };
        let mut data = LongData::default();
        data.push(2, 2, b"abc", limits);
        assert_eq!(data.fault(), Some(LongDataFault::NoParameter));
    }
}
