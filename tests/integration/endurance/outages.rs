//! When a server was down: a connection may break only then, or because it was killed.

use std::sync::Mutex;
use std::time::Instant;

/// Begin and end of each outage; the last may still last.
#[derive(Default)]
pub struct Outages(Mutex<Vec<(Instant, Option<Instant>)>>);

impl Outages {
    /// A server is about to be killed.
    pub fn begin(&self) {
        self.0.lock().unwrap().push((Instant::now(), None));
    }

    /// It answers again.
    pub fn end(&self) {
        let mut outages = self.0.lock().unwrap();
        outages.last_mut().unwrap().1 = Some(Instant::now());
    }

    /// Whether one overlaps the time from `start` to now.
    pub fn overlap(&self, start: Instant) -> bool {
        let outages = self.0.lock().unwrap();
        outages
            .iter()
            .any(|(_, end)| end.is_none_or(|end| end > start))
    }

    /// Outages that are over.
    pub fn count(&self) -> usize {
        let outages = self.0.lock().unwrap();
        outages.iter().filter(|(_, end)| end.is_some()).count()
    }
}
