//! Which transactions a server has executed, as each family writes it, and whether they include others.

use std::collections::BTreeMap;

/// Transactions by GTID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// MySQL: of each origin (UUID, with a tag behind it if it has one) the intervals, merged and in order.
    MySql(BTreeMap<String, Vec<(u64, u64)>>),
    /// MariaDB: of each domain the last sequence number.
    MariaDb(BTreeMap<u32, u64>),
}

impl Position {
    /// Reads `uuid:1-5:7,uuid:tag:1-2` as MySQL writes it; `None` if it is nothing of the kind.
    #[must_use]
    pub fn mysql(text: &str) -> Option<Self> {
        let mut sets: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let mut words = part.split(':').map(str::trim);
            let origin = words.next()?.to_ascii_lowercase();
            if origin.len() != 36 {
                return None;
            }
            let mut key = origin.clone();
            for word in words {
                if word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                    key = format!("{origin}:{}", word.to_ascii_lowercase());
                } else {
                    sets.entry(key.clone()).or_default().push(interval(word)?);
                }
            }
        }
        for intervals in sets.values_mut() {
            merge(intervals);
        }
        Some(Self::MySql(sets))
    }

    /// Reads `domain-server-sequence,...` as MariaDB writes it; of one domain the last number counts.
    #[must_use]
    pub fn mariadb(text: &str) -> Option<Self> {
        let mut domains: BTreeMap<u32, u64> = BTreeMap::new();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let mut numbers = part.split('-');
            let domain = numbers.next()?.parse().ok()?;
            let _server: u32 = numbers.next()?.parse().ok()?;
            let sequence: u64 = numbers.next()?.parse().ok()?;
            let last = domains.entry(domain).or_default();
            *last = sequence.max(*last);
        }
        Some(Self::MariaDb(domains))
    }

    /// No transaction at all: the server keeps no GTIDs, or is new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::MySql(sets) => sets.is_empty(),
            Self::MariaDb(domains) => domains.is_empty(),
        }
    }

    /// Every transaction of `other` is in it. Positions of different families never include each other.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::MySql(mine), Self::MySql(others)) => others.iter().all(|(origin, wanted)| {
                let held = mine.get(origin).map(Vec::as_slice).unwrap_or_default();
                wanted
                    .iter()
                    .all(|(first, last)| held.iter().any(|(from, to)| from <= first && last <= to))
            }),
            (Self::MariaDb(mine), Self::MariaDb(others)) => others
                .iter()
                .all(|(domain, wanted)| mine.get(domain).is_some_and(|held| held >= wanted)),
            _ => false,
        }
    }

    /// Takes over another one's transactions; of another family nothing.
    pub fn join(&mut self, other: &Self) {
        match (self, other) {
            (Self::MySql(mine), Self::MySql(others)) => {
                for (origin, intervals) in others {
                    let held = mine.entry(origin.clone()).or_default();
                    held.extend_from_slice(intervals);
                    merge(held);
                }
            }
            (Self::MariaDb(mine), Self::MariaDb(others)) => {
                for (domain, sequence) in others {
                    let last = mine.entry(*domain).or_default();
                    *last = (*sequence).max(*last);
                }
            }
            _ => {}
        }
    }

    /// The same without gaps within an origin: a session's writes, of which each later one may be waited for together
    /// with all between.
    pub fn close_gaps(&mut self) {
        let Self::MySql(sets) = self else { return };
        for intervals in sets.values_mut() {
            let (first, last) = (intervals.first(), intervals.last());
            if let (Some((first, _)), Some((_, last))) = (first, last) {
                *intervals = vec![(*first, *last)];
            }
        }
    }

    /// Waits on a replica until it has these transactions: answers 0 if it has them, another number if not within
    /// `wait_ms`.
    #[must_use]
    pub fn wait_statement(&self, wait_ms: u64) -> String {
        let (function, position) = match self {
            Self::MySql(_) => ("WAIT_FOR_EXECUTED_GTID_SET", self.text()),
            Self::MariaDb(_) => ("MASTER_GTID_WAIT", self.text()),
        };
        let (seconds, rest) = (wait_ms / 1000, wait_ms % 1000);
        format!("SELECT {function}('{position}', {seconds}.{rest:03})")
    }

    /// As the family's server reads it; MariaDB does not look at the server's id in a position.
    #[must_use]
    pub fn text(&self) -> String {
        let parts: Vec<String> = match self {
            Self::MySql(sets) => sets
                .iter()
                .map(|(origin, intervals)| {
                    let intervals = intervals
                        .iter()
                        .map(|(first, last)| format!(":{first}-{last}"));
                    format!("{origin}{}", intervals.collect::<String>())
                })
                .collect(),
            Self::MariaDb(domains) => domains
                .iter()
                .map(|(domain, sequence)| format!("{domain}-1-{sequence}"))
                .collect(),
        };
        parts.join(",")
    }
}

