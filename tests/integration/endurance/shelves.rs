//! Rows that the clients fight for, and one of each client's own.

use crate::support::Shop;

pub struct Shelves {
    /// SKUs with few units, bought and delivered by everyone.
    pub hot: Vec<i64>,
    /// The SKU whose version client n counts up.
    pub own: Vec<i64>,
    /// SKUs above this one are free for anybody's orders.
    pub cold: i64,
}

impl Shelves {
    /// Units on a shelf at first.
    pub const UNITS: i64 = 20;
    /// Units that a delivery brings.
    pub const DELIVERY: i64 = 5;
    /// How many cold SKUs orders are spread over.
    pub const COLD: u64 = 5_000;

    /// Puts everything on the shelves.
    pub fn stock(shop: &Shop, clients: usize) -> Shelves {
        let mut conn = shop.connect();
        let mut stocked = |count: usize| -> Vec<i64> {
            (0..count)
                .map(|_| shop.stocked(&mut conn, Shelves::UNITS))
                .collect()
        };
        let (hot, own) = (stocked(clients.div_ceil(4).max(4)), stocked(clients));
        drop(conn);
        shop.farm.catch_up().unwrap();
        Shelves {
            hot,
            own,
            cold: shop.sku() + 50_000_000,
        }
    }
}
