//! The answers of several nodes to one write as one: affected rows, info text, rows of warnings.

use crate::protocol::OkPacket;
use crate::rewrite::ExecutionUnit;
use crate::sql::{Insert, Kind};

/// What an INSERT of several rows is answered, by the servers.
const INSERTED: &str = "Records: 0  Duplicates: 0  Warnings: 0";

/// Answers of the units that are through.
#[derive(Debug, Default)]
pub(super) struct Sum {
    affected: u64,
    warnings: u16,
    numbers: Vec<u64>,
    /// The servers' own words, whose numbers are replaced.
    words: Option<Vec<u8>>,
    insert_id: Option<InsertId>,
}

/// The id of an answer, with its unit's rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct InsertId {
    pub(super) id: u64,
    /// The server has generated it: then it is the first, else the last one.
    pub(super) is_generated: bool,
    first_row: u32,
    last_row: u32,
}

impl InsertId {
    pub(super) fn of(unit: &ExecutionUnit, id: u64, is_generated: bool) -> Self {
        Self {
            id,
            is_generated,
            first_row: unit.rows.first().copied().unwrap_or_default(),
            last_row: unit.rows.last().copied().unwrap_or_default(),
        }
    }

    /// The id that one server would have told, of this and another one.
    fn or(self, other: Self) -> Self {
        match (self.is_generated, other.is_generated) {
            (true, false) => self,
            (false, true) => other,
            (true, true) if other.first_row < self.first_row => other,
            (false, false) if other.last_row > self.last_row => other,
            _ => self,
        }
    }
}

impl Sum {
    /// Adds the answer of `unit`, `repeated` of whose warnings were told by another unit already.
    pub(super) fn add(&mut self, kind: &Kind, unit: &ExecutionUnit, ok: &OkPacket, repeated: u16) {
        self.affected = self.affected.saturating_add(ok.affected_rows);
        let warnings = ok.warnings.saturating_sub(repeated);
        self.warnings = self.warnings.saturating_add(warnings);
        let mut numbers = match kind {
            Kind::Insert(insert) if ok.info.is_empty() => of_one_row(insert, unit, ok),
            _ => numbers(&ok.info),
        };
        if let Some(told) = numbers.last_mut() {
            *told = told.saturating_sub(u64::from(repeated));
        }
        if self.numbers.len() < numbers.len() {
            self.numbers.resize(numbers.len(), 0);
        }
        for (sum, number) in self.numbers.iter_mut().zip(numbers) {
            *sum = sum.saturating_add(number);
        }
        if self.words.is_none() && !ok.info.is_empty() {
            self.words = Some(ok.info.clone());
        }
    }

    /// Adds what the answer of a unit said of ids.
    pub(super) fn add_id(&mut self, id: InsertId) {
        self.insert_id = Some(self.insert_id.map_or(id, |known| known.or(id)));
    }

    pub(super) fn insert_id(&self) -> Option<InsertId> {
        self.insert_id
    }

    /// The one answer; the caller adds the status.
    pub(super) fn into_ok(self) -> OkPacket {
        let words = match self.words {
            Some(words) => words,
            None if self.numbers.is_empty() => Vec::new(),
            None => INSERTED.as_bytes().to_vec(),
        };
        OkPacket {
            affected_rows: self.affected,
            last_insert_id: self.insert_id.map_or(0, |id| id.id),
            warnings: self.warnings,
            info: with_numbers(&words, &self.numbers),
            ..OkPacket::default()
        }
    }
}

/// A warning about the text, which every node's server gives: deprecated syntax.
pub(super) fn is_of_text(code: u16) -> bool {
    matches!(code, 1287 | 1681)
}

/// What a server would tell of one row among several: it tells nothing of one alone.
fn of_one_row(insert: &Insert, unit: &ExecutionUnit, ok: &OkPacket) -> Vec<u64> {
    let duplicates = if insert.is_ignore {
        u64::from(ok.affected_rows == 0)
    } else {
        // a row that is replaced or updated counts more than once
        ok.affected_rows.saturating_sub(1)
    };
    vec![
        unit.rows.len().max(1) as u64,
        duplicates,
        u64::from(ok.warnings),
    ]
}

