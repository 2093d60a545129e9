//! An UPDATE changes a sharding column.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "sharding-column-updated",
    severity: Severity::Error,
    title: "An UPDATE changes a sharding column.",
    why: "The row would belong to another node than the one it lies on, where nobody would find it. Setting the very value that the condition fixes is allowed, so that ORMs which write all columns go through.",
    check: Check::Refusal(RefusalCode::ShardingColumnUpdated),
    example: Example {
        kind: SourceKind::Sql,
        bad: "UPDATE inv_stock SET sku_id = 2 WHERE sku_id = 1 AND warehouse_id = 1;",
        good: "UPDATE inv_stock SET stock = stock - 1 WHERE sku_id = 1 AND warehouse_id = 1;",
    },
};
