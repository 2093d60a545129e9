//! The cells that cannot be green, as `docs/drivers.md` documents them.

use super::stage::Place;

const PAGE: &str = include_str!("../../../docs/drivers.md");
const HEADING: &str = "## Cells that cannot be";

/// A row of the page's table; `*` stands for any.
#[derive(Debug)]
struct Limit {
    driver: &'static str,
    cell: &'static str,
    place: &'static str,
    family: &'static str,
}

/// All of them.
pub struct Limits(Vec<Limit>);

impl Limits {
    /// Reads the table: driver, cell, table, servers, then prose.
    pub fn documented() -> Limits {
        let (_, section) = PAGE.split_once(HEADING).unwrap();
        let rows = section
            .lines()
            .skip_while(|line| !line.starts_with("|---"))
            .skip(1)
            .take_while(|line| line.starts_with('|'));
        Limits(rows.map(limit).collect())
    }

    /// Whether the page says that this cell cannot be.
    pub fn hold(&self, driver: &str, cell: &str, place: Place, family: &str) -> bool {
        let place = place.to_string();
        self.0.iter().any(|limit| {
            names(limit.driver, driver)
                && names(limit.cell, cell)
                && names(limit.place, &place)
                && names(limit.family, family)
        })
    }
}

fn limit(row: &'static str) -> Limit {
    let mut fields = row.trim_matches('|').split('|').map(str::trim);
    let mut next = || fields.next().unwrap();
    Limit {
        driver: next(),
        cell: next(),
        place: next(),
        family: next(),
    }
}

/// A field is `*`, a name, or several with commas between.
fn names(field: &str, name: &str) -> bool {
    field == "*" || field.split(", ").any(|one| one == name)
}
