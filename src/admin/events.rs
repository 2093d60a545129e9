//! What has happened to read-write groups lately, as a table and as JSON, the newest first.

use std::cmp::Reverse;
use std::time::{SystemTime, UNIX_EPOCH};

use super::board::Board;
use super::members::quoted;
use crate::backend::Event;
use crate::protocol::{ColumnDefinition, TextResult};

impl Board {
    /// Every group's events with its database and its name.
    fn events(&self) -> Vec<(String, String, Event)> {
        let mut all = Vec::new();
        for (database, group, members) in self.groups() {
            let events = members.events().into_iter();
            all.extend(events.map(|event| (database.clone(), group.clone(), event)));
        }
        all.sort_by_key(|(.., event)| Reverse(event.at));
        all
    }

    pub(super) fn event_table(&self) -> TextResult {
        let mut columns = vec![ColumnDefinition::integer("seconds_ago")];
        let names = [
            "database",
            "group",
            "data_source",
            "subject",
            "from",
            "to",
            "reason",
        ];
        columns.extend(names.map(ColumnDefinition::text));
        let now = SystemTime::now();
        let rows = self.events().into_iter().map(|(database, group, event)| {
            let ago = now.duration_since(event.at).map_or(0, |ago| ago.as_secs());
            let text = |value: &str| Some(value.as_bytes().to_vec());
            vec![
                text(&ago.to_string()),
                text(&database),
                text(&group),
                event.member.as_deref().and_then(text),
                text(event.subject.name()),
                text(&event.from),
                text(&event.to),
                event.reason.as_deref().and_then(text),
            ]
        });
        TextResult {
            rows: rows.collect(),
            columns,
        }
    }

    /// The same as JSON.
    pub(super) fn events_json(&self) -> String {
        let line = |(database, group, event): &(String, String, Event)| {
            let since = event.at.duration_since(UNIX_EPOCH);
            let or_null = |text: Option<&str>| text.map_or("null".to_owned(), quoted);
            format!(
                "{{\"atUnixMs\":{},\"database\":{},\"group\":{},\"dataSource\":{},\"subject\":\"{}\",\"from\":{},\"to\":{},\
                 \"reason\":{}}}",
                since.map_or(0, |since| since.as_millis()),
                quoted(database),
                quoted(group),
                or_null(event.member.as_deref()),
                event.subject.name(),
                quoted(&event.from),
                quoted(&event.to),
                or_null(event.reason.as_deref()),
            )
        };
        let lines: Vec<String> = self.events().iter().map(line).collect();
        format!("[{}]\n", lines.join(","))
    }
}
