//! A list that mostly has one item, which then needs no heap.

use std::fmt::{Debug, Formatter};
use std::ops::Deref;
use std::{fmt, mem, slice, vec};

/// Items in order. Two of them are equal if their items are.
#[derive(Clone)]
pub struct ShortList<T>(Items<T>);

#[derive(Clone)]
enum Items<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> ShortList<T> {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Items::Many(Vec::new()))
    }

    /// The one item.
    #[must_use]
    pub const fn one(item: T) -> Self {
        Self(Items::One(item))
    }

    /// Nothing, with room for so many.
    #[must_use]
    pub fn with_capacity(count: usize) -> Self {
        match count {
            0 | 1 => Self::new(),
            several => Self(Items::Many(Vec::with_capacity(several))),
        }
    }

    /// Puts an item behind the others.
    pub fn push(&mut self, item: T) {
        self.0 = match mem::replace(&mut self.0, Items::Many(Vec::new())) {
            Items::Many(items) if items.capacity() == 0 => Items::One(item),
            Items::Many(mut items) => {
                items.push(item);
                Items::Many(items)
            }
            Items::One(first) => Items::Many(vec![first, item]),
        };
    }

    /// The items.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        match &self.0 {
            Items::One(item) => slice::from_ref(item),
            Items::Many(items) => items,
        }
    }
}

impl<T> Default for ShortList<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for ShortList<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T> From<Vec<T>> for ShortList<T> {
    fn from(items: Vec<T>) -> Self {
        Self(Items::Many(items))
    }
}

impl<T> FromIterator<T> for ShortList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        let Some(first) = items.next() else {
            return Self::new();
        };
        let Some(second) = items.next() else {
            return Self::one(first);
        };
        Self(Items::Many(
            [first, second].into_iter().chain(items).collect(),
        ))
    }
}

impl<'a, T> IntoIterator for &'a ShortList<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter()
    }
}

impl<T> IntoIterator for ShortList<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        match self.0 {
            Items::One(item) => vec![item].into_iter(),
            Items::Many(items) => items.into_iter(),
        }
    }
}

impl<T: PartialEq> PartialEq for ShortList<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Eq> Eq for ShortList<T> {}

impl<T: Debug> Debug for ShortList<T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_list_that_it_was_made_of() {
        for items in [vec![], vec![7], vec![7, 8], vec![7, 8, 9]] {
            let gathered: ShortList<i32> = items.iter().copied().collect();
            let taken = ShortList::from(items.clone());
            assert_eq!(gathered, taken);
            for room in [0, items.len()] {
                let mut pushed = ShortList::with_capacity(room);
                items.iter().for_each(|item| pushed.push(*item));
                assert_eq!(pushed, taken);
            }
            assert_eq!(gathered.as_slice(), items);
            assert_eq!(taken.into_iter().collect::<Vec<_>>(), items);
            assert_eq!(format!("{gathered:?}"), format!("{items:?}"));
        }
        assert_eq!(ShortList::one(7), ShortList::from(vec![7]));
    }
}