fn interval(word: &str) -> Option<(u64, u64)> {
    match word.split_once('-') {
        Some((first, last)) => Some((first.parse().ok()?, last.parse().ok()?)),
        None => word.parse().ok().map(|only| (only, only)),
    }
}

/// Brings intervals in order and joins those that touch.
fn merge(intervals: &mut Vec<(u64, u64)>) {
    intervals.sort_unstable();
    let mut merged: Vec<(u64, u64)> = Vec::with_capacity(intervals.len());
    for (first, last) in intervals.drain(..) {
        match merged.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => merged.push((first, last)),
        }
    }
    *intervals = merged;
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    const B: &str = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

    fn mysql(text: &str) -> Position {
        Position::mysql(text).unwrap()
    }

    fn mariadb(text: &str) -> Position {
        Position::mariadb(text).unwrap()
    }

    #[test]
    fn a_set_includes_its_parts_and_nothing_beyond_them() {
        // contract 8.3
        let held = mysql(&format!("{A}:1-10:12-20,\n{B}:1-3"));
        for (wanted, is_held) in [
            (String::new(), true),
            (format!("{A}:5"), true),
            (format!("{A}:1-10:13"), true),
            (format!("{A}:10-12"), false),
            (format!("{A}:21"), false),
            (format!("{B}:4"), false),
            (format!("{A}:1,{B}:3"), true),
            (format!("{}:1", A.replace('3', "5")), false),
        ] {
            assert_eq!(held.includes(&mysql(&wanted)), is_held, "{wanted}");
        }
    }

    #[test]
    fn a_tag_is_an_origin_of_its_own() {
        let held = mysql(&format!("{A}:1-5:ship:1-2"));
        assert!(held.includes(&mysql(&format!("{A}:ship:2"))));
        assert!(!held.includes(&mysql(&format!("{A}:ship:3"))));
        assert!(held.includes(&mysql(&format!("{A}:5"))));
        assert_eq!(mysql(&held.text()), held);
    }

    #[test]
    fn mariadbs_domains_count_each_for_itself() {
        let held = mariadb("0-1-100,7-2-3");
        assert!(held.includes(&mariadb("0-9-100")));
        assert!(!held.includes(&mariadb("0-1-101")));
        assert!(!held.includes(&mariadb("1-1-1")));
        assert!(!held.includes(&mysql(&format!("{A}:1"))));
    }

    #[test]
    fn writes_are_joined_and_waited_for_without_gaps() {
        let mut writes = mysql(&format!("{A}:5"));
        writes.join(&mysql(&format!("{A}:9,{B}:2")));
        writes.close_gaps();
        assert_eq!(writes.text(), format!("{A}:5-9,{B}:2-2"));
        let mut writes = mariadb("0-1-5");
        writes.join(&mariadb("0-1-9"));
        assert_eq!(writes.text(), "0-1-9");
    }

    #[test]
    fn what_is_no_position_is_none() {
        for text in ["x", "1-2", "0-1-x", "1-2-3-", "uuid:1"] {
            assert!(Position::mysql(text).is_none(), "{text}");
        }
        for text in ["x", "1-2", "0-1-x"] {
            assert!(Position::mariadb(text).is_none(), "{text}");
        }
    }
}
