//! Why a connection stays with its session.

/// Reasons to keep a connection, each until something ends it (contract 3.1, classes C and D).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pins(u8);

impl Pins {
    /// `LOCK TABLES`, until `UNLOCK TABLES` or a transaction begins.
    pub const TABLE_LOCKS: Self = Self(1);
    /// `GET_LOCK`, until the last lock is given back.
    pub const USER_LOCKS: Self = Self(1 << 1);
    /// A temporary table, until the session's end or reset.
    pub const TEMPORARY_TABLE: Self = Self(1 << 2);
    /// `HANDLER ... OPEN`
    pub const HANDLER: Self = Self(1 << 4);
    /// `PREPARE` in text
    pub const PREPARED_TEXT: Self = Self(1 << 5);
    /// State that a procedure, or a statement that could not be classified, left behind.
    pub const UNKNOWN_STATE: Self = Self(1 << 6);
    /// An XA transaction.
    pub const XA: Self = Self(1 << 7);

    /// No reason at all.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All reasons of `other` hold.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Adds reasons.
    pub fn insert(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Ends reasons.
    pub fn remove(&mut self, other: Self) {
        self.0 &= !other.0;
    }
}
