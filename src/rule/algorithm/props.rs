//! Reads the properties of one algorithm.

use std::collections::BTreeMap;

use super::{AlgorithmFault, closest};

/// The properties of one algorithm, all of them known.
pub(super) struct Props<'a> {
    type_name: &'static str,
    values: &'a BTreeMap<String, String>,
}

impl<'a> Props<'a> {
    pub(super) fn new(
        type_name: &'static str,
        values: &'a BTreeMap<String, String>,
        known: &[&str],
    ) -> Result<Self, AlgorithmFault> {
        match values.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(AlgorithmFault::new(
                key,
                format!("{type_name} has no property {key}"),
                closest::suggest(key, known),
            )),
            None => Ok(Self { type_name, values }),
        }
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.values.get(key).map(|value| value.trim())
    }

    pub(super) fn required(&self, key: &str, example: &str) -> Result<&'a str, AlgorithmFault> {
        self.text(key)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                AlgorithmFault::new(
                    key,
                    format!("{} needs the property {key}", self.type_name),
                    format!("write {key}: {example}"),
                )
            })
    }

    pub(super) fn number<T: std::str::FromStr>(
        &self,
        key: &str,
        kind: &str,
    ) -> Result<Option<T>, AlgorithmFault> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            AlgorithmFault::new(
                key,
                format!("{key} is {text:?}, which is not {kind}"),
                format!("write {kind}"),
            )
        })
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool, AlgorithmFault> {
        match self.text(key) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(AlgorithmFault::new(
                key,
                format!("{key} is {other:?}, which is neither true nor false"),
                "write true or false",
            )),
        }
    }

    /// `sharding-count`, 1 to 1,000,000: beyond that a number is a slip of the pen.
    pub(super) fn sharding_count(&self) -> Result<u64, AlgorithmFault> {
        self.required("sharding-count", "16")?;
        match self.number("sharding-count", "a whole number from 1 to 1000000")? {
            Some(count @ 1..=1_000_000) => Ok(count),
            _ => Err(AlgorithmFault::new(
                "sharding-count",
                "sharding-count is out of range",
                "write a whole number from 1 to 1000000",
            )),
        }
    }
}
