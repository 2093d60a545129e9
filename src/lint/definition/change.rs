//! What a DDL statement changes of a table.

use crate::model::ColumnKind;
use crate::sql::{Ddl, DdlKind, Kind};
use crate::verdict::Read;

use super::reader::Reader;
use super::table;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Name.
    pub name: String,
    /// Type class.
    pub kind: ColumnKind,
    /// `AUTO_INCREMENT`
    pub is_auto_increment: bool,
    /// `INVISIBLE`
    pub is_invisible: bool,
    /// `ZEROFILL`
    pub is_zerofill: bool,
    /// `TINYINT(1)`, `BOOL`
    pub is_boolean: bool,
    /// `PRIMARY KEY` or `UNIQUE` stands with the column.
    pub is_unique: bool,
    /// `REFERENCES` stands with the column.
    pub references: Option<(String, Vec<String>)>,
    /// First and last token.
    pub tokens: (usize, usize),
}

/// Where a column is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// Behind all others.
    Last,
    /// `FIRST`
    First,
    /// `AFTER x`
    After(String),
    /// Where it was.
    Same,
}

/// A primary or unique key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name, `PRIMARY` for the primary key, empty if none is written.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// First and last token.
    pub tokens: (usize, usize),
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its columns.
    pub columns: Vec<String>,
    /// The table that it points to.
    pub table: String,
    /// The columns there.
    pub referenced: Vec<String>,
    /// First and last token.
    pub tokens: (usize, usize),
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// CREATE TABLE begins: the columns that follow are all there are.
    Create {
        /// IF NOT EXISTS
        is_conditional: bool,
    },
    /// CREATE TABLE ... LIKE
    CreateLike(String),
    /// A column.
    AddColumn(ColumnDefinition, Position),
    /// CHANGE and MODIFY: the old name, the new definition.
    Redefine(String, ColumnDefinition, Position),
    /// RENAME COLUMN a TO b
    RenameColumn(String, String),
    /// DROP COLUMN; with its token.
    DropColumn(String, usize),
    /// PRIMARY KEY, UNIQUE
    AddKey(Key),
    /// FOREIGN KEY
    AddForeignKey(ForeignKey),
    /// RENAME TO
    RenameTable(String),
    /// DROP TABLE
    DropTable,
}

/// A table and its changes in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The table as written.
    pub table: String,
    /// Its changes.
    pub changes: Vec<Change>,
}

/// What a statement changes; nothing if it is no DDL on tables, or not understood.
#[must_use]
pub fn changes(text: &[u8], read: &Read) -> Vec<Target> {
    let Kind::Ddl(ddl) = &read.statement.kind else {
        return Vec::new();
    };
    if ddl.is_temporary {
        return Vec::new();
    }
    let names = read.statement.tables.iter().map(|table| table.name.clone());
    match ddl.kind {
        DdlKind::DropTable => names
            .map(|table| target(table, vec![Change::DropTable]))
            .collect(),
        DdlKind::RenameTable => {
            let names: Vec<String> = names.collect();
            let pairs = names.chunks_exact(2);
            pairs
                .filter_map(|pair| {
                    let [from, to] = pair else { return None };
                    Some(target(from.clone(), vec![Change::RenameTable(to.clone())]))
                })
                .collect()
        }
        _ => of_one(text, read, ddl).into_iter().collect(),
    }
}

fn target(table: String, changes: Vec<Change>) -> Target {
    Target { table, changes }
}

fn of_one(text: &[u8], read: &Read, ddl: &Ddl) -> Option<Target> {
    let first = read.statement.tables.first()?;
    let behind = usize::try_from(first.name_token).ok()? + 1;
    let mut reader = Reader::new(text, &read.lexed, behind);
    let changes = match ddl.kind {
        DdlKind::CreateTable => table::create(&mut reader, ddl, read),
        DdlKind::AlterTable => table::alter(&mut reader),
        DdlKind::CreateIndex => table::index(text, read)?,
        _ => return None,
    };
    Some(target(first.name.clone(), changes))
}
