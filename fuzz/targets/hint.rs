//! Feeds `hint` what libFuzzer thinks of.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| shardgate_fuzz::hint::check(input));
