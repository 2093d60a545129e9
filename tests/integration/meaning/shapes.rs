//! Statements of the shapes that others route wrongly in silence (contract 4.9), each with values of its own.

use super::grammar::{Class, Grammar};
use super::stage::{MOMENTS, NUMBERS, TOKENS};

impl Grammar {
    /// One of the shapes, or the plain statement beside it that must be answered.
    pub(super) fn shape(&mut self) -> (Class, String) {
        let sql = match self.dice.below(14) {
            0 => self.negated_list(),
            1 => self.range(),
            2 => self.list_with_more(),
            3 => self.sub_query_with_a_key(),
            4 => self.outer_join(),
            5 => self.union(),
            6 => self.self_join(),
            7 => self.other_columns(),
            8 => self.executable_comment(),
            9 => self.several_statements(),
            10 => self.spelled_text(),
            11 => self.spelled_number(),
            12 => self.moment(),
            _ => return (Class::Write, self.write_by_another_key()),
        };
        (Class::Read, sql)
    }

    /// A key as it is mostly written.
    fn a_key(&mut self) -> String {
        let sku = if self.dice.chance(50) {
            self.key
        } else {
            self.sku()
        };
        sku.to_string()
    }

    fn negated_list(&mut self) -> String {
        let (a, b, house) = (self.a_key(), self.a_key(), self.warehouse());
        match self.dice.below(6) {
            0 => format!("SELECT id FROM inv_reservation WHERE sku_id NOT IN ({a})"),
            1 => format!(
                "SELECT * FROM inv_reservation r WHERE r.sku_id NOT IN ({a}, {b}) AND r.warehouse_id = {house}"
            ),
            2 => format!("SELECT COUNT(*) FROM inv_reservation WHERE NOT sku_id IN ({a})"),
            3 => format!(
                "SELECT id FROM inv_reservation WHERE sku_id = {a} AND sku_id NOT IN ({b}, NULL)"
            ),
            4 => {
                format!("SELECT id FROM inv_reservation WHERE sku_id = {a} AND sku_id NOT IN ({b})")
            }
            _ => format!("SELECT id FROM inv_reservation WHERE sku_id IN ({a}, {a}, NULL)"),
        }
    }

    fn range(&mut self) -> String {
        let (a, b) = (self.dice.of(NUMBERS), self.dice.of(NUMBERS));
        let (low, high) = (a.min(b), a.max(b));
        match self.dice.below(9) {
            0 => format!("SELECT id FROM meaning_period WHERE num NOT BETWEEN {low} AND {low}"),
            1 => format!("SELECT id FROM meaning_period WHERE num NOT BETWEEN {low} AND {high}"),
            2 => format!("SELECT * FROM meaning_period WHERE num BETWEEN {low} AND {high}"),
            3 => format!("SELECT * FROM meaning_period WHERE num BETWEEN {a} AND {b}"),
            4 => format!(
                "SELECT * FROM meaning_period WHERE num > {low} AND {high} >= num ORDER BY id"
            ),
            5 => format!("SELECT * FROM meaning_period WHERE num >= {low} AND num < {low} + 50"),
            6 => format!("SELECT * FROM meaning_period WHERE NOT num BETWEEN {low} AND {high}"),
            7 => format!("SELECT COUNT(*) FROM meaning_period WHERE num BETWEEN {low} AND '{low}'"),
            _ => format!("SELECT * FROM meaning_period WHERE num < {low} AND num > {low} - 20"),
        }
    }

    fn list_with_more(&mut self) -> String {
        let (a, b, house) = (self.a_key(), self.a_key(), self.warehouse());
        let more = match self.dice.below(6) {
            0 => format!("{b} + 0"),
            1 => "id".to_owned(),
            2 => "warehouse_id".to_owned(),
            3 => "sku_id".to_owned(),
            4 => format!("(SELECT {b})"),
            _ => format!("ABS({b})"),
        };
        let list = if self.dice.chance(50) {
            format!("{a}, {more}")
        } else {
            format!("{more}, {a}")
        };
        let column = self
            .dice
            .of(&["sku_id", "(sku_id)", "+sku_id", "sku_id + 0"]);
        format!(
            "SELECT * FROM inv_reservation WHERE {column} IN ({list}) AND warehouse_id < {house} + 2"
        )
    }

