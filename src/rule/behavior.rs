//! What placement does with values, hints and layouts that no vector shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::{Strategy as _, prop_oneof};
use proptest::{collection, proptest};

use super::samples::{algorithm, auto, by, groups, seed001, slots, spec, two_level};
use super::{
    Algorithm, Hints, LayoutNote, LayoutSpec, PlaceError, ShardedTable, Strategy, ValueSet,
};
use crate::model::{ShardingValue, SourceId};

#[test]
fn numbering_from_one_is_a_fault_that_names_the_missing_table() {
    let message = two_level(
        "ds_0.t_off_${1..4}",
        Strategy::None,
        by(&["k"], "MOD", &[("sharding-count", "4")]),
    )
    .unwrap_err();
    assert!(
        message.contains("t_off_0") && message.contains("from 0 to 3"),
        "{message}"
    );
}

#[test]
fn a_target_that_is_not_declared_is_refused_and_not_dropped() {
    let inline = by(&["k"], "INLINE", &[("algorithm-expression", "t_${k % 4}")]);
    let table = two_level("ds_0.t_${0..3}", Strategy::None, inline).unwrap();
    let points = Some(ValueSet::Points(vec![
        ShardingValue::Int(5),
        ShardingValue::Int(-1),
    ]));
    assert!(matches!(
        table.place(&[points]),
        Err(PlaceError::NoTarget { .. })
    ));
    assert!(matches!(
        table.place_row(&[ShardingValue::Text("x".into())]),
        Err(PlaceError::Value { .. })
    ));
}

#[test]
fn in_of_two_values_visits_two_nodes_and_not_their_cross_product() {
    let in_list = ValueSet::Points(vec![ShardingValue::Int(1), ShardingValue::Int(2)]);
    let placement = seed001().place(&[Some(in_list)]).unwrap();
    assert_eq!(placement.nodes, [17, 34]);
    assert!(placement.is_database_known && placement.is_table_known);
}

#[test]
fn no_value_a_contradiction_and_too_many_values_are_told_apart() {
    let table = seed001();
    let none = table.place(&[None]).unwrap();
    assert_eq!(
        (
            none.nodes.len(),
            none.is_database_known,
            none.is_table_known
        ),
        (128, false, false)
    );
    let nothing = table.place(&[Some(ValueSet::Points(Vec::new()))]).unwrap();
    assert_eq!((nothing.nodes, nothing.is_database_known), (vec![0], true));
    let many = Some(ValueSet::Points(
        (0..1000).map(ShardingValue::Int).collect(),
    ));
    let wide = slots().place(&[many.clone(), many]).unwrap();
    assert!(
        wide.is_database_known && !wide.is_table_known,
        "a million combinations count by slot only"
    );
    assert!(matches!(
        table.place(&[]),
        Err(PlaceError::ColumnCount { .. })
    ));
}

#[test]
fn one_level_known_visits_its_databases_or_its_tables() {
    let database = by(&["warehouse_id"], "HASH_MOD", &[("sharding-count", "8")]);
    let table = by(&["sku_id"], "HASH_MOD", &[("sharding-count", "16")]);
    let table = two_level("ds_${0..7}.t_${0..15}", database, table).unwrap();
    assert_eq!(table.columns, ["warehouse_id", "sku_id"]);
    let five = Some(ValueSet::Points(vec![ShardingValue::Int(5)]));
    let by_warehouse = table.place(&[five.clone(), None]).unwrap();
    assert_eq!(
        (
            by_warehouse.nodes,
            by_warehouse.is_database_known,
            by_warehouse.is_table_known
        ),
        ((80..96).collect(), true, false)
    );
    let by_sku = table.place(&[None, five]).unwrap();
    assert_eq!(
        (
            by_sku.nodes.len(),
            by_sku.is_database_known,
            by_sku.is_table_known
        ),
        (8, false, true)
    );
}

