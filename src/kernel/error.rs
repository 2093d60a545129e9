//! The one place that turns an error into code, SQLSTATE and message; none names a backend's address.

use std::io;

use crate::backend::{AcquireError, ConnError};
use crate::execute::ExecuteError;
use crate::metrics::Outcome;
use crate::protocol::ErrPacket;
use crate::route::{Refusal, RefusalCode};
use crate::sql::LexError;

/// Why a statement was not answered as asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The client gets this error and goes on.
    Answer {
        packet: ErrPacket,
        outcome: Outcome,
        /// SHOW WARNINGS has rows already that tell more than the error.
        keeps_warnings: bool,
    },
    /// The client is gone, or can only be cut off.
    Gone(io::Error),
}

impl Failure {
    pub(super) fn new(code: u16, sqlstate: &str, message: impl Into<Vec<u8>>) -> Self {
        Self::Answer { packet: ErrPacket::new(code, sqlstate, message), outcome: Outcome::Refused, keeps_warnings: false }
    }

    /// What the proxy cannot do, in MySQL's words (1235).
    pub(super) fn unsupported(message: &str) -> Self {
        Self::new(1235, "42000", format!("This version of shardgate doesn't yet support '{message}'"))
    }

    /// A refusal after which SHOW WARNINGS tells more.
    pub(super) fn keeping_warnings(refusal: Refusal) -> Self {
        let (code, sqlstate) = number(refusal.code);
        let packet = ErrPacket::new(code, sqlstate, refusal.message);
        Self::Answer { packet, outcome: Outcome::BackendError, keeps_warnings: true }
    }

    /// An error that a backend answered, passed on.
    pub(super) fn backend(packet: ErrPacket) -> Self {
        Self::Answer { packet, outcome: Outcome::BackendError, keeps_warnings: false }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (code, sqlstate) = number(refusal.code);
        Self::new(code, sqlstate, refusal.message)
    }
}

impl From<LexError> for Failure {
    fn from(error: LexError) -> Self {
        Self::new(1064, "42000", format!("You have an error in your SQL syntax; {error}"))
    }
}

impl From<AcquireError> for Failure {
    fn from(error: AcquireError) -> Self {
        let code = if error.is_busy() { RefusalCode::PoolTimeout } else { RefusalCode::SourceDown };
        tracing::warn!(error = %error, "no backend connection");
        let (number, sqlstate) = number(code);
        Self::Answer {
            packet: ErrPacket::new(number, sqlstate, format!("{error}; try again")),
            outcome: Outcome::Unavailable,
            keeps_warnings: false,
        }
    }
}

impl From<ConnError> for Failure {
    fn from(error: ConnError) -> Self {
        if let ConnError::Server { code, sqlstate, message, .. } = &error {
            return Self::backend(ErrPacket::new(*code, sqlstate, message.as_bytes()));
        }
        tracing::warn!(error = %error, "a backend connection failed");
        let (code, sqlstate) = number(RefusalCode::SourceDown);
        Self::Answer {
            packet: ErrPacket::new(code, sqlstate, format!("{error}; try again")),
            outcome: Outcome::Unavailable,
            keeps_warnings: false,
        }
    }
}

impl From<ExecuteError> for Failure {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Acquire(error) => error.into(),
            ExecuteError::Replay(error) => error.into(),
        }
    }
}

/// Code and SQLSTATE of each refusal (contract 5.3).
#[must_use]
pub fn number(code: RefusalCode) -> (u16, &'static str) {
    match code {
        RefusalCode::NoShardingValue => (20090, "42000"),
        RefusalCode::ShardingColumnUpdated => (20031, "44000"),
        RefusalCode::LimitOverNodes => (20036, "42000"),
        RefusalCode::UnsupportedOnSharded => (20030, "0A000"),
        RefusalCode::TablesNotTogether => (20035, "0A000"),
        RefusalCode::RowOverNodes => (20056, "44000"),
        RefusalCode::KeyMissing => (20020, "44000"),
        RefusalCode::InsertSelect => (20034, "44000"),
        RefusalCode::HintDataSource => (12200, "42000"),
        RefusalCode::ClockMovedBack => (10440, "HY000"),
        RefusalCode::SecondWriter => (29001, "25000"),
        RefusalCode::NotUnderstood => (29002, "42000"),
        RefusalCode::ActualName => (29003, "42000"),
        RefusalCode::UnknownHint => (29004, "42000"),
        RefusalCode::NoRight => (29005, "42000"),
        RefusalCode::NeedsMerge => (29006, "0A000"),
        RefusalCode::PinnedElsewhere => (29007, "HY000"),
        RefusalCode::WriteOverNodes => (29008, "0A000"),
        RefusalCode::OutcomeUnknown => (29009, "08S01"),
        RefusalCode::PoolTimeout => (29010, "HY000"),
        RefusalCode::SourceDown => (29011, "HY000"),
        RefusalCode::TwoWriters => (29012, "HY000"),
        RefusalCode::DigestDenied => (29013, "42000"),
        RefusalCode::DdlPartlyDone => (29014, "HY000"),
        RefusalCode::LocalOutsideTransaction => (29015, "42000"),
        RefusalCode::UnknownDatabase => (1049, "42000"),
        RefusalCode::UnknownTable => (1146, "42S02"),
        RefusalCode::UnknownColumn => (1054, "42S22"),
        RefusalCode::Syntax => (1064, "42000"),
        RefusalCode::ColumnCount => (1136, "21S01"),
        RefusalCode::NotSupported => (1235, "42000"),
    }
}
