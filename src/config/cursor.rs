//! A place in the tree that knows its path, reads values, and remembers which keys were used.

use std::cell::{Cell, RefCell};
use std::str::FromStr;

use super::catalogue::{Class, Scope, rows};
use super::fault::{Fault, Severity};
use super::suggest::nearest;
use super::tree::{Content, Key, Node, Position, join};

/// Everything found while walking one file.
#[derive(Debug, Default)]
pub struct Report {
    /// Name that faults carry.
    pub file: String,
    faults: RefCell<Vec<Fault>>,
    without_effect: RefCell<Vec<Fault>>,
    unset: RefCell<Vec<Position>>,
}

impl Report {
    /// An empty report of the file called `file`.
    pub fn new(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            ..Self::default()
        }
    }

    /// Nothing is said of the value at a position: it asks for a variable that is not set, which is told apart.
    pub fn pass_over(&self, at: Position) {
        self.unset.borrow_mut().push(at);
    }

    /// Adds a finding.
    pub fn push(
        &self,
        severity: Severity,
        at: Position,
        path: &str,
        message: String,
        remedy: String,
    ) {
        if self.unset.borrow().contains(&at) {
            return;
        }
        self.faults
            .borrow_mut()
            .push(self.finding(severity, at, path, message, remedy));
    }

    fn finding(
        &self,
        severity: Severity,
        at: Position,
        path: &str,
        message: String,
        remedy: String,
    ) -> Fault {
        let (file, path) = (self.file.clone(), path.to_owned());
        Fault {
            file,
            line: at.line,
            column: at.column,
            path,
            message,
            remedy,
            severity,
        }
    }

    fn note_without_effect(&self, at: Position, path: &str, note: &str) {
        let message = "has no effect here".to_owned();
        let finding = self.finding(Severity::Warning, at, path, message, note.to_owned());
        self.without_effect.borrow_mut().push(finding);
    }

    /// All findings in the order of the file, and the keys without effect.
    pub fn into_findings(self) -> (Vec<Fault>, Vec<Fault>) {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| (fault.line, fault.column));
        let mut without_effect = self.without_effect.into_inner();
        without_effect.sort_by_key(|fault| (fault.line, fault.column));
        (faults, without_effect)
    }
}

/// Where something stands, kept beyond the walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// File.
    pub file: String,
    /// Line from 1.
    pub line: usize,
    /// Column from 1.
    pub column: usize,
    /// Way from the file's root.
    pub path: String,
}

impl Place {
    /// A warning here.
    #[must_use]
    pub fn warning(&self, message: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            path: self.path.clone(),
            message: message.into(),
            remedy: remedy.into(),
            severity: Severity::Warning,
        }
    }
}

/// A node and the way to it.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    node: &'a Node,
    path: String,
    report: &'a Report,
}

impl<'a> Cursor<'a> {
    /// The root of a file.
    pub fn root(node: &'a Node, report: &'a Report) -> Self {
        Self {
            node,
            path: String::new(),
            report,
        }
    }

