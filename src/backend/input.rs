//! The reusable buffer between a socket and whoever reads its packets.

/// Size of a fresh buffer.
const FIRST_LEN: usize = 16 * 1024;
/// Size that a stream of full reads grows to, and that a resting connection keeps at most.
const STREAM_LEN: usize = 64 * 1024;
/// A whole frame of 16 MiB and its header fit, with room to read on.
pub(super) const MAX_LEN: usize = 16 * 1024 * 1024 + STREAM_LEN;

/// Bytes that were received and not consumed; grows only while they are not consumed.
#[derive(Debug)]
pub(super) struct Input {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    was_filled: bool,
}

impl Input {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; FIRST_LEN],
            start: 0,
            end: 0,
            was_filled: false,
        }
    }

    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
        if self.is_empty() {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Room to receive into; `None` if the bound is reached.
    pub(super) fn room(&mut self) -> Option<&mut [u8]> {
        if self.is_empty() && self.was_filled && self.bytes.len() < STREAM_LEN {
            self.bytes.resize(STREAM_LEN, 0);
        }
        if self.end == self.bytes.len() {
            self.make_room();
        }
        self.bytes
            .get_mut(self.end..)
            .filter(|room| !room.is_empty())
    }

    /// Notes that `count` bytes were received into the room.
    pub(super) fn received(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.bytes.len());
        self.was_filled = self.end == self.bytes.len();
    }

    /// Gives memory back that only a large packet needed.
    pub(super) fn shrink(&mut self) {
        if self.is_empty() && self.bytes.len() > STREAM_LEN {
            *self = Self::new();
        }
    }

    fn make_room(&mut self) {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        // moving a nearly full buffer again and again would cost more than growing it
        if self.end > self.bytes.len() / 2 {
            let len = (self.bytes.len() * 2).min(MAX_LEN);
            self.bytes.resize(len, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(input: &mut Input, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some(room) = input.room() else {
                return false;
            };
            let count = room.len().min(rest.len());
            room[..count].copy_from_slice(&rest[..count]);
            input.received(count);
            rest = &rest[count..];
        }
        true
    }

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let mut input = Input::new();
        let sent: Vec<u8> = (0..200_000_u32)
            .map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
            .collect();
        let mut got = Vec::new();
        for chunk in sent.chunks(7001) {
            assert!(receive(&mut input, chunk));
            let take = input.unread().len() - input.unread().len().min(13);
            got.extend_from_slice(&input.unread()[..take]);
            input.consume(take);
        }
        got.extend_from_slice(input.unread());
        assert_eq!(got, sent);
    }

    #[test]
    fn growth_ends_at_the_bound_and_a_resting_buffer_is_small() {
        let mut input = Input::new();
        assert!(receive(&mut input, &vec![1; MAX_LEN]));
        assert!(!receive(&mut input, &[1]));
        input.consume(MAX_LEN);
        input.shrink();
        assert_eq!(input.bytes.len(), FIRST_LEN);
    }

    #[test]
    fn consuming_too_much_is_not_a_panic() {
        let mut input = Input::new();
        assert!(receive(&mut input, b"abc"));
        input.consume(usize::MAX);
        assert!(input.is_empty());
    }
}
