//! CREATE TABLE, ALTER TABLE and CREATE INDEX.

use crate::model::ColumnKind;
use crate::sql::Ddl;
use crate::verdict::Read;

use super::change::{Change, ForeignKey, Key, Position};
use super::column::{column, referenced};
use super::reader::Reader;

/// Behind the table's name of CREATE TABLE.
pub fn create(reader: &mut Reader<'_>, ddl: &Ddl, read: &Read) -> Vec<Change> {
    let like = reader.is_word("LIKE") || {
        let mut ahead = reader.clone();
        ahead.take_sign(b'(') && ahead.is_word("LIKE")
    };
    if like && let Some(other) = read.statement.tables.get(1) {
        return vec![Change::CreateLike(other.name.clone())];
    }
    let mut found = vec![Change::Create {
        is_conditional: ddl.is_conditional,
    }];
    if !reader.take_sign(b'(') {
        return found;
    }
    while !reader.is_end() && !reader.is(b')') {
        let start = reader.at;
        found.extend(element(reader));
        reader.skip_item();
        reader.take_sign(b',');
        if reader.at == start {
            break;
        }
    }
    reader.take_sign(b')');
    if let Some(collation) = table_collation(reader) {
        for change in &mut found {
            if let Change::AddColumn(column, _) = change {
                inherit(&mut column.kind, &collation);
            }
        }
    }
    found
}

/// `COLLATE x` of the table, or the usual one of its character set.
fn table_collation(reader: &mut Reader<'_>) -> Option<String> {
    let (mut collation, mut charset) = (None, None);
    while !reader.is_end() {
        let is_collation = reader.take("COLLATE");
        let is_charset =
            !is_collation && (reader.take("CHARSET") || reader.take_all(&["CHARACTER", "SET"]));
        if !is_collation && !is_charset {
            reader.at += 1;
            continue;
        }
        if reader.text() == "=" {
            reader.at += 1;
        }
        let name = reader.text().trim_matches(['\'', '"', '`']).to_lowercase();
        if is_collation {
            collation = Some(name);
        } else {
            charset = Some(format!("{name}_general_ci"));
        }
        reader.at += 1;
    }
    collation.or(charset)
}

/// A column without words of its own has the table's collation.
fn inherit(kind: &mut ColumnKind, table: &str) {
    if let ColumnKind::Text { collation, .. } = kind
        && collation.as_deref() == Some("utf8mb4_general_ci")
    {
        *collation = Some(table.to_owned());
    }
}

/// A column, key or constraint.
fn element(reader: &mut Reader<'_>) -> Vec<Change> {
    if let Some(change) = constraint(reader) {
        return vec![change];
    }
    let is_index = [
        "INDEX",
        "KEY",
        "FULLTEXT",
        "SPATIAL",
        "CHECK",
        "PERIOD",
        "CONSTRAINT",
    ];
    if is_index.iter().any(|word| reader.is_word(word)) {
        return Vec::new();
    }
    match column(reader) {
        Some((column, position)) => vec![Change::AddColumn(column, position)],
        None => Vec::new(),
    }
}

/// `[CONSTRAINT x] PRIMARY KEY | UNIQUE | FOREIGN KEY ...`
fn constraint(reader: &mut Reader<'_>) -> Option<Change> {
    let start = reader.at;
    let mut name = String::new();
    if reader.take("CONSTRAINT")
        && !["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"]
            .iter()
            .any(|word| reader.is_word(word))
    {
        name = reader.name()?;
    }
    if reader.take_all(&["PRIMARY", "KEY"]) {
        let columns = key_columns(reader, &mut String::new())?;
        let tokens = (start, reader.at.saturating_sub(1));
        return Some(Change::AddKey(Key {
            name: "PRIMARY".to_owned(),
            columns,
            tokens,
        }));
    }
    if reader.take("UNIQUE") {
        if !reader.take("KEY") {
            reader.take("INDEX");
        }
        let columns = key_columns(reader, &mut name)?;
        let tokens = (start, reader.at.saturating_sub(1));
        return Some(Change::AddKey(Key {
            name,
            columns,
            tokens,
        }));
    }
    if reader.take_all(&["FOREIGN", "KEY"]) {
        reader.take_all(&["IF", "NOT", "EXISTS"]);
        let columns = key_columns(reader, &mut name)?;
        if !reader.take("REFERENCES") {
            return None;
        }
        let (table, referenced) = referenced(reader)?;
        let tokens = (start, reader.at.saturating_sub(1));
        return Some(Change::AddForeignKey(ForeignKey {
            columns,
            table,
            referenced,
            tokens,
        }));
    }
    reader.at = start;
    None
}