    fn sub_query_with_a_key(&mut self) -> String {
        let (a, b, house) = (self.a_key(), self.a_key(), self.warehouse());
        match self.dice.below(7) {
            0 => format!(
                "SELECT r.id FROM inv_reservation r WHERE EXISTS (SELECT 1 FROM inv_reservation x WHERE x.sku_id = {a})"
            ),
            1 => format!(
                "SELECT id FROM inv_reservation WHERE id IN (SELECT id FROM inv_reservation WHERE sku_id = {a})"
            ),
            2 => format!(
                "SELECT r.id FROM inv_reservation r WHERE r.warehouse_id = {house} AND NOT EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = {a} AND s.warehouse_id = {house})"
            ),
            3 => format!(
                "SELECT r.id FROM inv_reservation r WHERE r.sku_id = {b} AND EXISTS (SELECT 1 FROM inv_reservation x WHERE x.sku_id = {a})"
            ),
            4 => format!(
                "SELECT r.id FROM inv_reservation r WHERE r.sku_id IN (SELECT x.sku_id FROM inv_reservation x WHERE x.sku_id = {a})"
            ),
            5 => format!(
                "SELECT r.id, (SELECT MAX(x.id) FROM inv_reservation x WHERE x.sku_id = {a}) FROM inv_reservation r WHERE r.sku_id = {b}"
            ),
            _ => format!(
                "SELECT r.id FROM inv_reservation r WHERE r.sku_id = {a} AND r.qty = ANY (SELECT x.qty FROM inv_reservation x WHERE x.sku_id = r.sku_id)"
            ),
        }
    }

    fn outer_join(&mut self) -> String {
        let (a, b) = (self.a_key(), self.a_key());
        let join = self.dice.of(&["LEFT JOIN", "LEFT OUTER JOIN"]);
        match self.dice.below(5) {
            0 => format!(
                "SELECT a.id, b.id FROM inv_reservation a {join} inv_reservation b ON a.sku_id = {a} AND b.sku_id = {a}"
            ),
            1 => format!(
                "SELECT a.id, b.id FROM inv_reservation a {join} inv_reservation b ON a.sku_id = {a} AND b.sku_id = a.sku_id AND a.id = b.id"
            ),
            2 => format!(
                "SELECT a.id, b.id FROM inv_reservation b RIGHT JOIN inv_reservation a ON b.sku_id = {a} AND a.sku_id = b.sku_id"
            ),
            3 => format!(
                "SELECT a.id, b.id FROM inv_reservation a {join} inv_reservation b ON b.sku_id = {b} AND b.id > a.id WHERE a.sku_id = {a}"
            ),
            _ => format!(
                "SELECT a.id, b.id FROM inv_reservation a {join} inv_reservation b ON b.sku_id = a.sku_id AND b.sku_id = {a} WHERE b.id IS NULL OR a.id = b.id"
            ),
        }
    }

