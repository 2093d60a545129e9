//! The digest lists in front of everything else that a statement meets.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::protocol::{ColumnDefinition, TextResult};
use crate::route::{denied, judge};
use crate::rule::{Against, Ruling};
use crate::sql::{self, Digest};

use super::error::Failure;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel};

/// Digests that are remembered; what comes after is counted, not listed.
const MOST_SEEN: usize = 10_000;
/// Characters of a statement that are remembered.
const MOST_TEXT: usize = 1024;

/// Whose statement the lists were against.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Whose {
    database: String,
    user: String,
    digest: u64,
    is_refused: bool,
}

/// What is remembered of it.
#[derive(Clone, Debug)]
struct Seen {
    times: u64,
    against: Against,
    normalized: String,
}

/// What the lists were against since the process started.
#[derive(Debug, Default)]
pub(super) struct FirewallLog(Mutex<HashMap<Whose, Seen>>);

impl FirewallLog {
    /// Counts; true if it is listed for the first time.
    fn note(&self, whose: Whose, against: Against, normalized: impl FnOnce() -> String) -> bool {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = log.get_mut(&whose) {
            seen.times += 1;
            seen.against = against;
            return false;
        }
        if log.len() == MOST_SEEN {
            return false;
        }
        let mut normalized = normalized();
        if let Some((end, _)) = normalized.char_indices().nth(MOST_TEXT) {
            normalized.truncate(end);
            normalized.push_str("...");
        }
        let seen = Seen {
            times: 1,
            against,
            normalized,
        };
        log.insert(whose, seen);
        true
    }

    /// `SHOW SHARDGATE FIREWALL`: the most frequent first.
    pub(super) fn table(&self) -> TextResult {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<(Whose, Seen)> = log
            .iter()
            .map(|(whose, seen)| (whose.clone(), seen.clone()))
            .collect();
        drop(log);
        all.sort_by(|(a, one), (b, other)| other.times.cmp(&one.times).then_with(|| a.cmp(b)));
        let row = |(whose, seen): (Whose, Seen)| {
            let outcome = if whose.is_refused {
                "refused"
            } else {
                "learned"
            };
            let list = match seen.against {
                Against::Denied => "denied",
                Against::NotAllowed => "not allowed",
            };
            [
                whose.database,
                whose.user,
                Digest(whose.digest).to_string(),
                seen.times.to_string(),
                outcome.to_owned(),
                list.to_owned(),
                seen.normalized,
            ]
            .map(|text| Some(text.into_bytes()))
            .to_vec()
        };
        let names = [
            "database",
            "user",
            "digest",
            "times",
            "outcome",
            "list",
            "statement",
        ];
        TextResult {
            columns: names.map(ColumnDefinition::text).to_vec(),
            rows: all.into_iter().map(row).collect(),
        }
    }
}

impl Job<'_> {
    /// The public fingerprint; computed once for all texts of a shape where the shape is known.
    fn digest(&self) -> Digest {
        let compute = || {
            let tokens = 0..self.lexed.tokens.len();
            sql::digest(self.text, self.lexed, &tokens, &mut String::new())
        };
        match self.template {
            Some(template) => *template.digest.get_or_init(compute),
            None => compute(),
        }
    }
}

impl Kernel {
    /// Asks the digest lists, where there are any.
    ///
    /// # Errors
    /// 29013
    pub(super) fn pass(&self, job: &Job<'_>, session: &SessionContext) -> Result<(), Failure> {
        if !job.context.has_firewall {
            return Ok(());
        }
        let rules = &job.database(session).rules;
        let Some(firewall) = &rules.firewall else {
            return Ok(());
        };
        let (text, lexed) = (job.text, job.lexed);
        let (ruling, digest) = judge(
            firewall,
            &session.user,
            text,
            lexed,
            job.statement,
            job.digest(),
        );
        let (against, is_refused) = match ruling {
            Ruling::Pass => return Ok(()),
            Ruling::Learn(against) => (against, false),
            Ruling::Refuse(against) => (against, true),
        };
        let whose = Whose {
            database: rules.name.clone(),
            user: session.user.to_string(),
            digest: digest.0,
            is_refused,
        };
        let normalized = || {
            let mut normalized = String::new();
            sql::digest(text, lexed, &(0..lexed.tokens.len()), &mut normalized);
            normalized
        };
        let is_new = self.firewall_log.note(whose, against, normalized);
        if is_refused {
            return Err(denied(rules, digest, against).into());
        }
        self.metrics.firewall_learned.inc();
        if is_new {
            tracing::warn!(
                session = session.id,
                user = %session.user,
                database = %rules.name,
                %digest,
                statement = normalized(),
                "the digest list would refuse this statement"
            );
        }
        Ok(())
    }
}
