//! Statements that backends answer: routed, rewritten, run, relayed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::backend::{KillTarget, PoolKey};
use crate::execute::{
    AnswerNames, Downstream, Ending, Held, Need, Pins, Place, Progress, RelayError, Relayed, connection, relay,
    write_ending,
};
use crate::keygen::KeyError;
use crate::metrics::{Outcome, StatementClass};
use crate::model::{ShardingValue, SourceId};
use crate::protocol::{Capabilities, ErrPacket, OkPacket, SessionChange, StatusFlags};
use crate::rewrite::{self, Edit, ExecutionUnit, Names};
use crate::route::{
    self, DdlRight, KeyNeed, Refusal, RefusalCode, Rights, Route, RouteInput, Target, is_system, named_database, target_insert,
};
use crate::sql::{DdlKind, Kind, Show, word_is};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::hint::Asked;
use super::information;
use super::literal;
use super::session_call::{self, SessionAnswers};
use super::session_context::{Diagnostic, SessionContext};
use super::walk::{Job, Kernel, Served};

/// COM_QUERY
const QUERY: &[u8] = &[0x03];
/// How long a killed statement's answer is waited for; after that its connection is closed.
const KILLED_PATIENCE: Duration = Duration::from_secs(5);
/// The statement was killed.
const INTERRUPTED: u16 = 1317;
/// Deadlock: the server has rolled the whole transaction back.
const DEADLOCK: u16 = 1213;

/// A statement that knows where it goes.
pub(super) struct Routed {
    pub(super) database: Arc<LogicalDatabase>,
    pub(super) route: Route,
    /// First generated key of an INSERT.
    pub(super) first_key: Option<u64>,
    pub(super) units: Vec<ExecutionUnit>,
}

