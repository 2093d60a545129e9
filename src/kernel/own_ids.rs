//! `SELECT SNOWFLAKE()`: ids for applications that want one before they have a row, answered without a server.

use std::sync::Arc;

use crate::execute::Downstream;
use crate::keygen::SystemClock;
use crate::metrics::StatementClass;
use crate::protocol::{ColumnDefinition, TextResult};
use crate::route::{Refusal, RefusalCode};
use crate::sql::{Kind, Lexed, SqlMode, TokenKind, name_value, punct_is, text_value, word_is};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::keys::Named;
use super::session_call::SessionCall;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel, Served};

/// Ids of one statement; an INSERT has no more rows either.
const MOST: usize = 4096;

/// One id that is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Item {
    /// A table or a generator; `None` = the only generator.
    of: Option<String>,
    /// What the column is called.
    name: String,
}

impl Job<'_> {
    /// `SNOWFLAKE()` is called, and the database has a generator. Without one it is a function of the servers', as
    /// `schema.snowflake()` always is.
    pub(super) fn asks_own_ids(&self, session: &SessionContext) -> bool {
        // most statements call nothing
        self.calls
            .iter()
            .any(|call| SessionCall::is_snowflake(*call))
            && matches!(
                self.statement.kind,
                Kind::Query(_)
                    | Kind::Insert(_)
                    | Kind::Update(_)
                    | Kind::Delete(_)
                    | Kind::Set(_)
                    | Kind::Do
            )
            && self.database(session).keys.has_snowflake()
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

    fn own_id_items(&self, session: &SessionContext) -> Result<Vec<Item>, Failure> {
        let items = items(self.text, self.lexed, session.mode).filter(|items| items.len() <= MOST);
        items.ok_or_else(|| {
            let message = "SNOWFLAKE() stands alone in a statement, as SELECT SNOWFLAKE() or SELECT SNOWFLAKE('t_order') AS id, and \
                           its argument is a table or a generator by name: ask for the id first and write it into the next statement, \
                           or leave the key column out of the INSERT";
            Refusal::new(RefusalCode::NotSupported, message).into()
        })
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
                let message = format!(
                    "database {} has no table with a SNOWFLAKE key and no key generator called {}: name one of keyGenerators",
                    database.name,
                    name.unwrap_or_default()
                );
                return Err(Refusal::new(RefusalCode::NotSupported, message).into());
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

/// `SELECT SNOWFLAKE(...) [[AS] name], ... [FROM DUAL]` and nothing else.
fn items(text: &[u8], lexed: &Lexed, mode: SqlMode) -> Option<Vec<Item>> {
    if !word_is(text, lexed, 0, "SELECT") {
        return None;
    }
    let (mut items, mut at) = (Vec::new(), 1);
    loop {
        let (item, next) = item(text, lexed, mode, at)?;
        items.push(item);
        at = next;
        if !punct_is(lexed, at, b',') {
            break;
        }
        at += 1;
    }
    if word_is(text, lexed, at, "FROM") && word_is(text, lexed, at + 1, "DUAL") {
        at += 2;
    }
    (at == lexed.tokens.len()).then_some(items)
}

fn item(text: &[u8], lexed: &Lexed, mode: SqlMode, first: usize) -> Option<(Item, usize)> {
    if !word_is(text, lexed, first, "SNOWFLAKE") || !punct_is(lexed, first + 1, b'(') {
        return None;
    }
    let of = named(text, lexed, mode, first + 2);
    let close = first + 2 + usize::from(of.is_some());
    if !punct_is(lexed, close, b')') {
        return None;
    }
    let start = lexed.tokens.get(first)?.start as usize;
    let whole = text.get(start..lexed.tokens.get(close)?.end as usize)?;
    let has_as = word_is(text, lexed, close + 1, "AS");
    let alias_at = close + 1 + usize::from(has_as);
    let is_end = !has_as && word_is(text, lexed, alias_at, "FROM");
    let alias = if is_end {
        None
    } else {
        named(text, lexed, mode, alias_at)
    };
    if has_as && alias.is_none() {
        return None;
    }
    let next = alias_at + usize::from(alias.is_some());
    let name = alias.unwrap_or_else(|| String::from_utf8_lossy(whole).into_owned());
    Some((Item { of, name }, next))
}

/// A name or a string, without its quotes.
fn named(text: &[u8], lexed: &Lexed, mode: SqlMode, index: usize) -> Option<String> {
    let bytes = || lexed.bytes(text, index);
    match lexed.kind(index)? {
        TokenKind::Word | TokenKind::QuotedName => Some(name_value(bytes()).into_owned()),
        TokenKind::Text => Some(String::from_utf8_lossy(&text_value(bytes(), mode)).into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, lex};

    fn read(text: &str) -> Option<Vec<(Option<String>, String)>> {
        let mut lexed = Lexed::default();
        let family = ServerFamily::MariaDb(101_119);
        lex(text.as_bytes(), SqlMode::default(), family, &mut lexed).unwrap();
        let items = items(text.as_bytes(), &lexed, SqlMode::default())?;
        Some(items.into_iter().map(|item| (item.of, item.name)).collect())
    }

    #[test]
    fn ids_stand_alone_in_a_select() {
        let some = |name: &str| Some(name.to_owned());
        let cases = [
            ("select snowflake()", vec![(None, "snowflake()")]),
            ("SELECT SNOWFLAKE ( ) AS id", vec![(None, "id")]),
            (
                "SELECT SNOWFLAKE('t_order') `the id`, SNOWFLAKE(keys), snowflake(`k`) 'x' FROM dual",
                vec![
                    (some("t_order"), "the id"),
                    (some("keys"), "SNOWFLAKE(keys)"),
                    (some("k"), "x"),
                ],
            ),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(of, name)| (of, name.to_owned()))
                .collect();
            assert_eq!(read(text), Some(expected), "{text}");
        }
        for text in [
            "SELECT 1, SNOWFLAKE()",
            "SELECT SNOWFLAKE() + 1",
            "SELECT SNOWFLAKE(?)",
            "SELECT SNOWFLAKE(a, b)",
            "SELECT SNOWFLAKE() FROM t",
            "SELECT SNOWFLAKE() AS",
            "SELECT SNOWFLAKE(),",
            "INSERT INTO t VALUES (SNOWFLAKE())",
            "(SELECT SNOWFLAKE())",
            "SELECT SNOWFLAKE() UNION SELECT SNOWFLAKE()",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
