//! Every number of the attacks on parsers and on the protocol (groups A and B), and what tries it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Number, attack, and where it is tried: a file and words that stand in it.
#[rustfmt::skip]
const LIST: &[(u32, &str, &str, &str)] = &[
    (1, "executable comments", "tests/integration/attacks/texts.txt", "## 1 "),
    (2, "texts of nothing", "tests/integration/attacks/texts.txt", "## 2 "),
    (3, "comments to the end of the line", "tests/integration/attacks/texts.txt", "## 3 "),
    (4, "quotes and escapes by sql_mode", "tests/integration/attacks/texts.txt", "## 4 "),
    (5, "ways to set sql_mode", "tests/integration/attacks/texts.txt", "## 5 "),
    (5, "by procedure, COM_CHANGE_USER, COM_RESET_CONNECTION", "tests/integration/attacks.rs", "fn a_mode_is_known_after_each_way_to_change_it"),
    (5, "a session behind a reset one", "tests/integration/isolation.rs", "fn a_reset_connection_is_like_a_new_one"),
    (6, "character sets that hide quotes", "tests/integration/attacks/texts.txt", "## 6 "),
    (6, "of the handshake", "tests/integration/attacks.rs", "fn a_login_in_an_unsafe_character_set_is_not_read_by_it"),
    (7, "bytes that are no UTF-8, names that are nearly the same", "tests/integration/attacks/texts.txt", "## 7 "),
    (7, "keys that a collation calls equal", "tests/integration/collations.rs", "fn "),
    (8, "numbers as keys", "tests/integration/attacks/texts.txt", "## 8 "),
    (8, "bound in every type", "tests/integration/prepared.rs", "fn every_type_of_one_number_reaches_its_row"),
    (8, "bound as any bytes", "fuzz/targets/execute.rs", "fuzz_target!"),
    (9, "conditions that say less than they seem", "tests/integration/attacks/texts.txt", "## 9 "),
    (10, "writes", "tests/integration/attacks/texts.txt", "## 10 "),
    (11, "statements that hide statements", "tests/integration/attacks/texts.txt", "## 11 "),
    (12, "hints of clients", "tests/integration/attacks/texts.txt", "## 12 "),
    (12, "hints in any bytes", "fuzz/targets/hint.rs", "fuzz_target!"),
    (13, "depth, width and length", "tests/integration/attacks/sizes.rs", "fn size_is_bounded_and_the_session_goes_on"),
    (14, "several statements", "tests/integration/attacks/texts.txt", "## 14 "),
    (14, "without their capability, and prepared", "tests/integration/attacks.rs", "fn a_second_statement_needs_its_capability"),
    (14, "behind an error", "tests/integration/wire.rs", "fn statements_after_a_failed_one_do_not_run"),
    (15, "sequence ids", "src/session/stream_tests.rs", "fn a_wrong_sequence_id_and_a_cut_command_are_errors"),
    (15, "packets split at each byte", "src/session/stream_tests.rs", "fn a_command_may_come_byte_by_byte"),
    (15, "bytes that are no protocol", "tests/integration/wire.rs", "fn bytes_that_are_no_protocol_close_their_connection_and_no_other"),
    (15, "chains of full frames", "src/session/stream_tests.rs", "fn a_command_over_the_limit_is_refused_by_its_header"),
    (15, "framing of any bytes", "fuzz/targets/framing.rs", "fuzz_target!"),
    (16, "plain bytes behind an SSLRequest", "src/session/login_tests.rs", "fn plain_bytes_behind_an_ssl_request_are_never_taken"),
    (16, "TLS where it is required", "src/session/login_tests.rs", "fn accounts_and_gates_may_require_tls"),
    (17, "capabilities and names of logins", "tests/integration/attacks/frames.rs", "fn logins_of_odd_capabilities_and_names_are_refused_and_others_are_served"),
    (17, "flags that were not offered", "src/protocol/handshake_response.rs", "fn flags_that_were_not_offered_are_masked_before_the_rest_is_read"),
    (17, "logins of any bytes", "fuzz/targets/handshake.rs", "fuzz_target!"),
    (18, "compressed packets", "tests/integration/attacks/frames.rs", "fn compression_is_not_offered_and_its_frames_are_no_packets"),
    (19, "plug-ins, clear passwords", "tests/integration/attacks/frames.rs", "a clear password without TLS"),
    (19, "who exists is not told", "src/session/login_tests.rs", "fn a_wrong_password_and_an_unknown_user_get_the_same_answer"),
    (19, "trying passwords", "src/session/login_tests.rs", "fn ten_wrong_passwords_stop_the_right_one"),
    (19, "second handshakes, proofs of any bytes", "src/session/login_tests.rs", "fn bad_handshakes_are_answered_and_closed"),
    (20, "a server's request for a file", "src/execute/upload_tests.rs", "fn a_servers_unasked_request_for_a_file_never_reaches_a_client"),
    (20, "a server's columns without end", "src/protocol/response_scanner.rs", "fn a_result_set_has_columns_but_not_any_number"),
    (20, "a server's unknown plug-in", "src/backend/faults.rs", "fn an_unknown_plugin_is_named"),
    (20, "a server's answer before the question", "src/backend/faults.rs", "fn bytes_that_were_there_before_a_question_are_no_answer_to_it"),
    (20, "answers of any bytes", "fuzz/targets/relay.rs", "fuzz_target!"),
    (20, "answers of any bytes, scanned", "fuzz/targets/response.rs", "fuzz_target!"),
    (21, "long data for ever", "tests/integration/prepared_packets.rs", "fn long_data_for_ever_is_told_of_by_execute"),
    (21, "prepares for ever", "tests/integration/prepared_packets.rs", "fn prepares_for_ever_are_served_and_forgotten"),
    (21, "wrong types, NULL bitmaps, cursors", "tests/integration/prepared_packets.rs", "fn what_no_client_should_say_is_an_error_and_the_session_goes_on"),
    (21, "ids of other sessions", "tests/integration/attacks.rs", "fn a_statement_id_is_the_sessions_own"),
    (22, "commands", "tests/integration/attacks.rs", "fn every_command_that_is_not_served_is_1047"),
];

#[test]
fn every_attack_of_groups_a_and_b_is_listed_and_tried() {
    let listed: BTreeSet<u32> = LIST.iter().map(|(number, ..)| *number).collect();
    assert_eq!(listed, (1..=22).collect());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (number, attack, file, words) in LIST {
        let text = fs::read_to_string(root.join(file)).unwrap_or_default();
        // not in this list alone
        assert!(
            text.contains(words),
            "{number}, {attack}: {file} has no {words}"
        );
    }
}
