//! The process that draws ids and writes them down until it is killed, or told to end.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use shardgate::keygen::{
    Clock, KeyError, KeyGenerators, Snowflake, SnowflakeSettings, SystemClock,
};

use crate::runs;

/// Folder and worker id of the process.
pub const FOLDER: &str = "SHARDGATE_IDS_FOLDER";
pub const WORKER: &str = "SHARDGATE_IDS_WORKER";

/// The machine's clock, moved by so many milliseconds.
#[derive(Clone, Default)]
struct Moved(Arc<AtomicI64>);

impl Clock for Moved {
    fn now_ms(&self) -> u64 {
        SystemClock
            .now_ms()
            .saturating_add_signed(self.0.load(Ordering::SeqCst))
    }
}

/// What the process tells its parent, one line a question.
#[derive(Default)]
struct Counts {
    drawn: AtomicU64,
    refused: AtomicU64,
    is_over: AtomicBool,
}

/// Draws in a process that was started for it; returns at once in any other.
pub fn serve_if_asked() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let worker = std::env::var(WORKER).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    let clock = Moved::default();
    let mut lines = io::stdin().lock().lines();
    // where the clock stands is told before anything is opened
    obey(&lines.next().unwrap().unwrap(), &clock);
    let generators = Arc::new(KeyGenerators::new(folder.clone()));
    let settings =
        SnowflakeSettings::new(worker, 4095, 5, SnowflakeSettings::DEFAULT_EPOCH_MS).unwrap();
    let keys = generators.snowflake(settings, &clock);
    runtime.spawn(Arc::clone(&generators).keep(clock.clone()));
    let counts = Arc::new(Counts::default());
    let drawers: Vec<_> = [4096, 3]
        .into_iter()
        .zip(0..)
        .map(|(run, drawer)| {
            let path = runs::file(&folder, worker, drawer);
            let file = OpenOptions::new().create(true).append(true).open(path);
            let drawing = draw(
                keys.clone(),
                clock.clone(),
                run,
                file.unwrap(),
                Arc::clone(&counts),
            );
            runtime.spawn(drawing)
        })
        .collect();
    for line in lines {
        let line = line.unwrap();
        if line == "end" {
            break;
        }
        obey(&line, &clock);
        println!(
            "told {} {}",
            counts.drawn.load(Ordering::SeqCst),
            counts.refused.load(Ordering::SeqCst)
        );
    }
    counts.is_over.store(true, Ordering::SeqCst);
    for drawer in drawers {
        runtime.block_on(drawer).unwrap();
    }
    generators.rest();
    println!("told {} 0", counts.drawn.load(Ordering::SeqCst));
}

/// A number is where the clock shall stand against the machine's.
fn obey(line: &str, clock: &Moved) {
    if let Ok(offset) = line.parse() {
        clock.0.store(offset, Ordering::SeqCst);
    }
}

async fn draw(keys: Snowflake, clock: Moved, run: u32, mut file: File, counts: Arc<Counts>) {
    while !counts.is_over.load(Ordering::SeqCst) {
        match keys.take(run as usize, &clock).await {
            Ok(first) => {
                file.write_all(&runs::entry(first, run)).unwrap();
                counts.drawn.fetch_add(u64::from(run), Ordering::SeqCst);
            }
            Err(KeyError::Busy { .. }) => {}
            Err(
                KeyError::ClockMovedBack { .. }
                | KeyError::MarkAhead { .. }
                | KeyError::NoMark { .. },
            ) => {
                counts.refused.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}
