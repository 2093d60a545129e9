//! The `shardgate` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "planted-faults")]
    if let Ok(fault) = std::env::var("SHARDGATE_PLANTED_FAULT")
        && !shardgate::model::plant(&fault)
    {
        eprintln!("there is no fault {fault} to plant");
        return ExitCode::FAILURE;
    }
    shardgate::cli::main()
}
