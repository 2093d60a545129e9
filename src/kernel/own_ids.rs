//! `SELECT SNOWFLAKE()`: ids for applications that want one before they have a row, answered without a server.

use std::sync::Arc;

use crate::execute::Downstream;
use crate::keygen::SystemClock;
use crate::metrics::StatementClass;
use crate::protocol::{ColumnDefinition, TextResult};
use crate::route::{self, Refusal, RefusalCode, own_id_inside};
use crate::sql::{self, OwnId};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::keys::Named;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel, Served};

impl Job<'_> {
    /// `SNOWFLAKE()` is called, and the database has a generator.
    pub(super) fn asks_own_ids(&self, session: &SessionContext) -> bool {
        // nearly no statement: the database need not be looked for
        self.statement.facts.calls_snowflake
            && route::asks_own_ids(self.statement, &self.database(session).rules)
    }

    /// The columns of the answer.
    pub(super) fn own_id_columns(
        &self,
        session: &SessionContext,
    ) -> Result<Vec<ColumnDefinition>, Failure> {
        let items = self.own_id_items(session)?;
        Ok(items
            .iter()
            .map(|item| ColumnDefinition::integer(&item.name))
            .collect())
    }

    fn own_id_items(&self, session: &SessionContext) -> Result<Vec<OwnId>, Failure> {
        let items = sql::own_ids(self.text, self.lexed, session.mode);
        items.ok_or_else(|| own_id_inside().into())
    }
}

impl Kernel {
    /// Answers `SELECT SNOWFLAKE() ...`.
    pub(super) async fn own_ids<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let items = job.own_id_items(session)?;
        let database = Arc::clone(job.database(session));
        job.check_access(session, &database)?;
        let mut row = Vec::with_capacity(items.len());
        for item in &items {
            let id = self.own_id(&database, item.of.as_deref()).await?;
            row.push(Some(id.to_string().into_bytes()));
        }
        session.row_count = -1;
        session.found_rows = 1;
        session.leave_warnings(job);
        let result = TextResult {
            columns: job.own_id_columns(session)?,
            rows: vec![row],
        };
        Self::answer_result(job, session, client, &result, 0);
        Ok(StatementClass::Read)
    }

    async fn own_id(&self, database: &LogicalDatabase, name: Option<&str>) -> Result<u64, Failure> {
        let (snowflake, tables) = match database.keys.named(name) {
            Named::One(snowflake, tables) => (snowflake, tables),
            Named::None => {
                return Err(
                    route::no_such_generator(&database.name, name.unwrap_or_default()).into(),
                );
            }
            Named::Several(names) => {
                let message = format!(
                    "database {} has several key generators: write SNOWFLAKE('name') with one of {}, or a table's name",
                    database.name,
                    names.join(", ")
                );
                return Err(Refusal::new(RefusalCode::NotSupported, message).into());
            }
        };
        for table in tables {
            let compared = database.compare_keys(table).await;
            compared.map_err(|error| Self::no_key(&error))?;
        }
        let drawn = snowflake.take(1, &SystemClock).await;
        let id = drawn.map_err(|error| Self::no_key(&error))?;
        self.metrics.keys_generated.inc();
        Ok(id)
    }

    /// `CLOSE KEY FUSE`: an admin's command.
    pub(super) fn close_key_fuse(job: &Job<'_>, session: &SessionContext) -> Result<(), Failure> {
        if !session.rights.is_admin {
            let message =
                "Access denied; you need the admin right of the proxy's user for this operation";
            return Err(Failure::new(1227, "42000", message));
        }
        let generators = job.context.fallback.keys.generators();
        if generators.run_ahead_of_clock() > 0 {
            return Ok(());
        }
        let reasons = generators.statistics(&SystemClock);
        let reason = reasons.into_iter().find_map(|keys| keys.open_fuse);
        let message = match reason {
            Some(reason) => format!("the key fuse cannot be closed: {reason}"),
            None => "no key fuse is open: SHOW SHARDGATE KEYS tells of them".to_owned(),
        };
        Err(Failure::new(1105, "HY000", message))
    }
}
