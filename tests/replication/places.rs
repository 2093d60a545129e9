//! Where reads go: balancers, transactions, hints, and every kind of read that is the primary's (contract 8.1).

use mysql::prelude::Queryable;
use mysql::{Conn, TxOpts};
use shardgate::lab::Family;

use super::rig::{Rig, RigSpec, families};

/// Further lines of a group with a load balancer of its own.
fn balanced(kind: &str, more: &str) -> String {
    format!(
        "      readYourWritesMs: 0\n      loadBalancerName: chosen\n{more}  loadBalancers:\n    chosen: {{ type: {kind} }}\n"
    )
}

fn start(group: &str, distribution: &shardgate::lab::Distribution) -> Rig {
    let rig = Rig::start(&RigSpec {
        servers: 3,
        group: group.to_owned(),
        ..RigSpec::new(distribution)
    });
    serving(&rig);
    rig
}

fn serving(rig: &Rig) {
    rig.until_state(1, "serving");
    rig.until_state(2, "serving");
}

/// How many of `count` reads each of the two replicas serves; the primary serves none.
fn shares(rig: &Rig, conn: &mut Conn, count: usize) -> [usize; 2] {
    let mut shares = [0, 0];
    for _ in 0..count {
        let port = rig.who_reads(conn);
        let replica = [1, 2].iter().position(|index| rig.port_of(*index) == port);
        shares[replica.unwrap_or_else(|| panic!("a read went to the primary\n{}", rig.log()))] += 1;
    }
    shares
}

#[test]
fn every_balancer_spreads_reads_as_its_name_says() {
    for distribution in families() {
        let rig = start(&balanced("ROUND_ROBIN", ""), &distribution);
        let mut conn = rig.connect();
        assert_eq!(shares(&rig, &mut conn, 20), [10, 10]);

        rig.reload(&balanced("RANDOM", ""));
        serving(&rig);
        let random = shares(&rig, &mut conn, 100);
        // a fair coin falls outside of this once in many millions of runs
        assert!(random.iter().all(|share| *share > 20), "{random:?}");

        rig.reload(&balanced("WEIGHT, props: { ds_1: 3, ds_2: 1 }", ""));
        serving(&rig);
        let weighted = shares(&rig, &mut conn, 400);
        assert!((240..360).contains(&weighted[0]), "{weighted:?}");

        rig.reload(&balanced("WEIGHT, props: { ds_1: 0, ds_2: 5 }", ""));
        serving(&rig);
        assert_eq!(shares(&rig, &mut conn, 20), [0, 20]);

        let strategy = "      transactionalReadQueryStrategy: FIXED\n";
        rig.reload(&balanced("LEAST_CONNECTIONS", strategy));
        serving(&rig);
        let mut holder = rig.connect();
        let held = TxOpts::default().set_access_mode(Some(mysql::AccessMode::ReadOnly));
        let mut held = holder.start_transaction(held).unwrap();
        let port: u16 = held.query_first("SELECT @@port FROM one").unwrap().unwrap();
        let busy = usize::from(port == rig.port_of(2));
        let beside = shares(&rig, &mut conn, 20);
        assert_eq!(
            beside[busy], 0,
            "the replica in use is left alone: {beside:?}"
        );
        held.commit().unwrap();
        let after = shares(&rig, &mut conn, 20);
        assert_eq!(after, [10, 10], "replicas used alike take turns");
    }
}

#[test]
fn transactions_read_where_the_strategy_says_and_a_read_only_one_on_one_server() {
    for distribution in families() {
        let rig = start("      readYourWritesMs: 0\n", &distribution);
        let mut conn = rig.connect();
        let primary = rig.port_of(0);
        for strategy in ["PRIMARY", "FIXED", "DYNAMIC"] {
            rig.reload(&format!(
                "      readYourWritesMs: 0\n      transactionalReadQueryStrategy: {strategy}\n"
            ));
            serving(&rig);
            let mut servers = Vec::new();
            for begin in [
                "START TRANSACTION READ ONLY",
                "SET TRANSACTION READ ONLY; BEGIN",
            ] {
                for _ in 0..4 {
                    conn.query_drop(begin).unwrap();
                    let first = rig.who_reads(&mut conn);
                    for _ in 0..3 {
                        assert_eq!(
                            rig.who_reads(&mut conn),
                            first,
                            "{strategy}: a snapshot is one server's"
                        );
                    }
                    conn.query_drop("COMMIT").unwrap();
                    servers.push(first);
                }
            }
            if strategy == "PRIMARY" {
                assert!(servers.iter().all(|port| *port == primary), "{servers:?}");
            } else {
                assert!(!servers.contains(&primary), "{strategy}: {servers:?}");
                assert!(servers.contains(&rig.port_of(1)) && servers.contains(&rig.port_of(2)));
            }
            // whatever the strategy, what may write reads at the primary
            conn.query_drop("BEGIN").unwrap();
            assert_eq!(rig.who_reads(&mut conn), primary, "{strategy}");
            conn.query_drop("COMMIT; SET autocommit = 0").unwrap();
            assert_eq!(rig.who_reads(&mut conn), primary, "{strategy}");
            conn.query_drop("COMMIT; SET autocommit = 1").unwrap();
        }
    }
}

