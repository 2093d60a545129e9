//! One statement on two connections, and whether the answers are the same.

use mysql::prelude::Queryable;
use mysql::{Conn, Error, Row, Value};

use super::grammar::{Class, Made};
use crate::support::{Answer, Refusal, Set, ask};

fn run(conn: &mut Conn, made: &Made) -> Result<Answer, Refusal> {
    if made.params.is_empty() {
        return ask(conn, &made.sql);
    }
    let refused = |error: Error| match error {
        Error::MySqlError(error) => Refusal {
            code: error.code,
            state: error.state,
            message: error.message,
        },
        other => Refusal {
            code: 0,
            state: String::new(),
            message: other.to_string(),
        },
    };
    let mut result = conn
        .exec_iter(&made.sql, made.params.clone())
        .map_err(refused)?;
    let affected = result.affected_rows();
    let names = result
        .columns()
        .as_ref()
        .iter()
        .map(|column| column.name_str().into_owned())
        .collect();
    let rows: Result<Vec<Vec<Value>>, Error> =
        result.by_ref().map(|row| row.map(Row::unwrap)).collect();
    let set = Set {
        columns: names,
        rows: rows.map_err(refused)?,
        affected,
        insert_id: None,
        warnings: 0,
        info: String::new(),
    };
    Ok(Answer { sets: vec![set] })
}

/// A column without its flags, which follow the optimizer, and without the blank where a long name was cut.
fn described(column: &str) -> String {
    let (name, rest) = column.split_once("ColumnFlags(").unwrap_or((column, ""));
    let rest = rest.split_once(')').map_or("", |(_, rest)| rest);
    format!("{}{rest}", name.replace("  ()", " ()"))
}

/// Columns, rows in their own order, and affected rows of one result.
type Essence = (Vec<String>, Vec<String>, u64);

/// An answer without what need not be the same: order of rows, warnings, insert ids, what the server counts beside.
fn essence(answer: &Answer) -> Vec<Essence> {
    let of = |set: &Set| {
        let mut rows: Vec<String> = set.rows.iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        (
            set.columns.iter().map(|column| described(column)).collect(),
            rows,
            set.affected,
        )
    };
    answer.sets.iter().map(of).collect()
}

/// The columns are the same, but for a schema that only one of them tells: that of a derived table's column is the
/// table's, and none where the derived table reads several.
fn alike(one: &[Essence], other: &[Essence]) -> bool {
    let without = |column: &str| {
        column
            .split_once('.')
            .map_or_else(String::new, |(_, rest)| rest.to_owned())
    };
    let is_alike = |(one, other): (&String, &String)| {
        bare(one) == bare(other)
            || has_own_origin(one, other)
            || has_own_origin(other, one)
            || ((one.starts_with('.') || other.starts_with('.')) && without(one) == without(other))
    };
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| {
            one.0.len() == other.0.len() && one.0.iter().zip(&other.0).all(is_alike)
        })
}

/// A column without the comments of an expression that it is named by, which a server of MySQL writes anew where it
/// prepares a statement.
fn bare(column: &str) -> String {
    let mut name = column.to_owned();
    while let Some(start) = name.find("/*")
        && let Some(length) = name[start..].find("*/")
    {
        name.replace_range(start..start + length + 2, "");
    }
    name.split_whitespace().collect()
}

/// The columns are of no table, and `other` alone is told to have its own name there: so does MySQL behind a window
/// function over a derived table.
fn has_own_origin(one: &str, other: &str) -> bool {
    let parts = one
        .strip_prefix(". () ")
        .and_then(|rest| rest.split_once(" (): "));
    parts.is_some_and(|(name, kind)| other == format!(". () {name} ({name}): {kind}"))
}

/// How the two answers stand to each other.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
pub enum Verdict {
    SameRows,
    SameEmpty,
    SameError,
    Refused,
    OtherWords,
    OtherColumns,
    Wrong,
}

fn is_refusal(refusal: &Refusal) -> bool {
    (10_000..30_000).contains(&refusal.code) || refusal.code == 1235
}

/// Code and text, without what depends on the rows around; a syntax error may be told in words of our own.
fn words(refusal: &Refusal) -> (u16, &str) {
    // 1292 tells a value of the row that happens to be read first
    // and 1054 a schema that its qualifier has lost on the way
    let message = if matches!(refusal.code, 1054 | 1064 | 1292) {
        ""
    } else {
        refusal.message.as_str()
    };
    (
        refusal.code,
        message.split(" at row ").next().unwrap_or_default(),
    )
}

/// Errors of one row: NULL, truncated, out of range, no number, duplicate, more than one row, and the like.
const ROW_ERRORS: &[u16] = &[1048, 1062, 1242, 1264, 1265, 1292, 1366, 1406, 1690];

