//! `examples/read-write` as it stands: one database with replicas and no sharding, each server at its place.

use std::collections::HashSet;

use mysql::prelude::Queryable;
use shardgate::lab::{Account, Cluster, ClusterSpec};

use super::rig::{Rig, RigSpec, families};

const SHOP: &str = include_str!("../../examples/read-write/shop.yaml");

#[test]
fn the_example_without_sharding_serves_as_it_stands() {
    for distribution in families() {
        let cluster = Cluster::start(&ClusterSpec {
            distribution: distribution.clone(),
            servers: 4,
            schemas: vec!["shop".to_owned()],
            account: Account {
                user: "shardgate".to_owned(),
                password: "change-me".to_owned(),
            },
            options: Vec::new(),
        })
        .unwrap();
        cluster
            .server(0)
            .sql("USE shop; CREATE TABLE one (a INT PRIMARY KEY); INSERT INTO one VALUES (1)")
            .unwrap();
        for replica in 1..4 {
            cluster.catch_up(replica, 0).unwrap();
        }
        // the last one is five seconds late on purpose
        cluster.delay(3, 5).unwrap();
        let mut text = SHOP.to_owned();
        for index in 0..4 {
            let address = format!("10.0.0.1{index}:3306");
            assert!(text.contains(&address), "{address}");
            text = text.replace(
                &address,
                &format!("127.0.0.1:{}", cluster.server(index).port()),
            );
        }
        let rig = Rig::on(cluster, &RigSpec::new(&distribution), Some(text));
        rig.until_state(1, "serving");
        rig.until_state(2, "serving");
        rig.until_state(3, "delayed");
        let mut conn = rig.connect();
        let mut served = HashSet::new();
        for n in 2..40 {
            // the session's own write is there, wherever it is read
            conn.query_drop(format!("INSERT INTO one VALUES ({n})"))
                .unwrap();
            let (there, port): (u64, u16) = conn
                .query_first("SELECT COUNT(*), @@port FROM one")
                .unwrap()
                .unwrap();
            assert_eq!(there, n, "{}", rig.log());
            served.insert(port);
        }
        for _ in 0..40 {
            served.insert(rig.who_reads(&mut conn));
            let stale: u16 = conn
                .query_first("/* shardgate: stale */ SELECT @@port FROM one")
                .unwrap()
                .unwrap();
            served.insert(stale);
        }
        assert!(
            !served.contains(&rig.port_of(3)),
            "the delayed one is never read"
        );
        assert!(served.contains(&rig.port_of(1)) && served.contains(&rig.port_of(2)));
        // nor while it stands still, when any other replica would serve whoever takes stale rows
        rig.cluster.stop_receiving(3).unwrap();
        rig.until_state(3, "stopped");
        conn.query_drop("DISABLE MEMBER ds_replica_1").unwrap();
        conn.query_drop("DISABLE MEMBER ds_replica_2").unwrap();
        let stale: u16 = conn
            .query_first("/* shardgate: stale */ SELECT @@port FROM one")
            .unwrap()
            .unwrap();
        assert_eq!(stale, rig.port_of(0));
    }
}
