//! What tools and frameworks ask when they connect and when they read the tables' structure: one table where there are
//! 128, logical names only, and otherwise the very answer of an unsharded server (contract 10.1, 10.2).

use mysql::{Conn, Value};
use shardgate::lab::Family;

use crate::support::{Answer, Refusal, ask, distribution, shop};

const TOOLS: &str = include_str!("opening/tools.sql");
/// The layout's tables; other tests of the binary make more.
const TABLES: [&str; 5] = [
    "dict_currency",
    "dict_region",
    "inv_reservation",
    "inv_stock",
    "outbox",
];

/// A statement of the script with its marks.
struct Question<'a> {
    sql: &'a str,
    is_listing: bool,
    is_shape: bool,
}

impl<'a> Question<'a> {
    /// `None` for one that is asked of the other family.
    fn of(statement: &'a str) -> Option<Self> {
        let mut question = Self {
            sql: statement,
            is_listing: false,
            is_shape: false,
        };
        let is_mariadb = matches!(distribution().family(), Family::Mariadb);
        loop {
            let (mark, rest) = match question
                .sql
                .strip_prefix('[')
                .and_then(|s| s.split_once("] "))
            {
                Some(found) => found,
                None => return Some(question),
            };
            match mark {
                "listing" => question.is_listing = true,
                "shape" => question.is_shape = true,
                "mysql" if is_mariadb => return None,
                "mariadb" if !is_mariadb => return None,
                "mysql" | "mariadb" => {}
                other => panic!("no mark is called {other}"),
            }
            question.sql = rest;
        }
    }

    fn seen(&self, answer: &Result<Answer, Refusal>) -> String {
        let answer = match answer {
            Ok(answer) => answer,
            Err(refusal) if self.is_shape => return refusal.code.to_string(),
            Err(refusal) => return format!("{} {}", refusal.code, refusal.message),
        };
        let mut seen = String::new();
        for set in &answer.sets {
            let names: Vec<&str> = set.columns.iter().map(|column| title(column)).collect();
            seen += &format!("{names:?}\n");
            let mut rows: Vec<String> = set.rows.iter().map(|row| text(row)).collect();
            if self.is_listing {
                rows.retain(|row| TABLES.iter().any(|table| row.contains(table)));
            }
            if self.is_shape {
                seen += &format!("{} rows\n", rows.len());
            } else {
                seen += &rows.join("\n");
            }
        }
        seen
    }
}

/// The column's name among all that [`crate::support::ask`] writes of it.
fn title(column: &str) -> &str {
    let name = |column: &'_ str| -> Option<(usize, usize)> {
        let start = column.find(") ")? + 2;
        let end = column.rfind("): ")?;
        let both = column.get(start..end)?;
        // a name with parentheses, twice
        let half = both.len().checked_sub(2)? / 2;
        if both.get(..half) == both.get(half + 2..) {
            return Some((start, start + half));
        }
        Some((start, both.rfind(" (")? + start))
    };
    name(column).map_or(column, |(start, end)| &column[start..end])
}

fn text(row: &[Value]) -> String {
    let values = row.iter().map(|value| match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    });
    values.collect::<Vec<_>>().join(" | ")
}

fn questions() -> impl Iterator<Item = &'static str> {
    TOOLS
        .split(";;\n")
        .map(|statement| {
            let mut lines = statement.lines().filter(|line| !line.starts_with("--"));
            lines.next_back().unwrap_or_default()
        })
        .filter(|statement| !statement.is_empty())
}

#[test]
fn tools_see_one_table_where_there_are_128() {
    let shop = shop();
    let (mut direct, mut through): (Conn, Conn) = (shop.direct(), shop.connect());
    let mut differences = Vec::new();
    let mut asked = 0;
    for question in questions().filter_map(Question::of) {
        let expected = question.seen(&ask(&mut direct, question.sql));
        let answer = question.seen(&ask(&mut through, question.sql));
        asked += 1;
        let tells = ["ecom_", "inv_stock_", "inv_reservation_"]
            .iter()
            .any(|actual| answer.contains(actual));
        if expected != answer || tells {
            differences.push(format!(
                "{}\n   direct:  {expected}\n   through: {answer}",
                question.sql
            ));
        }
    }
    assert!(asked >= 80, "{asked}");
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}
