//! Proof of the high-water mark under scripted clocks, with restarts of the generators (contract 9.2).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{
    Clock, KeyError, KeyGenerators, MarkFault, Next, Snowflake, SnowflakeSettings, SystemClock,
    WorkerId,
};

const START: u64 = 1_700_000_000_000;
const HOUR: u64 = 3_600_000;

#[derive(Clone, Default)]
struct Scripted(Arc<AtomicU64>);

impl Scripted {
    fn at(ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(ms)))
    }

    fn set(&self, ms: u64) {
        self.0.store(ms, Ordering::SeqCst);
    }
}

impl Clock for Scripted {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// One run of a process: generators on a folder, and worker 3's generator.
struct Run {
    generators: KeyGenerators,
    keys: Snowflake,
}

impl Run {
    fn begin(folder: &Path, clock: &Scripted) -> Self {
        let generators = KeyGenerators::new(folder.to_owned());
        let settings =
            SnowflakeSettings::new(3, 0, 5, SnowflakeSettings::DEFAULT_EPOCH_MS).unwrap();
        let keys = generators.snowflake(settings, clock);
        Self { generators, keys }
    }

    /// The millisecond of one id; the disk is told where the generator waits for that.
    fn draw(&self, clock: &Scripted) -> Result<u64, KeyError> {
        for _ in 0..3 {
            match self.keys.next(1, clock)? {
                Next::First(id) => return Ok((id >> 22) + SnowflakeSettings::DEFAULT_EPOCH_MS),
                Next::Wait(_) => self.generators.tend(clock),
            }
        }
        panic!("still told to wait at {}", clock.now_ms());
    }

    fn is_waiting(&self, clock: &Scripted) -> Option<Duration> {
        match self.keys.next(1, clock) {
            Ok(Next::Wait(pause)) => Some(pause),
            _ => None,
        }
    }

    fn mark(&self, clock: &Scripted) -> u64 {
        let all = self.generators.statistics(clock);
        all[0].reserved_ms.unwrap()
    }
}

#[test]
fn no_id_is_made_before_the_disk_knows_of_its_millisecond() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Scripted::at(START);
    let run = Run::begin(folder.path(), &clock);
    assert_eq!(run.is_waiting(&clock), Some(Duration::from_millis(1)));
    assert_eq!(run.draw(&clock), Ok(START));
    assert_eq!(run.mark(&clock), START + 1000);
    clock.set(START + 1000);
    assert_eq!(run.draw(&clock), Ok(START + 1000));
    clock.set(START + 1001);
    assert!(run.is_waiting(&clock).is_some(), "the mark is not passed");
    assert_eq!(run.draw(&clock), Ok(START + 1001));
}

#[test]
fn the_disk_is_told_ahead_of_need_so_that_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Scripted::at(START);
    let run = Run::begin(folder.path(), &clock);
    run.draw(&clock).unwrap();
    let waits = run.keys.statistics(&clock).waits;
    for step in 1..100 {
        clock.set(START + step * 100);
        run.generators.tend(&clock);
        run.draw(&clock).unwrap();
    }
    let statistics = run.keys.statistics(&clock);
    assert_eq!(statistics.waits, waits);
    assert!(statistics.mark_writes < 30, "{statistics:?}");
    // an idle generator leaves the disk alone
    clock.set(START + 2 * HOUR);
    run.generators.tend(&clock);
    assert_eq!(
        run.keys.statistics(&clock).mark_writes,
        statistics.mark_writes
    );
}

#[test]
fn a_mark_within_a_second_is_waited_out_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Scripted::at(START);
    let run = Run::begin(folder.path(), &clock);
    run.draw(&clock).unwrap();
    drop(run);
    let run = Run::begin(folder.path(), &clock);
    assert_eq!(run.is_waiting(&clock), Some(Duration::from_secs(1)));
    assert!(!run.keys.statistics(&clock).is_fuse_open());
    clock.set(START + 1000);
    assert_eq!(
        run.is_waiting(&clock),
        Some(Duration::from_millis(1)),
        "the mark itself may have been used"
    );
    clock.set(START + 1001);
    assert_eq!(run.draw(&clock), Ok(START + 1001));
}

#[test]
fn a_mark_further_ahead_opens_the_fuse_until_the_clock_is_past_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Scripted::at(START);
    Run::begin(folder.path(), &clock).draw(&clock).unwrap();
    clock.set(START - 1);
    let run = Run::begin(folder.path(), &clock);
    let refused = Err(KeyError::MarkAhead {
        mark_ms: START + 1000,
        now_ms: START - 1,
    });
    assert_eq!(run.draw(&clock), refused);
    let told = run.generators.statistics(&clock).remove(0).open_fuse;
    assert!(told.unwrap().contains("clock"), "readiness knows why");
    clock.set(START + 1000);
    assert!(run.draw(&clock).is_err(), "never before it is past");
    clock.set(START + 1001);
    assert_eq!(run.draw(&clock), Ok(START + 1001));
    assert_eq!(run.keys.statistics(&clock).fuse_openings, 1);
}

#[test]
fn an_orderly_end_leaves_nothing_to_wait_for() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Scripted::at(START);
    let run = Run::begin(folder.path(), &clock);
    run.draw(&clock).unwrap();
    run.generators.rest();
    drop(run);
    let run = Run::begin(folder.path(), &clock);
    assert!(run.is_waiting(&clock).is_some());
    clock.set(START + 1);
    assert_eq!(run.draw(&clock), Ok(START + 1));
}

