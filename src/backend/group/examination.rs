//! What is to be said of a group before it serves: each member asked once (contract 8.4).

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::care::Care;
use super::members::Members;
use super::observation::Observation;
use super::prober::Prober;
use super::view::{GroupView, MemberRole, MemberState, MemberView, Writes};
use super::watch::told;

/// Rights by which an account writes to a server that is read-only.
const ABOVE_READ_ONLY: [&str; 4] = [
    "SUPER",
    "READ_ONLY ADMIN",
    "READ ONLY ADMIN",
    "CONNECTION_ADMIN",
];

/// What was found.
#[derive(Clone, Debug)]
pub struct Examination {
    /// The group as its members showed it.
    pub view: GroupView,
    /// What its owner should know, the group's own first.
    pub findings: Vec<Finding>,
}

/// One thing to know, with what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The member that it is about; `None` = the whole group.
    pub member: Option<Arc<str>>,
    /// Writes would be refused, or nothing served.
    pub is_fault: bool,
    /// What is so.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Members {
    /// Asks each member once and judges; nothing is written anywhere.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn examine(&self) -> Examination {
        let (mut grants, mut errors) = (Vec::new(), vec![None; self.pools().len()]);
        // two writers are believed when both have said so again
        for round in 0..2 {
            for index in 0..self.pools().len() {
                let Some(mut prober) = Prober::new(self, index) else {
                    continue;
                };
                let outcome = prober.look().await.map_err(|error| told(&error));
                if let Some(error) = errors.get_mut(index) {
                    *error = outcome.as_ref().err().map(ToString::to_string);
                }
                self.record()
                    .note(index, outcome, &self.care, Instant::now());
                if round == 0 {
                    grants.push(prober.grants().await);
                }
            }
        }
        let mut record = self.record();
        let view = record.view(SystemTime::now());
        let mut findings = of_group(&self.care, &view);
        for (index, member) in view.members.iter().enumerate() {
            let about = About {
                member,
                is_primary: index == view.primary,
                is_alone: view.members.len() == 1,
                error: errors.get(index).and_then(Option::as_deref),
                is_delayed: self.care.is_delayed(index),
                seen: record.observation(index),
                grants: grants.get(index).map_or(&[][..], Vec::as_slice),
            };
            findings.extend(about.findings(&self.care));
        }
        Examination { view, findings }
    }
}

fn of_group(care: &Care, view: &GroupView) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |is_fault, message: &str, remedy: &str| {
        findings.push(Finding {
            member: None,
            is_fault,
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        });
    };
    if view.is_trusted {
        add(
            false,
            "the account may not see replication: the declared primary is trusted, no promotion is followed, and two writers \
             are not noticed",
            "grant it REPLICATION CLIENT (MariaDB: SLAVE MONITOR)",
        );
    }
    match view.writes {
        Writes::TwoWriters | Writes::Doubtful => add(
            true,
            "two members take writes and neither follows the other: the group would refuse writes (29012)",
            "set all but one read-only",
        ),
        Writes::ReadOnly => add(
            true,
            "every member is read-only: the group would take no writes (29011)",
            "SET GLOBAL read_only = OFF on its primary",
        ),
        Writes::Taken | Writes::Lost => {}
    }
    if view.primary != 0
        && let (Some(declared), Some(primary)) =
            (view.members.first(), view.members.get(view.primary))
    {
        add(
            false,
            &format!(
                "{} is declared to take writes, and {} does",
                declared.name, primary.name
            ),
            "nothing breaks, but write the file as it is",
        );
    }
    if care.max_lag.is_none() {
        add(
            false,
            "maxReplicaLagMs: unlimited: a replica serves however old its rows are",
            "name a limit unless every reader can live with it",
        );
    }
    findings
}

/// One member with all that was asked of it.
struct About<'a> {
    member: &'a MemberView,
    is_primary: bool,
    is_alone: bool,
    /// Why it did not answer the last time that it was asked.
    error: Option<&'a str>,
    is_delayed: bool,
    seen: Option<&'a Observation>,
    grants: &'a [String],
}

