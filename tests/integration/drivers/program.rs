//! One driver's program: how it is started and what it reports.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A line of `tests/drivers/list.txt`.
#[derive(Debug)]
pub struct Program {
    pub name: &'static str,
    /// Part of `make test`.
    pub quick: bool,
}

/// Where a program works.
#[derive(Debug, Clone)]
pub struct Site {
    pub port: u16,
    pub database: &'static str,
    pub user: String,
    pub password: String,
    pub table: &'static str,
    pub sharded: bool,
    /// The first SKU that is the program's alone; it has the thousand from there.
    pub sku: i64,
}

/// How a cell ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Skip(String),
    Fail(String),
}

impl Program {
    /// Every program of the list, in its order.
    pub fn all() -> Vec<Program> {
        include_str!("../../drivers/list.txt")
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| {
                let mut words = line.split_whitespace();
                Program {
                    name: words.next().unwrap(),
                    quick: words.next() == Some("quick"),
                }
            })
            .collect()
    }

    /// Whether this machine has what the program's language needs; says so if not.
    pub fn is_possible(&self) -> bool {
        let possible = script("install.sh")
            .arg("--possible")
            .arg(self.name)
            .status()
            .is_ok_and(|status| status.success());
        if !possible {
            eprintln!("{}: not run (its language is not installed)", self.name);
        }
        possible
    }

    /// Fetches what it needs; panics with the reason if that fails.
    pub fn install(&self) {
        let output = script("install.sh").arg(self.name).output().unwrap();
        assert!(
            output.status.success(),
            "{} cannot be installed: {}",
            self.name,
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Runs it; its cells in the order of its report. A program that breaks off has a red cell named `run` at the end.
    pub fn run(&self, site: &Site) -> Vec<(String, Outcome)> {
        let output = script("run.sh")
            .arg(self.name)
            .env("DB_HOST", "127.0.0.1")
            .env("DB_PORT", site.port.to_string())
            .env("DB_USER", &site.user)
            .env("DB_PASSWORD", &site.password)
            .env("DB_NAME", site.database)
            .env("DB_TABLE", site.table)
            .env("DB_SKU", site.sku.to_string())
            .env("DB_SHARDED", if site.sharded { "1" } else { "" })
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let mut cells: Vec<(String, Outcome)> = text.lines().filter_map(cell).collect();
        let has_ended = cells.last().is_some_and(|(name, _)| name == "end");
        if has_ended {
            cells.pop();
        }
        if !has_ended || !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            let lines: Vec<&str> = errors.lines().collect();
            let last = &lines[lines.len().saturating_sub(8)..];
            let reason = format!("{}: {}", output.status, last.join(" / "));
            cells.push(("run".into(), Outcome::Fail(reason)));
        }
        cells
    }
}

/// Reads `cell<TAB>ok|fail|skip<TAB>detail`; other lines are the program's own talk.
fn cell(line: &str) -> Option<(String, Outcome)> {
    let mut fields = line.splitn(3, '\t');
    let (name, word) = (fields.next()?, fields.next()?);
    let detail = fields.next().unwrap_or_default().to_owned();
    let outcome = match word {
        "ok" => Outcome::Ok,
        "skip" => Outcome::Skip(detail),
        "fail" => Outcome::Fail(detail),
        _ => return None,
    };
    Some((name.to_owned(), outcome))
}

fn script(name: &str) -> Command {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers");
    let mut command = Command::new(folder.join(name));
    command.current_dir(&folder);
    command
}
