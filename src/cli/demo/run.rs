//! The demo from start to end.

use std::io::{self, IsTerminal};

use crate::lab::Account;

use super::error::DemoError;
use super::interrupt::Interrupt;
use super::load::load;
use super::stage::{DATABASE, Stage, free};
use super::tour::tour;

/// What the command line may say.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoOptions {
    /// Port of 127.0.0.1 that the proxy listens on
    #[arg(long, default_value_t = 3307)]
    pub port: u16,
    /// How many SKUs to load
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub skus: u32,
    /// End after the tour, even in a terminal
    #[arg(long)]
    pub once: bool,
}

/// Plays the demo; in a terminal it stays up afterwards until Ctrl-C.
///
/// # Errors
/// What kept it from its end; everything started has been ended by then.
pub fn run(options: &DemoOptions) -> Result<(), DemoError> {
    let interrupt = Interrupt::listen();
    free(options.port)?;
    println!(
        "1. Two primaries and their replicas, private MariaDB servers in temporary folders, 8 schemas of 16 tables each"
    );
    let farm = Stage::servers()?;
    for (n, pair) in farm.pairs().iter().enumerate() {
        let replica = pair.replica.as_ref().map_or(0, crate::lab::Server::port);
        println!(
            "   primary {n}: 127.0.0.1:{}, its replica: 127.0.0.1:{replica}",
            pair.primary.port()
        );
    }
    interrupt.check()?;
    println!("2. The proxy on 127.0.0.1:{}", options.port);
    let mut stage = Stage::open(farm, options.port, &interrupt)?;
    println!(
        "3. {} SKUs, one INSERT each, through the proxy",
        options.skus
    );
    load(&stage, options.skus, &interrupt)?;
    stage.farm.catch_up()?;
    tour(&stage, options.skus, &interrupt)?;
    if !options.once && io::stdin().is_terminal() && io::stdout().is_terminal() {
        connect_by_hand(&stage);
        println!("\nThe proxy stays up for you. Ctrl-C ends it and removes everything.");
        stage.attend(&interrupt)?;
    }
    stage.close()
}

fn connect_by_hand(stage: &Stage) {
    let Account { user, password } = &stage.account;
    let port = stage.port;
    println!("\nBy hand:");
    println!("   mariadb --comments -h127.0.0.1 -P{port} -u{user} -p{password} {DATABASE}");
    println!("   mysql   --comments -h127.0.0.1 -P{port} -u{user} -p{password} {DATABASE}");
    println!("   Without --comments these clients strip comments, and with them every hint.");
    println!("   -hlocalhost would mean their unix socket; say 127.0.0.1.");
    println!(
        "   Metrics: http://127.0.0.1:{}/metrics   Configuration: {}",
        stage.admin_port,
        stage.folder()
    );
}
