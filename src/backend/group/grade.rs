//! How fresh a replica is, by what one probe saw of it (contract 8.2).

use std::time::Duration;

use super::care::Care;
use super::observation::{Channel, Observation, Wsrep};
use super::timeline::Timeline;
use super::topology::{Seen, leads_to};
use super::view::MemberState;

/// What a replica is found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grade {
    /// [`MemberState::Serving`] is the good one.
    pub(super) state: MemberState,
    /// How far it is behind, if that can be told.
    pub(super) lag: Option<Duration>,
    /// Why the state is not a good one.
    pub(super) why: Option<String>,
}

impl Grade {
    pub(super) fn bad(state: MemberState, why: impl Into<String>) -> Self {
        Self {
            state,
            lag: None,
            why: Some(why.into()),
        }
    }

    fn good(lag: Option<Duration>) -> Self {
        Self {
            state: MemberState::Serving,
            lag,
            why: None,
        }
    }

    /// The same for a replica that is behind on purpose: what is behind or fresh is delayed.
    pub(super) fn of_delayed(self) -> Self {
        match self.state {
            MemberState::Serving | MemberState::Lagging | MemberState::Unmeasured => Self {
                state: MemberState::Delayed,
                ..self
            },
            _ => self,
        }
    }
}

/// Judges a replica among `members`, whose primary's past is `timeline`.
pub(super) fn grade(
    seen: &Observation,
    members: &[Seen<'_>],
    timeline: &Timeline,
    care: &Care,
) -> Grade {
    let told = timeline.held_by(seen).map(|held| held.lag);
    let Some(channels) = &seen.channels else {
        let blind =
            "the account may not see replication, and there are neither GTIDs nor a heartbeat";
        return by_lag(told, care, blind);
    };
    if let (Some(node), true) = (&seen.wsrep, channels.is_empty()) {
        // ids of transactions are each node's own, beats are not
        return of_node(node, told.filter(|_| seen.heartbeat.is_some()), care);
    }
    let from_here: Vec<_> = channels
        .iter()
        .filter(|channel| members.iter().any(|member| leads_to(channel, member)))
        .collect();
    if from_here.is_empty() {
        return Grade::bad(
            MemberState::Astray,
            "it replicates from no member of the group",
        );
    }
    if let Some(stopped) = from_here.iter().find(|channel| !channel.is_running()) {
        return match care.max_lag {
            Some(_) => Grade {
                lag: told,
                ..Grade::bad(MemberState::Stopped, standing_still(stopped))
            },
            None => Grade::good(told),
        };
    }
    let lag = told.or_else(|| seconds_behind(&from_here));
    by_lag(
        lag,
        care,
        "it tells no lag: there are neither GTIDs nor a heartbeat",
    )
}

fn by_lag(lag: Option<Duration>, care: &Care, without: &str) -> Grade {
    match (lag, care.max_lag) {
        (lag, None) => Grade::good(lag),
        (None, Some(_)) => Grade::bad(MemberState::Unmeasured, without),
        (Some(lag), Some(most)) if lag > most => Grade {
            lag: Some(lag),
            ..Grade::bad(
                MemberState::Lagging,
                format!(
                    "{} ms behind, {} are allowed",
                    lag.as_millis(),
                    most.as_millis()
                ),
            )
        },
        (lag, Some(_)) => Grade::good(lag),
    }
}

/// A node of a Galera cluster has received its peers' writes before they are answered, as long as it is synced; how long
/// it takes to apply them only a heartbeat tells.
fn of_node(node: &Wsrep, lag: Option<Duration>, care: &Care) -> Grade {
    if node.is_ready {
        return match lag {
            Some(_) => by_lag(lag, care, ""),
            None => Grade::good(None),
        };
    }
    Grade::bad(
        MemberState::Stopped,
        format!("its Galera node is {}", node.state),
    )
}

/// What the server itself says, in whole seconds; of several channels the latest.
fn seconds_behind(channels: &[&Channel]) -> Option<Duration> {
    let seconds = channels.iter().map(|channel| channel.seconds_behind);
    let all: Option<Vec<u64>> = seconds.collect();
    all?.into_iter().max().map(Duration::from_secs)
}

fn standing_still(channel: &Channel) -> String {
    let (thread, error) = if channel.is_applying {
        ("receiving", channel.receiving_error)
    } else {
        ("applying", channel.applying_error)
    };
    match error {
        0 => format!("its {thread} thread does not run"),
        code => format!("its {thread} thread stopped with error {code}"),
    }
}
