//! Patterns of paths: `*` and `?` within a folder's name, `**` over folders.

/// Whether a path matches. A pattern without `/` matches a file's name in any folder; one that ends with `/` what is
/// below it.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    let whole = match (pattern.strip_suffix('/'), pattern.contains('/')) {
        (Some(folder), _) => format!("{folder}/**"),
        (None, true) => pattern.to_owned(),
        (None, false) => format!("**/{pattern}"),
    };
    let parts: Vec<&str> = whole.split('/').collect();
    let names: Vec<&str> = path.split('/').collect();
    parts_match(&parts, &names)
}

fn parts_match(parts: &[&str], names: &[&str]) -> bool {
    // reachable[n]: the parts so far can match the first n names
    let mut reachable = vec![false; names.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for part in parts {
        let mut next = vec![false; names.len() + 1];
        let mut carried = false;
        for (index, slot) in next.iter_mut().enumerate() {
            let here = reachable.get(index).copied().unwrap_or(false);
            if *part == "**" {
                carried |= here;
                *slot = carried;
            } else if let Some(before) = index.checked_sub(1) {
                let is_open = reachable.get(before).copied().unwrap_or(false);
                *slot = is_open
                    && names
                        .get(before)
                        .is_some_and(|name| name_matches(part, name));
            }
        }
        reachable = next;
    }
    reachable.last().copied().unwrap_or(false)
}

fn name_matches(part: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let mut reachable = vec![false; name.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for sign in part.chars() {
        let mut next = vec![false; name.len() + 1];
        let mut carried = false;
        for (index, slot) in next.iter_mut().enumerate() {
            let here = reachable.get(index).copied().unwrap_or(false);
            if sign == '*' {
                carried |= here;
                *slot = carried;
            } else if let Some(before) = index.checked_sub(1) {
                let is_open = reachable.get(before).copied().unwrap_or(false);
                *slot = is_open && (sign == '?' || name.get(before) == Some(&sign));
            }
        }
        reachable = next;
    }
    reachable.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_names_and_folders() {
        let cases = [
            ("*.sql", "a/b/c.sql", true),
            ("*.sql", "c.sqlx", false),
            ("migrations/**", "migrations/a/V1__x.sql", true),
            ("migrations/", "migrations/V1__x.sql", true),
            ("migrations/*", "migrations/a/b.sql", false),
            ("**/old/*.xml", "src/old/a.xml", true),
            ("**/old/*.xml", "old/a.xml", true),
            ("src/**/x?.xml", "src/a/b/x1.xml", true),
            ("src/**/x?.xml", "src/a/b/x12.xml", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
