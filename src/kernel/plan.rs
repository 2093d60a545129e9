//! The plan of a statement: its keys drawn, routed, and rewritten for its nodes.

use std::sync::Arc;

use crate::execute::Pins;
use crate::keygen::KeyError;
use crate::model::{Schema, ShardingValue, ShortList, SourceId};
use crate::rewrite;
use crate::route::{
    self, Asked, DdlRight, KeyNeed, Refusal, RefusalCode, Rights, Route, RouteInput, Target,
    Wishes, target_insert,
};
use crate::sql::Kind;
use crate::verdict::Story;

use super::context::LogicalDatabase;
use super::error::Failure;
use super::fan_out::fan_out;
use super::routed::Routed;
use super::session_context::SessionContext;
use super::template::Known;
use super::walk::{Job, Kernel};

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

impl Kernel {
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
}

impl SessionContext {
    fn keeps_zero(&self, default_sql_mode: &str) -> bool {
        self.state
            .get("sql_mode")
            .unwrap_or(default_sql_mode)
            .contains("NO_AUTO_VALUE_ON_ZERO")
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
