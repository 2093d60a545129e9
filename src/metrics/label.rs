//! Label values: closed sets, so that no client can make a new time series.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

/// What a statement was, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatementClass {
    /// SELECT and other reads of tables.
    Read,
    /// INSERT, REPLACE, UPDATE, DELETE.
    Write,
    /// DDL.
    Ddl,
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT ...
    Transaction,
    /// SET, USE, SHOW and the rest.
    Session,
}

/// How a statement ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Answered.
    Ok,
    /// Refused before any backend saw it.
    Refused,
    /// A backend answered with an error.
    BackendError,
    /// A backend was lost or not to be had.
    Unavailable,
    /// KILL ended it before it was answered.
    Killed,
}

/// How a statement is run on several nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FanOut {
    /// A read of one data source, in which its tables are one derived table.
    Derived,
    /// A read of several data sources, whose answers follow each other.
    Joined,
    /// A write in one data source, in one local transaction.
    Write,
    /// A write in several data sources, which is not atomic.
    SplitWrite,
}

impl FanOut {
    fn name(self) -> &'static str {
        match self {
            Self::Derived => "derived",
            Self::Joined => "joined",
            Self::Write => "write",
            Self::SplitWrite => "split_write",
        }
    }
}

impl EncodeLabelValue for FanOut {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        EncodeLabelValue::encode(&self.name(), encoder)
    }
}

/// Labels of metrics by kind of fan-out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct FanOutLabels {
    pub(super) kind: FanOut,
}

impl StatementClass {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Ddl => "ddl",
            Self::Transaction => "transaction",
            Self::Session => "session",
        }
    }
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::BackendError => "backend_error",
            Self::Unavailable => "unavailable",
            Self::Killed => "killed",
        }
    }
}

impl EncodeLabelValue for StatementClass {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        EncodeLabelValue::encode(&self.name(), encoder)
    }
}

impl EncodeLabelValue for Outcome {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        EncodeLabelValue::encode(&self.name(), encoder)
    }
}

/// Labels of `shardgate_kernel_statements`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StatementLabels {
    pub(super) class: StatementClass,
    pub(super) outcome: Outcome,
}

/// Labels of `shardgate_kernel_statement_seconds`, whatever the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ClassLabels {
    pub(super) class: StatementClass,
}

/// Labels of metrics by error or refusal code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CodeLabels {
    pub(super) code: u16,
}

/// Labels of metrics by key generator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct KeyLabels {
    pub(super) worker: u16,
    pub(super) epoch: u64,
}

/// Labels of metrics by physical data source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct SourceLabels {
    pub(super) database: String,
    pub(super) source: String,
}

/// Labels of metrics by read-write group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct GroupLabels {
    pub(super) database: String,
    pub(super) group: String,
}