#[test]
fn slot_placement_moves_a_slot_and_leaves_its_number() {
    let strategy = by(
        &["sku_id"],
        "HASH_MOD",
        &[
            ("sharding-count", "8"),
            ("hash", "xxh3"),
            ("slot-count", "4"),
            ("slot-columns", "sku_id"),
        ],
    );
    let places = |placement: Option<Vec<u16>>| {
        let sources = vec![SourceId(0), SourceId(1), SourceId(2)];
        let slot_placement = placement.map(|list| list.into_iter().map(SourceId).collect());
        let layout = LayoutSpec::Auto {
            sources,
            strategy: strategy.clone(),
            slot_placement,
        };
        ShardedTable::new(spec("t", layout), &groups(3)).map(|table| {
            table
                .nodes
                .iter()
                .map(|node| node.source.0)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(places(None).unwrap(), [0, 0, 0, 1, 1, 1, 2, 2]);
    assert_eq!(
        places(Some(vec![0, 2, 1, 2])).unwrap(),
        [0, 0, 2, 2, 1, 1, 2, 2]
    );
    assert!(places(Some(vec![0, 2, 1])).is_err());
    assert!(places(Some(vec![0, 2, 1, 9])).is_err());
}

#[test]
fn the_seed_reaches_sixteen_of_its_nodes_and_the_recommended_layout_all() {
    let seed = seed001().reachable();
    assert_eq!((seed.reachable, seed.total, seed.is_exact), (16, 128, true));
    assert!(matches!(
        seed.notes[0],
        LayoutNote::SameHash {
            databases: 8,
            tables: 16,
            reachable: 16,
            total: 128
        }
    ));
    let recommended = slots().reachable();
    assert_eq!(
        (
            recommended.reachable,
            recommended.total,
            recommended.is_exact
        ),
        (128, 128, true)
    );
    assert_eq!(recommended.notes, []);
}

#[test]
fn equal_seeds_on_both_levels_are_flagged_and_different_ones_reach_every_node() {
    let with = |seed: &str| {
        let props = |count| vec![("sharding-count", count), ("hash", "xxh3")];
        let table = [props("16"), vec![("seed", seed)]].concat();
        two_level(
            "ds_${0..7}.t_${0..15}",
            by(&["k"], "HASH_MOD", &props("8")),
            by(&["k"], "HASH_MOD", &table),
        )
        .unwrap()
        .reachable()
    };
    assert!(with("0").notes.contains(&LayoutNote::EqualSeeds));
    assert_eq!((with("7").reachable, with("7").notes), (128, Vec::new()));
}

#[test]
fn a_hundred_thousand_pairs_spread_within_ten_percent_over_the_databases() {
    let table = slots();
    let mut counts = [0_u32; 8];
    let mut state = 42_u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    for _ in 0..100_000 {
        let row = [
            ShardingValue::Int(i128::from(random())),
            ShardingValue::Int(i128::from(random() % 40)),
        ];
        let node = table.place_row(&row).unwrap();
        counts[table.nodes[node].source.index()] += 1;
    }
    assert!(
        counts.iter().all(|count| (11_250..=13_750).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn a_hint_places_where_its_value_says_and_without_one_every_node_is_meant() {
    let algorithm = algorithm(
        "HINT_INLINE",
        &[("algorithm-expression", "t_hint_${value % 4}")],
    );
    let table = two_level(
        "ds_0.t_hint_${0..3}",
        Strategy::None,
        Strategy::Hint { algorithm },
    )
    .unwrap();
    let hints = Hints {
        table: vec![ShardingValue::Int(874_214_553)],
        ..Hints::default()
    };
    assert_eq!(table.place_with_hints(&[], &hints).unwrap().nodes, [1]);
    let none = table.place(&[]).unwrap();
    assert_eq!((none.nodes.len(), none.is_database_known), (4, false));
}

#[test]
fn two_tables_for_one_date_and_a_missing_upper_date_are_faults() {
    let build = |upper: Option<&str>| {
        let mut props = BTreeMap::from([
            ("datetime-pattern".to_owned(), "yyyy-MM-dd".to_owned()),
            ("datetime-lower".to_owned(), "2024-01-01".to_owned()),
            ("sharding-suffix-pattern".to_owned(), "M".to_owned()),
            ("datetime-interval-unit".to_owned(), "MONTHS".to_owned()),
        ]);
        props.extend(upper.map(|upper| ("datetime-upper".to_owned(), upper.to_owned())));
        Algorithm::build("INTERVAL", &props)
    };
    assert_eq!(build(None).unwrap_err().key, "datetime-upper");
    let algorithm = Arc::new(build(Some("2024-12-31")).unwrap());
    let strategy = Strategy::Columns {
        columns: vec!["d".to_owned()],
        algorithm,
    };
    let message = two_level("ds_0.t_${1..12}", Strategy::None, strategy).unwrap_err();
    assert!(message.contains("t_1 and t_11"), "{message}");
}

/// Tables named by the second, in steps of `props`.
fn by_time(unit: &str, amount: &str, lower: &str) -> Strategy {
    let props = [
        ("datetime-pattern", "yyyy-MM-dd HH:mm:ss"),
        ("datetime-lower", lower),
        ("datetime-upper", "2026-01-01 00:59:59"),
        ("sharding-suffix-pattern", "mmss"),
        ("datetime-interval-unit", unit),
        ("datetime-interval-amount", amount),
    ];
    by(&["at"], "INTERVAL", &props)
}

#[test]
fn a_fraction_is_given_up_only_where_rounding_it_leads_to_no_other_step() {
    let minutes = "ds_0.t_${['0000', '3000']}";
    let half_hours = by_time("MINUTES", "30", "2026-01-01 00:00:00");
    let plain = two_level(minutes, Strategy::None, half_hours.clone()).unwrap();
    let seconds = by_time("SECONDS", "1800", "2026-01-01 00:00:05");
    let shifted = two_level("ds_0.t_${['0005', '3005']}", Strategy::None, seconds).unwrap();
    let hashed = by(&["at"], "HASH_MOD", &[("sharding-count", "1")]);
    let mixed = two_level(minutes, hashed, half_hours).unwrap();
    for (moment, by_minutes, by_seconds) in [
        ("2026-01-01 00:29:58.9", true, true),
        ("2026-01-01 00:29:59.1", false, true),
        ("2026-01-01 00:30:04.000001", true, false),
        ("2026-01-01 00:30:05.5", true, true),
        // outside
        ("2027-01-01 00:30:05.5", false, false),
        // nothing is given up
        ("2026-01-01 00:10:00", false, false),
    ] {
        let cut = moment[..19].to_owned();
        let expected = |is_kept: bool| is_kept.then(|| cut.clone());
        assert_eq!(
            plain.kept_moment("at", moment),
            expected(by_minutes),
            "{moment}"
        );
        assert_eq!(
            shifted.kept_moment("AT", moment),
            expected(by_seconds),
            "{moment}"
        );
        // the hash of a moment is that of the whole of it
        assert_eq!(mixed.kept_moment("at", moment), None, "{moment}");
    }
}

fn any_value() -> impl proptest::strategy::Strategy<Value = ShardingValue> {
    prop_oneof![
        (-1000_i128..1000).prop_map(ShardingValue::Int),
        proptest::num::i64::ANY.prop_map(|number| ShardingValue::Int(number.into())),
        "[a-z0-9]{0,6}".prop_map(ShardingValue::Text),
    ]
}

proptest! {
    /// The node of a row is among the nodes of every statement that means the row.
    #[test]
    fn a_statement_visits_the_node_of_every_row_that_it_means(
        first in collection::vec(any_value(), 1..4),
        second in collection::vec(any_value(), 1..4),
        is_known in [proptest::bool::ANY, proptest::bool::ANY],
    ) {
        let two = two_level(
            "ds_${0..7}.t_${0..15}",
            by(&["a"], "HASH_MOD", &[("sharding-count", "8"), ("hash", "xxh3")]),
            by(&["a", "b"], "HASH_MOD", &[("sharding-count", "16"), ("hash", "xxh3"), ("seed", "7")]),
        );
        for table in [two.unwrap(), slots(), auto("t", by(&["a", "b"], "HASH_MOD", &[("sharding-count", "24"), ("hash", "xxh3")]))] {
            let sets = [&first, &second].map(|points| Some(ValueSet::Points(points.clone())));
            let sets: Vec<_> = sets.into_iter().zip(is_known).map(|(set, is_known)| set.filter(|_| is_known)).collect();
            let placement = table.place(&sets).unwrap();
            assert!(placement.nodes.windows(2).all(|pair| pair[0] < pair[1]));
            for row in first.iter().flat_map(|a| second.iter().map(move |b| [a.clone(), b.clone()])) {
                assert!(placement.nodes.contains(&table.place_row(&row).unwrap()));
            }
        }
    }

    /// Rows inside a range lie on the nodes of the range.
    #[test]
    fn a_range_visits_the_node_of_every_row_inside(low in -100_i128..100, width in 0_i128..40, is_in in [proptest::bool::ANY, proptest::bool::ANY]) {
        let bound = |number, is_in| Some((ShardingValue::Int(number), is_in));
        let range = ValueSet::Range { lower: bound(low, is_in[0]), upper: bound(low + width, is_in[1]) };
        for (type_name, props) in [("MOD", vec![("sharding-count", "13")]), ("BOUNDARY_RANGE", vec![("sharding-ranges", "-7,0,5,40")]), ("VOLUME_RANGE", vec![("range-lower", "-50"), ("range-upper", "61"), ("sharding-volume", "20")])] {
            let table = auto("t", by(&["k"], type_name, &props));
            let placement = table.place(&[Some(range.clone())]).unwrap();
            for number in low + i128::from(!is_in[0])..low + width + i128::from(is_in[1]) {
                assert!(placement.nodes.contains(&table.place_row(&[ShardingValue::Int(number)]).unwrap()));
            }
        }
    }

    /// No text of a configuration is more than a fault.
    #[test]
    fn no_text_of_a_configuration_panics(text in "[$>{}a-c0-9.,%*/+()'\\[\\] -]{0,24}") {
        let _ = super::expand(&text);
        let props = BTreeMap::from([("algorithm-expression".to_owned(), format!("t_${{{text}}}"))]);
        let _ = Algorithm::build("COMPLEX_INLINE", &props);
    }
}
