//! The rooms under `src/` import only what `docs/architecture.md` lists for them, in its own table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const PAPER: &str = include_str!("../docs/architecture.md");

/// Room to the rooms it may import, read from the table's rows: | `room` | holds | imports |.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let rows = PAPER.lines().filter(|line| line.starts_with("| `"));
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [room, _, imports] = cells[..] else {
            panic!("three cells, please: {row}")
        };
        let words = |text: &str| -> BTreeSet<String> {
            text.split([',', ' '])
                .map(|word| word.trim_matches('`'))
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let allowed = match imports {
            "-" => BTreeSet::new(),
            // every room of the rows so far
            "all above" => table.keys().cloned().collect(),
            text if text.starts_with("all but ") => rooms()
                .difference(&words(&text["all but ".len()..]))
                .cloned()
                .collect(),
            "all" => rooms(),
            text => words(text),
        };
        let room = room.trim_matches('`');
        table.insert(
            room.to_owned(),
            allowed.into_iter().filter(|other| other != room).collect(),
        );
    }
    table
}

fn rooms() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = fs::read_dir(source)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir());
    folders
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

/// The files of a folder, but for those that its door declares for tests only.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let door = fs::read_to_string(folder.join("mod.rs")).unwrap_or_default();
    let is_for_tests = |path: &Path| {
        let stem = path.file_stem().unwrap().to_string_lossy();
        door.contains(&format!("#[cfg(test)]\nmod {stem};")) || stem.ends_with("tests")
    };
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if !is_for_tests(&path)
            && path.extension().is_some_and(|extension| extension == "rs")
        {
            found.push(path);
        }
    }
}

/// Rooms that a file names, its tests left out: those may use more.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect()
        })
        .collect()
}

#[test]
fn every_room_stands_in_the_table_and_every_row_is_a_room() {
    assert_eq!(table().into_keys().collect::<BTreeSet<_>>(), rooms());
}

#[test]
fn a_room_imports_only_what_the_table_lists() {
    let (table, rooms) = (table(), rooms());
    let mut strangers = Vec::new();
    for (room, allowed) in &table {
        let mut found = Vec::new();
        files(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room),
            &mut found,
        );
        for file in &found {
            let named = imports(&fs::read_to_string(file).unwrap());
            let outside = named
                .iter()
                .filter(|name| rooms.contains(*name) && *name != room && !allowed.contains(*name));
            strangers.extend(outside.map(|name| format!("{}: {name}", file.display())));
        }
    }
    assert!(strangers.is_empty(), "{strangers:#?}");
}

#[test]
fn no_two_rooms_import_each_other() {
    let table = table();
    for (room, allowed) in &table {
        for other in allowed {
            assert!(
                !table.get(other).is_some_and(|back| back.contains(room)),
                "{room} and {other}"
            );
        }
    }
}

#[test]
fn pure_rooms_know_no_socket_no_clock_no_runtime() {
    for room in ["model", "protocol", "sql", "rule", "route", "rewrite"] {
        let mut found = Vec::new();
        files(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room),
            &mut found,
        );
        for file in found {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or(&text);
            for word in [
                "tokio::",
                "std::net",
                "Instant::now",
                "SystemTime::now",
                "std::fs",
            ] {
                let used = code
                    .lines()
                    .any(|line| !line.trim_start().starts_with("//") && line.contains(word));
                assert!(!used, "{}: {word}", file.display());
            }
        }
    }
}
