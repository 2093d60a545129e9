//! The nearest known word to a misspelled one.

/// "did you mean" for a word that is none of `known`.
pub(super) fn suggest(word: &str, known: &[&str]) -> String {
    let folded = word.to_lowercase();
    let nearest = known
        .iter()
        .map(|name| (distance(&folded, &name.to_lowercase()), *name))
        .min();
    match nearest {
        Some((steps, name)) if steps <= 1 + word.len() / 3 => {
            format!("did you mean {name}? known: {}", known.join(", "))
        }
        _ => format!("known: {}", known.join(", ")),
    }
}

/// Insertions, deletions and replacements between two words.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.chars().take(64).enumerate() {
        let mut next = vec![line + 1];
        let mut left = line + 1;
        for ((b, above), diagonal) in other.iter().zip(row.iter().skip(1)).zip(&row) {
            left = (above + 1)
                .min(left + 1)
                .min(diagonal + usize::from(a != *b));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn a_near_word_is_named_and_a_far_one_is_not() {
        assert!(
            suggest("sharding-cuont", &["seed", "sharding-count"])
                .starts_with("did you mean sharding-count?")
        );
        assert!(suggest("banana", &["seed", "sharding-count"]).starts_with("known:"));
    }
}
