//! What docs/architecture.md says of the code, held by reading both: the table of rooms is parsed out of the page.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test states its expectations by unwrapping; clippy knows only functions marked as tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../docs/architecture.md");
const PURE: [&str; 7] = [
    "model", "protocol", "sql", "rule", "route", "rewrite", "verdict",
];

/// A source file: where it is from `src/`, its code, and the code before its tests.
struct Source {
    path: PathBuf,
    code: String,
    is_for_tests: bool,
}

impl Source {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let is_comment = |line: &&str| line.trim_start().starts_with("//");
        let code: String = text
            .lines()
            .filter(|line| !is_comment(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        let door = fs::read_to_string(path.with_file_name("mod.rs")).unwrap_or_default();
        let stem = path.file_stem().unwrap().to_string_lossy();
        let is_for_tests =
            door.contains(&format!("#[cfg(test)]\nmod {stem};")) || stem.ends_with("tests");
        let path = path.strip_prefix(root().join("src")).unwrap().to_owned();
        Self {
            path,
            code,
            is_for_tests,
        }
    }

    /// The room, for a file in one.
    fn room(&self) -> Option<String> {
        let mut parts = self.path.components();
        let first = parts.next()?.as_os_str().to_string_lossy().into_owned();
        parts.next().map(|_| first)
    }

    /// What is compiled into the program: tests may use more.
    fn program(&self) -> &str {
        if self.is_for_tests {
            return "";
        }
        self.code
            .split("#[cfg(test)]\nmod ")
            .next()
            .unwrap_or_default()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder whose name ends so.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    files(&root().join("src"), ".rs", &mut found);
    found.iter().map(|path| Source::read(path)).collect()
}

/// Room to the rooms it may import: the rows | `room` | holds | imports |.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [room, _, imports] = cells[..] else {
            panic!("a row has three cells: {row}")
        };
        let imports = imports
            .split(',')
            .map(str::trim)
            .filter(|name| *name != "-");
        (
            room.trim_matches('`').to_owned(),
            imports.map(str::to_owned).collect(),
        )
    })
    .collect()
}

/// The names behind every `crate::`, those of `crate::{a, b}` too.
fn crate_names(code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        let is_part = |c: &char| c.is_ascii_lowercase() || *c == '_';
        text.chars().take_while(is_part).collect()
    };
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(word(rest));
            continue;
        };
        let mut depth = 1;
        let mut is_start = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => is_start = true,
                c if c.is_ascii_lowercase() && is_start => {
                    names.insert(word(&group[at..]));
                    is_start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

#[test]
fn names_behind_crate_are_found_in_groups_too() {
    let names =
        crate_names("use crate::{model::{A, b}, sql::c};\ncrate::rule::X; use crate::keygen;");
    let expected = ["keygen", "model", "rule", "sql"].map(str::to_owned);
    assert_eq!(names, BTreeSet::from(expected));
}

#[test]
fn every_room_stands_in_the_table_and_every_row_is_a_room() {
    let rooms: BTreeSet<String> = sources().iter().filter_map(Source::room).collect();
    assert_eq!(table().into_keys().collect::<BTreeSet<_>>(), rooms);
    for (room, imports) in table() {
        assert!(
            imports.is_subset(&rooms),
            "{room} imports what is no room: {imports:?}"
        );
    }
}

#[test]
fn a_room_imports_only_what_the_table_lists() {
    let table = table();
    let mut strangers = Vec::new();
    for source in sources() {
        let Some(room) = source.room() else { continue };
        let named = crate_names(source.program());
        let outside = named.iter().filter(|name| {
            table.contains_key(*name) && **name != room && !table[&room].contains(*name)
        });
        strangers.extend(outside.map(|name| format!("{}: {name}", source.path.display())));
    }
    assert!(
        strangers.is_empty(),
        "not in docs/architecture.md: {strangers:#?}"
    );
}

#[test]
fn the_table_has_no_circle() {
    let mut left = table();
    // rooms whose imports are all gone can go, until none is left
    while !left.is_empty() {
        let rooms: BTreeSet<String> = left.keys().cloned().collect();
        left.retain(|_, imports| !imports.is_disjoint(&rooms));
        assert!(
            left.len() < rooms.len(),
            "these import each other in a circle: {rooms:?}"
        );
    }
}

#[test]
fn pure_rooms_know_no_runtime_socket_file_or_clock() {
    let words = [
        "tokio",
        "std::net",
        "std::fs",
        "std::env",
        "std::thread",
        "Instant",
        "SystemTime",
        "sleep(",
    ];
    for source in sources() {
        if !source
            .room()
            .is_some_and(|room| PURE.contains(&room.as_str()))
        {
            continue;
        }
        for word in words {
            assert!(
                !source.program().contains(word),
                "{} names {word}",
                source.path.display()
            );
        }
    }
}

#[test]
fn a_door_has_only_private_rooms_and_named_exports() {
    for source in sources() {
        let is_door = source.path.ends_with("mod.rs");
        let program = source.program();
        assert!(
            !program.contains("::*;") && !program.contains("::*,"),
            "{} has a glob",
            source.path.display()
        );
        let is_top = source.path.components().count() == 2;
        if is_door && is_top {
            assert!(
                !program.contains("pub mod "),
                "{} has a public module",
                source.path.display()
            );
        }
    }
}

#[test]
fn every_file_says_its_purpose_in_its_first_line() {
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        files(&root().join(folder), ".rs", &mut found);
    }
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{}", path.display());
    }
}

