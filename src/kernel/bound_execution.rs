//! COM_STMT_EXECUTE: the values are bound, routed by, and sent on as they came.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::execute::Downstream;
use crate::protocol::{Execute, ParamType, ProtocolError};
use crate::sql::Kind;

use super::bound::Bound;
use super::context::Context;
use super::error::Failure;
use super::long_data::{LongData, LongDataFault};
use super::prepared_text::PreparedText;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel};

/// What an EXECUTE needs of the session's statement, taken out of it for the time being.
struct Taken {
    text: Arc<PreparedText>,
    types: Vec<ParamType>,
    long_data: Option<Box<LongData>>,
}

impl Kernel {
    /// Serves one COM_STMT_EXECUTE. All answers, errors too, are in the client's buffer afterwards or written already.
    ///
    /// # Errors
    /// As [`Kernel::query`].
    ///
    /// # Cancel safety
    /// As [`Kernel::query`].
    pub async fn execute_statement<D: Downstream>(
        &self,
        session: &mut SessionContext,
        body: &[u8],
        client: &mut D,
    ) -> io::Result<()> {
        let started = Instant::now();
        let id = match statement_id(session, body, "mysqld_stmt_execute") {
            Ok(id) => id,
            Err(failure) => return self.answer_failure(session, client, failure, started),
        };
        session.statements.count_execution();
        if let Err(failure) = self.close_cursor(session, id).await {
            return self.answer_failure(session, client, failure, started);
        }
        let Some(statement) = session.statements.get_mut(id) else {
            return Ok(());
        };
        let mut taken = Taken {
            text: Arc::clone(&statement.text),
            types: std::mem::take(&mut statement.types),
            long_data: statement.long_data.take(),
        };
        let result = self
            .bound(session, id, &mut taken, body, client, started)
            .await;
        if let Some(statement) = session.statements.get_mut(id) {
            statement.text = taken.text;
            statement.types = taken.types;
        }
        session.give_context_back();
        result
    }

    async fn bound<D: Downstream>(
        &self,
        session: &mut SessionContext,
        id: u32,
        taken: &mut Taken,
        body: &[u8],
        client: &mut D,
        started: Instant,
    ) -> io::Result<()> {
        let context = session.context(&self.published);
        // its names are those of the database that it was prepared in
        let database = taken.text.conditions.database.clone();
        let swaps = database != session.database
            && !matches!(taken.text.template.statement.kind, Kind::Use(_));
        let own = session.database.clone();
        if swaps {
            session.database.clone_from(&database);
        }
        let result = self
            .bound_in_database(&context, session, id, taken, body, client, started)
            .await;
        if swaps && session.database == database {
            session.database = own;
        }
        result
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the step between packet and statement needs both sides"
    )]
    async fn bound_in_database<D: Downstream>(
        &self,
        context: &Arc<Context>,
        session: &mut SessionContext,
        id: u32,
        taken: &mut Taken,
        body: &[u8],
        client: &mut D,
        started: Instant,
    ) -> io::Result<()> {
        let read = self
            .text_now(context, session, &mut taken.text)
            .and_then(|text| Ok((read_execute(session, id, taken, body)?, text)));
        let (bound, text) = match read {
            Ok(read) => read,
            Err(failure) => return self.answer_failure(session, client, failure, started),
        };
        self.metrics.template_hits.inc();
        let job = Job {
            context,
            text: &text.text,
            lexed: &text.lexed,
            statement: &text.template.statement,
            calls: &text.template.calls,
            rest: b"",
            bound: Some(&bound),
            is_binary: true,
            template: Some(&text.template),
        };
        self.run(&job, session, client, started).await.map(drop)
    }

    /// The text as it reads now.
    pub(super) fn text_now(
        &self,
        context: &Context,
        session: &mut SessionContext,
        text: &mut Arc<PreparedText>,
    ) -> Result<Arc<PreparedText>, Failure> {
        if !text.conditions.hold(context, session) {
            *text = self.read_again(context, session, text)?;
        }
        Ok(Arc::clone(text))
    }

    /// The configuration, or how the session's texts read, has changed since the text was prepared.
    fn read_again(
        &self,
        context: &Context,
        session: &mut SessionContext,
        old: &PreparedText,
    ) -> Result<Arc<PreparedText>, Failure> {
        let is_same_charset = old.conditions.charset == session.charset || old.text.is_ascii();
        let text = self
            .prepared_texts
            .of(context, session, &self.templates, &old.text)?;
        if !is_same_charset || text.params != old.params {
            let message = "Prepared statement needs to be re-prepared: the session's character set or sql_mode has \
                           changed since, and with it the meaning of the text";
            return Err(Failure::new(1615, "HY000", message));
        }
        Ok(text)
    }
}

/// Cuts the packet; the types it brings are remembered.
fn read_execute<'p>(
    session: &SessionContext,
    id: u32,
    taken: &'p mut Taken,
    body: &'p [u8],
) -> Result<Bound<'p>, Failure> {
    match taken.long_data.as_ref().and_then(|data| data.fault()) {
        Some(LongDataFault::NoParameter) => {
            return Err(wrong_arguments("mysqld_stmt_send_long_data"));
        }
        Some(LongDataFault::TooLong) => {
            let message = "Got a packet bigger than 'max_allowed_packet' bytes: a parameter sent in pieces is \
                           longer than limits.maxStatementBytes or limits.maxPreparedBytes allow";
            return Err(Failure::new(1153, "08S01", message));
        }
        None => {}
    }
    let malformed = |error: ProtocolError| {
        tracing::debug!(error = %error, "an EXECUTE cannot be read");
        wrong_arguments("mysqld_stmt_execute")
    };
    let params = taken.text.params;
    let execute = Execute::parse(body, params).map_err(malformed)?;
    if execute.has_types() {
        let mut types = Vec::with_capacity(params);
        execute.read_types(&mut types).map_err(malformed)?;
        taken.types = types;
    }
    if taken.types.len() != params {
        return Err(wrong_arguments("mysqld_stmt_execute"));
    }
    let mut bound =
        Bound::of(&execute, &taken.types, taken.long_data.as_deref()).map_err(malformed)?;
    // what the client calls it need not be its id
    bound.statement = session.statements.id(id).unwrap_or(id);
    bound.text = Some(taken.text.number);
    Ok(bound)
}

/// The statement's id as the session knows it.
pub(super) fn statement_id(
    session: &mut SessionContext,
    body: &[u8],
    command: &str,
) -> Result<u32, Failure> {
    let Ok(said) = Execute::statement_id(body) else {
        return Err(wrong_arguments(command));
    };
    let id = session.statements.id(said);
    let known = id.filter(|id| session.statements.get_mut(*id).is_some());
    known.ok_or_else(|| {
        let message = format!("Unknown prepared statement handler ({said}) given to {command}");
        Failure::new(1243, "HY000", message)
    })
}

/// 1210 in the servers' words.
pub(super) fn wrong_arguments(command: &str) -> Failure {
    Failure::new(1210, "HY000", format!("Incorrect arguments to {command}"))
}