impl About<'_> {
    fn findings(&self, care: &Care) -> Vec<Finding> {
        let mut findings = Vec::new();
        let finding = |is_fault, message: String, remedy: &str| Finding {
            member: Some(Arc::clone(&self.member.name)),
            is_fault,
            message,
            remedy: remedy.to_owned(),
        };
        let Some(seen) = self.seen.filter(|_| self.error.is_none()) else {
            let known = self.error.or(self.member.reason.as_deref());
            let why = known.unwrap_or("the reason is not known");
            // a replica may be missing, not what takes the writes
            findings.push(finding(
                self.is_primary,
                format!("cannot be judged, it does not answer: {why}"),
                "look at the server, its address and account",
            ));
            return findings;
        };
        if self.is_alone && seen.is_read_only {
            findings.push(finding(
                true,
                "is read-only and has no other beside it: its data source would take no writes"
                    .to_owned(),
                "SET GLOBAL read_only = OFF, or declare the group that it is a replica of",
            ));
        }
        let mut add =
            |message: String, remedy: &str| findings.push(finding(false, message, remedy));
        if self.member.is_writable_replica() {
            add(
                "is a replica that takes writes from whoever asks it".to_owned(),
                "set it read_only, also in its configuration file",
            );
        }
        let delay = seen
            .channels
            .iter()
            .flatten()
            .map(|channel| channel.delay)
            .max();
        if let Some(seconds) = delay.filter(|seconds| *seconds > 0 && !self.is_delayed) {
            add(
                format!("is told to stay {seconds} s behind, and is not declared so"),
                "name it in delayedDataSourceNames, that it is never read",
            );
        }
        if let Some(right) = above_read_only(self.grants) {
            add(
                format!("its account has {right}, for which read_only may not hold"),
                "take that right away: a switchover relies on read_only",
            );
        }
        self.lag(seen, care, &mut add);
        findings
    }

    /// How well its lag can be told.
    fn lag(&self, seen: &Observation, care: &Care, add: &mut impl FnMut(String, &str)) {
        let has_gtids = if self.is_primary {
            &seen.executed
        } else {
            &seen.applied
        }
        .is_some();
        let is_bad = matches!(
            self.member.state,
            MemberState::Stopped
                | MemberState::Astray
                | MemberState::Lagging
                | MemberState::Unmeasured
        );
        if is_bad && !self.is_delayed {
            let why = self.member.reason.as_deref().unwrap_or_default();
            add(
                format!(
                    "would serve no reads, it is {}: {why}",
                    self.member.state.name()
                ),
                "docs/operations.md tells what to do for each state",
            );
        }
        let is_replica = self.member.role == MemberRole::Replica;
        let needs_millis = care
            .max_lag
            .is_some_and(|most| most < Duration::from_secs(2));
        if is_replica && !has_gtids && care.heartbeat_table.is_none() && needs_millis {
            add(
                "keeps no GTIDs: its lag is told in whole seconds only".to_owned(),
                "turn GTIDs on, or set heartbeatTable",
            );
        }
    }
}

/// The right by which an account writes to a server that is read-only, if it has one.
fn above_read_only(grants: &[String]) -> Option<&'static str> {
    let everywhere = grants.iter().filter(|grant| grant.contains(" ON *.* "));
    for grant in everywhere {
        let Some((rights, _)) = grant.split_once(" ON *.* ") else {
            continue;
        };
        let rights = rights.trim_start_matches("GRANT ");
        if rights == "ALL PRIVILEGES" {
            return Some("ALL PRIVILEGES");
        }
        let found = rights.split(',').find_map(|right| {
            ABOVE_READ_ONLY
                .into_iter()
                .find(|above| right.trim() == *above)
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_above_read_only_are_found_among_others_and_nowhere_else() {
        let found = |grant: &str| above_read_only(&[grant.to_owned()]);
        assert_eq!(
            found("GRANT SELECT, SUPER ON *.* TO `a`@`%`"),
            Some("SUPER")
        );
        assert_eq!(
            found("GRANT ALL PRIVILEGES ON *.* TO `a`@`%`"),
            Some("ALL PRIVILEGES")
        );
        assert_eq!(
            found("GRANT REPLICATION CLIENT, READ ONLY ADMIN ON *.* TO `a`@`%`"),
            Some("READ ONLY ADMIN")
        );
        for harmless in [
            "GRANT ALL PRIVILEGES ON `shop`.* TO `a`@`%`",
            "GRANT USAGE ON *.* TO `SUPER`@`%`",
            "GRANT REPLICATION CLIENT, SLAVE MONITOR ON *.* TO `a`@`%`",
        ] {
            assert_eq!(found(harmless), None, "{harmless}");
        }
    }
}
