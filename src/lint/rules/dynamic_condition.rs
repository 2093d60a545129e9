//! A dynamic tag can make a statement that the proxy refuses.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "dynamic-condition",
    severity: Severity::Error,
    title: "A dynamic tag can make a statement that the proxy refuses.",
    why: "With all its tags the statement is served; without one of them it is refused, mostly because the sharding condition stood in it. Every combination of tests is tried where there are few, else each of them alone and all of them together. Tests of one name (`x != null`, `x == null`) are taken to hold or fail together. Texts that are no SQL at all, such as an UPDATE whose `<set>` is empty, are left out.",
    check: Check::Walk,
    example: Example {
        kind: SourceKind::Mapper,
        bad: "<mapper namespace=\"shop.StockMapper\">\n  <select id=\"find\">\n    SELECT stock FROM inv_stock\n    <where>\n      <if test=\"skuId != null\">AND sku_id = #{skuId}</if>\n      <if test=\"warehouseId != null\">AND warehouse_id = #{warehouseId}</if>\n    </where>\n  </select>\n</mapper>",
        good: "<mapper namespace=\"shop.StockMapper\">\n  <select id=\"find\">\n    SELECT stock FROM inv_stock WHERE sku_id = #{skuId} AND warehouse_id = #{warehouseId}\n    <if test=\"minimum != null\">AND stock >= #{minimum}</if>\n  </select>\n</mapper>",
    },
};
