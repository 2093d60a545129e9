//! Actual names in rows, plans and definitions, turned back to logical ones (contract 2.3, 10.1).

use std::sync::Arc;

use crate::model::SourceId;
use crate::rewrite::ExecutionUnit;

use super::context::LogicalDatabase;

/// What actual names of one data source stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct LogicalNames {
    /// Actual -> logical name of tables.
    tables: Vec<(Arc<str>, Arc<str>)>,
    /// Physical -> logical name of schemas.
    schemas: Vec<(String, String)>,
}

impl LogicalNames {
    /// The names of every node in `source`; those that `unit` renames come first.
    pub(super) fn of(
        database: &LogicalDatabase,
        source: SourceId,
        unit: Option<&ExecutionUnit>,
    ) -> Self {
        let mut tables = unit.map(|unit| unit.names.to_vec()).unwrap_or_default();
        for table in database.rules.sharded_tables() {
            let nodes = table.nodes.iter().filter(|node| node.source == source);
            let actual = nodes
                .map(|node| &node.table)
                .filter(|actual| database.rules.table(actual).is_none());
            tables.extend(actual.map(|actual| (Arc::clone(actual), Arc::clone(&table.name))));
        }
        Self {
            tables,
            schemas: database.schema_names(source).to_vec(),
        }
    }

    /// The logical name, if `name` is an actual table.
    pub(super) fn table(&self, name: &[u8]) -> Option<&str> {
        logical(&self.tables, name)
    }

    /// The logical name, if `name` is a physical schema.
    pub(super) fn schema(&self, name: &[u8]) -> Option<&str> {
        logical(&self.schemas, name)
    }

    /// `idx_inv_stock_3`, `ck_inv_stock_3` without what an actual table's name adds (contract 10.3).
    pub(super) fn without_suffix<'n>(&self, name: &'n [u8]) -> &'n [u8] {
        let base = |actual: &str| {
            let base = name.strip_suffix(actual.as_bytes())?.strip_suffix(b"_")?;
            (!base.is_empty()).then_some(base)
        };
        self.tables
            .iter()
            .find_map(|(actual, _)| base(actual))
            .unwrap_or(name)
    }

    /// Every word of `value` that is an actual name, turned back: for plans and information_schema, whose texts are
    /// composed of names.
    pub(super) fn words(&self, value: &[u8]) -> Vec<u8> {
        let mut edited = Vec::with_capacity(value.len());
        let mut rest = value;
        while let Some(first) = rest.first() {
            let is_word = is_word_byte(*first);
            let len = rest
                .iter()
                .position(|byte| is_word_byte(*byte) != is_word)
                .unwrap_or(rest.len());
            let (run, tail) = rest.split_at(len);
            let turned = if is_word {
                self.table(run).or_else(|| self.schema(run))
            } else {
                None
            };
            edited.extend_from_slice(turned.map_or(run, str::as_bytes));
            rest = tail;
        }
        edited
    }

    /// The text of SHOW CREATE TABLE: names of tables and schemas, and the suffixes of the names of constraints and
    /// indexes. Only quoted names are touched, in whichever quotes the `sql_mode` gives them, never comments or defaults.
    pub(super) fn definition(&self, text: &[u8], has_ansi_quotes: bool) -> Vec<u8> {
        let mut edited = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(found) = next_name(rest, has_ansi_quotes) {
            edited.extend_from_slice(found.before);
            let is_schema = found.behind.starts_with(&[b'.', found.quote]);
            let name = match (self.table(found.name), self.schema(found.name)) {
                (_, Some(schema)) if is_schema => schema.as_bytes(),
                (Some(table), _) => table.as_bytes(),
                _ if [&b"CONSTRAINT "[..], b"KEY "]
                    .iter()
                    .any(|word| found.before.ends_with(word)) =>
                {
                    self.without_suffix(found.name)
                }
                _ => found.name,
            };
            edited.push(found.quote);
            edited.extend_from_slice(name);
            edited.push(found.quote);
            rest = found.behind;
        }
        edited.extend_from_slice(rest);
        edited
    }
}

fn logical<'n, N: AsRef<str>>(names: &'n [(N, N)], name: &[u8]) -> Option<&'n str> {
    names
        .iter()
        .find(|(actual, _)| name.eq_ignore_ascii_case(actual.as_ref().as_bytes()))
        .map(|(_, logical)| logical.as_ref())
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// A quoted name in a definition.
struct Found<'t> {
    before: &'t [u8],
    quote: u8,
    name: &'t [u8],
    behind: &'t [u8],
}

fn next_name(text: &[u8], has_ansi_quotes: bool) -> Option<Found<'_>> {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match *byte {
            b'\'' => at = end_of_string(text, at),
            quote if quote == b'`' || (quote == b'"' && has_ansi_quotes) => {
                let len = text.get(at + 1..)?.iter().position(|byte| *byte == quote)?;
                return Some(Found {
                    before: text.get(..at)?,
                    quote,
                    name: text.get(at + 1..at + 1 + len)?,
                    behind: text.get(at + len + 2..)?,
                });
            }
            _ => at += 1,
        }
    }
    None
}

fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\'' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::LogicalNames;

    fn names() -> LogicalNames {
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        LogicalNames {
            tables: vec![
                ("inv_stock_3".into(), "inv_stock".into()),
                ("inv_reservation_3".into(), "inv_reservation".into()),
            ],
            schemas: vec![pair("ecom_0", "ecommerce")],
        }
    }

    #[test]
    fn names_of_a_definition_are_edited_but_strings_are_not() {
        let text = "CREATE TABLE `inv_stock_3` (\n  `a` int COMMENT 'of `inv_stock_3`',\n  KEY `idx_inv_stock_3` (`a`),\n  \
            CONSTRAINT `ck1_inv_stock_3` CHECK (`a` > 0),\n  \
            CONSTRAINT `fk_inv_stock_3` FOREIGN KEY (`a`) REFERENCES `ecom_0`.`inv_reservation_3` (`a`)\n)";
        let expected = "CREATE TABLE `inv_stock` (\n  `a` int COMMENT 'of `inv_stock_3`',\n  KEY `idx` (`a`),\n  \
            CONSTRAINT `ck1` CHECK (`a` > 0),\n  \
            CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `ecommerce`.`inv_reservation` (`a`)\n)";
        assert_eq!(
            String::from_utf8(names().definition(text.as_bytes(), false)).unwrap(),
            expected
        );
        let ansi = |text: &str| {
            text.replace('`', "\"")
                .replace("'of \"inv_stock_3\"'", "'x'")
        };
        assert_eq!(
            String::from_utf8(names().definition(ansi(text).as_bytes(), true)).unwrap(),
            ansi(expected)
        );
    }

    #[test]
    fn words_of_a_plan_are_edited_whole() {
        let edited = names().words(b"{\"table\": \"inv_stock_3\", \"x\": \"ecom_0.inv_stock_30\"}");
        assert_eq!(
            edited,
            b"{\"table\": \"inv_stock\", \"x\": \"ecommerce.inv_stock_30\"}"
        );
    }
}
