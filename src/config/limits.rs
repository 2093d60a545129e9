//! `shardgate.limits`: bounds, by their keys.

use super::catalogue::Scope;
use super::cursor::{Cursor, Map};
use super::options::Limits;

/// Largest bound; more is no bound at all.
const MOST: usize = 1 << 40;
/// Longest time, ten years in ms.
const LONGEST_MS: u64 = 315_360_000_000;

/// Overwrites the bounds that are written.
pub(super) fn read(at: &Cursor<'_>, limits: &mut Limits) {
    let map = at.map(Scope::Limits);
    size(&map, "maxConnections", &mut limits.max_connections);
    size(&map, "maxHandshakes", &mut limits.max_handshakes);
    size(&map, "maxStatementBytes", &mut limits.max_statement_bytes);
    size(
        &map,
        "maxPreparedStatements",
        &mut limits.max_prepared_statements,
    );
    size(&map, "maxPreparedBytes", &mut limits.max_prepared_bytes);
    time(
        &map,
        "idleTransactionTimeoutMs",
        &mut limits.idle_transaction_timeout_ms,
    );
    time(&map, "idleTimeoutMs", &mut limits.idle_timeout_ms);
    time(&map, "handshakeTimeoutMs", &mut limits.handshake_timeout_ms);
    time(&map, "shutdownTimeoutMs", &mut limits.shutdown_timeout_ms);
    let per_user = map
        .take("maxConnectionsPerUser")
        .and_then(|at| at.number(0..=MOST));
    limits.max_connections_per_user = per_user.filter(|most| *most > 0);
    limits.statement_timeout_ms = optional(&map, "statementTimeoutMs");
    limits.max_result_rows = optional(&map, "maxResultRows");
    limits.max_result_bytes = optional(&map, "maxResultBytes");
    if let Some(most) = map
        .take("maxFailedLoginsPerMinute")
        .and_then(|at| at.number(1..=1_000_000_u32))
    {
        limits.max_failed_logins_per_minute = most;
    }
    map.finish();
}

fn size(map: &Map<'_>, key: &str, limit: &mut usize) {
    if let Some(most) = map.take(key).and_then(|at| at.number(1..=MOST)) {
        *limit = most;
    }
}

fn time(map: &Map<'_>, key: &str, limit: &mut u64) {
    if let Some(longest) = map.take(key).and_then(|at| at.number(1..=LONGEST_MS)) {
        *limit = longest;
    }
}

/// 0 means none.
fn optional(map: &Map<'_>, key: &str) -> Option<u64> {
    map.take(key)
        .and_then(|at| at.number(0..=u64::MAX))
        .filter(|most| *most > 0)
}
