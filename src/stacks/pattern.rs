//! The patterns of filters, and filters of labels, which pprof calls tags.

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

/// A compiled `--tagfocus` or `--tagignore`.
#[derive(Clone, Debug)]
pub(super) struct TagFilter {
    key: Option<String>,
    patterns: Vec<Pattern>,
}

impl TagFilter {
    /// `key=a,b` matches if the key's value matches one of the patterns; `a,b` matches if each pattern matches a label, written
    /// `key:value`.
    pub(super) fn new(option: &'static str, pattern: &str) -> Result<Self, FilterError> {
        let (key, patterns) = match pattern.split_once('=') {
            Some((key, patterns)) => (Some(key.to_owned()), patterns),
            None => (None, pattern),
        };
        let patterns = patterns.split(',').map(|it| Pattern::new(option, it)).collect::<Result<_, _>>()?;
        Ok(TagFilter { key, patterns })
    }

    pub(super) fn is_match<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> bool {
        match &self.key {
            Some(key) => {
                let mut values = pairs.filter(|(it, _)| *it == key.as_str()).map(|(_, value)| value);
                values.any(|value| self.patterns.iter().any(|pattern| pattern.is_match(value)))
            }
            None => self.patterns.iter().all(|pattern| {
                let mut pairs = pairs.clone();
                pairs.any(|(key, value)| pattern.is_match(&format!("{key}:{value}")))
            }),
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

    #[test]
    fn tags() {
        let pairs = [("task", "fetch"), ("tenant", "a1")];
        let check = |pattern: &str, expected: bool| {
            let filter = TagFilter::new("tagfocus", pattern).expect("a pattern");
            assert_eq!(filter.is_match(pairs.iter().copied()), expected, "{pattern}");
        };
        check("task=fetch", true);
        check("task=encode,fetch", true);
        check("task=encode", false);
        check("other=fetch", false);
        check("fetch,a1", true);
        check("fetch,b2", false);
        check("tenant:a", true);
    }
}
