//! Scratch buffers that a statement is worked on with, kept by the thread and not by the session: one that waits for its next
//! command holds none, and the next statement of whatever session finds them warm.

use std::cell::RefCell;
use std::collections::VecDeque;

use crate::sql::Lexed;

/// A buffer of more bytes is given back to the system. What one flush of a large result takes is not: up to 64 KiB, in a
/// buffer that has doubled until it held them.
const LARGEST: usize = 128 * 1024;
/// Bytes of all buffers that lie ready together. More are wanted at once only where many sessions wait for connections.
const MOST_BYTES: usize = 256 * 1024;
/// Buffers that lie ready, as small ones cost more than their bytes.
const MOST_BUFFERS: usize = 256;
/// A text's tokens take no more room here.
const MOST_TOKENS: usize = 1024;
/// Rooms for tokens that lie ready.
const MOST_LEXED: usize = 64;

#[derive(Default)]
struct Scratch {
    /// The last one is the warmest and the next to be lent.
    bytes: VecDeque<Vec<u8>>,
    /// The capacity of them together.
    total: usize,
    lexed: Vec<Lexed>,
}

impl Scratch {
    fn take_bytes(&mut self) -> Option<Vec<u8>> {
        let bytes = self.bytes.pop_back()?;
        self.total -= bytes.capacity();
        Some(bytes)
    }

    fn put_bytes(&mut self, bytes: Vec<u8>) {
        self.total += bytes.capacity();
        self.bytes.push_back(bytes);
        // the coldest give way, so that many small ones do not keep a large one out for ever
        while self.total > MOST_BYTES || self.bytes.len() > MOST_BUFFERS {
            let Some(coldest) = self.bytes.pop_front() else {
                break;
            };
            self.total -= coldest.capacity();
        }
    }
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// An empty buffer, mostly one with room in it.
#[must_use]
pub fn take_bytes() -> Vec<u8> {
    SCRATCH
        .with_borrow_mut(Scratch::take_bytes)
        .unwrap_or_default()
}

/// Gives a buffer back; what is in it is gone.
pub fn put_bytes(mut bytes: Vec<u8>) {
    if bytes.capacity() == 0 || bytes.capacity() > LARGEST {
        return;
    }
    bytes.clear();
    SCRATCH.with_borrow_mut(|scratch| scratch.put_bytes(bytes));
}

/// Room for a text's tokens.
pub(super) fn take_lexed() -> Lexed {
    SCRATCH
        .with_borrow_mut(|scratch| scratch.lexed.pop())
        .unwrap_or_default()
}

/// Gives it back. What is in it stays until it is lexed into again.
pub(super) fn put_lexed(lexed: Lexed) {
    if lexed.tokens.capacity() > MOST_TOKENS || lexed.comments.capacity() > MOST_TOKENS {
        return;
    }
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.lexed.len() < MOST_LEXED {
            scratch.lexed.push(lexed);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_back_is_lent_again_empty() {
        let mut bytes = take_bytes();
        bytes.extend_from_slice(b"of another session");
        let room = bytes.capacity();
        put_bytes(bytes);
        let again = take_bytes();
        assert_eq!((again.len(), again.capacity()), (0, room));
    }

    #[test]
    fn neither_many_nor_large_ones_are_kept() {
        put_bytes(Vec::with_capacity(LARGEST + 1));
        assert_eq!(take_bytes().capacity(), 0);
        let most = MOST_BYTES / LARGEST;
        for _ in 0..2 {
            (0..2 * most).for_each(|_| put_bytes(Vec::with_capacity(LARGEST)));
            let kept = (0..2 * most).filter(|_| take_bytes().capacity() > 0);
            assert_eq!(kept.count(), most, "and what was taken makes room again");
        }
        (0..2 * MOST_BUFFERS).for_each(|_| put_bytes(Vec::with_capacity(8)));
        let kept = (0..2 * MOST_BUFFERS).filter(|_| take_bytes().capacity() > 0);
        assert_eq!(kept.count(), MOST_BUFFERS);
        let mut lexed = take_lexed();
        lexed.tokens.reserve(MOST_TOKENS + 1);
        put_lexed(lexed);
        assert_eq!(take_lexed().tokens.capacity(), 0);
    }

    #[test]
    fn a_large_one_is_kept_after_many_small_ones() {
        (0..MOST_BYTES / 4096).for_each(|_| put_bytes(Vec::with_capacity(4096)));
        // as rows of 1,000 bytes make it
        let mut large: Vec<u8> = Vec::with_capacity(1004);
        (0..65).for_each(|_| large.extend_from_slice(&[0; 1004]));
        let room = large.capacity();
        assert!(room > 64 * 1024);
        put_bytes(large);
        assert_eq!(take_bytes().capacity(), room);
        while take_bytes().capacity() > 0 {}
    }
}
