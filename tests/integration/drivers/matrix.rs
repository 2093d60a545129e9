//! What all programs reported in front of one family of servers, as a table and as a list of faults.

use std::fmt::Write;

use super::limits::Limits;
use super::program::{Outcome, Program};
use super::stage::{Place, Report};

/// One cell of one driver at one place.
struct Entry {
    driver: &'static str,
    place: Place,
    cell: String,
    outcome: Outcome,
}

/// All cells on one family.
pub struct Matrix {
    family: &'static str,
    entries: Vec<Entry>,
}

impl Matrix {
    pub fn new(family: &'static str) -> Matrix {
        Matrix {
            family,
            entries: Vec::new(),
        }
    }

    /// Adds a program's reports. A cell that one place has and another has not is red there.
    pub fn add(&mut self, program: &Program, reports: &[Report]) {
        let mut cells: Vec<&String> = Vec::new();
        for (name, _) in reports.iter().flat_map(|(_, report)| report) {
            if !cells.contains(&name) {
                cells.push(name);
            }
        }
        for (place, report) in reports {
            for &cell in &cells {
                let reported = report.iter().find(|(name, _)| name == cell);
                let outcome = match reported {
                    Some((_, outcome)) => outcome.clone(),
                    None if cell == "run" => continue,
                    None => Outcome::Fail("not reported".into()),
                };
                self.entries.push(Entry {
                    driver: program.name,
                    place: *place,
                    cell: cell.clone(),
                    outcome,
                });
            }
        }
    }

    /// A row for each driver and place, a column for each cell.
    pub fn table(&self, limits: &Limits) -> String {
        let cells = distinct(self.entries.iter().map(|entry| entry.cell.as_str()));
        let rows = distinct(self.entries.iter().map(|entry| (entry.driver, entry.place)));
        let mut text = format!(
            "\n{}: + works, x fails, L documented limit, . not a thing of this driver\n",
            self.family
        );
        let height = cells.iter().map(|cell| cell.len()).max().unwrap_or(0);
        for line in 0..height {
            let _ = write!(text, "{:30}", "");
            for cell in &cells {
                // the names stand on their last letter
                let letter = (line + cell.len())
                    .checked_sub(height)
                    .and_then(|at| cell.chars().nth(at));
                let _ = write!(text, " {}", letter.unwrap_or(' '));
            }
            text.push('\n');
        }
        for (driver, place) in rows {
            let _ = write!(text, "{:30}", format!("{driver} {place}"));
            for cell in &cells {
                let _ = write!(text, " {}", self.mark(driver, place, cell, limits));
            }
            text.push('\n');
        }
        text
    }

    /// What is red and not documented, or documented and not red.
    pub fn faults(&self, limits: &Limits) -> Vec<String> {
        self.entries
            .iter()
            .filter_map(|entry| {
                let Entry {
                    driver,
                    place,
                    cell,
                    outcome,
                } = entry;
                let limited = limits.hold(driver, cell, *place, self.family);
                let fault = match outcome {
                    Outcome::Fail(detail) if !limited => detail.as_str(),
                    Outcome::Ok if limited => "works, but docs/drivers.md says that it cannot",
                    _ => return None,
                };
                Some(format!("{} {driver} {place} {cell}: {fault}", self.family))
            })
            .collect()
    }

    fn mark(&self, driver: &str, place: Place, cell: &str, limits: &Limits) -> char {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.driver == driver && entry.place == place && entry.cell == cell);
        match entry.map(|entry| &entry.outcome) {
            None | Some(Outcome::Skip(_)) => '.',
            Some(Outcome::Ok) => '+',
            Some(Outcome::Fail(_)) if limits.hold(driver, cell, place, self.family) => 'L',
            Some(Outcome::Fail(_)) => 'x',
        }
    }
}

/// Each once, in the order of first appearance.
fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}
