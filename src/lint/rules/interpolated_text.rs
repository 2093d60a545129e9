//! Text is interpolated into a statement on a sharded table.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "interpolated-text",
    severity: Severity::Warning,
    title: "Text is interpolated into a statement on a sharded table.",
    why: "`${x}` of MyBatis, Spring and templates puts text into the statement as it is. What it will be is not known here, so it counts as no value; and a value that a user writes can change where the statement goes, or what it does. Pass values as parameters, and choose names by `<choose>`.",
    check: Check::Walk,
    example: Example {
        kind: SourceKind::Mapper,
        bad: "<mapper namespace=\"shop.StockMapper\">\n  <select id=\"list\">\n    SELECT stock FROM inv_stock WHERE sku_id = #{skuId} AND warehouse_id = #{warehouseId} ORDER BY ${column}\n  </select>\n</mapper>",
        good: "<mapper namespace=\"shop.StockMapper\">\n  <select id=\"list\">\n    SELECT stock FROM inv_stock WHERE sku_id = #{skuId} AND warehouse_id = #{warehouseId} ORDER BY\n    <choose><when test=\"byStock\">stock</when><otherwise>id</otherwise></choose>\n  </select>\n</mapper>",
    },
};
