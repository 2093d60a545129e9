//! The catalogue as a page of Markdown, read back from what is exported.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use super::catalogue::{GroupReading, KeyReading, MemberReading, Metrics, PoolReading};
use super::label::{FanOut, Outcome, StatementClass};

const HEAD: &str = "\
# Metrics

This page is printed from what `/metrics` exports; a test keeps it equal
(`UPDATE_DOCS=1 cargo test --lib metrics::` rewrites it).

Every label is of a closed set or of the configuration (class, outcome, error number, kind of fan-out, logical database, group, data
source, worker id and epoch of keys),
so no client can make a new time series. A family appears with its first value.

| metric | type | labels | meaning |
|---|---|---|---|
";

/// One exported family.
struct Row {
    name: String,
    kind: String,
    help: String,
    labels: BTreeSet<String>,
}

/// The page of all metrics.
#[must_use]
pub fn metrics_markdown() -> String {
    let mut page = HEAD.to_owned();
    for row in rows(&with_a_value_each().text()) {
        let suffix = if row.kind == "counter" { "_total" } else { "" };
        let labels: Vec<_> = row
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        // writing to a String cannot fail
        let _ = writeln!(
            page,
            "| `{}{suffix}` | {} | {} | {} |",
            row.name,
            row.kind,
            labels.join(", "),
            row.help
        );
    }
    page
}

/// Families without a value are not exported.
fn with_a_value_each() -> Metrics {
    let metrics = Metrics::new();
    metrics.statement(StatementClass::Read, Outcome::Ok, Duration::ZERO);
    metrics.refusal(0);
    metrics.backend_error(0);
    metrics.fan_out(FanOut::Derived, 2);
    let reading = PoolReading {
        open: 0,
        idle: 0,
        waiting: 0,
        waits: 0,
        wait_us: 0,
        is_up: true,
    };
    metrics.pool("", "", &reading);
    metrics.keys(&KeyReading::default());
    let member = MemberReading {
        is_primary: true,
        serves_reads: true,
        lag_seconds: None,
        state_changes: 0,
        is_writable_replica: false,
    };
    metrics.member("", "", &member);
    metrics.group("", "", &GroupReading::default());
    metrics
}

fn rows(text: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines() {
        if let Some((name, help)) = line
            .strip_prefix("# HELP ")
            .and_then(|rest| rest.split_once(' '))
        {
            let (name, help) = (name.to_owned(), help.to_owned());
            rows.push(Row {
                name,
                kind: String::new(),
                help,
                labels: BTreeSet::new(),
            });
        }
        let Some(row) = rows.last_mut() else { continue };
        if let Some((_, kind)) = line
            .strip_prefix("# TYPE ")
            .and_then(|rest| rest.split_once(' '))
        {
            kind.clone_into(&mut row.kind);
        }
        let Some((_, labels)) = line.split_once('{') else {
            continue;
        };
        let names = labels
            .split("=\"")
            .filter_map(|part| part.rsplit([',', '"']).next());
        let is_name =
            |name: &&str| name.starts_with(|c: char| c.is_ascii_lowercase()) && *name != "le";
        row.labels.extend(names.filter(is_name).map(str::to_owned));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_names_its_room_and_says_what_it_means() {
        let rows = rows(&with_a_value_each().text());
        assert!(rows.len() > 15, "{}", rows.len());
        for row in rows {
            assert!(row.name.starts_with("shardgate_"), "{}", row.name);
            assert!(!row.help.is_empty() && !row.kind.is_empty(), "{}", row.name);
        }
    }

    #[test]
    fn the_page_of_alarms_names_metrics_that_there_are() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/alarms.md");
        let alarms = std::fs::read_to_string(path).unwrap();
        let page = metrics_markdown();
        let is_in_name = |c: char| c.is_ascii_lowercase() || c == '_';
        let mut named = 0;
        for (at, _) in alarms.match_indices("shardgate_") {
            let rest = &alarms[at..];
            let end = rest.find(|c| !is_in_name(c)).unwrap_or(rest.len());
            assert!(
                page.contains(&format!("`{}`", &rest[..end])),
                "{}",
                &rest[..end]
            );
            named += 1;
        }
        assert!(named > 10);
    }

    #[test]
    fn the_page_of_metrics_is_what_the_process_exports() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");
        let page = metrics_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page,
            "docs/metrics.md is old: run UPDATE_DOCS=1 cargo test --lib metrics::"
        );
    }
}