#[test]
fn an_operator_goes_on_from_the_mark_and_the_disk_goes_with_him() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Scripted::at(START);
    Run::begin(folder.path(), &clock).draw(&clock).unwrap();
    clock.set(START - HOUR);
    let run = Run::begin(folder.path(), &clock);
    run.draw(&clock).unwrap_err();
    assert_eq!(run.generators.run_ahead_of_clock(), 1);
    let mut last = START + 1000;
    for _ in 0..5000 {
        let ms = run.draw(&clock).unwrap();
        assert!(ms >= last && ms <= run.mark(&clock));
        last = ms;
    }
    assert!(last > START + 1000);
    drop(run);
    // killed: what was promised ahead is not made again
    let run = Run::begin(folder.path(), &clock);
    assert!(matches!(run.draw(&clock), Err(KeyError::MarkAhead { mark_ms, .. }) if mark_ms > last));
    clock.set(last + 2000);
    assert_eq!(run.draw(&clock), Ok(last + 2000));
}

#[test]
fn a_disk_that_fails_opens_the_fuse_before_ids_pass_the_mark_and_mends_itself() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Scripted::at(START);
    let run = Run::begin(folder.path(), &clock);
    run.draw(&clock).unwrap();
    run.generators.make_marks_read_only();
    clock.set(START + 900);
    run.generators.tend(&clock);
    let told = run.generators.statistics(&clock).remove(0);
    assert!(
        told.open_fuse.unwrap().contains("cannot be written"),
        "readiness knows before the first refusal"
    );
    assert_eq!(told.mark_failures, 1);
    assert_eq!(
        run.draw(&clock),
        Ok(START + 900),
        "what is reserved is served"
    );
    clock.set(START + 1001);
    assert!(matches!(run.draw(&clock), Err(KeyError::NoMark { .. })));
    drop(run);
    let run = Run::begin(folder.path(), &clock);
    assert_eq!(run.draw(&clock), Ok(START + 1001));
}

#[test]
fn a_file_that_cannot_be_had_serves_no_key_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Scripted::at(START);
    let path = folder.path().join("state");
    std::fs::write(&path, "a file where a folder should be").unwrap();
    let run = Run::begin(&path, &clock);
    assert!(matches!(run.draw(&clock), Err(KeyError::NoMark { .. })));
    std::fs::remove_file(&path).unwrap();
    run.generators.tend(&clock);
    assert_eq!(run.draw(&clock), Ok(START));
    assert!(!run.keys.statistics(&clock).is_fuse_open());
    // the same of a damaged one
    let file = path.join("keygen-3.mark");
    drop(run);
    std::fs::write(&file, [1; 8192]).unwrap();
    let run = Run::begin(&path, &clock);
    assert!(run.draw(&clock).is_err());
    let told = run.generators.statistics(&clock).remove(0).open_fuse;
    assert!(told.unwrap().contains("delete the file"));
    std::fs::remove_file(&file).unwrap();
    run.generators.tend(&clock);
    assert_eq!(run.draw(&clock), Ok(START));
}

#[test]
fn two_processes_with_one_worker_are_refused_and_two_workers_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let worker = |number| WorkerId::new(number).unwrap();
    let one = KeyGenerators::new(folder.path().to_owned());
    one.open([worker(3), worker(3)]).unwrap();
    let two = KeyGenerators::new(folder.path().to_owned());
    assert!(matches!(
        two.open([worker(4), worker(3)]),
        Err(MarkFault::InUse { .. })
    ));
    // one that asks all the same gets no id, until the other one has gone
    let clock = Scripted::at(START);
    let settings = SnowflakeSettings::new(3, 0, 5, SnowflakeSettings::DEFAULT_EPOCH_MS).unwrap();
    let keys = two.snowflake(settings, &clock);
    assert!(matches!(keys.next(1, &clock), Err(KeyError::NoMark { .. })));
    drop(one);
    two.open([worker(3)]).unwrap();
    two.tend(&clock);
    assert!(matches!(keys.next(1, &clock), Ok(Next::First(_))));
}

#[test]
fn a_mark_beyond_all_time_refuses_and_does_not_overflow() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Scripted::at(START);
    for mark in [u64::MAX, u64::MAX - 1, 1 << 62, START + (1 << 41)] {
        let (file, _) =
            super::mark_file::MarkFile::open(folder.path(), WorkerId::new(3).unwrap()).unwrap();
        file.write(mark).unwrap();
        drop(file);
        let run = Run::begin(folder.path(), &clock);
        run.draw(&clock).unwrap_err();
        run.generators.run_ahead_of_clock();
        assert!(matches!(
            run.draw(&clock),
            Err(KeyError::OutsideEpoch { .. })
        ));
    }
}

/// Ids are drawn by several tasks while the clock is the machine's and the keeper runs beside them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keeper_keeps_ahead_of_those_who_draw() {
    let folder = tempfile::tempdir().unwrap();
    let generators = Arc::new(KeyGenerators::new(folder.path().to_owned()));
    let settings = SnowflakeSettings::new(3, 0, 5, SnowflakeSettings::DEFAULT_EPOCH_MS).unwrap();
    let keys = generators.snowflake(settings, &SystemClock);
    let keeper = tokio::spawn(Arc::clone(&generators).keep(SystemClock));
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let keys = keys.clone();
            tokio::spawn(async move {
                let mut last = 0;
                for _ in 0..300 {
                    let id = keys.take(1000, &SystemClock).await.unwrap();
                    assert!(id > last);
                    last = id + 999;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    keeper.abort();
    assert!(keys.statistics(&SystemClock).mark_writes > 0);
}
