//! The cells that cannot be green, as `docs/drivers.md` documents them.

use super::stage::Place;
use crate::support::{covers_name, documented};

/// All of them: driver, cell, table, servers; `*` stands for any.
pub struct Limits(Vec<[&'static str; 4]>);

impl Limits {
    /// Reads the table: driver, cell, table, servers, then prose.
    pub fn documented() -> Limits {
        let rows = documented("## Cells that cannot be");
        let known = |row: Vec<&'static str>| *row.first_chunk().unwrap();
        Limits(rows.map(known).collect())
    }

    /// Whether the page says that this cell cannot be.
    pub fn hold(&self, driver: &str, cell: &str, place: Place, family: &str) -> bool {
        let place = place.to_string();
        let named = [driver, cell, &place, family];
        self.0.iter().any(|row| {
            let mut pairs = row.iter().zip(named);
            pairs.all(|(field, name)| covers_name(field, name))
        })
    }
}
