//! Reserve, then commit or cancel, under many clients at once, with every unit accounted for.

use std::thread;

use super::client::Client;
use super::error::DemoError;
use super::interrupt::Interrupt;
use super::load::{STOCK, WAREHOUSE};
use super::stage::Stage;

const CLIENTS: u32 = 32;
const ORDERS: u32 = 25;
/// So few SKUs that the clients meet on the same rows and some orders find the shelf empty.
const SKUS: u32 = 6;
/// Lost races after which a client gives an order up.
const ATTEMPTS: u32 = 200;

/// What one client, or all of them, saw acknowledged.
#[derive(Debug, Default, Clone)]
struct Ledger {
    /// Per SKU.
    sold: [i64; SKUS as usize],
    held: [i64; SKUS as usize],
    reserved: i64,
    committed: i64,
    canceled: i64,
    sold_out: i64,
    lost_races: i64,
    events: i64,
}

impl Ledger {
    fn add(&mut self, other: &Ledger) {
        for sku in 0..SKUS as usize {
            self.sold[sku] += other.sold[sku];
            self.held[sku] += other.held[sku];
        }
        self.reserved += other.reserved;
        self.committed += other.committed;
        self.canceled += other.canceled;
        self.sold_out += other.sold_out;
        self.lost_races += other.lost_races;
        self.events += other.events;
    }
}

/// One order of one client.
struct Order {
    no: String,
    /// Index of its SKU.
    index: usize,
    sku: u32,
    quantity: i64,
}

/// Plays the sale and checks the stock to the unit.
pub(super) fn play(stage: &Stage, skus: u32, interrupt: &Interrupt) -> Result<(), DemoError> {
    println!(
        "\n8. A sale: {CLIENTS} clients reserve, commit and cancel on {SKUS} SKUs of {STOCK} units each;"
    );
    println!("   stock, reservation and outbox row of an order are one transaction on one server");
    let first = skus - SKUS;
    let ledger = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| scope.spawn(move || shop(stage, client, first, interrupt)))
            .collect();
        let mut total = Ledger::default();
        for client in clients {
            let ledger = client
                .join()
                .unwrap_or_else(|_| Err(DemoError::Promise("a client ended early".to_owned())))?;
            total.add(&ledger);
        }
        Ok::<_, DemoError>(total)
    })?;
    println!(
        "   {} reservations, {} committed, {} canceled, {} orders met an empty shelf, {} lost races tried again",
        ledger.reserved, ledger.committed, ledger.canceled, ledger.sold_out, ledger.lost_races
    );
    check_stock(stage, first, &ledger)?;
    check_outbox(stage, &ledger)
}

fn shop(
    stage: &Stage,
    client: u32,
    first: u32,
    interrupt: &Interrupt,
) -> Result<Ledger, DemoError> {
    let mut connection = stage.client()?;
    let mut ledger = Ledger::default();
    for n in 0..ORDERS {
        interrupt.check()?;
        // mixes clients and orders over the SKUs without a random source
        let index = ((client * 7 + n * 13) % SKUS) as usize;
        let order = Order {
            no: format!("demo-{client}-{n}"),
            index,
            sku: first + (client * 7 + n * 13) % SKUS,
            quantity: i64::from(1 + (client + n) % 3),
        };
        if reserve(&mut connection, &order, &mut ledger)? {
            match (client + n) % 4 {
                0 => settle(&mut connection, &order, Outcome::Cancel, &mut ledger)?,
                1 => ledger.held[index] += order.quantity,
                _ => settle(&mut connection, &order, Outcome::Commit, &mut ledger)?,
            }
        }
    }
    Ok(ledger)
}

/// The optimistic reservation: read the version, take only if nobody was quicker, try again if somebody was.
fn reserve(client: &mut Client, order: &Order, ledger: &mut Ledger) -> Result<bool, DemoError> {
    let Order {
        sku, quantity, no, ..
    } = order;
    for _ in 0..ATTEMPTS {
        let seen = client.run(&format!(
            "/*+ PROXY_HINT(PRIMARY_ONLY=true) */ SELECT stock - reserved, version FROM inv_stock \
             WHERE sku_id = {sku} AND warehouse_id = {WAREHOUSE}"
        ))?;
        if seen.number(0, 0) < *quantity {
            ledger.sold_out += 1;
            return Ok(false);
        }
        client.run("BEGIN")?;
        let taken = client.run(&format!(
            "UPDATE inv_stock SET reserved = reserved + {quantity}, version = version + 1 \
             WHERE sku_id = {sku} AND warehouse_id = {WAREHOUSE} AND stock - reserved >= {quantity} AND version = {}",
            seen.number(0, 1)
        ))?;
        if taken.affected_rows == 0 {
            client.run("ROLLBACK")?;
            ledger.lost_races += 1;
            continue;
        }
        client.run(&format!(
            "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty, expire_at) \
             VALUES ('{no}', {sku}, {WAREHOUSE}, {quantity}, NOW() + INTERVAL 15 MINUTE)"
        ))?;
        announce(client, "INV_RESERVED", order)?;
        client.run("COMMIT")?;
        ledger.reserved += 1;
        ledger.events += 1;
        return Ok(true);
    }
    ledger.sold_out += 1;
    Ok(false)
}

