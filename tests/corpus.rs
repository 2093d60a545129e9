//! The fuzz targets' corpus and what they once found, run again as it stands.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests state their expectations by unwrapping"
)]

use std::fs;
use std::path::Path;

#[path = "../fuzz/src/lib.rs"]
mod checks;

/// Runs each of a target's inputs; the name of the one that fails stands above its panic.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
    }
}

#[test]
fn packets_are_cut_as_the_protocol_says() {
    replay("framing", checks::framing::check);
}

#[test]
fn no_login_without_a_proof() {
    replay("handshake", checks::handshake::check);
}

#[test]
fn parameters_are_found_sent_on_and_routed_by() {
    replay("execute", checks::execute::check);
}

#[test]
fn answers_are_relayed_as_whole_packets() {
    replay("relay", checks::relay::check);
}

#[test]
fn responses_are_followed_whatever_their_bytes() {
    replay("response", checks::response::check);
}

#[test]
fn texts_are_read_routed_and_rewritten_within_bounds() {
    replay("statement", checks::statement::check);
}

#[test]
fn texts_are_cut_into_the_same_tokens_by_all_servers_or_called_doubtful() {
    replay("lexer", checks::lexer::check);
}

#[test]
fn tokens_are_analyzed_within_bounds_and_blanks_change_nothing() {
    replay("analysis", checks::analysis::check);
}

#[test]
fn hints_are_read_in_comments_alone() {
    replay("hint", checks::hint::check);
}
