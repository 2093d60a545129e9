//! Proof of layout, order and fuse under scripted clocks (contract 9.1, 9.2, 9.3).

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{
    Clock, KeyError, KeyGenerators, MAX_RUN, Next, Snowflake, SnowflakeSettings, SystemClock,
};

const START: u64 = 1_700_000_000_000;

/// A clock that stands where it was put.
#[derive(Default)]
struct Stopped(AtomicU64);

impl Stopped {
    fn at(ms: u64) -> Self {
        Self(AtomicU64::new(ms))
    }

    fn set(&self, ms: u64) {
        self.0.store(ms, Ordering::SeqCst);
    }
}

impl Clock for Stopped {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

fn generator(worker: u16, vibration: u16, clock: &Stopped) -> Snowflake {
    let settings =
        SnowflakeSettings::new(worker, vibration, 5, SnowflakeSettings::DEFAULT_EPOCH_MS).unwrap();
    KeyGenerators::default().snowflake(settings, clock)
}

fn first(generator: &Snowflake, count: usize, clock: &Stopped) -> u64 {
    match generator.next(count, clock).unwrap() {
        Next::First(id) => id,
        Next::Wait(pause) => panic!("told to wait {pause:?}"),
    }
}

/// Rows of one generator; its state is taken over from the row before wherever ShardingSphere let
/// the clock run back, refused, or split a statement over two milliseconds (rules 9.2, 9.3).
#[test]
fn layout_and_order_agree_with_shardingsphere() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/snowflake_552.tsv");
    let text = std::fs::read_to_string(path).unwrap();
    let (mut current, mut checked) = (None::<(String, Snowflake)>, 0);
    let (mut last_ms, mut offset) = (0, 0);
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [worker, vibration, begin, rows, end, status, ids, ..] = fields[..] else {
            continue;
        };
        let (begin, end): (u64, u64) = (begin.parse().unwrap(), end.parse().unwrap());
        let clock = Stopped::at(begin);
        let name = format!("{worker} {vibration}");
        let most: u64 = vibration.parse().unwrap_or(1);
        if current.as_ref().is_none_or(|(of, _)| *of != name) {
            // the base of the state lies before every step back
            let fresh = generator(
                worker.parse().unwrap_or(0),
                u16::try_from(most).unwrap(),
                &Stopped::at(begin - 1_000_000),
            );
            last_ms = 0;
            current = Some((name, fresh));
        }
        let (_, generator) = current.as_ref().unwrap();
        if status != "OK" {
            continue;
        }
        let theirs: Vec<u64> = ids
            .split(',')
            .map(|id| id.rsplit('=').next().unwrap().parse().unwrap())
            .collect();
        let is_new = begin != last_ms;
        let is_whole =
            !ids.starts_with('#') && theirs.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        if begin >= last_ms && is_whole {
            assert_eq!(
                first(generator, rows.parse().unwrap(), &clock),
                theirs[0],
                "{line}"
            );
            checked += 1;
        }
        if is_new {
            offset = if theirs[0] & 0xFFF >= most {
                0
            } else {
                (theirs[0] & 0xFFF) + 1
            };
        }
        last_ms = end;
        generator.set_state(end, theirs.last().unwrap() & 0xFFF, offset);
    }
    assert!(checked > 150, "{checked}");
}

#[test]
fn ids_of_one_statement_are_consecutive_and_a_full_millisecond_waits() {
    let clock = Stopped::at(START);
    let generator = generator(3, 4095, &clock);
    let one = first(&generator, 1, &clock);
    assert_eq!(first(&generator, 4000, &clock), one + 1);
    assert!(
        matches!(generator.next(96, &clock), Ok(Next::Wait(pause)) if pause == Duration::from_millis(1))
    );
    assert_eq!(first(&generator, 95, &clock), one + 4001);
    clock.set(START + 1);
    let whole = first(&generator, MAX_RUN, &clock);
    assert_eq!((whole >> 22, whole & 0xFFF), ((one >> 22) + 1, 0));
    assert_eq!(
        generator.next(MAX_RUN + 1, &clock),
        Err(KeyError::TooManyRows { rows: 4097 })
    );
}

#[test]
fn steps_back_of_one_and_five_are_waited_out_and_six_open_the_fuse() {
    for (step, waits) in [(1, true), (5, true), (6, false)] {
        let clock = Stopped::at(START);
        let generator = generator(0, 1, &clock);
        let before = first(&generator, 1, &clock);
        clock.set(START - step);
        let answer = generator.next(1, &clock);
        if waits {
            assert_eq!(answer, Ok(Next::Wait(Duration::from_millis(step))));
            assert_eq!(
                generator.next(1, &clock),
                Ok(Next::Wait(Duration::from_millis(step))),
                "checked again"
            );
            clock.set(START);
        } else {
            assert!(matches!(
                answer,
                Err(KeyError::ClockMovedBack { last_ms: START, .. })
            ));
            clock.set(START);
            assert!(
                generator.next(1, &clock).is_err(),
                "never before the clock is past the mark"
            );
            assert!(generator.statistics(&clock).is_fuse_open());
            clock.set(START + 1);
        }
        assert!(first(&generator, 1, &clock) > before);
        assert!(!generator.statistics(&clock).is_fuse_open());
        assert_eq!(
            generator.statistics(&clock).fuse_openings,
            u64::from(!waits)
        );
    }
}

