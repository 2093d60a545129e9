//! The tour: what a shop gets, shown on the running proxy, each promise checked.

use crate::lab::Server;

use super::client::{Answer, Client};
use super::error::DemoError;
use super::interrupt::Interrupt;
use super::load::WAREHOUSE;
use super::promotion;
use super::reservation;
use super::stage::Stage;

type Step = fn(&Stage, &mut Client) -> Result<(), DemoError>;

/// Shows one thing after the other; the first promise that does not hold ends it.
pub(super) fn tour(stage: &Stage, skus: u32, interrupt: &Interrupt) -> Result<(), DemoError> {
    let mut client = stage.client()?;
    for step in [route, replica, refusal, generated_id] as [Step; 4] {
        interrupt.check()?;
        step(stage, &mut client)?;
    }
    interrupt.check()?;
    reservation::play(stage, skus, interrupt)?;
    interrupt.check()?;
    promotion::play(stage, interrupt)
}

fn route(_: &Stage, client: &mut Client) -> Result<(), DemoError> {
    println!("\n4. Where a row went, and why (nothing runs)");
    let sql =
        format!("SELECT * FROM inv_stock WHERE sku_id = 12345 AND warehouse_id = {WAREHOUSE}");
    let explained = show(client, &format!("EXPLAIN ROUTE {sql}"))?;
    let previewed = show(client, &format!("PREVIEW {sql}"))?;
    if explained.rows.is_empty() || previewed.rows.len() != 1 {
        return Err(DemoError::Promise(
            "a statement with its whole key must go to one table".to_owned(),
        ));
    }
    Ok(())
}

fn replica(stage: &Stage, client: &mut Client) -> Result<(), DemoError> {
    println!("\n5. Reads on replicas, unless you say otherwise");
    let sql = format!(
        "SELECT @@port AS port, stock FROM inv_stock WHERE sku_id = 100 AND warehouse_id = {WAREHOUSE}"
    );
    let read = show(client, &sql)?;
    let hinted = show(client, &format!("/*+ PROXY_DS=primary */ {sql}"))?;
    let is_replica = stage
        .farm
        .pairs()
        .iter()
        .any(|pair| port(pair.replica.as_ref()) == read.value(0, 0));
    let is_primary = stage
        .farm
        .pairs()
        .iter()
        .any(|pair| port(Some(&pair.primary)) == hinted.value(0, 0));
    if !is_replica || !is_primary {
        return Err(DemoError::Promise(
            "the read must be a replica's and the hinted one a primary's".to_owned(),
        ));
    }
    println!("   The first was answered by a replica, the second by its primary.");
    Ok(())
}

fn port(server: Option<&Server>) -> String {
    server.map_or_else(String::new, |server| server.port().to_string())
}

fn refusal(_: &Stage, client: &mut Client) -> Result<(), DemoError> {
    println!("\n6. A statement without its key is refused, before any server sees it");
    let sql = format!("SELECT SUM(stock) FROM inv_stock WHERE warehouse_id = {WAREHOUSE}");
    println!("   > {sql}");
    let Err(packet) = client.ask(&sql)? else {
        return Err(DemoError::NotRefused { sql });
    };
    println!(
        "   ERROR {} ({}): {}",
        packet.code,
        packet.state(),
        packet.text()
    );
    Ok(())
}

fn generated_id(_: &Stage, client: &mut Client) -> Result<(), DemoError> {
    println!(
        "\n7. A generated id: INSERT names no id, the proxy adds one that grows and is nowhere twice"
    );
    let sql = "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (12345, 2, 7)";
    println!("   > {sql}");
    let id = client.run(sql)?.last_insert_id;
    let said = show(client, "SELECT LAST_INSERT_ID()")?;
    println!(
        "   {id} = {} ms since the epoch, worker {}, number {} of that millisecond",
        id >> 22,
        (id >> 12) & 1023,
        id & 4095
    );
    let sql = "SELECT id FROM inv_stock WHERE sku_id = 12345 AND warehouse_id = 2";
    let stored = client.run(sql)?;
    if id == 0 || stored.value(0, 0) != id.to_string() || said.value(0, 0) != id.to_string() {
        return Err(DemoError::Promise(format!(
            "the row must hold the id {id} that the answer named"
        )));
    }
    Ok(())
}

/// Runs a statement and prints it with its rows.
fn show(client: &mut Client, sql: &str) -> Result<Answer, DemoError> {
    println!("   > {sql}");
    let answer = client.run(sql)?;
    let width = answer.columns.iter().map(String::len).max().unwrap_or(0);
    for row in &answer.rows {
        for (name, value) in answer.columns.iter().zip(row) {
            println!("     {name:>width$}: {value}");
        }
    }
    Ok(answer)
}