#[derive(Clone, Copy)]
enum Outcome {
    Commit,
    Cancel,
}

/// After the payment's answer: out of the stock, or back on the shelf.
fn settle(
    client: &mut Client,
    order: &Order,
    outcome: Outcome,
    ledger: &mut Ledger,
) -> Result<(), DemoError> {
    let Order {
        sku,
        quantity,
        no,
        index,
    } = order;
    let (stock, status, event) = match outcome {
        Outcome::Commit => (format!("stock = stock - {quantity}, "), 1, "INV_COMMITTED"),
        Outcome::Cancel => (String::new(), 2, "INV_CANCELED"),
    };
    client.run("BEGIN")?;
    let settled = client.run(&format!(
        "UPDATE inv_stock SET {stock}reserved = reserved - {quantity}, version = version + 1 \
         WHERE sku_id = {sku} AND warehouse_id = {WAREHOUSE} AND reserved >= {quantity}"
    ))?;
    let marked = client.run(&format!(
        "UPDATE inv_reservation SET status = {status} WHERE order_no = '{no}' AND sku_id = {sku} AND status = 0"
    ))?;
    announce(client, event, order)?;
    client.run("COMMIT")?;
    if settled.affected_rows != 1 || marked.affected_rows != 1 {
        return Err(DemoError::Promise(format!(
            "order {no} was reserved but could not be settled"
        )));
    }
    ledger.events += 1;
    match outcome {
        Outcome::Commit => {
            ledger.committed += 1;
            ledger.sold[*index] += quantity;
        }
        Outcome::Cancel => ledger.canceled += 1,
    }
    Ok(())
}

/// The outbox row goes where its transaction writes; whoever tells the other systems reads it there.
fn announce(client: &mut Client, event: &str, order: &Order) -> Result<(), DemoError> {
    let Order {
        no, sku, quantity, ..
    } = order;
    client.run(&format!(
        "INSERT INTO outbox (event_type, payload, created_at, status) \
         VALUES ('{event}', JSON_OBJECT('order', '{no}', 'sku', {sku}, 'qty', {quantity}), NOW(), 0)"
    ))?;
    Ok(())
}

fn check_stock(stage: &Stage, first: u32, ledger: &Ledger) -> Result<(), DemoError> {
    let mut client = stage.client()?;
    let (mut in_stock, mut reserved) = (0, 0);
    for (index, sku) in (first..first + SKUS).enumerate() {
        let row = client.run(&format!(
            "/*+ PROXY_DS=primary */ SELECT stock, reserved FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {WAREHOUSE}"
        ))?;
        let (left, held) = (row.number(0, 0), row.number(0, 1));
        if left + ledger.sold[index] != i64::from(STOCK)
            || held != ledger.held[index]
            || held > left
        {
            return Err(DemoError::Promise(format!(
                "SKU {sku}: {STOCK} units, {} sold and {} held by the clients' books, but the server says stock {left}, reserved {held}",
                ledger.sold[index], ledger.held[index]
            )));
        }
        in_stock += left;
        reserved += held;
    }
    let sold: i64 = ledger.sold.iter().sum();
    println!(
        "   {} units = {in_stock} in stock + {sold} sold; {reserved} of the stock are held by open orders: right to the unit",
        STOCK * SKUS
    );
    Ok(())
}

/// Counted at the servers themselves: as many events as transactions were acknowledged.
fn check_outbox(stage: &Stage, ledger: &Ledger) -> Result<(), DemoError> {
    let mut events = 0;
    for (n, schema) in stage.farm.schemas().iter().enumerate() {
        let count = stage
            .farm
            .pair_of(n)
            .primary
            .value(&format!("SELECT COUNT(*) FROM `{schema}`.outbox"))?;
        events += count.parse::<i64>().unwrap_or(0);
    }
    if events != ledger.events {
        return Err(DemoError::Promise(format!(
            "{} transactions were acknowledged, {events} outbox rows exist",
            ledger.events
        )));
    }
    println!("   {events} outbox rows, one for each transaction that was acknowledged");
    Ok(())
}
