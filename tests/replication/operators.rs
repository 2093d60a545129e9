//! What operators see of a group and do with it.

use mysql::prelude::Queryable;
use mysql::{Conn, Row};
use shardgate::lab::Family;

use super::rig::{Rig, RigSpec, families};

fn start(distribution: &shardgate::lab::Distribution) -> Rig {
    let rig = Rig::start(&RigSpec {
        group: "      readYourWritesMs: 0\n".to_owned(),
        ..RigSpec::new(distribution)
    });
    rig.until_state(1, "serving");
    rig
}

fn rows(conn: &mut Conn, sql: &str) -> Vec<Vec<String>> {
    let rows: Vec<Row> = conn.query(sql).unwrap();
    let texts = |row: Row| {
        let values = row.unwrap().into_iter();
        values
            .map(|value| match value {
                mysql::Value::NULL => "NULL".to_owned(),
                value => mysql::from_value::<String>(value),
            })
            .collect()
    };
    rows.into_iter().map(texts).collect()
}

#[test]
fn a_member_is_taken_out_by_hand_in_every_spelling_and_put_back() {
    let rig = start(&families()[0]);
    let mut conn = rig.connect();
    let (primary, replica) = (rig.port_of(0), rig.port_of(1));
    let pairs = [
        ("DISABLE MEMBER ds_1", "ENABLE MEMBER ds_1"),
        ("disable member `DS_1`", "enable member `DS_1`"),
        (
            "ALTER READWRITE_SPLITTING RULE shop DISABLE ds_1",
            "ALTER READWRITE_SPLITTING RULE shop ENABLE ds_1",
        ),
        (
            "ALTER READWRITE_SPLITTING RULE DISABLE ds_1 FROM shop",
            "ALTER READWRITE_SPLITTING RULE ENABLE ds_1 FROM shop",
        ),
    ];
    let status = "SHOW STATUS FROM READWRITE_SPLITTING RULES FROM shop";
    for (disable, enable) in pairs {
        conn.query_drop(disable).unwrap();
        assert_eq!(rig.who_reads(&mut conn), primary, "{disable}");
        assert_eq!(rows(&mut conn, status), [["shop", "ds_1", "DISABLED"]]);
        // its probes go on, and do not put it back
        std::thread::sleep(3 * super::rig::PROBE);
        assert_eq!(rig.state(1), "disabled", "{disable}");
        let hinted: u16 = conn
            .query_first("/* shardgate: stale */ SELECT @@port FROM one")
            .unwrap()
            .unwrap();
        assert_eq!(hinted, primary, "disabled is disabled");
        conn.query_drop(enable).unwrap();
        assert_eq!(rig.who_reads(&mut conn), replica, "{enable}");
        assert_eq!(rows(&mut conn, status), [["shop", "ds_1", "ENABLED"]]);
    }
    for (sql, word) in [
        ("DISABLE MEMBER ds_0", "is the primary"),
        ("DISABLE MEMBER ds_9", "no group of shop"),
        (
            "ALTER READWRITE_SPLITTING RULE other DISABLE ds_1",
            "no group called other",
        ),
        (
            "SHOW STATUS FROM READWRITE_SPLITTING RULE other",
            "no group called other",
        ),
    ] {
        let refused = conn.query_drop(sql).unwrap_err().to_string();
        assert!(refused.contains(word), "{sql}: {refused}");
    }
    let plain = rig.opts().user(Some("plain")).pass(Some("plain-secret"));
    let refused = Conn::new(plain)
        .unwrap()
        .query_drop("DISABLE MEMBER ds_1")
        .unwrap_err();
    assert!(refused.to_string().contains("1227"), "{refused}");
    events_of_hands(&rig, &mut conn);
}

