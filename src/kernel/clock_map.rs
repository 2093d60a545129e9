//! A map bounded by bytes: what has not been asked for since the last time round gives way.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// Passes a key on: it is a hash already, and seeded.
#[derive(Clone, Copy, Debug, Default)]
struct KeyAsHash(u64);

impl Hasher for KeyAsHash {
    fn finish(&self) -> u64 {
        // the low bits are alike in one part
        self.0.rotate_right(u64::BITS / 2)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[derive(Debug)]
struct Place<V> {
    value: V,
    cost: usize,
    /// It was asked for since the hand last came by.
    is_used: bool,
}

/// Values by hash, at most so many bytes of them: a clock whose hand goes over the keys in the order in which they came.
#[derive(Debug)]
pub(super) struct ClockMap<V> {
    places: HashMap<u64, Place<V>, BuildHasherDefault<KeyAsHash>>,
    /// Each key once; the hand is at the front.
    order: VecDeque<u64>,
    bytes: usize,
    most: usize,
}

impl<V> ClockMap<V> {
    /// What a value costs beside its own bytes: its place, its key here and there, and room that maps keep free.
    pub(super) const OVERHEAD: usize = 2 * (size_of::<Place<V>>() + 3 * size_of::<u64>());

    /// A map for `most` bytes.
    pub(super) fn new(most: usize) -> Self {
        Self {
            places: HashMap::default(),
            order: VecDeque::new(),
            bytes: 0,
            most,
        }
    }

    pub(super) fn get(&mut self, key: u64) -> Option<&V> {
        let place = self.places.get_mut(&key)?;
        place.is_used = true;
        Some(&place.value)
    }

    /// Puts a value of so many bytes in, in place of one of the same key; how many others gave way. What is larger than
    /// the whole map is not taken.
    pub(super) fn insert(&mut self, key: u64, value: V, cost: usize) -> usize {
        let cost = cost + Self::OVERHEAD;
        self.remove(key);
        if cost > self.most {
            return 0;
        }
        let mut gone = 0;
        while self.bytes + cost > self.most && self.turn() {
            gone += 1;
        }
        let place = Place {
            value,
            cost,
            is_used: false,
        };
        self.places.insert(key, place);
        self.order.push_back(key);
        self.bytes += cost;
        gone
    }

    /// Values.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Bytes of all values.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets everything, and gives the memory back.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.most);
    }

    fn remove(&mut self, key: u64) {
        if let Some(place) = self.places.remove(&key) {
            self.bytes -= place.cost;
            // two keys of one hash, or two that came at once: rare enough to look for it
            self.order.retain(|other| *other != key);
        }
    }

    /// Turns the hand to the next value that was not asked for, which goes; false if there is none at all.
    fn turn(&mut self) -> bool {
        // the second time round none is used any more
        while let Some(key) = self.order.pop_front() {
            match self.places.get_mut(&key) {
                Some(place) if place.is_used => {
                    place.is_used = false;
                    self.order.push_back(key);
                }
                _ => {
                    let gone = self.places.remove(&key);
                    self.bytes -= gone.map_or(0, |place| place.cost);
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: usize = 100;

    fn of_four() -> ClockMap<u64> {
        ClockMap::new(4 * (COST + ClockMap::<u64>::OVERHEAD))
    }

    #[test]
    fn what_is_asked_for_outlives_what_is_not() {
        let mut map = of_four();
        for key in 0..4 {
            assert_eq!(map.insert(key, key, COST), 0);
        }
        for key in 4..1000 {
            assert_eq!(map.get(1), Some(&1));
            assert_eq!(map.get(3), Some(&3));
            assert_eq!(map.insert(key, key, COST), 1);
            assert_eq!(map.len(), 4);
            assert_eq!(map.order.len(), 4);
        }
        assert_eq!(map.get(999), Some(&999));
        assert_eq!(map.get(2), None);
    }

    #[test]
    fn where_everything_is_asked_for_the_oldest_goes() {
        let mut map = of_four();
        for key in 0..1000 {
            map.insert(key, key, COST);
            for known in 0..=key {
                map.get(known);
            }
            assert!(map.len() <= 4);
        }
    }

    #[test]
    fn a_large_value_takes_the_place_of_several_and_a_larger_one_none() {
        let mut map = of_four();
        for key in 0..4 {
            map.insert(key, key, COST);
        }
        assert_eq!(map.insert(7, 7, 2 * COST), 2);
        assert_eq!(map.len(), 3);
        assert_eq!(map.insert(8, 8, 1 << 20), 0);
        assert_eq!(map.get(8), None);
        assert_eq!(map.len(), 3);
        let before = map.bytes();
        map.insert(7, 8, 2 * COST);
        assert_eq!(map.get(7), Some(&8));
        assert_eq!(map.bytes(), before);
        map.clear();
        assert_eq!((map.len(), map.bytes()), (0, 0));
    }
}
