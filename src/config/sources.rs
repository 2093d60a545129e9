//! Names of data sources as rules use them.

use crate::model::SourceId;
use crate::rule::{Group, expand};

use super::cursor::Cursor;

/// The read-write groups and plain data sources of one logical database, in the order of `SourceId`.
pub(super) struct Sources<'g> {
    /// The groups.
    pub groups: &'g [Group],
}

impl Sources<'_> {
    /// All of them.
    pub(super) fn all(&self) -> Vec<SourceId> {
        (0..self.groups.len())
            .filter_map(|index| u16::try_from(index).ok())
            .map(SourceId)
            .collect()
    }

    /// The one called `name`; a fault at `at` otherwise.
    pub(super) fn find(&self, at: &Cursor<'_>, name: &str) -> Option<SourceId> {
        if let Some(index) = self.groups.iter().position(|group| group.name == name) {
            return u16::try_from(index).ok().map(SourceId);
        }
        match self.groups.iter().find(|group| {
            group.primary == name || group.replicas.iter().any(|replica| replica == name)
        }) {
            Some(group) => at.fault(
                format!("{name} is a member of read-write group {}", group.name),
                format!(
                    "name the group, {}, so that its replicas are used",
                    group.name
                ),
            ),
            None => at.unknown_name(
                "data source",
                name,
                self.groups.iter().map(|group| group.name.as_str()),
            ),
        }
        None
    }

    /// An inline expression of data sources.
    pub(super) fn expand(&self, at: &Cursor<'_>) -> Vec<SourceId> {
        expand_names(at)
            .iter()
            .filter_map(|name| self.find(at, name))
            .collect()
    }
}

/// The names that a list of inline expressions stands for.
pub(super) fn expand_names(at: &Cursor<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for item in at.items() {
        let Some(text) = item.text() else { continue };
        match expand(text) {
            Ok(more) => names.extend(more),
            Err(fault) => item.fault(
                format!("{} (character {})", fault.message, fault.offset + 1),
                fault.remedy,
            ),
        }
    }
    names
}
