//! COM_STMT_PREPARE: a text is read and routed before any value is known; what would be refused for every value is
//! refused here, and no server hears of it.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::backend::Definitions;
use crate::execute::{Downstream, Held, Need, Place, Transaction, connection};
use crate::protocol::{ColumnSource, PrepareOk, write_prepared};
use crate::rewrite::ExecutionUnit;
use crate::sql::Kind;

use super::budget::Lease;
use super::context::{Context, LogicalDatabase};
use super::error::Failure;
use super::prepared_text::PreparedText;
use super::prepared_texts::{no_room, trimmed};
use super::routed::{Routed, render};
use super::session_context::SessionContext;
use super::session_statements;
use super::walk::{Job, Kernel};

impl Kernel {
    /// Serves one COM_STMT_PREPARE. The answer is in the client's buffer afterwards.
    ///
    /// # Errors
    /// As [`Kernel::query`].
    ///
    /// # Cancel safety
    /// As [`Kernel::query`].
    pub async fn prepare_statement<D: Downstream>(
        &self,
        session: &mut SessionContext,
        text: &[u8],
        client: &mut D,
    ) -> io::Result<()> {
        let started = Instant::now();
        let context = session.context(&self.published);
        let prepared = self.prepared(&context, session, trimmed(text)).await;
        if session.transaction.is_idle() {
            session.kept_context = None;
        }
        match prepared {
            Ok((id, definitions)) => {
                session.diagnostics.clear();
                write(session, client, id, &definitions);
                Ok(())
            }
            Err(failure) => {
                session.statements.forget_last();
                self.answer_failure(session, client, failure, started)
            }
        }
    }

    async fn prepared(
        &self,
        context: &Arc<Context>,
        session: &mut SessionContext,
        text: &[u8],
    ) -> Result<(u32, Arc<Definitions>), Failure> {
        let mut lease = self.statement_lease(context, session)?;
        let text = self
            .prepared_texts
            .of(context, session, &self.templates, text)?;
        check_preparable(context, &text)?;
        let most = context.prepared_limits.bytes;
        // the types of its parameters
        if !lease.grow(2 * text.params, most) {
            return Err(no_room(most));
        }
        let definitions = self.defined(context, session, &text).await?;
        Ok((session.statements.add(text, lease), definitions))
    }

    /// Room for one statement more of a session.
    pub(super) fn statement_lease(
        &self,
        context: &Context,
        session: &SessionContext,
    ) -> Result<Lease, Failure> {
        let limits = context.prepared_limits;
        if session.statements.len() + session.named.len() >= limits.statements {
            let message = format!(
                "Can't create more than max_prepared_stmt_count statements (current value: {})",
                limits.statements
            );
            return Err(Failure::new(1461, "42000", message));
        }
        let lease = self
            .prepared_texts
            .budget
            .take(session_statements::COST, limits.bytes);
        lease.ok_or_else(|| no_room(limits.bytes))
    }

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
            more_follow: false,
            bound: None,
            is_binary: true,
        };
        self.metrics.prepares.inc();
        let is_information = plain.asks_information(session)?;
        if !plain.is_data_statement() {
            return Ok(Arc::new(own_definitions(text.params)));
        }
        let tried = if is_information {
            None
        } else {
            Some(self.trial(&plain, session).await?)
        };
        let database = tried
            .as_ref()
            .map_or(plain.database(session), |tried| &tried.database);
        let schema = database.schema.load_full();
        let state = session.state.hash();
        if let Some(known) = text.definitions(&schema, state) {
            return Ok(known);
        }
        let definitions = match &tried {
            Some(tried) => {
                self.metrics.prepares_asked.inc();
                self.ask_definitions(&plain, tried, session).await?
            }
            // its values are not known: any server has the same columns
            None => own_definitions(text.params),
        };
        let definitions = Arc::new(definitions);
        if tried.is_some() {
            text.learn(&schema, state, &definitions, context.prepared_limits.bytes);
        }
        Ok(definitions)
    }

    async fn ask_definitions(
        &self,
        job: &Job<'_>,
        tried: &Routed,
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
            self.held(job, tried, &place, session).await?
        } else {
            alone_connection(tried, &place, session, &mut alone).await?
        };
        let asked = held.guard.prepare_definitions(&sql).await;
        match asked {
            Ok(definitions) => {
                settle(session, &mut alone, is_held, held);
                Ok(logical_definitions(definitions, tried, unit))
            }
            Err(error) if error.is_fatal() && is_held => Err(session.lose(held, error).await),
            Err(error) if error.is_fatal() => {
                held.guard.close();
                Err(error.into())
            }
            Err(error) => {
                settle(session, &mut alone, is_held, held);
                Err(self.edited_failure(error.into(), tried, unit))
            }
        }
    }
}

