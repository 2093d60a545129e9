//! Walks a query: its CTEs, set operations, and the clauses of each SELECT.

use super::source::{Clear, Unclear};
use super::walk::{CteName, Sight, Walk};
use crate::sql::statement::{BlockKind, Restricts};
use sqlparser::ast::{
    Distinct, GroupByExpr, GroupByWithModifier, LimitClause, NamedWindowExpr, OrderBy, OrderByExpr,
    OrderByKind, Query, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    WildcardAdditionalOptions, With,
};

impl Walk<'_> {
    /// Walks `query` as a new block.
    pub(super) fn query(
        &mut self,
        query: &Query,
        kind: BlockKind,
        parent: Option<u16>,
        outer: Option<u16>,
    ) -> Clear<u16> {
        let block = self.open_block(kind, parent, outer)?;
        self.query_in(query, block)?;
        Ok(block)
    }

    /// Walks `query`, whose first SELECT is `block`.
    pub(super) fn query_in(&mut self, query: &Query, block: u16) -> Clear<()> {
        let has_foreign_clause = query.fetch.is_some()
            || !query.locks.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty();
        if has_foreign_clause {
            return Err(Unclear::Construct("a clause behind the query"));
        }
        let visible = self.ctes.len();
        if let Some(with) = &query.with {
            self.with(with, block)?;
        }
        self.body(&query.body, block)?;
        if let Some(order) = &query.order_by {
            self.order_by(order, block)?;
        }
        if let Some(limit) = &query.limit_clause {
            self.limit(limit, block)?;
        }
        self.ctes.truncate(visible);
        Ok(())
    }

    fn with(&mut self, with: &With, block: u16) -> Clear<()> {
        let base = self.ctes.len();
        for cte in &with.cte_tables {
            let token = self.token_of(&cte.alias.name)?;
            if cte.from.is_some() || cte.materialized.is_some() {
                return Err(Unclear::Construct("WITH"));
            }
            self.ctes.push(CteName {
                name: self.source.name(token),
                sight: Sight::Later,
                block: None,
                uses: 0,
            });
        }
        let outer = self.scopes.outer(block);
        for (offset, cte) in with.cte_tables.iter().enumerate() {
            let own = if with.recursive {
                Sight::Visible
            } else {
                Sight::Own
            };
            self.see(base + offset, own);
            let inner = self.query(&cte.query, BlockKind::Cte, Some(block), outer)?;
            self.see(base + offset, Sight::Visible);
            let is_plain = !with.recursive && cte.alias.columns.is_empty();
            if let Some(cte) = self.ctes.get_mut(base + offset).filter(|_| is_plain) {
                cte.block = Some(inner);
            }
        }
        Ok(())
    }

    fn see(&mut self, index: usize, sight: Sight) {
        if let Some(cte) = self.ctes.get_mut(index) {
            cte.sight = sight;
        }
    }

    /// Set operations lean to the left and may be many: only their right arms are recursion.
    fn body(&mut self, body: &SetExpr, block: u16) -> Clear<()> {
        let mut arms = Vec::new();
        let mut first = body;
        while let SetExpr::SetOperation { left, right, .. } = first {
            arms.push(right);
            first = left;
        }
        if !arms.is_empty() {
            self.mark(block, |traits| traits.has_set_operation = true);
        }
        self.arm(first, block)?;
        let outer = self.scopes.outer(block);
        for arm in arms.into_iter().rev() {
            let next = self.open_block(BlockKind::SetArm, Some(block), outer)?;
            self.arm(arm, next)?;
        }
        Ok(())
    }

    fn arm(&mut self, arm: &SetExpr, block: u16) -> Clear<()> {
        match arm {
            SetExpr::Select(select) => self.select(select, block),
            SetExpr::Query(query) => self.query_in(query, block),
            SetExpr::SetOperation { .. } => self.body(arm, block),
            SetExpr::Values(values) => values
                .rows
                .iter()
                .flat_map(|row| &row.content)
                .try_for_each(|value| self.expression(value, block)),
            SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => Err(Unclear::Construct("a statement in place of a query")),
        }
    }

    fn select(&mut self, select: &Select, block: u16) -> Clear<()> {
        refuse_foreign_clauses(select)?;
        match &select.distinct {
            Some(Distinct::Distinct) => self.mark(block, |traits| traits.is_distinct = true),
            Some(Distinct::On(_)) => return Err(Unclear::Construct("DISTINCT ON")),
            Some(Distinct::All) | None => {}
        }
        let joins = self.from(&select.from, block)?;
        joins
            .iter()
            .try_for_each(|join| self.merge_columns(join, block))?;
        self.select_list(select, block)?;
        self.project(select, block)?;
        if let Some(selection) = &select.selection {
            self.expression(selection, block)?;
        }
        self.group_by(&select.group_by, block)?;
        if let Some(having) = &select.having {
            self.mark(block, |traits| traits.has_group_by = true);
            self.expression(having, block)?;
        }
        for window in &select.named_window {
            if let NamedWindowExpr::WindowSpec(spec) = &window.1 {
                self.window(spec, block)?;
            }
        }
        if let Some(selection) = &select.selection {
            self.conditions(selection, block, &Restricts::Block)?;
        }
        joins
            .iter()
            .try_for_each(|join| self.join_conditions(join, block, None))
    }

    /// Walks one item of a SELECT list.
    pub(super) fn select_item(&mut self, item: &SelectItem, block: u16) -> Clear<()> {
        match item {
            SelectItem::UnnamedExpr(expression)
            | SelectItem::ExprWithAlias {
                expr: expression, ..
            } => self.expression(expression, block),
            SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(name),
                options,
            ) => {
                plain_wildcard(options)?;
                let mut parts = self.tokens_of(name)?;
                // the `*` stands in for a column
                parts.push(parts.last().map_or(0, |last| last + 2));
                self.qualifier(&parts, block).map(drop)
            }
            SelectItem::Wildcard(options) => plain_wildcard(options),
            SelectItem::ExprWithAliases { .. }
            | SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _) => {
                Err(Unclear::Construct("an item of the SELECT list"))
            }
        }
    }

    fn group_by(&mut self, group: &GroupByExpr, block: u16) -> Clear<()> {
        let GroupByExpr::Expressions(expressions, modifiers) = group else {
            return Err(Unclear::Construct("GROUP BY ALL"));
        };
        if modifiers
            .iter()
            .any(|modifier| !matches!(modifier, GroupByWithModifier::Rollup))
        {
            return Err(Unclear::Construct("a modifier of GROUP BY"));
        }
        if !expressions.is_empty() {
            self.mark(block, |traits| traits.has_group_by = true);
        }
        expressions
            .iter()
            .try_for_each(|expression| self.expression(expression, block))
    }

    fn order_by(&mut self, order: &OrderBy, block: u16) -> Clear<()> {
        self.mark(block, |traits| traits.has_order_by = true);
        match &order.kind {
            OrderByKind::Expressions(items) if order.interpolate.is_none() => {
                self.order_items(items, block)
            }
            _ => Err(Unclear::Construct("ORDER BY")),
        }
    }

    /// Walks the items of an ORDER BY.
    pub(super) fn order_items(&mut self, items: &[OrderByExpr], block: u16) -> Clear<()> {
        items.iter().try_for_each(|item| {
            if item.with_fill.is_some() {
                return Err(Unclear::Construct("ORDER BY"));
            }
            self.expression(&item.expr, block)
        })
    }

    fn limit(&mut self, limit: &LimitClause, block: u16) -> Clear<()> {
        self.mark(block, |traits| traits.has_limit = true);
        match limit {
            LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            } if limit_by.is_empty() => {
                limit
                    .iter()
                    .try_for_each(|limit| self.expression(limit, block))?;
                offset
                    .iter()
                    .try_for_each(|offset| self.expression(&offset.value, block))
            }
            LimitClause::OffsetCommaLimit { offset, limit } => {
                self.expression(offset, block)?;
                self.expression(limit, block)
            }
            LimitClause::LimitOffset { .. } => Err(Unclear::Construct("LIMIT BY")),
        }
    }
}

/// Clauses of other dialects, which the adapted tokens cannot hold.
fn refuse_foreign_clauses(select: &Select) -> Clear<()> {
    let is_plain = select.select_modifiers.is_none()
        && select.top.is_none()
        && select.exclude.is_none()
        && select.into.is_none()
        && select.lateral_views.is_empty()
        && select.prewhere.is_none()
        && select.connect_by.is_empty()
        && select.cluster_by.is_empty()
        && select.distribute_by.is_empty()
        && select.sort_by.is_empty()
        && select.qualify.is_none()
        && select.value_table_mode.is_none()
        && matches!(select.flavor, SelectFlavor::Standard);
    if is_plain {
        Ok(())
    } else {
        Err(Unclear::Construct("a clause of SELECT"))
    }
}

/// `*` with nothing behind it.
pub(super) fn plain_wildcard(options: &WildcardAdditionalOptions) -> Clear<()> {
    let is_plain = options.opt_ilike.is_none()
        && options.opt_exclude.is_none()
        && options.opt_except.is_none()
        && options.opt_replace.is_none()
        && options.opt_rename.is_none()
        && options.opt_alias.is_none();
    if is_plain {
        Ok(())
    } else {
        Err(Unclear::Construct("an option of *"))
    }
}
