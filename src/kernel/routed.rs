//! Statements that backends answer: routed, rewritten, run, relayed.

use std::sync::Arc;

use crate::backend::PoolKey;
use crate::execute::{Downstream, Pins};
use crate::keygen::KeyError;
use crate::metrics::StatementClass;
use crate::model::{Schema, ShardingValue, ShortList, SourceId};
use crate::protocol::{Capabilities, ErrPacket};
use crate::rewrite::{self, Edit, ExecutionUnit, Names};
use crate::route::{
    self, Asked, DdlRight, KeyNeed, Refusal, RefusalCode, Rights, Route, RouteInput, Target,
    Wishes, is_system, named_database, target_insert,
};
use crate::sql::{DdlKind, Kind, Show, word_is};
use crate::verdict::Story;

use super::context::LogicalDatabase;
use super::error::Failure;
use super::fan_out::fan_out;

use super::information;
use super::session_call::{self, SessionAnswers};
use super::session_context::SessionContext;
use super::single::Given;
use super::template::Known;
use super::walk::{Job, Kernel, Served};

/// What a statement is planned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It runs.
    Run,
    /// It is shown, with reasons.
    Explain,
    /// It is prepared: neither its values nor its transaction are known.
    Trial,
}

/// A statement that knows where it goes.
pub(super) struct Routed {
    pub(super) database: Arc<LogicalDatabase>,
    pub(super) route: Route,
    /// First generated key of an INSERT.
    pub(super) first_key: Option<u64>,
    pub(super) units: ShortList<ExecutionUnit>,
}

