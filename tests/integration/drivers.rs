//! The programs of `tests/drivers`, one a driver: each runs the same cells on a server directly, and through the proxy
//! on a single and on a sharded table.
//!
//! `make test` runs the quick ones. With `SHARDGATE_TEST_DRIVERS` (`all`, or names of `tests/drivers/list.txt`) all of
//! them run on every family of servers that is installed: `make test-drivers`.

mod limits;
mod matrix;
mod program;
mod stage;

use shardgate::lab::Distribution;

use crate::support::{ProxyOptions, Shop, shop};
use limits::Limits;
use matrix::Matrix;
use program::Program;
use stage::Stage;

/// Runs `programs` in front of `shop`; what they reported.
fn run(shop: &Shop, programs: &[Program]) -> Matrix {
    let stage = Stage::set(shop);
    let mut matrix = Matrix::new(stage.family());
    for program in programs {
        eprintln!("{} on {}", program.name, stage.family());
        matrix.add(program, &stage.play(program));
    }
    matrix
}

/// Fails if a cell is red that `docs/drivers.md` does not explain, or green although it says that it cannot be.
fn judge(matrices: &[Matrix]) {
    let limits = Limits::documented();
    for matrix in matrices {
        println!("{}", matrix.table(&limits));
    }
    let faults: Vec<String> = matrices
        .iter()
        .flat_map(|matrix| matrix.faults(&limits))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn quick_drivers_do_every_task() {
    let programs: Vec<Program> = Program::all()
        .into_iter()
        .filter(|program| program.quick && program.is_possible())
        .collect();
    programs.iter().for_each(Program::install);
    judge(&[run(shop(), &programs)]);
}

#[test]
fn every_driver_does_every_task_on_every_family() {
    let Ok(wanted) = std::env::var("SHARDGATE_TEST_DRIVERS") else {
        eprintln!("drivers: not run (make test-drivers)");
        return;
    };
    let programs: Vec<Program> = Program::all()
        .into_iter()
        .filter(|program| {
            wanted == "all" || wanted.split_whitespace().any(|name| name == program.name)
        })
        .collect();
    assert!(
        !programs.is_empty(),
        "SHARDGATE_TEST_DRIVERS={wanted} names no driver of tests/drivers/list.txt"
    );
    programs.iter().for_each(Program::install);
    let matrices: Vec<Matrix> = Distribution::installed()
        .into_iter()
        .map(|distribution| {
            run(
                &Shop::open_on(distribution, &ProxyOptions::default()),
                &programs,
            )
        })
        .collect();
    judge(&matrices);
}
