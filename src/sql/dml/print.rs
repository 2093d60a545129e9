//! Prints a shape on one line, for tests.

use super::statement::Analysis;
use crate::sql::statement::{
    Assignment, Binding, Block, BlockKind, ColumnRef, Condition, InsertSource, Kind, Operand,
    Predicate, Restricts, Row, TableRef, Usage,
};
use crate::sql::token::Lexed;

/// A text with its tokens.
pub(super) struct Printer<'t> {
    pub(super) text: &'t [u8],
    pub(super) lexed: &'t Lexed,
}

impl Printer<'_> {
    pub(super) fn analysis(&self, analysis: &Analysis) -> String {
        let mut parts = Vec::new();
        match &analysis.kind {
            Kind::NotUnderstood(_) => return "not understood".to_owned(),
            Kind::Query(_) => parts.push("query".to_owned()),
            Kind::Insert(insert) => {
                let verb = if insert.is_replace {
                    "replace"
                } else {
                    "insert"
                };
                parts.push(format!(
                    "{verb}{}",
                    if insert.is_ignore { " ignore" } else { "" }
                ));
            }
            Kind::Update(_) => parts.push("update".to_owned()),
            Kind::Delete(delete) => parts.push(format!("delete {:?}", delete.targets)),
            other => parts.push(format!("{other:?}")),
        }
        parts.push(
            analysis
                .tables
                .iter()
                .map(|table| self.table(table))
                .collect::<Vec<_>>()
                .join(" "),
        );
        match &analysis.kind {
            Kind::Query(query) => self.blocks(&query.blocks, &mut parts),
            Kind::Update(update) => {
                parts.push(format!("set {}", self.assignments(&update.assignments)));
                self.blocks(&update.blocks, &mut parts);
            }
            Kind::Delete(delete) => self.blocks(&delete.blocks, &mut parts),
            Kind::Insert(insert) => {
                if let Some(columns) = &insert.columns {
                    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
                    parts.push(format!("({})", names.join(",")));
                }
                parts.push(match &insert.source {
                    InsertSource::Rows(rows) => rows
                        .iter()
                        .map(|row| self.row(row))
                        .collect::<Vec<_>>()
                        .join(" "),
                    InsertSource::Set(row) => format!("set{}", self.row(row)),
                    InsertSource::Select(block) => format!("select b{block}"),
                });
                if !insert.on_duplicate.is_empty() {
                    parts.push(format!("dup {}", self.assignments(&insert.on_duplicate)));
                }
                self.blocks(&insert.blocks, &mut parts);
            }
            _ => {}
        }
        if !analysis.qualifiers.is_empty() {
            let qualifiers: Vec<String> = analysis
                .qualifiers
                .iter()
                .map(|found| {
                    let schema = if found.schema_token.is_some() {
                        "s."
                    } else {
                        ""
                    };
                    format!("{schema}{}@{}", found.table, found.name_token)
                })
                .collect();
            parts.push(format!("q {}", qualifiers.join(" ")));
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" | ")
    }

    fn table(&self, table: &TableRef) -> String {
        let schema = table
            .schema
            .as_ref()
            .map(|schema| format!("{schema}."))
            .unwrap_or_default();
        let alias = table
            .alias
            .as_ref()
            .map(|alias| format!("={alias}"))
            .unwrap_or_default();
        let usage = if table.usage == Usage::Write { "!" } else { "" };
        let fixed = if table.takes_alias { "" } else { "~" };
        let block = if table.block == 0 {
            String::new()
        } else {
            format!("#{}", table.block)
        };
        format!("{schema}{}{alias}{usage}{fixed}{block}", table.name)
    }

    fn blocks(&self, blocks: &[Block], parts: &mut Vec<String>) {
        for (index, block) in blocks.iter().enumerate() {
            let kind = match block.kind {
                BlockKind::Root => "",
                BlockKind::SetArm => "arm ",
                BlockKind::Derived => "derived ",
                BlockKind::Cte => "cte ",
                BlockKind::SubQuery => "sub ",
            };
            let conditions: Vec<String> = block
                .conditions
                .iter()
                .map(|found| self.condition(found))
                .collect();
            let traits = traits(block);
            if index > 0 || !conditions.is_empty() || !traits.is_empty() {
                parts.push(format!("{kind}{{{}}}{traits}", conditions.join("; ")));
            }
        }
    }

    fn condition(&self, condition: &Condition) -> String {
        let predicate = self.predicate(&condition.predicate);
        match &condition.restricts {
            Restricts::Block => predicate,
            Restricts::Tables(tables) => format!("{predicate} for {tables:?}"),
        }
    }

    fn predicate(&self, predicate: &Predicate) -> String {
        match predicate {
            Predicate::In {
                column,
                values,
                is_null_safe,
            } => match values.as_slice() {
                [value] => format!(
                    "{}{}{}",
                    column_text(column),
                    if *is_null_safe { "<=>" } else { "=" },
                    self.operand(*value)
                ),
                values => format!("{} in ({})", column_text(column), self.operands(values)),
            },
            Predicate::RowIn { columns, rows } => {
                let columns: Vec<String> = columns.iter().map(column_text).collect();
                let rows: Vec<String> = rows
                    .iter()
                    .map(|row| format!("({})", self.operands(row)))
                    .collect();
                format!("({}) in {}", columns.join(","), rows.join(" "))
            }
            Predicate::Range {
                column,
                lower,
                upper,
            } => {
                let bound = |bound: &Option<(Operand, bool)>| match bound {
                    Some((value, true)) => format!("{}=", self.operand(*value)),
                    Some((value, false)) => self.operand(*value),
                    None => String::new(),
                };
                format!("{}:{}..{}", column_text(column), bound(lower), bound(upper))
            }
            Predicate::Same { left, right } => {
                format!("{}=={}", column_text(left), column_text(right))
            }
            Predicate::AnyOf(arms) => {
                let arm = |arm: &Vec<Predicate>| {
                    arm.iter()
                        .map(|one| self.predicate(one))
                        .collect::<Vec<_>>()
                        .join(" & ")
                };
                format!(
                    "any({})",
                    arms.iter().map(arm).collect::<Vec<_>>().join(" | ")
                )
            }
        }
    }

    fn operands(&self, values: &[Operand]) -> String {
        values
            .iter()
            .map(|value| self.operand(*value))
            .collect::<Vec<_>>()
            .join(",")
    }

    fn operand(&self, operand: Operand) -> String {
        match operand {
            Operand::Literal { token, is_negative } => {
                let text = String::from_utf8_lossy(self.lexed.bytes(self.text, token as usize));
                format!("{}{text}", if is_negative { "-" } else { "" })
            }
            Operand::Parameter(index) => format!("?{index}"),
            Operand::Null => "NULL".to_owned(),
            Operand::Default => "DEFAULT".to_owned(),
            Operand::Expression => "expr".to_owned(),
        }
    }

    fn row(&self, row: &Row) -> String {
        let values: Vec<String> = row
            .values
            .iter()
            .map(|(value, _, _)| self.operand(*value))
            .collect();
        format!("({})", values.join(","))
    }

    fn assignments(&self, assignments: &[Assignment]) -> String {
        let one = |one: &Assignment| {
            let inserted = one
                .inserted_column
                .as_ref()
                .map(|column| format!("<{column}>"))
                .unwrap_or_default();
            format!(
                "{}:={}{inserted}",
                column_text(&one.column),
                self.operand(one.value)
            )
        };
        assignments.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

fn column_text(column: &ColumnRef) -> String {
    match column.binding {
        Binding::Table(table) => format!("{table}.{}", column.name),
        Binding::Unqualified(block) => format!("b{block}?{}", column.name),
        Binding::Derived(_) | Binding::Foreign => format!("_.{}", column.name),
    }
}

fn traits(block: &Block) -> String {
    let traits = block.traits;
    let named = [
        (traits.is_distinct, 'd'),
        (traits.has_group_by, 'g'),
        (traits.has_aggregate, 'a'),
        (traits.has_window, 'w'),
        (traits.has_order_by, 'o'),
        (traits.has_limit, 'l'),
        (traits.has_set_operation, 'u'),
    ];
    named
        .iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, letter)| *letter)
        .collect()
}