    /// Tag without its exclamation mark.
    pub fn tag(&self) -> Option<&'a str> {
        self.node.tag.as_deref()
    }

    /// Adds an error here.
    pub fn fault(&self, message: impl Into<String>, remedy: impl Into<String>) {
        self.report.push(
            Severity::Error,
            self.node.at,
            &self.path,
            message.into(),
            remedy.into(),
        );
    }

    /// Adds a warning here.
    pub fn warn(&self, message: impl Into<String>, remedy: impl Into<String>) {
        self.report.push(
            Severity::Warning,
            self.node.at,
            &self.path,
            message.into(),
            remedy.into(),
        );
    }

    /// Where this stands.
    pub fn place(&self) -> Place {
        let Position { line, column } = self.node.at;
        Place {
            file: self.report.file.clone(),
            line,
            column,
            path: self.path.clone(),
        }
    }

    /// Adds an error: `name` is no known `kind` (a data source, an algorithm ...), with the nearest known one.
    pub fn unknown_name<'n>(
        &self,
        kind: &str,
        name: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        let remedy = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean {near}?"),
            None => {
                let names: Vec<_> = known.take(8).collect();
                if names.is_empty() {
                    format!("declare one, there is no {kind} yet")
                } else {
                    format!("known here: {}", names.join(", "))
                }
            }
        };
        self.fault(format!("{name} is no {kind}"), remedy);
    }

    /// Notes that `name`, part of this value, has no effect, and why.
    pub fn without_effect(&self, name: &str, note: &str) {
        self.report
            .note_without_effect(self.node.at, &format!("{} {name}", self.path), note);
    }

    /// Nothing after the colon, or `~`, or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.node.content, Content::Scalar { text, is_quoted: false } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The scalar's text if it is one, without a fault.
    pub fn scalar(&self) -> Option<&'a str> {
        match &self.node.content {
            Content::Scalar { text, .. } => Some(text),
            Content::Mapping(_) | Content::Sequence(_) => None,
        }
    }

    /// Whether the node is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.node.content, Content::Mapping(_))
    }

    /// Text that is not empty; a fault otherwise.
    pub fn text(&self) -> Option<&'a str> {
        match self.scalar() {
            Some(text) if !text.is_empty() && !self.is_null() => Some(text),
            Some(_) => {
                self.fault("no value", "write one after the colon, or remove the key");
                None
            }
            None => {
                self.fault(
                    "expected one value, found a list or keys",
                    "write a plain value",
                );
                None
            }
        }
    }

    /// A number within `range`; a fault otherwise.
    pub fn number<T>(&self, range: std::ops::RangeInclusive<T>) -> Option<T>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let text = self.text()?;
        let parsed = text
            .replace('_', "")
            .parse::<T>()
            .ok()
            .filter(|number| range.contains(number));
        if parsed.is_none() {
            let (low, high) = (range.start(), range.end());
            self.fault(
                format!("{text} is not a whole number from {low} to {high}"),
                "write such a number",
            );
        }
        parsed
    }

    /// `true` or `false`; a fault otherwise.
    pub fn boolean(&self) -> Option<bool> {
        match self.text()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            other => {
                self.fault(
                    format!("{other} is neither true nor false"),
                    "write true or false",
                );
                None
            }
        }
    }

    /// One of `choices`, compared without case; a fault otherwise.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = choices
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        if found.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            let remedy = match nearest(text, names.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("write one of {}", names.join(", ")),
            };
            self.fault(format!("{text} is not known here"), remedy);
        }
        found.map(|(_, value)| *value)
    }

    /// Elements of a list; a null is an empty list, a mapping is a fault, and one plain value is a list of one.
    pub fn items(&self) -> Vec<Cursor<'a>> {
        match &self.node.content {
            Content::Sequence(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.below(item, format!("{}[{index}]", self.path)))
                .collect(),
            Content::Scalar { .. } if self.is_null() => Vec::new(),
            Content::Scalar { .. } => vec![self.clone()],
            Content::Mapping(_) => {
                self.fault(
                    "expected a list",
                    "write one value per line, each after a dash",
                );
                Vec::new()
            }
        }
    }

    /// Keys chosen by the user (names of tables, data sources, algorithms) with their values.
    pub fn entries(&self) -> Vec<(&'a str, Cursor<'a>)> {
        match &self.node.content {
            Content::Mapping(entries) => entries
                .iter()
                .map(|(key, node)| (key.name.as_str(), self.at_key(key, node)))
                .collect(),
            Content::Scalar { .. } if self.is_null() => Vec::new(),
            Content::Scalar { .. } | Content::Sequence(_) => {
                self.fault(
                    "expected names with values below",
                    "write name: value lines, indented",
                );
                Vec::new()
            }
        }
    }

    /// Opens a mapping whose keys the catalogue lists under `scope`.
    pub fn map(&self, scope: Scope) -> Map<'a> {
        let entries = match &self.node.content {
            Content::Mapping(entries) => entries.as_slice(),
            Content::Scalar { .. } if self.is_null() => &[],
            Content::Scalar { .. } | Content::Sequence(_) => {
                self.fault("expected keys with values below", scope_hint(scope));
                &[]
            }
        };
        Map {
            cursor: self.clone(),
            scope,
            entries,
            used: entries.iter().map(|_| Cell::new(false)).collect(),
        }
    }

    fn below(&self, node: &'a Node, path: String) -> Cursor<'a> {
        Cursor {
            node,
            path,
            report: self.report,
        }
    }

    fn at_key(&self, key: &Key, node: &'a Node) -> Cursor<'a> {
        self.below(node, join(&self.path, &key.name))
    }
}

fn scope_hint(scope: Scope) -> String {
    let keys: Vec<_> = rows(scope)
        .filter(|row| row.class == Class::Honored)
        .map(|row| row.key)
        .take(6)
        .collect();
    format!("the keys here are {}", keys.join(", "))
}

/// An opened mapping; [`Map::finish`] reports the keys nobody asked for.
#[derive(Debug)]
pub struct Map<'a> {
    cursor: Cursor<'a>,
    scope: Scope,
    entries: &'a [(Key, Node)],
    used: Vec<Cell<bool>>,
}

