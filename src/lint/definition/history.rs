//! Columns of tables after all statements that made and changed them.

use std::collections::BTreeMap;

use crate::model::{Column, Schema, TableSchema};

use super::change::{Change, ColumnDefinition, Position, Target};

/// Tables as statements leave them, in the order in which they are applied.
#[derive(Clone, Debug, Default)]
pub struct History {
    tables: BTreeMap<String, (String, Vec<Column>)>,
}

impl History {
    /// Applies a statement.
    pub fn apply(&mut self, target: &Target) {
        let mut name = target.table.clone();
        let is_there = self.tables.contains_key(&name.to_lowercase());
        if is_there
            && matches!(
                target.changes.first(),
                Some(Change::Create {
                    is_conditional: true
                })
            )
        {
            return;
        }
        for change in &target.changes {
            self.change(&mut name, change);
        }
    }

    /// The columns of all tables.
    pub fn write_into(&self, schema: &mut Schema) {
        for (name, columns) in self.tables.values() {
            let table = TableSchema {
                columns: columns.clone(),
                ..TableSchema::default()
            };
            schema.insert(name, table);
        }
    }

    fn change(&mut self, name: &mut String, change: &Change) {
        let key = name.to_lowercase();
        match change {
            Change::Create { .. } => {
                self.tables.insert(key, (name.clone(), Vec::new()));
            }
            Change::CreateLike(other) => {
                let columns = self
                    .tables
                    .get(&other.to_lowercase())
                    .map(|(_, columns)| columns.clone());
                self.tables
                    .insert(key, (name.clone(), columns.unwrap_or_default()));
            }
            Change::DropTable => {
                self.tables.remove(&key);
            }
            Change::RenameTable(new) => {
                if let Some((_, columns)) = self.tables.remove(&key) {
                    self.tables
                        .insert(new.to_lowercase(), (new.clone(), columns));
                }
                name.clone_from(new);
            }
            Change::AddKey(_) | Change::AddForeignKey(_) => {}
            Change::AddColumn(..)
            | Change::Redefine(..)
            | Change::RenameColumn(..)
            | Change::DropColumn(..) => {
                if let Some((_, columns)) = self.tables.get_mut(&key) {
                    change_columns(columns, change);
                }
            }
        }
    }
}

fn change_columns(columns: &mut Vec<Column>, change: &Change) {
    match change {
        // IF NOT EXISTS, of a table too
        Change::AddColumn(definition, position)
            if index_of(columns, &definition.name).is_none() =>
        {
            put(columns, column(definition), position, columns.len());
        }
        Change::Redefine(old, definition, position) => {
            if let Some(at) = index_of(columns, old) {
                columns.remove(at);
                put(columns, column(definition), position, at);
            }
        }
        Change::RenameColumn(old, new) => {
            if let Some(column) = index_of(columns, old).and_then(|at| columns.get_mut(at)) {
                column.name.clone_from(new);
            }
        }
        Change::DropColumn(name, _) => {
            if let Some(at) = index_of(columns, name) {
                columns.remove(at);
            }
        }
        _ => {}
    }
}

fn index_of(columns: &[Column], name: &str) -> Option<usize> {
    columns
        .iter()
        .position(|column| column.name.eq_ignore_ascii_case(name))
}

fn put(columns: &mut Vec<Column>, column: Column, position: &Position, same: usize) {
    let at = match position {
        Position::Last => columns.len(),
        Position::First => 0,
        Position::Same => same,
        Position::After(name) => index_of(columns, name).map_or(columns.len(), |at| at + 1),
    };
    columns.insert(at.min(columns.len()), column);
}

fn column(definition: &ColumnDefinition) -> Column {
    Column {
        name: definition.name.clone(),
        kind: definition.kind.clone(),
        auto_increment: definition.is_auto_increment,
        is_invisible: definition.is_invisible,
        is_zerofill: definition.is_zerofill,
        is_boolean: definition.is_boolean,
    }
}

#[cfg(test)]
mod tests {
    use super::super::change::changes;
    use super::*;
    use crate::model::ColumnKind;
    use crate::sql::{ServerFamily, SqlMode};
    use crate::verdict::Read;

