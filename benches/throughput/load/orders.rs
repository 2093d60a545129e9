//! What each job is about, drawn from a row of numbers that is the same for every target.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::settings::Load;
use super::work::{Kind, Order, SKUS_WITH_ROWS};

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// One row of draws.
#[derive(Debug)]
pub struct Orders {
    random: u64,
}

impl Orders {
    /// `row`: of the client that draws, so that two do not ask for the same SKUs in step.
    pub fn of(row: usize) -> Orders {
        number_orders();
        // no seed of xorshift64* may be 0
        let row = u64::try_from(row).unwrap_or(0).wrapping_add(1);
        Orders {
            random: 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(row) | 1,
        }
    }

    /// The kind and the order of the next job.
    pub fn next(&mut self, load: &Load<'_>) -> (Kind, Order) {
        let kind = load.kind.drawn(self.draw());
        let skus = match kind {
            Kind::Rows => SKUS_WITH_ROWS.min(load.skus),
            _ => load.skus,
        };
        // no more than there are SKUs
        let sku = u32::try_from(self.draw() % u64::from(skus) + 1).unwrap_or(1);
        let places = load.target.places.as_ref();
        let order = Order {
            sku,
            place: places.and_then(|places| places.of(sku)),
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
        };
        (kind, order)
    }

    /// xorshift64*: cheap.
    fn draw(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }
}

/// Order numbers go on from the clock's time, above all that rows were loaded with.
fn number_orders() {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let first = since.map_or(1, |since| since.as_secs()) << 30;
    // only the first one finds it 0
    let _ = NUMBER.compare_exchange(0, first, Ordering::Relaxed, Ordering::Relaxed);
}