/// The numbers in a text.
fn numbers(text: &[u8]) -> Vec<u64> {
    text.split(|byte| !byte.is_ascii_digit())
        .filter_map(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
        .collect()
}

/// `words` with `numbers` in the places of its own.
fn with_numbers(words: &[u8], numbers: &[u64]) -> Vec<u8> {
    let mut numbers = numbers.iter();
    let mut text = Vec::with_capacity(words.len() + 8);
    let mut is_in_number = false;
    for byte in words {
        let is_digit = byte.is_ascii_digit();
        if is_digit && !is_in_number {
            let number = numbers.next().copied().unwrap_or_default();
            text.extend(number.to_string().bytes());
        }
        if !is_digit {
            text.push(*byte);
        }
        is_in_number = is_digit;
    }
    text
}

/// A server's text about one of an INSERT's rows, with the row's number in the client's statement: `... at row 2`.
pub(super) fn with_row(unit: &ExecutionUnit, code: u16, mut message: Vec<u8>) -> Vec<u8> {
    const AT_ROW: &[u8] = b" at row ";
    // data out of range, truncated, too long, wrong value, no default, column count, zero date, check, bad number
    const OF_ROWS: [u16; 10] = [1136, 1263, 1264, 1265, 1292, 1364, 1366, 1406, 1411, 4025];
    if unit.rows.is_empty() || !OF_ROWS.contains(&code) {
        return message;
    }
    let digits = message
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let at = message.len() - digits;
    let (head, tail) = message.split_at(at);
    if digits == 0 || !head.ends_with(AT_ROW) {
        return message;
    }
    let number: Option<usize> = std::str::from_utf8(tail)
        .ok()
        .and_then(|digits| digits.parse().ok());
    let row = number
        .and_then(|number| number.checked_sub(1))
        .and_then(|index| unit.rows.get(index));
    if let Some(row) = row {
        message.truncate(at);
        message.extend((u64::from(*row) + 1).to_string().bytes());
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ShortList;
    use crate::model::SourceId;
    use crate::rewrite::Edits;
    use crate::sql::{self, Lexed, ServerFamily, SqlMode};

    fn kind(text: &str) -> Kind {
        let mut lexed = Lexed::default();
        let family = ServerFamily::MySql(90_700);
        sql::lex(text.as_bytes(), SqlMode::default(), family, &mut lexed).unwrap();
        let all = 0..lexed.tokens.len();
        sql::analyze(text.as_bytes(), &lexed, all, SqlMode::default()).kind
    }

    fn unit(rows: &[u32]) -> ExecutionUnit {
        ExecutionUnit {
            source: SourceId(0),
            edits: Edits::Own(Vec::new()),
            names: ShortList::new(),
            derived: Vec::new(),
            params: None,
            rows: rows.to_vec(),
        }
    }

    fn ok(affected_rows: u64, warnings: u16, info: &str) -> OkPacket {
        OkPacket {
            affected_rows,
            warnings,
            info: info.as_bytes().to_vec(),
            ..OkPacket::default()
        }
    }

    fn summed(text: &str, answers: &[(&[u32], OkPacket)]) -> (u64, u16, String) {
        let kind = kind(text);
        let mut sum = Sum::default();
        for (rows, ok) in answers {
            sum.add(&kind, &unit(rows), ok, 0);
        }
        let ok = sum.into_ok();
        (
            ok.affected_rows,
            ok.warnings,
            String::from_utf8(ok.info).unwrap(),
        )
    }

    #[test]
    fn the_rows_of_an_insert_are_counted_over_all_nodes_contract_4_4() {
        let insert = "INSERT INTO t (a) VALUES (1), (2), (3)";
        let two = ok(2, 1, "Records: 2  Duplicates: 0  Warnings: 1");
        let answer = summed(insert, &[(&[0, 2], two), (&[1], ok(1, 0, ""))]);
        assert_eq!(
            answer,
            (3, 1, "Records: 3  Duplicates: 0  Warnings: 1".to_owned())
        );
        let answer = summed(insert, &[(&[0], ok(1, 0, "")), (&[1], ok(1, 0, ""))]);
        assert_eq!(answer.2, "Records: 2  Duplicates: 0  Warnings: 0");
    }

    #[test]
    fn duplicates_of_single_rows_are_those_that_one_server_would_count() {
        let cases = [
            ("INSERT IGNORE INTO t (a) VALUES (1), (2)", 0, 1),
            ("INSERT IGNORE INTO t (a) VALUES (1), (2)", 1, 0),
            ("REPLACE INTO t (a) VALUES (1), (2)", 2, 1),
            (
                "INSERT INTO t (a) VALUES (1), (2) ON DUPLICATE KEY UPDATE a = 3",
                2,
                1,
            ),
            (
                "INSERT INTO t (a) VALUES (1), (2) ON DUPLICATE KEY UPDATE a = 3",
                0,
                0,
            ),
        ];
        for (text, affected, duplicates) in cases {
            let answer = summed(text, &[(&[0], ok(affected, 0, "")), (&[1], ok(1, 0, ""))]);
            let info = format!("Records: 2  Duplicates: {duplicates}  Warnings: 0");
            assert_eq!(answer.2, info, "{text}");
        }
    }

    #[test]
    fn an_update_keeps_the_servers_words_and_a_delete_has_none() {
        let german = "Datensätze gefunden: 3  Geändert: 2  Warnungen: 0";
        let answers = [
            (&[][..], ok(2, 0, german)),
            (
                &[][..],
                ok(10, 0, "Datensätze gefunden: 12  Geändert: 10  Warnungen: 1"),
            ),
        ];
        assert_eq!(
            summed("UPDATE t SET a = 1", &answers),
            (
                12,
                0,
                "Datensätze gefunden: 15  Geändert: 12  Warnungen: 1".to_owned()
            )
        );
        let none = [(&[][..], ok(2, 0, "")), (&[][..], ok(3, 0, ""))];
        assert_eq!(summed("DELETE FROM t", &none), (5, 0, String::new()));
    }

    #[test]
    fn what_every_node_says_of_the_text_is_told_once() {
        let kind = kind("INSERT INTO t (a) VALUES (1), (2) ON DUPLICATE KEY UPDATE a = VALUES(a)");
        let mut sum = Sum::default();
        sum.add(&kind, &unit(&[0]), &ok(2, 1, ""), 0);
        sum.add(&kind, &unit(&[1]), &ok(2, 1, ""), 1);
        let ok = sum.into_ok();
        assert_eq!((ok.affected_rows, ok.warnings), (4, 1));
        assert_eq!(ok.info, b"Records: 2  Duplicates: 2  Warnings: 1");
    }

    #[test]
    fn the_insert_id_is_the_first_generated_or_the_last_given() {
        let id = |rows: &[u32], id, is_generated| InsertId::of(&unit(rows), id, is_generated);
        let cases = [
            ([id(&[1], 7, true), id(&[0, 2], 9, true)], 9),
            ([id(&[1], 7, false), id(&[0, 2], 9, false)], 9),
            ([id(&[3], 7, false), id(&[0, 2], 9, false)], 7),
            ([id(&[3], 7, true), id(&[0, 2], 9, false)], 7),
        ];
        for (ids, told) in cases {
            let mut sum = Sum::default();
            ids.into_iter().for_each(|id| sum.add_id(id));
            assert_eq!(sum.into_ok().last_insert_id, told, "{ids:?}");
        }
    }

    #[test]
    fn a_message_tells_the_row_of_the_clients_statement() {
        let unit = unit(&[4, 11]);
        let told = |code, text: &str| {
            String::from_utf8(with_row(&unit, code, text.as_bytes().to_vec())).unwrap()
        };
        assert_eq!(
            told(1264, "Out of range value for column 'a' at row 2"),
            "Out of range value for column 'a' at row 12"
        );
        for text in ["Incorrect value: ' at row 1'", "at row", "x at row 3"] {
            assert_eq!(told(1292, text), text);
        }
        assert_eq!(told(1062, "x at row 1"), "x at row 1");
    }
}