fn events_of_hands(rig: &Rig, conn: &mut Conn) {
    let events = rig.proxy.json("/events");
    let by_hand: Vec<_> = events
        .iter()
        .filter(|event| event["subject"] == "by hand")
        .collect();
    assert_eq!(by_hand.len(), 8, "{events:?}");
    // the newest first
    assert_eq!(by_hand[0]["to"], "serving");
    assert_eq!(by_hand[1]["to"], "disabled");
    assert_eq!(by_hand[1]["dataSource"], "ds_1");
    assert_eq!(by_hand[1]["reason"], "by root");
    let table = rows(conn, "SHOW SHARDGATE EVENTS");
    assert_eq!(table.len(), events.len());
    assert_eq!(
        &table[0][1..],
        [
            "shop", "shop", "ds_1", "by hand", "disabled", "serving", "by root"
        ]
    );
    let metrics = rig.proxy.get("/metrics");
    let changes = "shardgate_backend_member_state_changes{database=\"shop\",source=\"ds_1\"} ";
    let line = metrics.lines().find_map(|line| line.strip_prefix(changes));
    assert!(line.unwrap().parse::<u64>().unwrap() >= 8, "{metrics}");
}

#[test]
fn a_member_that_is_disabled_stays_so_over_promotions_and_can_be_enabled_as_primary() {
    let rig = start(&families()[0]);
    let mut conn = rig.connect();
    conn.query_drop("DISABLE MEMBER ds_1").unwrap();
    rig.cluster.set_read_only(0, true).unwrap();
    rig.cluster.catch_up(1, 0).unwrap();
    rig.cluster.promote(1).unwrap();
    rig.cluster.follow(0, 1).unwrap();
    rig.until_primary(1);
    // it takes the writes all the same
    conn.query_drop("INSERT INTO ledger VALUES (1, 1)").unwrap();
    assert_eq!(rig.state(1), "serving");
    rig.until_state(0, "serving");
    conn.query_drop("ENABLE MEMBER ds_1").unwrap();
    rig.cluster.set_read_only(1, true).unwrap();
    rig.cluster.catch_up(0, 1).unwrap();
    rig.cluster.promote(0).unwrap();
    rig.cluster.follow(1, 0).unwrap();
    rig.until_primary(0);
    rig.until_state(1, "serving");
    let primaries = rig.proxy.json("/events");
    let changes: Vec<_> = primaries
        .iter()
        .filter(|event| event["subject"] == "primary")
        .map(|event| (event["from"].clone(), event["to"].clone()))
        .collect();
    assert_eq!(
        changes,
        [
            ("ds_1".into(), "ds_0".into()),
            ("ds_0".into(), "ds_1".into())
        ]
    );
}

#[test]
fn a_member_that_is_out_tells_why_everywhere() {
    for distribution in families() {
        let mut rig = start(&distribution);
        let mut conn = rig.connect();
        // a replica that nobody set read-only is a replica (contract 8.4), and is told of
        rig.cluster.set_read_only(1, false).unwrap();
        rig.until("the replica's read_only is seen", || {
            rig.of(1, "reason").contains("read-only")
        });
        assert_eq!(
            (rig.role(1), rig.state(1)),
            ("replica".into(), "serving".into())
        );
        assert_eq!(rig.who_reads(&mut conn), rig.port_of(1));
        conn.query_drop("INSERT INTO ledger VALUES (2, 2)").unwrap();
        let writable =
            "shardgate_backend_member_writable_replica{database=\"shop\",source=\"ds_1\"} 1";
        assert!(rig.proxy.get("/metrics").contains(writable));
        assert!(
            rig.log().contains("a replica takes writes"),
            "{}",
            rig.log()
        );
        rig.cluster.catch_up(1, 0).unwrap();
        // a row that only it has breaks its replication
        let stray = "SET SESSION sql_log_bin = 0; INSERT INTO shop.ledger VALUES (-9, 0)";
        rig.cluster.server(1).sql(stray).unwrap();
        conn.query_drop("INSERT INTO ledger VALUES (-9, 1)")
            .unwrap();
        rig.until_state(1, "stopped");
        let reason = rig.of(1, "reason");
        assert!(
            reason.contains("applying thread stopped with error 1062"),
            "{reason}"
        );
        let mut table = rows(&mut conn, "SHOW READWRITE_SPLITTING STATUS");
        table.retain(|row| row[0] == "shop");
        assert_eq!(table.len(), 2, "{table:?}");
        assert_eq!(
            &table[1][..5],
            ["shop", "shop", "ds_1", "replica", "stopped"]
        );
        assert_eq!(table[1][9], reason);
        let (said, is_ok) = rig.proxy.check_online();
        assert!(
            is_ok && said.contains("would serve no reads, it is stopped"),
            "{said}"
        );
        assert!(said.contains("takes writes from whoever asks it"), "{said}");
        rig.cluster.server_mut(1).kill();
        rig.until_state(1, "down");
        assert!(!rig.of(1, "reason").is_empty());
        assert!(
            !rig.of(1, "reason").contains("127.0.0.1"),
            "no address is told"
        );
        let (said, is_ok) = rig.proxy.check_online();
        assert!(is_ok && said.contains("ds_1: cannot be judged"), "{said}");
        // without what takes the writes there is nothing to be content with
        rig.cluster.server_mut(0).kill();
        let (said, is_ok) = rig.proxy.check_online();
        assert!(!is_ok && said.contains("ds_0: cannot be judged"), "{said}");
        assert!(!said.contains("the reason is not known"), "{said}");
    }
}

