//! Plain SELECTs in FROM and WITH: which of their columns are columns of their tables (contract 4.6).

use super::scope::Owner;
use super::source::Clear;
use super::walk::Walk;
use crate::sql::statement::{Binding, BlockKind, BlockTraits, Outlet};
use sqlparser::ast::{Expr, Select, SelectItem, SelectItemQualifiedWildcardKind};

/// Nobody reads it yet.
const NOWHERE: u16 = u16::MAX;

impl Walk<'_> {
    /// Notes what `select` gives, where it stands in FROM or WITH.
    pub(super) fn project(&mut self, select: &Select, block: u16) -> Clear<()> {
        let kind = self.blocks.get(usize::from(block)).map(|block| block.kind);
        if !matches!(kind, Some(BlockKind::Derived | BlockKind::Cte)) {
            return Ok(());
        }
        let mut outlet = Outlet {
            into: NOWHERE,
            columns: Vec::new(),
            computed: Vec::new(),
            wildcards: Vec::new(),
        };
        for item in &select.projection {
            if !self.project_item(item, block, &mut outlet)? {
                return Ok(());
            }
        }
        if let Some(block) = self.blocks.get_mut(usize::from(block)) {
            block.outlet = Some(outlet);
        }
        Ok(())
    }

    /// False where it is not certain which columns the item gives.
    fn project_item(&self, item: &SelectItem, block: u16, outlet: &mut Outlet) -> Clear<bool> {
        let (expression, name) = match item {
            SelectItem::Wildcard(_) => {
                let factors = self.scopes.of(block).map(|scope| scope.factors.as_slice());
                for factor in factors.unwrap_or_default() {
                    match (factor.owner, factor.derived) {
                        (Owner::Table(table), _) => outlet.wildcards.push(Binding::Table(table)),
                        (Owner::Foreign, Some(inner)) => {
                            outlet.wildcards.push(Binding::Derived(inner))
                        }
                        (Owner::Foreign, None) => return Ok(false),
                    }
                }
                return Ok(true);
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let mut parts = self.tokens_of(name)?;
                // the `*` stands in for a column
                parts.push(parts.last().map_or(0, |last| last + 2));
                let binding = self.column(&parts, block)?.binding;
                let is_known = matches!(binding, Binding::Table(_) | Binding::Derived(_));
                outlet.wildcards.push(binding);
                return Ok(is_known);
            }
            SelectItem::UnnamedExpr(expression) => (expression, None),
            SelectItem::ExprWithAlias { expr, alias } => {
                let token = self.token_of(alias)?;
                (expr, Some(self.source.name(token)))
            }
            _ => return Ok(false),
        };
        let column = match strip(expression) {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                self.bare_column(expression, block)?
            }
            _ => None,
        };
        match (column, name) {
            (Some(column), name) => {
                let name = name.unwrap_or_else(|| column.name.clone());
                outlet.columns.push((name, column));
            }
            (None, Some(name)) => outlet.computed.push(name),
            // named by its text: a bare name cannot name it
            (None, None) => {}
        }
        Ok(true)
    }

    /// Lets the rows of `inner` out into `into`; false if they are not those of its tables.
    pub(super) fn let_out(&mut self, inner: u16, into: u16) -> bool {
        let Some(block) = self.blocks.get_mut(usize::from(inner)) else {
            return false;
        };
        if !is_plain(block.traits) {
            block.outlet = None;
        }
        if let Some(outlet) = &mut block.outlet {
            outlet.into = into;
        }
        block.outlet.is_some()
    }

    /// The block of a CTE that is read here, if it is read nowhere else: then one reader restricts its rows.
    pub(super) fn read_cte(&mut self, cte: usize) -> Option<u16> {
        let cte = self.ctes.get_mut(cte)?;
        cte.uses += 1;
        let (inner, uses) = (cte.block?, cte.uses);
        if uses == 1 {
            return Some(inner);
        }
        if let Some(block) = self.blocks.get_mut(usize::from(inner)) {
            block.outlet = None;
        }
        None
    }

    /// Forgets what nobody reads.
    pub(super) fn close_outlets(&mut self) {
        for block in &mut self.blocks {
            if block
                .outlet
                .as_ref()
                .is_some_and(|outlet| outlet.into == NOWHERE)
            {
                block.outlet = None;
            }
        }
    }
}

fn strip(expression: &Expr) -> &Expr {
    let mut at = expression;
    while let Expr::Nested(inner) = at {
        at = inner;
    }
    at
}

/// Each row that comes out is one that went in, whatever the others are.
fn is_plain(traits: BlockTraits) -> bool {
    let BlockTraits {
        is_distinct,
        has_group_by,
        has_aggregate,
        has_window,
        has_order_by: _,
        has_limit,
        has_set_operation,
    } = traits;
    !(is_distinct || has_group_by || has_aggregate || has_window || has_limit || has_set_operation)
}
