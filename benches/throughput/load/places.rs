//! Where the rows of each SKU lie, and what their tables are called by a client that asks the server itself.

use std::fmt;

/// Tables of the recommended layout in each of its databases, and in all.
const TABLES_OF_A_DATABASE: u8 = 16;
pub const TABLES: u8 = 128;

/// The tables of one SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which inv_stock.
    pub stock: u8,
    /// Which inv_reservation; in the same database.
    pub reservation: u8,
}

/// By SKU, from 1 on.
#[derive(Debug)]
pub struct Places(Vec<Place>);

impl Places {
    /// From pairs of SKU and table.
    pub fn new(stocks: &[(u32, u8)], reservations: &[(u32, u8)]) -> Result<Places, String> {
        let mut places = vec![None; stocks.len()];
        for &(sku, stock) in stocks {
            let slot = usize::try_from(sku).ok().and_then(|sku| sku.checked_sub(1));
            let place = slot.and_then(|slot| places.get_mut(slot));
            // a SKU without a row yet gets one of its slot's two tables: both lie in the SKU's database
            let split = u8::from(sku % 2 == 1);
            *place.ok_or_else(|| format!("SKU {sku} is not one that was loaded"))? = Some(Place {
                stock,
                reservation: stock & !1 | split,
            });
        }
        for &(sku, reservation) in reservations {
            let slot = usize::try_from(sku).ok().and_then(|sku| sku.checked_sub(1));
            if let Some(Some(place)) = slot.and_then(|slot| places.get_mut(slot)) {
                place.reservation = reservation;
            }
        }
        let places: Option<Vec<Place>> = places.into_iter().collect();
        Ok(Places(places.ok_or("a SKU lies in no table")?))
    }

    pub fn of(&self, sku: u32) -> Option<Place> {
        let slot = usize::try_from(sku).ok()?.checked_sub(1)?;
        self.0.get(slot).copied()
    }
}

/// The database that a table lies in.
pub fn database(table: u8) -> u8 {
    table / TABLES_OF_A_DATABASE
}

/// A table as a client names it: qualified and numbered, or by its logical name.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    name: &'static str,
    table: Option<u8>,
}

impl Named {
    pub fn stock(table: Option<u8>) -> Named {
        Named {
            name: "inv_stock",
            table,
        }
    }

    pub fn reservation(table: Option<u8>) -> Named {
        Named {
            name: "inv_reservation",
            table,
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.table {
            Some(table) => write!(f, "ecom_{}.{}_{table}", database(table), self.name),
            None => f.write_str(self.name),
        }
    }
}

/// The outbox beside a table; one in each database.
#[derive(Debug, Clone, Copy)]
pub struct Outbox(pub Option<u8>);

impl fmt::Display for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(table) => write!(f, "ecom_{}.outbox", database(table)),
            None => f.write_str("outbox"),
        }
    }
}