impl Kernel {
    pub(super) async fn routed<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        if job.asks_information(session)? {
            self.information(job, session, client).await?;
            return Ok(StatementClass::Read);
        }
        let routed = self.plan(job, session, false).await?;
        if commits_implicitly(job) {
            self.commit(session).await?;
        }
        let class = class_of(&job.statement.kind);
        self.refuse_second_writer(&routed, session)?;
        match &routed.route.target {
            _ if matches!(job.statement.kind, Kind::Ddl(_)) && routed.units.len() > 1 => {
                self.each_node(job, &routed, session, client).await?;
            }
            Target::Every(_) => self.everywhere(job, &routed, session, client).await?,
            _ => match routed.units.as_slice() {
                [unit] if is_described(job, &routed, unit) => self.described(job, &routed, unit, session, client).await?,
                [unit] => self.single(job, &routed, unit, session, client).await?,
                _ => return Err(Failure::unsupported("a statement on several nodes")),
            },
        }
        if matches!(job.statement.kind, Kind::Ddl(_)) {
            self.refresh_database(&routed.database).await;
        }
        Ok(class)
    }

    /// Routes and rewrites; `explain` fills the reasons and draws no keys.
    pub(super) async fn plan(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
        explain: bool,
    ) -> Result<Routed, Failure> {
        let database = Arc::clone(job.database(session));
        job.check_access(session, &database)?;
        let asked = Asked::of(job.text, job.lexed)?;
        let schema = database.schema.load();
        let names = &job.context.names;
        let mut input = RouteInput {
            text: job.text,
            lexed: job.lexed,
            statement: job.statement,
            database: &database.rules,
            databases: names,
            schema: &schema,
            mode: session.mode,
            keeps_zero: session.keeps_zero(),
            charset: session.charset,
            params: None,
            generated: &[],
            wishes: asked.wishes(),
            rights: Rights {
                may_hint: session.rights.may_hint && job.context.allows_hints,
                ddl: match (session.rights.may_ddl, session.rights.may_drop) {
                    (_, true) => DdlRight::All,
                    (true, false) => DdlRight::Some,
                    (false, false) => DdlRight::None,
                },
            },
            explain,
        };
        let mut keys = Vec::new();
        if let Some(need) = KeyNeed::of(&input)? {
            keys = self.keys(job, &database, &need, explain).await?;
        }
        input.generated = &keys;
        let mut route = route::route(&input)?;
        if let Some(source) = self.choose(job, session, &database, &mut route)? {
            route.target = Target::Source(source);
        }
        if matches!(route.target, Target::Units(_)) {
            self.metrics.routed.inc();
            if route.is_full {
                self.metrics.full_routes.inc();
            }
        }
        let plan = rewrite::plan(&input, &route)?;
        let first_key = keys.first().and_then(|key| match key {
            ShardingValue::Int(id) => u64::try_from(*id).ok(),
            ShardingValue::Text(_) => None,
        });
        drop(schema);
        Ok(Routed { database, route, first_key, units: plan.units })
    }

    async fn keys(
        &self,
        job: &Job<'_>,
        database: &LogicalDatabase,
        need: &KeyNeed<'_>,
        explain: bool,
    ) -> Result<Vec<ShardingValue>, Failure> {
        let count = need.count();
        let table = insert_table(job).unwrap_or_default();
        if count == 0 {
            return Ok(Vec::new());
        }
        if explain {
            return Ok(database.keys.preview(table, count));
        }
        let drawn = match database.compare_keys(table).await {
            Ok(()) => database.keys.next(table, count).await,
            Err(error) => Err(error),
        };
        match drawn {
            Ok(keys) => {
                self.metrics.keys_generated.inc_by(count as u64);
                self.metrics.fuse_open.set(0);
                Ok(keys)
            }
            Err(error) => Err(self.no_key(&error)),
        }
    }

    fn no_key(&self, error: &KeyError) -> Failure {
        let code = match error {
            KeyError::ClockMovedBack { .. } => {
                self.metrics.fuse_open.set(1);
                RefusalCode::ClockMovedBack
            }
            KeyError::IdsAhead { .. } | KeyError::OutsideEpoch { .. } => RefusalCode::ClockMovedBack,
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
                Target::Units(units) if is_here && units.iter().all(|unit| unit.source == place.source) => {}
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

    fn refuse_second_writer(&self, routed: &Routed, session: &SessionContext) -> Result<(), Failure> {
        if !routed.route.is_write || !session.is_in_transaction() || routed.database.rules.allows_cross_shard {
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
        let name = routed.database.rules.group(writer.source).map_or("?", |group| group.name.as_str());
        let message = format!(
            "this transaction writes to data source {name} already and a second one would not be atomic: commit first, \
             keep a transaction's rows under one sharding value, or set crossShard: allow"
        );
        Err(Refusal::new(RefusalCode::SecondWriter, message).into())
    }

    /// Runs one unit and relays its answer.
    async fn single<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let place = Place { database: Arc::clone(&routed.database.name), source: unit.source };
        let mut held = self.held(job, routed, &place, session).await?;
        let mut sql = std::mem::take(&mut session.scratch);
        sql.clear();
        render(job, unit, session, &mut sql);
        if job.context.shows_sql {
            self.show_sql(job, routed, unit);
        }
        held.guard.begin_command(&[QUERY, &sql]);
        session.scratch = sql;
        let was_in_transaction = session.is_in_transaction();
        let result = self.send_and_relay(job, &mut held, unit, routed, session, client).await;
        match result {
            Ok(relayed) => {
                self.conclude(job, routed, unit, held, relayed, session, client).await
            }
            Err(error) => {
                drop(held);
                Err(self.broken(error, routed, unit, was_in_transaction, session))
            }
        }
    }

    /// The connection for `place` with everything the statement needs.
    pub(super) async fn held(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        place: &Place,
        session: &mut SessionContext,
    ) -> Result<Held, Failure> {
        let Some(members) = routed.database.members(place.source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let window = routed.database.rules.group(place.source).map_or(0, |group| group.read_your_writes_ms);
        let may_use_replica = !routed.route.is_write
            && !routed.route.needs_primary
            && !session.has_written(place, window, Instant::now());
        let is_pinned_with_variables = session.transaction.pinned_place(Pins::USER_VARIABLES) == Some(place);
        let need = Need {
            place,
            members,
            key: session.pool_key(),
            may_use_replica,
            state: &session.state,
            with_user: job.statement.facts.reads_user_variable && !is_pinned_with_variables,
            opens_transaction: !session.is_autocommit,
        };
        let mut held = connection(&mut session.transaction, &need).await?;
        if job.statement.facts.mentions_last_insert_id {
            held.guard.query(&format!("SET last_insert_id={}", session.last_insert_id)).await?;
        }
        Ok(held)
    }

    #[allow(clippy::too_many_arguments, reason = "the step between connection and answer needs both sides")]
    async fn send_and_relay<D: Downstream>(
        &self,
        job: &Job<'_>,
        held: &mut Held,
        unit: &ExecutionUnit,
        routed: &Routed,
        session: &SessionContext,
        client: &mut D,
    ) -> Result<Relayed, RelayError> {
        let thread = held.guard.thread_id();
        let pool = Arc::clone(&held.pool);
        held.guard
            .flush()
            .await
            .map_err(|source| RelayError::Backend { source, progress: Progress::Nothing })?;
        let names = AnswerNames { schemas: routed.database.schema_names(unit.source), tables: &unit.names };
        let status = session.status();
        let timeout = job.context.statement_timeout.filter(|_| !matches!(job.statement.kind, Kind::Ddl(_)));
        let mut is_late = false;
        let mut result = {
            let limits = job.context.result_limits;
            let mut relaying = std::pin::pin!(relay(&mut held.guard, client, names, status, limits));
            tokio::select! {
                biased;
                result = &mut relaying => return result,
                () = session.switch.query_killed() => {}
                () = elapsed(timeout), if timeout.is_some() => is_late = true,
            }
            // the relay goes on: the server answers the killed statement with 1317
            if let Err(error) = pool.kill_connection(thread, KillTarget::Query).await {
                tracing::warn!(session = session.id, error = %error, "KILL QUERY did not reach the backend");
            }
            let patience = tokio::time::timeout(KILLED_PATIENCE, relaying).await;
            patience.unwrap_or(Err(RelayError::Silent))
        };
        if let Ok(Relayed { ending: Ending::Err(err), .. }) = &mut result
            && is_late
            && err.code == INTERRUPTED
        {
            *err = ErrPacket::new(3024, "HY000", "Query execution was interrupted, maximum statement execution time exceeded");
        }
        // a late KILL would hit the next statement on this connection (contract 3.3)
        held.guard.mark_dirty();
        result
    }

    /// Takes over what the answer means for the session, and writes its last packet.
    #[allow(clippy::too_many_arguments, reason = "the walk's last step needs what all steps before it made")]
    async fn conclude<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        mut held: Held,
        mut relayed: Relayed,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        session.diagnostics.clear();
        let place = held.place.clone();
        if let Ending::Err(err) = relayed.ending {
            let err = self.edited(err, routed, unit);
            return Err(self.concluded_error(job, routed, held, err, session).await);
        }
        let (Ending::Ok(ok) | Ending::End(ok)) = &mut relayed.ending else { return Ok(()) };
        held.guard.set_status(ok.status);
        if routed.route.is_write {
            session.transaction.write_to_if_open(&place, ok.status);
            session.wrote(&place, Instant::now());
        }
        job.pin(&mut held);
        let ok = ok.clone();
        let after = self.after_answer(job, routed, unit, &mut held, &ok, relayed.rows, session).await;
        if let Ending::Ok(ok) = &mut relayed.ending {
            session.row_count = i64::try_from(ok.affected_rows).unwrap_or(i64::MAX);
            if let Some(key) = routed.first_key {
                ok.last_insert_id = key;
            }
            if ok.last_insert_id != 0 && job.sets_last_insert_id(routed) {
                session.last_insert_id = ok.last_insert_id;
            }
        } else {
            session.row_count = -1;
        }
        match after {
            Ok(()) => session.transaction.settle(held),
            Err(failure) if session.is_in_transaction() => return Err(failure),
            // the statement is done: only what is told about it is lost, with the connection
            Err(_) => tracing::warn!(session = session.id, "a connection was lost behind its answer"),
        }
        write_ending(&relayed.ending, client, job.more_follow);
        Ok(())
    }

    /// What has to be asked on the same connection before another session gets it.
    #[allow(clippy::too_many_arguments, reason = "the walk's last step needs what all steps before it made")]
    async fn after_answer(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        held: &mut Held,
        ok: &OkPacket,
        rows: u64,
        session: &mut SessionContext,
    ) -> Result<(), Failure> {
        if job.may_leave_state() {
            self.adopt_changes(held, &ok.changes, session).await?;
        }
        if ok.warnings > 0 {
            session.diagnostics = self.warnings(held, routed, unit).await?;
        }
        if !matches!(job.statement.kind, Kind::Query(_)) {
            return Ok(());
        }
        session.found_rows = rows;
        if job.statement.facts.has_calc_found_rows {
            let counted = held.guard.query("SELECT FOUND_ROWS()").await?;
            session.found_rows = counted.text(0, 0).and_then(|text| text.parse().ok()).unwrap_or(rows);
        }
        Ok(())
    }

    /// A backend answered with an error: what that does to the transaction.
    async fn concluded_error(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        mut held: Held,
        err: ErrPacket,
        session: &mut SessionContext,
    ) -> Failure {
        if err.code == DEADLOCK && held.is_in_transaction {
            held.is_in_transaction = false;
            held.guard.set_status(StatusFlags::AUTOCOMMIT);
            session.transaction.settle_after_end(held);
            self.roll_back(session).await;
        } else if job.may_leave_state() || !session.is_autocommit || session.transaction.is_open() {
            if routed.route.is_write {
                session.transaction.write_to_if_open(&held.place, StatusFlags::IN_TRANS);
            }
            // an ERR packet carries no status: ask for it
            match held.guard.ping().await {
                Ok(()) => session.transaction.settle(held),
                Err(_) => session.transaction.abandon(),
            }
        } else {
            session.transaction.settle(held);
        }
        Failure::backend(err)
    }

    /// The connection broke while a statement ran on it.
    fn broken(
        &self,
        error: RelayError,
        routed: &Routed,
        unit: &ExecutionUnit,
        was_in_transaction: bool,
        session: &mut SessionContext,
    ) -> Failure {
        tracing::warn!(session = session.id, database = %routed.database.name, error = %error, "a statement broke off");
        let progress = match error {
            RelayError::Client(error) => return Failure::Gone(error),
            RelayError::TooLarge => {
                if was_in_transaction {
                    session.transaction.abandon();
                }
                let message = "the result is larger than limits.maxResultRows or maxResultBytes allow: \
                               ask for less, or raise the limit";
                return Failure::new(1104, "42000", message);
            }
            RelayError::Silent => Progress::Nothing,
            RelayError::Backend { progress, .. } => progress,
            RelayError::Malformed { progress, .. } => {
                self.metrics.malformed_packets.inc();
                progress
            }
        };
        if progress == Progress::Columns {
            return Failure::Gone(std::io::Error::other("an answer broke off among its columns"));
        }
        let source = routed.database.rules.group(unit.source).map_or("?", |group| group.name.as_str());
        let refusal = if was_in_transaction {
            session.transaction.abandon();
            let message = format!(
                "the connection to data source {source} was lost: the transaction is rolled back, \
                 repeat it from its beginning"
            );
            Refusal::new(RefusalCode::SourceDown, message)
        } else if routed.route.is_write {
            let message = format!(
                "the connection to data source {source} was lost before the write was answered: \
                 it may or may not have happened; read back before you repeat it"
            );
            Refusal::new(RefusalCode::OutcomeUnknown, message)
        } else {
            Refusal::new(RefusalCode::SourceDown, format!("the connection to data source {source} was lost; try again"))
        };
        let (code, sqlstate) = refusal.code.number();
        Failure::Answer {
            packet: ErrPacket::new(code, sqlstate, refusal.message),
            outcome: Outcome::Unavailable,
            keeps_warnings: false,
        }
    }

    /// An error's text with logical names only.
    pub(super) fn edited(&self, mut err: ErrPacket, routed: &Routed, unit: &ExecutionUnit) -> ErrPacket {
        err.message = logical(routed, unit, err.code, &err.message);
        err
    }

    pub(super) async fn warnings(
        &self,
        held: &mut Held,
        routed: &Routed,
        unit: &ExecutionUnit,
    ) -> Result<Vec<Diagnostic>, Failure> {
        let result = held.guard.query("SHOW WARNINGS").await?;
        let rows = result.rows.into_iter().filter_map(|row| {
            let [level, code, message] = row.try_into().ok()?;
            let code = String::from_utf8(code?).ok()?.parse().ok()?;
            let message = logical(routed, unit, code, &message?);
            Some(Diagnostic { level: String::from_utf8(level?).ok()?, code, message })
        });
        Ok(rows.collect())
    }

    /// What a procedure changed behind our back: variables are taken over, the rest pins the connection.
    async fn adopt_changes(
        &self,
        held: &mut Held,
        changes: &[SessionChange],
        session: &mut SessionContext,
    ) -> Result<(), Failure> {
        for change in changes {
            match change {
                SessionChange::SystemVariable { name, .. } => {
                    let read = held.guard.query(&format!("SELECT @@session.{name}")).await?;
                    let value = read.rows.first().and_then(|row| row.first()).and_then(|value| value.as_deref());
                    let literal = literal::of_variable(value);
                    session.state.set(name, &literal);
                    held.guard.state.set(name, &literal);
                }
                SessionChange::StateChange(true) => held.pins.insert(Pins::UNKNOWN_STATE),
                _ => {}
            }
        }
        self.apply(session).await
    }

    fn show_sql(&self, job: &Job<'_>, routed: &Routed, unit: &ExecutionUnit) {
        let source = routed.database.rules.group(unit.source).map_or("?", |group| group.name.as_str());
        let mut text = String::new();
        let digest = crate::sql::digest(job.text, job.lexed, &(0..job.lexed.tokens.len()), &mut text);
        tracing::info!(target: "shardgate::sql", database = %routed.database.name, source, digest = %digest, text, "statement");
    }
}

impl Job<'_> {
    /// The logical database that the statement speaks of: the one its tables are qualified with, else the current one.
    pub(super) fn database(&self, session: &SessionContext) -> &Arc<LogicalDatabase> {
        named_database(&self.statement.tables, session.database.as_deref(), &self.context.names)
            .and_then(|name| self.context.database(name))
            .or_else(|| session.database.as_deref().and_then(|name| self.context.database(name)))
            .unwrap_or(&self.context.fallback)
    }

    /// Whether information_schema is asked for names, which is answered apart (contract 10.2); the server's other own
    /// schemas tell of actual tables too, and are an admin's.
    fn asks_information(&self, session: &SessionContext) -> Result<bool, Failure> {
        let statement = self.statement;
        let named = match &statement.kind {
            Kind::Query(_) | Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_) | Kind::Explain { .. } => {
                let schemas = statement.tables.iter().filter_map(|table| table.schema.as_deref());
                let system: Vec<&str> = schemas.filter(|schema| is_system(schema)).collect();
                let Some(first) = system.first() else { return Ok(false) };
                let other = system.iter().find(|schema| !schema.eq_ignore_ascii_case("information_schema"));
                if other.is_none() && (matches!(statement.kind, Kind::Explain { .. }) || !information::tells_names(statement)) {
                    return Ok(false);
                }
                (*other.unwrap_or(first)).to_owned()
            }
            Kind::Ddl(_) | Kind::Set(_) | Kind::Do | Kind::Call | Kind::Unknown | Kind::NotUnderstood(_)
            | Kind::Administrative | Kind::LoadData { .. } | Kind::Handler => {
                let Some(named) = information::named_system_schema(self.text, self.lexed) else { return Ok(false) };
                named
            }
            _ => return Ok(false),
        };
        if session.rights.may_hint && Asked::of(self.text, self.lexed)?.wishes().data_source.is_some() {
            return Ok(false);
        }
        if named.eq_ignore_ascii_case("information_schema") {
            let has_catalog = self.database(session).rules.catalog_source.is_some();
            return match statement.kind {
                Kind::Query(_) => Ok(true),
                Kind::NotUnderstood(_) | Kind::Unknown if has_catalog => Ok(true),
                _ => Err(information::refusal()),
            };
        }
        if session.rights.is_admin {
            return Ok(false);
        }
        let message = format!("user '{}' of the proxy may not use the schema {named}: it needs the admin right", session.user);
        Err(Failure::new(1142, "42000", message))
    }

    fn check_access(&self, session: &SessionContext, database: &LogicalDatabase) -> Result<(), Failure> {
        let names_tables = !self.statement.tables.is_empty();
        if names_tables && session.database.is_none() && self.statement.tables.iter().any(|table| table.schema.is_none())
        {
            return Err(Failure::new(1046, "3D000", "No database selected"));
        }
        let names_only_system = self.statement.tables.iter().all(|table| table.schema.as_deref().is_some_and(is_system));
        if names_tables && !names_only_system && !session.rights.may_use(&database.name) {
            let message = format!("Access denied for user '{}' to database '{}'", session.user, database.name);
            return Err(Failure::new(1044, "42000", message));
        }
        if session.rights.is_read_only && !matches!(class_of(&self.statement.kind), StatementClass::Read | StatementClass::Session)
        {
            let message = format!("user '{}' of the proxy may only read", session.user);
            return Err(Failure::new(1142, "42000", message));
        }
        Ok(())
    }

    /// Which pinned state the statement needs.
    fn needed_pin(&self, session: &SessionContext) -> Pins {
        let facts = &self.statement.facts;
        let wanted = [
            (facts.uses_user_locks, Pins::USER_LOCKS),
            (facts.reads_user_variable || facts.assigns_user_variable, Pins::USER_VARIABLES),
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

    /// What the statement leaves on its connection that no variable replays.
    fn pin(&self, held: &mut Held) {
        let facts = &self.statement.facts;
        if facts.takes_user_lock {
            held.pins.insert(Pins::USER_LOCKS);
        }
        if facts.uses_user_locks && self.names_word("RELEASE_ALL_LOCKS") {
            held.pins.remove(Pins::USER_LOCKS);
        }
        if facts.assigns_user_variable {
            held.pins.insert(Pins::USER_VARIABLES);
        }
        match &self.statement.kind {
            Kind::LockTables => held.pins.insert(Pins::TABLE_LOCKS),
            Kind::Handler => held.pins.insert(Pins::HANDLER),
            Kind::Ddl(ddl) if ddl.is_temporary && ddl.kind == DdlKind::CreateTable => {
                held.pins.insert(Pins::TEMPORARY_TABLE);
            }
            _ => {}
        }
    }

    fn names_word(&self, word: &str) -> bool {
        (0..self.lexed.tokens.len()).any(|index| word_is(self.text, self.lexed, index, word))
    }

    /// Only a procedure, or what could not be classified, may change state behind our back (contract 3.1 b).
    pub(super) fn may_leave_state(&self) -> bool {
        matches!(self.statement.kind, Kind::Call | Kind::Unknown | Kind::NotUnderstood(_) | Kind::Administrative)
    }

    /// A generated key, or LAST_INSERT_ID(expr), sets both ids; an explicit id only the OK packet's (contract 3.4).
    fn sets_last_insert_id(&self, routed: &Routed) -> bool {
        if routed.first_key.is_some() || self.statement.facts.mentions_last_insert_id {
            return true;
        }
        let Kind::Insert(insert) = &self.statement.kind else { return false };
        let Some(table) = self.statement.tables.get(usize::from(insert.table)) else { return false };
        let schema = routed.database.schema.load();
        let Some(columns) = schema.table(&table.name) else { return true };
        let Some(auto) = columns.columns.iter().find(|column| column.auto_increment) else { return false };
        match &insert.columns {
            Some(named) => !named.iter().any(|(name, _)| name.eq_ignore_ascii_case(&auto.name)),
            None => false,
        }
    }
}

impl SessionContext {
    /// A transaction is begun or open, or every statement opens one.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.is_autocommit || self.transaction.is_open()
    }

    pub(super) fn pool_key(&self) -> PoolKey {
        PoolKey { has_found_rows: self.capabilities.contains(Capabilities::FOUND_ROWS) }
    }

    fn keeps_zero(&self) -> bool {
        self.state.get("sql_mode").is_some_and(|mode| mode.contains("NO_AUTO_VALUE_ON_ZERO"))
    }
}

