//! What the Rust programs share: the place they work on and the report of their cells.

use std::env;
use std::fmt::Debug;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

pub use anyhow::{Error as Fault, Result, anyhow, ensure};

pub const TEXT: &str = "Grüße, 漢字, 😀, \\ ' \" % \n\t";

/// A variable of the place.
pub fn place(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// The statement with the table's name in it.
pub fn on_table(sql: &str) -> String {
    sql.replace("{t}", &place("DB_TABLE"))
}

pub fn is_sharded() -> bool {
    !place("DB_SHARDED").is_empty()
}

/// A SKU that nothing else uses.
pub fn sku() -> i64 {
    static NEXT: OnceLock<AtomicI64> = OnceLock::new();
    let next = NEXT.get_or_init(|| AtomicI64::new(place("DB_SKU").parse().unwrap_or(1)));
    next.fetch_add(1, Ordering::Relaxed) + 1
}

/// An error with both values if they differ.
pub fn same<T: PartialEq + Debug>(got: T, wanted: T) -> Result<()> {
    ensure!(got == wanted, "got {got:?}, wanted {wanted:?}");
    Ok(())
}

/// Bytes of every value.
pub fn bytes() -> Vec<u8> {
    (0..1 << 20).map(|n: u32| n.to_le_bytes()[0]).collect()
}

/// An error if an actual table or schema shows.
pub fn is_logical(text: &str) -> Result<()> {
    let leaks = ["item_", "inv_stock_", "inv_reservation_", "ecom_"];
    let leak = leaks.iter().find(|name| {
        text.split(**name).skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    ensure!(leak.is_none(), "actual name in {text}");
    Ok(())
}

/// Whether the command line names the cell, or none.
pub fn is_wanted(cell: &str) -> bool {
    let mut only = env::args().skip(1).peekable();
    only.peek().is_none() || only.any(|name| name == cell)
}

/// Prints a cell's line.
pub fn report(cell: &str, outcome: Result<()>) {
    match outcome {
        Ok(()) => println!("{cell}\tok\t"),
        Err(fault) => {
            let text = format!("{fault:#}");
            println!("{cell}\tfail\t{}", text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}

/// Runs the functions of these names, one after the other.
#[macro_export]
macro_rules! run {
    ($($cell:ident),* $(,)?) => {
        $(
            if $crate::is_wanted(stringify!($cell)) {
                $crate::report(stringify!($cell), $cell().await);
            }
        )*
        println!("end\tok\t");
    };
}
