//! General logs of MySQL and MariaDB: one command a line, further lines belong to the one before.

use std::io::{self, BufRead};

use super::Item;
use super::lines::{Entry, Lines};
use super::slow_log::is_preamble;
use crate::lint::written::Written;

/// Commands as the servers spell them in this log.
const COMMANDS: [&str; 32] = [
    "Query",
    "Prepare",
    "Execute",
    "Connect",
    "Quit",
    "Init DB",
    "Field List",
    "Statistics",
    "Ping",
    "Close stmt",
    "Reset stmt",
    "Reset Connection",
    "Change user",
    "Long Data",
    "Binlog Dump",
    "Binlog Dump GTID",
    "Register Slave",
    "Register Replica",
    "Debug",
    "Sleep",
    "Kill",
    "Daemon",
    "Set option",
    "Fetch",
    "Refresh",
    "Shutdown",
    "Processlist",
    "Create DB",
    "Drop DB",
    "Time",
    "Table Dump",
    "Error",
];

pub fn read(from: impl BufRead, sink: &mut dyn FnMut(Item)) -> io::Result<()> {
    let mut lines = Lines::new(from);
    let mut open: Option<Entry> = None;
    while lines.read()? {
        match head(&lines.line) {
            Some((command, argument)) => {
                end(open.take(), sink);
                if matches!(command, "Query" | "Prepare" | "Execute") {
                    open = Some(Entry::begin(&lines, argument));
                }
            }
            None if is_preamble(&lines.line) => end(open.take(), sink),
            None => {
                if let Some(entry) = &mut open {
                    entry.add(&lines);
                }
            }
        }
    }
    end(open, sink);
    Ok(())
}

fn end(entry: Option<Entry>, sink: &mut dyn FnMut(Item)) {
    if let Some(entry) = entry {
        sink(entry.end(Written::at_server));
    }
}

/// Command of a line that begins an entry, and where its argument begins.
pub fn head(line: &[u8]) -> Option<(&'static str, usize)> {
    let stamp = stamp(line)?;
    let rest = line.get(stamp..)?;
    let blanks = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let digits = rest
        .get(blanks..)?
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let is_id = blanks > 0 && (1..=20).contains(&digits);
    let behind = rest.get(blanks + digits..)?;
    if !is_id || behind.first() != Some(&b' ') {
        return None;
    }
    let word = behind.get(1..)?;
    let end = word
        .iter()
        .position(|byte| *byte == b'\t')
        .unwrap_or(word.len());
    let name = word.get(..end)?.trim_ascii_end();
    let command = COMMANDS.iter().find(|command| command.as_bytes() == name)?;
    let argument = stamp + blanks + digits + 1 + end + 1;
    Some((command, argument.min(line.len())))
}

/// Length of the time that a line begins with: RFC 3339, `240131 12:00:00`, or tabs where it is the one before.
fn stamp(line: &[u8]) -> Option<usize> {
    if line.starts_with(b"\t") {
        return Some(0);
    }
    let end = line.iter().position(|byte| *byte == b'\t')?;
    let stamp = line.get(..end)?;
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"-:.+TZ ".contains(byte);
    let has_colon = stamp.contains(&b':');
    (end >= 13 && has_colon && stamp.first()?.is_ascii_digit() && stamp.iter().all(is_part))
        .then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::passage::Place;

    #[test]
    fn lines_of_both_families_are_entries() {
        let cases: [(&str, Option<&str>); 9] = [
            (
                "2026-01-02T03:04:05.678901Z\t   12 Query\tSELECT 1",
                Some("SELECT 1"),
            ),
            (
                "2026-01-02T03:04:05.678901+08:00\t    7 Execute\tSELECT 2",
                Some("SELECT 2"),
            ),
            ("240131 12:00:00\t     5 Query\tSELECT 3", Some("SELECT 3")),
            ("240131  9:00:00\t     5 Init DB\tshop", Some("shop")),
            ("\t\t     5 Prepare\tSELECT ?", Some("SELECT ?")),
            ("\t\t     5 Quit\t", Some("")),
            ("  FROM inv_stock", None),
            ("\t5 apples\t", None),
            ("12:00\tx", None),
        ];
        for (line, expected) in cases {
            let found = head(line.as_bytes()).map(|(_, argument)| line.get(argument..).unwrap());
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn further_lines_belong_to_the_statement() {
        let log = "/usr/sbin/mariadbd, Version: 10.11 (x). started with:\nTcp port: 3306  Unix socket: x\nTime\t\t    Id Command\tArgument\n\
                   240131 12:00:00\t     5 Query\tSELECT 1\nFROM a\n\t\t     6 Quit\t\nnot ours\n\t\t     7 Prepare\tSELECT ?";
        let mut found = Vec::new();
        read(log.as_bytes(), &mut |item| {
            if let Item::Text(written) = item {
                let text = String::from_utf8(written.text.bytes.clone()).unwrap();
                found.push((text, written.passage.place(0)));
            }
        })
        .unwrap();
        let place = |line, column| Place { line, column };
        assert_eq!(
            found,
            [
                ("SELECT 1\nFROM a".to_owned(), place(4, 30)),
                ("SELECT ?".to_owned(), place(8, 18)),
            ]
        );
    }
}
