//! Ids of real processes under a clock that is moved and under kill -9: none twice, in order, refused where contracted
//! (contract 9.2).
//!
//! The processes are this test's own executable, started again with a variable of the environment. Ids are kept as
//! runs, so that ten million (`SHARDGATE_TEST_IDS=10000000`) are compared exactly.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests state their expectations by unwrapping"
)]

#[path = "ids/drawing.rs"]
mod drawing;
#[path = "ids/life.rs"]
mod life;
#[path = "ids/runs.rs"]
mod runs;

use std::thread;
use std::time::Duration;

use life::{HOUR, Life};
use runs::Runs;

const WORKERS: u16 = 4;
const IDS: u64 = 2_000_000;

/// Started again by the tests below; nothing to do otherwise.
#[test]
fn drawing_process() {
    drawing::serve_if_asked();
}

#[test]
fn four_processes_that_are_killed_under_a_moving_clock_make_no_id_twice() {
    let folder = tempfile::tempdir().unwrap();
    let ids = std::env::var("SHARDGATE_TEST_IDS").map_or(IDS, |text| text.parse().unwrap());
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let folder = folder.path();
            scope.spawn(move || lives(&mut Life::of(folder, worker), ids / u64::from(WORKERS)));
        }
    });
    let mut all = Vec::new();
    for worker in 0..WORKERS {
        let of_worker = Runs::read(folder.path(), worker);
        of_worker.assert_worker(worker);
        println!("worker {worker}: {of_worker}");
        all.extend(of_worker.into_runs());
    }
    assert!(runs::count_disjoint(all) >= ids);
}

/// Starts, steps of the clock and kills of one worker's processes.
fn lives(life: &mut Life, ids: u64) {
    let short = Duration::from_millis(150);
    life.begin(0);
    for step in [-1, 0, -5, 0, -6, 0, 400, 0] {
        life.step_to(step);
        thread::sleep(short);
    }
    // what was made 400 ms ahead is behind the clock again
    life.draw_more();
    life.kill();
    // the mark of the killed one is at most a second ahead: waited out
    life.begin(0);
    life.draw_more();
    assert_eq!(
        life.refusals(),
        0,
        "a restart within a second refuses nothing"
    );
    life.step_to(-HOUR);
    life.be_refused();
    life.kill();
    // the clock comes right between two runs
    life.begin(0);
    life.draw_more();
    life.step_to(HOUR);
    life.draw_more();
    life.step_to(0);
    life.be_refused();
    life.kill();
    // its mark is an hour ahead of the clock: not one id
    life.begin(0);
    life.be_refused();
    let before = life.drawn();
    thread::sleep(short);
    assert_eq!(life.drawn(), before, "the fuse is open");
    life.kill();
    // until the clock is past the mark
    life.begin(HOUR + 5_000);
    life.draw_more();
    for _ in 0..3 {
        life.kill();
        life.begin(HOUR + 5_000);
        life.draw_more();
    }
    life.draw_until(ids);
    life.end();
    // an orderly end leaves nothing to wait for, and the order goes on
    life.begin(HOUR + 5_000);
    life.draw_more();
    assert_eq!(life.refusals(), 0);
    life.end();
}

#[test]
fn a_second_process_with_the_same_worker_makes_no_id() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Life::of(folder.path(), 9);
    first.begin(0);
    first.draw_more();
    let mut second = Life::of(folder.path(), 9);
    second.begin(0);
    second.be_refused();
    assert_eq!(second.drawn(), 0);
    first.kill();
    second.draw_more();
    second.end();
    Runs::read(folder.path(), 9).assert_worker(9);
}
