//! Fills the shop: one row per SKU, through the proxy.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

use super::error::DemoError;
use super::interrupt::Interrupt;
use super::stage::Stage;

const CONNECTIONS: usize = 16;
/// Units of each SKU in its warehouse.
pub(super) const STOCK: u32 = 100;
/// The warehouse that the load fills.
pub(super) const WAREHOUSE: u32 = 1;

/// Inserts SKUs 1 to `skus`, each a statement of its own: rows of different SKUs lie on different servers, and a
/// statement that writes to several of them is not atomic.
pub(super) fn load(stage: &Stage, skus: u32, interrupt: &Interrupt) -> Result<(), DemoError> {
    let bar = ProgressBar::new(u64::from(skus)).with_style(style());
    let next = AtomicU32::new(1);
    let outcome = thread::scope(|scope| {
        let loaders: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| insert(stage, skus, &next, &bar, interrupt)))
            .collect();
        loaders.into_iter().try_for_each(|loader| {
            loader
                .join()
                .unwrap_or_else(|_| Err(DemoError::Promise("a loader ended early".to_owned())))
        })
    });
    bar.finish();
    outcome
}

fn insert(
    stage: &Stage,
    skus: u32,
    next: &AtomicU32,
    bar: &ProgressBar,
    interrupt: &Interrupt,
) -> Result<(), DemoError> {
    let mut client = stage.client()?;
    loop {
        let sku = next.fetch_add(1, Ordering::Relaxed);
        if sku > skus {
            return Ok(());
        }
        interrupt.check()?;
        client
            .run(&format!("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, {WAREHOUSE}, {STOCK})"))?;
        bar.inc(1);
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("   {bar:40} {pos}/{len} SKUs  {per_sec}  {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
