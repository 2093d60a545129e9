//! The templates of all sessions, by shape.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use crate::metrics::Metrics;
use crate::sql::{self, Lexed, ShapeContext};

use super::clock_map::ClockMap;
use super::context::Context;
use super::session_context::SessionContext;
use super::template::Template;

/// Parts that lock alone, so that workers seldom meet.
const PARTS: usize = 16;
/// Bytes of templates that all parts hold together.
const MAX_BYTES: usize = 16 << 20;
/// A longer shape is not kept: it would push out many short ones.
const MAX_SHAPE: usize = 64 << 10;
/// Shapes that one part remembers to have seen once.
const SEEN: usize = 4096;

#[derive(Debug)]
struct Entry {
    normalized: Box<[u8]>,
    template: Arc<Template>,
}

#[derive(Debug)]
struct Part {
    entries: ClockMap<Entry>,
    /// Halves of the keys that were asked for and are not kept: where a key comes a second time it is. A later key may
    /// take an earlier one's place. Empty until the first one comes.
    seen: Box<[u32]>,
}

impl Part {
    /// Whether a key was here before; it is remembered.
    fn has_seen(&mut self, key: u64) -> bool {
        if self.seen.is_empty() {
            self.seen = vec![0; SEEN].into();
        }
        // the parts are told apart by the lowest bits
        let (half, rest) = (key >> 32, key / PARTS as u64);
        let place = usize::try_from(rest % SEEN as u64).unwrap_or_default();
        // zero is nobody's
        let half = u32::try_from(half).unwrap_or_default().max(1);
        let seen = self.seen.get_mut(place);
        seen.is_some_and(|seen| std::mem::replace(seen, half) == half)
    }
}

/// Templates by shape key, bounded by bytes.
#[derive(Debug)]
pub(super) struct Templates {
    parts: [Mutex<Part>; PARTS],
    /// Keeps clients from choosing texts whose keys collide.
    seed: u64,
    metrics: Arc<Metrics>,
}

impl Templates {
    /// No template is known yet.
    pub(super) fn new(metrics: &Arc<Metrics>) -> Self {
        Self::of_size(metrics, MAX_BYTES)
    }

    fn of_size(metrics: &Arc<Metrics>, bytes: usize) -> Self {
        let part = |_| {
            Mutex::new(Part {
                entries: ClockMap::new(bytes / PARTS),
                seen: Box::default(),
            })
        };
        Self {
            parts: std::array::from_fn(part),
            seed: RandomState::new().hash_one(PARTS),
            metrics: Arc::clone(metrics),
        }
    }

    /// The template of a text, and whether it was known. `normalized` is scratch space.
    pub(super) fn of(
        &self,
        context: &Context,
        session: &SessionContext,
        text: &[u8],
        lexed: &Lexed,
        normalized: &mut Vec<u8>,
    ) -> (Arc<Template>, bool) {
        let shape = ShapeContext {
            mode: session.mode,
            family: context.family,
            charset: session.charset,
            schema: session.database.as_deref(),
            generation: context.generation,
            seed: self.seed,
        };
        normalized.clear();
        let key = sql::shape_key(text, lexed, &(0..lexed.tokens.len()), &shape, normalized).0;
        if let Some(template) = self.known(key, normalized) {
            return (template, true);
        }
        let template = Arc::new(Template::of(text, lexed, session.mode));
        if template.is_shared() && normalized.len() <= MAX_SHAPE {
            self.admit(key, normalized, &template);
        }
        (template, false)
    }

    fn part(&self, key: u64) -> Option<&Mutex<Part>> {
        let part = usize::try_from(key % PARTS as u64).ok()?;
        self.parts.get(part)
    }

    fn known(&self, key: u64, normalized: &[u8]) -> Option<Arc<Template>> {
        let part = self.part(key)?;
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = part.entries.get(key)?;
        // what decides is the text: keys may collide
        (*entry.normalized == *normalized).then(|| Arc::clone(&entry.template))
    }

    /// Keeps the template if its shape was here before: what comes once takes no memory, and pushes nothing out.
    fn admit(&self, key: u64, normalized: &[u8], template: &Arc<Template>) {
        let Some(part) = self.part(key) else { return };
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        if !part.has_seen(key) {
            return;
        }
        let entry = Entry {
            normalized: normalized.into(),
            template: Arc::clone(template),
        };
        let cost = normalized.len() + template.size();
        let (entries, bytes) = (part.entries.len(), part.entries.bytes());
        let gone = part.entries.insert(key, entry, cost);
        self.metrics.template_evictions.inc_by(gone as u64);
        let grown = |now: usize, before: usize| {
            let sum = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
            sum(now) - sum(before)
        };
        let (more, larger) = (
            grown(part.entries.len(), entries),
            grown(part.entries.bytes(), bytes),
        );
        self.metrics.templates.inc_by(more);
        self.metrics.template_bytes.inc_by(larger);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, SqlMode};

    const FAMILY: ServerFamily = ServerFamily::MariaDb(101_119);

    /// A text read alone, by its key under a seed of ours.
    fn shape(text: &str) -> (u64, Vec<u8>, Arc<Template>) {
        let (mut lexed, mut normalized) = (Lexed::default(), Vec::new());
        sql::lex(text.as_bytes(), SqlMode::default(), FAMILY, &mut lexed).unwrap();
        let context = ShapeContext {
            mode: SqlMode::default(),
            family: FAMILY,
            charset: crate::model::Charset::default(),
            schema: Some("shop"),
            generation: 1,
            seed: 7,
        };
        let tokens = 0..lexed.tokens.len();
        let key = sql::shape_key(text.as_bytes(), &lexed, &tokens, &context, &mut normalized).0;
        let template = Template::of(text.as_bytes(), &lexed, SqlMode::default());
        (key, normalized, Arc::new(template))
    }

