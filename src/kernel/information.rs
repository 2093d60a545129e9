//! Questions to information_schema: each of its tables is read through a view with logical names (contract 10.2).

use std::sync::Arc;

use crate::backend::{Guard, Pool};
use crate::execute::{Downstream, ready, replay};
use crate::model::{SessionState, SourceId};
use crate::protocol::TextResult;
use crate::rewrite;
use crate::route::{Refusal, RefusalCode, is_system};
use crate::sql::{self, Lexed, Statement, TokenKind};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::information_question::Question;
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

/// A question as its server gets it, and a connection to put it over.
pub(super) struct Worded {
    pub(super) database: Arc<LogicalDatabase>,
    pub(super) source: SourceId,
    pub(super) sql: Vec<u8>,
    pool: Arc<Pool>,
    pub(super) guard: Guard,
}

impl Kernel {
    /// Words the question for its server, whose columns decide how.
    pub(super) async fn word_question(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
    ) -> Result<Worded, Failure> {
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
        let question = Question {
            text: &text,
            lexed: &lexed,
            statement: &statement,
            session,
        };
        let database = question.database(job.context)?;
        question.check_served()?;
        let (source, view) = match database.rules.catalog_source {
            Some(source) => (source, question.catalog_view(database, job.context)),
            None => {
                let source = question.source(database)?;
                (source, question.view(database, source, job.context))
            }
        };
        let Some(members) = database.members(source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let pool = members.primary();
        let plain = SessionState::default();
        let ready = ready(pool, session.pool_key(), &plain, false);
        let mut guard = waiting(&session.switch, ready).await?;
        let columns = question
            .columns(&mut guard, job.context.is_mariadb())
            .await?;
        let mut sql = Vec::new();
        rewrite::apply(&text, &question.edits(&view, &columns), &mut sql);
        Ok(Worded {
            database: Arc::clone(database),
            source,
            sql,
            pool: Arc::clone(pool),
            guard,
        })
    }

    pub(super) async fn information<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let Worded {
            database,
            source,
            sql,
            pool,
            mut guard,
        } = self.word_question(job, session).await?;
        replay(
            &mut guard,
            &session.state,
            job.statement.facts.reads_user_variable,
        )
        .await?;
        let result = ask(&session.switch, &pool, &mut guard, &sql).await;
        // functions in the question may have left locks or variables
        guard.mark_dirty();
        guard.release();
        let names = LogicalNames::of(&database, source, None);
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

pub(super) fn is_harmless(name: &str) -> bool {
    HARMLESS
        .iter()
        .any(|other| other.eq_ignore_ascii_case(name))
}
