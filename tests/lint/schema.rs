//! As much of JSON schema (draft 7) as SARIF's needs; a word that is not known here fails the test.

use serde_json::Value;

/// A schema.
pub struct Schema(Value);

/// Words that say nothing about what is valid, or only what a text looks like.
const PASSED: [&str; 7] = [
    "$schema",
    "$id",
    "title",
    "description",
    "default",
    "definitions",
    "format",
];

impl Schema {
    /// Reads one.
    pub fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    /// What is not valid, each with its path.
    pub fn faults(&self, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(&self.0, value, "$", &mut faults);
        faults
    }

    fn check(&self, schema: &Value, value: &Value, path: &str, faults: &mut Vec<String>) {
        for (word, rule) in schema.as_object().unwrap() {
            let is_valid = match word.as_str() {
                "$ref" => {
                    self.check(self.definition(rule.as_str().unwrap()), value, path, faults);
                    true
                }
                "type" => is_of_type(value, rule),
                "enum" => rule.as_array().unwrap().contains(value),
                "minimum" => value
                    .as_f64()
                    .is_none_or(|number| number >= rule.as_f64().unwrap()),
                "maximum" => value
                    .as_f64()
                    .is_none_or(|number| number <= rule.as_f64().unwrap()),
                "minItems" => value
                    .as_array()
                    .is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
                "uniqueItems" => {
                    rule == &Value::Bool(false)
                        || value.as_array().is_none_or(|items| is_unique(items))
                }
                "required" => value.as_object().is_none_or(|object| {
                    rule.as_array()
                        .unwrap()
                        .iter()
                        .all(|name| object.contains_key(name.as_str().unwrap()))
                }),
                "anyOf" | "oneOf" => {
                    let valid = rule
                        .as_array()
                        .unwrap()
                        .iter()
                        .filter(|one| self.is_valid(one, value))
                        .count();
                    valid == 1 || (valid > 1 && word == "anyOf")
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{path}[{index}]"), faults);
                    }
                    true
                }
                "properties" => {
                    for (name, item) in value.as_object().into_iter().flatten() {
                        if let Some(rule) = rule.get(name) {
                            self.check(rule, item, &format!("{path}.{name}"), faults);
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    self.additional(schema, rule, value, path, faults);
                    true
                }
                "pattern" => panic!("{path} is a text with a pattern, which is not looked at here"),
                word if PASSED.contains(&word) => true,
                word => panic!("{word} of JSON schema is not known here"),
            };
            if !is_valid {
                faults.push(format!("{path}: {word} is {rule}, found {value}"));
            }
        }
    }

    fn is_valid(&self, schema: &Value, value: &Value) -> bool {
        let mut faults = Vec::new();
        self.check(schema, value, "", &mut faults);
        faults.is_empty()
    }

    fn additional(
        &self,
        schema: &Value,
        rule: &Value,
        value: &Value,
        path: &str,
        faults: &mut Vec<String>,
    ) {
        for (name, item) in value.as_object().into_iter().flatten() {
            if schema["properties"].get(name).is_some() {
                continue;
            }
            match rule {
                Value::Bool(true) => {}
                Value::Bool(false) => faults.push(format!("{path}.{name} is no property")),
                rule => self.check(rule, item, &format!("{path}.{name}"), faults),
            }
        }
    }

    fn definition(&self, reference: &str) -> &Value {
        let path = reference.strip_prefix('#').unwrap();
        self.0.pointer(path).unwrap()
    }
}

fn is_of_type(value: &Value, rule: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("type {other} is not known here"),
    };
    match rule {
        Value::String(name) => is(name),
        names => names
            .as_array()
            .unwrap()
            .iter()
            .any(|name| is(name.as_str().unwrap())),
    }
}

fn is_unique(items: &[Value]) -> bool {
    items
        .iter()
        .enumerate()
        .all(|(index, item)| !items[..index].contains(item))
}
