//! "did you mean": the known word nearest to a misspelled one.

/// The candidate within a third of the word's length in edits, nearest first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    let limit = (folded.len() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Case, dashes and underscores are the usual slips between ShardingSphere's two spellings.
fn fold(word: &str) -> Vec<char> {
    word.chars()
        .take(100)
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Edits (insert, delete, replace) between two words.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(b) {
            let replaced = diagonal + usize::from(from != to);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_word_wins_and_far_words_do_not_count() {
        let known = [
            "shardingColumn",
            "shardingColumns",
            "shardingAlgorithmName",
            "actualDataNodes",
        ];
        assert_eq!(nearest("shardingColum", known), Some("shardingColumn"));
        assert_eq!(nearest("sharding-column", known), Some("shardingColumn"));
        assert_eq!(nearest("actualDataNode", known), Some("actualDataNodes"));
        assert_eq!(nearest("colour", known), None);
    }
}
