//! The report in lines for people.

use super::report::{Finding, NodeReport, Report, TableReport};

/// The whole report.
#[must_use]
pub fn lines(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for table in &report.tables {
        of_table(table, &mut lines);
    }
    let unread = report.unread().count();
    lines.push(match (report.misplaced(), unread) {
        (0, 0) => "every row is where the rule places it".to_owned(),
        (misplaced, 0) => format!("misplaced rows: {misplaced}"),
        (misplaced, unread) => {
            format!("misplaced rows: {misplaced}; nodes not read to their end: {unread}")
        }
    });
    lines
}

/// One node that is through, told while others are still read.
#[must_use]
pub fn progress(node: &NodeReport) -> String {
    match &node.error {
        None => format!(
            "{}: {} rows, {} misplaced",
            node.node, node.rows, node.misplaced
        ),
        Some(error) => format!("{}: not read to its end: {error}", node.node),
    }
}

fn of_table(table: &TableReport, lines: &mut Vec<String>) {
    let name = format!("{}.{}", table.database, table.table);
    lines.push(format!(
        "{name}: {} rows on {} nodes, {} misplaced",
        table.sum(|node| node.rows),
        table.nodes.len(),
        table.sum(|node| node.misplaced),
    ));
    for node in &table.nodes {
        if node.misplaced > 0 || node.error.is_some() {
            lines.push(format!("  {}", progress(node)));
        }
    }
    lines.extend(table.findings.iter().map(of_row));
    let told: u64 = table.findings.iter().map(|finding| finding.rows).sum();
    let misplaced = table.sum(|node| node.misplaced);
    if told < misplaced {
        lines.push(format!("  ... and {} more rows", misplaced - told));
    }
    of_quoted(table, lines);
}

fn of_quoted(table: &TableReport, lines: &mut Vec<String>) {
    let quoted = table.sum(|node| node.as_quoted);
    if quoted == 0 {
        return;
    }
    lines.push(if table.takes_quoted {
        format!(
            "  {quoted} rows lie where their quoted numbers hash to, as numericText: java_text has it: a statement finds \
             them only if it quotes the number as the one that inserted them did"
        )
    } else {
        format!(
            "  {quoted} of the misplaced rows lie where ShardingSphere places them for a client that quotes numbers: \
             move them, or set numericText: java_text if the application quotes them always"
        )
    });
}

fn of_row(finding: &Finding) -> String {
    let pairs = |pairs: &mut dyn Iterator<Item = (&String, &str)>| {
        pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let key = pairs(
        &mut finding
            .key
            .iter()
            .map(|(name, value)| (name, value.as_str())),
    );
    let values = pairs(
        &mut finding
            .values
            .iter()
            .map(|(name, value)| (name, value.as_deref().unwrap_or("NULL"))),
    );
    let what = if finding.key.is_empty() {
        format!("{} rows with {values}", finding.rows)
    } else {
        format!("{key} ({values})")
    };
    let belongs = match (&finding.right, &finding.reason) {
        (Some(right), _) => format!("belongs to {right}"),
        (None, Some(reason)) => format!("has no place: {reason}"),
        (None, None) => "has no place".to_owned(),
    };
    let quoted = if finding.is_as_quoted {
        ", lies where the quoted number hashes to"
    } else {
        ""
    };
    format!("  {}: {what} {belongs}{quoted}", finding.node)
}