#[test]
fn no_name_says_nothing() {
    let empty = [
        "util", "utils", "common", "manager", "helper", "helpers", "handler", "misc",
    ];
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        files(&root().join(folder), "", &mut found);
    }
    for path in found {
        let parts: Vec<String> = path
            .strip_prefix(root())
            .unwrap()
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        for part in parts {
            let words = part.split(['_', '.', '-']);
            let said = words.filter(|word| empty.contains(word)).count();
            assert_eq!(said, 0, "{}", path.display());
        }
    }
    for source in sources() {
        for ending in ["Util", "Utils", "Manager", "Helper", "Handler"] {
            let is_type = |line: &str| {
                let after = ["struct ", "enum ", "trait ", "type "]
                    .iter()
                    .find_map(|kind| line.split(kind).nth(1));
                after.is_some_and(|rest| {
                    rest.split(|c: char| !c.is_ascii_alphanumeric())
                        .next()
                        .unwrap_or("")
                        .ends_with(ending)
                })
            };
            assert!(
                !source.code.lines().any(is_type),
                "{}: {ending}",
                source.path.display()
            );
        }
    }
}

#[test]
fn nothing_is_unsafe_or_left_undone() {
    for source in sources() {
        let words = [
            "unsafe ",
            "unsafe{",
            "todo!",
            "unimplemented!",
            "allow(missing_docs)",
            "allow(unsafe",
        ];
        for word in words {
            assert!(
                !source.code.contains(word),
                "{}: {word}",
                source.path.display()
            );
        }
    }
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    assert!(library.contains("#![deny(missing_docs)]"));
}

/// The project speaks of itself alone: no folder of one machine, no server on the net but those that it explains.
#[test]
fn no_file_names_a_machine() {
    // written apart, so that this file does not name them either
    let folders = ["work", "root", "home", "opt"].map(|name| format!("/{name}/"));
    let known = [
        "127.0.0.1",
        "localhost",
        "keepachangelog.com",
        "semver.org",
        "rustup.rs",
        "www.apache.org",
        // what SARIF and MyBatis name their schemas by
        "docs.oasis-open.org",
        "raw.githubusercontent.com",
        "json-schema.org",
        "mybatis.org",
        // a tool that examples/lint is run by
        "pre-commit.com",
        // a stand-in for a host of the reader's own (RFC 2606)
        "example.com",
    ];
    let mut found = Vec::new();
    for folder in [
        "src", "tests", "benches", "docs", "config", "examples", "scripts", ".ci",
    ] {
        files(&root().join(folder), "", &mut found);
    }
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        path.is_file() && !name.starts_with('.') && name != "Cargo.lock" && !name.ends_with(".log")
    };
    let top = fs::read_dir(root())
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    found.extend(top.filter(is_ours));
    let is_lock = |path: &PathBuf| {
        let name = path.file_name().unwrap();
        name == "Cargo.lock" || name == "package-lock.json"
    };
    // written by package managers, with the addresses of others
    found.retain(|path| !is_lock(path));
    for path in found {
        // binary files and what the tests' clients leave behind are no text of ours
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for folder in &folders {
            assert!(
                !text.contains(folder.as_str()),
                "{} names {folder}",
                path.display()
            );
        }
        for rest in text.split("://").skip(1) {
            let host: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '.' || *c == '-')
                .collect();
            let scheme_is_http = text.contains(&format!("http://{host}"))
                || text.contains(&format!("https://{host}"));
            let is_known = host.is_empty() || known.contains(&host.as_str());
            assert!(
                !scheme_is_http || is_known,
                "{} names {host}",
                path.display()
            );
        }
    }
}

#[test]
fn links_of_pages_lead_to_files() {
    let mut pages = Vec::new();
    for folder in ["docs", "examples", "tests"] {
        files(&root().join(folder), "md", &mut pages);
    }
    let top = fs::read_dir(root()).unwrap().flatten();
    pages.extend(
        top.map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "md")),
    );
    let mut seen = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let targets = text.split("](").skip(1);
        for target in targets.filter_map(|rest| rest.split([')', '#']).next()) {
            // a link into its own page, to the net, or no link at all but code
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            seen += 1;
            assert!(
                page.parent().unwrap().join(target).exists(),
                "{} leads to {target}, which is not there",
                page.display()
            );
        }
    }
    assert!(seen > 50, "{seen} links");
}
