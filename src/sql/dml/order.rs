//! Puts the tables into the order of their tokens, and everything that names them with them.

use super::walk::Walk;
use crate::sql::statement::{Assignment, Binding, ColumnRef, Condition, Predicate, Restricts};

/// Where each table goes.
pub(super) struct Order {
    new: Vec<u16>,
}

impl Order {
    /// Sorts the tables of `walk`.
    pub(super) fn sort(walk: &mut Walk<'_>) -> Self {
        let mut sorted: Vec<usize> = (0..walk.tables.len()).collect();
        sorted.sort_by_key(|&index| walk.tables.get(index).map(|table| table.name_token));
        let mut new = vec![0; sorted.len()];
        for (position, &old) in sorted.iter().enumerate() {
            if let Some(slot) = new.get_mut(old) {
                *slot = u16::try_from(position).unwrap_or(u16::MAX);
            }
        }
        let order = Self { new };
        walk.tables.sort_by_key(|table| table.name_token);
        walk.qualifiers
            .iter_mut()
            .for_each(|qualifier| order.table(&mut qualifier.table));
        walk.qualifiers
            .sort_by_key(|qualifier| qualifier.name_token);
        walk.qualifiers.dedup();
        for outlet in walk
            .blocks
            .iter_mut()
            .filter_map(|block| block.outlet.as_mut())
        {
            outlet
                .columns
                .iter_mut()
                .for_each(|(_, column)| order.column(column));
            for wildcard in &mut outlet.wildcards {
                if let Binding::Table(table) = wildcard {
                    order.table(table);
                }
            }
        }
        walk.blocks
            .iter_mut()
            .flat_map(|block| &mut block.conditions)
            .for_each(|condition| order.condition(condition));
        order
    }

    /// Follows one index.
    pub(super) fn table(&self, table: &mut u16) {
        if let Some(&new) = self.new.get(usize::from(*table)) {
            *table = new;
        }
    }

    /// Follows the column of an assignment.
    pub(super) fn assignment(&self, assignment: &mut Assignment) {
        self.column(&mut assignment.column);
    }

    fn condition(&self, condition: &mut Condition) {
        if let Restricts::Tables(tables) = &mut condition.restricts {
            tables.iter_mut().for_each(|table| self.table(table));
        }
        self.predicate(&mut condition.predicate);
    }

    fn predicate(&self, predicate: &mut Predicate) {
        match predicate {
            Predicate::In { column, .. } | Predicate::Range { column, .. } => self.column(column),
            Predicate::RowIn { columns, .. } => {
                columns.iter_mut().for_each(|column| self.column(column))
            }
            Predicate::Same { left, right } => {
                self.column(left);
                self.column(right);
            }
            Predicate::AnyOf(arms) => arms
                .iter_mut()
                .flatten()
                .for_each(|predicate| self.predicate(predicate)),
        }
    }

    /// Follows a column.
    pub(super) fn column(&self, column: &mut ColumnRef) {
        if let Binding::Table(table) = &mut column.binding {
            self.table(table);
        }
    }
}
