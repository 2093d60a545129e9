//! One member as its probes have found it so far.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::grade::Grade;
use super::observation::{Identity, Observation};
use super::standing::Standing;
use super::topology::Seen;
use super::view::MemberState;

/// Failures in a row after which a replica's lag is taken for unknown.
const FAILURES_TO_DOUBT: u32 = 2;
/// Failures in a row after which a member is down (contract 8.5).
pub(super) const FAILURES_TO_DROP: u32 = 3;

/// A member's address and name.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) name: Arc<str>,
    pub(super) host: String,
    pub(super) port: u16,
}

/// What is known of one member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) address: Address,
    /// Who it was when it last answered.
    identity: Option<Identity>,
    /// The last probe's, if it succeeded.
    pub(super) observation: Option<Observation>,
    /// What the last probe failed of.
    error: Option<String>,
    pub(super) failures: u32,
    pub(super) is_probed: bool,
    pub(super) is_disabled: bool,
    standing: Standing,
    pub(super) lag: Option<Duration>,
    /// Why its standing is not a good one.
    why: Option<String>,
    pub(super) is_read_only: Option<bool>,
    /// State and since when, as last shown.
    shown: (MemberState, SystemTime),
    /// How often the shown state has changed.
    pub(super) changes: u64,
}

impl Member {
    pub(super) fn new(address: Address, now: SystemTime) -> Self {
        Self {
            address,
            identity: None,
            observation: None,
            error: None,
            failures: 0,
            is_probed: false,
            is_disabled: false,
            standing: Standing::new(),
            lag: None,
            why: None,
            is_read_only: None,
            shown: (MemberState::Unseen, now),
            changes: 0,
        }
    }

    /// Takes in one probe's outcome, or what it failed of.
    pub(super) fn note(&mut self, outcome: Result<Observation, String>) {
        self.is_probed = true;
        match outcome {
            Ok(seen) => {
                self.failures = 0;
                self.is_read_only = Some(seen.is_read_only);
                self.identity = Some(seen.identity.clone());
                self.observation = Some(seen);
                self.error = None;
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                self.observation = None;
                self.error = Some(error);
            }
        }
    }

    /// As the topology sees it.
    pub(super) fn seen(&self) -> Seen<'_> {
        Seen {
            host: &self.address.host,
            port: self.address.port,
            identity: self.identity.as_ref(),
            observation: self.observation.as_ref(),
        }
    }

    /// The server answers too seldom for what it said last to hold still.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.failures >= FAILURES_TO_DOUBT
    }

    /// Takes in how a replica was found.
    pub(super) fn take_grade(&mut self, grade: Grade) {
        self.lag = grade.lag;
        self.why = grade.why;
        self.standing.note(grade.state);
    }

    /// It leaves the reads until it has answered its probes again; one that serves none stays as it was.
    pub(super) fn fall_silent(&mut self, waited: Duration) {
        if matches!(
            self.standing.state(),
            MemberState::Serving | MemberState::Recovering
        ) {
            let why = format!("its probe has had no answer for {} ms", waited.as_millis());
            self.take_grade(Grade::bad(MemberState::Unmeasured, why));
        }
    }

    /// It was the primary until now: it comes back to the reads like any replica that had left them.
    pub(super) fn depose(&mut self) {
        self.standing = Standing::new();
        self.take_grade(Grade {
            state: MemberState::Astray,
            lag: None,
            why: Some("it was the primary until now".to_owned()),
        });
    }

    /// Its state and since when; counts a change.
    pub(super) fn show(&mut self, is_primary: bool, now: SystemTime) -> (MemberState, SystemTime) {
        let state = self.state(is_primary);
        if self.shown.0 != state {
            self.shown = (state, now);
            self.changes += 1;
        }
        self.shown
    }

    fn state(&self, is_primary: bool) -> MemberState {
        if self.is_disabled && !is_primary {
            MemberState::Disabled
        } else if !is_primary {
            self.standing.state()
        } else if self.failures >= FAILURES_TO_DROP {
            MemberState::Down
        } else {
            MemberState::Serving
        }
    }

    /// Why it is in `state`, where the state alone does not tell; no address and no account is named.
    pub(super) fn reason(&self, state: MemberState) -> Option<String> {
        match state {
            MemberState::Serving => None,
            MemberState::Unseen => Some("it has not been probed yet".to_owned()),
            MemberState::Disabled => Some("by hand, with DISABLE MEMBER".to_owned()),
            MemberState::Delayed => Some("it stands in delayedDataSourceNames".to_owned()),
            MemberState::Recovering => Some(self.standing.progress()),
            MemberState::Down => self.error.clone(),
            _ => self.why.clone(),
        }
    }
}