impl Kernel {
    pub(super) async fn routed<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        if job.asks_information(session)? {
            if let Some(bound) = job.bound {
                // which names it asks for decides where it goes
                return self.interpolated(job, bound, session, client).await;
            }
            Box::pin(self.information(job, session, client)).await?;
            return Ok(StatementClass::Read);
        }
        let routed = self.plan(job, session, Purpose::Run).await?;
        self.go(job, &routed, Given::Nothing, session, client).await
    }

    /// Runs what is planned, from what of it is `given`.
    pub(super) async fn go<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        given: Given,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        if let Some(bound) = job.bound
            && matches!(routed.route.target, Target::Every(_))
        {
            // each server gets the same text
            return self.interpolated(job, bound, session, client).await;
        }
        if commits_implicitly(job) {
            Box::pin(self.commit(session)).await?;
        }
        let class = class_of(&job.statement.kind);
        self.refuse_second_writer(routed, session)?;
        match &routed.route.target {
            _ if matches!(job.statement.kind, Kind::Ddl(_)) && routed.units.len() > 1 => {
                Box::pin(self.each_node(job, routed, session, client)).await?;
            }
            // the copy of the one data source there is belongs to the session's transaction as any table does
            Target::Every(_) if routed.units.len() > 1 => {
                Box::pin(self.everywhere(job, routed, session, client)).await?;
            }
            Target::Units(_) if routed.units.len() > 1 && is_change(&job.statement.kind) => {
                Box::pin(self.several(job, routed, session, client)).await?;
            }
            _ => match routed.units.as_slice() {
                [unit] if is_described(job, routed, unit) => {
                    Box::pin(self.described(job, routed, unit, session, client)).await?;
                }
                [unit] => {
                    self.single(job, routed, unit, given, session, client)
                        .await?;
                }
                [_, _, ..] if matches!(job.statement.kind, Kind::Query(_)) => {
                    Box::pin(self.joined(job, routed, session, client)).await?;
                }
                _ => return Err(Failure::unsupported("a statement on several nodes")),
            },
        }
        if matches!(job.statement.kind, Kind::Ddl(_)) {
            Box::pin(self.refresh_database(&routed.database)).await;
            let changed = job.statement.tables.iter().map(|table| table.name.as_str());
            if let Err(error) = Box::pin(routed.database.copy_to_catalog(changed)).await {
                tracing::warn!(database = %routed.database.name, error = %error, "the catalog is not as the tables are");
            }
        }
        Ok(class)
    }

    /// Routes and rewrites; keys are drawn only for what runs.
    pub(super) async fn plan(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
        purpose: Purpose,
    ) -> Result<Routed, Failure> {
        self.plan_told(job, session, purpose, &mut None).await
    }

    /// As [`Kernel::plan`]; `told` gets the story's beginning if the statement is explained, also if it is refused.
    pub(super) async fn plan_told(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
        purpose: Purpose,
        told: &mut Option<Story>,
    ) -> Result<Routed, Failure> {
        let database = job.database(session);
        let schema = database.schema.load();
        job.check_access(session, database)?;
        let asked = Asked::of(job.text, job.lexed)?;
        let mut input = job.route_input(session, (database, &schema), asked.wishes());
        input.explain = purpose == Purpose::Explain;
        if purpose == Purpose::Explain {
            *told = Some(Story::of(&input));
        }
        let known = job.known(purpose, (database, &schema));
        let need = known.key_need(&input)?;
        let keys = match need.as_ref().filter(|need| need.count() > 0) {
            Some(need) => self.keys(job, database, need, purpose).await?,
            None => ShortList::new(),
        };
        input.generated = &keys;
        let at = (database, &*schema);
        self.planned(job, session, purpose, at, (&known, need.as_ref()), input)
    }

    /// As [`Kernel::plan`] of what runs, if no key is to be drawn for it, which may take a while.
    pub(super) fn plan_at_once(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
    ) -> Result<Option<Routed>, Failure> {
        let database = job.database(session);
        let schema = database.schema.load();
        job.check_access(session, database)?;
        let asked = Asked::of(job.text, job.lexed)?;
        let input = job.route_input(session, (database, &schema), asked.wishes());
        let known = job.known(Purpose::Run, (database, &schema));
        let need = known.key_need(&input)?;
        if need.as_ref().is_some_and(|need| need.count() > 0) {
            return Ok(None);
        }
        let at = (database, &*schema);
        let planned = self.planned(
            job,
            session,
            Purpose::Run,
            at,
            (&known, need.as_ref()),
            input,
        );
        planned.map(Some)
    }

    fn planned(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
        purpose: Purpose,
        (database, schema): (&Arc<LogicalDatabase>, &Arc<Schema>),
        (known, need): (&Known, Option<&KeyNeed<'_>>),
        input: RouteInput<'_>,
    ) -> Result<Routed, Failure> {
        let (mut route, mut unit) = match job.template.filter(|_| purpose == Purpose::Run) {
            Some(template) => template.route(known, (&input, need), database, schema)?,
            None => (route::route(&input)?, None),
        };
        if purpose == Purpose::Trial {
            if route.target == Target::Any {
                route.target = Target::Source(self.any_source(job, session).1);
            }
        } else if let Some(source) = self.choose(job, session, database, &mut route)? {
            route.target = Target::Source(source);
            if let Some(unit) = &mut unit {
                unit.source = source;
            }
        }
        if purpose == Purpose::Run
            && let Target::Units(units) = &route.target
        {
            self.metrics.routed.inc();
            if let Some((kind, nodes)) = fan_out(&job.statement.kind, units) {
                self.metrics.fan_out(kind, nodes);
            }
            if route.is_full {
                self.metrics.full_routes.inc();
            }
        }
        let units = match unit {
            Some(unit) => ShortList::one(unit),
            None => rewrite::plan(&input, &route)?.units,
        };
        let first_key = input.generated.first().and_then(|key| match key {
            ShardingValue::Int(id) => u64::try_from(*id).ok(),
            ShardingValue::Text(_) => None,
        });
        Ok(Routed {
            database: Arc::clone(database),
            route,
            first_key,
            units,
        })
    }

    async fn keys(
        &self,
        job: &Job<'_>,
        database: &LogicalDatabase,
        need: &KeyNeed<'_>,
        purpose: Purpose,
    ) -> Result<ShortList<ShardingValue>, Failure> {
        let count = need.count();
        let table = insert_table(job).unwrap_or_default();
        if purpose != Purpose::Run {
            return Ok(database.keys.preview(table, count).into());
        }
        let drawn = match database.compare_keys(table).await {
            Ok(()) => database.keys.next(table, count).await,
            Err(error) => Err(error),
        };
        match drawn {
            Ok(keys) => {
                self.metrics.keys_generated.inc_by(count as u64);
                Ok(keys)
            }
            Err(error) => Err(Self::no_key(&error)),
        }
    }

    pub(super) fn no_key(error: &KeyError) -> Failure {
        let code = match error {
            KeyError::ClockMovedBack { .. }
            | KeyError::MarkAhead { .. }
            | KeyError::NoMark { .. }
            | KeyError::IdsAhead { .. }
            | KeyError::OutsideEpoch { .. } => RefusalCode::ClockMovedBack,
            KeyError::TooManyRows { .. } => RefusalCode::NotSupported,
            KeyError::Busy { .. } => RefusalCode::PoolTimeout,
            KeyError::NoRandom => return Failure::new(1105, "HY000", error.to_string()),
        };
        Refusal::new(code, error.to_string()).into()
    }

    /// The data source for targets that leave it open; state that the session has pinned decides first.
    fn choose(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
        database: &LogicalDatabase,
        route: &mut Route,
    ) -> Result<Option<SourceId>, Failure> {
        let needed_pin = job.needed_pin(session);
        if !needed_pin.is_empty()
            && let Some(place) = session.transaction.pinned_place(needed_pin)
        {
            let is_here = *place.database == *database.name;
            match &route.target {
                Target::Any if is_here => return Ok(Some(place.source)),
                Target::Source(source) if is_here && *source == place.source => {}
                Target::Units(units)
                    if is_here && units.iter().all(|unit| unit.source == place.source) => {}
                _ => {
                    let message = "the statement needs state that this session holds on another data source \
                                   (a lock or a user variable): run it without, or in another session";
                    return Err(Refusal::new(RefusalCode::PinnedElsewhere, message).into());
                }
            }
        }
        match route.target {
            Target::Any if job.statement.facts.uses_user_locks => {
                // all sessions look for a lock's name in one place
                route.needs_primary = true;
                Ok(Some(database.rules.default_source))
            }
            Target::Any => Ok(Some(self.any_source(job, session).1)),
            Target::TransactionWriter => match session.transaction.writer() {
                Some(writer) if *writer.database == *database.name => Ok(Some(writer.source)),
                _ => {
                    let message = "INSERT into a local table goes where its transaction already writes, and nothing \
                                   has been written yet: write the sharded row first, in the same transaction";
                    Err(Refusal::new(RefusalCode::LocalOutsideTransaction, message).into())
                }
            },
            Target::Units(_) | Target::Source(_) | Target::Every(_) => Ok(None),
        }
    }

    pub(super) fn refuse_second_writer(
        &self,
        routed: &Routed,
        session: &SessionContext,
    ) -> Result<(), Failure> {
        if !routed.route.is_write
            || !session.is_in_transaction()
            || routed.database.rules.allows_cross_shard
        {
            return Ok(());
        }
        let Some(writer) = session.transaction.writer() else {
            return Ok(());
        };
        let is_elsewhere = *writer.database != *routed.database.name
            || routed.units.iter().any(|unit| unit.source != writer.source);
        if !is_elsewhere {
            return Ok(());
        }
        let name = routed
            .database
            .rules
            .group(writer.source)
            .map_or("?", |group| group.name.as_str());
        let message = format!(
            "this transaction writes to data source {name} already and a second one would not be atomic: commit first, \
             keep a transaction's rows under one sharding value, or set crossShard: allow"
        );
        Err(Refusal::new(RefusalCode::SecondWriter, message).into())
    }

    /// A failure's text with logical names only.
    pub(super) fn edited_failure(
        &self,
        failure: Failure,
        routed: &Routed,
        unit: &ExecutionUnit,
    ) -> Failure {
        match failure {
            Failure::Answer {
                packet,
                outcome,
                keeps_warnings,
            } => Failure::Answer {
                packet: self.edited(packet, routed, unit),
                outcome,
                keeps_warnings,
            },
            gone @ Failure::Gone(_) => gone,
        }
    }

    /// An error's text with logical names only.
    pub(super) fn edited(
        &self,
        mut err: ErrPacket,
        routed: &Routed,
        unit: &ExecutionUnit,
    ) -> ErrPacket {
        err.message = logical(routed, unit, err.code, &err.message);
        err
    }

    pub(super) fn show_sql(&self, job: &Job<'_>, routed: &Routed, unit: &ExecutionUnit) {
        let source = routed
            .database
            .rules
            .group(unit.source)
            .map_or("?", |group| group.name.as_str());
        let mut text = String::new();
        let digest =
            crate::sql::digest(job.text, job.lexed, &(0..job.lexed.tokens.len()), &mut text);
        tracing::info!(target: "shardgate::sql", database = %routed.database.name, source, digest = %digest, text, "statement");
    }
}

