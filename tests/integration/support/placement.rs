//! Where a row of the layout belongs, computed here from the contract's text and not by the product's code.

use xxhash_rust::xxh3::xxh3_64_with_seed;

const SLOTS: u64 = 64;
const SPLITS: u64 = 2;
const SCHEMAS: u64 = 8;
const TABLES: u64 = SLOTS * SPLITS;
const SEED: u64 = 0;

/// Contract 1.6 and 4.3: 64 slots by SKU, 2 splits of each by SKU and warehouse, table n in schema n * 8 / 128.
pub struct Placement;

impl Placement {
    pub fn slot(sku: i64) -> u64 {
        xxh3_64_with_seed(&sku.to_le_bytes(), SEED) % SLOTS
    }

    /// The number of the actual table of `inv_stock`.
    pub fn stock_table(sku: i64, warehouse: i64) -> u64 {
        let mut key = vec![0];
        key.extend(sku.to_le_bytes());
        key.push(0);
        key.extend(warehouse.to_le_bytes());
        Self::slot(sku) * SPLITS + xxh3_64_with_seed(&key, SEED + 1) % SPLITS
    }

    /// The number of the actual table of `inv_reservation`, whose one sharding column is the SKU.
    pub fn reservation_table(sku: i64) -> u64 {
        Self::slot(sku) * SPLITS + xxh3_64_with_seed(&sku.to_le_bytes(), SEED + 1) % SPLITS
    }

    pub fn schema_of_table(table: u64) -> u64 {
        table * SCHEMAS / TABLES
    }

    pub fn schema_of_sku(sku: i64) -> u64 {
        Self::schema_of_table(Self::slot(sku) * SPLITS)
    }
}
