//! Read-write groups as a table, as JSON and as metrics: who is what, how far behind, why out, since when.

use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use super::board::Board;
use crate::backend::{MemberState, MemberView, Writes};
use crate::metrics::{GroupReading, MemberReading};
use crate::protocol::{ColumnDefinition, TextResult};

/// One line of the table.
struct Row {
    database: String,
    group: String,
    writes: Writes,
    member: MemberView,
}

impl Row {
    fn lag_ms(&self) -> Option<u64> {
        let lag = self.member.lag?;
        Some(u64::try_from(lag.as_millis()).unwrap_or(u64::MAX))
    }

    fn since(&self) -> u64 {
        let since = self.member.since.duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    }

    fn for_seconds(&self) -> u64 {
        let passed = SystemTime::now().duration_since(self.member.since);
        passed.map_or(0, |passed| passed.as_secs())
    }

    /// Why it is in its state, where there is something to tell.
    fn reason(&self) -> Option<&str> {
        if self.member.is_writable_replica() && self.member.reason.is_none() {
            return Some("a replica that nobody has set read-only");
        }
        self.member.reason.as_deref()
    }

    fn read_only(&self) -> Option<&'static str> {
        self.member
            .is_read_only
            .map(|is_read_only| if is_read_only { "yes" } else { "no" })
    }
}

impl Board {
    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (database, group, members) in self.groups() {
            let view = members.view();
            rows.extend(view.members.iter().map(|member| Row {
                database: database.clone(),
                group: group.clone(),
                writes: view.writes,
                member: member.clone(),
            }));
        }
        rows
    }

    pub(super) fn member_table(&self) -> TextResult {
        let mut columns: Vec<_> = ["database", "group", "data_source", "role", "state"]
            .map(ColumnDefinition::text)
            .to_vec();
        columns.push(ColumnDefinition::integer("lag_ms"));
        columns.push(ColumnDefinition::text("read_only"));
        columns.push(ColumnDefinition::integer("for_seconds"));
        columns.extend(["writes", "reason"].map(ColumnDefinition::text));
        let rows = self.rows().into_iter().map(|row| {
            let text = |value: &str| Some(value.as_bytes().to_vec());
            vec![
                text(&row.database),
                text(&row.group),
                text(&row.member.name),
                text(row.member.role.name()),
                text(row.member.state.name()),
                row.lag_ms().map(|lag| lag.to_string().into_bytes()),
                row.read_only().and_then(text),
                text(&row.for_seconds().to_string()),
                text(row.writes.name()),
                row.reason().and_then(text),
            ]
        });
        TextResult {
            rows: rows.collect(),
            columns,
        }
    }

    /// The same as JSON.
    pub(super) fn members_json(&self) -> String {
        let members: Vec<String> = self
            .rows()
            .iter()
            .map(|row| {
                let lag = row.lag_ms().map_or("null".to_owned(), |lag| lag.to_string());
                let read_only = match row.member.is_read_only {
                    Some(is_read_only) => is_read_only.to_string(),
                    None => "null".to_owned(),
                };
                format!(
                    "{{\"database\":{},\"group\":{},\"dataSource\":{},\"role\":\"{}\",\"state\":\"{}\",\"lagMs\":{lag},\
                     \"readOnly\":{read_only},\"sinceUnixSeconds\":{},\"changes\":{},\"writes\":\"{}\",\"reason\":{}}}",
                    quoted(&row.database),
                    quoted(&row.group),
                    quoted(&row.member.name),
                    row.member.role.name(),
                    row.member.state.name(),
                    row.since(),
                    row.member.changes,
                    row.writes.name(),
                    row.reason().map_or("null".to_owned(), quoted),
                )
            })
            .collect();
        format!("[{}]\n", members.join(","))
    }

    /// Brings the metrics of groups and members up to date.
    pub(super) fn read_groups(&self) {
        for (database, group, members) in self.groups() {
            let view = members.view();
            let counts = members.counts();
            let total = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
            self.metrics.group(
                &database,
                &group,
                &GroupReading {
                    takes_writes: matches!(view.writes, Writes::Taken),
                    has_two_writers: view.writes == Writes::TwoWriters,
                    quarrels: total(&counts.quarrels),
                    is_trusted: view.is_trusted,
                    primary_changes: total(&counts.primary_changes),
                    failed_probes: total(&counts.failed_probes),
                    waited: total(&counts.waited),
                    gave_up: total(&counts.gave_up),
                    primary_reads: total(&counts.primary_reads),
                    repeated: total(&counts.repeated),
                },
            );
            for (index, member) in view.members.iter().enumerate() {
                let lag = member.lag.map(|lag| lag.as_secs_f64());
                self.metrics.member(
                    &database,
                    &member.name,
                    &MemberReading {
                        is_primary: index == view.primary,
                        serves_reads: member.state == MemberState::Serving,
                        lag_seconds: lag,
                        state_changes: member.changes,
                        is_writable_replica: member.is_writable_replica(),
                    },
                );
            }
        }
    }
}

/// Names come from the configuration and may hold whatever YAML can.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_json_string_whatever_it_holds() {
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
    }
}
