//! One verdict everywhere: `lint`, `explain` and the port refuse the same statements, with the same number.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use mysql::Conn;
use mysql::prelude::Queryable;
use shardgate::config::Config;
use shardgate::lint::{Linter, Settings, SourceKind, read_schema};
use shardgate::model::Schema;
use shardgate::server;
use shardgate::sql::{Kind, ServerFamily, SqlMode};
use shardgate::verdict::{ALL_RIGHTS, Grounds, Logical, Outcome};

use crate::support::{DATABASE, Fault, Refusal, ask, shop, value};

/// What a side says: the number that it refuses with, or nothing.
type Said = Option<u16>;

/// Statements about which the port knows more than any text can tell, by a word of theirs.
const LIVE_KNOWS: &[(&str, &str)] = &[
    (
        "information_schema",
        "answered through views of its own, shape by shape (10.2)",
    ),
    ("performance_schema", "an admin's own matter at one server"),
    (
        "outbox",
        "goes where the transaction writes, and there is none (4.11)",
    ),
    ("@", "a user variable's value decides"),
];

/// The corpus, each statement once.
fn corpus() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut found = BTreeSet::new();
    for path in files(&root.join("routes"), "txt") {
        for block in fs::read_to_string(path).unwrap().split("\n\n") {
            let is_statement = |line: &&str| {
                !line.starts_with([' ', '#'])
                    && !["layout ", "user ", "mode "]
                        .iter()
                        .any(|word| line.starts_with(word))
            };
            let lines: Vec<&str> = block.lines().filter(is_statement).collect();
            found.insert(lines.join("\n"));
        }
    }
    for (folder, ending) in [
        ("routes", "sql"),
        ("integration", "sql"),
        ("integration/meaning/corpus", "sql"),
    ] {
        for path in files(&root.join(folder), ending) {
            let text = fs::read_to_string(path).unwrap();
            found.extend(text.lines().filter_map(filled));
        }
    }
    for path in files(&root.join("vectors"), "tsv") {
        let is_statements = path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("statements_");
        if !is_statements {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        found.extend(
            rows.filter_map(|row| row.split('\t').nth(2))
                .map(str::to_owned),
        );
    }
    // a stray `;` is an error of the port's (1065), and not worth a line in a file
    found.retain(|text| !text.trim_matches([' ', '\n', ';']).is_empty() && !text.starts_with("--"));
    found
}

/// A line of a corpus: `+ ` and `kind: ` before it are marks, `{a}` and the like SKUs.
fn filled(line: &str) -> Option<String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') || line.starts_with("--") {
        return None;
    }
    let line = line.strip_prefix("+ ").unwrap_or(line);
    let line = match line.split_once(": ") {
        Some((kind, rest)) if kind.chars().all(|c| c.is_ascii_lowercase()) => rest,
        _ => line,
    };
    let names = ["a", "b", "c", "d", "n", "s", "o"];
    let mut text = line.trim_end_matches(';').to_owned();
    for (index, name) in names.iter().enumerate() {
        text = text.replace(&format!("{{{name}}}"), &(900_001 + index).to_string());
    }
    Some(text.replace("{g}", "9007199254740993"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == ending)
        })
        .collect();
    found.sort();
    found
}

/// `lint` and `explain`, as a user of the command line has them.
struct Offline {
    config: Config,
    schema: Schema,
    names: Vec<String>,
    family: ServerFamily,
}

impl Offline {
    fn new(family: ServerFamily) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let config = server::load(&root.join("config")).unwrap();
        let mut schema = Schema::default();
        let tables = root.join("examples/ecommerce.sql");
        read_schema(&[tables], SqlMode::default(), family, &mut schema).unwrap();
        let names = vec![config.databases[0].database.name.clone()];
        Self {
            config,
            schema,
            names,
            family,
        }
    }

    fn ask<T>(&self, question: impl FnOnce(Grounds<'_>) -> T) -> T {
        let logical = Logical {
            rules: &self.config.databases[0].database,
            schema: &self.schema,
        };
        question(Grounds {
            databases: &[logical],
            names: &self.names,
            current: 0,
            mode: SqlMode::default(),
            family: self.family,
            rights: ALL_RIGHTS,
        })
    }

    fn lint(&self, text: &str) -> Said {
        self.ask(|grounds| {
            let settings = Settings::default();
            let mut linter = Linter::new(grounds, &settings);
            linter.source("corpus", SourceKind::Sql, text.as_bytes());
            let report = linter.finish();
            report.findings.iter().find_map(|finding| finding.code)
        })
    }

    /// With how many statements the text is.
    fn explain(&self, text: &str) -> (Said, usize) {
        self.ask(|grounds| match grounds.stories(text.as_bytes()) {
            Err(refusal) => (Some(refusal.code.number().0), 1),
            Ok(stories) => {
                let refused = stories.iter().find_map(|story| match &story.outcome {
                    Outcome::Refused { code, .. } => Some(*code),
                    _ => None,
                });
                (refused, stories.len())
            }
        })
    }

    fn kind(&self, text: &str) -> Option<Kind> {
        self.ask(|grounds| {
            grounds
                .read(text.as_bytes())
                .ok()
                .map(|read| read.statement.kind)
        })
    }
}

