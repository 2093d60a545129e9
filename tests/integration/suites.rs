//! The drivers' own public suites, on a server directly and through the proxy: what passes directly passes through.
//!
//! Run by `make test-suites`, since they are fetched first. `SHARDGATE_TEST_SUITES` is `all`, or names of
//! [`suite::SUITES`]; each runs on every family of servers that is installed. A difference is a fault unless
//! `docs/drivers.md` documents it as a limit.

mod difference;
mod limits;
mod stage;
mod suite;

use shardgate::lab::Distribution;

use crate::support::distribution;
use difference::Difference;
use limits::Limits;
use stage::Stage;
use suite::{SUITES, Suite};

#[test]
fn what_passes_directly_passes_through() {
    let Ok(wanted) = std::env::var("SHARDGATE_TEST_SUITES") else {
        eprintln!("suites: not run (make test-suites)");
        return;
    };
    let suites: Vec<&Suite> = SUITES
        .iter()
        .filter(|suite| wanted == "all" || wanted.split(',').any(|name| name == suite.name))
        .collect();
    assert!(
        !suites.is_empty(),
        "SHARDGATE_TEST_SUITES={wanted} names no suite"
    );
    let limits = Limits::documented();
    let mut faults = Vec::new();
    for distribution in families() {
        let stage = Stage::set(distribution);
        for suite in &suites {
            faults.extend(compare(&stage, suite, &limits));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The one that `SHARDGATE_TEST_FAMILY` names, or all that are installed.
fn families() -> Vec<Distribution> {
    match std::env::var_os("SHARDGATE_TEST_FAMILY") {
        Some(_) => vec![distribution()],
        None => Distribution::installed(),
    }
}

/// Runs one suite on both sides and prints what came out; the differences that are not documented.
fn compare(stage: &Stage, suite: &Suite, limits: &Limits) -> Vec<String> {
    let direct = suite.run(stage.family(), &stage.direct());
    let through = suite.run(stage.family(), &stage.through());
    let differences = Difference::between(&direct, &through);
    println!(
        "{} on {}: {} passed directly, {} through the proxy, {} differences\n  directly: {direct}\n  through:  {through}",
        suite.name,
        stage.family(),
        direct.passed(),
        through.passed(),
        differences.len(),
    );
    let mut faults = Vec::new();
    for difference in &differences {
        let cause = limits.cause(suite.name, stage.family(), &difference.test);
        println!("  {difference}: {}", cause.unwrap_or("not documented"));
        // where the server itself failed, on a busy machine, the proxy owes nothing
        if cause.is_none() && difference.passed_directly() {
            faults.push(format!(
                "{} on {}: {difference}",
                suite.name,
                stage.family()
            ));
        }
    }
    if direct.passed() == 0 {
        faults.push(format!(
            "{} on {}: nothing passed directly",
            suite.name,
            stage.family()
        ));
    }
    faults
}
