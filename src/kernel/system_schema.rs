//! `USE information_schema`: names without a schema are the server's own, so they get it written before them; the
//! connections stay in the schema that they were opened in.

use std::sync::Arc;

use crate::rewrite::{self, Edit};
use crate::sql::{self, Kind, Lexed, Show, Statement, word_is};

use super::context::Context;
use super::session_context::SessionContext;

/// The one that everybody may use.
const INFORMATION: &str = "information_schema";

impl Context {
    /// A schema that a client may be in, as it is spelled: a logical database, or the one that every server has.
    #[must_use]
    pub fn schema(&self, name: &str) -> Option<Arc<str>> {
        if name.eq_ignore_ascii_case(INFORMATION) {
            return Some(INFORMATION.into());
        }
        self.database(name)
            .map(|database| Arc::clone(&database.name))
    }
}

impl SessionContext {
    /// The client is in this schema now.
    pub(super) fn enter(&mut self, schema: Option<Arc<str>>) {
        self.is_in_system_schema = schema.as_deref().is_some_and(crate::route::is_system);
        self.database = schema;
        self.switch.enter(self.database.as_ref());
    }
}

/// The text with the session's schema before each name that has none; `None` if nothing has to be written.
pub(super) fn qualified(session: &SessionContext, text: &[u8], lexed: &Lexed) -> Option<Vec<u8>> {
    let schema = session.database.as_deref()?;
    let statement = sql::analyze(text, lexed, 0..lexed.tokens.len(), session.mode);
    let edits = edits(schema, text, lexed, &statement);
    if edits.is_empty() {
        return None;
    }
    let mut qualified = Vec::new();
    rewrite::apply(text, &edits, &mut qualified);
    Some(qualified)
}

fn edits(schema: &str, text: &[u8], lexed: &Lexed, statement: &Statement) -> Vec<Edit> {
    let edit = |at: u32, with: String| {
        let at = at as usize;
        Edit {
            range: at..at,
            with: with.into_bytes(),
        }
    };
    if let Kind::Show(Show::Tables { database: None, .. }) = statement.kind {
        let last = |index: &usize| {
            word_is(text, lexed, *index, "TABLES") || word_is(text, lexed, *index, "STATUS")
        };
        let token = (1..4).find(last).and_then(|index| lexed.tokens.get(index));
        return token
            .map(|token| edit(token.end, format!(" FROM {schema}")))
            .into_iter()
            .collect();
    }
    let bare = statement
        .tables
        .iter()
        .filter(|table| table.schema.is_none());
    let mut edits: Vec<Edit> = bare
        .filter_map(|table| lexed.tokens.get(table.name_token as usize))
        .map(|token| edit(token.start, format!("{schema}.")))
        .collect();
    edits.sort_by_key(|edit| edit.range.start);
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, SqlMode};

    fn written(text: &str) -> String {
        let mut lexed = Lexed::default();
        let family = ServerFamily::MariaDb(101_119);
        sql::lex(text.as_bytes(), SqlMode::default(), family, &mut lexed).unwrap();
        let statement = sql::analyze(
            text.as_bytes(),
            &lexed,
            0..lexed.tokens.len(),
            SqlMode::default(),
        );
        let mut out = Vec::new();
        let edits = edits(INFORMATION, text.as_bytes(), &lexed, &statement);
        rewrite::apply(text.as_bytes(), &edits, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_without_a_schema_are_the_servers_own() {
        let cases = [
            ("SELECT 1", "SELECT 1"),
            (
                "SELECT * FROM TABLES t JOIN ecommerce.x ON 1",
                "SELECT * FROM information_schema.TABLES t JOIN ecommerce.x ON 1",
            ),
            (
                "SELECT (SELECT 1 FROM `ENGINES`) FROM COLUMNS",
                "SELECT (SELECT 1 FROM information_schema.`ENGINES`) FROM information_schema.COLUMNS",
            ),
            (
                "SHOW FULL TABLES LIKE 'x'",
                "SHOW FULL TABLES FROM information_schema LIKE 'x'",
            ),
            ("SHOW TABLES FROM ecommerce", "SHOW TABLES FROM ecommerce"),
            ("DESC TABLES", "DESC information_schema.TABLES"),
            (
                "CREATE TABLE x (a INT)",
                "CREATE TABLE information_schema.x (a INT)",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(written(text), expected);
        }
    }
}
