//! Buffers that a statement is worked on with, kept by the thread and not by the session: one that waits for its next
//! command holds none, and the next statement of whatever session finds them warm.

use std::cell::RefCell;

use crate::sql::Lexed;

/// So many of a kind lie ready; more are wanted at once only where many sessions wait for connections.
const MOST: usize = 64;
/// A buffer of more bytes is given back to the system.
const MOST_BYTES: usize = 16 * 1024;
/// As [`MOST_BYTES`], of tokens.
const MOST_TOKENS: usize = 1024;

#[derive(Default)]
struct Desk {
    bytes: Vec<Vec<u8>>,
    lexed: Vec<Lexed>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// An empty buffer, mostly one with room in it.
#[must_use]
pub fn take_bytes() -> Vec<u8> {
    DESK.with_borrow_mut(|desk| desk.bytes.pop())
        .unwrap_or_default()
}

/// Gives a buffer back; what is in it is gone.
pub fn put_bytes(mut bytes: Vec<u8>) {
    if bytes.capacity() == 0 || bytes.capacity() > MOST_BYTES {
        return;
    }
    bytes.clear();
    DESK.with_borrow_mut(|desk| {
        if desk.bytes.len() < MOST {
            desk.bytes.push(bytes);
        }
    });
}

/// Room for a text's tokens.
pub(super) fn take_lexed() -> Lexed {
    DESK.with_borrow_mut(|desk| desk.lexed.pop())
        .unwrap_or_default()
}

/// Gives it back. What is in it stays until it is lexed into again.
pub(super) fn put_lexed(lexed: Lexed) {
    if lexed.tokens.capacity() > MOST_TOKENS || lexed.comments.capacity() > MOST_TOKENS {
        return;
    }
    DESK.with_borrow_mut(|desk| {
        if desk.lexed.len() < MOST {
            desk.lexed.push(lexed);
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
        put_bytes(Vec::with_capacity(MOST_BYTES + 1));
        assert_eq!(take_bytes().capacity(), 0);
        for _ in 0..2 * MOST {
            put_bytes(Vec::with_capacity(1));
        }
        let kept = (0..2 * MOST).filter(|_| take_bytes().capacity() > 0);
        assert_eq!(kept.count(), MOST);
        let mut lexed = take_lexed();
        lexed.tokens.reserve(MOST_TOKENS + 1);
        put_lexed(lexed);
        assert_eq!(take_lexed().tokens.capacity(), 0);
    }
}
