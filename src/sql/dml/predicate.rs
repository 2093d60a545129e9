//! Predicates of a conjunction, as far as they say something about bare columns.

use super::operand::{operand, plain_list};
use super::skip::is_introducer;
use super::source::{Clear, Source};
use super::walk::Walk;
use crate::model::{PlantedFault, is_planted};
use crate::sql::statement::{ColumnRef, Condition, Operand, Predicate, Restricts};
use crate::sql::token::TokenKind;
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

impl Walk<'_> {
    /// Adds what `expression` says as a conjunction to `block`.
    pub(super) fn conditions(
        &mut self,
        expression: &Expr,
        block: u16,
        restricts: &Restricts,
    ) -> Clear<()> {
        for predicate in self.conjunction(expression, block)? {
            self.restrict(
                block,
                Condition {
                    predicate,
                    restricts: restricts.clone(),
                },
            );
        }
        Ok(())
    }

    /// The understood predicates that AND joins; what is left out can only restrict further.
    fn conjunction(&self, expression: &Expr, block: u16) -> Clear<Vec<Predicate>> {
        let mut predicates = Vec::new();
        let mut open = vec![expression];
        while let Some(at) = open.pop() {
            match at {
                Expr::Nested(inner) => open.push(inner),
                Expr::BinaryOp {
                    left,
                    op: BinaryOperator::And,
                    right,
                } => open.extend([right, left].map(AsRef::as_ref)),
                Expr::BinaryOp {
                    op: BinaryOperator::Or,
                    ..
                } => predicates.extend(self.any_of(at, block)?),
                other => predicates.extend(self.predicate(other, block)?),
            }
        }
        Ok(predicates)
    }

    /// OR: nothing is known if one arm is not.
    fn any_of(&self, expression: &Expr, block: u16) -> Clear<Option<Predicate>> {
        let mut arms = Vec::new();
        let mut open = vec![expression];
        while let Some(at) = open.pop() {
            if let Expr::BinaryOp {
                left,
                op: BinaryOperator::Or,
                right,
            } = at
            {
                open.extend([right, left].map(AsRef::as_ref));
                continue;
            }
            let arm = self.conjunction(at, block)?;
            if arm.is_empty() {
                return Ok(None);
            }
            arms.push(arm);
        }
        Ok(Some(one_list(&arms).unwrap_or(Predicate::AnyOf(arms))))
    }

    fn predicate(&self, expression: &Expr, block: u16) -> Clear<Option<Predicate>> {
        match expression {
            Expr::BinaryOp { left, op, right } => self.comparison(left, op, right, block),
            Expr::InList {
                expr,
                list,
                negated,
            } if !negated || is_planted(PlantedFault::NotIn) => match strip(expr) {
                Expr::Tuple(columns) => self.row_in(columns, list, block),
                column => self.in_list(column, list, block),
            },
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } if !negated || is_planted(PlantedFault::NotBetween) => {
                let Some(column) = self.bare_column(expr, block)? else {
                    return Ok(None);
                };
                let bounds = self.bound(low).zip(self.bound(high));
                Ok(bounds.map(|(low, high)| Predicate::Range {
                    column,
                    lower: Some((low, true)),
                    upper: Some((high, true)),
                }))
            }
            _ => Ok(None),
        }
    }

    fn comparison(
        &self,
        left: &Expr,
        operator: &BinaryOperator,
        right: &Expr,
        block: u16,
    ) -> Clear<Option<Predicate>> {
        let (left, right) = (strip(left), strip(right));
        if let (Expr::Tuple(columns), BinaryOperator::Eq, Expr::Tuple(_)) = (left, operator, right)
        {
            return self.row_in(columns, std::slice::from_ref(right), block);
        }
        let (column, other, is_flipped) = match (
            self.bare_column(left, block)?,
            self.bare_column(right, block)?,
        ) {
            (Some(left), Some(right)) => {
                return Ok(
                    (*operator == BinaryOperator::Eq).then_some(Predicate::Same { left, right })
                );
            }
            (Some(column), None) => (column, right, false),
            (None, Some(column)) => (column, left, true),
            (None, None) => return Ok(None),
        };
        let value = self.value(other);
        if matches!(value, Operand::Expression | Operand::Default) {
            return Ok(None);
        }
        Ok(compare(column, operator, value, is_flipped))
    }

    fn in_list(&self, column: &Expr, list: &[Expr], block: u16) -> Clear<Option<Predicate>> {
        let Some(column) = self.bare_column(column, block)? else {
            return Ok(None);
        };
        // plain lists are read from our tokens: the parser saw their parenthesis only
        let values = match list {
            [only] => match self.value_token(only) {
                Some((open, TokenKind::Punct(b'('))) => plain_list(self.source, self.layout, open),
                _ => None,
            },
            _ => None,
        };
        let values = match values {
            None if is_planted(PlantedFault::InExpression) => Some(self.plain_values(list)),
            values => values,
        };
        Ok(values.map(|values| Predicate::In {
            column,
            values,
            is_null_safe: false,
        }))
    }

    /// What is left of a list without its columns and expressions: wrong, and never asked for but by a planted fault.
    fn plain_values(&self, list: &[Expr]) -> Vec<Operand> {
        list.iter()
            .map(|value| self.value(value))
            .filter(|value| *value != Operand::Expression)
            .collect()
    }

    fn row_in(&self, columns: &[Expr], rows: &[Expr], block: u16) -> Clear<Option<Predicate>> {
        let mut named = Vec::with_capacity(columns.len());
        for column in columns {
            let Some(column) = self.bare_column(column, block)? else {
                return Ok(None);
            };
            named.push(column);
        }
        let rows = rows
            .iter()
            .map(|row| self.row(row, named.len()))
            .collect::<Option<Vec<_>>>();
        Ok(rows
            .filter(|rows| !rows.is_empty())
            .map(|rows| Predicate::RowIn {
                columns: named,
                rows,
            }))
    }

    fn row(&self, row: &Expr, width: usize) -> Option<Vec<Operand>> {
        let Expr::Tuple(values) = strip(row) else {
            return None;
        };
        if values.len() != width {
            return None;
        }
        let values: Vec<Operand> = values.iter().map(|value| self.value(value)).collect();
        let is_known = values
            .iter()
            .all(|value| !matches!(value, Operand::Expression | Operand::Default));
        is_known.then_some(values)
    }

    /// A bound of a range: NULL is none.
    fn bound(&self, expression: &Expr) -> Option<Operand> {
        match self.value(expression) {
            value @ (Operand::Literal { .. } | Operand::Parameter(_)) => Some(value),
            _ => None,
        }
    }

    /// The column that `expression` is, if nothing is done to it and its clause can be trusted.
    pub(super) fn bare_column(&self, expression: &Expr, block: u16) -> Clear<Option<ColumnRef>> {
        let tokens = match strip(expression) {
            Expr::Identifier(ident) => vec![self.token_of(ident)?],
            Expr::CompoundIdentifier(parts) => parts
                .iter()
                .map(|part| self.token_of(part))
                .collect::<Clear<Vec<_>>>()?,
            _ => return Ok(None),
        };
        let is_doubtful =
            |&token| self.layout.is_poisoned(token) || self.source.is_word(token, "DEFAULT");
        if tokens.iter().any(is_doubtful) {
            return Ok(None);
        }
        self.column(&tokens, block).map(Some)
    }

    /// The single value that `expression` is, checked against our tokens from sign to parenthesis.
    pub(super) fn value(&self, expression: &Expr) -> Operand {
        let mut wraps = Vec::new();
        let mut at = expression;
        while let Some((byte, inner)) = unwrap(at) {
            wraps.push(byte);
            at = inner;
        }
        let Some((token, _)) = self.value_token(at) else {
            return Operand::Expression;
        };
        let source = self.source;
        let is_as_written = wraps.iter().rev().enumerate().all(|(distance, &byte)| {
            token
                .checked_sub(distance + 1)
                .is_some_and(|index| source.is_punct(index, byte))
        });
        if !is_as_written || is_joined(source, token) {
            return Operand::Expression;
        }
        let closing = wraps.iter().filter(|&&byte| byte == b'(').count();
        operand(
            source,
            self.layout,
            token - wraps.len(),
            token + 1 + closing,
        )
    }
}