/// `PREVIEW` behind the comments that the text begins with: hints stand in front.
fn preview(text: &str) -> String {
    match text.trim_start().split_once("*/") {
        Some((comment, rest)) if comment.starts_with("/*") && !comment.starts_with("/*!") => {
            format!("{comment}*/ PREVIEW {rest}")
        }
        _ => format!("PREVIEW {text}"),
    }
}

/// A server that does not answer in time, on a busy machine, says nothing about the statement: asked again.
fn asked<T>(mut ask: impl FnMut() -> Result<T, Refusal>) -> Result<T, Refusal> {
    for _ in 0..4 {
        match ask() {
            Err(refusal) if matches!(refusal.code, 29_010 | 29_011) => {
                thread::sleep(Duration::from_secs(1));
            }
            answer => return answer,
        }
    }
    ask()
}

/// The number of an error of the proxy's own; the servers' are about rows, names and values.
fn refused(conn: &mut Conn, text: &str, expected: Said) -> Said {
    match asked(|| ask(conn, text)) {
        Ok(_) => None,
        Err(refusal) if refusal.code >= 10_000 || Some(refusal.code) == expected => {
            Some(refusal.code)
        }
        Err(_) => None,
    }
}

#[test]
fn lint_explain_and_the_port_give_one_verdict() {
    let shop = shop();
    let mut conn = shop.connect();
    let version = value(&mut conn, "SELECT VERSION()");
    let numbers: Vec<u32> = version
        .split(['.', '-'])
        .map_while(|part| part.parse().ok())
        .collect();
    let number = numbers[0] * 10_000 + numbers[1] * 100 + numbers[2];
    let family = if version.contains("MariaDB") {
        ServerFamily::MariaDb(number)
    } else {
        ServerFamily::MySql(number)
    };
    let offline = Offline::new(family);
    let corpus = corpus();
    assert!(corpus.len() > 1_000, "only {} statements", corpus.len());
    let (mut faults, mut refusals, mut live) = (Vec::new(), 0, 0);
    for text in &corpus {
        let linted = offline.lint(text);
        let (explained, count) = offline.explain(text);
        if linted != explained {
            faults.push(format!("{text}\n  lint {linted:?}, explain {explained:?}"));
        }
        refusals += usize::from(linted.is_some());
        let is_known_live = LIVE_KNOWS
            .iter()
            .any(|(word, _)| text.to_lowercase().contains(word));
        if count == 1 && !is_known_live {
            live += 1;
            // what a statement leaves behind is none of the next one's
            conn.reset().unwrap();
            ask(&mut conn, format!("USE {DATABASE}")).unwrap();
            faults.extend(at_the_port(&mut conn, &offline, text, explained));
        }
    }
    assert!(
        refusals > 200 && live > 1_000,
        "{refusals} refused, {live} asked at the port"
    );
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        corpus.len(),
        faults.join("\n")
    );
}

/// What the port says otherwise. What is refused is sent as it is, and so are reads; other statements are shown.
fn at_the_port(conn: &mut Conn, offline: &Offline, text: &str, expected: Said) -> Option<String> {
    let kind = offline.kind(text);
    let is_read = matches!(kind, Some(Kind::Query(_)));
    let is_data = is_read
        || matches!(
            kind,
            Some(Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_))
        );
    let has_parameters = text.contains('?');
    let mut said = Vec::new();
    if is_data {
        said.push(("PREVIEW", refused(conn, &preview(text), expected)));
        let prepared = asked(|| match conn.prep(text).map_err(Fault::from) {
            Err(Fault::Refused(refusal)) => Err(refusal),
            Err(Fault::Broken(error)) => panic!("{text}: {error}"),
            Ok(_) => Ok(()),
        });
        let code = prepared.err().map(|refusal| refusal.code);
        said.push((
            "prepare",
            code.filter(|code| *code >= 10_000 || Some(*code) == expected),
        ));
    }
    if (is_read || expected.is_some() || kind.is_none()) && !has_parameters {
        said.push(("text", refused(conn, text, expected)));
    }
    let differs: Vec<String> = said
        .into_iter()
        .filter(|(_, code)| *code != expected)
        .map(|(how, code)| format!("{how} {code:?}"))
        .collect();
    (!differs.is_empty()).then(|| {
        format!(
            "{text}\n  explain {expected:?}, the port: {}",
            differs.join(", ")
        )
    })
}
