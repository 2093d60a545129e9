//! What it costs to choose the member that serves a read, without any server: nanoseconds a choice.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use shardgate::backend::{Endpoint, Freshness, Members, Pool, PoolOptions, ReplicaChoice};

const CHOICES: u32 = 1_000_000;
const ROUNDS: usize = 9;

/// Prints the median and the least of some rounds for each way to choose between two replicas.
pub fn measure() {
    println!("\nchoosing one of two replicas, {ROUNDS} rounds of {CHOICES} choices");
    println!("| balancer | ns a choice, median | least |");
    println!("|---|---|---|");
    let ways = [
        ("ROUND_ROBIN", ReplicaChoice::RoundRobin),
        ("RANDOM", ReplicaChoice::Random),
        ("WEIGHT", ReplicaChoice::Weight(vec![3, 1])),
        ("LEAST_CONNECTIONS", ReplicaChoice::LeastConnections),
    ];
    let mut lines = Vec::new();
    for (name, choice) in ways {
        let members = members(choice);
        let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| round(&members)).collect();
        rounds.sort_by(f64::total_cmp);
        let (median, least) = (rounds[ROUNDS / 2], rounds[0]);
        println!("| {name} | {median:.0} | {least:.0} |");
        lines.push(
            json!({ "load": "choice", "balancer": name, "ns_median": median, "ns_least": least }),
        );
    }
    lines.iter().for_each(|line| println!("{line}"));
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