    fn union(&mut self) -> String {
        let (a, b) = (self.a_key(), self.a_key());
        let word = self.dice.of(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
        let from = "SELECT id FROM inv_reservation WHERE sku_id =";
        match self.dice.below(5) {
            0 | 1 => format!("{from} {a} {word} {from} {b}"),
            2 => format!("({from} {a} LIMIT 2) UNION ALL ({from} {b} ORDER BY id LIMIT 1)"),
            3 => format!("{from} {a} {word} SELECT id FROM inv_reservation"),
            _ => format!("{from} {a} {word} {from} {a}"),
        }
    }

    fn self_join(&mut self) -> String {
        let (a, b, house) = (self.a_key(), self.a_key(), self.warehouse());
        match self.dice.below(4) {
            0 => format!(
                "SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b ON a.warehouse_id = b.warehouse_id WHERE a.sku_id = {a} AND b.sku_id = {b}"
            ),
            1 => format!(
                "SELECT * FROM inv_reservation a, inv_reservation b WHERE a.sku_id = {a} AND b.sku_id = {b} AND a.qty = b.qty"
            ),
            2 => format!(
                "SELECT a.id, b.id FROM inv_stock a STRAIGHT_JOIN inv_stock b WHERE a.sku_id = {a} AND a.warehouse_id = {house} AND b.sku_id = {a} AND b.warehouse_id = {house} % 3 + 1"
            ),
            _ => format!(
                "SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b USING (sku_id) WHERE a.sku_id = {a} AND b.warehouse_id > a.warehouse_id"
            ),
        }
    }

    fn other_columns(&mut self) -> String {
        let (a, house) = (self.a_key(), self.warehouse());
        let on = self.dice.of(&[
            "r.warehouse_id = s.warehouse_id",
            "r.qty = s.reserved",
            "r.sku_id > s.sku_id",
            "r.sku_id = s.warehouse_id OR r.warehouse_id = s.warehouse_id",
            "r.sku_id = s.sku_id",
            "r.sku_id = s.sku_id AND r.warehouse_id = s.warehouse_id",
        ]);
        format!(
            "SELECT s.id, r.id FROM inv_stock s JOIN inv_reservation r ON {on} WHERE s.sku_id = {a} AND s.warehouse_id = {house}"
        )
    }

    fn executable_comment(&mut self) -> String {
        let (a, b, house) = (self.a_key(), self.a_key(), self.warehouse());
        let comment = match self.dice.below(9) {
            0 => format!("/*! OR sku_id = {b} */"),
            1 => format!("/*!50000 OR sku_id = {b}*/"),
            2 => "/*! OR 1 */".to_owned(),
            3 => format!("/*!99999 OR sku_id = {b} */"),
            4 => format!("/*M! OR sku_id = {b} */"),
            5 => format!("/*!40000 AND warehouse_id = {house} */"),
            6 => format!("/* OR sku_id = {b} */"),
            7 => format!("/*!80000 OR sku_id = {b} */"),
            _ => format!("/*!999999 AND sku_id = {b} */"),
        };
        format!("SELECT id, sku_id FROM inv_reservation WHERE sku_id = {a} {comment}")
    }

    fn several_statements(&mut self) -> String {
        let (a, b) = (self.a_key(), self.a_key());
        let one = |key: &str| format!("SELECT id FROM inv_reservation WHERE sku_id = {key}");
        match self.dice.below(5) {
            0 => format!("{}; {}", one(&a), one(&b)),
            1 => format!("{};{};", one(&a), one(&b)),
            2 => format!("{} AND order_no <> ';' ; SELECT 1", one(&a)),
            3 => format!("SELECT ';' AS a; {} /* ; */; SELECT 2", one(&a)),
            _ => format!("{};", one(&a)),
        }
    }

    /// A token in one of its spellings, not all of them by its own letters.
    pub(super) fn token(&mut self) -> String {
        let token = self.dice.of(TOKENS);
        let quoted = token.replace('\\', "\\\\").replace('\'', "''");
        match self.dice.below(10) {
            0 => format!("'{}'", quoted.replace("''", "\\'").replace('\n', "\\n")),
            1 => format!("\"{}\"", token.replace('\\', "\\\\").replace('"', "\"\"")),
            2 => format!("'{}'", quoted.replace('b', "\\b").replace('5', "\\5")),
            3 => format!("'{}'", quoted.replace('a', "\\a").replace('%', "\\%")),
            4 => format!("'{quoted} '"),
            5 => format!("'{}'", quoted.to_uppercase()),
            6 => format!("N'{quoted}'"),
            _ => format!("'{quoted}'"),
        }
    }

    fn spelled_text(&mut self) -> String {
        let (a, b) = (self.token(), self.token());
        match self.dice.below(6) {
            0 => format!("SELECT * FROM meaning_token WHERE token IN ({a}, {b})"),
            1 => format!("SELECT * FROM meaning_token WHERE token = {a} OR token = {b}"),
            2 => format!("SELECT * FROM meaning_token WHERE token LIKE {a}"),
            3 => format!("SELECT * FROM meaning_token WHERE token = {a} COLLATE utf8mb4_bin"),
            _ => format!("SELECT id, token FROM meaning_token WHERE token = {a}"),
        }
    }

    fn spelled_number(&mut self) -> String {
        let key = self.a_key();
        let spelled = match self.dice.below(16) {
            0 | 1 => format!("'{key}'"),
            2 | 3 => format!("'{key} '"),
            4 | 5 => format!("{key}.0"),
            6 | 7 => format!("{key}e0"),
            8 => format!("' {key}'"),
            9 => format!("'{key}abc'"),
            10 => format!("'0{key}'"),
            11 => format!("\"{key}\""),
            12 => format!("'{key}.0'"),
            13 => format!("+{key}"),
            14 => format!("-(-({key}))"),
            _ => format!(
                "X'{}'",
                key.bytes()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
            ),
        };
        match self.dice.below(4) {
            0 => format!("SELECT * FROM inv_reservation WHERE sku_id IN ({spelled})"),
            1 => format!("SELECT * FROM inv_stock WHERE sku_id = {spelled} AND warehouse_id = '1'"),
            2 => format!("SELECT COUNT(*) FROM inv_reservation WHERE {spelled} = sku_id"),
            _ => format!("SELECT id, order_no FROM inv_reservation WHERE sku_id = {spelled}"),
        }
    }

    fn moment(&mut self) -> String {
        let moment = self.dice.of(MOMENTS);
        let (day, other) = (&moment[..10], self.dice.of(MOMENTS));
        let spelled = match self.dice.below(8) {
            0 => format!("'{day}'"),
            1 => format!("'{moment}.000'"),
            2 => format!("'{moment}.5'"),
            3 => format!("'{}'", moment.replace(' ', "T")),
            4 => moment.replace(['-', ' ', ':'], ""),
            5 => format!("TIMESTAMP '{moment}'"),
            _ => format!("'{moment}'"),
        };
        match self.dice.below(6) {
            0 => format!("SELECT * FROM meaning_day WHERE day = {spelled}"),
            1 => format!("SELECT * FROM meaning_moment WHERE at BETWEEN '{day}' AND {spelled}"),
            2 => format!("SELECT * FROM meaning_moment WHERE at >= {spelled} AND at < '{other}'"),
            3 => format!("SELECT * FROM meaning_moment WHERE at IN ({spelled}, '{moment}')"),
            4 => format!("SELECT * FROM meaning_moment WHERE at NOT BETWEEN '{day}' AND {spelled}"),
            _ => format!("SELECT * FROM meaning_moment WHERE at = {spelled}"),
        }
    }

    fn write_by_another_key(&mut self) -> String {
        let (a, b, number) = (self.token(), self.token(), self.dice.of(NUMBERS));
        let id = 900_000 + self.dice.below(1000);
        match self.dice.below(9) {
            0 => format!("UPDATE meaning_token SET n = n + 1 WHERE token = {a}"),
            1 => format!("UPDATE meaning_token SET n = 7, token = {b} WHERE token = {a}"),
            2 => format!("DELETE FROM meaning_token WHERE token IN ({a}, {b})"),
            3 => format!("INSERT INTO meaning_token VALUES ({id}, {a}, 1), ({id} + 1, {b}, 2)"),
            4 => format!("REPLACE INTO meaning_period (num, id) VALUES ({number}, {id})"),
            5 => format!(
                "UPDATE meaning_period SET note = 'x' WHERE num BETWEEN {number} AND {number} + 60"
            ),
            6 => format!(
                "DELETE FROM meaning_period WHERE num NOT BETWEEN {number} AND {number} + 60"
            ),
            7 => format!(
                "UPDATE meaning_period SET note = 'y' WHERE num >= {number} AND num <= {number}"
            ),
            _ => format!(
                "INSERT IGNORE INTO meaning_period SET id = {id}, num = {number}, note = {a}"
            ),
        }
    }
}
