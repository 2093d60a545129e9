//! Prepared statements by what their texts are made of, so that a text need not be written only to be found.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::param_class::ParamClass;
use super::statements::{Hashed, PreparedId};

/// What a text that is sent to a server is made of. The same parts always make the same text.
#[derive(Clone, Copy, Debug)]
pub struct TextKey<'k> {
    /// The client's text: a number that no other text of the process has, or had.
    pub text: u64,
    /// What is edited in it: a number of the same kind; 0 where it goes as it is.
    pub edits: u64,
    /// The name that the edits put in.
    pub name: Option<&'k Arc<str>>,
}

/// A statement that was found by its text once.
#[derive(Debug)]
struct Known {
    text: u64,
    edits: u64,
    /// Kept, so that no other name gets its place in memory.
    name: Option<Arc<str>>,
    state: u64,
    classes: Box<[ParamClass]>,
    id: PreparedId,
    /// Where it is among the statements.
    place: u64,
    used: u64,
}

impl Known {
    fn is(&self, key: TextKey<'_>, state: u64, classes: &[ParamClass]) -> bool {
        let is_name = match (&self.name, key.name) {
            (Some(own), Some(name)) => Arc::ptr_eq(own, name),
            (None, None) => true,
            _ => false,
        };
        is_name
            && self.text == key.text
            && self.edits == key.edits
            && self.state == state
            && *self.classes == *classes
    }
}

/// The statements of one connection that are known so: no more than it has statements.
#[derive(Debug, Default)]
pub(super) struct KnownTexts {
    by_hash: HashMap<u64, Known, BuildHasherDefault<Hashed>>,
}

impl KnownTexts {
    /// The statement of a text prepared under the session state of this hash and last executed with parameters of these
    /// very classes; it is used `now`.
    pub(super) fn find(
        &mut self,
        key: TextKey<'_>,
        state: u64,
        classes: &[ParamClass],
        now: u64,
    ) -> Option<PreparedId> {
        let known = self.by_hash.get_mut(&hash(key, state))?;
        if !known.is(key, state, classes) {
            return None;
        }
        known.used = now;
        Some(known.id)
    }

    /// Keeps where the statement of a text is; of two texts of one hash the last, and no more than `most`.
    pub(super) fn insert(
        &mut self,
        key: TextKey<'_>,
        (state, classes): (u64, &[ParamClass]),
        (place, id): (u64, PreparedId),
        most: usize,
    ) {
        let hash = hash(key, state);
        if self.by_hash.len() >= most && !self.by_hash.contains_key(&hash) {
            self.by_hash.clear();
        }
        let known = Known {
            text: key.text,
            edits: key.edits,
            name: key.name.cloned(),
            state,
            classes: classes.into(),
            id,
            place,
            used: 0,
        };
        self.by_hash.insert(hash, known);
    }

    /// Places among the statements, and when they were last used from here.
    pub(super) fn uses(&self) -> impl Iterator<Item = (u64, u64)> {
        self.by_hash.values().map(|known| (known.place, known.used))
    }

    /// The statement at this place is there no more.
    pub(super) fn forget(&mut self, place: u64) {
        self.by_hash.retain(|_, known| known.place != place);
    }

    pub(super) fn clear(&mut self) {
        self.by_hash.clear();
    }
}

/// Spreads the parts; what decides is the parts themselves.
fn hash(key: TextKey<'_>, state: u64) -> u64 {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let name = key.name.map_or(0, |name| name.as_ptr().addr() as u64);
    let mut hash = state;
    for part in [key.text, key.edits, name] {
        hash = (hash ^ part).wrapping_mul(ODD).rotate_left(29);
    }
    hash
}
