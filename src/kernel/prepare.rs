//! COM_STMT_PREPARE: a text is read and routed before any value is known; what would be refused for every value is
//! refused here, and no server hears of it.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::backend::Definitions;
use crate::execute::Downstream;
use crate::metrics::StatementClass;
use crate::protocol::{PrepareOk, write_prepared};
use crate::sql::{Kind, Show};

use super::budget::Lease;
use super::context::Context;
use super::error::Failure;
use super::prepared_text::PreparedText;
use super::prepared_texts::{no_room, trimmed};
use super::routed::class_of;
use super::session_context::SessionContext;
use super::session_statements;
use super::walk::{Kernel, give_up_broken, log_refusal};

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
        self.switches.mark(&session.switch, true, started);
        let prepared = self.prepared(&context, session, trimmed(text)).await;
        self.switches.mark(&session.switch, false, Instant::now());
        session.give_context_back();
        match prepared {
            Ok((id, definitions)) => {
                // MariaDB prepares what tells the warnings without forgetting them
                if !(context.is_mariadb() && asks_diagnostics(session, id)) {
                    session.diagnostics.clear();
                }
                write(session, client, id, &definitions);
                Ok(())
            }
            Err((class, failure)) => {
                session.statements.forget_last();
                let failure = give_up_broken(session, failure);
                self.answer_failure_of(class, session, client, failure, started)
            }
        }
    }

    async fn prepared(
        &self,
        context: &Arc<Context>,
        session: &mut SessionContext,
        text: &[u8],
    ) -> Result<(u32, Arc<Definitions>), (StatementClass, Failure)> {
        let read = self
            .prepared_texts
            .of(context, session, &self.templates, text);
        let text = read.map_err(|failure| (StatementClass::Session, failure))?;
        match self.admitted(context, session, &text).await {
            Ok((lease, definitions)) => Ok((session.statements.add(text, lease), definitions)),
            Err(failure) => {
                log_refusal(session, &text.text, &text.lexed, &failure);
                Err((class_of(&text.template.statement.kind), failure))
            }
        }
    }

    async fn admitted(
        &self,
        context: &Arc<Context>,
        session: &mut SessionContext,
        text: &PreparedText,
    ) -> Result<(Lease, Arc<Definitions>), Failure> {
        let mut lease = self.statement_lease(context, session)?;
        check_preparable(context, text)?;
        let most = context.prepared_limits.bytes;
        // the types of its parameters
        if !lease.grow(2 * text.params, most) {
            return Err(no_room(most));
        }
        let definitions = self.defined(context, session, text).await?;
        Ok((lease, definitions))
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
}

fn asks_diagnostics(session: &mut SessionContext, id: u32) -> bool {
    session.statements.get_mut(id).is_some_and(|statement| {
        let kind = &statement.text.template.statement.kind;
        matches!(kind, Kind::Show(Show::Warnings | Show::Errors))
    })
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
        Kind::Prepare | Kind::Execute | Kind::Deallocate | Kind::LoadData { is_local: true } => {
            true
        }
        Kind::Begin { .. }
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
