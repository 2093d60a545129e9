//! Whether a new configuration would look for existing rows elsewhere (contract 1.5).

use crate::rule::{Database, ShardedTable, TableRule};

/// What would move, as one sentence for the log; `None` if every row of every table that stays is found where it is.
///
/// Servers' addresses may change (a primary moves); a data source keeps its rows as long as it keeps its name and schema.
#[must_use]
pub fn layout_change(old: &Database, new: &Database) -> Option<String> {
    let changes: Vec<String> = old
        .tables()
        .filter_map(|rule| table_change(rule, old, new))
        .collect();
    if changes.is_empty() {
        return default_change(old, new);
    }
    let few: Vec<_> = changes.iter().take(5).map(String::as_str).collect();
    let more = if changes.len() > 5 {
        format!(" and {} more", changes.len() - 5)
    } else {
        String::new()
    };
    Some(format!("{}{more}", few.join("; ")))
}

fn table_change(old_rule: &TableRule, old: &Database, new: &Database) -> Option<String> {
    let name = old_rule.name();
    match (old_rule, new.table(name)?) {
        (TableRule::Sharded(one), TableRule::Sharded(two)) => sharded_change(one, two, old, new),
        (TableRule::Single { source: one, .. }, TableRule::Single { source: two, .. }) => {
            let names = [source_name(old, *one), source_name(new, *two)];
            (names[0] != names[1]).then(|| {
                format!(
                    "single table {name} would move from {} to {}",
                    names[0], names[1]
                )
            })
        }
        (TableRule::Broadcast { sources: one, .. }, TableRule::Broadcast { sources: two, .. }) => {
            let names = |database: &Database, sources: &[_]| {
                sources
                    .iter()
                    .map(|id| source_name(database, *id))
                    .collect::<Vec<_>>()
            };
            let (before, after) = (names(old, one), names(new, two));
            let added: Vec<_> = after
                .into_iter()
                .filter(|name| !before.contains(name))
                .collect();
            (!added.is_empty()).then(|| {
                format!(
                    "broadcast table {name} would be missing in {}",
                    added.join(", ")
                )
            })
        }
        (TableRule::Local { .. }, TableRule::Local { .. }) => None,
        (_, other) => Some(format!("table {name} would become {}", kind(other))),
    }
}

fn kind(rule: &TableRule) -> &'static str {
    match rule {
        TableRule::Sharded(_) => "a sharded table",
        TableRule::Broadcast { .. } => "a broadcast table",
        TableRule::Local { .. } => "a local table",
        TableRule::Single { .. } => "a single table",
    }
}

fn sharded_change(
    one: &ShardedTable,
    two: &ShardedTable,
    old: &Database,
    new: &Database,
) -> Option<String> {
    let name = &one.name;
    if one.nodes.len() != two.nodes.len() {
        return Some(format!(
            "table {name} would have {} nodes instead of {}",
            two.nodes.len(),
            one.nodes.len()
        ));
    }
    for (index, (before, after)) in one.nodes.iter().zip(&two.nodes).enumerate() {
        let places = [(old, before), (new, after)].map(|(database, node)| {
            let source = source_name(database, node.source);
            format!(
                "{source}.{} (schema {})",
                node.table,
                database.physical_schema(node.source)
            )
        });
        if places[0] != places[1] {
            return Some(format!(
                "node {index} of table {name} would be {} instead of {}",
                places[1], places[0]
            ));
        }
    }
    // equal nodes by name may still be numbered otherwise: the layouts compare numbers only where the names agree
    let is_same = one.layout.is_same(&two.layout)
        && one.normalize == two.normalize
        && one.numeric_text_java == two.numeric_text_java;
    (!is_same).then(|| format!("algorithm, columns, seed or folding of table {name} would change"))
}

fn default_change(old: &Database, new: &Database) -> Option<String> {
    let (before, after) = (
        source_name(old, old.default_source),
        source_name(new, new.default_source),
    );
    (before != after).then(|| {
        format!("tables without a rule would be looked for in {after} instead of {before}")
    })
}

fn source_name(database: &Database, source: crate::model::SourceId) -> String {
    database
        .group(source)
        .map_or_else(|| format!("#{}", source.0), |group| group.name.clone())
}
