//! Findings that were there before: by rule, file and digest, so that lines may move.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::finding::Finding;

/// What was found before, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: BTreeMap<(String, String, String), u64>,
}

/// Why a file is no baseline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineFault {
    /// It is no JSON.
    #[error("the baseline is no JSON: {0}; write a new one with --write-baseline")]
    Json(String),
    /// It is JSON of another shape.
    #[error("the baseline has no {0}; write a new one with --write-baseline")]
    Shape(&'static str),
}

impl Baseline {
    /// Reads a file's text.
    ///
    /// # Errors
    /// It is no baseline.
    pub fn read(text: &str) -> Result<Self, BaselineFault> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| BaselineFault::Json(error.to_string()))?;
        if value.get("version").and_then(Value::as_u64) != Some(1) {
            return Err(BaselineFault::Shape("version 1"));
        }
        let findings = value.get("findings").and_then(Value::as_array);
        let mut baseline = Self::default();
        for finding in findings.ok_or(BaselineFault::Shape("findings"))? {
            let text = |key: &'static str| {
                let text = finding.get(key).and_then(Value::as_str).map(str::to_owned);
                text.ok_or(BaselineFault::Shape(key))
            };
            let key = (text("file")?, text("rule")?, text("digest")?);
            let count = finding.get("count").and_then(Value::as_u64).unwrap_or(1);
            *baseline.known.entry(key).or_default() += count;
        }
        Ok(baseline)
    }

    /// The baseline that findings make.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let mut baseline = Self::default();
        for finding in findings {
            *baseline.known.entry(key(finding)).or_default() += 1;
        }
        baseline
    }

    /// The file's text: one finding a line, in an order that does not change.
    #[must_use]
    pub fn text(&self) -> String {
        let lines: Vec<String> = self
            .known
            .iter()
            .map(|((file, rule, digest), count)| {
                let value = json!({ "file": file, "rule": rule, "digest": digest, "count": count });
                format!("    {value}")
            })
            .collect();
        format!(
            "{{\n  \"version\": 1,\n  \"findings\": [\n{}\n  ]\n}}\n",
            lines.join(",\n")
        )
    }

    /// Takes away the findings that were there before; tells how many. Of several alike as many as there were.
    pub fn subtract(&self, findings: &mut Vec<Finding>) -> usize {
        let mut left = self.known.clone();
        let before = findings.len();
        findings.retain(|finding| match left.get_mut(&key(finding)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        before - findings.len()
    }
}

fn key(finding: &Finding) -> (String, String, String) {
    (
        finding.file.to_string(),
        finding.rule.id.to_owned(),
        finding.digest.clone(),
    )
}