impl<'j> Job<'j> {
    /// What is known of the routes of its shape, if it runs.
    fn known(
        &self,
        purpose: Purpose,
        (database, schema): (&Arc<LogicalDatabase>, &Arc<Schema>),
    ) -> Known {
        let template = self.template.filter(|_| purpose == Purpose::Run);
        template.map_or(Known::NOTHING, |template| template.known(database, schema))
    }

    /// What the statement is routed by, in a database with these columns.
    fn route_input<'a>(
        &self,
        session: &SessionContext,
        (database, schema): (&'a LogicalDatabase, &'a Schema),
        wishes: Wishes<'a>,
    ) -> RouteInput<'a>
    where
        'j: 'a,
    {
        RouteInput {
            text: self.text,
            lexed: self.lexed,
            statement: self.statement,
            database: &database.rules,
            databases: &self.context.names,
            schema,
            mode: session.mode,
            keeps_zero: target_insert(&self.statement.kind).is_some()
                && session.keeps_zero(&self.context.default_sql_mode),
            charset: session.charset,
            params: self.bound.map(|bound| bound.values.as_slice()),
            generated: &[],
            wishes,
            rights: Rights {
                may_hint: session.rights.may_hint && self.context.allows_hints,
                ddl: match (session.rights.may_ddl, session.rights.may_drop) {
                    (_, true) => DdlRight::All,
                    (true, false) => DdlRight::Some,
                    (false, false) => DdlRight::None,
                },
            },
            explain: false,
        }
    }
}

