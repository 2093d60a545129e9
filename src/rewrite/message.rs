//! Names in a server's error text, turned back at the positions known for its code (contract 2.3).

use std::borrow::Cow;
use std::sync::Arc;

/// What actual names stand for in one answer.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Actual table name -> logical table name.
    pub tables: &'a [(Arc<str>, Arc<str>)],
    /// The schema's name at the server.
    pub physical_schema: &'a str,
    /// The logical database's name.
    pub logical_schema: &'a str,
}

/// Where a code's text holds names.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Behind the first mention of these words.
    Behind(&'static str),
    /// Behind the last mention of these words: what stands before may hold values.
    BehindLast(&'static str),
    /// Every name in backticks behind these words.
    AllBehind(&'static str),
    /// A schema behind the last mention of these words.
    Schema(&'static str),
    /// A schema without quotes, up to its dot, behind these words at the text's start.
    BareSchema(&'static str),
    /// Every name in backticks.
    All,
    /// In the excerpt of the statement.
    Near,
}

fn places(code: u16) -> &'static [Place] {
    use Place::{All, AllBehind, BareSchema, Behind, BehindLast, Near, Schema};
    match code {
        // the note of EXPLAIN: the whole statement as the server reads it
        1003 => &[All],
        1062 | 1586 | 1859 => &[BehindLast("for key ")],
        1146 | 1050 | 1194 | 1195 | 1099 | 1100 => &[Behind("Table ")],
        1051 | 1109 => &[Behind("Unknown table "), BehindLast("table ")],
        1054 => &[Behind("Unknown column ")],
        1052 => &[Behind("Column ")],
        1066 => &[Behind("Not unique table/alias: ")],
        1142 => &[BehindLast("for table ")],
        1143 => &[BehindLast("for table "), BehindLast("in table ")],
        1093 => &[Behind("specify target table "), Behind("Table ")],
        1114 => &[Behind("The table ")],
        1022 | 1176 => &[BehindLast("in table ")],
        1005 => &[Behind("create table ")],
        1034 | 1035 => &[BehindLast("file for table ")],
        1091 => &[
            Behind("Can't DROP "),
            Behind("COLUMN "),
            Behind("CONSTRAINT "),
            Behind("FOREIGN KEY "),
        ],
        1103 => &[Behind("Incorrect table name ")],
        1216 | 1217 | 1451 | 1452 => &[AllBehind("constraint fails (")],
        1264 | 1265 | 1292 | 1366 | 1406 => &[BehindLast("for column ")],
        1356 => &[Behind("View ")],
        // the expression as the server reads it
        1690 => &[AllBehind("out of range in ")],
        1824 => &[Behind("referenced table ")],
        1826 => &[Behind("constraint name ")],
        3780 => &[BehindLast("constraint ")],
        3819 => &[Behind("Check constraint ")],
        4025 => &[Behind("CONSTRAINT "), BehindLast("failed for ")],
        1044 => &[Schema("to database ")],
        1305 | 1630 => &[BareSchema("FUNCTION "), BareSchema("PROCEDURE ")],
        1616 => &[BehindLast("for table ")],
        1007 | 1008 | 1049 => &[Schema("database ")],
        1064 | 1149 => &[Near],
        _ => &[],
    }
}

/// `message` of an ERR packet or a warning of kind `code`, with logical names.
#[must_use]
pub fn logical_message<'m>(code: u16, message: &'m [u8], names: &Names<'_>) -> Cow<'m, [u8]> {
    let mut edited = Cow::Borrowed(message);
    for place in places(code) {
        let next = match place {
            Place::Behind(words) => {
                find(&edited, words).map(|at| at_name(&edited, at + words.len(), names))
            }
            Place::BehindLast(words) => {
                find_last(&edited, words).map(|at| at_name(&edited, at + words.len(), names))
            }
            Place::AllBehind(words) => {
                find(&edited, words).map(|at| all_names(&edited, at + words.len(), names))
            }
            Place::Schema(words) => {
                find_last(&edited, words).map(|at| at_schema(&edited, at + words.len(), names))
            }
            Place::All => Some(all_names(&edited, 0, names)),
            Place::BareSchema(words) => bare_schema(&edited, words, names),
            Place::Near => near(&edited, names),
        };
        if let Some(next) = next {
            edited = Cow::Owned(next);
        }
    }
    edited
}

fn find(text: &[u8], words: &str) -> Option<usize> {
    text.windows(words.len())
        .position(|window| window == words.as_bytes())
}

fn find_last(text: &[u8], words: &str) -> Option<usize> {
    text.windows(words.len())
        .rposition(|window| window == words.as_bytes())
}

/// The quoted name at `at`, `'db.t'` or `` `db`.`t` ``, with its parts turned back.
fn at_name(text: &[u8], at: usize, names: &Names<'_>) -> Vec<u8> {
    let (mut out, rest) = split(text, at);
    let mut rest = rest;
    let mut is_first = true;
    while let Some((quote, inner, behind)) = quoted_part(rest) {
        let continues = behind.starts_with(b".`") && quote == b'`';
        out.push(quote);
        if quote == b'`' {
            out.extend_from_slice(&part(inner, is_first && continues, names));
        } else {
            let parts: Vec<&[u8]> = inner.split(|byte| *byte == b'.').collect();
            let several = parts.len() > 1;
            let turned: Vec<Cow<'_, [u8]>> = parts
                .iter()
                .enumerate()
                .map(|(index, name)| part(name, several && index == 0, names))
                .collect();
            out.extend(turned.join(&b'.'));
        }
        out.push(quote);
        rest = behind;
        is_first = false;
        if !continues {
            break;
        }
        out.push(b'.');
        rest = rest.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

fn all_names(text: &[u8], at: usize, names: &Names<'_>) -> Vec<u8> {
    let (mut out, mut rest) = split(text, at);
    while let Some(tick) = rest.iter().position(|byte| *byte == b'`') {
        let (before, from) = rest.split_at(tick);
        out.extend_from_slice(before);
        let Some((_, inner, behind)) = quoted_part(from) else {
            break;
        };
        out.push(b'`');
        out.extend_from_slice(&part(inner, behind.starts_with(b".`"), names));
        out.push(b'`');
        rest = behind;
    }
    out.extend_from_slice(rest);
    out
}

fn at_schema(text: &[u8], at: usize, names: &Names<'_>) -> Vec<u8> {
    let (mut out, rest) = split(text, at);
    match quoted_part(rest) {
        Some((quote, inner, behind)) => {
            out.push(quote);
            out.extend_from_slice(&part(inner, true, names));
            out.push(quote);
            out.extend_from_slice(behind);
        }
        None => out.extend_from_slice(rest),
    }
    out
}

/// `FUNCTION db.f does not exist`: routines are named without quotes.
fn bare_schema(text: &[u8], words: &str, names: &Names<'_>) -> Option<Vec<u8>> {
    let rest = text.strip_prefix(words.as_bytes())?;
    let (head, tail) = rest.split_at_checked(names.physical_schema.len())?;
    let is_schema =
        head.eq_ignore_ascii_case(names.physical_schema.as_bytes()) && tail.starts_with(b".");
    is_schema.then(|| [words.as_bytes(), names.logical_schema.as_bytes(), tail].concat())
}

/// The excerpt of a syntax error: our own edits are undone.
fn near(text: &[u8], names: &Names<'_>) -> Option<Vec<u8>> {
    const WORDS: &str = "near '";
    let start = find(text, WORDS)? + WORDS.len();
    let (head, excerpt) = text.split_at_checked(start)?;
    let mut excerpt = excerpt.to_vec();
    for (actual, logical) in names.tables {
        excerpt = replace_all(
            &excerpt,
            format!("`{actual}` AS `{logical}`").as_bytes(),
            logical.as_bytes(),
        );
        excerpt = replace_all(
            &excerpt,
            format!("`{actual}`").as_bytes(),
            logical.as_bytes(),
        );
    }
    Some([head, &excerpt].concat())
}

fn replace_all(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(what.len()).position(|window| window == what) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(with);
        rest = from.get(what.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

fn split(text: &[u8], at: usize) -> (Vec<u8>, &[u8]) {
    let (head, rest) = text.split_at_checked(at).unwrap_or((text, &[]));
    (head.to_vec(), rest)
}

/// Quote, inner text and what follows of a quoted name at the start of `text`.
fn quoted_part(text: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&quote, rest) = text.split_first()?;
    if quote != b'\'' && quote != b'`' {
        return None;
    }
    let end = rest.iter().position(|byte| *byte == quote)?;
    Some((quote, rest.get(..end)?, rest.get(end + 1..)?))
}

/// One part of a name: a table, a name that the table's is part of, or a schema.
fn part<'n>(name: &'n [u8], is_schema: bool, names: &Names<'_>) -> Cow<'n, [u8]> {
    if is_schema && name.eq_ignore_ascii_case(names.physical_schema.as_bytes()) {
        return Cow::Owned(names.logical_schema.as_bytes().to_vec());
    }
    for (actual, logical) in names.tables {
        if name.eq_ignore_ascii_case(actual.as_bytes()) {
            return Cow::Owned(logical.as_bytes().to_vec());
        }
        if let Some(own) = name
            .strip_suffix(format!("_{actual}").as_bytes())
            .filter(|own| !own.is_empty())
        {
            return Cow::Owned(own.to_vec());
        }
        // names that the server makes up: inv_stock_3_ibfk_1, inv_stock_3_chk_1
        let made_up = name.strip_prefix(actual.as_bytes());
        if let Some(end) =
            made_up.filter(|end| end.starts_with(b"_ibfk_") || end.starts_with(b"_chk_"))
        {
            return Cow::Owned([logical.as_bytes(), end].concat());
        }
    }
    Cow::Borrowed(name)
}

#[cfg(test)]
mod tests {
    use super::{Names, logical_message};

    fn turned(code: u16, message: &str) -> String {
        let tables = [
            ("inv_stock_3".into(), "inv_stock".into()),
            ("inv_reservation_3".into(), "inv_reservation".into()),
        ];
        let names = Names {
            tables: &tables,
            physical_schema: "ecom_0",
            logical_schema: "ecommerce",
        };
        String::from_utf8_lossy(&logical_message(code, message.as_bytes(), &names)).into_owned()
    }

    #[test]
    fn names_are_logical_at_the_positions_of_each_code_contract_2_3() {
        let cases = [
            (
                1062,
                "Duplicate entry '7-4' for key 'inv_stock_3.uk_sku_wh'",
                "Duplicate entry '7-4' for key 'inv_stock.uk_sku_wh'",
            ),
            (
                1062,
                "Duplicate entry '7-4' for key 'uk_sku_wh'",
                "Duplicate entry '7-4' for key 'uk_sku_wh'",
            ),
            (
                1305,
                "FUNCTION ecom_0.f does not exist",
                "FUNCTION ecommerce.f does not exist",
            ),
            (
                1305,
                "PROCEDURE ecom_01.f does not exist",
                "PROCEDURE ecom_01.f does not exist",
            ),
            (
                1146,
                "Table 'ecom_0.inv_stock_3' doesn't exist",
                "Table 'ecommerce.inv_stock' doesn't exist",
            ),
            (
                1054,
                "Unknown column 'inv_stock_3.foo' in 'where clause'",
                "Unknown column 'inv_stock.foo' in 'where clause'",
            ),
            (
                1452,
                "Cannot add or update a child row: a foreign key constraint fails (`ecom_0`.`inv_stock_3`, CONSTRAINT `fk1_inv_stock_3` FOREIGN KEY (`a`) REFERENCES `inv_reservation_3` (`sku_id`))",
                "Cannot add or update a child row: a foreign key constraint fails (`ecommerce`.`inv_stock`, CONSTRAINT `fk1` FOREIGN KEY (`a`) REFERENCES `inv_reservation` (`sku_id`))",
            ),
            (
                3819,
                "Check constraint 'ck1_inv_stock_3' is violated.",
                "Check constraint 'ck1' is violated.",
            ),
            (
                3819,
                "Check constraint 'inv_stock_3_chk_1' is violated.",
                "Check constraint 'inv_stock_chk_1' is violated.",
            ),
            (
                4025,
                "CONSTRAINT `ck1_inv_stock_3` failed for `ecom_0`.`inv_stock_3`",
                "CONSTRAINT `ck1` failed for `ecommerce`.`inv_stock`",
            ),
            (
                1366,
                "Incorrect integer value: 'inv_stock_3' for column `ecom_0`.`inv_stock_3`.`stock` at row 1",
                "Incorrect integer value: 'inv_stock_3' for column `ecommerce`.`inv_stock`.`stock` at row 1",
            ),
            (
                1049,
                "Unknown database 'ecom_0'",
                "Unknown database 'ecommerce'",
            ),
            (
                1064,
                "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near '`inv_stock_3` AS `inv_stock` WHERE' at line 1",
                "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near 'inv_stock WHERE' at line 1",
            ),
        ];
        for (code, message, expected) in cases {
            assert_eq!(turned(code, message), expected);
        }
    }

    #[test]
    fn values_that_look_like_names_stay_contract_2_3() {
        let message = "Duplicate entry 'for key 'inv_stock_3.x'' for key 'inv_stock_3.uk'";
        assert_eq!(
            turned(1062, message),
            "Duplicate entry 'for key 'inv_stock_3.x'' for key 'inv_stock.uk'"
        );
        assert_eq!(
            turned(1644, "inv_stock_3 says `inv_stock_3`"),
            "inv_stock_3 says `inv_stock_3`"
        );
    }
}
