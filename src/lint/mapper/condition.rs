//! Tests of `<if>`: which of them hold together.

/// A test, as far as it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Tests with the same key hold or fail together.
    pub key: String,
    /// Whether the test holds when what the key names is there; `x == null` holds when it is not.
    pub holds_when_set: bool,
    /// The test as written, on one line.
    pub text: String,
}

impl Condition {
    /// Reads a test.
    #[must_use]
    pub fn new(test: &str) -> Self {
        let text = test.split_whitespace().collect::<Vec<_>>().join(" ");
        let (key, holds_when_set) = match of_one_name(&text) {
            Some((name, is_set)) => (name, is_set),
            None => (text.clone(), true),
        };
        Self {
            key,
            holds_when_set,
            text,
        }
    }
}

/// `x != null and x != ''` asks whether x is there, `x == null or x == ''` whether it is not.
fn of_one_name(text: &str) -> Option<(String, bool)> {
    let spaced = text.replace("&&", " and ").replace("||", " or ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let parts: Vec<Vec<&str>> = words
        .split(|word| matches!(*word, "and" | "or"))
        .map(<[&str]>::to_vec)
        .collect();
    let has = |word: &str| words.contains(&word);
    let mut read = parts.iter().map(|part| comparison(&part.concat()));
    let (name, is_set) = read.next()??;
    for other in read {
        if other? != (name.clone(), is_set) {
            return None;
        }
    }
    let fits = if is_set { !has("or") } else { !has("and") };
    fits.then_some((name, is_set))
}

/// `x!=null`, `x!=''`, `x.size()>0`, `x==null`, written without blanks.
fn comparison(text: &str) -> Option<(String, bool)> {
    const ENDS: [(&str, bool); 13] = [
        ("!=null", true),
        ("!=''", true),
        ("!=\"\"", true),
        (".size()>0", true),
        (".size>0", true),
        (".length>0", true),
        (".length()>0", true),
        (".size()!=0", true),
        ("==null", false),
        ("==''", false),
        ("==\"\"", false),
        (".size()==0", false),
        (".isEmpty()", false),
    ];
    let (end, is_set) = ENDS.iter().find(|(end, _)| text.ends_with(end))?;
    let (negated, name) = match text.strip_suffix(end)?.strip_prefix('!') {
        Some(name) => (true, name),
        None => (false, text.strip_suffix(end)?),
    };
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
    is_name.then(|| (name.to_owned(), *is_set != negated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_of_one_name_hold_or_fail_together() {
        let cases = [
            ("skuId != null", "skuId", true),
            ("skuId!=null and skuId != ''", "skuId", true),
            ("ids != null && ids.size() > 0", "ids", true),
            ("!ids.isEmpty()", "ids", true),
            ("skuId == null", "skuId", false),
            ("skuId == null or skuId == ''", "skuId", false),
            (
                "skuId != null or other != null",
                "skuId != null or other != null",
                true,
            ),
            (
                "skuId != null and other == null",
                "skuId != null and other == null",
                true,
            ),
            ("type ==\n 1", "type == 1", true),
        ];
        for (test, key, holds_when_set) in cases {
            let read = Condition::new(test);
            assert_eq!(
                (read.key.as_str(), read.holds_when_set),
                (key, holds_when_set),
                "{test}"
            );
        }
    }
}
