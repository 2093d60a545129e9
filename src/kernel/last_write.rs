//! A session's writes, for it to read them back (contract 8.1, 8.3).

use std::sync::Arc;
use std::time::Instant;

use crate::backend::Position;
use crate::execute::Place;
use crate::protocol::SessionChange;

use super::session_context::SessionContext;

/// A session's last write to one data source.
#[derive(Clone, Debug)]
pub struct LastWrite {
    place: Place,
    at: Instant,
    /// Its transactions there that are not known to have reached the replicas.
    position: Option<Arc<Position>>,
    /// There are some whose GTIDs no answer has told.
    has_untold: bool,
}

impl LastWrite {
    /// When it was answered.
    pub(super) fn at(&self) -> Instant {
        self.at
    }

    /// The transactions to wait for; `None` if not all of them are known.
    pub(super) fn position(&self) -> Option<&Arc<Position>> {
        self.position.as_ref().filter(|_| !self.has_untold)
    }
}

impl SessionContext {
    /// A write to `place` has just been answered; its GTID is not known.
    pub fn wrote(&mut self, place: &Place, now: Instant) {
        self.write_at(place, now).has_untold = true;
    }

    /// A write to `place` has just been answered, and with it what `changes` tell.
    pub(super) fn wrote_with(&mut self, place: &Place, now: Instant, changes: &[SessionChange]) {
        let told = position_of(changes);
        let write = self.write_at(place, now);
        match (told, &mut write.position) {
            (None, _) => write.has_untold = true,
            (Some(told), Some(position)) => {
                let position = Arc::make_mut(position);
                position.join(&told);
                position.close_gaps();
            }
            (Some(told), none) => *none = Some(Arc::new(told)),
        }
    }

    /// A write in an open transaction was answered: nobody else sees it before its COMMIT.
    pub(super) fn wrote_uncommitted(&mut self, place: &Place, now: Instant) {
        self.write_at(place, now);
    }

    fn write_at(&mut self, place: &Place, now: Instant) -> &mut LastWrite {
        self.has_written_in_text = true;
        let known = self
            .last_writes
            .iter()
            .position(|write| write.place == *place);
        let index = known.unwrap_or_else(|| {
            self.last_writes.push(LastWrite {
                place: place.clone(),
                at: now,
                position: None,
                has_untold: false,
            });
            self.last_writes.len() - 1
        });
        let write = &mut self.last_writes[index];
        write.at = now;
        write
    }

    /// The last write to `place` that its replicas may not have.
    pub(super) fn last_write(&self, place: &Place) -> Option<&LastWrite> {
        self.last_writes.iter().find(|write| write.place == *place)
    }

    /// A replica of `place` has shown that it holds the session's writes up to `moment`.
    pub(super) fn has_read_its_writes(&mut self, place: &Place, moment: Instant) {
        self.last_writes
            .retain(|write| write.place != *place || write.at > moment);
    }
}

/// The GTIDs that an answer tells of: MySQL's tracker of GTIDs, MariaDB's of the variable `last_gtid`.
fn position_of(changes: &[SessionChange]) -> Option<Position> {
    let told = changes.iter().filter_map(|change| match change {
        SessionChange::Gtids(text) => Position::mysql(text),
        SessionChange::SystemVariable { name, value } if name == "last_gtid" => {
            Position::mariadb(std::str::from_utf8(value).ok()?)
        }
        _ => None,
    });
    let joined = told.reduce(|mut all, one| {
        all.join(&one);
        all
    });
    joined.filter(|position| !position.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gtids_of_an_answer_are_found_in_either_familys_words() {
        // contract 8.3
        let mysql = SessionChange::Gtids("3e11fa47-71ca-11e1-9e33-c80aa9429562:23".to_owned());
        assert_eq!(
            position_of(&[SessionChange::StateChange(true), mysql])
                .unwrap()
                .text(),
            "3e11fa47-71ca-11e1-9e33-c80aa9429562:23-23"
        );
        let mariadb = |value: &[u8]| SessionChange::SystemVariable {
            name: "last_gtid".to_owned(),
            value: value.to_vec(),
        };
        assert_eq!(position_of(&[mariadb(b"0-1-7")]).unwrap().text(), "0-1-7");
        assert!(position_of(&[mariadb(b"")]).is_none());
        assert!(position_of(&[]).is_none());
    }
}