#[test]
fn a_session_reads_its_own_writes_at_the_primary_and_others_do_not_wait_for_it() {
    let rig = start("      readYourWritesMs: 60000\n", &families()[0]);
    let (mut writer, mut other) = (rig.connect(), rig.connect());
    writer
        .query_drop("UPDATE clock SET beat = 1 WHERE id = 1")
        .unwrap();
    let primary = rig.port_of(0);
    for _ in 0..4 {
        assert_eq!(rig.who_reads(&mut writer), primary);
        assert_ne!(rig.who_reads(&mut other), primary);
    }
    // a client's pool hands the session on: the promise goes with it
    writer.reset().unwrap();
    assert_eq!(rig.who_reads(&mut writer), primary);
    let stale: u16 = writer
        .query_first("/* shardgate: stale */ SELECT @@port FROM one")
        .unwrap()
        .unwrap();
    assert_ne!(stale, primary, "stale rows were asked for");
}

#[test]
fn without_a_fresh_replica_reads_are_refused_where_the_configuration_says_so() {
    let rig = start(
        "      readYourWritesMs: 0\n      noFreshReplica: refuse\n",
        &families()[0],
    );
    let mut conn = rig.connect();
    for name in ["ds_1", "ds_2"] {
        conn.query_drop(format!("DISABLE MEMBER {name}")).unwrap();
    }
    let refused = conn.query_drop("SELECT a FROM one").unwrap_err();
    assert!(refused.to_string().contains("29011"), "{refused}");
    let hinted: u16 = conn
        .query_first("/* shardgate: primary */ SELECT @@port FROM one")
        .unwrap()
        .unwrap();
    assert_eq!(hinted, rig.port_of(0));
    conn.query_drop("ENABLE MEMBER ds_2").unwrap();
    assert_eq!(rig.who_reads(&mut conn), rig.port_of(2));
}

/// Statements that answer the port of the server that ran them, of each kind that docs/reads.md names.
fn primary_reads(family: Family) -> Vec<&'static str> {
    let mut all = vec![
        "SELECT @@port FROM one FOR UPDATE",
        "SELECT @@port FROM one LOCK IN SHARE MODE",
        "SELECT p FROM (SELECT @@port AS p FROM one FOR UPDATE) x",
        "(SELECT @@port FROM one) UNION (SELECT @@port FROM one FOR UPDATE)",
        "WITH x AS (SELECT @@port AS p FROM one FOR UPDATE) SELECT p FROM x",
        "SELECT @@port FROM one WHERE LAST_INSERT_ID() >= 0",
        "SELECT @@port FROM one WHERE @@identity >= 0",
        "SELECT @@port FROM one WHERE FOUND_ROWS() >= 0",
        "SELECT @@port FROM one WHERE ROW_COUNT() >= -1",
        "SELECT SQL_CALC_FOUND_ROWS @@port FROM one LIMIT 1",
        "SELECT @@port FROM one WHERE GET_LOCK('places', 0) = 1",
        "SELECT @@port FROM one WHERE IS_FREE_LOCK('places-2') = 1",
        "SELECT @@port FROM one WHERE IS_USED_LOCK('places-3') IS NULL",
        "SELECT @@port FROM one WHERE (@n := a) = 1",
        "SELECT @@port FROM one WHERE SLEEP(0) = 0",
        "SELECT @@port FROM one WHERE nature() = 1",
        "SELECT @@port FROM one WHERE shop.nature() = 1",
        "/* shardgate: stale */ SELECT @@port FROM one FOR UPDATE",
        "/* shardgate: primary */ SELECT @@port FROM one",
        "/*+ PROXY_DS=primary */ SELECT @@port FROM one",
        "/* SHARDINGSPHERE_HINT: WRITE_ROUTE_ONLY=true */ SELECT @@port FROM one",
    ];
    match family {
        Family::Mariadb => all.extend([
            "SELECT @@port FROM one WHERE NEXTVAL(places_seq) > 0",
            "SELECT @@port FROM one WHERE (NEXT VALUE FOR places_seq) > 0",
            "SELECT @@port FROM one WHERE LASTVAL(places_seq) IS NULL OR LASTVAL(places_seq) > 0",
        ]),
        Family::Mysql => all.extend([
            "SELECT @@port FROM one FOR SHARE",
            "SELECT @@port FROM one FOR UPDATE SKIP LOCKED",
        ]),
    }
    all
}

