//! Who may be written to, from what all members' probes saw (contract 8.4).

use super::observation::{Channel, Identity, Observation};

/// A member as its last probe saw it, and how others name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    /// Host of its data source.
    pub(super) host: &'a str,
    /// Port of its data source.
    pub(super) port: u16,
    /// Who it is, as of its last answer.
    pub(super) identity: Option<&'a Identity>,
    /// `None`: it did not answer.
    pub(super) observation: Option<&'a Observation>,
}

/// Where writes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// To this member.
    Primary(usize),
    /// To this member as ever: it does not answer now, and no other has been promoted.
    Unreachable(usize),
    /// Nowhere for now: the primary is read-only, as during a switchover, and no other may be written to.
    ReadOnly,
    /// Nowhere: two members take writes, or the declared primary replicates from where no group's primary is.
    TwoWriters,
    /// To the declared primary, unseen: the account may not see replication.
    Trusted(usize),
}

/// Decides; `declared` and `current` are the primaries of the configuration and of the last verdict.
pub(super) fn decide(members: &[Seen<'_>], declared: usize, current: usize) -> Verdict {
    if members.len() == 1 {
        // nobody to quarrel with: whether it takes writes is the server's to say
        return Verdict::Trusted(declared);
    }
    let seen = || {
        members
            .iter()
            .enumerate()
            .filter_map(|(index, member)| Some((index, member.observation?)))
    };
    if seen().any(|(_, seen)| seen.channels.is_none()) {
        return Verdict::Trusted(declared);
    }
    let is_clean_writer = |seen: &Observation| !seen.is_read_only && follows(seen).is_empty();
    let writers: Vec<usize> = seen()
        .filter(|(_, seen)| is_clean_writer(seen))
        .map(|(index, _)| index)
        .collect();
    let now = members.get(current).and_then(|member| member.observation);
    match writers.as_slice() {
        [] => match now {
            None => Verdict::Unreachable(current),
            Some(seen) if seen.is_read_only => Verdict::ReadOnly,
            Some(_) => Verdict::TwoWriters,
        },
        [only] => {
            // a writable one that follows the writer is its replica, whoever forgot to set it read-only
            let is_rival = |seen: &Observation| {
                !seen.is_read_only && !follows(seen).iter().all(|channel| is_of(channel, members))
            };
            let is_stranger = *only != current && now.is_some_and(is_rival);
            if is_stranger {
                Verdict::TwoWriters
            } else {
                Verdict::Primary(*only)
            }
        }
        _ => one_cluster(members, &writers, current),
    }
}

/// All nodes of one Galera cluster may be written to: one of them is.
fn one_cluster(members: &[Seen<'_>], writers: &[usize], current: usize) -> Verdict {
    let node = |index: &usize| {
        members
            .get(*index)
            .and_then(|member| member.observation?.wsrep.as_ref())
    };
    let clusters: Vec<_> = writers
        .iter()
        .map(|index| node(index).map(|node| &node.cluster))
        .collect();
    let is_one = clusters.windows(2).all(|pair| pair.first() == pair.last())
        && clusters.iter().all(Option::is_some);
    if !is_one {
        return Verdict::TwoWriters;
    }
    let is_ready = |index: &usize| node(index).is_some_and(|node| node.is_ready);
    if is_ready(&current) && writers.contains(&current) {
        return Verdict::Primary(current);
    }
    match writers.iter().find(|index| is_ready(index)) {
        Some(first) => Verdict::Primary(*first),
        None => Verdict::Unreachable(current),
    }
}

fn follows(seen: &Observation) -> &[Channel] {
    seen.channels.as_deref().unwrap_or_default()
}

/// Whether a channel leads to one of the members: by the ids that servers have, else by the address.
pub(super) fn is_of(channel: &Channel, members: &[Seen<'_>]) -> bool {
    members.iter().any(|member| leads_to(channel, member))
}

/// Whether a channel leads to `member`.
pub(super) fn leads_to(channel: &Channel, member: &Seen<'_>) -> bool {
    let by_id = member.identity.is_some_and(|mine| {
        let told = &channel.source;
        match (&mine.uuid, &told.uuid) {
            (Some(mine), Some(told)) => mine.eq_ignore_ascii_case(told),
            _ => mine.server_id != 0 && mine.server_id == told.server_id,
        }
    });
    by_id || (channel.port == member.port && channel.host.eq_ignore_ascii_case(member.host))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::observation::{Identity, Wsrep};
    use super::*;

    fn server(id: u64, is_read_only: bool, follows: &[u64]) -> Option<Observation> {
        let channels = follows.iter().map(|source| Channel {
            source: Identity {
                server_id: *source,
                uuid: None,
            },
            host: format!("10.0.0.{source}"),
            port: 3306,
            ..Channel::default()
        });
        Some(Observation {
            asked: Instant::now(),
            identity: Identity {
                server_id: id,
                uuid: None,
            },
            is_read_only,
            channels: Some(channels.collect()),
            executed: None,
            applied: None,
            wsrep: None,
            heartbeat: None,
        })
    }

    fn verdict(observations: &[Option<Observation>], current: usize) -> Verdict {
        let members: Vec<_> = observations
            .iter()
            .map(|observation| Seen {
                host: "elsewhere",
                port: 3306,
                identity: observation.as_ref().map(|seen| &seen.identity),
                observation: observation.as_ref(),
            })
            .collect();
        decide(&members, 0, current)
    }

    const RO: bool = true;
    const RW: bool = false;

    #[test]
    fn every_topology_has_its_verdict() {
        // contract 8.4
        let cases: Vec<(&str, Vec<Option<Observation>>, usize, Verdict)> = vec![
            (
                "plain",
                vec![server(1, RW, &[]), server(2, RO, &[1])],
                0,
                Verdict::Primary(0),
            ),
            (
                "a replica nobody set read-only",
                vec![server(1, RW, &[]), server(2, RW, &[1])],
                0,
                Verdict::Primary(0),
            ),
            (
                "primary dead, nobody promoted",
                vec![None, server(2, RO, &[1])],
                0,
                Verdict::Unreachable(0),
            ),
            (
                "primary dead, replica promoted",
                vec![None, server(2, RW, &[])],
                0,
                Verdict::Primary(1),
            ),
            (
                "old primary back and writable",
                vec![server(1, RW, &[]), server(2, RW, &[])],
                1,
                Verdict::TwoWriters,
            ),
            (
                "old primary back and read-only",
                vec![server(1, RO, &[]), server(2, RW, &[])],
                1,
                Verdict::Primary(1),
            ),
            (
                "old primary back as a replica",
                vec![server(1, RO, &[2]), server(2, RW, &[])],
                1,
                Verdict::Primary(1),
            ),
            (
                "switchover under way",
                vec![server(1, RO, &[]), server(2, RO, &[1])],
                0,
                Verdict::ReadOnly,
            ),
            (
                "switchover done",
                vec![server(1, RO, &[]), server(2, RW, &[])],
                0,
                Verdict::Primary(1),
            ),
            (
                "declared primary follows the promoted one",
                vec![server(1, RW, &[2]), server(2, RW, &[])],
                0,
                Verdict::Primary(1),
            ),
            (
                "declared primary follows a stranger",
                vec![server(1, RW, &[77]), server(2, RO, &[1])],
                0,
                Verdict::TwoWriters,
            ),
            (
                "declared primary follows a stranger, another is promoted",
                vec![server(1, RW, &[77]), server(2, RW, &[])],
                0,
                Verdict::TwoWriters,
            ),
            (
                "each follows the other",
                vec![server(1, RW, &[2]), server(2, RW, &[1])],
                0,
                Verdict::TwoWriters,
            ),
            (
                "nobody answers",
                vec![None, None],
                0,
                Verdict::Unreachable(0),
            ),
        ];
        for (name, members, current, expected) in cases {
            assert_eq!(verdict(&members, current), expected, "{name}");
        }
    }

    #[test]
    fn who_may_not_see_replication_trusts_the_configuration() {
        // contract 8.4
        let mut blind = server(1, RW, &[]).unwrap();
        blind.channels = None;
        let members = [Some(blind), server(2, RW, &[])];
        assert_eq!(verdict(&members, 1), Verdict::Trusted(0));
    }

    #[test]
    fn a_galera_cluster_is_no_quarrel_and_is_written_in_one_place() {
        let node = |id, is_ready| {
            let mut node = server(id, RW, &[]).unwrap();
            node.wsrep = Some(Wsrep {
                cluster: "c".to_owned(),
                state: "Synced".to_owned(),
                is_ready,
            });
            Some(node)
        };
        assert_eq!(
            verdict(&[node(1, true), node(2, true)], 0),
            Verdict::Primary(0)
        );
        assert_eq!(
            verdict(&[node(1, false), node(2, true)], 0),
            Verdict::Primary(1)
        );
        assert_eq!(
            verdict(&[node(1, true), server(2, RW, &[])], 0),
            Verdict::TwoWriters
        );
        assert_eq!(
            verdict(&[node(1, false), node(2, false)], 0),
            Verdict::Unreachable(0)
        );
    }

    #[test]
    fn a_source_is_known_by_its_id_or_its_address() {
        let members = [Seen {
            host: "db1",
            port: 3306,
            identity: None,
            observation: None,
        }];
        let channel = |host: &str, port| Channel {
            host: host.to_owned(),
            port,
            ..Channel::default()
        };
        assert!(is_of(&channel("DB1", 3306), &members));
        assert!(!is_of(&channel("db1", 3307), &members));
        let known = server(9, RW, &[]);
        let members = [Seen {
            host: "db1",
            port: 3306,
            identity: known.as_ref().map(|seen| &seen.identity),
            observation: known.as_ref(),
        }];
        let mut by_id = channel("10.9.9.9", 3307);
        by_id.source.server_id = 9;
        assert!(is_of(&by_id, &members));
        by_id.source.server_id = 0;
        assert!(!is_of(&by_id, &members));
    }
}
