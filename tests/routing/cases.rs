//! Routes told in text files: a layout, statements, and what the data sources get.
//!
//! `tests/routes/*.txt`: blocks between blank lines; `# ` comments; `layout NAME` switches the layout;
//! `user plain` takes the rights away, `user full` gives them back; `mode ansi_quotes`, `mode latin1`
//! and `mode plain` switch `sql_mode` and character set. A block is a statement and, indented, either `DATA SOURCE: actual SQL` lines
//! (`any`, `writer` where it is not decided by the statement), or `! CODE words of the message`, and `@ write`,
//! `@ primary` for what the route says beside. `UPDATE_ROUTES=1` writes what is answered into the files.

use std::fs;
use std::path::Path;

use super::ask::{Asking, ask};
use super::layouts::{Layout, layout};

#[test]
fn statements_go_where_the_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/routes");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(!files.is_empty());
    let updates = std::env::var_os("UPDATE_ROUTES").is_some();
    let mut faults = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let answered = answered(&text);
        if updates {
            fs::write(&path, &answered).unwrap();
        } else if answered != text {
            let pairs = text
                .split("\n\n")
                .zip(answered.split("\n\n"))
                .filter(|(want, got)| want != got);
            let shown: Vec<String> = pairs
                .map(|(want, got)| format!("want:\n{want}\ngot:\n{got}\n"))
                .collect();
            faults.push(format!("{}\n{}", path.display(), shown.join("\n")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The file with the answers that routing gives now.
fn answered(text: &str) -> String {
    let mut layout_now: Option<Layout> = None;
    let mut asking = Asking::default();
    let mut blocks = Vec::new();
    for block in text.trim_end().split("\n\n") {
        let mut lines: Vec<String> = Vec::new();
        let mut sql = Vec::new();
        for line in block.lines().filter(|line| !line.starts_with(' ')) {
            lines.push(line.to_owned());
            match line.split_once(' ') {
                Some(("layout", name)) => layout_now = Some(layout(name)),
                Some(("user", name)) => asking.is_plain_user = name == "plain",
                Some(("mode", name)) => {
                    asking.mode.ansi_quotes = name.contains("ansi_quotes");
                    asking.mode.no_backslash_escapes = name.contains("no_backslash_escapes");
                    asking.is_latin1 = name.contains("latin1");
                    asking.keeps_zero = name.contains("no_auto_value_on_zero");
                }
                _ if line.starts_with('#') => {}
                _ => sql.push(line),
            }
        }
        if !sql.is_empty() {
            lines.extend(answer(
                layout_now.as_ref().unwrap(),
                &sql.join("\n"),
                &asking,
            ));
        }
        blocks.push(lines.join("\n"));
    }
    blocks.join("\n\n") + "\n"
}

fn answer(layout: &Layout, sql: &str, asking: &Asking) -> Vec<String> {
    match ask(layout, sql, asking) {
        Err(refusal) => vec![format!(
            "    ! {} {}",
            refusal.code.number().0,
            refusal.message
        )],
        Ok(answer) => {
            let mut lines: Vec<String> = answer
                .units
                .iter()
                .take(4)
                .map(|(name, sql)| format!("    {name}: {sql}"))
                .collect();
            if answer.units.len() > 4 {
                lines.push(format!("    ... {} in all", answer.units.len()));
            }
            match (answer.route.is_write, answer.route.needs_primary) {
                (true, _) => lines.push("    @ write".to_owned()),
                (false, true) => lines.push("    @ primary".to_owned()),
                _ => {}
            }
            lines
        }
    }
}
