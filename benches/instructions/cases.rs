//! The cases, and how one is run so that it can be counted.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;

use crate::place::Place;
use crate::steps;
use crate::walks;

/// Done once, whatever comes of it is thrown away.
pub type Once<'p> = Pin<Box<dyn Future<Output = ()> + 'p>>;

/// One thing that is done again and again.
pub struct Case {
    /// As the baseline calls it.
    pub name: &'static str,
    /// How often it is done for the first count; for the second one it is done twice as often.
    pub times: usize,
    /// Does it so many times.
    pub run: for<'p> fn(&'p mut Place, usize) -> Once<'p>,
}

/// All of them.
pub fn cases() -> Vec<Case> {
    let mut cases = steps::cases();
    cases.extend(walks::cases());
    cases
}

/// callgrind writes a count of its own whenever this is entered.
#[inline(never)]
pub fn mark_of_the_counted_case(number: usize) {
    black_box(number);
}

/// Runs all cases with three marks each: before the first count, between the two, and behind the second.
pub fn run() -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let mut place = Place::new().await?;
        for case in cases() {
            // what is known from the second time on is known then
            (case.run)(&mut place, 4).await;
            mark_of_the_counted_case(0);
            (case.run)(&mut place, case.times).await;
            mark_of_the_counted_case(1);
            (case.run)(&mut place, 2 * case.times).await;
            mark_of_the_counted_case(2);
        }
        Ok(())
    })
}
