//! The select list of INSERT ... SELECT, as far as its items are values or bare columns.

use super::scope::Owner;
use super::source::Clear;
use super::walk::Walk;
use crate::sql::statement::{Binding, Selected};
use sqlparser::ast::{
    Expr, GroupByExpr, JoinOperator, Query, Select, SelectItem, SelectItemQualifiedWildcardKind,
    SetExpr, TableFactor, TableWithJoins,
};

impl Walk<'_> {
    /// The items that `query`, walked as `block`, inserts; none if it is no single SELECT.
    pub(super) fn selected(&self, query: &Query, block: u16) -> Clear<Vec<Selected>> {
        let SetExpr::Select(select) = query.body.as_ref() else {
            return Ok(Vec::new());
        };
        let keeps_columns = self.keeps_columns(select, block);
        let mut items = Vec::with_capacity(select.projection.len());
        for item in &select.projection {
            let item = match item {
                SelectItem::UnnamedExpr(expression)
                | SelectItem::ExprWithAlias {
                    expr: expression, ..
                } => self.selected_value(expression, block)?,
                SelectItem::Wildcard(_) => match self.only_table(select, block) {
                    Some(table) => Selected::All(table),
                    None => return Ok(Vec::new()),
                },
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let mut parts = self.tokens_of(name)?;
                    // the `*` stands in for a column
                    parts.push(parts.last().map_or(0, |last| last + 2));
                    match self.column(&parts, block)?.binding {
                        Binding::Table(table) => Selected::All(table),
                        _ => return Ok(Vec::new()),
                    }
                }
                _ => return Ok(Vec::new()),
            };
            items.push(match item {
                Selected::Column(_) if !keeps_columns => Selected::Other,
                item => item,
            });
        }
        // `*` behind a row that need not be there
        let has_all = items.iter().any(|item| matches!(item, Selected::All(_)));
        if has_all && !keeps_columns {
            return Ok(Vec::new());
        }
        Ok(items)
    }

    fn selected_value(&self, expression: &Expr, block: u16) -> Clear<Selected> {
        use crate::sql::statement::Operand;
        match self.value(expression) {
            Operand::Expression => {}
            value => return Ok(Selected::Value(value)),
        }
        let column = self.bare_column(expression, block)?;
        Ok(column.map_or(Selected::Other, Selected::Column))
    }

    /// Each row that comes out holds the columns of rows that the conditions let through: no side of a join is filled
    /// with NULL, no aggregate makes a row of none, no ROLLUP makes one more.
    fn keeps_columns(&self, select: &Select, block: u16) -> bool {
        let is_grouped = match &select.group_by {
            GroupByExpr::Expressions(expressions, modifiers) => {
                if !modifiers.is_empty() {
                    return false;
                }
                !expressions.is_empty()
            }
            GroupByExpr::All(_) => return false,
        };
        let has_aggregate = self
            .blocks
            .get(usize::from(block))
            .is_none_or(|block| block.traits.has_aggregate);
        (is_grouped || !has_aggregate) && select.from.iter().all(is_inner)
    }

    fn only_table(&self, select: &Select, block: u16) -> Option<u16> {
        let [from] = select.from.as_slice() else {
            return None;
        };
        let scope = self.scopes.of(block)?;
        match scope.factors.as_slice() {
            [factor] if from.joins.is_empty() => match factor.owner {
                Owner::Table(table) => Some(table),
                Owner::Foreign => None,
            },
            _ => None,
        }
    }
}

fn is_inner(from: &TableWithJoins) -> bool {
    let is_plain = |factor: &TableFactor| !matches!(factor, TableFactor::NestedJoin { .. });
    is_plain(&from.relation)
        && from.joins.iter().all(|join| {
            is_plain(&join.relation)
                && matches!(
                    join.join_operator,
                    JoinOperator::Join(_)
                        | JoinOperator::Inner(_)
                        | JoinOperator::CrossJoin(_)
                        | JoinOperator::StraightJoin(_)
                )
        })
}