#[test]
fn check_says_what_the_servers_would_do() {
    for distribution in families() {
        let rig = start(&distribution);
        let (said, is_ok) = rig.proxy.check_online();
        assert!(is_ok, "{said}");
        assert!(
            said.contains("shop.shop: ds_0 primary serving; ds_1 replica serving"),
            "{said}"
        );
        assert!(!said.contains("warning: shop.shop"), "{said}");
        // a delay that nobody declared
        rig.cluster.delay(1, 2).unwrap();
        let (said, _) = rig.proxy.check_online();
        assert!(
            said.contains("told to stay 2 s behind") && said.contains("delayedDataSourceNames"),
            "{said}"
        );
        rig.cluster.delay(1, 0).unwrap();
        // two writers
        rig.cluster.promote(1).unwrap();
        let (said, is_ok) = rig.proxy.check_online();
        assert!(
            !is_ok && said.contains("29012") && said.contains("faults on the servers: 1"),
            "{said}"
        );
        rig.cluster.set_read_only(1, true).unwrap();
        rig.cluster.follow(1, 0).unwrap();
        rig.until_primary(0);
        // an account that may not see replication: the declared primary is trusted (contract 8.4)
        let revoke = match rig.family {
            Family::Mariadb => {
                "REVOKE REPLICATION CLIENT, SLAVE MONITOR ON *.* FROM 'app'@'127.0.0.1'"
            }
            Family::Mysql => "REVOKE REPLICATION CLIENT ON *.* FROM 'app'@'127.0.0.1'",
        };
        rig.cluster.server(0).sql(revoke).unwrap();
        rig.cluster.catch_up(1, 0).unwrap();
        let (said, is_ok) = rig.proxy.check_online();
        assert!(
            is_ok && said.contains("the declared primary is trusted, no promotion is followed"),
            "{said}"
        );
        trusted(&rig);
    }
}

/// The proxy's new connections may not see replication either.
fn trusted(rig: &Rig) {
    // a group that is watched otherwise is watched by connections of its own
    rig.reload("      maxReplicaLagMs: 900\n");
    let metric = "shardgate_backend_group_trusted{database=\"shop\",group=\"shop\"} 1";
    rig.until("the group is trusted", || {
        rig.proxy.get("/metrics").contains(metric)
    });
    rig.cluster.promote(1).unwrap();
    std::thread::sleep(3 * super::rig::PROBE);
    assert_eq!(
        (rig.role(0), rig.writes()),
        ("primary".into(), "taken".into())
    );
    let mut conn = rig.connect();
    conn.query_drop("INSERT INTO ledger VALUES (3, 3)").unwrap();
    let there = rig
        .cluster
        .server(0)
        .value("SELECT COUNT(*) FROM shop.ledger WHERE id = 3");
    assert_eq!(there.unwrap(), "1");
    let trust = rig.proxy.json("/events");
    assert!(
        trust
            .iter()
            .any(|event| event["subject"] == "trust" && event["to"] == "trusted")
    );
}