/// `'a' 'b'` and `_utf8'a'` are more than one literal.
fn is_joined(source: Source<'_>, token: usize) -> bool {
    let is_text = |index| {
        matches!(
            source.kind(index),
            Some(TokenKind::Text | TokenKind::NationalText)
        )
    };
    (is_text(token) && is_text(token + 1))
        || source
            .before(token)
            .is_some_and(|previous| is_introducer(source, previous))
}

/// What stands around a value: its sign or parenthesis.
fn unwrap(expression: &Expr) -> Option<(u8, &Expr)> {
    match expression {
        Expr::Nested(inner) => Some((b'(', inner)),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => Some((b'-', expr)),
        Expr::UnaryOp {
            op: UnaryOperator::Plus,
            expr,
        } => Some((b'+', expr)),
        _ => None,
    }
}

fn strip(expression: &Expr) -> &Expr {
    let mut at = expression;
    while let Expr::Nested(inner) = at {
        at = inner;
    }
    at
}

fn compare(
    column: ColumnRef,
    operator: &BinaryOperator,
    value: Operand,
    is_flipped: bool,
) -> Option<Predicate> {
    let is_null_safe = match operator {
        BinaryOperator::Eq => false,
        BinaryOperator::Spaceship => true,
        _ => return range(column, operator, value, is_flipped),
    };
    Some(Predicate::In {
        column,
        values: vec![value],
        is_null_safe,
    })
}

fn range(
    column: ColumnRef,
    operator: &BinaryOperator,
    value: Operand,
    is_flipped: bool,
) -> Option<Predicate> {
    if value == Operand::Null {
        return None;
    }
    let (is_upper, is_inclusive) = match operator {
        BinaryOperator::Lt => (true, false),
        BinaryOperator::LtEq => (true, true),
        BinaryOperator::Gt => (false, false),
        BinaryOperator::GtEq => (false, true),
        _ => return None,
    };
    let bound = Some((value, is_inclusive));
    let (lower, upper) = if is_upper == is_flipped {
        (bound, None)
    } else {
        (None, bound)
    };
    Some(Predicate::Range {
        column,
        lower,
        upper,
    })
}

/// OR of one column's equalities is one IN.
fn one_list(arms: &[Vec<Predicate>]) -> Option<Predicate> {
    let mut all = Vec::with_capacity(arms.len());
    let mut first: Option<&ColumnRef> = None;
    for arm in arms {
        let [
            Predicate::In {
                column,
                values,
                is_null_safe: false,
            },
        ] = arm.as_slice()
        else {
            return None;
        };
        let known = *first.get_or_insert(column);
        if known.binding != column.binding || !known.name.eq_ignore_ascii_case(&column.name) {
            return None;
        }
        all.extend_from_slice(values);
    }
    first.map(|column| Predicate::In {
        column: column.clone(),
        values: all,
        is_null_safe: false,
    })
}