impl Job<'_> {
    /// The logical database that the statement speaks of: the one its tables are qualified with, else the current one.
    /// What needs neither is served by one that the user may use; what needs one is refused by `check_access`.
    pub(super) fn database(&self, session: &SessionContext) -> &Arc<LogicalDatabase> {
        named_database(
            &self.statement.tables,
            session.database.as_deref(),
            &self.context.names,
        )
        .and_then(|name| self.context.database(name))
        .or_else(|| {
            let current = session.database.as_ref();
            current.and_then(|name| self.context.current(name))
        })
        .or_else(|| {
            let names = self.context.names.iter().map(String::as_str);
            std::iter::once(&*self.context.fallback.name)
                .chain(names)
                .filter(|name| session.rights.may_use(name))
                .find_map(|name| self.context.database(name))
        })
        .unwrap_or(&self.context.fallback)
    }

    /// Whether information_schema is asked for names, which is answered apart (contract 10.2); the server's other own
    /// schemas tell of actual tables too, and are an admin's.
    pub(super) fn asks_information(&self, session: &SessionContext) -> Result<bool, Failure> {
        let statement = self.statement;
        let named = match &statement.kind {
            Kind::Query(_)
            | Kind::Insert(_)
            | Kind::Update(_)
            | Kind::Delete(_)
            | Kind::Explain { .. } => {
                let schemas = statement
                    .tables
                    .iter()
                    .filter_map(|table| table.schema.as_deref());
                let system: Vec<&str> = schemas.filter(|schema| is_system(schema)).collect();
                let Some(first) = system.first() else {
                    return Ok(false);
                };
                let other = system
                    .iter()
                    .find(|schema| !schema.eq_ignore_ascii_case("information_schema"));
                if other.is_none()
                    && (matches!(statement.kind, Kind::Explain { .. })
                        || !information::tells_names(statement))
                {
                    return Ok(false);
                }
                (*other.unwrap_or(first)).to_owned()
            }
            Kind::Ddl(_)
            | Kind::Set(_)
            | Kind::Do
            | Kind::Call
            | Kind::Unknown
            | Kind::NotUnderstood(_)
            | Kind::Administrative
            | Kind::LoadData { .. }
            | Kind::Handler => {
                let Some(named) = information::named_system_schema(self.text, self.lexed) else {
                    return Ok(false);
                };
                named
            }
            _ => return Ok(false),
        };
        if session.rights.may_hint
            && Asked::of(self.text, self.lexed)?
                .wishes()
                .data_source
                .is_some()
        {
            return Ok(false);
        }
        if named.eq_ignore_ascii_case("information_schema") {
            return match statement.kind {
                Kind::Query(_) => Ok(true),
                _ => Err(information::refusal()),
            };
        }
        if session.rights.is_admin {
            return Ok(false);
        }
        let message = format!(
            "user '{}' of the proxy may not use the schema {named}: it needs the admin right",
            session.user
        );
        Err(Failure::new(1142, "42000", message))
    }

    /// Which pinned state the statement needs.
    fn needed_pin(&self, session: &SessionContext) -> Pins {
        let facts = &self.statement.facts;
        let wanted = [
            (facts.uses_user_locks, Pins::USER_LOCKS),
            (
                facts.reads_user_variable || facts.assigns_user_variable,
                Pins::UNKNOWN_STATE,
            ),
            (matches!(self.statement.kind, Kind::Handler), Pins::HANDLER),
        ];
        let mut pins = Pins::default();
        for (is_wanted, pin) in wanted {
            if is_wanted && session.transaction.pinned_place(pin).is_some() {
                pins.insert(pin);
            }
        }
        pins
    }

    pub(super) fn names_word(&self, word: &str) -> bool {
        (0..self.lexed.tokens.len()).any(|index| word_is(self.text, self.lexed, index, word))
    }

    /// What a server is given to prepare; other statements are its session's matter, or ours.
    pub(super) fn is_data_statement(&self) -> bool {
        // a lock's name is read from the text
        !self.statement.facts.uses_user_locks
            && matches!(
                self.statement.kind,
                Kind::Query(_)
                    | Kind::Insert(_)
                    | Kind::Update(_)
                    | Kind::Delete(_)
                    | Kind::Call
                    | Kind::Do
                    | Kind::NotUnderstood(_)
                    | Kind::Unknown
            )
    }

    /// Only a procedure, or what could not be classified, may change state behind our back (contract 3.1 b).
    pub(super) fn may_leave_state(&self) -> bool {
        matches!(
            self.statement.kind,
            Kind::Call | Kind::Unknown | Kind::NotUnderstood(_) | Kind::Administrative
        )
    }
}

