//! Statements that one connection has prepared on its server, least recently used first out.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::known_texts::{KnownTexts, TextKey};
use super::param_class::{ParamClass, admit};

/// Texts of one connection's statements take no more memory than this, here and about as much
/// again on the server.
const MAX_BYTES: usize = 1 << 20;
/// A longer text is not worth its place.
const MAX_TEXT: usize = MAX_BYTES / 8;
/// Statements of one text that differ only in the classes of their parameters' types.
const VARIANTS: u64 = 4;

/// A statement as its server knows it on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreparedId {
    /// The server's id.
    pub statement_id: u32,
    /// Number of parameters.
    pub params: u16,
    /// Number of columns, 0 without a result set.
    pub columns: u16,
}

/// Statements by text and by the session state under which they were prepared: a server reads a
/// text by the `sql_mode` and the character set of that time. A text whose parameters come with
/// types of several classes has a statement for each.
#[derive(Debug, Default)]
pub(super) struct Statements {
    by_hash: HashMap<u64, Statement, BuildHasherDefault<Hashed>>,
    known: KnownTexts,
    bytes: usize,
    /// Counts uses.
    now: u64,
    limit: usize,
    /// Room for the classes of the next execution.
    classes: Vec<ParamClass>,
    /// To be closed before the next prepare.
    unwanted: Vec<u32>,
    /// Statements with a cursor, which belong to the session that holds the connection.
    private: Vec<u32>,
}

#[derive(Debug)]
struct Statement {
    sql: Box<[u8]>,
    state: u64,
    /// What its parameters were executed with.
    classes: Box<[ParamClass]>,
    id: PreparedId,
    used: u64,
}

/// For keys that are hashes already.
#[derive(Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Statement {
    fn serves(&self, sql: &[u8], state: u64, classes: &[ParamClass]) -> bool {
        *self.sql == *sql && self.state == state && ParamClass::agree(&self.classes, classes)
    }

    fn bytes(&self) -> usize {
        self.sql.len() + self.classes.len()
    }
}

impl Statements {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// The statement of a text for parameters of these classes; it is theirs from now on. Without
    /// classes any statement of the text will do.
    pub(super) fn find(
        &mut self,
        sql: &[u8],
        state: u64,
        classes: &[ParamClass],
    ) -> Option<PreparedId> {
        for hash in hashes(sql, state) {
            let Some(statement) = self.by_hash.get_mut(&hash) else {
                continue;
            };
            if statement.serves(sql, state, classes) {
                admit(&mut statement.classes, classes);
                self.now += 1;
                statement.used = self.now;
                return Some(statement.id);
            }
        }
        None
    }

    /// As [`Statements::find`], by what the text is made of, if it was noted so.
    pub(super) fn find_known(
        &mut self,
        key: TextKey<'_>,
        state: u64,
        classes: &[ParamClass],
    ) -> Option<PreparedId> {
        let found = self.known.find(key, state, classes, self.now + 1)?;
        self.now += 1;
        Some(found)
    }

    /// The text that is made of this is the one whose statement was found or inserted last under this state for these
    /// classes: the next time it need not be written.
    pub(super) fn note(
        &mut self,
        key: TextKey<'_>,
        sql: &[u8],
        state: u64,
        classes: &[ParamClass],
    ) {
        let Some(place) = self.variant(sql, state, classes) else {
            return;
        };
        let Some(id) = self.by_hash.get(&place).map(|statement| statement.id) else {
            return;
        };
        // some may be forgotten for it
        self.take_over_uses();
        self.known
            .insert(key, (state, classes), (place, id), self.limit);
    }

    /// Those that were found by what their texts are made of have been used, too.
    fn take_over_uses(&mut self) {
        for (place, used) in self.known.uses() {
            if let Some(statement) = self.by_hash.get_mut(&place) {
                statement.used = statement.used.max(used);
            }
        }
    }

    /// Whether the statement is of this text, prepared under this state.
    pub(super) fn holds(&self, id: PreparedId, sql: &[u8], state: u64) -> bool {
        let mut all = self.by_hash.values();
        all.any(|known| known.id == id && known.serves(sql, state, &[]))
    }

