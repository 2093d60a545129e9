//! The digest lists asked about one statement (contract 5.5).

use crate::rule::{Against, Database, Firewall, Ruling};
use crate::sql::{self, Digest, Kind, Lexed, Statement, word_of};

use super::refusal::Refusal;
use super::refusal_code::RefusalCode;

/// What the lists of `firewall` say of a statement of `user`. The digest of an explained statement counts as that of
/// its EXPLAIN: who may run it may explain it, and what is denied is not explained either.
#[must_use]
pub fn judge(
    firewall: &Firewall,
    user: &str,
    text: &[u8],
    lexed: &Lexed,
    statement: &Statement,
    digest: Digest,
) -> (Ruling, Digest) {
    let Kind::Explain { first_token, .. } = &statement.kind else {
        let needs_allowance = needs_allowance(text, lexed, &statement.kind);
        return (firewall.ruling(user, digest.0, needs_allowance), digest);
    };
    let first = usize::try_from(*first_token).unwrap_or(usize::MAX);
    let mut normalized = String::new();
    let inner = sql::digest(text, lexed, &(first..lexed.tokens.len()), &mut normalized);
    match firewall.ruling(user, digest.0, false) {
        Ruling::Pass => (firewall.ruling(user, inner.0, true), inner),
        against => (against, digest),
    }
}

/// The refusal for a digest that a list of `database` is against.
#[must_use]
pub fn denied(database: &Database, digest: Digest, against: Against) -> Refusal {
    let name = &database.name;
    let text = match against {
        Against::Denied => format!(
            "the statement's digest {digest} is on the deny list of {name}: change the statement, or take it off `sqlFirewall: deny`"
        ),
        Against::NotAllowed => format!(
            "the statement's digest {digest} is not on the allow list of {name}: add it to `sqlFirewall: allow` and reload"
        ),
    };
    Refusal::new(RefusalCode::DigestDenied, text)
}

/// Transaction control, USE, what the session alone is asked, and SET of plain values run without an allowance.
fn needs_allowance(text: &[u8], lexed: &Lexed, kind: &Kind) -> bool {
    match kind {
        Kind::Empty | Kind::UnlockTables => false,
        Kind::Set(_) => (0..lexed.tokens.len())
            .any(|index| word_of(text, lexed, index, &["SELECT", "TABLE", "VALUES"]).is_some()),
        other => !other.concerns_session_alone(),
    }
}
