//! Status flags of OK and EOF packets.

use std::fmt;
use std::ops::BitOr;

/// A set of `SERVER_STATUS_*` flags.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct StatusFlags(pub u16);

impl StatusFlags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// `SERVER_STATUS_IN_TRANS`
    pub const IN_TRANS: Self = Self(0x0001);
    /// `SERVER_STATUS_AUTOCOMMIT`
    pub const AUTOCOMMIT: Self = Self(0x0002);
    /// `SERVER_MORE_RESULTS_EXISTS`
    pub const MORE_RESULTS: Self = Self(0x0008);
    /// `SERVER_QUERY_NO_GOOD_INDEX_USED`
    pub const NO_GOOD_INDEX_USED: Self = Self(0x0010);
    /// `SERVER_QUERY_NO_INDEX_USED`
    pub const NO_INDEX_USED: Self = Self(0x0020);
    /// `SERVER_STATUS_CURSOR_EXISTS`
    pub const CURSOR_EXISTS: Self = Self(0x0040);
    /// `SERVER_STATUS_LAST_ROW_SENT`
    pub const LAST_ROW_SENT: Self = Self(0x0080);
    /// `SERVER_STATUS_DB_DROPPED`
    pub const DB_DROPPED: Self = Self(0x0100);
    /// `SERVER_STATUS_NO_BACKSLASH_ESCAPES`; drivers choose their quoting by it.
    pub const NO_BACKSLASH_ESCAPES: Self = Self(0x0200);
    /// `SERVER_STATUS_METADATA_CHANGED`
    pub const METADATA_CHANGED: Self = Self(0x0400);
    /// `SERVER_QUERY_WAS_SLOW`
    pub const QUERY_WAS_SLOW: Self = Self(0x0800);
    /// `SERVER_PS_OUT_PARAMS`
    pub const PS_OUT_PARAMS: Self = Self(0x1000);
    /// `SERVER_STATUS_IN_TRANS_READONLY`
    pub const IN_TRANS_READONLY: Self = Self(0x2000);
    /// `SERVER_SESSION_STATE_CHANGED`: session changes follow the info.
    pub const SESSION_STATE_CHANGED: Self = Self(0x4000);
    /// `SERVER_STATUS_ANSI_QUOTES` of MariaDB.
    pub const ANSI_QUOTES: Self = Self(0x8000);

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// The flags set in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The flags set in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Sets `flags`.
    pub fn insert(&mut self, flags: Self) {
        self.0 |= flags.0;
    }

    /// Clears `flags`.
    pub fn remove(&mut self, flags: Self) {
        self.0 &= !flags.0;
    }
}

impl BitOr for StatusFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl fmt::Debug for StatusFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusFlags({:#06x})", self.0)
    }
}