impl SessionContext {
    /// A transaction is begun or open, or every statement opens one.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.is_autocommit || self.transaction.is_open()
    }

    pub(super) fn pool_key(&self) -> PoolKey {
        PoolKey {
            has_found_rows: self.capabilities.contains(Capabilities::FOUND_ROWS),
        }
    }

    fn keeps_zero(&self, default_sql_mode: &str) -> bool {
        self.state
            .get("sql_mode")
            .unwrap_or(default_sql_mode)
            .contains("NO_AUTO_VALUE_ON_ZERO")
    }
}

/// A server's text with logical names only.
pub(super) fn logical(routed: &Routed, unit: &ExecutionUnit, code: u16, message: &[u8]) -> Vec<u8> {
    let names = Names {
        tables: &unit.names,
        physical_schema: routed.database.rules.physical_schema(unit.source),
        logical_schema: &routed.database.name,
    };
    rewrite::logical_message(code, message, &names).into_owned()
}

/// The text that a unit's server gets.
pub(super) fn render(
    job: &Job<'_>,
    unit: &ExecutionUnit,
    session: &SessionContext,
    out: &mut Vec<u8>,
) {
    if job.calls.is_empty() {
        unit.edits.apply(job.text, job.lexed, out);
        return;
    }
    let mut edits: Vec<Edit> =
        session_call::edits(job.calls, job.text, job.lexed, &answers(session));
    edits.extend_from_slice(&unit.edits.each(job.lexed));
    edits.sort_by_key(|edit| edit.range.start);
    rewrite::apply(job.text, &edits, out);
}

