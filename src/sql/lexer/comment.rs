//! Comments, and the executable ones that the servers run.

use super::bytes::is_blank;
use super::scan::{LexError, Scanner};
use crate::model::{PlantedFault, is_planted};
use crate::sql::token::{CommentKind, ServerFamily, TokenKind};

/// What an executable comment's head says.
#[derive(Clone, Copy)]
struct Gate {
    /// `/*M!`
    is_mariadb: bool,
    /// Five or six digits.
    version: Option<u32>,
    /// Offset behind the head.
    end: usize,
    /// Versions of one family do not agree where the version ends.
    is_doubtful: bool,
}

impl Gate {
    /// Whether a server runs the text behind it.
    fn opens_on(self, family: ServerFamily) -> bool {
        match (family, self.version) {
            (ServerFamily::MySql(_), _) if self.is_mariadb => false,
            (_, None) => true,
            (ServerFamily::MySql(server), Some(version)) => version <= server,
            // versions of MySQL from 5.7 on say nothing about MariaDB, which skips them
            (ServerFamily::MariaDb(server), Some(version)) => {
                version <= server && (self.is_mariadb || !(50_700..=99_999).contains(&version))
            }
        }
    }
}

impl Scanner<'_, '_> {
    /// `#` or `-- ` up to the end of the line; a NUL ends it too on the servers.
    pub(super) fn line_comment(&mut self) {
        let end = self.skip_while(self.position, |byte| byte != b'\n' && byte != 0);
        self.note(CommentKind::Line, end);
    }

    /// `/* */`, `/*! */`, `/*M! */`
    pub(super) fn block_comment(&mut self) -> Result<(), LexError> {
        let first = self.families.first().copied();
        let Some((family, gate)) = first.and_then(|family| Some((family, self.gate(family)?)))
        else {
            let end = self.comment_end(self.position + 2, 0)?;
            self.check_optimizer_hint(end);
            self.note(CommentKind::Block, end);
            return Ok(());
        };
        let opens = gate.opens_on(family);
        if gate.is_doubtful
            || self
                .families
                .iter()
                .any(|other| !self.reads_alike(*other, gate, opens))
        {
            self.out.has_doubtful_comment = true;
        }
        if !opens && self.ends_by_family(gate) {
            self.out.has_doubtful_comment = true;
        }
        if opens && !is_planted(PlantedFault::ExecutableComments) {
            self.out.has_executable_comment = true;
            self.executable_since = Some(self.position);
            self.note(CommentKind::ExecutableOpen, gate.end);
        } else if gate.is_mariadb && matches!(family, ServerFamily::MySql(_)) {
            // a plain comment to MySQL, which knows no nesting there
            let end = self.comment_end(self.position + 2, 0)?;
            self.note(CommentKind::Skipped, end);
        } else {
            let end = self.comment_end(gate.end, 1)?;
            self.note(CommentKind::Skipped, end);
        }
        Ok(())
    }

    /// Whether servers of both families skip the comment, but not up to the same place: `/*M!` is a plain comment to
    /// MySQL, which knows no nesting there.
    fn ends_by_family(&self, gate: Gate) -> bool {
        let is_mysql = |family: &ServerFamily| matches!(family, ServerFamily::MySql(_));
        let is_mixed = self.families.iter().any(is_mysql) && !self.families.iter().all(is_mysql);
        gate.is_mariadb
            && is_mixed
            && self.comment_end(self.position + 2, 0).ok() != self.comment_end(gate.end, 1).ok()
    }

    /// Whether another server finds the same gate in the same state.
    fn reads_alike(&self, other: ServerFamily, gate: Gate, opens: bool) -> bool {
        self.gate(other)
            .is_some_and(|seen| seen.end == gate.end && seen.opens_on(other) == opens)
    }

    /// The `*/` of an executable comment; the first one ends all of them, as in the servers.
    pub(super) fn close_executable(&mut self) {
        self.note(CommentKind::ExecutableClose, self.position + 2);
        self.executable_since = None;
    }

    /// The head of an executable comment at the current place, as a server reads it.
    fn gate(&self, family: ServerFamily) -> Option<Gate> {
        let (is_mariadb, start) = match (self.peek(2), self.peek(3)) {
            (b'!', _) => (false, self.position + 3),
            (b'M', b'!') => (true, self.position + 4),
            _ => return None,
        };
        let digits = self.text.get(start..).unwrap_or_default().iter().take(6);
        let count = digits.take_while(|byte| byte.is_ascii_digit()).count();
        if count < 5 {
            return Some(Gate {
                is_mariadb,
                version: None,
                end: start,
                is_doubtful: false,
            });
        }
        let has_blank = self.text.get(start + 6).is_some_and(|byte| is_blank(*byte));
        // MySQL takes six digits only in front of a blank; older versions of it took them always
        let is_short = count == 6 && !has_blank && matches!(family, ServerFamily::MySql(_));
        let end = if is_short { start + 5 } else { start + count };
        let number = self.text.get(start..end).unwrap_or_default();
        let version = number
            .iter()
            .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        Some(Gate {
            is_mariadb,
            version: Some(version),
            end,
            is_doubtful: is_short && !is_mariadb,
        })
    }

    /// Offset behind the `*/` that closes a comment whose text starts at `from`; `nesting` more may be opened inside.
    fn comment_end(&self, from: usize, nesting: usize) -> Result<usize, LexError> {
        let unclosed = LexError::UnclosedComment {
            start: self.position,
        };
        let mut at = from;
        let mut depth = 0;
        loop {
            let pair = (
                *self.text.get(at).ok_or(unclosed)?,
                self.text.get(at + 1).copied(),
            );
            match pair {
                (b'*', Some(b'/')) if depth == 0 => return Ok(at + 2),
                (b'*', Some(b'/')) => (depth, at) = (depth - 1, at + 2),
                (b'/', Some(b'*')) if depth < nesting => (depth, at) = (depth + 1, at + 2),
                _ => at += 1,
            }
        }
    }

    /// MySQL reads quotes inside an optimizer hint: one that is open where the comment ends would go on.
    fn check_optimizer_hint(&mut self, end: usize) {
        let text = self.text.get(self.position..end).unwrap_or_default();
        let is_behind_word = matches!(
            self.out.tokens.last().map(|token| token.kind),
            Some(TokenKind::Word)
        );
        if !is_behind_word || !text.starts_with(b"/*+") {
            return;
        }
        let is_odd = |quote| text.iter().filter(|byte| **byte == quote).count() % 2 == 1;
        self.out.has_doubtful_comment |= [b'`', b'"', b'\''].into_iter().any(is_odd);
    }
}
