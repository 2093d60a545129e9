//! information_schema without a catalog: questions about named tables, answered by the node that stands for each
//! (contract 10.2).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::execute::{Downstream, replay};
use crate::model::SourceId;
use crate::rewrite::{self, Edit};
use crate::route::{Refusal, RefusalCode, is_system};
use crate::rule::TableRule;
use crate::sql::{
    self, Binding, ColumnRef, Kind, Lexed, Operand, Predicate, Restricts, Statement, TokenKind,
    text_value,
};

use super::context::LogicalDatabase;
use super::described::{Editing, logical_result};
use super::error::Failure;
use super::logical_name::LogicalNames;
use super::session_call::{self, text_literal};
use super::session_context::SessionContext;
use super::walk::{Job, Kernel};

/// Tables of information_schema whose rows name no table and no schema.
const HARMLESS: [&str; 18] = [
    "all_plugins",
    "applicable_roles",
    "character_sets",
    "client_statistics",
    "collation_character_set_applicability",
    "collations",
    "enabled_roles",
    "engines",
    "global_status",
    "global_variables",
    "keywords",
    "plugins",
    "resource_groups",
    "session_status",
    "session_variables",
    "sql_functions",
    "st_spatial_reference_systems",
    "system_variables",
];
const SCHEMA_COLUMNS: [&str; 8] = [
    "table_schema",
    "constraint_schema",
    "event_object_schema",
    "referenced_table_schema",
    "schema_name",
    "trigger_schema",
    "index_schema",
    "unique_constraint_schema",
];
const TABLE_COLUMNS: [&str; 3] = ["table_name", "event_object_table", "referenced_table_name"];

/// Whether rows of any of the statement's tables could tell names of tables or schemas.
pub(super) fn tells_names(statement: &Statement) -> bool {
    let is_information = |schema: Option<&str>| {
        schema.is_some_and(|name| name.eq_ignore_ascii_case("information_schema"))
    };
    statement
        .tables
        .iter()
        .any(|table| is_information(table.schema.as_deref()) && !is_harmless(&table.name))
}

/// A server's own schema that stands before a dot among the tokens, where the shape is not known.
pub(super) fn named_system_schema(text: &[u8], lexed: &Lexed) -> Option<String> {
    (0..lexed.tokens.len()).find_map(|index| {
        if !sql::punct_is(lexed, index + 1, b'.') {
            return None;
        }
        let name = match lexed.kind(index)? {
            TokenKind::Word | TokenKind::QuotedName => sql::name_value(lexed.bytes(text, index)),
            _ => return None,
        };
        is_system(&name).then(|| name.into_owned())
    })
}

/// The refusal of everything that is not asked by name.
pub(super) fn refusal() -> Failure {
    let message = "information_schema is asked for named tables only: WHERE table_schema = '..' AND table_name = '..' (or \
                   IN) on each of its tables; for every other question declare catalogDataSource, or ask one server by \
                   the hint `/* shardgate: data_source=<name> */`";
    Refusal::new(RefusalCode::NotSupported, message).into()
}

/// What a question comes to.
struct Question {
    source: SourceId,
    edits: Vec<Edit>,
}

impl Kernel {
    pub(super) async fn information<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        // DATABASE() and its like become literals first, so that they can be read as names
        let mut text = Vec::new();
        let answers = super::routed::answers(session);
        rewrite::apply(
            job.text,
            &session_call::edits(job.calls, job.text, job.lexed, &answers),
            &mut text,
        );
        let mut lexed = Lexed::default();
        sql::lex(&text, session.mode, job.context.family, &mut lexed)?;
        let statement = sql::analyze(&text, &lexed, 0..lexed.tokens.len(), session.mode);
        let asked = Asking {
            text: &text,
            lexed: &lexed,
            statement: &statement,
            session,
        };
        let database = asked.database(job)?;
        let (source, sql) = match database.rules.catalog_source {
            Some(catalog) => (catalog, text.clone()),
            None => {
                let Question { source, edits } = asked.question(database)?;
                let mut sql = Vec::new();
                rewrite::apply(&text, &edits, &mut sql);
                (source, sql)
            }
        };
        let Some(members) = database.members(source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let mut guard = members
            .primary()
            .acquire(session.pool_key(), session.state.hash())
            .await?;
        replay(
            &mut guard,
            &session.state,
            job.statement.facts.reads_user_variable,
        )
        .await?;
        let names = LogicalNames::of(database, source, None);
        let result = guard.query_bytes(&sql).await;
        // functions in the question may have left locks or variables
        guard.mark_dirty();
        guard.release();
        let result = result.map_err(|error| match Failure::from(error) {
            Failure::Answer {
                mut packet,
                outcome,
                keeps_warnings,
            } => {
                packet.message = names.words(&packet.message);
                Failure::Answer {
                    packet,
                    outcome,
                    keeps_warnings,
                }
            }
            gone @ Failure::Gone(_) => gone,
        })?;
        session.diagnostics.clear();
        session.row_count = -1;
        session.found_rows = result.rows.len() as u64;
        let result = if database.rules.catalog_source.is_some() {
            crate::protocol::TextResult {
                columns: result.columns,
                rows: result.rows,
            }
        } else {
            logical_result(result, &names, Editing::Words)
        };
        Self::answer_result(job, session, client, &result);
        Ok(())
    }
}

