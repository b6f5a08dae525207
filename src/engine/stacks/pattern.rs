//! A regular expression of a filter.

use memchr::memmem::Finder;
use regex_lite::Regex;

/// A pattern that is not a valid regular expression.
#[derive(Debug, thiserror::Error)]
#[error("--{option}: {message}")]
#[non_exhaustive]
pub struct FilterError {
    /// The option, without dashes.
    pub option: &'static str,
    /// What is wrong with it.
    pub message: String,
}

/// A compiled pattern. Most patterns have no special characters; a substring search finds these many times faster.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Substring(Box<Finder<'static>>),
    Regex(Regex),
}

impl Pattern {
    pub(super) fn new(option: &'static str, pattern: &str) -> Result<Self, FilterError> {
        if regex_lite::escape(pattern) == pattern {
            return Ok(Pattern::Substring(Box::new(Finder::new(pattern).into_owned())));
        }
        let regex =
            Regex::new(pattern).map_err(|error| FilterError { option, message: error.to_string() })?;
        Ok(Pattern::Regex(regex))
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        match self {
            Pattern::Substring(finder) => finder.find(text.as_bytes()).is_some(),
            Pattern::Regex(regex) => regex.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let check = |pattern: &str, text: &str, expected: bool| {
            let compiled = Pattern::new("focus", pattern).expect("a pattern");
            assert_eq!(compiled.is_match(text), expected, "{pattern} {text}");
        };
        check("", "main", true);
        check("ain", "main", true);
        check("größe", "die größe", true);
        check("main.a", "main_a", true);
        check(r"main\.a", "main_a", false);
        check(r"^\w+$", "größe", false);
        check(r"^[[:alpha:]ßö]+$", "größe", true);
        check("gr.ße", "größe", true);
        check("(?i)MAIN", "main", true);
        check("(?i)GRößE", "größe", true);
        check("(?i)GRÖßE", "größe", false);
        check(r"\bFetch\b", "http.(*C).Fetch", true);
        check("a{2,}?b|(?:c)$", "aab", true);
    }
}
