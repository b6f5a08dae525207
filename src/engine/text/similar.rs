//! What somebody who mistyped a word probably meant.

/// The candidate that differs least from a word, if it differs little: by at most a third of its letters.
pub fn similar<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(MAX_LEN).collect();
    let near = |candidate: &'a str| {
        let letters: Vec<char> = candidate.chars().take(MAX_LEN).collect();
        let most = (word.len().max(letters.len()) / 3).max(1);
        Some((distance(&word, &letters), candidate)).filter(|(distance, _)| *distance <= most)
    };
    candidates.filter_map(near).min().map(|(_, candidate)| candidate)
}

/// Letters of a word that are compared.
const MAX_LEN: usize = 100;

/// The Levenshtein distance: the fewest letters to insert, remove or replace.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_words() {
        let check = |word: &str, expected: Option<&str>| {
            let words = ["chan-send-stuck", "select-stuck", "max_growth", "max_growth_share", "warn"];
            assert_eq!(similar(word, words.into_iter()), expected, "{word}");
        };
        check("chan-send-stuk", Some("chan-send-stuck"));
        check("max_grow", Some("max_growth"));
        check("max_growht", Some("max_growth"));
        check("wran", None);
        check("warm", Some("warn"));
        check("deadbeef", None);
        check("", None);
    }
}
