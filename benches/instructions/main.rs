//! What a statement costs in instructions and allocations, counted by Valgrind's callgrind: exact where times are not.
//!
//! `make counts` runs the cases under callgrind and holds them to baseline.txt: a case may cost a tenth more
//! instructions than there, since compilers and C libraries differ, and not one allocation. `UPDATE_COUNTS=1 make counts`
//! writes baseline.txt and the table in docs/performance.md anew.

mod baseline;
mod callgrind;
mod cases;
mod place;
mod server;
mod steps;
mod walks;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let says = |word: &str| arguments.iter().any(|argument| argument == word);
    if says("--names") {
        for case in cases::cases() {
            println!("{}", case.name);
        }
        return ExitCode::SUCCESS;
    }
    if says("--cases") {
        return shown(cases::run());
    }
    // cargo test runs this too, without the word: it counts nothing then
    if !says("--bench") {
        return ExitCode::SUCCESS;
    }
    shown(baseline::check())
}

fn shown(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