    fn tables(template: &Template) -> Vec<&str> {
        let tables = template.statement.tables.iter();
        tables.map(|table| table.name.as_str()).collect()
    }

    /// Asks for a shape as [`Templates::of`] does; whether it was known.
    fn ask(templates: &Templates, text: &str) -> bool {
        let (key, normalized, template) = shape(text);
        match templates.known(key, &normalized) {
            Some(known) => {
                assert_eq!(known.statement, template.statement);
                true
            }
            None => {
                templates.admit(key, &normalized, &template);
                false
            }
        }
    }

    #[test]
    fn a_shape_is_kept_when_it_comes_the_second_time() {
        let metrics = Arc::new(Metrics::default());
        let templates = Templates::new(&metrics);
        assert!(!ask(&templates, "SELECT a FROM t WHERE id = 1"));
        assert_eq!(
            (metrics.templates.get(), metrics.template_bytes.get()),
            (0, 0)
        );
        assert!(!ask(&templates, "SELECT a FROM t WHERE id = 2"));
        assert!(metrics.templates.get() == 1 && metrics.template_bytes.get() > 500);
        assert!(ask(&templates, "SELECT a FROM t WHERE id = 3"));
        assert!(!ask(&templates, "SELECT b FROM t WHERE id = 3"));
    }

    #[test]
    fn texts_of_one_key_are_told_apart() {
        let templates = Templates::new(&Arc::new(Metrics::default()));
        let one = shape("SELECT a FROM t WHERE id = 1");
        let other = shape("DELETE FROM u WHERE id = 1");
        // all of them under one key
        for _ in 0..2 {
            templates.admit(7, &one.1, &one.2);
        }
        assert_eq!(tables(&templates.known(7, &one.1).unwrap()), ["t"]);
        assert!(templates.known(7, &other.1).is_none());
        templates.admit(7, &other.1, &other.2);
        assert_eq!(tables(&templates.known(7, &other.1).unwrap()), ["u"]);
        assert!(templates.known(7, &one.1).is_none());
        assert_eq!(templates.metrics.templates.get(), 1);
    }

    #[test]
    fn a_flood_of_shapes_that_come_once_takes_no_memory_and_pushes_nothing_out() {
        let metrics = Arc::new(Metrics::default());
        let templates = Templates::of_size(&metrics, 1 << 20);
        let known: Vec<String> = (0..50)
            .map(|column| format!("SELECT c{column} FROM t WHERE id = 1"))
            .collect();
        for text in known.iter().chain(&known) {
            ask(&templates, text);
        }
        let before = metrics.template_bytes.get();
        let (_, mut normalized, template) = shape("SELECT once FROM t WHERE id = 1");
        let end = normalized.len();
        for number in 0..1_000_000_u64 {
            // what a hash of each of them would be
            let key = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            normalized.truncate(end);
            normalized.extend(number.to_le_bytes());
            assert!(templates.known(key, &normalized).is_none());
            templates.admit(key, &normalized, &template);
        }
        // halves of keys are alike once in a while
        assert!(metrics.templates.get() < 60, "{}", metrics.templates.get());
        assert!(metrics.template_bytes.get() < before * 2);
        assert_eq!(metrics.template_evictions.get(), 0);
        assert!(known.iter().all(|text| ask(&templates, text)));
    }

    #[test]
    fn shapes_that_come_twice_are_bounded_and_those_in_use_stay() {
        let metrics = Arc::new(Metrics::default());
        let most = 256 << 10;
        let templates = Templates::of_size(&metrics, most);
        let known = "SELECT a, b FROM t WHERE id = 1";
        assert!(!ask(&templates, known) && !ask(&templates, known));
        for number in 0..1_000 {
            let text = format!("SELECT c{number} FROM t WHERE id = 1");
            assert!(!ask(&templates, &text) && !ask(&templates, &text));
            assert!(ask(&templates, known), "{number}");
            assert!(metrics.template_bytes.get() <= i64::try_from(most).unwrap());
        }
        assert!(metrics.template_evictions.get() > 500);
        let kept = templates.parts.iter().map(|part| part.lock().unwrap());
        let kept: Vec<_> = kept
            .map(|part| (part.entries.len(), part.entries.bytes()))
            .collect();
        let sum = |values: Vec<usize>| i64::try_from(values.iter().sum::<usize>()).unwrap();
        assert_eq!(
            sum(kept.iter().map(|part| part.0).collect()),
            metrics.templates.get()
        );
        assert_eq!(
            sum(kept.iter().map(|part| part.1).collect()),
            metrics.template_bytes.get()
        );
    }

    #[test]
    fn sessions_side_by_side_get_the_template_of_their_own_text() {
        let templates = Templates::of_size(&Arc::new(Metrics::default()), 64 << 10);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let templates = &templates;
                scope.spawn(move || {
                    for round in 0..500 {
                        let table = (thread * 7 + round) % 40;
                        let text = format!("SELECT a FROM t{table} WHERE id = {round}");
                        // compares what it gets with what the text is
                        ask(templates, &text);
                    }
                });
            }
        });
    }
}
