//! The unique keys that a statement gives a table, those that stand with a column too.

use crate::lint::definition::{Change, Key, Target};

/// Every primary and unique key.
pub fn keys(target: &Target) -> Vec<Key> {
    let of_change = |change: &Change| match change {
        Change::AddKey(key) => Some(key.clone()),
        Change::AddColumn(column, _) | Change::Redefine(_, column, _) if column.is_unique => {
            Some(Key {
                name: column.name.clone(),
                columns: vec![column.name.clone()],
                tokens: column.tokens,
            })
        }
        _ => None,
    };
    target.changes.iter().filter_map(of_change).collect()
}
