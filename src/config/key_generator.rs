//! `keyGenerators:` and the columns they fill.

use std::collections::BTreeMap;

use crate::rule::{GeneratedKey, KeySpec, UuidVersion};

use super::catalogue::Scope;
use super::cursor::Cursor;
use super::typed::{Typed, read_all};
use super::worker_id;

/// ShardingSphere's epoch is midnight of this day in the JVM's zone.
const EPOCH_DAY: jiff::civil::Date = jiff::civil::date(2016, 11, 1);
/// A clock set back by up to this is waited out, in ms (contract 9.2).
const TOLERANCE_MS: u64 = 5;

/// Key generators by name; `None` for one with a fault, which is reported already.
pub(super) type KeyGenerators<'a> = BTreeMap<&'a str, Option<KeySpec>>;

/// Reads `keyGenerators`; `worker_id` is the process's own.
pub(super) fn read_all_generators<'a>(at: &Cursor<'a>, worker_id: u16) -> KeyGenerators<'a> {
    let typed = read_all(at);
    warn_of_equal_workers(&typed, worker_id);
    typed
        .into_iter()
        .map(|(name, typed)| (name, build(&typed, worker_id)))
        .collect()
}

fn build(typed: &Typed<'_>, worker_id: u16) -> Option<KeySpec> {
    match typed.type_name.to_ascii_uppercase().as_str() {
        "SNOWFLAKE" => snowflake(typed, worker_id),
        "UUID" => uuid(typed),
        "NANOID" => {
            typed.checked_props(Scope::NoProps);
            Some(KeySpec::NanoId)
        }
        "COSID" | "COSID_SNOWFLAKE" => {
            typed.type_at.fault(
                format!("key generator {} is not supported", typed.type_name),
                "write SNOWFLAKE with a worker-id of its own for each process: its ids are 63 bits by time too",
            );
            None
        }
        _ => {
            typed.type_at.unknown_name(
                "type of key generator",
                typed.type_name,
                ["SNOWFLAKE", "UUID", "NANOID"].into_iter(),
            );
            None
        }
    }
}

fn uuid(typed: &Typed<'_>) -> Option<KeySpec> {
    typed.checked_props(Scope::UuidProps);
    let versions = [("4", UuidVersion::Random), ("7", UuidVersion::Time)];
    let version = match typed.props.get("version").filter(|at| !at.is_null()) {
        Some(at) => at.choice(&versions)?,
        None => UuidVersion::Random,
    };
    Some(KeySpec::Uuid(version))
}

fn snowflake(typed: &Typed<'_>, own: u16) -> Option<KeySpec> {
    typed.checked_props(Scope::SnowflakeProps);
    let prop = |key: &str| typed.props.get(key).filter(|at| !at.is_null());
    let faulty = |key: &str, value: Option<u64>| prop(key).is_some() && value.is_none();
    let worker = prop("worker-id").map(worker_id::read);
    let vibration = prop("max-vibration-offset").map(|at| at.number(0..=4095_u16));
    let tolerance =
        prop("max-tolerate-time-difference-milliseconds").and_then(|at| at.number(0..=60_000_u64));
    let epoch = epoch(typed)?;
    if faulty("max-tolerate-time-difference-milliseconds", tolerance) {
        return None;
    }
    Some(KeySpec::Snowflake {
        worker_id: worker.unwrap_or(Some(own))?,
        max_vibration_offset: vibration.unwrap_or(Some(1))?,
        max_tolerate_ms: tolerance.unwrap_or(TOLERANCE_MS),
        epoch_ms: epoch,
    })
}

/// The epoch in ms since 1970 UTC (contract 9.1).
fn epoch(typed: &Typed<'_>) -> Option<u64> {
    let prop = |key: &str| typed.props.get(key).filter(|at| !at.is_null());
    match (prop("epoch-millis"), prop("epoch-time-zone")) {
        (Some(at), Some(_)) => {
            at.fault(
                "epoch-millis and epoch-time-zone say the same",
                "keep one of them",
            );
            None
        }
        (Some(at), None) => at.number(0..=4_102_444_800_000_u64),
        (None, Some(at)) => zone_epoch(at),
        (None, None) => {
            typed.at.warn(
                "the key epoch is that of UTC, where ShardingSphere takes the zone of its JVM: after a change ids might repeat",
                "add epoch-time-zone to props: the JVM's zone (such as Asia/Hong_Kong) if ids exist already, else UTC",
            );
            midnight(&jiff::tz::TimeZone::UTC)
        }
    }
}

