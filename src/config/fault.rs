//! What is wrong in a configuration, where, and what to write instead.

use std::fmt;

/// Whether a fault keeps the configuration from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The configuration is not used.
    Error,
    /// The configuration works, but its owner should know.
    Warning,
}

/// One finding with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// File as it was named on the command line, joined with its name in the directory.
    pub file: String,
    /// Line from 1; 0 where the finding concerns the file (or the directory) as a whole.
    pub line: usize,
    /// Column from 1, in characters; 0 together with `line`.
    pub column: usize,
    /// Way from the file's root, such as `rules[1].tables.inv_stock.tableStrategy`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
    /// Error or warning.
    pub severity: Severity,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        f.write_str(": ")?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_prints_file_line_column_path_message_and_remedy() {
        let fault = Fault {
            file: "config/a.yaml".into(),
            line: 3,
            column: 5,
            path: "rules[0].tables".into(),
            message: "no such thing".into(),
            remedy: "write another".into(),
            severity: Severity::Error,
        };
        assert_eq!(
            fault.to_string(),
            "config/a.yaml:3:5: rules[0].tables: no such thing; write another"
        );
    }
}