async fn alone_connection(
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
        may_use_replica: false,
        state: &session.state,
        with_user: false,
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

/// Definitions of our own: no columns, which tells clients to wait for those of the answer.
fn own_definitions(params: usize) -> Definitions {
    let mut parameter = Vec::new();
    let column = crate::protocol::ColumnDefinition::text("?");
    column.write(&mut parameter);
    Definitions {
        params: vec![parameter; params],
        columns: Vec::new(),
        warnings: 0,
    }
}

/// Without the parameters that the client does not know of, and with the names that it knows.
fn logical_definitions(
    mut definitions: Definitions,
    tried: &Routed,
    unit: &ExecutionUnit,
) -> Definitions {
    let keys = unit.keys.iter().filter(|key| key.is_new);
    // each key is one parameter more in front of its place
    let places: Vec<usize> = keys.enumerate().map(|(n, key)| key.index + n).collect();
    for place in places.into_iter().rev() {
        if place < definitions.params.len() {
            definitions.params.remove(place);
        }
    }
    let schemas = tried.database.schema_names(unit.source);
    for payload in &mut definitions.columns {
        if let Ok(mut source) = ColumnSource::parse(payload) {
            source.schema = renamed(source.schema, schemas);
            source.table = renamed(source.table, &unit.names);
            source.org_table = renamed(source.org_table, &unit.names);
            let mut edited = Vec::with_capacity(payload.len());
            source.write(&mut edited);
            *payload = edited;
        }
    }
    definitions
}

fn renamed<'a>(name: &'a [u8], pairs: &'a [(String, String)]) -> &'a [u8] {
    pairs
        .iter()
        .find(|(actual, _)| actual.as_bytes().eq_ignore_ascii_case(name))
        .map_or(name, |(_, logical)| logical.as_bytes())
}

fn write<D: Downstream>(
    session: &SessionContext,
    client: &mut D,
    statement_id: u32,
    definitions: &Definitions,
) {
    let count = |payloads: &[Vec<u8>]| u16::try_from(payloads.len()).unwrap_or(u16::MAX);
    let ok = PrepareOk {
        statement_id,
        columns: count(&definitions.columns),
        params: count(&definitions.params),
        warnings: 0,
    };
    let capabilities = client.capabilities();
    let (out, sequence) = client.parts_mut();
    write_prepared(
        out,
        sequence,
        capabilities,
        session.status(),
        ok,
        &definitions.params,
        &definitions.columns,
    );
}

/// 1295 for what the servers do not prepare: `MariaDB` all but the statements about prepared statements, MySQL no
/// statement that begins or ends something.
pub(super) fn check_preparable(context: &Context, text: &PreparedText) -> Result<(), Failure> {
    let is_refused = match &text.template.statement.kind {
        Kind::Prepare | Kind::Execute | Kind::Deallocate => true,
        Kind::Begin { .. }
        | Kind::Rollback { .. }
        | Kind::Savepoint(_)
        | Kind::RollbackTo(_)
        | Kind::ReleaseSavepoint(_)
        | Kind::Use(_)
        | Kind::LockTables
        | Kind::UnlockTables
        | Kind::Handler
        | Kind::LoadData { .. }
        | Kind::Xa => !context.is_mariadb(),
        _ => false,
    };
    if is_refused {
        let message = "This command is not supported in the prepared statement protocol yet";
        return Err(Failure::new(1295, "HY000", message));
    }
    Ok(())
}

impl LogicalDatabase {
    /// The data source's primary is up, as far as is known.
    pub(super) fn is_available(&self, source: crate::model::SourceId) -> bool {
        self.members(source)
            .is_some_and(|members| members.primary().is_available())
    }
}
