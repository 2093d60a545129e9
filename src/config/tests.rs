//! The room through its door: files that load, files that do not, and what is said of them.

use std::path::Path;

use proptest::prelude::*;

use super::{
    Config, Fault, KeyRow, Severity, check, layout_change, load, load_texts, reachability_lines,
};
use crate::rule::{KeySpec, TableRule, UuidVersion};

fn worker_environment(name: &str) -> Option<String> {
    (name == "WORKER_ID").then(|| "7".to_owned())
}

fn load_folder(name: &str) -> Config {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    load(&folder, &worker_environment).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn load_text(database: &str) -> Result<Config, Vec<Fault>> {
    load_both(
        "authority: { users: [{ user: app, password: x }] }\n",
        database,
    )
}

fn load_both(server: &str, database: &str) -> Result<Config, Vec<Fault>> {
    let texts = [("server.yaml", server), ("shop.yaml", database)]
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
    load_texts(".", texts.to_vec(), &worker_environment)
}

fn lines(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

fn errors(result: Result<Config, Vec<Fault>>) -> Vec<String> {
    let faults = result.expect_err("the files should be faulty");
    lines(
        &faults
            .into_iter()
            .filter(|fault| fault.severity == Severity::Error)
            .collect::<Vec<_>>(),
    )
}

const SHOP: &str = "\
databaseName: shop
dataSources:
  ds_0: { url: jdbc:mysql://a:3306/s, username: u, password: p }
  ds_1: { url: jdbc:mysql://b:3306/s, username: u, password: p }
";

const SHARDING: &str = "\
rules:
- !SHARDING
  tables:
    t:
      actualDataNodes: ds_${0..1}.t_${0..3}
      databaseStrategy: { standard: { shardingColumn: a, shardingAlgorithmName: two } }
      tableStrategy: { standard: { shardingColumn: b, shardingAlgorithmName: four } }
  shardingAlgorithms:
    two: { type: HASH_MOD, props: { sharding-count: 2 } }
    four: { type: MOD, props: { sharding-count: 4 } }
";

#[test]
fn a_published_shardingsphere_file_loads_unchanged_and_16_of_its_128_nodes_are_reached() {
    // contract 1.1 and 1.4
    let config = load_folder("examples/seed001");
    let database = &config.databases[0].database;
    assert_eq!(database.name, "ecommerce");
    assert_eq!(database.groups.len(), 8);
    assert_eq!(config.databases[0].sources.len(), 16);
    let table = database.sharded_tables().next().unwrap();
    assert_eq!(table.nodes.len(), 128);
    assert!(matches!(
        table.key.as_ref().unwrap().generator,
        KeySpec::Snowflake { worker_id: 7, .. }
    ));
    assert!(matches!(
        database.table("DICT_REGION"),
        Some(TableRule::Broadcast { .. })
    ));
    assert_eq!(
        reachability_lines(&config),
        ["ecommerce.inv_stock: 16 of 128 nodes can be reached"]
    );
    let warnings = lines(&check(&config));
    for text in [
        "only 16 of 128 nodes can ever be reached",
        "key epoch",
        "no users are declared",
    ] {
        assert!(
            warnings.iter().any(|line| line.contains(text)),
            "{text}: {warnings:#?}"
        );
    }
    assert!(config.options.listen.ip().is_loopback());
    assert_eq!(config.options.worker_id, 7);
    let without_effect = lines(&config.accepted_without_effect);
    assert!(
        without_effect[0].contains("mode: has no effect here"),
        "{without_effect:#?}"
    );
    assert!(
        without_effect
            .iter()
            .any(|line| line.contains("check-table-metadata-enabled"))
    );
}

#[test]
fn the_recommended_layout_reaches_all_nodes_and_keeps_a_sku_in_one_database() {
    // contract 1.6
    let config = load_folder("config");
    let expected = [
        "ecommerce.inv_reservation: 128 of 128 nodes can be reached",
        "ecommerce.inv_stock: 128 of 128 nodes can be reached",
    ];
    assert_eq!(reachability_lines(&config), expected);
    assert_eq!(lines(&check(&config)), [""; 0]);
    assert!(config.accepted_without_effect.is_empty());
    let database = &config.databases[0].database;
    let sharded = |name: &str| {
        database
            .sharded_tables()
            .find(|table| *table.name == *name)
            .unwrap()
    };
    let (stock, reservation) = (sharded("inv_stock"), sharded("inv_reservation"));
    for sku in [0, 1, 99, 300_000, -5, i128::from(i64::MAX)] {
        let int = crate::model::ShardingValue::Int;
        let home = reservation.nodes[reservation.place_row(&[int(sku)]).unwrap()].source;
        for warehouse in 0..50 {
            let node = stock.place_row(&[int(sku), int(warehouse)]).unwrap();
            assert_eq!(stock.nodes[node].source, home);
        }
    }
    assert!(matches!(
        database.table("outbox"),
        Some(TableRule::Local { .. })
    ));
}

#[test]
fn the_two_level_example_reaches_all_nodes() {
    let config = load_folder("examples/two-level");
    // two different hashes of one column are not proven to be independent, but sampled
    assert_eq!(
        reachability_lines(&config),
        ["ecommerce.inv_stock: 128 of 128 nodes can be reached (by sampled values)"]
    );
    assert_eq!(lines(&check(&config)), [""; 0]);
}

#[test]
fn ten_faults_are_reported_at_once_with_line_and_column() {
    // contract 1.3
    let text = "\
databaseName: shop
dataSource: {}
dataSources:
  ds_0: { url: jdbc:postgresql://a/s, username: u }
  ds_1: { url: jdbc:mysql://b:3306/s, username: u, maxPoolSize: many }
  ds_2: { url: jdbc:mysql://c:3306/s, username: u, password: \"${NOT_SET}\" }
rules:
- !ENCRYPT
  tables: {}
- !SHARDING
  tables:
    t:
      actualDataNodes: ds_${0..1}.t_${0..3}
      databaseStrategy: { standard: { shardingColum: a, shardingAlgorithmName: two } }
      tableStrategy: { standard: { shardingColumn: b, shardingAlgorithmName: for } }
      allowFullRoute: reed
  shardingAlgorithms:
    two: { type: HASH_MUD, props: { sharding-count: 2 } }
    four: { type: HASH_MOD, props: { shardingcount: 4 } }
- !BROADCAST
  table: [d]
";
    let found = errors(load_text(text));
    let expected = [
        "shop.yaml:2:1: dataSource: dataSource is not a known key here; did you mean dataSources?",
        "shop.yaml:4:16: dataSources.ds_0.url: the url is not one of MySQL or MariaDB",
        "shop.yaml:5:65: dataSources.ds_1.maxPoolSize: many is not a whole number",
        "shop.yaml:6:62: dataSources.ds_2.password: the environment variable NOT_SET is not set",
        "shop.yaml:8:3: rules[0]: !ENCRYPT is not supported",
        "shop.yaml:14:39: rules[1].tables.t.databaseStrategy.standard.shardingColum: shardingColum is not a known key here; did you mean shardingColumn?",
        "rules[1].tables.t.tableStrategy.standard.shardingAlgorithmName: for is no sharding algorithm; did you mean four?",
        "shop.yaml:16:23: rules[1].tables.t.allowFullRoute: reed is not known here; did you mean read?",
        "shop.yaml:18:18: rules[1].shardingAlgorithms.two.type: unknown algorithm type HASH_MUD",
        "shop.yaml:19:38: rules[1].shardingAlgorithms.four.props.shardingcount: shardingcount is not a known key here; did you mean sharding-count?",
        "rules[2].table: table is not a known key here; did you mean tables?",
    ];
    for text in expected {
        assert!(
            found.iter().any(|line| line.contains(text)),
            "{text} is not in {found:#?}"
        );
    }
    // a part with a fault is known by its name all the same, and an unset variable is said once
    assert!(
        !found
            .iter()
            .any(|line| line.contains("is no data source") || line.contains("no value")),
        "{found:#?}"
    );
}

#[test]
fn every_refused_rule_and_key_is_a_fault_and_every_idle_key_is_listed() {
    for tag in [
        "ENCRYPT",
        "MASK",
        "SHADOW",
        "DB_DISCOVERY",
        "COMPATIBLE_ENCRYPT",
    ] {
        let found = errors(load_text(&format!(
            "{SHOP}rules:\n- !{tag}\n  tables: {{}}\n"
        )));
        assert!(
            found.len() == 1 && found[0].contains(&format!("!{tag} is not supported")),
            "{found:#?}"
        );
    }
    let server = "authority: { users: [{ user: a, password: b }] }\ntransaction: { defaultType: XA }\nsqlFederation: { sqlFederationEnabled: true }\ntraffic: {}\nprops: { sql-federation-type: ORIGINAL }\n";
    let found = errors(load_both(server, SHOP));
    assert_eq!(found.len(), 4, "{found:#?}");
    let props: Vec<KeyRow> = super::key_catalogue()
        .filter(|row| {
            row.scope == super::Scope::ServerProps && row.class == super::Class::WithoutEffect
        })
        .collect();
    let mut server = "authority: { users: [{ user: a, password: b }] }\nprops:\n".to_owned();
    props
        .iter()
        .for_each(|row| server.push_str(&format!("  {}: 1\n", row.key)));
    let config = load_both(&server, SHOP).unwrap();
    assert_eq!(config.accepted_without_effect.len(), props.len());
}

#[test]
fn the_three_shapes_of_read_write_groups_mean_the_same() {
    let shapes = [
        "  dataSources:\n    g: { writeDataSourceName: ds_0, readDataSourceNames: [ds_1], loadBalancerName: w }\n",
        "  dataSources:\n    g: { staticStrategy: { writeDataSourceName: ds_0, readDataSourceNames: [ds_1] }, loadBalancerName: w }\n",
        "  dataSourceGroups:\n    g: { writeDataSourceName: ds_0, readDataSourceNames: [ds_1], loadBalancerName: w }\n",
    ];
    let groups = shapes.map(|shape| {
        let text = format!("{SHOP}rules:\n- !READWRITE_SPLITTING\n{shape}  loadBalancers: {{ w: {{ type: WEIGHT, props: {{ ds_1: 3 }} }} }}\n");
        load_text(&text).unwrap_or_else(|faults| panic!("{faults:#?}")).databases.remove(0).database.groups
    });
    assert_eq!(groups[0].len(), 1);
    assert_eq!(
        groups[0][0].balancer,
        crate::rule::Balancer::Weight(vec![3])
    );
    assert_eq!(groups[0][0].read_your_writes_ms, 200);
    assert!(groups.iter().all(|other| *other == groups[0]));
}

#[test]
fn rules_without_tags_are_told_by_their_keys() {
    let untagged = SHARDING.replace("- !SHARDING\n  tables", "- tables");
    assert_eq!(
        load_text(&format!("{SHOP}{untagged}")).unwrap().databases[0]
            .database
            .sharded_tables()
            .count(),
        1
    );
}

#[test]
fn both_forms_of_generated_keys_are_read() {
    let generator = "  keyGenerators: { s: { type: SNOWFLAKE, props: { worker-id: 3, epoch-time-zone: UTC } } }\n";
    let table = SHARDING.replace(
        "  shardingAlgorithms",
        "      keyGenerateStrategy: { column: id, keyGeneratorName: s }\n  shardingAlgorithms",
    );
    let rule = "  keyGenerateStrategies: { k: { keyGenerateType: column, keyGeneratorName: s, logicTable: t, keyGenerateColumn: id } }\n";
    for text in [
        format!("{SHOP}{table}{generator}"),
        format!("{SHOP}{SHARDING}{generator}{rule}"),
    ] {
        let config = load_text(&text).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let key = config.databases[0]
            .database
            .sharded_tables()
            .next()
            .unwrap()
            .key
            .clone()
            .unwrap();
        assert_eq!(key.column, "id");
        assert!(matches!(
            key.generator,
            KeySpec::Snowflake {
                worker_id: 3,
                epoch_ms: 1_477_958_400_000,
                ..
            }
        ));
    }
}

#[test]
fn a_strategy_has_exactly_one_form() {
    let two = SHARDING.replacen(
        "{ standard: { shardingColumn: a, shardingAlgorithmName: two } }",
        "{ standard: { shardingColumn: a, shardingAlgorithmName: two }, none: }",
        1,
    );
    let found = errors(load_text(&format!("{SHOP}{two}")));
    assert!(
        found[0].contains("exactly one of standard, complex, hint, none; here are 2"),
        "{found:#?}"
    );
}

#[test]
fn slots_may_be_placed_by_hand() {
    let rules = "\
rules:
- !SHARDING
  autoTables:
    t:
      actualDataSources: ds_${0..1}
      shardingStrategy: { standard: { shardingColumn: a, shardingAlgorithmName: h } }
      slotPlacement: { ds_0: [0-1, 3], ds_1: 2 }
  shardingAlgorithms:
    h: { type: HASH_MOD, props: { hash: xxh3, sharding-count: 4, slot-count: 4, slot-columns: a } }
";
    let config =
        load_text(&format!("{SHOP}{rules}")).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let table = config.databases[0]
        .database
        .sharded_tables()
        .next()
        .unwrap()
        .clone();
    let sources: Vec<u16> = table.nodes.iter().map(|node| node.source.0).collect();
    assert_eq!(sources, [0, 0, 1, 0]);
    let found = errors(load_text(&format!(
        "{SHOP}{}",
        rules.replace("ds_1: 2", "ds_1: 1")
    )));
    assert!(
        found.iter().any(|line| line.contains("placed twice"))
            && found.iter().any(|line| line.contains("1 of 4 slots")),
        "{found:#?}"
    );
}

#[test]
fn url_parameters_choose_encryption_and_the_others_are_listed() {
    use crate::backend::BackendTls;
    for (parameters, tls) in [
        ("", BackendTls::Preferred),
        ("?useSSL=false", BackendTls::Disabled),
        (
            "?sslMode=REQUIRED&characterEncoding=utf8",
            BackendTls::Required,
        ),
        ("?useSSL=true&requireSSL=true", BackendTls::Required),
    ] {
        let config =
            load_text(&SHOP.replace("a:3306/s", &format!("a:3306/s{parameters}"))).unwrap();
        assert_eq!(
            config.databases[0].sources[0].endpoint.tls, tls,
            "{parameters}"
        );
        assert_eq!(
            config.accepted_without_effect.len(),
            usize::from(parameters.contains("charac"))
        );
    }
    let found = errors(load_text(
        &SHOP.replace("a:3306/s", "a:3306/s?sslMode=VERIFY_CA"),
    ));
    assert!(found[0].contains("tlsCa"), "{found:#?}");
    let found = errors(load_text(
        &SHOP.replace("a:3306/s", "a:3306/s?sessionVariables=sql_mode=''"),
    ));
    assert!(
        found[0].contains("sessionVariables is not supported"),
        "{found:#?}"
    );
}

#[test]
fn the_default_account_is_never_offered_to_the_network() {
    let found = errors(load_both("shardgate: { listen: 0.0.0.0:3307 }\n", SHOP));
    assert!(
        found[0].contains("root must not be offered") || found[0].contains("no users are declared"),
        "{found:#?}"
    );
    assert!(load_both("shardgate: { listen: 127.0.0.1:3307 }\n", SHOP).is_ok());
    let config = load_text(SHOP).unwrap();
    assert_eq!(config.options.listen.to_string(), "0.0.0.0:3307");
}

#[test]
fn a_reload_that_moves_rows_is_told_from_one_that_does_not() {
    // contract 1.5
    let database = |text: &str| {
        load_text(text)
            .unwrap_or_else(|faults| panic!("{faults:#?}"))
            .databases
            .remove(0)
            .database
    };
    let base = format!("{SHOP}{SHARDING}");
    let old = database(&base);
    for (from, to) in [
        ("b:3306", "c:3306"),
        (
            "username: u, password: p }\n  ds_1",
            "username: v, password: p, maxPoolSize: 9 }\n  ds_1",
        ),
        (
            "      databaseStrategy",
            "      maxRouteNodes: 4\n      databaseStrategy",
        ),
    ] {
        assert_eq!(
            layout_change(&old, &database(&base.replacen(from, to, 1))),
            None,
            "{to}"
        );
    }
    for (from, to) in [
        ("shardingColumn: a", "shardingColumn: c"),
        ("type: MOD", "type: HASH_MOD"),
        ("ds_${0..1}.t_${0..3}", "ds_${0..1}.t_${0..4}"),
        ("ds_${0..1}.t_${0..3}", "ds_${0..1}.u_${0..3}"),
        ("mysql://b:3306/s", "mysql://b:3306/other"),
    ] {
        assert!(
            layout_change(&old, &database(&base.replacen(from, to, 1))).is_some(),
            "{to}"
        );
    }
}

#[test]
fn a_database_without_servers_is_said_once() {
    for text in ["databaseName: x\n", "databaseName: x\ndataSources: {}\n"] {
        assert_eq!(errors(load_text(text)).len(), 1);
    }
}

#[test]
fn one_schema_under_two_names_is_a_fault() {
    let found = errors(load_text(&SHOP.replace("b:3306", "a:3306")));
    assert!(
        found[0].contains("ds_0 and ds_1 are the same schema"),
        "{found:#?}"
    );
}

#[test]
fn a_server_that_is_replica_and_primary_is_warned_of() {
    let text = format!(
        "{}  ds_2: {{ url: jdbc:mysql://b:3306/s2, username: u }}\n{}",
        SHOP,
        "rules:\n- !READWRITE_SPLITTING\n  dataSources:\n    g: { writeDataSourceName: ds_0, readDataSourceNames: [ds_1] }\n"
    );
    let warnings = lines(&check(&load_text(&text).unwrap()));
    assert!(
        warnings
            .iter()
            .any(|line| line
                .contains("ds_1 is a replica here, but its server is the primary of ds_2")),
        "{warnings:#?}"
    );
}

#[test]
fn equal_workers_split_writes_and_cross_shard_are_warned_of() {
    let text = format!(
        "{SHOP}crossShard: allow\n{}  keyGenerators:\n    x: {{ type: SNOWFLAKE, props: {{ worker-id: 3, epoch-time-zone: UTC }} }}\n    y: {{ type: SNOWFLAKE, props: {{ worker-id: 3, epoch-time-zone: UTC }} }}\n",
        SHARDING.replace(
            "      databaseStrategy",
            "      allowSplitWrite: true\n      databaseStrategy"
        ),
    );
    let warnings = lines(&check(
        &load_text(&text).unwrap_or_else(|faults| panic!("{faults:#?}")),
    ));
    for text in [
        "same worker-id 3",
        "allowSplitWrite",
        "is not atomic: one may be committed",
    ] {
        assert!(
            warnings.iter().any(|line| line.contains(text)),
            "{text}: {warnings:#?}"
        );
    }
}

#[test]
fn key_generators_of_text_are_read_and_others_are_refused_with_what_to_write() {
    let load = |generator: &str| {
        load_text(&format!(
            "{SHOP}{SHARDING}  keyGenerators:\n    k: {generator}\n"
        ))
    };
    for (generator, expected) in [
        ("{ type: UUID }", KeySpec::Uuid(UuidVersion::Random)),
        (
            "{ type: UUID, props: { version: 4 } }",
            KeySpec::Uuid(UuidVersion::Random),
        ),
        (
            "{ type: uuid, props: { version: 7 } }",
            KeySpec::Uuid(UuidVersion::Time),
        ),
        ("{ type: NANOID }", KeySpec::NanoId),
    ] {
        let config = load(generator).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let declared = &config.databases[0].database.key_generators;
        assert_eq!(declared["k"], expected, "{generator}");
    }
    for (generator, expected) in [
        ("{ type: UUID, props: { version: 1 } }", "version"),
        ("{ type: NANOID, props: { length: 5 } }", "length"),
        ("{ type: COSID_SNOWFLAKE }", "write SNOWFLAKE"),
        (
            "{ type: SNOWFLAKE, props: { worker-id: 1024, epoch-time-zone: UTC } }",
            "0 to 1023",
        ),
    ] {
        let found = errors(load(generator));
        assert!(found[0].contains(expected), "{generator}: {found:#?}");
    }
}

#[test]
fn a_missing_folder_and_an_empty_one_are_explained() {
    assert!(
        errors(load(Path::new("/nowhere/at/all"), &worker_environment))[0]
            .contains("cannot be read")
    );
    let folder = tempfile::tempdir().unwrap();
    assert!(errors(load(folder.path(), &worker_environment))[0].contains("no logical database"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damaged_file_panics(at in 0_usize..600, length in 0_usize..40, noise in "[-:{}\\[\\], *&!$a-c0-9.\n\"']{0,12}") {
        let text = format!("{SHOP}{SHARDING}");
        let (start, end) = (at.min(text.len()), (at + length).min(text.len()));
        let damaged = format!("{}{noise}{}", &text[..start], &text[end..]);
        if let Err(faults) = load_text(&damaged) {
            prop_assert!(faults.iter().any(|fault| fault.severity == Severity::Error));
        }
    }
}

#[test]
fn byte_order_marks_and_carriage_returns_do_not_matter() {
    let text = format!(
        "\u{feff}{}",
        format!("{SHOP}{SHARDING}").replace('\n', "\r\n")
    );
    let config = load_text(&text).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(config.databases[0].database.sharded_tables().count(), 1);
}

#[test]
fn a_misspelled_key_is_one_fault_and_nothing_follows_from_it() {
    // contract 1.3
    let bound = format!("{SHOP}{SHARDING}  bindingTables: [\"t, u\"]\n").replace(
        "    t:\n",
        "    u:\n      actualDataNodes: ds_${0..1}.u_${0..3}\n      databaseStrategy: { standard: { shardingColumn: a, shardingAlgorithmName: two } }\n      tableStrategy: { standard: { shardingColumn: b, shardingAlgorithmName: four } }\n    t:\n",
    );
    load_text(&bound).unwrap();
    for (right, wrong) in [
        ("  tables:", "  tabels:"),
        ("dataSources:", "dataSuorces:"),
        ("rules:", "ruls:"),
        ("  shardingAlgorithms:", "  shardingAlgoritms:"),
        (
            "actualDataNodes: ds_${0..1}.t",
            "actualDataNode: ds_${0..1}.t",
        ),
        (
            "{ shardingColumn: b, shardingAlgorithmName: four } }\n    t:",
            "{ shardingColum: b, shardingAlgorithmName: four } }\n    t:",
        ),
        ("sharding-count: 4", "shardingcount: 4"),
        (
            "username: u, password: p }\n  ds_1",
            "usernam: u, password: p }\n  ds_1",
        ),
        ("jdbc:mysql://a", "jdbc:mysqll://a"),
        ("shardingAlgorithmName: two", "shardingAlgorithmName: tow"),
    ] {
        let text = bound.replacen(right, wrong, 1);
        assert_ne!(text, bound, "{right}");
        let found = errors(load_text(&text));
        assert_eq!(found.len(), 1, "{wrong}: {found:#?}");
    }
}

#[test]
fn a_variable_that_is_not_set_is_one_fault_with_its_places_counted() {
    let text = format!("{SHOP}{SHARDING}").replace("password: p", "password: \"${NOT_SET}\"");
    let server = "authority: { users: [{ user: app, password: \"${ALSO}\" }] }\n";
    let found = errors(load_both(server, &text));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("server.yaml:1:") && found[0].contains("ALSO is not set;"));
    assert!(
        found[1].starts_with("shop.yaml:3:")
            && found[1].contains("NOT_SET is not set, and asked for 2 times, here first"),
        "{found:#?}"
    );
}

#[test]
fn who_requires_tls_must_be_able_to_get_it() {
    let user = "{ user: app, password: x, requireTls: true, maxConnections: 5 }";
    let server = format!("authority: {{ users: [{user}] }}\n");
    let found = errors(load_both(&server, SHOP));
    assert!(found.len() == 1 && found[0].contains("user app requires TLS, which is not offered"));
    let tls = "shardgate: { tls: { certificate: a.crt, privateKey: a.key } }\n";
    let config = load_both(&format!("{server}{tls}"), SHOP).unwrap();
    assert!(config.accounts[0].requires_tls);
    assert_eq!(config.accounts[0].max_connections, Some(5));
}

#[test]
fn keys_that_a_reload_cannot_change_are_named() {
    let with = |more: &str| {
        let server = format!("authority: {{ users: [{{ user: app, password: x }}] }}\n{more}");
        load_both(&server, SHOP).unwrap().options
    };
    let old = with("");
    let new = with(
        "shardgate: { listen: \"0.0.0.0:4000\", limits: { maxConnections: 5, statementTimeoutMs: 5 } }\n",
    );
    assert_eq!(old.needs_restart(&new), ["listen", "maxConnections"]);
    assert!(old.needs_restart(&old).is_empty());
}
