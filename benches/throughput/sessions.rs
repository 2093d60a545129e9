//! Memory of many sessions that hold the same prepared statements.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mysql::prelude::Queryable;
use mysql::{Conn, Statement};
use serde_json::json;

use crate::process::resident;
use crate::report::Report;
use crate::rows::connect;
use crate::stage::Stage;

const STATEMENTS: usize = 10;
const LOADERS: usize = 8;

/// Opens the sessions, prepares and executes, and tells what the process between has grown by.
pub fn measure(stage: &Stage, sessions: usize, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let target = &stage.shardgate();
    let pid = target.pid.ok_or("the proxy has no process")?;
    let before = resident(pid)?;
    let next = AtomicUsize::new(0);
    let opened = thread::scope(|scope| {
        let loaders: Vec<_> = (0..LOADERS)
            .map(|_| {
                scope.spawn(|| -> Result<Vec<(Conn, Vec<Statement>)>, mysql::Error> {
                    let mut mine = Vec::new();
                    while next.fetch_add(1, Ordering::Relaxed) < sessions {
                        let mut conn = connect(target)?;
                        mine.push((prepared(&mut conn)?, conn));
                    }
                    Ok(mine
                        .into_iter()
                        .map(|(statements, conn)| (conn, statements))
                        .collect())
                })
            })
            .collect();
        let joined: Vec<_> = loaders
            .into_iter()
            .filter_map(|loader| loader.join().ok())
            .collect();
        joined.into_iter().collect::<Result<Vec<_>, _>>()
    })?;
    let after = resident(pid)?;
    let count: usize = opened.iter().map(Vec::len).sum();
    let text = format!(
        "# sessions: {count} with {STATEMENTS} prepared statements each, one executed\n\n{:.1} MiB resident, {:.1} before\n",
        after / 1024.0,
        before / 1024.0
    );
    let raw = json!({ "sessions": count, "statements": STATEMENTS, "rss_kib": after, "rss_before_kib": before });
    report.section("sessions", &text, vec![raw])
}

fn prepared(conn: &mut Conn) -> Result<Vec<Statement>, mysql::Error> {
    let mut statements = Vec::new();
    for n in 0..STATEMENTS {
        statements.push(conn.prep(format!(
            "SELECT id, stock, {n} FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?"
        ))?);
    }
    if let Some(first) = statements.first() {
        let _rows: Vec<(i64, i64, i64)> = conn.exec(first, (1_i64, 1_i64))?;
    }
    Ok(statements)
}
