//! The file that `shardgate lint --rules` reads: which rules count, and where.

use super::cursor::{Cursor, Report};
use super::fault::{Fault, Severity};
use super::tree;

/// What becomes of a rule's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LintLevel {
    /// They are not told.
    Off,
    /// They are told as warnings.
    Warning,
    /// They are told as errors.
    Error,
}

/// Levels by rule.
pub type LintLevels = Vec<(String, LintLevel)>;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LintFile {
    /// Levels everywhere.
    pub rules: LintLevels,
    /// Levels below paths that match a pattern, later ones over earlier ones.
    pub paths: Vec<(String, LintLevels)>,
}

/// Reads the file's text; `known` are the names of all rules.
///
/// # Errors
/// Every fault with its place.
pub fn lint_file(name: &str, text: &str, known: &[&str]) -> Result<LintFile, Vec<Fault>> {
    let root = tree::parse(text).map_err(|faults| {
        let told = faults.into_iter().map(|fault| Fault {
            file: name.to_owned(),
            line: fault.at.line,
            column: fault.at.column,
            path: String::new(),
            message: fault.message,
            remedy: fault.remedy,
            severity: Severity::Error,
        });
        told.collect::<Vec<_>>()
    })?;
    let report = Report::new(name);
    let mut file = LintFile::default();
    let cursor = Cursor::root(&root, &report);
    if !cursor.is_null() {
        for (key, at) in cursor.entries() {
            match key {
                "rules" => file.rules = levels(&at, known),
                "paths" => {
                    file.paths = at.items().iter().filter_map(|at| path(at, known)).collect()
                }
                other => {
                    at.unknown_name("key of a rules file", other, ["rules", "paths"].into_iter())
                }
            }
        }
    }
    let (faults, _) = report.into_findings();
    if faults.is_empty() {
        Ok(file)
    } else {
        Err(faults)
    }
}

fn path(at: &Cursor<'_>, known: &[&str]) -> Option<(String, LintLevels)> {
    let (mut pattern, mut found) = (None, LintLevels::new());
    for (key, at) in at.entries() {
        match key {
            "path" => pattern = at.text().map(str::to_owned),
            "rules" => found = levels(&at, known),
            other => at.unknown_name("key of a path", other, ["path", "rules"].into_iter()),
        }
    }
    if pattern.is_none() {
        at.fault(
            "no path",
            "write path: and a pattern such as \"migrations/**\"",
        );
    }
    Some((pattern?, found))
}

fn levels(at: &Cursor<'_>, known: &[&str]) -> LintLevels {
    let choices = [
        ("off", LintLevel::Off),
        ("warning", LintLevel::Warning),
        ("error", LintLevel::Error),
    ];
    let mut found = LintLevels::new();
    for (rule, at) in at.entries() {
        if known.contains(&rule) {
            found.extend(at.choice(&choices).map(|level| (rule.to_owned(), level)));
        } else {
            at.unknown_name("rule", rule, known.iter().copied());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["actual-name", "needs-merge"];

    #[test]
    fn levels_are_read_for_all_files_and_below_paths() {
        let text = "rules: { needs-merge: warning }\npaths:\n- path: \"old/**\"\n  rules:\n    actual-name: off\n";
        let file = lint_file("lint.yaml", text, &KNOWN).unwrap();
        assert_eq!(file.rules, [("needs-merge".to_owned(), LintLevel::Warning)]);
        assert_eq!(
            file.paths,
            [(
                "old/**".to_owned(),
                vec![("actual-name".to_owned(), LintLevel::Off)]
            )]
        );
        assert_eq!(
            lint_file("lint.yaml", "", &KNOWN).unwrap(),
            LintFile::default()
        );
    }

    #[test]
    fn faults_have_their_place_and_the_nearest_name() {
        let faults = lint_file(
            "lint.yaml",
            "rules:\n  actual-nam: off\n  needs-merge: loud\nother: 1\n",
            &KNOWN,
        )
        .unwrap_err();
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 3, "{told:?}");
        assert!(
            told[0].starts_with("lint.yaml:2:") && told[0].contains("actual-name"),
            "{}",
            told[0]
        );
        assert!(lint_file("lint.yaml", "rules: [", &KNOWN).is_err());
    }
}
