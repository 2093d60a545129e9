//! Each fault of contract 4.9, planted into the proxy: the generator finds it.

use shardgate::model::PlantedFault;

use super::pair::Pair;
use super::stage::options;
use super::{run, setting, staged};
use crate::support::{Proxy, ProxyOptions};

#[test]
fn each_planted_fault_is_found() {
    let (shop, pair, skus) = staged();
    let budget = setting("SHARDGATE_TEST_STATEMENTS", 20_000);
    let mut pair = pair;
    let sound = run(&mut pair, &skus, 1, 2000, true);
    assert!(sound.wrong.is_empty(), "nothing is planted: {sound:?}");
    let Pair {
        mut direct, state, ..
    } = pair;
    let mut missed = Vec::new();
    for fault in PlantedFault::ALL {
        let planted = ProxyOptions {
            environment: vec![("SHARDGATE_PLANTED_FAULT", format!("{fault:?}"))],
            ..options()
        };
        let proxy = Proxy::start(&shop.farm, &planted);
        let mut pair = Pair {
            through: proxy.connect(),
            direct,
            state: state.clone(),
        };
        let tally = run(&mut pair, &skus, 1, budget, true);
        let count: u64 = tally.verdicts.values().sum();
        match tally.wrong.first() {
            Some(told) => println!("{fault:?}: found by statement {count}: {told}"),
            None => missed.push(fault),
        }
        direct = pair.direct;
    }
    assert!(missed.is_empty(), "not found in {budget}: {missed:?}");
}