#[test]
fn every_kind_of_read_that_is_the_primarys_goes_there_and_plain_ones_do_not() {
    for distribution in families() {
        let rig = start("      readYourWritesMs: 0\n", &distribution);
        let primary = rig.port_of(0);
        let mut schema =
            "USE shop; CREATE FUNCTION nature() RETURNS INT DETERMINISTIC RETURN 1;".to_owned();
        if rig.family == Family::Mariadb {
            schema.push_str("CREATE SEQUENCE places_seq");
        }
        rig.cluster.server(0).sql(&schema).unwrap();
        for replica in [1, 2] {
            rig.cluster.catch_up(replica, 0).unwrap();
        }
        for sql in primary_reads(rig.family) {
            // what one leaves behind is none of the next one's business
            let mut conn = rig.connect();
            let port: u16 = conn
                .query_first(sql)
                .unwrap_or_else(|error| panic!("{sql}: {error}"))
                .unwrap();
            assert_eq!(port, primary, "{sql}");
        }
        let mut conn = rig.connect();
        conn.query_drop("SELECT @@port FROM one INTO @places")
            .unwrap();
        let port: u16 = conn.query_first("SELECT @places").unwrap().unwrap();
        assert_eq!(port, primary, "SELECT ... INTO");
        plain_reads(&rig);
        sessions_that_keep_to_the_primary(&rig);
    }
}

fn plain_reads(rig: &Rig) {
    let mut conn = rig.connect();
    for sql in [
        "SELECT @@port FROM one",
        "(SELECT @@port FROM one) UNION (SELECT @@port FROM one)",
        "SELECT MAX(@@port) FROM one WHERE a IN (SELECT a FROM one)",
        "WITH x AS (SELECT @@port AS p FROM one) SELECT p FROM x",
        "SELECT @@port FROM one WHERE NOW() > '2000-01-01' AND CONNECTION_ID() > 0 AND LENGTH(UUID()) = 36",
    ] {
        let port: Option<u16> = conn.query_first(sql).unwrap();
        let port = port.unwrap_or_else(|| panic!("{sql}: no row"));
        assert_ne!(port, rig.port_of(0), "{sql}");
    }
    let prepared =
        |conn: &mut Conn, sql: &str| -> u16 { conn.exec_first(sql, (1,)).unwrap().unwrap() };
    let port = prepared(&mut conn, "SELECT @@port FROM one WHERE a = ?");
    assert_ne!(port, rig.port_of(0), "prepared");
    let port = prepared(&mut conn, "SELECT @@port FROM one WHERE a = ? FOR UPDATE");
    assert_eq!(port, rig.port_of(0), "prepared and locking");
}

fn sessions_that_keep_to_the_primary(rig: &Rig) {
    let primary = rig.port_of(0);
    // a read behind a write in the same text, though the window after writes is none
    let mut conn = rig.connect();
    let mut answers = conn
        .query_iter("UPDATE clock SET beat = 2 WHERE id = 1; SELECT @@port FROM one")
        .unwrap();
    let ports: Vec<u16> = {
        let mut ports = Vec::new();
        while let Some(rows) = answers.iter() {
            ports.extend(rows.map(|row| mysql::from_row::<u16>(row.unwrap())));
        }
        ports
    };
    drop(answers);
    assert_eq!(ports, [primary]);
    assert_ne!(
        rig.who_reads(&mut conn),
        primary,
        "the next text is another matter"
    );
    // SQL_CALC_FOUND_ROWS and what asks for its number are one server's
    conn.query_drop("SELECT SQL_CALC_FOUND_ROWS a FROM one LIMIT 0")
        .unwrap();
    let found: u64 = conn.query_first("SELECT FOUND_ROWS()").unwrap().unwrap();
    assert_eq!(found, 1);
    conn.query_drop("CREATE TEMPORARY TABLE places_tmp (a INT)")
        .unwrap();
    assert_eq!(
        rig.who_reads(&mut conn),
        primary,
        "a temporary table is there alone"
    );
    conn.query_drop("DROP TEMPORARY TABLE places_tmp").unwrap();
    let mut conn = rig.connect();
    conn.query_drop("SELECT GET_LOCK('places-4', 0)").unwrap();
    assert_eq!(
        rig.who_reads(&mut conn),
        primary,
        "the lock's connection serves"
    );
    conn.query_drop("SELECT RELEASE_LOCK('places-4')").unwrap();
}
