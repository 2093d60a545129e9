//! The statements of each kind of load, and what answers them rightly.

use std::io::Write;

use shardgate::protocol::{Command, ParamType, ParamValue, WireType, write_execute, write_packet};

use super::answer::Answer;
use super::places::{Named, Outbox, Place};

/// Rows of the ten-row select, loaded for the first so many SKUs.
pub const ROWS: u64 = 10;
pub const SKUS_WITH_ROWS: u32 = 2_000;
/// Rows of the large result before it is multiplied with itself, and bytes of each.
pub const BULK_ROWS: u32 = 1_024;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A point select by text.
    Select,
    /// The same, prepared once a connection and executed.
    Prepared,
    /// The same, prepared, executed and closed each time, as a driver without a cache does.
    Cycle,
    /// Ten rows of one SKU by a range of order numbers.
    Rows,
    /// A guarded update by text.
    Update,
    /// The same, prepared once a connection and executed.
    UpdatePrepared,
    /// A transaction: guarded update, reservation, outbox, commit.
    Reserve,
    /// A login and a goodbye.
    Login,
    /// One result of so many MiB.
    Bulk(u32),
    /// Selects, updates and transactions by turns.
    Mixed,
}

/// What a statement is about.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    pub sku: u32,
    /// Where its rows lie, for clients that name actual tables.
    pub place: Option<Place>,
    /// Differs from every other order of all runs.
    pub number: u64,
}

/// What must be known of a session to ask its next statement.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prepared {
    pub id: u32,
    pub is_bound: bool,
}

impl Prepared {
    pub fn new(id: u32) -> Prepared {
        Prepared {
            id,
            is_bound: false,
        }
    }
}

impl Kind {
    /// Its name in options and in the JSON.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Select => "select",
            Kind::Prepared => "prepared",
            Kind::Cycle => "cycle",
            Kind::Rows => "rows",
            Kind::Update => "update",
            Kind::UpdatePrepared => "update-prepared",
            Kind::Reserve => "reserve",
            Kind::Login => "login",
            Kind::Bulk(_) => "bulk",
            Kind::Mixed => "mixed",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Select => "point select by text",
            Kind::Prepared => "point select prepared",
            Kind::Cycle => "prepare, point select, close",
            Kind::Rows => "ten rows by text",
            Kind::Update => "guarded update by text",
            Kind::UpdatePrepared => "guarded update prepared",
            Kind::Reserve => "reservation transaction",
            Kind::Login => "login and goodbye",
            Kind::Bulk(_) => "one large result",
            Kind::Mixed => "mixed statements",
        }
    }

    /// The kind that a word of the options means.
    pub fn of_word(word: &str) -> Option<Kind> {
        let all = [
            Kind::Select,
            Kind::Prepared,
            Kind::Cycle,
            Kind::Rows,
            Kind::Update,
            Kind::UpdatePrepared,
            Kind::Reserve,
        ];
        all.into_iter().find(|kind| kind.word() == word)
    }

    /// What every session prepares first, of a stock table or of the logical one.
    pub fn prepares(self, table: Option<u8>) -> Option<String> {
        match self {
            Kind::Prepared => Some(select(table)),
            Kind::UpdatePrepared => Some(update(table)),
            _ => None,
        }
    }

    /// Of a mixed load, the kind of the next job.
    pub fn drawn(self, draw: u64) -> Kind {
        if self != Kind::Mixed {
            return self;
        }
        match draw % 20 {
            0..=9 => Kind::Select,
            10..=12 => Kind::Cycle,
            13..=14 => Kind::Rows,
            15..=18 => Kind::Update,
            _ => Kind::Reserve,
        }
    }

    /// Commands of one job that are answered.
    pub fn steps(self) -> usize {
        match self {
            Kind::Cycle => 2,
            Kind::Reserve => 5,
            _ => 1,
        }
    }

    /// Writes a command and tells what kind of answer comes.
    pub fn ask(
        self,
        step: usize,
        order: Order,
        prepared: Prepared,
        is_eof_deprecated: bool,
        out: &mut Vec<u8>,
    ) -> Answer {
        let Order { sku, place, .. } = order;
        let table = place.map(|place| place.stock);
        match (self, step) {
            (Kind::Cycle, 0) => {
                command(out, Command::StmtPrepare, &select(table));
                return Answer::to_prepare(is_eof_deprecated);
            }
            (Kind::Prepared | Kind::UpdatePrepared | Kind::Cycle, _) => execute(out, prepared, sku),
            (Kind::Update, _) | (Kind::Reserve, 1) => {
                let stock = Named::stock(table);
                text(
                    out,
                    format_args!(
                        "UPDATE {stock} SET reserved = reserved + 1, version = version + 1 WHERE sku_id = {sku} AND warehouse_id = 1 AND stock - reserved >= 1"
                    ),
                );
            }
            (Kind::Reserve, _) => reserve(out, step, order),
            (Kind::Rows, _) => {
                let reservation = Named::reservation(place.map(|place| place.reservation));
                text(
                    out,
                    format_args!(
                        "SELECT id, order_no, warehouse_id, qty, status FROM {reservation} WHERE sku_id = {sku} AND order_no BETWEEN '{sku}-0' AND '{sku}-9'"
                    ),
                );
            }
            (Kind::Bulk(mib), _) => {
                let rows = u64::from(mib) * 1024;
                text(
                    out,
                    format_args!("SELECT a.body FROM bulk a CROSS JOIN bulk b LIMIT {rows}"),
                );
            }
            (Kind::Select | Kind::Login | Kind::Mixed, _) => {
                let stock = Named::stock(table);
                text(
                    out,
                    format_args!(
                        "SELECT id, stock, reserved, version FROM {stock} WHERE sku_id = {sku} AND warehouse_id = 1"
                    ),
                );
            }
        }
        Answer::to_query(is_eof_deprecated)
    }

    /// Whether an answer without an error is the right one.
    pub fn is_right(self, step: usize, answer: &Answer) -> bool {
        match (self, step) {
            (Kind::Cycle, 0) | (Kind::Reserve, 0 | 4) => true,
            (Kind::Update | Kind::UpdatePrepared | Kind::Reserve, _) => answer.affected == 1,
            (Kind::Rows, _) => answer.rows == ROWS,
            (Kind::Bulk(mib), _) => answer.rows == u64::from(mib) * 1024,
            _ => answer.rows == 1,
        }
    }

    /// Whether something has to be rolled back when a job fails on its way.
    pub fn is_transaction(self) -> bool {
        self == Kind::Reserve
    }
}

