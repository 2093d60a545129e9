//! The report: Markdown on stdout and in a file, every round's figures as JSON beside it.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::machine;
use crate::options::Options;

/// What has been measured so far; the files are written anew after each section, the JSON after each
/// round of a comparison too, so a run cut short leaves its results.
pub struct Report {
    markdown: String,
    json: Map<String, Value>,
    file: PathBuf,
}

impl Report {
    pub fn open(options: &Options) -> Result<Report, Box<dyn Error>> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .ok_or("a target folder without a parent")?
            .join("bench");
        fs::create_dir_all(&folder)?;
        let machine = machine::describe();
        let mut markdown = String::from("# What a hop costs\n\n");
        for (name, value) in machine.as_object().into_iter().flatten() {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            writeln!(markdown, "- {}: {text}", name.replace('_', " "))?;
        }
        let programs = programs(options)?;
        for program in &programs {
            let field = |name: &str| program[name].as_str().unwrap_or_default();
            writeln!(
                markdown,
                "- {}: {}, {}",
                field("label"),
                field("program"),
                field("origin")
            )?;
        }
        let (loader, tables) = (options.loader.word(), options.tables.word());
        writeln!(
            markdown,
            "- loader: {loader}\n- tables of direct and haproxy: {tables}"
        )?;
        println!("{markdown}");
        let mut json = Map::new();
        json.insert("machine".to_owned(), machine);
        json.insert(
            "options".to_owned(),
            json!({ "rounds": options.rounds, "seconds": options.time.as_secs_f64(), "skus": options.skus, "pool": options.pool,
                    "eof_deprecated": options.is_eof_deprecated,
                    "loader": loader, "tables": tables, "programs": programs }),
        );
        Ok(Report {
            markdown,
            json,
            file: folder.join(&options.output),
        })
    }

    /// Prints a section and keeps it, with the figures that it is made of.
    pub fn section(
        &mut self,
        word: &str,
        markdown: &str,
        raw: Vec<Value>,
    ) -> Result<(), Box<dyn Error>> {
        println!("{markdown}");
        self.markdown.push('\n');
        self.markdown.push_str(markdown);
        fs::write(self.file.with_extension("md"), &self.markdown)?;
        self.keep(word, raw)
    }

    /// Keeps the figures of a section that goes on yet.
    pub fn keep(&mut self, word: &str, raw: Vec<Value>) -> Result<(), Box<dyn Error>> {
        self.json.insert(word.to_owned(), Value::Array(raw));
        let text = serde_json::to_string_pretty(&self.json)?;
        fs::write(self.file.with_extension("json"), text)?;
        Ok(())
    }

    pub fn close(self) {
        println!(
            "\nwritten to {} and .json beside it",
            self.file.with_extension("md").display()
        );
    }
}

/// Every shardgate that is measured: which file, of what build.
fn programs(options: &Options) -> Result<Vec<Value>, Box<dyn Error>> {
    let own = std::iter::once(("shardgate", options.program()?));
    let others = options.binaries.iter();
    own.chain(others.map(|it| (it.label.as_str(), it.program.as_path())))
        .map(|(label, program)| {
            let program = program
                .canonicalize()
                .map_err(|error| format!("{}: {error}", program.display()))?;
            Ok(json!({ "label": label, "origin": origin(&program), "program": program }))
        })
        .collect()
}

/// The note that scripts/release.sh leaves beside a program, and the program's age.
fn origin(program: &Path) -> String {
    let note = fs::read_to_string(program.with_extension("note"));
    let note = note.as_deref().map_or("of no known build", str::trim);
    let written = fs::metadata(program).and_then(|file| file.modified());
    match written.map(|written| written.elapsed()) {
        Ok(Ok(age)) => format!("{note}, written {} minutes before", age.as_secs() / 60),
        _ => note.to_owned(),
    }
}