/// The session's answers to what is asked of it.
pub(super) fn answers(session: &SessionContext) -> SessionAnswers<'_> {
    SessionAnswers {
        connection_id: session.id,
        database: session.database.as_deref(),
        user: &session.user_at_host,
        current_user: &session.user_at_host,
        found_rows: session.found_rows,
        row_count: session.row_count,
        warning_count: session.diagnostics.len(),
        error_count: session
            .diagnostics
            .iter()
            .filter(|row| row.level == "Error")
            .count(),
        timeouts: session.timeouts,
    }
}

pub(super) fn class_of(kind: &Kind) -> StatementClass {
    match kind {
        Kind::Query(_) => StatementClass::Read,
        Kind::Insert(_)
        | Kind::Update(_)
        | Kind::Delete(_)
        | Kind::LoadData { .. }
        | Kind::Call => StatementClass::Write,
        Kind::Ddl(_) => StatementClass::Ddl,
        Kind::Begin { .. }
        | Kind::Commit { .. }
        | Kind::Rollback { .. }
        | Kind::Savepoint(_)
        | Kind::RollbackTo(_)
        | Kind::ReleaseSavepoint(_) => StatementClass::Transaction,
        _ => StatementClass::Session,
    }
}

/// The logical table that an INSERT writes.
fn insert_table<'a>(job: &'a Job<'_>) -> Option<&'a str> {
    let insert = target_insert(&job.statement.kind)?;
    job.statement
        .tables
        .get(usize::from(insert.table))
        .map(|table| table.name.as_str())
}

/// SHOW CREATE TABLE, EXPLAIN, ANALYZE TABLE and the like show names in their rows.
fn is_described(job: &Job<'_>, routed: &Routed, unit: &ExecutionUnit) -> bool {
    if job.tells_of_session() && !routed.route.is_verbatim {
        return true;
    }
    let shows_names = match &job.statement.kind {
        Kind::Show(Show::OfTable) | Kind::Describe | Kind::Explain { .. } => true,
        Kind::Ddl(ddl) => ddl.kind == DdlKind::Maintenance,
        _ => false,
    };
    shows_names
        && !routed.route.is_verbatim
        && !(unit.names.is_empty() && routed.database.schema_names(unit.source).is_empty())
}

pub(super) fn is_change(kind: &Kind) -> bool {
    matches!(kind, Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_))
}

pub(super) fn commits_implicitly(job: &Job<'_>) -> bool {
    match &job.statement.kind {
        Kind::Ddl(ddl) => !ddl.is_temporary,
        Kind::LockTables | Kind::Administrative => true,
        _ => false,
    }
}
