//! A question to information_schema: which names it binds, and its text with views in the place of tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::backend::Guard;
use crate::execute::replay;
use crate::model::SessionState;
use crate::rewrite::{self, Edit};
use crate::sql::{
    self, Binding, ColumnRef, Kind, Lexed, Operand, Predicate, Restricts, Statement, TokenKind,
    text_value,
};

use super::error::Failure;
use super::information::{is_harmless, refusal};
use super::information_view::{self, View};
use super::session_context::SessionContext;

pub(super) const SCHEMA_COLUMNS: [&str; 8] = [
    "table_schema",
    "constraint_schema",
    "event_object_schema",
    "referenced_table_schema",
    "schema_name",
    "trigger_schema",
    "index_schema",
    "unique_constraint_schema",
];
pub(super) const TABLE_COLUMNS: [&str; 3] =
    ["table_name", "event_object_table", "referenced_table_name"];

/// A question with the session's answers in it.
pub(super) struct Question<'a> {
    pub(super) text: &'a [u8],
    pub(super) lexed: &'a Lexed,
    pub(super) statement: &'a Statement,
    pub(super) session: &'a SessionContext,
}

impl Question<'_> {
    /// It reads only, and every table of it is one of information_schema that can be shown.
    pub(super) fn check_served(&self) -> Result<(), Failure> {
        let facts = &self.statement.facts;
        // the connection is not the session's: what is left on it would be lost
        if facts.has_into || facts.assigns_user_variable || facts.uses_user_locks {
            return Err(Failure::unsupported(
                "INTO, assignments to user variables and locks in a question to information_schema",
            ));
        }
        if !matches!(self.statement.kind, Kind::Query(_)) {
            return Err(refusal());
        }
        let is_served = |schema: Option<&str>, name: &str| {
            schema.is_some_and(|schema| schema.eq_ignore_ascii_case("information_schema"))
                && (information_view::is_served(name) || is_harmless(name))
        };
        let mut tables = self.statement.tables.iter();
        if tables.all(|table| is_served(table.schema.as_deref(), &table.name)) {
            Ok(())
        } else {
            Err(refusal())
        }
    }

    /// Columns of the tables that are read through a view, as this server has them.
    pub(super) async fn columns(
        &self,
        guard: &mut Guard,
        is_mariadb: bool,
    ) -> Result<BTreeMap<String, Vec<String>>, Failure> {
        replay(guard, &SessionState::default(), false).await?;
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for table in &self.statement.tables {
            let name = table.name.to_ascii_uppercase();
            if !information_view::is_served(&name) || columns.contains_key(&name) {
                continue;
            }
            let answer = guard
                .query(&format!("SHOW COLUMNS FROM information_schema.{name}"))
                .await?;
            let names = (0..answer.rows.len()).filter_map(|row| answer.text(row, 0));
            // MySQL titles answers as its views are written
            let is_as_named = !is_mariadb || self.selects_all();
            let names = names.map(|column| {
                if is_as_named {
                    column.to_owned()
                } else {
                    self.spelled(column)
                }
            });
            columns.insert(name, names.collect());
        }
        Ok(columns)
    }

    /// Puts the views in the place of the tables.
    pub(super) fn edits(&self, view: &View, columns: &BTreeMap<String, Vec<String>>) -> Vec<Edit> {
        let mut edits = Vec::new();
        let is_viewed = |name: &str| columns.contains_key(&name.to_ascii_uppercase());
        for table in &self.statement.tables {
            let Some(known) = columns.get(&table.name.to_ascii_uppercase()) else {
                continue;
            };
            let Some(mut with) = view.derived(&table.name, known) else {
                continue;
            };
            if table.alias.is_none() {
                with.push_str(" AS ");
                with.push_str(&quoted(&table.name));
            }
            edits.extend(self.edit(
                table.schema_token.unwrap_or(table.name_token),
                table.name_token,
                with,
            ));
        }
        for qualifier in &self.statement.qualifiers {
            let Some(table) = self.statement.tables.get(usize::from(qualifier.table)) else {
                continue;
            };
            // the target of a DELETE is no column's qualifier, and a query has none
            if is_viewed(&table.name) {
                edits.extend(self.edit(
                    qualifier.schema_token.unwrap_or(qualifier.name_token),
                    qualifier.name_token,
                    quoted(table.exposed_name()),
                ));
            }
        }
        edits.sort_by_key(|edit| edit.range.start);
        edits.dedup_by_key(|edit| edit.range.start);
        rewrite::keep_labels(self.text, self.lexed, self.statement, &mut edits);
        edits.sort_by_key(|edit| edit.range.start);
        edits
    }

    /// A column's name as the question spells it: MariaDB titles answers so.
    fn spelled(&self, name: &str) -> String {
        let mut tokens = 0..self.lexed.tokens.len();
        let found = tokens.find_map(|index| {
            let spelled = match self.lexed.kind(index)? {
                TokenKind::Word | TokenKind::QuotedName => {
                    sql::name_value(self.lexed.bytes(self.text, index))
                }
                _ => return None,
            };
            (spelled.len() == name.len() && spelled.eq_ignore_ascii_case(name)).then_some(spelled)
        });
        found.map_or_else(|| name.to_owned(), std::borrow::Cow::into_owned)
    }

    /// `*` or `t.*` is selected: the columns have the server's own names.
    fn selects_all(&self) -> bool {
        let is_star = |index: usize| {
            sql::punct_is(self.lexed, index, b'*')
                && index.checked_sub(1).is_some_and(|before| {
                    [b',', b'.']
                        .iter()
                        .any(|mark| sql::punct_is(self.lexed, before, *mark))
                        || ["SELECT", "DISTINCT", "ALL"]
                            .iter()
                            .any(|word| sql::word_is(self.text, self.lexed, before, word))
                })
        };
        (0..self.lexed.tokens.len()).any(is_star)
    }

    /// Tables restricted by literals on one of `columns`, and those joined to them on such columns.
    pub(super) fn restricted(&self, columns: &[&str]) -> BTreeSet<usize> {
        let mut restricted = BTreeSet::new();
        for (table, predicate) in self.predicates() {
            if let Predicate::In { column, values, .. } = predicate
                && is_one_of(column, columns)
                && values
                    .iter()
                    .all(|value| matches!(value, Operand::Literal { .. }))
                && let Some(owner) = table
            {
                restricted.insert(owner);
            }
        }
        loop {
            let before = restricted.len();
            for (_, predicate) in self.predicates() {
                let Predicate::Same { left, right } = predicate else {
                    continue;
                };
                let (Some(one), Some(other)) = (self.owner(left), self.owner(right)) else {
                    continue;
                };
                if is_one_of(left, columns) && is_one_of(right, columns) {
                    if restricted.contains(&one) {
                        restricted.insert(other);
                    } else if restricted.contains(&other) {
                        restricted.insert(one);
                    }
                }
            }
            if restricted.len() == before {
                return restricted;
            }
        }
    }

    /// Literals that `columns` are compared with.
    pub(super) fn literals(&self, columns: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (_, predicate) in self.predicates() {
            let Predicate::In { column, values, .. } = predicate else {
                continue;
            };
            if !is_one_of(column, columns) {
                continue;
            }
            for value in values {
                if let Operand::Literal { token, .. } = value {
                    found.push(self.value(*token));
                }
            }
        }
        found
    }

    /// The predicates that restrict whole blocks, with the table that an `In` belongs to.
    fn predicates(&self) -> impl Iterator<Item = (Option<usize>, &Predicate)> {
        let blocks = match &self.statement.kind {
            Kind::Query(query) => query.blocks.as_slice(),
            _ => &[],
        };
        blocks
            .iter()
            .flat_map(|block| &block.conditions)
            .map(|condition| {
                let owner = match &condition.predicate {
                    Predicate::In { column, .. } => self.owner(column),
                    _ => None,
                };
                let owner = owner.filter(|owner| match &condition.restricts {
                    Restricts::Block => true,
                    Restricts::Tables(tables) => {
                        tables.iter().any(|table| usize::from(*table) == *owner)
                    }
                });
                (owner, &condition.predicate)
            })
    }

    fn owner(&self, column: &ColumnRef) -> Option<usize> {
        match column.binding {
            Binding::Table(index) => Some(usize::from(index)),
            Binding::Unqualified(block) => {
                let mut inside = self
                    .statement
                    .tables
                    .iter()
                    .enumerate()
                    .filter(|(_, table)| table.block == block);
                let first = inside.next()?.0;
                inside.next().is_none().then_some(first)
            }
            Binding::Derived(_) | Binding::Foreign => None,
        }
    }

    fn value(&self, token: u32) -> String {
        let bytes = self
            .lexed
            .bytes(self.text, usize::try_from(token).unwrap_or(usize::MAX));
        String::from_utf8_lossy(&text_value(bytes, self.session.mode)).into_owned()
    }

    fn edit(&self, first: u32, last: u32, with: String) -> Option<Edit> {
        let token = |index: u32| self.lexed.tokens.get(usize::try_from(index).ok()?);
        Some(Edit {
            range: token(first)?.start as usize..token(last)?.end as usize,
            with: with.into_bytes(),
        })
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn is_one_of(column: &ColumnRef, names: &[&str]) -> bool {
    names
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&column.name))
}
