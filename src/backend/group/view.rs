//! What is known of a group, published whole: statements under way keep the view they began with.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// A group at one moment.
#[derive(Clone, Debug)]
pub struct GroupView {
    /// Whether writes are taken, and where not, why.
    pub writes: Writes,
    /// The primary, or who was it last; index into the members.
    pub primary: usize,
    /// When the question was sent by whose answer the primary was last seen taking writes; `None` before the first.
    pub primary_seen: Option<Instant>,
    /// The account may not see replication: the declared primary is taken at its word, and no other is followed.
    pub is_trusted: bool,
    /// The members in the order of the configuration, the declared primary first.
    pub members: Vec<MemberView>,
}

/// Whether a group takes writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// The primary does.
    Taken,
    /// The primary does not answer its probes, and none has been promoted.
    Lost,
    /// Every member is read-only, as during a switchover.
    ReadOnly,
    /// Two members may take writes; they are being asked again.
    Doubtful,
    /// Two members take writes, so that the group must not (29012).
    TwoWriters,
}

/// A member at one moment.
#[derive(Clone, Debug)]
pub struct MemberView {
    /// The data source's name.
    pub name: Arc<str>,
    /// What it is.
    pub role: MemberRole,
    /// Whether it serves reads, and where not, why.
    pub state: MemberState,
    /// Since when it is in this state.
    pub since: SystemTime,
    /// Why it is in this state, where the state alone does not tell it; names no address and no account.
    pub reason: Option<String>,
    /// How often its state has changed.
    pub changes: u64,
    /// How far it is behind its primary, as of its last probe; `None` if that is not known.
    pub lag: Option<Duration>,
    /// It has all that the primary had answered before this moment.
    pub as_of: Option<Instant>,
    /// It answered its last probe.
    pub is_up: bool,
    /// The server says that it is read-only; `None` before its first answer.
    pub is_read_only: Option<bool>,
}

/// What a member is, by its own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberRole {
    /// Takes the group's writes.
    Primary,
    /// Replicates from another member.
    Replica,
    /// Replicates from nobody, and is not the primary.
    Detached,
    /// Not seen yet, or not to be seen by this account.
    Unknown,
}

/// Whether a member serves reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// It does.
    Serving,
    /// Not probed yet.
    Unseen,
    /// It does not answer its probes.
    Down,
    /// Disabled by hand.
    Disabled,
    /// Behind on purpose.
    Delayed,
    /// Behind by more than `maxReplicaLagMs`.
    Lagging,
    /// Its replication stands still.
    Stopped,
    /// It replicates from no member of the group.
    Astray,
    /// How far it is behind cannot be told: the account may not see replication, and there is no heartbeat; or its probe
    /// has had no answer for too long.
    Unmeasured,
    /// Good again, but not yet for three probes in a row.
    Recovering,
}

impl MemberState {
    /// Every state there is.
    pub const ALL: [Self; 10] = [
        Self::Serving,
        Self::Unseen,
        Self::Down,
        Self::Disabled,
        Self::Delayed,
        Self::Lagging,
        Self::Stopped,
        Self::Astray,
        Self::Unmeasured,
        Self::Recovering,
    ];

    /// The word that tables and logs use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Unseen => "unseen",
            Self::Down => "down",
            Self::Disabled => "disabled",
            Self::Delayed => "delayed",
            Self::Lagging => "lagging",
            Self::Stopped => "stopped",
            Self::Astray => "astray",
            Self::Unmeasured => "unmeasured",
            Self::Recovering => "recovering",
        }
    }
}

impl MemberView {
    /// A replica that takes writes from whoever asks it: nobody has set it read-only.
    #[must_use]
    pub fn is_writable_replica(&self) -> bool {
        self.role == MemberRole::Replica && self.is_read_only == Some(false)
    }
}

impl MemberRole {
    /// The word that tables and logs use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Detached => "detached",
            Self::Unknown => "unknown",
        }
    }
}

impl Writes {
    /// The word that tables and logs use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Lost => "primary lost",
            Self::ReadOnly => "read-only",
            Self::Doubtful => "being asked again",
            Self::TwoWriters => "two writers",
        }
    }
}

impl GroupView {
    /// The configuration taken at its word: the first member is the primary, `state` holds for the others.
    pub(super) fn declared(names: impl Iterator<Item = Arc<str>>, state: MemberState) -> Self {
        let now = SystemTime::now();
        let members = names.enumerate().map(|(index, name)| MemberView {
            name,
            role: match (index, state) {
                (0, _) => MemberRole::Primary,
                (_, MemberState::Serving) => MemberRole::Replica,
                _ => MemberRole::Unknown,
            },
            state: if index == 0 {
                MemberState::Serving
            } else {
                state
            },
            since: now,
            reason: None,
            changes: 0,
            lag: None,
            as_of: None,
            is_up: true,
            is_read_only: None,
        });
        Self {
            writes: Writes::Taken,
            primary: 0,
            primary_seen: None,
            is_trusted: false,
            members: members.collect(),
        }
    }
}
