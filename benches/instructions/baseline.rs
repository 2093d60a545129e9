//! What the cases have cost so far, and whether they still do.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use crate::callgrind::{Cost, count};

/// Percent that a case may cost more, and by which it must cost less for the baseline to be lowered.
const TOLERANCE: u64 = 10;
/// Lines around the table in docs/performance.md.
const BEGIN: &str = "<!-- counts: written by UPDATE_COUNTS=1 make counts -->\n";
const END: &str = "<!-- counts end -->\n";
const HEAD: &str = "# case, instructions each time, allocations each time; written by UPDATE_COUNTS=1 make counts\n";

type Counted = Vec<(String, Cost)>;

/// Counts, and compares with the baseline or writes it.
pub fn check() -> Result<(), String> {
    let counted = count()?;
    if std::env::var_os("UPDATE_COUNTS").is_some() {
        return written(&counted);
    }
    let known = read()?;
    let faults = compared(&counted, &known);
    let page = fs::read_to_string(page()).map_err(|error| error.to_string())?;
    let is_told = page.contains(&table(&known));
    match (faults.is_empty(), is_told) {
        (true, true) => Ok(()),
        (true, false) => Err(
            "the table in docs/performance.md is not that of benches/instructions/baseline.txt: UPDATE_COUNTS=1 make \
             counts writes both"
                .to_owned(),
        ),
        (false, _) => Err(format!(
            "{}\nif it must cost that much: UPDATE_COUNTS=1 make counts, and why in the commit",
            faults.join("\n")
        )),
    }
}

/// Prints every case; what costs more than it may.
fn compared(counted: &Counted, known: &Counted) -> Vec<String> {
    let mut faults = Vec::new();
    let mut has_gained = false;
    println!(
        "{:<34} {:>13} {:>13} {:>11}",
        "case", "instructions", "baseline", "allocations"
    );
    for (name, cost) in counted {
        let Some((_, before)) = known.iter().find(|(known, _)| known == name) else {
            faults.push(format!("{name} has no baseline"));
            continue;
        };
        let allocations = tenths(cost.allocations);
        println!(
            "{name:<34} {:>13} {:>13} {allocations:>11}",
            cost.instructions, before.instructions
        );
        if cost.instructions * 100 > before.instructions * (100 + TOLERANCE) {
            faults.push(format!(
                "{name} costs {} instructions, more than {TOLERANCE} % above {}",
                cost.instructions, before.instructions
            ));
        }
        if cost.allocations > before.allocations {
            faults.push(format!(
                "{name} allocates {allocations} times, and did {} times",
                tenths(before.allocations)
            ));
        }
        has_gained |= cost.instructions * 100 < before.instructions * (100 - TOLERANCE)
            || cost.allocations < before.allocations;
    }
    for (name, _) in known {
        if !counted.iter().any(|(counted, _)| counted == name) {
            faults.push(format!("{name} has a baseline and is no case"));
        }
    }
    if has_gained && faults.is_empty() {
        println!("better than the baseline: UPDATE_COUNTS=1 make counts holds what was gained");
    }
    faults
}

fn written(counted: &Counted) -> Result<(), String> {
    let fault = |error: std::io::Error| error.to_string();
    let mut text = HEAD.to_owned();
    for (name, cost) in counted {
        let _ = writeln!(
            text,
            "{name}, {}, {}",
            cost.instructions,
            tenths(cost.allocations)
        );
    }
    fs::write(file(), text).map_err(fault)?;
    let page_text = fs::read_to_string(page()).map_err(fault)?;
    let place = page_text
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, behind)) = place else {
        return Err("docs/performance.md has no place for the counts".to_owned());
    };
    fs::write(page(), format!("{before}{}{behind}", table(counted))).map_err(fault)
}

fn table(counted: &Counted) -> String {
    let mut table = format!("{BEGIN}| what | instructions | allocations |\n|---|---:|---:|\n");
    for (name, cost) in counted {
        let _ = writeln!(
            table,
            "| {name} | {} | {} |",
            thousands(cost.instructions),
            tenths(cost.allocations)
        );
    }
    table + END
}

fn read() -> Result<Counted, String> {
    let text = fs::read_to_string(file()).map_err(|error| error.to_string())?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fault = || format!("baseline.txt: cannot read '{line}'");
            let mut parts = line.rsplitn(3, ", ");
            let allocations = parts.next().ok_or_else(fault)?;
            let instructions = parts.next().ok_or_else(fault)?;
            let name = parts.next().ok_or_else(fault)?;
            let allocations: u64 = match allocations.split_once('.') {
                Some((whole, tenth)) => format!("{whole}{tenth}").parse(),
                None => format!("{allocations}0").parse(),
            }
            .map_err(|_| fault())?;
            let instructions = instructions.parse().map_err(|_| fault())?;
            Ok((
                name.to_owned(),
                Cost {
                    instructions,
                    allocations,
                },
            ))
        })
        .collect()
}

fn tenths(tenths: u64) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn file() -> PathBuf {
    root().join("benches/instructions/baseline.txt")
}

fn page() -> PathBuf {
    root().join("docs/performance.md")
}
