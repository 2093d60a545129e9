//! Rows go in through shardgate, so that they lie where it looks for them.

use std::error::Error;
use std::fmt::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};

use crate::load::{Places, ROWS, SKUS_WITH_ROWS, TABLES, database};
use crate::target::Target;

const LOADERS: usize = 16;
/// A JVM takes its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// Stock of all SKUs, and reservations of the first ones.
pub fn load(target: &Target, skus: u32) -> Result<(), Box<dyn Error>> {
    stock(target, skus)?;
    spread(target, SKUS_WITH_ROWS, |sku| {
        let mut text =
            "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ".to_owned();
        for n in 0..ROWS {
            let comma = if n == 0 { "" } else { ", " };
            // writing to a String cannot fail
            let _ = write!(text, "{comma}('{sku}-{n}', {sku}, 1, 1)");
        }
        text
    })
}

/// Stock of all SKUs in warehouse 1.
pub fn stock(target: &Target, skus: u32) -> Result<(), Box<dyn Error>> {
    eprintln!("loading {skus} SKUs through {}", target.name);
    spread(target, skus, |sku| {
        format!("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1000000)")
    })
}

/// Where the rows of each SKU lie, read from the server's tables.
pub fn places(server: &Target) -> Result<Places, Box<dyn Error>> {
    let mut conn = connect(server)?;
    let mut read = |name: &str| -> Result<Vec<(u32, u8)>, mysql::Error> {
        let mut all = Vec::new();
        for table in 0..TABLES {
            let skus: Vec<u32> = conn.query(format!(
                "SELECT DISTINCT sku_id FROM ecom_{}.{name}_{table}",
                database(table)
            ))?;
            all.extend(skus.into_iter().map(|sku| (sku, table)));
        }
        Ok(all)
    };
    Ok(Places::new(&read("inv_stock")?, &read("inv_reservation")?)?)
}

/// Runs a statement for each number from 1 on, over some connections.
fn spread(
    target: &Target,
    last: u32,
    statement: impl Fn(u32) -> String + Sync,
) -> Result<(), Box<dyn Error>> {
    let next = AtomicU32::new(1);
    let run = || -> Result<(), mysql::Error> {
        let mut conn = connect(target)?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > last {
                return Ok(());
            }
            conn.query_drop(statement(number))?;
        }
    };
    let broken = thread::scope(|scope| {
        let loaders: Vec<_> = (0..LOADERS)
            .map(|_| scope.spawn(|| run().map_err(|error| error.to_string())))
            .collect();
        loaders
            .into_iter()
            .find_map(|loader| loader.join().ok()?.err())
    });
    broken.map_or(Ok(()), |error| {
        Err(format!("loading rows through {}: {error}", target.name).into())
    })
}

pub fn connect(target: &Target) -> Result<Conn, mysql::Error> {
    Conn::new(
        OptsBuilder::new()
            .ip_or_hostname(Some("127.0.0.1"))
            .tcp_port(target.port)
            .user(Some(&target.account.user))
            .pass(Some(&target.account.password))
            .db_name(Some(&target.schema))
            .prefer_socket(false),
    )
}

pub fn wait(target: &Target) -> Result<(), Box<dyn Error>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let error = match TcpStream::connect(("127.0.0.1", target.port))
            .map(drop)
            .map_err(mysql::Error::from)
            .and_then(|()| connect(target))
        {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        if Instant::now() > deadline {
            return Err(format!("{} does not answer: {error}", target.name).into());
        }
        thread::sleep(Duration::from_millis(100));
    }
}
