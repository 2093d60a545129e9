//! When a replica leaves the reads and when it returns: at once, and after three good probes (contract 8.2).

use super::view::MemberState;

/// Good probes in a row before a replica that had left serves again.
const GOOD_TO_RETURN: u8 = 3;

/// A replica's record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    state: MemberState,
    good: u8,
}

impl Standing {
    pub(super) fn new() -> Self {
        Self {
            state: MemberState::Unseen,
            good: 0,
        }
    }

    pub(super) fn state(self) -> MemberState {
        self.state
    }

    /// How far it is on its way back.
    pub(super) fn progress(self) -> String {
        format!("{} of {GOOD_TO_RETURN} good probes", self.good)
    }

    /// A probe found it in `found`; [`MemberState::Serving`] is a good one. The first probe of all decides at once.
    pub(super) fn note(&mut self, found: MemberState) {
        if found != MemberState::Serving {
            self.good = 0;
            self.state = found;
            return;
        }
        self.good = self.good.saturating_add(1);
        if matches!(self.state, MemberState::Unseen | MemberState::Serving)
            || self.good >= GOOD_TO_RETURN
        {
            self.state = MemberState::Serving;
        } else {
            self.state = MemberState::Recovering;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_leaves_at_once_and_returns_after_three_good_probes() {
        // contract 8.2
        use MemberState::{Lagging, Recovering, Serving};
        let mut standing = Standing::new();
        let steps = [
            (Serving, Serving),
            (Lagging, Lagging),
            (Serving, Recovering),
            (Serving, Recovering),
            (Lagging, Lagging),
            (Serving, Recovering),
            (Serving, Recovering),
            (Serving, Serving),
        ];
        for (found, then) in steps {
            standing.note(found);
            assert_eq!(standing.state(), then);
        }
    }
}