    /// Keeps a statement just prepared and gives up those that have no place any more.
    pub(super) fn insert(
        &mut self,
        sql: &[u8],
        state: u64,
        classes: &[ParamClass],
        id: PreparedId,
    ) {
        let mut statement = Statement {
            sql: sql.into(),
            state,
            classes: vec![ParamClass::default(); id.params.into()].into(),
            id,
            used: self.now + 1,
        };
        if self.limit == 0 || statement.bytes() > MAX_TEXT {
            self.unwanted.push(id.statement_id);
            return;
        }
        admit(&mut statement.classes, classes);
        self.take_over_uses();
        let hash = self.place(sql, state, classes);
        self.remove(hash);
        while self.by_hash.len() >= self.limit || self.bytes + statement.bytes() > MAX_BYTES {
            let oldest = self.by_hash.iter().min_by_key(|(_, old)| old.used);
            let Some((&oldest, _)) = oldest else { break };
            self.remove(oldest);
        }
        self.now += 1;
        self.bytes += statement.bytes();
        self.by_hash.insert(hash, statement);
    }

    /// Forgets a text under all states.
    pub(super) fn forget(&mut self, sql: &[u8]) {
        let hashes = self.by_hash.iter().filter(|(_, old)| *old.sql == *sql);
        let hashes: Vec<u64> = hashes.map(|(&hash, _)| hash).collect();
        for hash in hashes {
            self.remove(hash);
        }
    }

    /// Gives up every cached statement.
    pub(super) fn evict_all(&mut self) {
        let ids = self.by_hash.drain().map(|(_, old)| old.id.statement_id);
        self.unwanted.extend(ids);
        self.known.clear();
        self.bytes = 0;
    }

    /// The server has forgotten them all.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.limit);
    }

    /// Empty, with the capacity of the last one.
    pub(super) fn take_classes(&mut self) -> Vec<ParamClass> {
        std::mem::take(&mut self.classes)
    }

    pub(super) fn keep_classes(&mut self, mut classes: Vec<ParamClass>) {
        classes.clear();
        self.classes = classes;
    }

    /// What is to be closed before the next prepare.
    pub(super) fn take_unwanted(&mut self) -> Option<u32> {
        self.unwanted.pop()
    }

    pub(super) fn add_private(&mut self, statement_id: u32) {
        self.private.push(statement_id);
    }

    /// Whether it was one.
    pub(super) fn remove_private(&mut self, statement_id: u32) -> bool {
        let before = self.private.len();
        self.private.retain(|&id| id != statement_id);
        self.private.len() < before
    }

    pub(super) fn has_private(&self) -> bool {
        !self.private.is_empty()
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.by_hash.len()
    }

    fn remove(&mut self, hash: u64) {
        if let Some(old) = self.by_hash.remove(&hash) {
            self.bytes -= old.bytes();
            self.known.forget(hash);
            self.unwanted.push(old.id.statement_id);
        }
    }

    /// Where the statement for these classes is.
    fn variant(&self, sql: &[u8], state: u64, classes: &[ParamClass]) -> Option<u64> {
        hashes(sql, state).find(|hash| {
            let statement = self.by_hash.get(hash);
            statement.is_some_and(|statement| statement.serves(sql, state, classes))
        })
    }

    /// Where it goes: in place of one like it, else where nothing is, else in place of the oldest.
    fn place(&self, sql: &[u8], state: u64, classes: &[ParamClass]) -> u64 {
        let used = |hash: &u64| self.by_hash.get(hash).map_or(0, |statement| statement.used);
        self.variant(sql, state, classes)
            .or_else(|| hashes(sql, state).min_by_key(used))
            .unwrap_or_default()
    }
}

