//! The bench's loader reads answers rightly: a bench has no tests of its own, so its pure parts are tested from here.

#![allow(
    dead_code,
    reason = "the parts are compiled as the bench has them, and not all of each is used here"
)]

#[path = "../benches/throughput/load/answer.rs"]
mod answer;
#[path = "../benches/throughput/load/latencies.rs"]
mod latencies;

use std::time::Duration;

use answer::Answer;
use latencies::Latencies;

/// One column, two rows of one byte each, EOF packets.
const RESULT: &[u8] =
    b"\x01\0\0\x01\x01\x02\0\0\x02cc\x05\0\0\x03\xFE\0\0\0\0\x02\0\0\x04\x01a\x02\0\0\x05\x01b\x05\0\0\x06\xFE\0\0\0\0";

#[test]
fn an_answer_in_pieces_of_any_size_ends_where_it_ends() {
    for size in 1..=RESULT.len() {
        let mut answer = Answer::to_query(false);
        let mut pending = Vec::new();
        for piece in RESULT.chunks(size) {
            assert!(!answer.is_done());
            pending.extend_from_slice(piece);
            let used = answer.feed(&pending).expect("a right answer");
            pending.drain(..used);
        }
        assert!(answer.is_done() && pending.is_empty());
        assert_eq!(answer.rows, 2);
    }
}

#[test]
fn a_prepare_ends_with_its_last_definition() {
    let mut bytes = b"\x0C\0\0\x01\0\x07\0\0\0\x01\0\x01\0\0\0\0".to_vec();
    for sequence in 2..=5 {
        bytes.extend_from_slice(&[1, 0, 0, sequence, b'd']);
    }
    let mut answer = Answer::to_prepare(false);
    assert_eq!(answer.feed(&bytes).expect("a right answer"), bytes.len());
    // the columns are 1, the parameter is 1, and an EOF packet stands behind each
    assert!(answer.is_done());
    assert_eq!(answer.statement, 7);
}

#[test]
fn a_percentile_is_a_latency_that_was_seen() {
    let mut latencies = Latencies::default();
    for micros in (1..=200).rev() {
        latencies.add(Duration::from_micros(micros * 1000));
    }
    assert!((latencies.percentile(50) - 100.0).abs() < f64::EPSILON);
    assert!((latencies.percentile(99) - 198.0).abs() < f64::EPSILON);
}
