//! One result set of several servers' answers: columns of the first, rows of all.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::protocol::{ColumnDefinition, ProtocolError};

use super::response::ResultLimits;

/// What the answers so far have given to one result set.
#[derive(Debug)]
pub struct Joined {
    begun: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Columns of the first answer, once it has begun.
    columns: Option<Vec<Shape>>,
    /// Columns that the present answer has shown.
    seen: usize,
    /// An answer after the first.
    is_later: bool,
    rows: u64,
    bytes: u64,
}

impl Default for Joined {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            state: Mutex::default(),
        }
    }
}

/// What the rows of two answers must have in common to be rows of one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    name: Vec<u8>,
    charset: u16,
    wire: u8,
    is_unsigned: bool,
}

/// `UNSIGNED_FLAG`
const UNSIGNED: u16 = 0x0020;
/// Types whose values are texts or bytes with their length in front, in both protocols.
const TEXTS: [u8; 11] = [15, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254];
/// `DECIMAL` and `NEWDECIMAL` are texts on the wire, but a number to the client.
const DECIMALS: [u8; 2] = [0, 246];

impl Shape {
    fn of(payload: &[u8]) -> Result<Self, ProtocolError> {
        let column = ColumnDefinition::parse(payload)?;
        let wire = match column.column_type {
            number if DECIMALS.contains(&number) => 246,
            // a derived table has VARCHAR where the table has CHAR or ENUM
            text if TEXTS.contains(&text) && text != 245 => 253,
            other => other,
        };
        Ok(Self {
            name: column.name,
            charset: column.charset,
            wire,
            is_unsigned: column.flags & UNSIGNED != 0,
        })
    }
}

impl Joined {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an answer has given its columns already.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.locked().columns.is_some()
    }

    /// Rows of all answers.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.locked().rows
    }

    /// What of `limits` is left for the next answer.
    #[must_use]
    pub fn rest(&self, limits: ResultLimits) -> ResultLimits {
        let state = self.locked();
        ResultLimits {
            rows: limits.rows.saturating_sub(state.rows),
            bytes: limits.bytes.saturating_sub(state.bytes),
        }
    }

    /// What of a statement's time is left for the next answer.
    #[must_use]
    pub fn time_left(&self, timeout: Duration) -> Duration {
        timeout.saturating_sub(self.begun.elapsed())
    }

    /// An answer of `count` columns begins; true if it follows another one.
    ///
    /// # Errors
    /// It has another number of columns than the first.
    pub(super) fn begin(&self, count: u64) -> Result<bool, ColumnsDiffer> {
        let mut state = self.locked();
        state.seen = 0;
        let state = &mut *state;
        match &state.columns {
            None => {
                state.columns = Some(Vec::new());
                Ok(false)
            }
            Some(columns) => {
                state.is_later = true;
                if u64::try_from(columns.len()) == Ok(count) {
                    Ok(true)
                } else {
                    Err(ColumnsDiffer)
                }
            }
        }
    }

    /// The next column's definition.
    ///
    /// # Errors
    /// It cannot be read, or is another one than in the first answer: `Ok(false)`.
    pub(super) fn column(&self, payload: &[u8]) -> Result<bool, ProtocolError> {
        let shape = Shape::of(payload)?;
        let mut state = self.locked();
        let State {
            columns,
            seen,
            is_later,
            ..
        } = &mut *state;
        let columns = columns.get_or_insert_default();
        if !*is_later {
            columns.push(shape);
            return Ok(true);
        }
        let is_same = columns.get(*seen) == Some(&shape);
        *seen += 1;
        Ok(is_same)
    }

    /// An answer has ended.
    pub(super) fn count(&self, rows: u64, bytes: u64) {
        let mut state = self.locked();
        state.rows = state.rows.saturating_add(rows);
        state.bytes = state.bytes.saturating_add(bytes);
    }
}

/// Two answers are no parts of one result.
pub(super) struct ColumnsDiffer;

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(name: &str, change: impl Fn(&mut ColumnDefinition)) -> Vec<u8> {
        let mut column = ColumnDefinition::integer(name);
        change(&mut column);
        let mut payload = Vec::new();
        column.write(&mut payload);
        payload
    }

    #[test]
    fn later_answers_must_have_the_columns_of_the_first() {
        let joined = Joined::default();
        assert!(!joined.has_begun());
        assert!(matches!(joined.begin(2), Ok(false)));
        let text = |column: &mut ColumnDefinition| column.column_type = 254;
        for column in [payload("a", |_| ()), payload("b", text)] {
            assert!(joined.column(&column).unwrap());
        }
        joined.count(3, 100);
        assert!(matches!(joined.begin(2), Ok(true)));
        // where the column comes from, and how long it may be, does not matter
        let other = payload("a", |column| {
            column.org_table = b"t_3".to_vec();
            column.length = 4;
        });
        assert!(joined.column(&other).unwrap());
        assert!(
            joined
                .column(&payload("b", |column| column.column_type = 253))
                .unwrap()
        );
        assert!(matches!(joined.begin(2), Ok(true)));
        for wrong in [
            payload("c", |_| ()),
            payload("a", |column| column.column_type = 3),
            payload("a", |column| column.flags |= UNSIGNED),
            payload("a", |column| column.charset = 45),
        ] {
            assert!(matches!(joined.begin(2), Ok(true)));
            assert!(!joined.column(&wrong).unwrap());
        }
        assert!(joined.begin(1).is_err());
        let limits = joined.rest(ResultLimits { rows: 5, bytes: 90 });
        assert_eq!((limits.rows, limits.bytes, joined.rows()), (2, 0, 3));
    }
}