/// Where statements of a text are. Two texts of one hash take each other's place; they are never
/// taken for each other.
fn hashes(sql: &[u8], state: u64) -> impl Iterator<Item = u64> {
    let first = xxh3_64_with_seed(sql, state);
    (0..VARIANTS).map(move |variant| first.wrapping_add(variant))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn id(statement_id: u32) -> PreparedId {
        PreparedId {
            statement_id,
            params: 1,
            columns: 2,
        }
    }

    fn unwanted(statements: &mut Statements) -> Vec<u32> {
        let mut ids: Vec<u32> = std::iter::from_fn(|| statements.take_unwanted()).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn a_statement_is_found_under_its_text_and_state_alone() {
        let mut statements = Statements::new(8);
        statements.insert(b"SELECT ?", 1, &[], id(7));
        assert_eq!(statements.find(b"SELECT ?", 1, &[]), Some(id(7)));
        assert_eq!(statements.find(b"SELECT ?", 2, &[]), None);
        assert_eq!(statements.find(b"SELECT ? ", 1, &[]), None);
        statements.insert(b"SELECT ?", 2, &[], id(8));
        assert_eq!(statements.find(b"SELECT ?", 1, &[]), Some(id(7)));
        statements.forget(b"SELECT ?");
        assert_eq!((statements.len(), statements.bytes), (0, 0));
        assert_eq!(unwanted(&mut statements), [7, 8]);
    }

    fn key(text: u64, edits: u64, name: Option<&Arc<str>>) -> TextKey<'_> {
        TextKey { text, edits, name }
    }

    #[test]
    fn a_statement_is_known_by_all_that_its_text_is_made_of() {
        let mut statements = Statements::new(8);
        let (one, other): (Arc<str>, Arc<str>) = ("t_1".into(), "t_2".into());
        let own = key(3, 4, Some(&one));
        statements.insert(b"SELECT ?", 1, &[], id(7));
        assert_eq!(statements.find_known(own, 1, &[]), None);
        statements.note(own, b"SELECT ?", 1, &[]);
        assert_eq!(statements.find_known(own, 1, &[]), Some(id(7)));
        assert!(statements.holds(id(7), b"SELECT ?", 1));
        assert!(!statements.holds(id(7), b"SELECT ?", 2) && !statements.holds(id(7), b"SELECT", 1));
        let same_letters: Arc<str> = "t_1".into();
        for (key, state) in [
            (own, 2),
            (key(4, 4, Some(&one)), 1),
            (key(3, 5, Some(&one)), 1),
            (key(3, 4, Some(&other)), 1),
            (key(3, 4, Some(&same_letters)), 1),
            (key(3, 4, None), 1),
        ] {
            assert_eq!(statements.find_known(key, state, &[]), None, "{key:?}");
        }
        // nothing is noted of a text that is not there
        statements.note(key(9, 0, None), b"SELECT 1", 1, &[]);
        assert_eq!(statements.find_known(key(9, 0, None), 1, &[]), None);
    }

    #[test]
    fn what_is_given_up_is_known_no_more() {
        let give_up: [fn(&mut Statements); 5] = [
            |statements| statements.forget(b"a"),
            Statements::evict_all,
            Statements::clear,
            |statements| {
                statements.insert(b"b", 0, &[], id(2));
                statements.insert(b"c", 0, &[], id(3));
            },
            // prepared anew
            |statements| statements.insert(b"a", 0, &[], id(4)),
        ];
        for give_up in give_up {
            let mut statements = Statements::new(2);
            statements.insert(b"a", 0, &[], id(1));
            statements.note(key(1, 0, None), b"a", 0, &[]);
            assert_eq!(statements.find_known(key(1, 0, None), 0, &[]), Some(id(1)));
            give_up(&mut statements);
            assert_eq!(statements.find_known(key(1, 0, None), 0, &[]), None);
        }
    }

    #[test]
    fn a_statement_in_use_stays_however_it_is_found() {
        let mut statements = Statements::new(2);
        statements.insert(b"a", 0, &[], id(1));
        statements.note(key(1, 0, None), b"a", 0, &[]);
        statements.insert(b"b", 0, &[], id(2));
        assert!(statements.find_known(key(1, 0, None), 0, &[]).is_some());
        statements.insert(b"c", 0, &[], id(3));
        assert_eq!(unwanted(&mut statements), [2]);
        assert_eq!(statements.find_known(key(1, 0, None), 0, &[]), Some(id(1)));
    }

    #[test]
    fn a_known_text_is_executed_with_the_very_classes_of_before() {
        let (text, number) = ([ParamClass::Text], [ParamClass::Double]);
        let mut statements = Statements::new(8);
        for (n, classes) in [(1, &number), (2, &text)] {
            statements.insert(b"SELECT ?", 0, classes, id(n));
            statements.note(key(1, 0, None), b"SELECT ?", 0, classes);
        }
        assert_eq!(
            statements.find_known(key(1, 0, None), 0, &text),
            Some(id(2))
        );
        for others in [number, [ParamClass::Undecided]] {
            assert_eq!(statements.find_known(key(1, 0, None), 0, &others), None);
        }
    }

    #[test]
    fn known_texts_are_no_more_than_statements() {
        let mut statements = Statements::new(4);
        statements.insert(b"a", 0, &[], id(1));
        for text in 0..100 {
            statements.note(key(text, 0, None), b"a", 0, &[]);
        }
        assert!(statements.known.uses().count() <= 4);
        assert_eq!(statements.find_known(key(99, 0, None), 0, &[]), Some(id(1)));
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut statements = Statements::new(2);
        statements.insert(b"a", 0, &[], id(1));
        statements.insert(b"b", 0, &[], id(2));
        assert!(statements.find(b"a", 0, &[]).is_some());
        statements.insert(b"c", 0, &[], id(3));
        assert_eq!(unwanted(&mut statements), [2]);
        assert!(statements.find(b"a", 0, &[]).is_some());
        // prepared anew, after the server refused the old id
        statements.insert(b"a", 0, &[], id(4));
        assert_eq!(unwanted(&mut statements), [1]);
        assert_eq!(statements.find(b"a", 0, &[]), Some(id(4)));
    }

    #[test]
    fn texts_take_bounded_memory() {
        let mut statements = Statements::new(1000);
        for n in 0..100_u32 {
            let mut sql = vec![b' '; MAX_TEXT - 1];
            sql[..4].copy_from_slice(&n.to_le_bytes());
            statements.insert(&sql, 0, &[], id(n));
            assert!(statements.bytes <= MAX_BYTES);
        }
        assert_eq!(statements.len(), MAX_BYTES / MAX_TEXT);
        statements.insert(&vec![b' '; MAX_TEXT + 1], 0, &[], id(1000));
        assert_eq!(unwanted(&mut statements).last(), Some(&1000));
        statements.evict_all();
        assert_eq!(unwanted(&mut statements).len(), MAX_BYTES / MAX_TEXT);
        assert_eq!(statements.bytes, 0);
    }

    #[test]
    fn a_statement_serves_parameters_of_its_own_classes_alone() {
        let (text, number) = ([ParamClass::Text], [ParamClass::Double]);
        let mut statements = Statements::new(8);
        statements.insert(b"SELECT ?", 0, &number, id(1));
        assert_eq!(statements.find(b"SELECT ?", 0, &text), None);
        statements.insert(b"SELECT ?", 0, &text, id(2));
        assert_eq!(statements.find(b"SELECT ?", 0, &number), Some(id(1)));
        assert_eq!(statements.find(b"SELECT ?", 0, &text), Some(id(2)));
        // NULL has no type of its own
        let null = [ParamClass::Undecided];
        assert!(statements.find(b"SELECT ?", 0, &null).is_some());
        assert_eq!(statements.find(b"SELECT ?", 0, &text), Some(id(2)));
        assert_eq!(unwanted(&mut statements), [0_u32; 0]);
    }

    #[test]
    fn a_statement_executed_with_null_alone_becomes_that_of_the_first_type() {
        let mut statements = Statements::new(8);
        statements.insert(b"SELECT ?", 0, &[ParamClass::Undecided], id(1));
        let first = statements.find(b"SELECT ?", 0, &[ParamClass::Double]);
        assert_eq!(first, Some(id(1)));
        assert_eq!(statements.find(b"SELECT ?", 0, &[ParamClass::Text]), None);
    }

    #[test]
    fn a_text_has_a_bounded_number_of_statements() {
        let classes = [
            ParamClass::Signed,
            ParamClass::Unsigned,
            ParamClass::Double,
            ParamClass::Decimal,
            ParamClass::Text,
        ];
        let mut statements = Statements::new(100);
        for (n, class) in (0..).zip(classes) {
            statements.insert(b"SELECT ?", 0, &[class], id(n));
        }
        assert_eq!(statements.len(), 4);
        assert_eq!(unwanted(&mut statements), [0]);
        assert_eq!(
            statements.find(b"SELECT ?", 0, &[ParamClass::Text]),
            Some(id(4))
        );
        statements.forget(b"SELECT ?");
        assert_eq!((statements.len(), statements.bytes), (0, 0));
    }

    #[test]
    fn a_connection_may_be_told_to_keep_none() {
        let mut statements = Statements::new(0);
        statements.insert(b"a", 0, &[], id(1));
        assert_eq!(statements.find(b"a", 0, &[]), None);
        assert_eq!(unwanted(&mut statements), [1]);
    }
}
