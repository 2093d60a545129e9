//! A client of prepared statements: its parameters change their types, its statements outlive servers and pools.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Binary, BinaryAnswer, DATABASE, Fault, Param, Prepared};

use super::clerk::{Clerk, Trouble};
use super::ledger::{Fate, Ledger};
use super::run::Run;
use super::shelves::Shelves;

/// After a refusal, so that nobody spins while a server is down.
const PAUSE: Duration = Duration::from_millis(10);

const LOOK: usize = 0;
const COUNT: usize = 1;
const ECHO: usize = 2;
const RESERVE: usize = 3;
const COUNT_UP: usize = 4;
const READ_BACK: usize = 5;
/// Statements from here on differ in a number, so that there are more than a connection keeps.
const MANY: usize = 6;
const TEXTS: [&str; MANY] = [
    "SELECT ?, sku_id, ? FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?",
    "SELECT COUNT(*), ?, ? FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?",
    "SELECT ?, CONNECTION_ID(), ?",
    "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, ?, ?)",
    "UPDATE inv_stock SET version = version + ? WHERE sku_id = ? AND warehouse_id = ?",
    // a locking read goes to the primary, which has what was acknowledged
    "SELECT ?, order_no FROM inv_reservation WHERE sku_id = ? AND order_no = ? LOCK IN SHARE MODE",
];
const SIMILAR: usize = 60;

/// A connection with its statements.
struct Desk {
    binary: Binary,
    prepared: Vec<Option<Prepared>>,
}

pub struct Typist<'a> {
    clerk: Clerk<'a>,
    shelves: &'a Shelves,
    desk: Option<Desk>,
}