fn select(table: Option<u8>) -> String {
    let stock = Named::stock(table);
    format!(
        "SELECT id, stock, reserved, version FROM {stock} WHERE sku_id = ? AND warehouse_id = 1"
    )
}

fn update(table: Option<u8>) -> String {
    let stock = Named::stock(table);
    format!(
        "UPDATE {stock} SET reserved = reserved + 1, version = version + 1 WHERE sku_id = ? AND warehouse_id = 1 AND stock - reserved >= 1"
    )
}

fn reserve(out: &mut Vec<u8>, step: usize, Order { sku, place, number }: Order) {
    let table = place.map(|place| place.reservation);
    let (reservation, outbox) = (Named::reservation(table), Outbox(table));
    match step {
        0 => text(out, format_args!("BEGIN")),
        2 => text(
            out,
            format_args!(
                "INSERT INTO {reservation} (id, order_no, sku_id, warehouse_id, qty, expire_at, status) VALUES ({number}, 'r{number}', {sku}, 1, 1, '2037-01-01 00:00:00', 0)"
            ),
        ),
        3 => text(
            out,
            format_args!(
                "INSERT INTO {outbox} (event_type, payload, created_at, status) VALUES ('INV_RESERVED', JSON_OBJECT('order', 'r{number}', 'sku', {sku}, 'qty', 1), NOW(), 0)"
            ),
        ),
        _ => text(out, format_args!("COMMIT")),
    }
}

/// A COM_STMT_EXECUTE for one BIGINT; its type is sent with the first one alone, as libmariadb does it.
fn execute(out: &mut Vec<u8>, prepared: Prepared, sku: u32) {
    let value = u64::from(sku).to_le_bytes();
    let mut payload = Vec::with_capacity(32);
    if prepared.is_bound {
        payload.push(Command::StmtExecute.byte());
        payload.extend_from_slice(&prepared.id.to_le_bytes());
        // no cursor, once, no NULL, types as before
        payload.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0]);
        payload.extend_from_slice(&value);
    } else {
        let param = (
            ParamType::new(WireType::LongLong),
            ParamValue::Bytes(&value),
        );
        write_execute(&mut payload, prepared.id, 0, [param].into_iter());
    }
    write_packet(out, &mut 0, &payload);
}

/// Asks for a statement to be forgotten; nothing answers.
pub fn close(out: &mut Vec<u8>, id: u32) {
    let [a, b, c, d] = id.to_le_bytes();
    write_packet(out, &mut 0, &[Command::StmtClose.byte(), a, b, c, d]);
}

/// Says goodbye.
pub fn quit(out: &mut Vec<u8>) {
    write_packet(out, &mut 0, &[Command::Quit.byte()]);
}

pub fn command(out: &mut Vec<u8>, command: Command, argument: &str) {
    let mut payload = vec![command.byte()];
    payload.extend_from_slice(argument.as_bytes());
    write_packet(out, &mut 0, &payload);
}

pub fn text(out: &mut Vec<u8>, statement: std::fmt::Arguments<'_>) {
    let mut payload = Vec::with_capacity(256);
    payload.push(Command::Query.byte());
    // writing to a Vec cannot fail
    let _ = payload.write_fmt(statement);
    write_packet(out, &mut 0, &payload);
}
