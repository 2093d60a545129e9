//! A replica is promoted while clients write and read: what they see of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::lab::Server;

use super::client::Client;
use super::error::DemoError;
use super::interrupt::Interrupt;
use super::stage::Stage;

const CLIENTS: u32 = 16;
/// Rows of their own, beside the sale's.
const FIRST_SKU: u32 = 900_000_001;
const WAREHOUSE: u32 = 9;
/// Writing before the promotion and after it.
const BEFORE: Duration = Duration::from_millis(500);
const AFTER: Duration = Duration::from_millis(800);

/// What one client, or all of them, saw.
#[derive(Debug, Default)]
struct Seen {
    acknowledged: i64,
    failed: i64,
    /// The first error's number and text.
    error: Option<String>,
    /// Reads of the own row that showed an older value than the client had been told of.
    old_reads: i64,
    reads: i64,
    longest: Duration,
}

impl Seen {
    fn add(&mut self, other: Seen) {
        self.acknowledged += other.acknowledged;
        self.failed += other.failed;
        self.error = self.error.take().or(other.error);
        self.old_reads += other.old_reads;
        self.reads += other.reads;
        self.longest = self.longest.max(other.longest);
    }
}

/// Plays a planned change of the first primary under load and checks every client's row.
pub(super) fn play(stage: &Stage, interrupt: &Interrupt) -> Result<(), DemoError> {
    println!(
        "\n9. A promotion under load: {CLIENTS} clients add to a row of their own and read it back, all the while"
    );
    let Some(pair) = stage.farm.pairs().first() else {
        return Ok(());
    };
    let mut client = stage.client()?;
    for n in 0..CLIENTS {
        let sku = FIRST_SKU + n;
        client.run(&format!(
            "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, {WAREHOUSE}, 0)"
        ))?;
    }
    let stop = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let stop = &stop;
                scope.spawn(move || write_and_read(stage, FIRST_SKU + n, stop))
            })
            .collect();
        let switched = switch(stage, interrupt);
        stop.store(true, Ordering::Relaxed);
        let mut total = Seen::default();
        for client in clients {
            let seen = client.join();
            total.add(seen.unwrap_or_else(|_| Err(promise("a client ended early")))?);
        }
        switched.map(|took| (total, took))
    });
    let (seen, took) = seen?;
    let replica = pair.replica.as_ref().map_or(0, Server::port);
    println!(
        "   read_only on 127.0.0.1:{}, its replica 127.0.0.1:{replica} caught up and promoted, the old one follows it: {} ms",
        pair.primary.port(),
        took.as_millis()
    );
    tell(&seen);
    follow(&mut client, replica)?;
    check(&mut client, &seen)
}

/// How long the servers' side of it took.
fn switch(stage: &Stage, interrupt: &Interrupt) -> Result<Duration, DemoError> {
    thread::sleep(BEFORE);
    interrupt.check()?;
    let began = Instant::now();
    for pair in stage.farm.pairs().iter().take(1) {
        stage.farm.switch_over(pair)?;
    }
    let took = began.elapsed();
    thread::sleep(AFTER);
    interrupt.check()?;
    Ok(took)
}

fn write_and_read(stage: &Stage, sku: u32, stop: &AtomicBool) -> Result<Seen, DemoError> {
    let mut client = stage.client()?;
    let mut seen = Seen::default();
    let row = format!("WHERE sku_id = {sku} AND warehouse_id = {WAREHOUSE}");
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        match client.ask(&format!("UPDATE inv_stock SET stock = stock + 1 {row}"))? {
            Ok(_) => seen.acknowledged += 1,
            Err(packet) => {
                seen.failed += 1;
                seen.error
                    .get_or_insert_with(|| format!("{}: {}", packet.code, packet.text()));
            }
        }
        seen.longest = seen.longest.max(began.elapsed());
        let there = client.run(&format!("SELECT stock FROM inv_stock {row}"))?;
        seen.reads += 1;
        if there.number(0, 0) < seen.acknowledged {
            seen.old_reads += 1;
        }
    }
    Ok(seen)
}

fn tell(seen: &Seen) {
    println!(
        "   {} writes acknowledged, {} failed; the longest took {} ms; {} of {} reads of an own row were older than its last write",
        seen.acknowledged,
        seen.failed,
        seen.longest.as_millis(),
        seen.old_reads,
        seen.reads
    );
    if let Some(error) = &seen.error {
        println!("   the first failure: {error}");
    }
}

/// The proxy names the promoted server's data source as the primary of its groups.
fn follow(client: &mut Client, replica: u16) -> Result<(), DemoError> {
    let answer = client.run("SHOW SHARDGATE MEMBERS")?;
    let promoted = answer.rows.iter().filter(|row| {
        let [_, _, name, role, ..] = row.as_slice() else {
            return false;
        };
        name.ends_with("_replica") && role == "primary"
    });
    let count = promoted.count();
    println!(
        "   {count} groups write to 127.0.0.1:{replica} now; no file was edited, no client reconnected"
    );
    if count == 0 {
        return Err(promise("the promotion must have been followed"));
    }
    Ok(())
}

/// What was acknowledged is there, once.
fn check(client: &mut Client, seen: &Seen) -> Result<(), DemoError> {
    let mut there = 0;
    for n in 0..CLIENTS {
        let sku = FIRST_SKU + n;
        let row = client.run(&format!(
            "/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {WAREHOUSE}"
        ))?;
        there += row.number(0, 0);
    }
    if there != seen.acknowledged || seen.failed > 0 || seen.old_reads > 0 {
        return Err(promise(&format!(
            "{} writes were acknowledged and {there} are there, {} failed, {} own reads were old",
            seen.acknowledged, seen.failed, seen.old_reads
        )));
    }
    println!("   every acknowledged write is there, and none twice");
    Ok(())
}

fn promise(text: &str) -> DemoError {
    DemoError::Promise(text.to_owned())
}