impl<'a> Map<'a> {
    /// The mapping's own place, for faults.
    pub fn at(&self) -> &Cursor<'a> {
        &self.cursor
    }

    /// The value of `key`, which the catalogue must list as honored; a null counts as absent.
    pub fn take(&self, key: &str) -> Option<Cursor<'a>> {
        debug_assert!(
            rows(self.scope).any(|row| row.key == key && row.class == Class::Honored),
            "{key} is read but not listed as honored in {:?}",
            self.scope
        );
        self.take_even_null(key)
            .or_else(|| self.take_misspelled(key))
            .filter(|cursor| !cursor.is_null())
    }

    /// As [`Map::take`], also without a value: `none:` says something by standing there.
    pub fn take_even_null(&self, key: &str) -> Option<Cursor<'a>> {
        let named = |((found, _), _): &(&(Key, Node), &Cell<bool>)| found.name == key;
        let ((found, node), used) = self.entries.iter().zip(&self.used).find(named)?;
        used.set(true);
        Some(self.cursor.at_key(found, node))
    }

    /// The value of a key that nobody knows and that was meant to be `key`: it is reported once, and read on as if it
    /// were spelled right, so that nothing else is said to be missing for it.
    fn take_misspelled(&self, key: &str) -> Option<Cursor<'a>> {
        let is_meant = |((found, _), used): &(&(Key, Node), &Cell<bool>)| {
            let known = || rows(self.scope).map(|row| row.key);
            !used.get()
                && known().all(|known| known != found.name)
                && nearest(&found.name, known()) == Some(key)
        };
        let ((found, node), used) = self.entries.iter().zip(&self.used).find(is_meant)?;
        used.set(true);
        self.report_leftover(found, node);
        Some(self.cursor.at_key(found, node))
    }

    /// The value of `key` without taking it: [`Map::finish`] still reports it by its class.
    pub fn peek(&self, key: &str) -> Option<Cursor<'a>> {
        let (found, node) = self.entries.iter().find(|(found, _)| found.name == key)?;
        Some(self.cursor.at_key(found, node))
    }

    /// As [`Map::take`], with a fault if the key is missing.
    pub fn require(&self, key: &str, remedy: &str) -> Option<Cursor<'a>> {
        let found = self.take(key);
        if found.is_none() {
            self.cursor.fault(format!("{key} is missing"), remedy);
        }
        found
    }

    /// Reports what was not taken: unknown keys, refused keys, keys without effect.
    pub fn finish(&self) {
        for ((key, node), used) in self.entries.iter().zip(&self.used) {
            if !used.get() {
                self.report_leftover(key, node);
            }
        }
    }

    fn report_leftover(&self, key: &Key, node: &'a Node) {
        let path = self.cursor.at_key(key, node).path;
        let report = self.cursor.report;
        let Some(row) = rows(self.scope).find(|row| row.key == key.name) else {
            let remedy = match nearest(&key.name, rows(self.scope).map(|row| row.key)) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("remove it; {}", scope_hint(self.scope)),
            };
            report.push(
                Severity::Error,
                key.at,
                &path,
                format!("{} is not a known key here", key.name),
                remedy,
            );
            return;
        };
        match row.class {
            Class::WithoutEffect => report.note_without_effect(key.at, &path, row.note),
            Class::Refused => {
                report.push(
                    Severity::Error,
                    key.at,
                    &path,
                    format!("{} is not supported", key.name),
                    row.note.to_owned(),
                );
            }
            Class::Honored => {
                let message = format!("{} does not belong beside the other keys here", key.name);
                report.push(Severity::Error, key.at, &path, message, row.note.to_owned());
            }
        }
    }
}
