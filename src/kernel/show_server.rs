//! SHOW statements that a server answers, with what tells of other schemas and actual tables left out.

use crate::execute::{Downstream, ready};
use crate::metrics::StatementClass;
use crate::protocol::TextResult;
use crate::rewrite::{self, Edit};
use crate::sql::{TokenKind, name_value, text_value, word_is, word_of};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::killable::{ask, waiting};
use super::own_column::Shown;
use super::session_call::text_literal;
use super::session_context::SessionContext;
use super::show::{named_database, text};
use super::walk::{Job, Kernel, Served};

impl Kernel {
    pub(super) async fn show_server<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let is = |index: usize, word: &str| word_is(job.text, job.lexed, index, word);
        let at = if is(1, "FULL") { 2 } else { 1 };
        let of_routines = ["PROCEDURE", "FUNCTION", "PACKAGE"]
            .iter()
            .any(|word| is(at, word));
        let is_listed =
            is(at, "TRIGGERS") || is(at, "EVENTS") || (of_routines && !is(at + 1, "CODE"));
        if is_listed {
            let result = listed(job, session).await?;
            session.row_count = -1;
            session.found_rows = result.rows.len() as u64;
            session.leave_warnings(job);
            Self::answer_result(job, session, client, &result, 0);
            return Ok(StatementClass::Session);
        }
        if is(at, "GRANTS") {
            let result = grants(job, session, at)?;
            session.row_count = -1;
            session.leave_warnings(job);
            Self::answer_own(job, session, client, result, 0);
            return Ok(StatementClass::Session);
        }
        let is_everyones = matches!(
            job.statement.kind,
            crate::sql::Kind::Show(crate::sql::Show::Server)
        ) || is(at, "CREATE");
        if !is_everyones && !session.rights.is_admin {
            let message =
                "Access denied; you need the admin right of the proxy's user for this operation";
            return Err(Failure::new(1227, "42000", message));
        }
        self.routed(job, session, client).await
    }
}

/// SHOW TRIGGERS, EVENTS, PROCEDURE STATUS and FUNCTION STATUS of the default data source's schema.
async fn listed(job: &Job<'_>, session: &SessionContext) -> Result<TextResult, Failure> {
    let (name, mut edits) = from(job);
    let database = named_database(job, session, name.as_deref())?;
    let source = database.rules.default_source;
    let physical = database.rules.physical_schema(source);
    for (index, token) in job.lexed.tokens.iter().enumerate() {
        let is_name = token.kind == TokenKind::Text
            && text_value(job.lexed.bytes(job.text, index), session.mode)
                .eq_ignore_ascii_case(database.name.as_bytes());
        if is_name {
            edits.push(Edit {
                range: token.start as usize..token.end as usize,
                with: text_literal(physical).into_bytes(),
            });
        }
    }
    edits.sort_by_key(|edit| edit.range.start);
    let mut sql = Vec::new();
    rewrite::apply(job.text, &edits, &mut sql);
    let Some(members) = database.members(source) else {
        return Err(Failure::unsupported("this data source"));
    };
    let pool = members.primary();
    let ready = ready(pool, session.pool_key(), &session.state, false);
    let mut guard = waiting(&session.switch, ready).await?;
    let answer = ask(&session.switch, pool, &mut guard, &sql).await?;
    guard.release();
    let column = |title: &str| {
        answer
            .columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(title.as_bytes()))
    };
    let (schema, table) = (column("Db"), column("Table"));
    let mut rows = answer.rows;
    rows.retain(|row| {
        let value = |at: Option<usize>| {
            at.and_then(|at| row.get(at))
                .and_then(Option::as_deref)
                .map(String::from_utf8_lossy)
        };
        value(schema).is_none_or(|schema| schema.eq_ignore_ascii_case(physical))
            && value(table).is_none_or(|table| !database.rules.is_actual_name(&table))
    });
    for row in &mut rows {
        if let Some(value) = schema.and_then(|at| row.get_mut(at)) {
            *value = text(&database.name);
        }
    }
    Ok(TextResult {
        columns: answer.columns,
        rows,
    })
}

/// `FROM db` among the tokens, and the edit that takes it out.
fn from(job: &Job<'_>) -> (Option<String>, Vec<Edit>) {
    let range = |first: usize, last: usize| {
        let start = job.lexed.tokens.get(first)?.start as usize;
        Some(start..job.lexed.tokens.get(last)?.end as usize)
    };
    let is_end = |index: usize| {
        ["LIKE", "WHERE"]
            .iter()
            .any(|word| word_is(job.text, job.lexed, index, word))
    };
    for index in 0..job.lexed.tokens.len() {
        if is_end(index) {
            break;
        }
        if word_of(job.text, job.lexed, index, &["FROM", "IN"]).is_some()
            && let Some(range) = range(index, index + 1)
        {
            let name = name_value(job.lexed.bytes(job.text, index + 1)).into_owned();
            return (
                Some(name),
                vec![Edit {
                    range,
                    with: Vec::new(),
                }],
            );
        }
    }
    (None, Vec::new())
}

/// What the session's account may do with the logical databases; the server's accounts are not the client's.
fn grants(job: &Job<'_>, session: &SessionContext, at: usize) -> Result<TextResult, Failure> {
    let is_other = word_is(job.text, job.lexed, at + 1, "FOR")
        && !word_is(job.text, job.lexed, at + 2, "CURRENT_USER");
    if is_other {
        return Err(Failure::unsupported(
            "SHOW GRANTS of another user: rights are declared in server.yaml",
        ));
    }
    let rights = &session.rights;
    let granted = match (rights.is_read_only, rights.may_drop, rights.may_ddl) {
        (true, _, _) => "SELECT",
        (_, true, _) => "ALL PRIVILEGES",
        (_, _, true) => "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX",
        _ => "SELECT, INSERT, UPDATE, DELETE",
    };
    let (user, host) = session
        .user_at_host
        .split_once('@')
        .unwrap_or((&session.user, "%"));
    let is_usable = |database: &&std::sync::Arc<LogicalDatabase>| rights.may_use(&database.name);
    let mut names: Vec<&str> = job
        .context
        .databases
        .values()
        .filter(is_usable)
        .map(|database| &*database.name)
        .collect();
    names.sort_unstable();
    let rows = names.iter().map(|name| {
        vec![text(&format!(
            "GRANT {granted} ON `{name}`.* TO `{user}`@`{host}`"
        ))]
    });
    let rows = std::iter::once(vec![text(&format!(
        "GRANT USAGE ON *.* TO `{user}`@`{host}`"
    ))])
    .chain(rows)
    .collect();
    Ok(TextResult {
        columns: job.columns(Shown::Grants, &format!("Grants for {user}@{host}"), session),
        rows,
    })
}
