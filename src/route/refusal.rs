//! Why a statement is not routed: code, SQLSTATE, text.

use std::fmt;

/// Every kind of refusal; one table in the docs is generated from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RefusalCode {
    /// No sharding value (20090/42000).
    NoShardingValue,
    /// A sharding column would change (20031/44000).
    ShardingColumnUpdated,
    /// LIMIT of UPDATE / DELETE over several nodes (20036/42000).
    LimitOverNodes,
    /// Unsupported on a sharded table (20030/0A000).
    UnsupportedOnSharded,
    /// Several sharded tables not on one node (20035/0A000).
    TablesNotTogether,
    /// One INSERT row leads to several nodes (20056/44000).
    RowOverNodes,
    /// The key of an INSERT is missing or NULL (20020/44000).
    KeyMissing,
    /// INSERT ... SELECT (20034/44000).
    InsertSelect,
    /// A hint's data source is unknown (12200/42000).
    HintDataSource,
    /// The clock moved back (10440/HY000).
    ClockMovedBack,
    /// A second data source is written in a transaction (29001/25000).
    SecondWriter,
    /// A statement on a sharded table is not understood (29002/42000).
    NotUnderstood,
    /// An actual table or schema is named (29003/42000).
    ActualName,
    /// Unknown hint key (29004/42000).
    UnknownHint,
    /// No right to a hint, DDL or full route (29005/42000).
    NoRight,
    /// Allowed, but the answer needs merging (29006/0A000).
    NeedsMerge,
    /// A pinned connection on another node is needed (29007/HY000).
    PinnedElsewhere,
    /// A write to several nodes (29008/0A000).
    WriteOverNodes,
    /// The outcome of a sent write is unknown (29009/08S01).
    OutcomeUnknown,
    /// No connection in time (29010/HY000).
    PoolTimeout,
    /// Data source down (29011/HY000).
    SourceDown,
    /// Two writers (29012/HY000).
    TwoWriters,
    /// Denied by the digest list (29013/42000).
    DigestDenied,
    /// DDL partly done (29014/HY000).
    DdlPartlyDone,
    /// A local table outside a transaction that writes (29015/42000).
    LocalOutsideTransaction,
    /// Unknown database (1049/42000).
    UnknownDatabase,
    /// Unknown table (1146/42S02).
    UnknownTable,
    /// Unknown column (1054/42S22).
    UnknownColumn,
    /// Syntax (1064/42000).
    Syntax,
    /// Column count does not match value count (1136/21S01).
    ColumnCount,
    /// Not supported (1235/42000).
    NotSupported,
}

impl RefusalCode {
    /// Every kind, for tables in the documentation.
    pub const ALL: [Self; 31] = [
        Self::NoShardingValue,
        Self::ShardingColumnUpdated,
        Self::LimitOverNodes,
        Self::UnsupportedOnSharded,
        Self::TablesNotTogether,
        Self::RowOverNodes,
        Self::KeyMissing,
        Self::InsertSelect,
        Self::HintDataSource,
        Self::ClockMovedBack,
        Self::SecondWriter,
        Self::NotUnderstood,
        Self::ActualName,
        Self::UnknownHint,
        Self::NoRight,
        Self::NeedsMerge,
        Self::PinnedElsewhere,
        Self::WriteOverNodes,
        Self::OutcomeUnknown,
        Self::PoolTimeout,
        Self::SourceDown,
        Self::TwoWriters,
        Self::DigestDenied,
        Self::DdlPartlyDone,
        Self::LocalOutsideTransaction,
        Self::UnknownDatabase,
        Self::UnknownTable,
        Self::UnknownColumn,
        Self::Syntax,
        Self::ColumnCount,
        Self::NotSupported,
    ];

    /// Error number and SQLSTATE on the wire (contract 5.3).
    #[must_use]
    pub fn number(self) -> (u16, &'static str) {
        match self {
            Self::NoShardingValue => (20090, "42000"),
            Self::ShardingColumnUpdated => (20031, "44000"),
            Self::LimitOverNodes => (20036, "42000"),
            Self::UnsupportedOnSharded => (20030, "0A000"),
            Self::TablesNotTogether => (20035, "0A000"),
            Self::RowOverNodes => (20056, "44000"),
            Self::KeyMissing => (20020, "44000"),
            Self::InsertSelect => (20034, "44000"),
            Self::HintDataSource => (12200, "42000"),
            Self::ClockMovedBack => (10440, "HY000"),
            Self::SecondWriter => (29001, "25000"),
            Self::NotUnderstood => (29002, "42000"),
            Self::ActualName => (29003, "42000"),
            Self::UnknownHint => (29004, "42000"),
            Self::NoRight => (29005, "42000"),
            Self::NeedsMerge => (29006, "0A000"),
            Self::PinnedElsewhere => (29007, "HY000"),
            Self::WriteOverNodes => (29008, "0A000"),
            Self::OutcomeUnknown => (29009, "08S01"),
            Self::PoolTimeout => (29010, "HY000"),
            Self::SourceDown => (29011, "HY000"),
            Self::TwoWriters => (29012, "HY000"),
            Self::DigestDenied => (29013, "42000"),
            Self::DdlPartlyDone => (29014, "HY000"),
            Self::LocalOutsideTransaction => (29015, "42000"),
            Self::UnknownDatabase => (1049, "42000"),
            Self::UnknownTable => (1146, "42S02"),
            Self::UnknownColumn => (1054, "42S22"),
            Self::Syntax => (1064, "42000"),
            Self::ColumnCount => (1136, "21S01"),
            Self::NotSupported => (1235, "42000"),
        }
    }
}

/// A statement that is not routed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Kind.
    pub code: RefusalCode,
    /// What was wrong, where, and what to do. Never holds a literal of the statement or a backend's address.
    pub message: String,
}

impl Refusal {
    /// A refusal of kind `code` that says `message`.
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
