//! What a prepared statement's parameters and columns are: asked of a server once, with logical names.

use std::sync::Arc;

use crate::backend::{ConnError, Cut, Definitions};
use crate::execute::{AnswerNames, Held, Need, Place, Transaction, connection, shown_column};
use crate::model::ShortList;
use crate::protocol::ColumnDefinition;
use crate::rewrite::{ExecutionUnit, ParamSource};
use crate::route::{Route, Target};
use crate::sql::{Kind, ProxyStatement};

use super::capture::Capture;
use super::context::{Context, LogicalDatabase};
use super::error::Failure;
use super::execution::NO_ROOM;
use super::prepared_text::PreparedText;
use super::routed::{Routed, render};
use super::session_context::SessionContext;
use super::walk::{Job, Kernel};

impl Kernel {
    /// What the servers say of a text's parameters and columns, with logical names.
    pub(super) async fn defined(
        &self,
        context: &Arc<Context>,
        session: &mut SessionContext,
        text: &PreparedText,
    ) -> Result<Arc<Definitions>, Failure> {
        let plain = Job {
            context,
            text: &text.text,
            lexed: &text.lexed,
            statement: &text.template.statement,
            calls: &text.template.calls,
            rest: b"",
            bound: None,
            is_binary: true,
            template: Some(&text.template),
        };
        self.pass(&plain, session)?;
        self.metrics.prepares.inc();
        let is_information = plain.asks_information(session)?;
        if is_shown(&plain.statement.kind) && text.params == 0 {
            return Ok(Arc::new(self.shown_definitions(&plain, session).await?));
        }
        if plain.asks_own_ids(session) {
            let columns = plain.own_id_columns(session)?;
            return Ok(Arc::new(own_definitions(text.params, columns)));
        }
        if !plain.is_data_statement() {
            return Ok(Arc::new(own_definitions(text.params, Vec::new())));
        }
        let tried = if is_information {
            None
        } else {
            Some(self.trial(&plain, session).await?)
        };
        let database = match &tried {
            Some(tried) => &tried.database,
            None => plain.database(session),
        };
        let schema = database.schema.load_full();
        let state = session.state.hash();
        let is_shared = !plain.uses_user_variables() && !session.transaction.has_own_tables();
        if is_shared && let Some(known) = text.definitions(&schema, state) {
            return Ok(known);
        }
        self.metrics.prepares_asked.inc();
        let definitions = match tried {
            Some(tried) => Box::pin(self.ask_definitions(&plain, tried, session)).await?,
            // the values say whom to ask for rows; the columns are the same everywhere
            None => {
                let asked = self.anywhere(&plain, session);
                Box::pin(self.ask_definitions(&plain, asked, session)).await?
            }
        };
        let definitions = Arc::new(definitions);
        if is_shared {
            text.learn(&schema, state, &definitions, context.prepared_limits.bytes);
        }
        Ok(definitions)
    }

    async fn ask_definitions(
        &self,
        job: &Job<'_>,
        tried: Routed,
        session: &mut SessionContext,
    ) -> Result<Definitions, Failure> {
        let is_up = |unit: &&ExecutionUnit| tried.database.is_available(unit.source);
        let unit = tried.units.iter().find(is_up).or(tried.units.first());
        let Some(unit) = unit else {
            return Err(Failure::unsupported("a statement for no data source"));
        };
        let place = Place {
            database: Arc::clone(&tried.database.name),
            source: unit.source,
        };
        let mut sql = Vec::new();
        render(job, unit, session, &mut sql);
        // what is prepared only is no part of a transaction: it must not open on one more data source
        let is_held = session.transaction.holds(&place);
        let mut alone = Transaction::default();
        let mut held = if is_held {
            self.held(job, &tried, &place, session, (None, None))
                .await?
        } else {
            alone_connection(job, &tried, &place, session, &mut alone).await?
        };
        let switch = Arc::clone(&session.switch);
        let cut = Cut::of(&held.pool, &held.guard);
        let asked = tokio::select! {
            biased;
            asked = held.guard.prepare_definitions(&sql) => Some(asked),
            () = cut.comes() => Some(Err(cut.lost())),
            // it waits for a lock on its tables
            () = switch.query_killed() => None,
        };
        let Some(mut asked) = asked else {
            session.transaction.lose(held);
            return Err(Failure::interrupted());
        };
        if matches!(asked, Err(ConnError::Server { code: NO_ROOM, .. })) {
            held.guard.evict_prepared();
            asked = held.guard.prepare_definitions(&sql).await;
        }
        match asked {
            Ok(definitions) => {
                settle(session, &mut alone, is_held, held);
                Ok(logical_definitions(
                    definitions,
                    &tried,
                    unit,
                    job.statement.parameters.into(),
                ))
            }
            Err(error) if error.is_fatal() && is_held => Err(session.lose(held, error).await),
            Err(error) if error.is_fatal() => {
                held.guard.close();
                Err(error.into())
            }
            // it will be executed as a text
            Err(ConnError::Server { code: NO_ROOM, .. }) => {
                settle(session, &mut alone, is_held, held);
                Ok(own_definitions(
                    usize::from(job.statement.parameters),
                    Vec::new(),
                ))
            }
            Err(error) => {
                settle(session, &mut alone, is_held, held);
                Err(self.edited_failure(error.into(), &tried, unit))
            }
        }
    }