async fn elapsed(timeout: Option<Duration>) {
    tokio::time::sleep(timeout.unwrap_or(Duration::MAX)).await;
}

/// A server's text with logical names only.
fn logical(routed: &Routed, unit: &ExecutionUnit, code: u16, message: &[u8]) -> Vec<u8> {
    let names = Names {
        tables: &unit.names,
        physical_schema: routed.database.rules.physical_schema(unit.source),
        logical_schema: &routed.database.name,
    };
    rewrite::logical_message(code, message, &names).into_owned()
}

/// What the session itself answers.
pub(super) fn answers(session: &SessionContext) -> SessionAnswers<'_> {
    SessionAnswers {
        connection_id: session.id,
        database: session.database.as_deref(),
        user: &session.user_at_host,
        current_user: &session.user_at_host,
        found_rows: session.found_rows,
        row_count: session.row_count,
        warning_count: session.diagnostics.len(),
        error_count: session.diagnostics.iter().filter(|row| row.level == "Error").count(),
    }
}

/// The text that a unit's server gets.
pub(super) fn render(job: &Job<'_>, unit: &ExecutionUnit, session: &SessionContext, out: &mut Vec<u8>) {
    if job.calls.is_empty() {
        rewrite::apply(job.text, &unit.edits, out);
        return;
    }
    let answers = answers(session);
    let mut edits: Vec<Edit> = session_call::edits(job.calls, job.text, job.lexed, &answers);
    edits.extend_from_slice(&unit.edits);
    edits.sort_by_key(|edit| edit.range.start);
    rewrite::apply(job.text, &edits, out);
}

