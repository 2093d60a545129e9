//! The stories of a text's statements.

use crate::route::{BoundValue, Refusal, StandIns, asks_own_ids};
use crate::rule::Ruling;
use crate::sql::{self, Kind};

use super::grounds::{Grounds, Logical, no_database};
use super::own::is_own;
use super::read::Read;
use super::story::{Outcome, Story};

impl Grounds<'_> {
    /// The story of each statement in `text`.
    ///
    /// # Errors
    /// 1064 where the text cannot be cut into tokens.
    pub fn stories(&self, text: &[u8]) -> Result<Vec<Story>, Refusal> {
        let whole = self.read(text)?;
        let mut stories = Vec::new();
        let mut start = 0;
        for range in sql::split(text, &whole.lexed) {
            let token = whole.lexed.tokens.get(range.end);
            let end = token.map_or(text.len(), |token| token.start as usize);
            stories.push(self.story(text.get(start..end).unwrap_or_default())?);
            start = end + 1;
        }
        Ok(stories)
    }

    /// The story of one statement.
    ///
    /// # Errors
    /// As [`Grounds::stories`].
    pub fn story(&self, text: &[u8]) -> Result<Story, Refusal> {
        let read = self.read(text)?;
        let logical = self.database(&read).ok_or_else(no_database)?;
        let stand_ins = StandIns::of(text, &read.lexed, &read.statement, logical.rules, self.mode);
        let mut first = None;
        for values in stand_ins.rounds() {
            let note = StandIns::told(&values);
            let values = (!values.is_empty()).then_some(values);
            let mut story = self.told(text, &read, logical, values.as_deref());
            story.notes.extend(note);
            if story.refusal().is_none() {
                return Ok(story);
            }
            first = first.or(Some(story));
        }
        first.ok_or_else(no_database)
    }

    fn told(
        &self,
        text: &[u8],
        read: &Read,
        logical: Logical<'_>,
        values: Option<&[BoundValue<'_>]>,
    ) -> Story {
        let mut story = self.with_input(text, read, logical, values, Story::of);
        let firewall = logical.rules.firewall.as_ref();
        if let Some((Ruling::Learn(_), digest)) =
            firewall.map(|firewall| read.ruling(text, firewall))
        {
            let note = format!("the digest lists would refuse {digest} if they were not learning");
            story.notes.push(note);
        }
        let asks_ids = asks_own_ids(&read.statement, logical.rules);
        story.outcome = if is_own(text, &read.statement.kind) && !asks_ids {
            Outcome::Own
        } else if read.statement.kind == Kind::Empty {
            Outcome::refused(1065, "42000", "Query was empty")
        } else {
            match self.decided(text, read, logical, values) {
                Ok(_) if asks_ids => Outcome::Own,
                Ok(verdict) => {
                    let actual = verdict.plan.actual(text, &read.lexed, verdict.database);
                    let actual = actual.map(|(_, sql)| sql).collect();
                    let units = &verdict.plan.units;
                    Outcome::routed(&verdict.route, units, actual, verdict.database)
                }
                Err(refusal) => refusal.into(),
            }
        };
        story
    }
}
