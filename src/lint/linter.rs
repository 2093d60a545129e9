//! Paths to findings.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::verdict::Grounds;

use super::dynamic::judge_variants;
use super::finding::{Finding, Located, Problem};
use super::judge::{Judgement, judge};
use super::mapper::{Fragments, MAX_MAPPER, Mapper, parse, variants};
use super::passage::{Passage, Place};
use super::rules;
use super::settings::Settings;
use super::settle::settle;
use super::source::{Found, Item, MAX_TEXT, SourceKind, read, walk};

/// Findings that are kept; further ones are counted.
const MAX_FINDINGS: usize = 50_000;
/// Statements of a log that are told apart.
const MAX_SEEN: usize = 200_000;
/// Bytes that a file's kind is known by.
const HEAD: usize = 64 * 1024;

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files.
    pub files: usize,
    /// Statements; a mapper's statement counts once, in however many texts it was tried.
    pub statements: usize,
    /// Findings that an inline suppression hides.
    pub suppressed: usize,
    /// Findings that the baseline holds.
    pub in_baseline: usize,
    /// Findings beyond those that are kept.
    pub more: usize,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Findings by file and place.
    pub findings: Vec<Finding>,
    /// Files that could not be read as what they are.
    pub problems: Vec<Problem>,
    /// How much was looked at.
    pub counts: Counts,
}

/// Reads sources and judges what they hold.
#[derive(Debug)]
pub struct Linter<'a> {
    grounds: Grounds<'a>,
    settings: &'a Settings,
    report: Report,
    mappers: Vec<(Rc<str>, Mapper)>,
}

/// One file under way.
struct Run {
    file: Rc<str>,
    /// The same statement is told once, with a count.
    is_log: bool,
    seen: HashMap<(&'static str, String), Option<usize>>,
    has_foreign_byte: bool,
}

impl Run {
    fn new(file: &Rc<str>, is_log: bool) -> Self {
        Self {
            file: Rc::clone(file),
            is_log,
            seen: HashMap::new(),
            has_foreign_byte: false,
        }
    }
}

impl<'a> Linter<'a> {
    /// A linter that has read nothing yet.
    #[must_use]
    pub fn new(grounds: Grounds<'a>, settings: &'a Settings) -> Self {
        Self {
            grounds,
            settings,
            report: Report::default(),
            mappers: Vec::new(),
        }
    }

    /// Reads files and folders; `-` is standard input. `kind` is that of all files, where it is said.
    pub fn paths(&mut self, paths: &[PathBuf], kind: Option<SourceKind>) {
        for path in paths {
            match walk(path) {
                Ok(files) => files.iter().for_each(|file| self.file(file, kind)),
                Err((path, error)) => {
                    self.problem(&shown(&path), None, format!("it cannot be read: {error}"))
                }
            }
        }
    }

    fn file(&mut self, found: &Found, kind: Option<SourceKind>) {
        let name = shown(&found.path);
        if found.path.as_os_str() == "-" {
            self.stream("-", &found.path, io::stdin().lock(), true, kind);
            return;
        }
        match File::open(&found.path) {
            Ok(file) => {
                let reader = BufReader::with_capacity(HEAD, file);
                self.stream(&name, &found.path, reader, found.is_named, kind);
            }
            Err(error) => self.problem(&name, None, format!("it cannot be opened: {error}")),
        }
    }

    fn stream(
        &mut self,
        name: &str,
        path: &Path,
        mut from: impl BufRead,
        is_named: bool,
        kind: Option<SourceKind>,
    ) {
        let known = match from.fill_buf() {
            Ok(head) => kind.or_else(|| SourceKind::of(path, head)),
            Err(error) => {
                self.problem(name, None, format!("it cannot be read: {error}"));
                return;
            }
        };
        let known = known.or_else(|| (name == "-").then_some(SourceKind::Sql));
        match known {
            Some(kind) => self.source(name, kind, from),
            None if is_named => {
                let message = "it is no SQL file, no mapper and no log that is known; say what it is with --as";
                self.problem(name, None, message.to_owned());
            }
            None => {}
        }
    }

    /// Reads one source; mappers are judged by [`Linter::finish`], since they name parts of each other.
    pub fn source(&mut self, name: &str, kind: SourceKind, from: impl BufRead) {
        self.report.counts.files += 1;
        let file: Rc<str> = Rc::from(name);
        if kind == SourceKind::Mapper {
            self.mapper(&file, from);
            return;
        }
        let is_log = kind != SourceKind::Sql;
        let mut run = Run::new(&file, is_log);
        let read = read(kind, from, &mut |item| match item {
            Item::Text(written) => {
                self.foreign_byte(&mut run, &written.passage);
                for judgement in judge(&self.grounds, &written) {
                    self.report.counts.statements += 1;
                    self.tell(&mut run, &written.passage, judgement);
                }
            }
            Item::TooLong(place) => self.too_long(&mut run, place),
        });
        if let Err(error) = read {
            self.problem(name, None, format!("it cannot be read: {error}"));
        }
    }

