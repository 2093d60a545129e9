//! Text made from a source, each byte of which knows where it came from.

/// A run of bytes.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it begins in the text.
    at: usize,
    /// Where it comes from.
    source: usize,
    /// Its bytes follow each other in the source as they do here; else all of them come from one place.
    is_straight: bool,
}

/// Text with the way back to its source.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// The text.
    pub bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Mapped {
    /// A source's own bytes, which begin at `source`.
    #[must_use]
    pub fn straight(bytes: &[u8], source: usize) -> Self {
        let mut mapped = Self::default();
        mapped.push(bytes, source);
        mapped
    }

    /// Adds bytes of the source that begin at `source`.
    pub fn push(&mut self, bytes: &[u8], source: usize) {
        self.add(bytes, source, true);
    }

    /// Adds bytes that stand for something else at `source`.
    pub fn push_made(&mut self, bytes: &[u8], source: usize) {
        self.add(bytes, source, false);
    }

    fn add(&mut self, bytes: &[u8], source: usize, is_straight: bool) {
        if bytes.is_empty() {
            return;
        }
        let at = self.bytes.len();
        let follows = self.pieces.last().is_some_and(|last| {
            is_straight && last.is_straight && last.source + (at - last.at) == source
        });
        if !follows {
            self.pieces.push(Piece {
                at,
                source,
                is_straight,
            });
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Adds a range of another text with the same source.
    pub fn push_range(&mut self, other: &Mapped, from: usize, to: usize) {
        let mut at = from;
        while at < to {
            let index = other.pieces.partition_point(|piece| piece.at <= at);
            let next = other
                .pieces
                .get(index)
                .map_or(other.bytes.len(), |piece| piece.at);
            let end = next.min(to);
            let Some(piece) = index
                .checked_sub(1)
                .and_then(|index| other.pieces.get(index))
            else {
                return;
            };
            let bytes = other.bytes.get(at..end).unwrap_or_default();
            self.add(bytes, other.source(at), piece.is_straight);
            if end <= at {
                return;
            }
            at = end;
        }
    }

    /// Where the byte at `at` comes from; behind the last one, what follows it.
    #[must_use]
    pub fn source(&self, at: usize) -> usize {
        let index = self.pieces.partition_point(|piece| piece.at <= at);
        match index
            .checked_sub(1)
            .and_then(|index| self.pieces.get(index))
        {
            Some(piece) if piece.is_straight => piece.source + (at - piece.at),
            Some(piece) => piece.source,
            None => 0,
        }
    }

    /// Where what stands before `end` ends in the source, seen from a `start` before it.
    #[must_use]
    pub fn source_end(&self, end: usize) -> usize {
        match end.checked_sub(1) {
            Some(last) => self.source(last) + 1,
            None => self.source(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_know_where_they_came_from() {
        let mut mapped = Mapped::straight(b"SELECT ", 10);
        mapped.push_made(b"unknown", 17);
        mapped.push(b" FROM t", 25);
        assert_eq!(mapped.bytes, b"SELECT unknown FROM t");
        assert_eq!((mapped.source(0), mapped.source(6)), (10, 16));
        assert_eq!((mapped.source(7), mapped.source(13)), (17, 17));
        assert_eq!((mapped.source(15), mapped.source_end(21)), (26, 32));
        let mut part = Mapped::default();
        part.push_range(&mapped, 5, 17);
        assert_eq!(part.bytes, b"T unknown FR");
        assert_eq!(
            (part.source(0), part.source(4), part.source(10)),
            (15, 17, 26)
        );
    }
}
