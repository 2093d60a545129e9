//! What the next transaction, or all of a session's, are like: isolation level and read-only.

use crate::sql::{ServerFamily, VariableScope};

use super::error::Failure;
use super::session_context::SessionContext;
use super::variable::switch_value;
use super::walk::{Job, Kernel};

impl Kernel {
    pub(super) fn set_transaction(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        scope: Option<VariableScope>,
        isolation: Option<&'static str>,
        is_read_only: Option<bool>,
    ) -> Result<(), Failure> {
        let names = TransactionVariables::of(job.context.family);
        match scope {
            None => next_transaction(session, isolation, is_read_only),
            Some(VariableScope::Session) => {
                if let Some(isolation) = isolation {
                    session
                        .state
                        .set(names.isolation, &format!("'{isolation}'"));
                }
                if let Some(is_read_only) = is_read_only {
                    session.is_read_only = is_read_only;
                    session
                        .state
                        .set(names.read_only, if is_read_only { "1" } else { "0" });
                }
                Ok(())
            }
            Some(VariableScope::Global | VariableScope::Persist) => {
                Err(Failure::unsupported("SET GLOBAL TRANSACTION"))
            }
        }
    }
}

/// `SET @@transaction_isolation = 'x'`, without a scope, is for the next transaction alone.
pub(super) fn is_for_next_transaction(job: &Job<'_>, name: &str, (first, _): (u32, u32)) -> bool {
    let is_characteristic = matches!(
        name,
        "tx_isolation" | "transaction_isolation" | "tx_read_only" | "transaction_read_only"
    );
    let Some(written) = (first as usize).checked_sub(2) else {
        return false;
    };
    let written = job.lexed.bytes(job.text, written);
    is_characteristic && written.starts_with(b"@@") && !written.contains(&b'.')
}

pub(super) fn next_characteristics(
    job: &Job<'_>,
    session: &mut SessionContext,
    name: &str,
    text: &[u8],
) -> Result<(), Failure> {
    let _ = job;
    let value = String::from_utf8_lossy(text);
    let value = value.trim_matches(['\'', '"']);
    let invalid = || {
        Failure::new(
            1231,
            "42000",
            format!("Variable '{name}' can't be set to the value of '{value}'"),
        )
    };
    if name.ends_with("read_only") {
        let is_read_only = switch_value(value.as_bytes()).ok_or_else(invalid)?;
        return next_transaction(session, None, Some(is_read_only));
    }
    let levels = [
        "READ-UNCOMMITTED",
        "READ-COMMITTED",
        "REPEATABLE-READ",
        "SERIALIZABLE",
    ];
    let level = levels
        .into_iter()
        .find(|level| level.eq_ignore_ascii_case(value))
        .ok_or_else(invalid)?;
    next_transaction(session, Some(level), None)
}

fn next_transaction(
    session: &mut SessionContext,
    isolation: Option<&'static str>,
    is_read_only: Option<bool>,
) -> Result<(), Failure> {
    if session.transaction.is_open() {
        return Err(Failure::new(
            1568,
            "25001",
            "Transaction characteristics can't be changed while a transaction is in progress",
        ));
    }
    let mut items = Vec::new();
    if let Some(isolation) = isolation {
        items.push(format!("ISOLATION LEVEL {}", isolation.replace('-', " ")));
    }
    if let Some(is_read_only) = is_read_only {
        items.push(
            if is_read_only {
                "READ ONLY"
            } else {
                "READ WRITE"
            }
            .to_owned(),
        );
    }
    session.next_transaction = Some(format!("SET TRANSACTION {}", items.join(", ")));
    Ok(())
}

/// The name that a state knows a variable by, of those that mean the same.
pub(super) fn canonical(name: &str, family: ServerFamily) -> &str {
    let names = TransactionVariables::of(family);
    match name {
        "tx_isolation" | "transaction_isolation" => names.isolation,
        "tx_read_only" | "transaction_read_only" => names.read_only,
        name => name,
    }
}

struct TransactionVariables {
    isolation: &'static str,
    read_only: &'static str,
}

impl TransactionVariables {
    fn of(family: ServerFamily) -> Self {
        match family {
            ServerFamily::MySql(_) => Self {
                isolation: "transaction_isolation",
                read_only: "transaction_read_only",
            },
            ServerFamily::MariaDb(_) => Self {
                isolation: "tx_isolation",
                read_only: "tx_read_only",
            },
        }
    }
}
