//! Filters of labels, which pprof calls tags.

use super::pattern::FilterError;
use super::pattern::Pattern;

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