    fn mapper(&mut self, file: &Rc<str>, from: impl Read) {
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_MAPPER)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        if let Err(error) = from.take(limit).read_to_end(&mut bytes) {
            self.problem(file, None, format!("it cannot be read: {error}"));
            return;
        }
        if bytes.len() > MAX_MAPPER {
            let place =
                Place { line: 1, column: 1 }.behind(bytes.get(..MAX_MAPPER).unwrap_or_default());
            let message =
                format!("a mapper of more than {MAX_MAPPER} bytes is not read, it goes on here");
            self.problem(file, Some(place), message);
            return;
        }
        match parse(bytes) {
            Ok(mapper) => self.mappers.push((Rc::clone(file), mapper)),
            Err(fault) => self.problem(file, Some(fault.place), fault.message),
        }
    }

    /// Judges the mappers, and gives what was found.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let mappers = std::mem::take(&mut self.mappers);
        let mut fragments = Fragments::default();
        mappers.iter().for_each(|(_, mapper)| fragments.add(mapper));
        for (file, mapper) in &mappers {
            let mut run = Run::new(file, false);
            self.foreign_byte(&mut run, &mapper.passage);
            for statement in &mapper.statements {
                self.report.counts.statements += 1;
                match variants(mapper, statement, &fragments) {
                    Ok(variants) => {
                        for judgement in judge_variants(&self.grounds, &variants) {
                            self.tell(&mut run, &mapper.passage, judgement);
                        }
                    }
                    Err(fault) => {
                        self.not_judged(&mut run, &mapper.passage, fault.at, fault.message)
                    }
                }
            }
        }
        let place = |finding: &Finding| (Rc::clone(&finding.file), finding.start, finding.rule.id);
        self.report.findings.sort_by_key(place);
        self.report
    }

    fn tell(&mut self, run: &mut Run, passage: &Passage, judgement: Judgement) {
        let digest = judgement.digest.clone();
        let (flaws, suppressed) = settle(judgement);
        self.report.counts.suppressed += suppressed;
        for flaw in flaws {
            self.flaw(run, passage, flaw, &digest);
        }
    }

    fn flaw(&mut self, run: &mut Run, passage: &Passage, flaw: Located, digest: &str) {
        let Some(severity) = self.settings.severity(flaw.rule, &run.file) else {
            return;
        };
        let key = (flaw.rule.id, digest.to_owned());
        if run.is_log
            && let Some(known) = run.seen.get(&key)
        {
            if let Some(finding) = known.and_then(|index| self.report.findings.get_mut(index)) {
                finding.count += 1;
            }
            return;
        }
        let is_kept = self.report.findings.len() < MAX_FINDINGS;
        if run.is_log && run.seen.len() < MAX_SEEN {
            run.seen
                .insert(key, is_kept.then_some(self.report.findings.len()));
        }
        if is_kept {
            self.report
                .findings
                .push(flaw.told(severity, passage, &run.file, digest));
        } else {
            self.report.counts.more += 1;
        }
    }

    fn not_judged(&mut self, run: &mut Run, passage: &Passage, at: usize, message: String) {
        let flaw = Located {
            rule: &rules::NOT_JUDGED,
            code: None,
            message,
            source: (at, at + 1),
        };
        self.flaw(run, passage, flaw, "-");
    }

    fn too_long(&mut self, run: &mut Run, place: Place) {
        let passage = Passage::new(b" ".to_vec(), place);
        let message = format!("a text of more than {MAX_TEXT} bytes begins here and is not judged");
        self.not_judged(run, &passage, 0, message);
    }

    /// Logs hold what clients sent; files that people write are told once.
    fn foreign_byte(&mut self, run: &mut Run, passage: &Passage) {
        if run.is_log || run.has_foreign_byte {
            return;
        }
        if let Some(at) = passage.first_foreign_byte() {
            run.has_foreign_byte = true;
            let message = "a byte that is no UTF-8: it is read as the servers read bytes, store the file as UTF-8";
            self.not_judged(run, passage, at, message.to_owned());
        }
    }

    fn problem(&mut self, file: &str, place: Option<Place>, message: String) {
        self.report.problems.push(Problem {
            file: file.to_owned(),
            place,
            message,
        });
    }
}

/// A path as it is told: below the current folder without it, with slashes.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let relative = here
        .as_deref()
        .and_then(|here| path.strip_prefix(here).ok());
    let parts = relative.unwrap_or(path).components();
    let parts: Vec<String> = parts
        .filter(|part| !matches!(part, std::path::Component::CurDir))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    match parts.split_first() {
        Some((root, rest)) if root == "/" => format!("/{}", rest.join("/")),
        _ => parts.join("/"),
    }
}