    /// A unit for a text that is sent as it is.
    fn anywhere(&self, job: &Job<'_>, session: &SessionContext) -> Routed {
        let database = Arc::clone(job.database(session));
        let sources = database.rules.source_ids();
        let up = sources
            .into_iter()
            .find(|source| database.is_available(*source));
        let source = up.unwrap_or(database.rules.default_source);
        Routed {
            route: Route::to(Target::Source(source)),
            database,
            first_key: None,
            units: ShortList::one(ExecutionUnit::verbatim(source)),
        }
    }

    /// The columns of what only reads, found by running it once: no server prepares it for us.
    async fn shown_definitions(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
    ) -> Result<Definitions, Failure> {
        let mut capture = Capture::new();
        let told = (session.row_count, session.found_rows);
        let diagnostics = std::mem::take(&mut session.diagnostics);
        session.diagnostics.clone_from(&diagnostics);
        let served = Box::pin(self.serve(job, session, &mut capture)).await;
        (session.row_count, session.found_rows) = told;
        session.diagnostics = diagnostics;
        served?;
        Ok(capture.definitions())
    }
}

/// Statements that change nothing and are answered by rows.
fn is_shown(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Show(_)
            | Kind::Describe
            | Kind::Explain {
                is_analyze: false,
                ..
            }
            | Kind::Proxy(
                ProxyStatement::Preview { .. }
                    | ProxyStatement::ShowStatus(_)
                    | ProxyStatement::ShowReplicas { .. },
            )
    )
}

impl Job<'_> {
    /// A server takes a user variable's type from its value when the text is prepared: what it says of such a text
    /// holds for one session, and for now.
    fn uses_user_variables(&self) -> bool {
        let facts = &self.statement.facts;
        facts.reads_user_variable || facts.assigns_user_variable
    }
}

async fn alone_connection(
    job: &Job<'_>,
    tried: &Routed,
    place: &Place,
    session: &SessionContext,
    alone: &mut Transaction,
) -> Result<Held, Failure> {
    let Some(members) = tried.database.members(place.source) else {
        return Err(Failure::unsupported("a data source that is not configured"));
    };
    let need = Need {
        place,
        members,
        key: session.pool_key(),
        replica: None,
        is_write: false,
        may_write: false,
        avoided: None,
        chosen: None,
        state: &session.state,
        with_user: job.uses_user_variables(),
        opens_transaction: false,
        characteristics: None,
    };
    let switch = Arc::clone(&session.switch);
    tokio::select! {
        biased;
        held = connection(alone, &need) => Ok(held?),
        () = switch.query_killed() => Err(Failure::interrupted()),
    }
}

fn settle(session: &mut SessionContext, alone: &mut Transaction, is_held: bool, held: Held) {
    if is_held {
        session.transaction.settle(held);
    } else {
        alone.settle(held);
    }
}

/// Definitions of our own: no columns tell clients to wait for those of the answer.
fn own_definitions(params: usize, columns: Vec<ColumnDefinition>) -> Definitions {
    let written = |column: &ColumnDefinition| {
        let mut payload = Vec::new();
        column.write(&mut payload);
        payload
    };
    let mut parameter = Vec::new();
    let column = ColumnDefinition::text("?");
    column.write(&mut parameter);
    Definitions {
        params: vec![parameter; params],
        columns: columns.iter().map(written).collect(),
        warnings: 0,
    }
}

/// Without the parameters that the client does not know of, and with the names that it knows.
fn logical_definitions(
    mut definitions: Definitions,
    tried: &Routed,
    unit: &ExecutionUnit,
    params: usize,
) -> Definitions {
    if let Some(sources) = &unit.params {
        definitions.params = client_params(&definitions.params, sources, params);
    }
    let names = AnswerNames {
        schemas: tried.database.schema_names(unit.source),
        tables: &unit.names,
        derived: &unit.derived,
        joined: None,
    };
    for payload in &mut definitions.columns {
        if let Ok(shown) = shown_column(payload, names) {
            *payload = shown;
        }
    }
    definitions
}

/// The definitions of the client's parameters among those of all.
fn client_params(all: &[Vec<u8>], sources: &[ParamSource], count: usize) -> Vec<Vec<u8>> {
    let of = |index: usize| {
        let place = sources.iter().position(|source| match source {
            ParamSource::Client(client) => *client == index,
            ParamSource::Made { instead_of, .. } => *instead_of == Some(index),
        });
        place.and_then(|place| all.get(place).cloned())
    };
    let found: Option<Vec<Vec<u8>>> = (0..count).map(of).collect();
    found.unwrap_or_else(|| own_definitions(count, Vec::new()).params)
}

impl LogicalDatabase {
    /// The data source's primary is up, as far as is known.
    pub(super) fn is_available(&self, source: crate::model::SourceId) -> bool {
        self.members(source)
            .is_some_and(|members| members.primary().is_available())
    }
}