/// A question with the session's answers in it.
struct Asking<'a> {
    text: &'a [u8],
    lexed: &'a Lexed,
    statement: &'a Statement,
    session: &'a SessionContext,
}

impl Asking<'_> {
    /// The logical database that the question is about: the one it names, else the current one.
    fn database<'j>(&self, job: &'j Job<'_>) -> Result<&'j Arc<LogicalDatabase>, Failure> {
        let named = self
            .literals(&SCHEMA_COLUMNS)
            .into_iter()
            .find_map(|(_, name)| job.context.database(&name));
        let current = || {
            self.session
                .database
                .as_deref()
                .and_then(|name| job.context.database(name))
        };
        let database = named.or_else(current).unwrap_or(&job.context.fallback);
        if named.is_some() && !self.session.rights.may_use(&database.name) {
            let message = format!(
                "Access denied for user '{}' to database '{}'",
                self.session.user, database.name
            );
            return Err(Failure::new(1044, "42000", message));
        }
        Ok(database)
    }

    fn question(&self, database: &LogicalDatabase) -> Result<Question, Failure> {
        if self
            .statement
            .tables
            .iter()
            .any(|table| !table.schema.as_deref().is_some_and(is_system))
        {
            return Err(refusal());
        }
        self.check_restricted()?;
        let tables = self.literals(&TABLE_COLUMNS);
        let schemas = self.literals(&SCHEMA_COLUMNS);
        let source = common_source(database, &tables)?;
        let mut edits = Vec::new();
        let mut edited = BTreeSet::new();
        for (token, name) in &schemas {
            if database.rules.is_actual_schema(name) && !name.eq_ignore_ascii_case(&database.name) {
                return Err(actual(name));
            }
            if name.eq_ignore_ascii_case(&database.name) {
                edits.extend(self.edit(*token, database.rules.physical_schema(source)));
                edited.insert(*token);
            } else if !is_system(name) {
                // a schema that clients do not know: no row, whatever else lies on the server
                edits.extend(self.edit(*token, ""));
            }
        }
        for (token, name) in &tables {
            if let Some(TableRule::Sharded(rule)) = database.rules.table(name) {
                let node = rule.nodes.iter().find(|node| node.source == source);
                edits.extend(node.and_then(|node| self.edit(*token, &node.table)));
                edited.insert(*token);
            }
        }
        self.check_rest(database, &tables, &edited)?;
        edits.sort_by_key(|edit| edit.range.start);
        edits.dedup_by_key(|edit| edit.range.start);
        Ok(Question { source, edits })
    }

    /// Every table that tells names is bound to named schemas and tables, by itself or through a join.
    fn check_restricted(&self) -> Result<(), Failure> {
        let by_schema = self.restricted(&SCHEMA_COLUMNS);
        let by_table = self.restricted(&TABLE_COLUMNS);
        let partitions = |index: usize| {
            let table = self.statement.tables.get(index);
            table.is_some_and(|table| table.name.eq_ignore_ascii_case("partitions"))
                && by_table.contains(&index)
        };
        for (index, table) in self.statement.tables.iter().enumerate() {
            // what mysqldump asks about tablespaces
            let is_dump = table.name.eq_ignore_ascii_case("files")
                && (0..self.statement.tables.len()).any(partitions);
            let is_schemata = table.name.eq_ignore_ascii_case("schemata");
            let is_bound = by_schema.contains(&index) && (is_schemata || by_table.contains(&index));
            if !is_bound && !is_dump && !is_harmless(&table.name) {
                return Err(refusal());
            }
        }
        Ok(())
    }

    /// Tables restricted by literals on one of `columns`, and those joined to them on such columns.
    fn restricted(&self, columns: &[&str]) -> BTreeSet<usize> {
        let mut restricted = BTreeSet::new();
        for (table, predicate) in self.predicates() {
            if let Predicate::In { column, values, .. } = predicate
                && is_one_of(column, columns)
                && values
                    .iter()
                    .all(|value| matches!(value, Operand::Literal { .. }))
                && let Some(owner) = table
            {
                restricted.insert(owner);
            }
        }
        loop {
            let before = restricted.len();
            for (_, predicate) in self.predicates() {
                let Predicate::Same { left, right } = predicate else {
                    continue;
                };
                let (Some(one), Some(other)) = (self.owner(left), self.owner(right)) else {
                    continue;
                };
                if is_one_of(left, columns) && is_one_of(right, columns) {
                    if restricted.contains(&one) {
                        restricted.insert(other);
                    } else if restricted.contains(&other) {
                        restricted.insert(one);
                    }
                }
            }
            if restricted.len() == before {
                return restricted;
            }
        }
    }

    /// Literals that `columns` are compared with, with their tokens.
    fn literals(&self, columns: &[&str]) -> Vec<(u32, String)> {
        let mut found = Vec::new();
        for (_, predicate) in self.predicates() {
            let Predicate::In { column, values, .. } = predicate else {
                continue;
            };
            if !is_one_of(column, columns) {
                continue;
            }
            for value in values {
                if let Operand::Literal { token, .. } = value {
                    found.push((*token, self.value(*token)));
                }
            }
        }
        found
    }

    /// The predicates that restrict whole blocks, with the table that an `In` belongs to.
    fn predicates(&self) -> impl Iterator<Item = (Option<usize>, &Predicate)> {
        let blocks = match &self.statement.kind {
            Kind::Query(query) => query.blocks.as_slice(),
            _ => &[],
        };
        blocks
            .iter()
            .flat_map(|block| &block.conditions)
            .map(|condition| {
                let owner = match &condition.predicate {
                    Predicate::In { column, .. } => self.owner(column),
                    _ => None,
                };
                let owner = owner.filter(|owner| match &condition.restricts {
                    Restricts::Block => true,
                    Restricts::Tables(tables) => {
                        tables.iter().any(|table| usize::from(*table) == *owner)
                    }
                });
                (owner, &condition.predicate)
            })
    }

    fn owner(&self, column: &ColumnRef) -> Option<usize> {
        match column.binding {
            Binding::Table(index) => Some(usize::from(index)),
            Binding::Unqualified(block) => {
                let mut inside = self
                    .statement
                    .tables
                    .iter()
                    .enumerate()
                    .filter(|(_, table)| table.block == block);
                let first = inside.next()?.0;
                inside.next().is_none().then_some(first)
            }
            Binding::Foreign => None,
        }
    }

    /// No other literal may stand for a name that was changed: it would be compared with an actual one.
    fn check_rest(
        &self,
        database: &LogicalDatabase,
        tables: &[(u32, String)],
        edited: &BTreeSet<u32>,
    ) -> Result<(), Failure> {
        for index in 0..self.lexed.tokens.len() {
            let Ok(token) = u32::try_from(index) else {
                continue;
            };
            if self.lexed.kind(index) != Some(TokenKind::Text) || edited.contains(&token) {
                continue;
            }
            let value = self.value(token);
            let is_renamed = tables
                .iter()
                .any(|(other, name)| edited.contains(other) && name.eq_ignore_ascii_case(&value));
            if is_renamed || value.eq_ignore_ascii_case(&database.name) {
                return Err(refusal());
            }
        }
        Ok(())
    }

    fn value(&self, token: u32) -> String {
        let bytes = self
            .lexed
            .bytes(self.text, usize::try_from(token).unwrap_or(usize::MAX));
        String::from_utf8_lossy(&text_value(bytes, self.session.mode)).into_owned()
    }

    fn edit(&self, token: u32, value: &str) -> Option<Edit> {
        let token = self.lexed.tokens.get(usize::try_from(token).ok()?)?;
        Some(Edit {
            range: token.start as usize..token.end as usize,
            with: text_literal(value).into_bytes(),
        })
    }
}

/// The data source that has a node of every named table, the default one if it is among them.
fn common_source(
    database: &LogicalDatabase,
    tables: &[(u32, String)],
) -> Result<SourceId, Failure> {
    let default = database.rules.default_source;
    let mut common: Option<Vec<SourceId>> = None;
    for (_, name) in tables {
        let sources = match database.rules.table(name) {
            Some(TableRule::Sharded(rule)) => rule.nodes.iter().map(|node| node.source).collect(),
            Some(rule) => rule.sources(),
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
    let is_up = |source: &SourceId| {
        database
            .members(*source)
            .is_some_and(|members| members.primary().is_available())
    };
    if common.contains(&default) && is_up(&default) {
        return Ok(default);
    }
    common
        .iter()
        .copied()
        .find(is_up)
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

fn is_harmless(name: &str) -> bool {
    HARMLESS
        .iter()
        .any(|other| other.eq_ignore_ascii_case(name))
}

fn is_one_of(column: &ColumnRef, names: &[&str]) -> bool {
    names
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&column.name))
}