pub(super) fn class_of(kind: &Kind) -> StatementClass {
    match kind {
        Kind::Query(_) => StatementClass::Read,
        Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_) | Kind::LoadData { .. } | Kind::Call => StatementClass::Write,
        Kind::Ddl(_) => StatementClass::Ddl,
        _ => StatementClass::Session,
    }
}

/// The logical table that an INSERT writes.
fn insert_table<'a>(job: &'a Job<'_>) -> Option<&'a str> {
    let insert = target_insert(&job.statement.kind)?;
    job.statement.tables.get(usize::from(insert.table)).map(|table| table.name.as_str())
}

/// SHOW CREATE TABLE, EXPLAIN and the like show names in their rows.
fn is_described(job: &Job<'_>, routed: &Routed, unit: &ExecutionUnit) -> bool {
    matches!(job.statement.kind, Kind::Show(Show::OfTable) | Kind::Describe | Kind::Explain { .. })
        && !routed.route.is_verbatim
        && !(unit.names.is_empty() && routed.database.schema_names(unit.source).is_empty())
}

fn commits_implicitly(job: &Job<'_>) -> bool {
    match &job.statement.kind {
        Kind::Ddl(ddl) => !ddl.is_temporary,
        Kind::LockTables | Kind::Administrative => true,
        _ => false,
    }
}
