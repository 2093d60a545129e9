//! Statements that name no sharded table (contract 4.7).

use crate::model::SourceId;

use super::choice::Purpose;
use super::land::{apart, local, source_name};
use super::outcome::Target;
use super::refusal::Refusal;
use super::scope::{Class, Scope};

/// Where a read without any sharded table goes.
///
/// # Errors
/// 29015 for local tables, 29006 for single tables of two data sources.
pub fn read(scope: &Scope<'_>) -> Result<Target, Refusal> {
    let database = scope.input.database;
    if let Some(source) = meet(scope, Purpose::Read)? {
        return Ok(Target::Source(source));
    }
    if scope
        .tables
        .iter()
        .any(|table| matches!(table.class, Class::System))
    {
        return Ok(Target::Source(
            database.catalog_source.unwrap_or(database.default_source),
        ));
    }
    let lists = || {
        scope.tables.iter().filter_map(|table| match table.class {
            Class::Broadcast(sources) => Some(sources),
            _ => None,
        })
    };
    let everywhere = lists().all(|sources| sources.len() == database.groups.len());
    if everywhere && !scope.input.statement.facts.is_locking {
        return Ok(Target::Any);
    }
    // those who lock a broadcast row must meet in one data source, or they do not exclude each other
    let common = lists().next().and_then(|first| {
        first
            .iter()
            .copied()
            .find(|source| lists().all(|list| list.contains(source)))
    });
    match common {
        Some(source) => Ok(Target::Source(source)),
        None if lists().next().is_none() => Ok(Target::Any),
        None => Err(apart(
            Purpose::Read,
            "the broadcast tables have no data source in common",
        )),
    }
}

/// The data source that the statement's single tables share; `None` without single tables.
///
/// # Errors
/// A refusal when they lie apart, or a local table is among them.
pub fn meet(scope: &Scope<'_>, purpose: Purpose) -> Result<Option<SourceId>, Refusal> {
    let mut meeting: Option<(SourceId, &str)> = None;
    for table in &scope.tables {
        let name = table.reference.name.as_str();
        match (table.class, meeting) {
            (Class::Local(_), _) => return Err(local(name)),
            (Class::Single(source), None) => meeting = Some((source, name)),
            (Class::Single(source), Some((other, first))) if source != other => {
                let (one, two) = (source_name(scope, other), source_name(scope, source));
                return Err(apart(
                    purpose,
                    &format!("{first} lives in {one}, {name} in {two}: ask them one by one"),
                ));
            }
            _ => {}
        }
    }
    Ok(meeting.map(|(source, _)| source))
}
