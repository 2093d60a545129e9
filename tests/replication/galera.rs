//! Nodes of a Galera cluster as a group: all may be written to, one is.

use mysql::prelude::Queryable;
use shardgate::lab::{Account, Cluster, ClusterSpec, Distribution};

use super::rig::{Rig, RigSpec};

#[test]
fn nodes_of_one_cluster_are_no_quarrel_and_only_synced_ones_serve() {
    let distribution = Distribution::mariadb().unwrap();
    let cluster = Cluster::galera(&ClusterSpec {
        distribution: distribution.clone(),
        servers: 2,
        schemas: vec!["shop".to_owned()],
        account: Account {
            user: "app".to_owned(),
            password: "app-secret".to_owned(),
        },
        options: Vec::new(),
    })
    .unwrap();
    let Some(cluster) = cluster else {
        eprintln!("skipped: this machine has no Galera library");
        return;
    };
    let tables = "USE shop; CREATE TABLE ledger (id BIGINT PRIMARY KEY, worker INT NOT NULL); \
                  CREATE TABLE one (a INT PRIMARY KEY); INSERT INTO one VALUES (1)";
    cluster.server(0).sql(tables).unwrap();
    let mut rig = Rig::on(
        cluster,
        &RigSpec {
            group: "      readYourWritesMs: 100\n      failoverBufferMs: 10000\n".to_owned(),
            ..RigSpec::new(&distribution)
        },
        None,
    );
    rig.until_state(1, "serving");
    assert_eq!(
        (rig.role(0), rig.writes()),
        ("primary".into(), "taken".into())
    );
    let mut conn = rig.connect();
    assert_eq!(rig.who_reads(&mut conn), rig.port_of(1));
    conn.query_drop("INSERT INTO ledger VALUES (1, 1)").unwrap();
    // a node that gives its data to another one falls behind the others unhindered
    desync(&rig, "ON");
    rig.until_state(1, "stopped");
    let reason = rig.of(1, "reason");
    assert!(reason.contains("Donor/Desynced"), "{reason}");
    assert_eq!(rig.who_reads(&mut conn), rig.port_of(0));
    desync(&rig, "OFF");
    rig.until_state(1, "serving");
    // a node that leaves in order hands the writes to the next
    rig.cluster.server_mut(0).stop();
    conn.query_drop("INSERT INTO ledger VALUES (2, 2)").unwrap();
    rig.until_primary(1);
    let rows = rig
        .cluster
        .server(1)
        .value("SELECT COUNT(*) FROM shop.ledger");
    assert_eq!(rows.unwrap(), "2");
    assert!(
        !rig.log().contains("two members take writes"),
        "{}",
        rig.log()
    );
}

fn desync(rig: &Rig, value: &str) {
    let sql = format!("SET GLOBAL wsrep_desync = {value}");
    rig.cluster.server(1).sql(&sql).unwrap();
}
