//! COM_FIELD_LIST: the columns of a logical table, from one of its nodes.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::execute::Ending;
use crate::execute::{
    AnswerNames, Downstream, Need, Place, RelayError, connection, relay_field_list, write_ending,
};
use crate::model::SourceId;
use crate::route::{Refusal, RefusalCode};
use crate::rule::TableRule;

use super::context::LogicalDatabase;
use super::error::Failure;
use super::session_context::SessionContext;
use super::walk::Kernel;

/// COM_FIELD_LIST
const FIELD_LIST: &[u8] = &[0x04];

impl Kernel {
    /// Serves one COM_FIELD_LIST; `arguments` are the table's name, NUL and a wildcard.
    ///
    /// # Errors
    /// As [`Kernel::query`].
    ///
    /// # Cancel safety
    /// As [`Kernel::query`].
    pub async fn field_list<D: Downstream>(
        &self,
        session: &mut SessionContext,
        arguments: &[u8],
        client: &mut D,
    ) -> io::Result<()> {
        match self.fields(session, arguments, client).await {
            Ok(()) => Ok(()),
            Err(failure) => self.answer_failure(session, client, failure, Instant::now()),
        }
    }

    async fn fields<D: Downstream>(
        &self,
        session: &mut SessionContext,
        arguments: &[u8],
        client: &mut D,
    ) -> Result<(), Failure> {
        let context = self.context();
        let Some(database) = session
            .database
            .as_deref()
            .and_then(|name| context.database(name))
        else {
            return Err(Failure::new(1046, "3D000", "No database selected"));
        };
        let end = arguments
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(arguments.len());
        let (table, wildcard) = arguments.split_at(end);
        let table = String::from_utf8_lossy(table).into_owned();
        let (source, actual) = node_of(database, &table)?;
        let place = Place {
            database: Arc::clone(&database.name),
            source,
        };
        let Some(members) = database.members(source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let need = Need {
            place: &place,
            members,
            key: session.pool_key(),
            replica: None,
            is_write: false,
            may_write: false,
            avoided: None,
            chosen: None,
            state: &session.state,
            with_user: false,
            opens_transaction: !session.is_autocommit,
            characteristics: None,
        };
        let mut held = connection(&mut session.transaction, &need).await?;
        held.guard
            .begin_command(&[FIELD_LIST, actual.as_bytes(), wildcard]);
        if let Err(error) = held.guard.flush().await {
            return Err(session.lose(held, error).await);
        }
        let renamed = [(actual.into(), table.into())];
        let names = AnswerNames {
            schemas: database.schema_names(source),
            tables: &renamed,
            ..AnswerNames::default()
        };
        let relayed = relay_field_list(&mut held.guard, client, names, session.status()).await;
        match relayed {
            Ok(relayed) => {
                if let Ending::Err(err) = relayed.ending {
                    session.transaction.settle(held);
                    return Err(Failure::backend(err));
                }
                if let Ending::End(ok) = &relayed.ending {
                    held.guard.set_status(ok.status);
                }
                session.transaction.settle(held);
                write_ending(&relayed.ending, client, false);
                Ok(())
            }
            Err(RelayError::Client(error)) => Err(Failure::Gone(error)),
            Err(error) => Err(Failure::Gone(io::Error::other(error.to_string()))),
        }
    }
}

/// A node that has the table's columns, preferring a data source that is up.
fn node_of(database: &LogicalDatabase, table: &str) -> Result<(SourceId, String), Failure> {
    let is_up = |source: SourceId| {
        database
            .members(source)
            .is_some_and(|members| members.primary().is_available())
    };
    match database.rules.table(table) {
        Some(TableRule::Sharded(rule)) => {
            let node = rule
                .nodes
                .iter()
                .find(|node| is_up(node.source))
                .or_else(|| rule.nodes.first());
            node.map(|node| (node.source, node.table.to_string()))
                .ok_or_else(|| Failure::unsupported("a table without nodes"))
        }
        Some(rule) => {
            let sources = rule.sources();
            let source = sources
                .iter()
                .copied()
                .find(|source| is_up(*source))
                .or_else(|| sources.first().copied());
            Ok((
                source.unwrap_or(database.rules.default_source),
                table.to_owned(),
            ))
        }
        None if database.rules.is_actual_name(table) => {
            let message = format!("{table} is an actual table: name the logical one");
            Err(Refusal::new(RefusalCode::ActualName, message).into())
        }
        None => Ok((database.rules.default_source, table.to_owned())),
    }
}
