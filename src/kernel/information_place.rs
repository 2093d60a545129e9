//! Where a question to information_schema is put, and what the names there stand for.

use std::sync::Arc;

use crate::model::SourceId;
use crate::route::{Refusal, RefusalCode};
use crate::rule::TableRule;

use super::context::{Context, LogicalDatabase};
use super::error::Failure;
use super::information::is_harmless;
use super::information_question::{Question, SCHEMA_COLUMNS, TABLE_COLUMNS};
use super::information_view::View;

impl Question<'_> {
    /// The logical database that the question is about: the one it names, else the current one.
    pub(super) fn database<'c>(
        &self,
        context: &'c Context,
    ) -> Result<&'c Arc<LogicalDatabase>, Failure> {
        let literals = self.literals(&SCHEMA_COLUMNS);
        let mut named = literals.iter().filter_map(|name| context.database(name));
        let first = named.next();
        if let Some(first) = first
            && named.any(|other| other.name != first.name)
        {
            return Err(Failure::unsupported(
                "one question to information_schema about several logical databases",
            ));
        }
        let rights = &self.session.rights;
        let current = || {
            let name = self.session.database.as_deref();
            name.and_then(|name| context.database(name))
        };
        let allowed = || {
            let mut names = context.names.iter().filter(|name| rights.may_use(name));
            names.find_map(|name| context.database(name))
        };
        let database = first.or_else(current).or_else(allowed);
        let database = database.unwrap_or(&context.fallback);
        if !rights.may_use(&database.name) {
            let message = format!("{} to database '{}'", self.session.denied(), database.name);
            return Err(Failure::new(1044, "42000", message));
        }
        Ok(database)
    }

    /// The data source that has a node of every logical table; where there is none, of the tables that are named.
    pub(super) fn source(&self, database: &LogicalDatabase) -> Result<SourceId, Failure> {
        let by_name = || {
            let bound = self.restricted(&TABLE_COLUMNS);
            let mut tables = (0..self.statement.tables.len()).filter(|index| {
                let table = self.statement.tables.get(*index);
                table.is_some_and(|table| !is_harmless(&table.name))
            });
            if tables.all(|index| bound.contains(&index)) {
                common_source(database, &self.literals(&TABLE_COLUMNS)).map(Some)
            } else {
                Ok(None)
            }
        };
        let whole = whole_source(database);
        if let Some(source) = whole
            && is_up(database, source)
        {
            return Ok(source);
        }
        if let Some(source) = by_name()? {
            return Ok(source);
        }
        whole.ok_or_else(|| {
            let message = "no data source has a node of every logical table, so information_schema is asked for named \
                           tables only: WHERE table_name = '..' on each of its tables; or declare catalogDataSource";
            Refusal::new(RefusalCode::NotSupported, message).into()
        })
    }

    pub(super) fn view(
        &self,
        database: &LogicalDatabase,
        source: SourceId,
        context: &Context,
    ) -> View {
        let mut view = View {
            physical: database.rules.physical_schema(source).to_owned(),
            ..self.plain_view(database, context)
        };
        let mut hidden = Vec::new();
        for rule in database.rules.tables() {
            match rule {
                TableRule::Sharded(table) => {
                    let mut nodes = table.nodes.iter().filter(|node| node.source == source);
                    let pair = |actual: &str| (actual.to_owned(), table.name.to_string());
                    if let Some(first) = nodes.next() {
                        view.stand_ins.push(pair(&first.table));
                        view.nodes.push(pair(&first.table));
                    }
                    for node in nodes {
                        view.nodes.push(pair(&node.table));
                        hidden.push(node.table.to_string());
                    }
                }
                other if other.sources().contains(&source) => {
                    view.plain.push(other.name().to_owned());
                }
                _ => {}
            }
        }
        hidden.retain(|actual| database.rules.table(actual).is_none());
        if source == database.rules.default_source {
            view.hidden = Some(hidden);
        }
        view
    }

    /// A catalog's schema is named as the logical database and has nothing but its tables.
    pub(super) fn catalog_view(&self, database: &LogicalDatabase, context: &Context) -> View {
        View {
            physical: database.name.to_string(),
            hidden: Some(Vec::new()),
            ..self.plain_view(database, context)
        }
    }

    fn plain_view(&self, database: &LogicalDatabase, context: &Context) -> View {
        let others = context.names.iter().filter(|name| {
            !name.eq_ignore_ascii_case(&database.name) && self.session.rights.may_use(name)
        });
        let schemas = self.literals(&SCHEMA_COLUMNS);
        let is_information = |name: &String| name.eq_ignore_ascii_case("information_schema");
        View {
            logical: database.name.to_string(),
            others: others.cloned().collect(),
            has_system: schemas.is_empty() || schemas.iter().any(is_information),
            ..View::default()
        }
    }
}

fn is_up(database: &LogicalDatabase, source: SourceId) -> bool {
    database
        .members(source)
        .is_some_and(|members| members.primary().is_available())
}

/// The default data source, if it has a node of every logical table: undeclared tables are the default one's.
fn whole_source(database: &LogicalDatabase) -> Option<SourceId> {
    let default = database.rules.default_source;
    let has_all = |source: &SourceId| {
        let mut rules = database.rules.tables();
        rules.all(|rule| sources_of(rule).contains(source))
    };
    has_all(&default).then_some(default)
}

fn sources_of(rule: &TableRule) -> Vec<SourceId> {
    match rule {
        TableRule::Sharded(rule) => rule.nodes.iter().map(|node| node.source).collect(),
        rule => rule.sources(),
    }
}

/// The data source that has a node of every named table, the default one if it is among them.
fn common_source(database: &LogicalDatabase, tables: &[String]) -> Result<SourceId, Failure> {
    let default = database.rules.default_source;
    let mut common: Option<Vec<SourceId>> = None;
    for name in tables {
        let sources = match database.rules.table(name) {
            Some(rule) => sources_of(rule),
            None if database.rules.is_actual_name(name) => return Err(actual(name)),
            None => vec![default],
        };
        common = Some(match common {
            None => sources,
            Some(common) => common
                .into_iter()
                .filter(|source| sources.contains(source))
                .collect(),
        });
    }
    let Some(common) = common else {
        return Ok(default);
    };
    if common.contains(&default) && is_up(database, default) {
        return Ok(default);
    }
    common
        .iter()
        .copied()
        .find(|source| is_up(database, *source))
        .or_else(|| common.first().copied())
        .ok_or_else(|| {
            Refusal::new(
                RefusalCode::NotSupported,
                "the named tables lie in different data sources: ask for them one by one",
            )
            .into()
        })
}

fn actual(name: &str) -> Failure {
    let text = format!(
        "{name} is the name of an actual table or schema on a server; use the logical name"
    );
    Refusal::new(RefusalCode::ActualName, text).into()
}
