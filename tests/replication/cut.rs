//! Faults of the network, in namespaces of the test's own.

use shardgate::lab::{Distribution, Family};

use super::failover::cut_off;
use super::faults::replica;
use super::freshness::lag_spec;
use super::network::Network;
use super::report::Outcome;
use super::rig::{Rig, RigSpec, families};

/// Whose network the other process cuts.
const WHOSE: &str = "SHARDGATE_TEST_CUT";
/// What its last word begins with.
const WORD: &str = "what clients saw: ";

/// Runs the fault in a process that is in a network namespace of its own.
pub fn apart(distribution: &Distribution, name: &str, whose: &str) -> Outcome {
    let mut outcome = Outcome::new(name, distribution.family());
    if let Some(why) = Network::missing() {
        outcome.left_out = Some(why);
        return outcome;
    }
    let family = match distribution.family() {
        Family::Mariadb => "mariadb",
        Family::Mysql => "mysql",
    };
    let output = Network::run_test(
        "cut::in_a_namespace_of_its_own",
        &[(WHOSE, whose), ("SHARDGATE_TEST_FAMILY", family)],
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let words = text
        .lines()
        .find_map(|line| line.split_once(WORD))
        .map(|(_, words)| words);
    let said = words
        .filter(|_| output.status.success())
        .unwrap_or_else(|| {
            panic!(
                "{name}: {text}\n{}",
                String::from_utf8_lossy(&output.stderr)
            )
        });
    outcome.read(&serde_json::from_str(said).unwrap());
    outcome
}

/// The other process of [`apart`], which the table of all faults starts in a network namespace of its own; elsewhere
/// there is nothing to cut.
#[test]
fn in_a_namespace_of_its_own() {
    let Ok(whose) = std::env::var(WHOSE) else {
        return;
    };
    let distribution = &families()[0];
    let outcome = match whose.as_str() {
        "replica" => replica(
            Rig::start(&RigSpec {
                is_apart: true,
                ..lag_spec(distribution)
            }),
            &whose,
            |rig| rig.network.as_ref().unwrap().cut(1),
            |rig| rig.network.as_ref().unwrap().heal(),
        ),
        _ => cut_off(distribution, &whose),
    };
    println!("\n{WORD}{}", outcome.to_json());
}