fn judge(through: &Result<Answer, Refusal>, direct: &Result<Answer, Refusal>) -> Verdict {
    match (through, direct) {
        (Err(refusal), _) if is_refusal(refusal) => Verdict::Refused,
        (Err(one), Err(other)) if words(one) == words(other) => Verdict::SameError,
        (Err(one), Err(other)) if one.code == other.code => Verdict::OtherWords,
        // MariaDB finds a table named twice while it still reads, so in front of a string that is not closed
        (Err(one), Err(other)) if one.code == 1064 && other.code == 1066 => Verdict::SameError,
        // which row is read first, and so which of their errors is told, is no one's promise
        (Err(one), Err(other))
            if ROW_ERRORS.contains(&one.code) && ROW_ERRORS.contains(&other.code) =>
        {
            Verdict::SameError
        }
        // a row of another node, which the condition was tried on
        (Ok(_), Err(other)) if other.code == 1292 => Verdict::SameError,
        // several tables lie behind one name: the statement does not read the very table that it writes
        (_, Err(other)) if other.code == 1093 => Verdict::SameError,
        (Ok(one), Ok(other)) => {
            let (one, other) = (essence(one), essence(other));
            let is_empty = one
                .iter()
                .all(|(_, rows, affected)| rows.is_empty() && *affected == 0);
            let same = one
                .iter()
                .map(|set| (&set.1, set.2))
                .eq(other.iter().map(|set| (&set.1, set.2)));
            match (same, alike(&one, &other)) {
                (true, true) if is_empty => Verdict::SameEmpty,
                (true, true) => Verdict::SameRows,
                (true, false) => Verdict::OtherColumns,
                (false, _) => Verdict::Wrong,
            }
        }
        _ => Verdict::Wrong,
    }
}

/// MariaDB counts a row that UPDATE IGNORE left as it was, or does not, by the way in which it found the row: what is
/// left behind is compared, not the count.
fn uncounted(mut answer: Answer) -> Answer {
    for set in &mut answer.sets {
        set.affected = 0;
    }
    answer
}

/// Both connections, and how one statement ends on each.
pub struct Pair {
    pub through: Conn,
    pub direct: Conn,
    /// What is read back behind a write, each with the table that it asks.
    pub state: Vec<(&'static str, String)>,
}

impl Pair {
    pub fn compare(&mut self, made: &Made) -> (Verdict, String) {
        match made.class {
            Class::Read => self.one(made),
            Class::Write => {
                self.both("BEGIN");
                let mut found = self.one(made);
                // an error leaves nothing, but for 1093 of the one server (see `judge`)
                if !matches!(found.0, Verdict::Refused | Verdict::SameError) {
                    for check in self.state_of(&made.sql) {
                        let check = self.one(&Made::read(check));
                        if check.0 == Verdict::Wrong {
                            found = (
                                Verdict::Wrong,
                                format!("{} {}\n  leaves {}", made.sql, found.1, check.1),
                            );
                        }
                    }
                }
                self.both("ROLLBACK");
                found
            }
        }
    }

    fn state_of(&self, sql: &str) -> Vec<String> {
        let sql = sql.to_lowercase();
        let touched = self.state.iter().filter(|(table, _)| sql.contains(table));
        touched.map(|(_, check)| check.clone()).collect()
    }

    fn one(&mut self, made: &Made) -> (Verdict, String) {
        let through = run(&mut self.through, made);
        if let Err(refusal) = &through
            && is_refusal(refusal)
        {
            let told = format!("{} {}", refusal.code, refusal.message);
            return (Verdict::Refused, told);
        }
        let direct = run(&mut self.direct, made);
        let verdict = if made.sql.to_uppercase().contains("UPDATE IGNORE") {
            judge(
                &through.clone().map(uncounted),
                &direct.clone().map(uncounted),
            )
        } else {
            judge(&through, &direct)
        };
        let show = |answer: &Result<Answer, Refusal>| {
            format!("{answer:?}").chars().take(700).collect::<String>()
        };
        let same = matches!(
            verdict,
            Verdict::SameRows | Verdict::SameEmpty | Verdict::SameError
        );
        let told = if same {
            String::new()
        } else {
            format!(
                "{verdict:?}: {} {:?}\n   through: {}\n   direct:  {}",
                made.sql,
                made.params,
                show(&through),
                show(&direct)
            )
        };
        (verdict, told)
    }

    pub fn both(&mut self, sql: &str) {
        ask(&mut self.through, sql).unwrap();
        ask(&mut self.direct, sql).unwrap();
    }
}

impl Verdict {
    /// The client was told something else.
    pub fn is_wrong(self) -> bool {
        matches!(
            self,
            Verdict::Wrong | Verdict::OtherColumns | Verdict::OtherWords
        )
    }
}