    fn columns(statements: &[&str], table: &str) -> Option<Vec<String>> {
        let mut history = History::default();
        for text in statements {
            let read = Read::new(
                text.as_bytes(),
                SqlMode::default(),
                ServerFamily::MySql(80_400),
            )
            .unwrap();
            for target in changes(text.as_bytes(), &read) {
                history.apply(&target);
            }
        }
        let mut schema = Schema::default();
        history.write_into(&mut schema);
        let shown = |column: &Column| match &column.kind {
            ColumnKind::Integer { unsigned, bits } => format!(
                "{} {}{bits}",
                column.name,
                if *unsigned { "u" } else { "i" }
            ),
            ColumnKind::Text { collation, length } => {
                format!(
                    "{} {}({})",
                    column.name,
                    collation.as_deref().unwrap_or("?"),
                    length.unwrap_or(0)
                )
            }
            ColumnKind::DateTime(_) => format!("{} moment", column.name),
            ColumnKind::Other(other) => format!("{} {other}", column.name),
        };
        schema
            .table(table)
            .map(|table| table.columns.iter().map(shown).collect())
    }

    const CREATE: &str = "CREATE TABLE IF NOT EXISTS `shop`.`a` (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, \
         name VARCHAR(64) DEFAULT 'x, y' COMMENT 'a) b', price DECIMAL(10, 2), at DATETIME(3), \
         PRIMARY KEY (id), UNIQUE KEY uk (name(10), id), KEY k (price), CONSTRAINT c CHECK (price > 0), \
         CONSTRAINT f FOREIGN KEY (id) REFERENCES b (id) ON DELETE CASCADE) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";

    #[test]
    fn definitions_are_read_whatever_stands_between() {
        let expected = [
            "id u64",
            "name utf8mb4_bin(64)",
            "price decimal",
            "at moment",
        ]
        .map(str::to_owned);
        assert_eq!(columns(&[CREATE], "a").unwrap(), expected);
        let read = Read::new(
            CREATE.as_bytes(),
            SqlMode::default(),
            ServerFamily::MySql(80_400),
        )
        .unwrap();
        let found = changes(CREATE.as_bytes(), &read);
        let keys: Vec<_> = found[0]
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::AddKey(key) => Some(format!("{} {}", key.name, key.columns.join(","))),
                Change::AddForeignKey(key) => Some(format!(
                    "{} -> {}.{}",
                    key.columns.join(","),
                    key.table,
                    key.referenced.join(",")
                )),
                _ => None,
            })
            .collect();
        assert_eq!(keys, ["PRIMARY id", "uk name,id", "id -> b.id"]);
    }

    #[test]
    fn migrations_change_what_was_created() {
        let steps = [
            CREATE,
            "ALTER TABLE a ADD COLUMN b INT FIRST, ADD (c TINYINT, d TEXT), DROP COLUMN price, DROP INDEX k",
            "ALTER TABLE a MODIFY name CHAR(8) CHARACTER SET latin1 COLLATE latin1_bin AFTER id, CHANGE COLUMN at moved DATE, ADD UNIQUE INDEX x (c)",
            "ALTER TABLE a RENAME COLUMN d TO e, ALGORITHM=INPLACE",
            "CREATE TABLE b LIKE a",
            "ALTER TABLE b DROP id, RENAME TO z",
            "DROP TABLE IF EXISTS nothing",
        ];
        let text = "e utf8mb4_general_ci(0)";
        assert_eq!(
            columns(&steps, "a").unwrap(),
            [
                "b i32",
                "id u64",
                "name latin1_bin(8)",
                "moved moment",
                "c i8",
                text
            ]
        );
        assert_eq!(
            columns(&steps, "z").unwrap(),
            ["b i32", "name latin1_bin(8)", "moved moment", "c i8", text]
        );
        assert!(columns(&steps, "b").is_none());
        assert!(columns(&[CREATE, "RENAME TABLE a TO q", "DROP TABLE q"], "q").is_none());
    }
}