impl<'a> Typist<'a> {
    pub fn new(run: &'a Run<'a>, shelves: &'a Shelves, n: usize) -> Typist<'a> {
        Typist {
            clerk: Clerk::new(run, n),
            shelves,
            desk: None,
        }
    }

    /// Executes until the run is over; comes back when its connection is gone.
    pub fn live(mut self) -> Ledger {
        while !self.clerk.run.is_over() {
            if self.desk.is_none() && !self.log_in() {
                thread::sleep(PAUSE);
                continue;
            }
            let outcome = match self.clerk.dice.roll(100) {
                0..=29 => self.look(LOOK),
                30..=44 => self.look(COUNT),
                45..=54 => self.echo(),
                55..=69 => self.reserve(),
                70..=79 => self.count_up(),
                80..=89 => self.read_back(),
                90..=98 => self.look_similar(),
                _ => {
                    self.leave();
                    Ok(())
                }
            };
            if outcome.is_err() {
                thread::sleep(PAUSE);
            }
        }
        self.leave();
        self.clerk.ledger
    }

    fn leave(&mut self) {
        self.clerk.run.victims.is_now(self.clerk.n, 0);
        self.desk = None;
    }

    fn log_in(&mut self) -> bool {
        let port = self.clerk.run.proxy.port();
        let deprecates_eof = self.clerk.n.is_multiple_of(2);
        let Ok(binary) = Binary::connect(port, DATABASE, deprecates_eof) else {
            return false;
        };
        self.clerk.run.victims.is_now(self.clerk.n, binary.id());
        self.desk = Some(Desk {
            binary,
            prepared: vec![None; MANY + SIMILAR],
        });
        true
    }

    fn look(&mut self, statement: usize) -> Result<(), Trouble> {
        let sku = self.clerk.any(&self.shelves.hot);
        let (first, second) = (self.token(), self.token());
        let fixed = if statement == LOOK { sku } else { 1 }.to_string();
        let params = [
            first.clone(),
            second.clone(),
            self.integer(sku),
            self.integer(1),
        ];
        let mut expected = vec![shown(&first), fixed, shown(&second)];
        if statement == COUNT {
            expected.swap(0, 1);
        }
        self.read(statement, &params, &expected)
    }

    /// A statement that few others share, in a table that any client may use.
    fn look_similar(&mut self) -> Result<(), Trouble> {
        let sku = self.clerk.any(&self.shelves.hot);
        let at = usize::try_from(self.clerk.dice.roll(SIMILAR.try_into().unwrap())).unwrap();
        let token = self.token();
        let params = [token.clone(), self.integer(sku), self.integer(1)];
        self.read(
            MANY + at,
            &params,
            &[shown(&token), at.to_string(), sku.to_string()],
        )
    }

    fn echo(&mut self) -> Result<(), Trouble> {
        let id = self.desk.as_ref().map_or(0, |desk| desk.binary.id());
        let (first, second) = (self.token(), self.token());
        let expected = [shown(&first), id.to_string(), shown(&second)];
        self.read(ECHO, &[first, second], &expected)
    }

    fn read(&mut self, statement: usize, params: &[Param], row: &[String]) -> Result<(), Trouble> {
        let answer = self.execute("reads", statement, params)?;
        self.clerk.expect(answer.rows == [row], || {
            format!(
                "{} {params:?}: {row:?} expected, came {:?}",
                text(statement),
                answer.rows
            )
        });
        Ok(())
    }

    /// An insert that a repetition would find: its order number is unique.
    fn reserve(&mut self) -> Result<(), Trouble> {
        let sku = self.shelves.cold + i64::try_from(self.clerk.dice.roll(Shelves::COLD)).unwrap();
        let number = self.clerk.word();
        let params = [
            self.text(&number),
            self.integer(sku),
            self.integer(1),
            self.integer(1),
        ];
        let fate = self.fate_of_write(RESERVE, &params);
        self.clerk.enter(&number, sku, fate, false);
        Ok(())
    }

    /// An update that would show each repetition, in a row that nobody else writes.
    fn count_up(&mut self) -> Result<(), Trouble> {
        let sku = self.shelves.own[self.clerk.n];
        let params = [self.integer(1), self.integer(sku), self.integer(1)];
        let fate = self.fate_of_write(COUNT_UP, &params);
        self.clerk
            .ledger
            .increments
            .entry(sku)
            .or_default()
            .add(fate);
        Ok(())
    }

    fn read_back(&mut self) -> Result<(), Trouble> {
        let Some((number, order)) = self.clerk.known_order() else {
            return Ok(());
        };
        let token = self.token();
        let params = [token.clone(), self.integer(order.sku), self.text(&number)];
        let answer = self.execute("reads", READ_BACK, &params)?;
        let row = [shown(&token), number];
        self.clerk
            .expect_order(text(READ_BACK).as_str(), order, &answer.rows, &row);
        Ok(())
    }

    fn fate_of_write(&mut self, statement: usize, params: &[Param]) -> Fate {
        match self.execute("writes", statement, params) {
            Ok(answer) => {
                self.clerk.expect(answer.affected == 1, || {
                    format!("{} {params:?}: {} rows", text(statement), answer.affected)
                });
                Fate::Acknowledged
            }
            Err(trouble) => trouble.fate(),
        }
    }

    /// A value that no other statement of the run has, of any type.
    fn token(&mut self) -> Param {
        let serial = self.clerk.n * 10_000_000 + self.clerk.serial();
        let number = i64::try_from(serial).unwrap();
        match self.clerk.dice.roll(6) {
            0 => Param::Long(i32::try_from(number).unwrap()),
            1 => Param::LongLong(number + (1 << 40)),
            2 => Param::Double(f64::from(i32::try_from(number).unwrap()) + 0.5),
            3 => Param::LongData(format!("long{serial}")),
            4 if self.clerk.dice.roll(8) == 0 => Param::Null,
            _ => Param::VarString(format!("word{serial}")),
        }
    }

    /// An integer in any type that can carry it.
    fn integer(&mut self, n: i64) -> Param {
        let small = i32::try_from(n).unwrap();
        match self.clerk.dice.roll(4) {
            0 => Param::Long(small),
            1 => Param::LongLong(n),
            2 => Param::Double(small.into()),
            _ => Param::VarString(n.to_string()),
        }
    }

    fn text(&mut self, text: &str) -> Param {
        if self.clerk.dice.roll(3) == 0 {
            Param::LongData(text.to_owned())
        } else {
            Param::VarString(text.to_owned())
        }
    }

    /// Prepares what is not prepared, now and then anew, and executes it.
    fn execute(
        &mut self,
        kind: &'static str,
        statement: usize,
        params: &[Param],
    ) -> Result<BinaryAnswer, Trouble> {
        let whim = self.clerk.dice.roll(50);
        let Some(desk) = &mut self.desk else {
            return Err(Trouble::Refused);
        };
        let start = Instant::now();
        match desk.execute(statement, params, whim) {
            Ok(answer) => {
                self.clerk.answered(kind);
                Ok(answer)
            }
            Err(fault) => {
                let id = desk.binary.id();
                let sql = format!("{} {params:?}", text(statement));
                let trouble = self.clerk.failed(id, &sql, start, &fault);
                if matches!(fault, Fault::Broken(_)) {
                    self.leave();
                }
                Err(trouble)
            }
        }
    }
}

impl Desk {
    fn execute(&mut self, at: usize, params: &[Param], whim: u64) -> Result<BinaryAnswer, Fault> {
        let slot = &mut self.prepared[at];
        match (whim, &slot) {
            (0, Some(prepared)) => {
                self.binary.close(prepared)?;
                *slot = None;
            }
            (1, Some(prepared)) => self.binary.reset(prepared)?,
            _ => {}
        }
        if slot.is_none() {
            let prepared = self.binary.prepare(&text(at))?;
            assert_eq!(usize::from(prepared.params), params.len(), "{}", text(at));
            *slot = Some(prepared);
        }
        self.binary.execute(slot.as_mut().unwrap(), params)
    }
}

fn text(statement: usize) -> String {
    TEXTS.get(statement).map_or_else(
        || {
            let n = statement - MANY;
            format!("SELECT ?, {n}, sku_id FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?")
        },
        |text| (*text).to_owned(),
    )
}

/// A parameter as it comes back.
fn shown(param: &Param) -> String {
    match param {
        Param::Null => "NULL".to_owned(),
        Param::Long(n) => n.to_string(),
        Param::LongLong(n) => n.to_string(),
        Param::Double(n) => n.to_string(),
        Param::VarString(text) | Param::LongData(text) => text.clone(),
    }
}
