//! A text could not be judged, or only in part.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-judged",
    severity: Severity::Warning,
    title: "A text could not be judged, or only in part.",
    why: "It is longer than what is looked at (16 MiB), it includes a fragment that is in none of the mappers that were given, or the file has bytes that are no UTF-8: they are read as the servers read bytes, and the first of them is told once for each file.",
    check: Check::Walk,
    example: Example {
        kind: SourceKind::Mapper,
        bad: "<mapper namespace=\"shop.StockMapper\">\n  <select id=\"find\">\n    SELECT <include refid=\"columns\"/> FROM inv_stock WHERE sku_id = #{skuId} AND warehouse_id = #{warehouseId}\n  </select>\n</mapper>",
        good: "<mapper namespace=\"shop.StockMapper\">\n  <sql id=\"columns\">id, stock</sql>\n  <select id=\"find\">\n    SELECT <include refid=\"columns\"/> FROM inv_stock WHERE sku_id = #{skuId} AND warehouse_id = #{warehouseId}\n  </select>\n</mapper>",
    },
};
