//! What it costs to choose the member that serves a read, without any server: nanoseconds a choice.

use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use shardgate::backend::{Endpoint, Freshness, Members, Pool, PoolOptions, ReplicaChoice};

use crate::report::Report;

const CHOICES: u32 = 1_000_000;
const ROUNDS: usize = 9;

/// The median and the least of some rounds for each way to choose between two replicas.
pub fn measure(report: &mut Report) -> Result<(), Box<dyn Error>> {
    let mut text = format!(
        "# choice: one of two replicas, {ROUNDS} rounds of {CHOICES} choices\n\n\
         | balancer | ns a choice, median | least |\n|---|---|---|\n"
    );
    let ways = [
        ("ROUND_ROBIN", ReplicaChoice::RoundRobin),
        ("RANDOM", ReplicaChoice::Random),
        ("WEIGHT", ReplicaChoice::Weight(vec![3, 1])),
        ("LEAST_CONNECTIONS", ReplicaChoice::LeastConnections),
    ];
    let mut raw = Vec::new();
    for (name, choice) in ways {
        let members = members(choice);
        let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| round(&members)).collect();
        rounds.sort_by(f64::total_cmp);
        writeln!(
            text,
            "| {name} | {:.0} | {:.0} |",
            rounds[ROUNDS / 2],
            rounds[0]
        )?;
        raw.push(json!({ "balancer": name, "ns": rounds }));
    }
    report.section("choice", &text, raw)
}

fn round(members: &Members) -> f64 {
    let began = Instant::now();
    for _ in 0..CHOICES {
        black_box(black_box(members).reader(Freshness::Any, None));
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(CHOICES)
}

/// Nobody is asked: the view says that both replicas serve, as it does of a healthy group.
fn members(choice: ReplicaChoice) -> Members {
    let pool = |name: &str| {
        let endpoint = Endpoint::new(name, "127.0.0.1", 9, "shop");
        Pool::new(Arc::new(endpoint), PoolOptions::default())
    };
    Members::new(pool("ds_0"), vec![pool("ds_1"), pool("ds_2")], choice)
}
