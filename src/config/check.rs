//! What works, but not as its owner may think (contract 1.4).

use crate::rule::{KeySpec, LayoutNote, ShardedTable};

use super::cursor::Place;
use super::database_file::DatabaseConfig;
use super::fault::Fault;
use super::load::Config;
use super::texts;

/// Every warning: those of the walk, and those that need the layouts walked through, which takes a moment.
#[must_use]
pub fn check(config: &Config) -> Vec<Fault> {
    let mut warnings = config.warnings.clone();
    for database in &config.databases {
        check_database(database, &mut warnings);
    }
    check_replicas(config, &mut warnings);
    warnings
}

/// One line a sharded table: what of it can be reached, such as `ecommerce.inv_stock: 128 of 128 nodes can be reached`.
#[must_use]
pub fn reachability_lines(config: &Config) -> Vec<String> {
    let tables = config.databases.iter().flat_map(|config| {
        config
            .database
            .sharded_tables()
            .map(|table| (&config.database.name, table))
    });
    let line = |(database, table): (&String, &ShardedTable)| {
        let reach = table.reachable();
        let tilde = if reach.notes.contains(&LayoutNote::ValueDependent) {
            " (as far as can be told: dates, ranges and lists are not sampled)"
        } else if reach.is_exact {
            ""
        } else {
            " (by sampled values)"
        };
        format!(
            "{database}.{}: {} of {} nodes can be reached{tilde}",
            table.name, reach.reachable, reach.total
        )
    };
    tables.map(line).collect()
}

fn check_database(config: &DatabaseConfig, warnings: &mut Vec<Fault>) {
    let nowhere = Place::default();
    for table in config.database.sharded_tables() {
        let place = config
            .places
            .tables
            .get(&table.name.to_lowercase())
            .unwrap_or(&nowhere);
        check_table(table, config, place, warnings);
    }
    if config.database.allows_cross_shard {
        warnings.push(config.places.cross_shard.warning(
            "a transaction over several data sources is not atomic: one may be committed and another lost",
            "remove crossShard unless every such transaction can be repaired",
        ));
    }
}

fn check_table(
    table: &ShardedTable,
    config: &DatabaseConfig,
    place: &Place,
    warnings: &mut Vec<Fault>,
) {
    let source_name = |source| {
        config
            .database
            .group(source)
            .map_or("?", |group| group.name.as_str())
    };
    let notes = table.reachable().notes.into_iter();
    // that dates and ranges are not sampled is no fault of theirs
    for note in notes.filter(|note| *note != LayoutNote::ValueDependent) {
        warnings.push(match note {
            LayoutNote::SameHash { databases, tables, reachable, total } => place.warning(
                format!(
                    "only {reachable} of {total} nodes can ever be reached: databases modulo {databases} and tables modulo {tables} are taken of the same hash"
                ),
                format!("shard the tables by another column, or use autoTables with sharding-count {total} (rows must move)"),
            ),
            LayoutNote::Uneven { source_id, share, even } => place.warning(
                format!("{} would hold {share:.1} % of the rows, an even share is {even:.1} %", source_name(source_id)),
                "let the counts be multiples of each other, or move slots",
            ),
            other => {
                let text = other.to_string();
                let (message, remedy) = text.split_once(": ").unwrap_or((&text, ""));
                place.warning(message, remedy)
            }
        });
    }
    texts::check(table, place, warnings);
    if table.options.allow_split_write {
        warnings.push(place.warning(
            "allowSplitWrite: a write over several data sources is not atomic",
            "remove it unless the application can repair half a write",
        ));
    }
    if let Some(key) = &table.key
        && let KeySpec::Snowflake {
            max_vibration_offset,
            ..
        } = key.generator
        && table.column_index(&key.column).is_some()
        && max_vibration_offset < 4095
    {
        warnings.push(place.warning(
                    format!("the generated key {} is a sharding column, and most of its values end alike: nodes fill unevenly", key.column),
                    "write max-vibration-offset: 4095",
                ));
    }
}

/// A server that is a replica here and a primary elsewhere, by its address.
fn check_replicas(config: &Config, warnings: &mut Vec<Fault>) {
    let mut roles = Vec::new();
    for database in &config.databases {
        for (source, place) in database.sources.iter().zip(&database.places.sources) {
            let groups = &database.database.groups;
            let is_primary = groups
                .iter()
                .any(|group| *group.primary == *source.endpoint.name);
            let endpoint = &source.endpoint;
            roles.push((
                (endpoint.host.as_str(), endpoint.port),
                is_primary,
                &endpoint.name,
                place,
            ));
        }
    }
    for (address, _, name, place) in roles.iter().filter(|(_, is_primary, ..)| !is_primary) {
        if let Some((.., primary, _)) = roles
            .iter()
            .find(|(other, is_primary, ..)| *is_primary && other == address)
        {
            warnings.push(place.warning(
                format!("{name} is a replica here, but its server is the primary of {primary}"),
                "a server is one or the other: check the url",
            ));
        }
    }
}
