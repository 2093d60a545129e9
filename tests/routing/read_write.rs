//! The configuration of `examples/read-write`, as it stands there: it has no fault and no warning.

use std::path::Path;

use shardgate::config::{check, load};

#[test]
fn the_example_without_sharding_has_one_group_with_its_promises() {
    let config = load(Path::new("examples/read-write"), &|_| None).unwrap();
    assert!(check(&config).is_empty(), "{:?}", check(&config));
    let [group] = config.databases[0].database.groups.as_slice() else {
        panic!("one group: {:?}", config.databases[0].database.groups);
    };
    assert_eq!(group.primary, "ds_primary");
    assert_eq!(group.replicas.len(), 3);
    assert_eq!(group.care.delayed, ["ds_delayed"]);
    assert_eq!(group.care.gtid_wait_ms, Some(100));
    assert_eq!(group.care.max_replica_lag_ms, Some(800));
}
