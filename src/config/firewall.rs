//! `sqlFirewall`: the digest lists of a logical database.

use std::collections::HashSet;

use crate::rule::{DigestLists, Firewall, FirewallMode};
use crate::sql::Digest;

use super::catalogue::Scope;
use super::cursor::{Cursor, Map};

const MODES: &[(&str, FirewallMode)] = &[
    ("off", FirewallMode::Off),
    ("learn", FirewallMode::Learn),
    ("enforce", FirewallMode::Enforce),
];

/// Reads it.
pub(super) fn read(at: &Cursor<'_>) -> Firewall {
    let map = at.map(Scope::Firewall);
    let everyone = read_lists(&map);
    let users = map.take("users");
    let users = users.iter().flat_map(Cursor::entries);
    let users = users.map(|(name, at)| {
        let map = at.map(Scope::FirewallUser);
        let lists = read_lists(&map);
        map.finish();
        (name.to_owned(), lists)
    });
    let users = users.collect();
    map.finish();
    Firewall { everyone, users }
}

fn read_lists(map: &Map<'_>) -> DigestLists {
    let lists = DigestLists {
        mode: map.take("mode").and_then(|at| at.choice(MODES)),
        deny: map
            .take("deny")
            .map(|at| read_digests(&at))
            .unwrap_or_default(),
        allow: map.take_even_null("allow").map(|at| read_digests(&at)),
    };
    if let (Some(allow), Some(at)) = (&lists.allow, map.peek("allow"))
        && let Some(both) = allow.intersection(&lists.deny).next()
    {
        let message = format!("{} is allowed and denied", Digest(*both));
        at.warn(message, "denied wins: take it off one of the lists");
    }
    lists
}

/// Digests alone, or each with the statement that it stands for: `- 3f0c9a2be41d7786: select ...`.
fn read_digests(at: &Cursor<'_>) -> HashSet<u64> {
    let mut digests = HashSet::new();
    for item in at.items() {
        let written = if item.is_mapping() {
            let names = item.entries().into_iter();
            names.map(|(name, _)| name).collect()
        } else {
            item.scalar().into_iter().collect::<Vec<_>>()
        };
        for text in written {
            match Digest::from_hex(text.trim()) {
                Some(digest) => {
                    digests.insert(digest.0);
                }
                None => item.fault(
                    format!("{text} is no digest"),
                    "write its 16 hexadecimal digits, as `SHOW SHARDGATE FIREWALL`, the log and `shardgate explain` tell them",
                ),
            }
        }
    }
    digests
}
