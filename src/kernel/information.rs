//! Questions to information_schema: each of its tables is read through a view with logical names (contract 10.2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::backend::Guard;
use crate::execute::{Downstream, ready, replay};
use crate::model::{SessionState, SourceId};
use crate::protocol::TextResult;
use crate::rewrite::{self, Edit};
use crate::route::{Refusal, RefusalCode, is_system};
use crate::rule::TableRule;
use crate::sql::{
    self, Binding, ColumnRef, Kind, Lexed, Operand, Predicate, Restricts, Statement, TokenKind,
    text_value,
};

use super::context::{Context, LogicalDatabase};
use super::error::Failure;
use super::information_view::{self, View};
use super::killable::{ask, waiting};
use super::logical_name::LogicalNames;
use super::session_call;
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

/// The refusal of statements other than queries, and of tables that tell of the servers.
pub(super) fn refusal() -> Failure {
    let message = "information_schema is read by SELECT, from its tables about schemas, tables, columns, keys, views and \
                   routines; what concerns a server as a whole is asked at the server by the hint \
                   `/* shardgate: data_source=<name> */`";
    Refusal::new(RefusalCode::NotSupported, message).into()
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
        let asking = Asking {
            text: &text,
            lexed: &lexed,
            statement: &statement,
            session,
        };
        let database = asking.database(job.context)?;
        // a shape that is not understood can only be put to a catalog, as it is
        let is_verbatim = !matches!(statement.kind, Kind::Query(_));
        let (source, view) = match database.rules.catalog_source {
            Some(source) => (source, asking.catalog_view(database, job.context)),
            None => {
                asking.check_served()?;
                let source = asking.source(database)?;
                (source, asking.view(database, source, job.context))
            }
        };
        if !is_verbatim {
            asking.check_served()?;
        }
        let Some(members) = database.members(source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let pool = members.primary();
        let plain = SessionState::default();
        let ready = ready(pool, session.pool_key(), &plain, false);
        let mut guard = waiting(&session.switch, ready).await?;
        let sql = if is_verbatim {
            text.clone()
        } else {
            let columns = asking.columns(&mut guard, job.context.is_mariadb()).await?;
            let mut sql = Vec::new();
            rewrite::apply(&text, &asking.edits(&view, &columns), &mut sql);
            sql
        };
        replay(
            &mut guard,
            &session.state,
            job.statement.facts.reads_user_variable,
        )
        .await?;
        let result = ask(&session.switch, pool, &mut guard, &sql).await;
        // functions in the question may have left locks or variables
        guard.mark_dirty();
        guard.release();
        let names = LogicalNames::of(database, source, None);
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
        session.leave_warnings(job);
        let warnings = result.ok.warnings;
        session.row_count = -1;
        session.found_rows = result.rows.len() as u64;
        let result = TextResult {
            columns: result.columns,
            rows: result.rows,
        };
        Self::answer_result(job, session, client, &result, warnings);
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
    fn database<'c>(&self, context: &'c Context) -> Result<&'c Arc<LogicalDatabase>, Failure> {
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
        let current = || {
            let name = self.session.database.as_deref();
            name.and_then(|name| context.database(name))
        };
        let database = first.or_else(current).unwrap_or(&context.fallback);
        if first.is_some() && !self.session.rights.may_use(&database.name) {
            let message = format!("{} to database '{}'", self.session.denied(), database.name);
            return Err(Failure::new(1044, "42000", message));
        }
        Ok(database)
    }

    /// Every table of the question is one of information_schema that can be shown.
    fn check_served(&self) -> Result<(), Failure> {
        let is_served = |schema: Option<&str>, name: &str| {
            schema.is_some_and(|schema| schema.eq_ignore_ascii_case("information_schema"))
                && (information_view::is_served(name) || is_harmless(name))
        };
        let mut tables = self.statement.tables.iter();
        if tables.all(|table| is_served(table.schema.as_deref(), &table.name)) {
            Ok(())
        } else {
            Err(refusal())
        }
    }

    /// The data source that has a node of every logical table; where there is none, of the tables that are named.
    fn source(&self, database: &LogicalDatabase) -> Result<SourceId, Failure> {
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

    fn view(&self, database: &LogicalDatabase, source: SourceId, context: &Context) -> View {
        let mut view = View {
            physical: database.rules.physical_schema(source).to_owned(),
            ..self.plain_view(database, context)
        };
        let mut hidden = Vec::new();
        for rule in database.rules.tables() {
            match rule {
                TableRule::Sharded(table) => {
                    let mut nodes = table.nodes.iter().filter(|node| node.source == source);
                    let pair = |actual: &str| (actual.to_owned(), table.name.clone());
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
    fn catalog_view(&self, database: &LogicalDatabase, context: &Context) -> View {
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

    /// Columns of the tables that are read through a view, as this server has them.
    async fn columns(
        &self,
        guard: &mut Guard,
        is_mariadb: bool,
    ) -> Result<BTreeMap<String, Vec<String>>, Failure> {
        replay(guard, &SessionState::default(), false).await?;
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for table in &self.statement.tables {
            let name = table.name.to_ascii_uppercase();
            if !information_view::is_served(&name) || columns.contains_key(&name) {
                continue;
            }
            let answer = guard
                .query(&format!("SHOW COLUMNS FROM information_schema.{name}"))
                .await?;
            let names = (0..answer.rows.len()).filter_map(|row| answer.text(row, 0));
            // MySQL titles answers as its views are written
            let is_as_named = !is_mariadb || self.selects_all();
            let names = names.map(|column| {
                if is_as_named {
                    column.to_owned()
                } else {
                    self.spelled(column)
                }
            });
            columns.insert(name, names.collect());
        }
        Ok(columns)
    }

    /// Puts the views in the place of the tables.
    fn edits(&self, view: &View, columns: &BTreeMap<String, Vec<String>>) -> Vec<Edit> {
        let mut edits = Vec::new();
        let is_viewed = |name: &str| columns.contains_key(&name.to_ascii_uppercase());
        for table in &self.statement.tables {
            let Some(known) = columns.get(&table.name.to_ascii_uppercase()) else {
                continue;
            };
            let Some(mut with) = view.derived(&table.name, known) else {
                continue;
            };
            if table.alias.is_none() {
                with.push_str(" AS ");
                with.push_str(&quoted(&table.name));
            }
            edits.extend(self.edit(
                table.schema_token.unwrap_or(table.name_token),
                table.name_token,
                with,
            ));
        }
        for qualifier in &self.statement.qualifiers {
            let Some(table) = self.statement.tables.get(usize::from(qualifier.table)) else {
                continue;
            };
            // the target of a DELETE is no column's qualifier, and a query has none
            if is_viewed(&table.name) {
                edits.extend(self.edit(
                    qualifier.schema_token.unwrap_or(qualifier.name_token),
                    qualifier.name_token,
                    quoted(table.exposed_name()),
                ));
            }
        }
        edits.sort_by_key(|edit| edit.range.start);
        edits.dedup_by_key(|edit| edit.range.start);
        rewrite::keep_labels(self.text, self.lexed, self.statement, &mut edits);
        edits.sort_by_key(|edit| edit.range.start);
        edits
    }

    /// A column's name as the question spells it: MariaDB titles answers so.
    fn spelled(&self, name: &str) -> String {
        let mut tokens = 0..self.lexed.tokens.len();
        let found = tokens.find_map(|index| {
            let spelled = match self.lexed.kind(index)? {
                TokenKind::Word | TokenKind::QuotedName => {
                    sql::name_value(self.lexed.bytes(self.text, index))
                }
                _ => return None,
            };
            (spelled.len() == name.len() && spelled.eq_ignore_ascii_case(name)).then_some(spelled)
        });
        found.map_or_else(|| name.to_owned(), std::borrow::Cow::into_owned)
    }

    /// `*` or `t.*` is selected: the columns have the server's own names.
    fn selects_all(&self) -> bool {
        let is_star = |index: usize| {
            sql::punct_is(self.lexed, index, b'*')
                && index.checked_sub(1).is_some_and(|before| {
                    [b',', b'.']
                        .iter()
                        .any(|mark| sql::punct_is(self.lexed, before, *mark))
                        || ["SELECT", "DISTINCT", "ALL"]
                            .iter()
                            .any(|word| sql::word_is(self.text, self.lexed, before, word))
                })
        };
        (0..self.lexed.tokens.len()).any(is_star)
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

    /// Literals that `columns` are compared with.
    fn literals(&self, columns: &[&str]) -> Vec<String> {
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
                    found.push(self.value(*token));
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

    fn value(&self, token: u32) -> String {
        let bytes = self
            .lexed
            .bytes(self.text, usize::try_from(token).unwrap_or(usize::MAX));
        String::from_utf8_lossy(&text_value(bytes, self.session.mode)).into_owned()
    }

    fn edit(&self, first: u32, last: u32, with: String) -> Option<Edit> {
        let token = |index: u32| self.lexed.tokens.get(usize::try_from(index).ok()?);
        Some(Edit {
            range: token(first)?.start as usize..token(last)?.end as usize,
            with: with.into_bytes(),
        })
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
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