fn zone_epoch(at: &Cursor<'_>) -> Option<u64> {
    let name = at.text()?;
    let epoch = jiff::tz::TimeZone::get(name)
        .ok()
        .and_then(|zone| midnight(&zone));
    if epoch.is_none() {
        at.fault(
            format!("{name} is no time zone that this machine knows"),
            "write such as UTC or Asia/Hong_Kong, or epoch-millis",
        );
    }
    epoch
}

fn midnight(zone: &jiff::tz::TimeZone) -> Option<u64> {
    let instant = EPOCH_DAY.to_zoned(zone.clone()).ok()?.timestamp();
    u64::try_from(instant.as_millisecond()).ok()
}

fn warn_of_equal_workers(generators: &BTreeMap<&str, Typed<'_>>, worker_id: u16) {
    let mut seen: BTreeMap<u16, &str> = BTreeMap::new();
    for (name, typed) in generators
        .iter()
        .filter(|(_, typed)| typed.type_name.eq_ignore_ascii_case("SNOWFLAKE"))
    {
        let written = typed
            .props
            .get("worker-id")
            .and_then(|at| at.scalar())
            .map(str::parse);
        let Ok(worker) = written.unwrap_or(Ok(worker_id)) else {
            continue;
        };
        if let Some(first) = seen.insert(worker, name) {
            typed.at.warn(
                format!("key generators {first} and {name} have the same worker-id {worker}: ids of one epoch come from one sequence, those of two epochs can be equal"),
                "use one generator for all tables, or give each its own worker-id",
            );
        }
    }
}

/// Reads a `keyGenerateStrategy`.
pub(super) fn read_strategy(
    at: &Cursor<'_>,
    generators: &KeyGenerators<'_>,
) -> Option<GeneratedKey> {
    let map = at.map(Scope::KeyGenerate);
    let column = map
        .require("column", "name the column that is filled")
        .and_then(|at| at.text());
    let generator = map
        .require("keyGeneratorName", "name one of keyGenerators")
        .and_then(|at| find(&at, generators));
    map.finish();
    Some(GeneratedKey {
        column: column?.to_owned(),
        generator: generator?,
    })
}

/// Reads `keyGenerateStrategies`, the later form: generated keys by folded table.
pub(super) fn read_named(
    at: &Cursor<'_>,
    generators: &KeyGenerators<'_>,
) -> BTreeMap<String, GeneratedKey> {
    at.entries()
        .into_iter()
        .filter_map(|(_, at)| read_one_named(&at, generators))
        .collect()
}

fn read_one_named(
    at: &Cursor<'_>,
    generators: &KeyGenerators<'_>,
) -> Option<(String, GeneratedKey)> {
    let map = at.map(Scope::KeyGenerateNamed);
    if let Some(at) = map.take("keyGenerateType") {
        at.choice(&[("column", ())]);
    }
    let table = map
        .require("logicTable", "name the table")
        .and_then(|at| at.text());
    let column = map
        .require("keyGenerateColumn", "name the column that is filled")
        .and_then(|at| at.text());
    let generator = map
        .require("keyGeneratorName", "name one of keyGenerators")
        .and_then(|at| find(&at, generators));
    map.finish();
    Some((
        table?.to_lowercase(),
        GeneratedKey {
            column: column?.to_owned(),
            generator: generator?,
        },
    ))
}

fn find(at: &Cursor<'_>, generators: &KeyGenerators<'_>) -> Option<KeySpec> {
    let name = at.text()?;
    match generators.get(name) {
        Some(generator) => generator.clone(),
        None => {
            at.unknown_name("key generator", name, generators.keys().copied());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_follows_the_zone_as_in_shardingsphere() {
        for (zone, expected) in [
            ("UTC", 1_477_958_400_000),
            ("Asia/Hong_Kong", 1_477_929_600_000),
            ("America/New_York", 1_477_972_800_000),
        ] {
            let zone = jiff::tz::TimeZone::get(zone).unwrap();
            assert_eq!(midnight(&zone), Some(expected));
        }
    }
}