/// `[name] [USING BTREE] (a, b)`
fn key_columns(reader: &mut Reader<'_>, name: &mut String) -> Option<Vec<String>> {
    if !reader.is(b'(') && !reader.is_word("USING") {
        *name = reader.name()?;
    }
    if reader.take("USING") {
        reader.at += 1;
    }
    reader.columns()
}

/// Behind the table's name of ALTER TABLE.
pub fn alter(reader: &mut Reader<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    while !reader.is_end() {
        let start = reader.at;
        specification(reader, &mut found);
        reader.skip_item();
        reader.take_sign(b',');
        if reader.at == start {
            reader.at += 1;
        }
    }
    found
}

fn specification(reader: &mut Reader<'_>, found: &mut Vec<Change>) {
    if reader.take("ADD") {
        add(reader, found);
    } else if reader.take("DROP") {
        drop_one(reader, found);
    } else if reader.take("MODIFY") || reader.is_word("CHANGE") {
        change_column(reader, found);
    } else if reader.take("RENAME") {
        rename(reader, found);
    }
}

fn add(reader: &mut Reader<'_>, found: &mut Vec<Change>) {
    reader.take("COLUMN");
    reader.take_all(&["IF", "NOT", "EXISTS"]);
    if reader.take_sign(b'(') {
        while !reader.is_end() && !reader.is(b')') {
            found.extend(element(reader));
            reader.skip_item();
            if !reader.take_sign(b',') {
                break;
            }
        }
        reader.take_sign(b')');
        return;
    }
    found.extend(element(reader));
}

fn drop_one(reader: &mut Reader<'_>, found: &mut Vec<Change>) {
    const OTHERS: [&str; 8] = [
        "PRIMARY",
        "INDEX",
        "KEY",
        "FOREIGN",
        "CONSTRAINT",
        "CHECK",
        "PARTITION",
        "SYSTEM",
    ];
    let is_column = reader.take("COLUMN");
    if !is_column && OTHERS.iter().any(|word| reader.is_word(word)) {
        return;
    }
    reader.take_all(&["IF", "EXISTS"]);
    let at = reader.at;
    if let Some(name) = reader.name() {
        found.push(Change::DropColumn(name, at));
    }
}

fn change_column(reader: &mut Reader<'_>, found: &mut Vec<Change>) {
    let is_change = reader.take("CHANGE");
    reader.take("COLUMN");
    reader.take_all(&["IF", "EXISTS"]);
    let old = if is_change { reader.name() } else { None };
    if let Some((column, position)) = column(reader) {
        let position = if position == Position::Last {
            Position::Same
        } else {
            position
        };
        let old = old.unwrap_or_else(|| column.name.clone());
        found.push(Change::Redefine(old, column, position));
    }
}

fn rename(reader: &mut Reader<'_>, found: &mut Vec<Change>) {
    if reader.take("COLUMN") {
        let names = (reader.name(), reader.take("TO"), reader.name());
        if let (Some(old), true, Some(new)) = names {
            found.push(Change::RenameColumn(old, new));
        }
        return;
    }
    if reader.is_word("INDEX") || reader.is_word("KEY") {
        return;
    }
    if !reader.take("TO") {
        reader.take("AS");
    }
    found.extend(reader.qualified().map(Change::RenameTable));
}

/// CREATE UNIQUE INDEX name ON t (a, b); other indexes change nothing that counts here.
pub fn index(text: &[u8], read: &Read) -> Option<Vec<Change>> {
    let mut reader = Reader::new(text, &read.lexed, 0);
    let start = reader.at;
    let mut is_unique = false;
    while !reader.is_end() && !reader.is_word("INDEX") {
        is_unique |= reader.is_word("UNIQUE");
        reader.at += 1;
    }
    reader.take("INDEX");
    reader.take_all(&["IF", "NOT", "EXISTS"]);
    if !is_unique {
        return None;
    }
    let name = reader.name()?;
    while !reader.is_end() && !reader.is(b'(') {
        reader.at += 1;
    }
    let columns = reader.columns()?;
    let tokens = (start, reader.at.saturating_sub(1));
    Some(vec![Change::AddKey(Key {
        name,
        columns,
        tokens,
    })])
}