#[test]
fn an_operator_lets_ids_go_on_ahead_of_the_clock() {
    let clock = Stopped::at(START);
    let generators = KeyGenerators::default();
    let settings = SnowflakeSettings::new(0, 0, 5, SnowflakeSettings::DEFAULT_EPOCH_MS).unwrap();
    let generator = generators.snowflake(settings, &clock);
    let before = first(&generator, 1, &clock);
    assert_eq!(generators.run_ahead_of_clock(), 0, "no fuse is open");
    clock.set(START - 60_000);
    assert!(generator.next(1, &clock).is_err());
    assert_eq!(generators.run_ahead_of_clock(), 1);
    let mut last = before;
    for _ in 0..5000 {
        let next = first(&generator, 1, &clock);
        assert!(next > last);
        last = next;
    }
    clock.set(START + 10);
    assert!(first(&generator, 1, &clock) > last);
}

#[test]
fn a_reload_with_other_settings_goes_on_in_the_same_sequence() {
    let clock = Stopped::at(START);
    let generators = KeyGenerators::default();
    let with = |vibration| {
        SnowflakeSettings::new(9, vibration, 5, SnowflakeSettings::DEFAULT_EPOCH_MS).unwrap()
    };
    let one = first(&generators.snowflake(with(1), &clock), 1, &clock);
    assert_eq!(
        first(&generators.snowflake(with(4095), &clock), 1, &clock),
        one + 1
    );
    assert_eq!(generators.statistics(&clock)[0].generated, 2);
}

#[test]
fn a_table_whose_ids_are_ahead_is_refused_and_a_little_ahead_is_never_met_again() {
    let clock = Stopped::at(START);
    let generator = generator(0, 1, &clock);
    let id = |ms: u64| (ms - SnowflakeSettings::DEFAULT_EPOCH_MS) << 22 | 5;
    let eight_hours = START + 8 * 3_600_000;
    assert!(matches!(
        generator.check_above(id(eight_hours), &clock),
        Err(KeyError::IdsAhead {
            ahead_ms: 28_800_000,
            ..
        })
    ));
    generator.check_above(id(START + 3), &clock).unwrap();
    assert_eq!(
        generator.next(1, &clock),
        Ok(Next::Wait(Duration::from_millis(3)))
    );
    clock.set(START + 4);
    assert!(first(&generator, 1, &clock) > id(START + 3));
    // up to a second ahead is waited out too, whatever the tolerance of steps is
    generator.check_above(id(START + 1000), &clock).unwrap();
    assert_eq!(
        generator.next(1, &clock),
        Ok(Next::Wait(Duration::from_millis(996)))
    );
    clock.set(START + 1001);
    assert!(first(&generator, 1, &clock) > id(START + 1000));
}

#[test]
fn a_clock_outside_the_epoch_is_an_error() {
    for ms in [5, SnowflakeSettings::DEFAULT_EPOCH_MS + (1 << 41)] {
        let clock = Stopped::at(ms);
        assert!(matches!(
            generator(0, 1, &clock).next(1, &clock),
            Err(KeyError::OutsideEpoch { .. })
        ));
    }
    let clock = Stopped::at(START);
    let generator = generator(0, 1, &clock);
    clock.set(START + (1 << 40));
    assert!(matches!(
        generator.next(1, &clock),
        Err(KeyError::OutsideEpoch { .. })
    ));
}

#[test]
fn eight_threads_never_get_the_same_id() {
    let settings = SnowflakeSettings::new(1, 4095, 5, SnowflakeSettings::DEFAULT_EPOCH_MS).unwrap();
    let generator = KeyGenerators::default().snowflake(settings, &SystemClock);
    let of_thread = || {
        let mut ids = Vec::with_capacity(100_000);
        while ids.len() < 100_000 {
            match generator.next(10, &SystemClock).unwrap() {
                Next::First(id) => ids.extend(id..id + 10),
                Next::Wait(_) => std::thread::yield_now(),
            }
        }
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        ids
    };
    let all: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(of_thread)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let distinct: HashSet<u64> = all.iter().flatten().copied().collect();
    assert_eq!(distinct.len(), 800_000);
    assert_eq!(generator.statistics(&SystemClock).generated, 800_000);
}

#[tokio::test]
async fn take_waits_for_the_clock() {
    let settings = SnowflakeSettings::new(1, 0, 5, SnowflakeSettings::DEFAULT_EPOCH_MS).unwrap();
    let generator = KeyGenerators::default().snowflake(settings, &SystemClock);
    let one = generator.take(MAX_RUN, &SystemClock).await.unwrap();
    let two = generator.take(MAX_RUN, &SystemClock).await.unwrap();
    assert!(two >> 22 > one >> 22);
}
