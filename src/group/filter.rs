//! Which goroutines and which frames are looked at: pprof's words, pprof's meaning.
//!
//! Source: google/pprof `profile/filter.go`, `profile/prune.go` and `internal/driver/driver_focus.go`.

use regex::Regex;

use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Snapshot;
use crate::model::canonical;

/// The patterns as they were typed. `None` means no such filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterPatterns {
    /// Keep goroutines with a frame that matches.
    pub focus: Option<String>,
    /// Drop goroutines with a frame that matches.
    pub ignore: Option<String>,
    /// Drop frames that match.
    pub hide: Option<String>,
    /// Keep only frames that match.
    pub show: Option<String>,
    /// Drop frames further out than the outermost that matches.
    pub show_from: Option<String>,
    /// Drop frames further in than the frame that matches.
    pub prune_from: Option<String>,
    /// Keep goroutines with a label that matches: `key=regex`, or a regex on `key:value`.
    pub tagfocus: Option<String>,
    /// Drop goroutines with a label that matches.
    pub tagignore: Option<String>,
}

/// A pattern that is no regular expression.
#[derive(Debug, thiserror::Error)]
#[error("--{option}: {message}")]
#[non_exhaustive]
pub struct FilterError {
    /// The option, without dashes.
    pub option: &'static str,
    /// What is wrong with it.
    pub message: String,
}

/// The filters, ready to be used. The default lets everything through.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    focus: Option<Regex>,
    ignore: Option<Regex>,
    hide: Option<Regex>,
    show: Option<Regex>,
    show_from: Option<Regex>,
    prune_from: Option<Regex>,
    tagfocus: Option<TagFilter>,
    tagignore: Option<TagFilter>,
}

#[derive(Clone, Debug)]
struct TagFilter {
    key: Option<String>,
    patterns: Vec<Regex>,
}

impl Filter {
    /// Compiles the patterns.
    pub fn new(patterns: &FilterPatterns) -> Result<Self, FilterError> {
        let one =
            |option, pattern: &Option<String>| pattern.as_deref().map(|it| compile(option, it)).transpose();
        let tags = |option, pattern: &Option<String>| {
            pattern.as_deref().map(|it| TagFilter::new(option, it)).transpose()
        };
        Ok(Filter {
            focus: one("focus", &patterns.focus)?,
            ignore: one("ignore", &patterns.ignore)?,
            hide: one("hide", &patterns.hide)?,
            show: one("show", &patterns.show)?,
            show_from: one("show-from", &patterns.show_from)?,
            prune_from: one("prune-from", &patterns.prune_from)?,
            tagfocus: tags("tagfocus", &patterns.tagfocus)?,
            tagignore: tags("tagignore", &patterns.tagignore)?,
        })
    }

    /// Whether labels matter.
    pub(super) fn has_tags(&self) -> bool {
        self.tagfocus.is_some() || self.tagignore.is_some()
    }

    /// Whether a label set passes.
    pub(super) fn tags(&self, pairs: &[(Box<str>, Box<str>)]) -> bool {
        let focused = self.tagfocus.as_ref().is_none_or(|it| it.matches(pairs));
        focused && !self.tagignore.as_ref().is_some_and(|it| it.matches(pairs))
    }

    /// Looks at each function of a snapshot once.
    pub(super) fn frames(&self, snapshot: &Snapshot) -> Kept {
        let all = [&self.focus, &self.ignore, &self.hide, &self.show, &self.show_from, &self.prune_from];
        if all.iter().all(|it| it.is_none()) {
            return Kept::default();
        }
        let files_len = snapshot.symbols.files_len();
        let look = |pattern: &Option<Regex>| {
            pattern.as_ref().map(|pattern| {
                let functions = (0..snapshot.symbols.functions_len() as u32)
                    .map(|id| {
                        let raw = snapshot.symbols.function(FunctionId(id));
                        pattern.is_match(raw) || pattern.is_match(&canonical(raw))
                    })
                    .collect();
                let files = (0..files_len as u32)
                    .map(|id| id > 0 && pattern.is_match(snapshot.symbols.file(crate::model::FileId(id))))
                    .collect();
                Matches { functions, files }
            })
        };
        Kept {
            focus: look(&self.focus),
            ignore: look(&self.ignore),
            hide: look(&self.hide),
            show: look(&self.show),
            show_from: look(&self.show_from),
            prune_from: look(&self.prune_from),
        }
    }
}

fn compile(option: &'static str, pattern: &str) -> Result<Regex, FilterError> {
    Regex::new(pattern).map_err(|error| {
        let message =
            error.to_string().lines().last().unwrap_or("not a regular expression").trim().to_owned();
        FilterError { option, message: message.trim_start_matches("error: ").to_owned() }
    })
}

impl TagFilter {
    /// `key=a,b` asks for the key's value to match any; `a,b` asks for a label to match each.
    fn new(option: &'static str, pattern: &str) -> Result<Self, FilterError> {
        let (key, patterns) = match pattern.split_once('=') {
            Some((key, patterns)) => (Some(key.to_owned()), patterns),
            None => (None, pattern),
        };
        let patterns = patterns.split(',').map(|it| compile(option, it)).collect::<Result<_, _>>()?;
        Ok(TagFilter { key, patterns })
    }

    fn matches(&self, pairs: &[(Box<str>, Box<str>)]) -> bool {
        match &self.key {
            Some(key) => {
                let mut values = pairs.iter().filter(|(it, _)| **it == **key).map(|(_, value)| value);
                values.any(|value| self.patterns.iter().any(|pattern| pattern.is_match(value)))
            }
            None => self
                .patterns
                .iter()
                .all(|pattern| pairs.iter().any(|(key, value)| pattern.is_match(&format!("{key}:{value}")))),
        }
    }
}

/// Which functions and files of a snapshot match each pattern.
#[derive(Default)]
pub(super) struct Kept {
    focus: Option<Matches>,
    ignore: Option<Matches>,
    hide: Option<Matches>,
    show: Option<Matches>,
    show_from: Option<Matches>,
    prune_from: Option<Matches>,
}

struct Matches {
    functions: Vec<bool>,
    files: Vec<bool>,
}

impl Matches {
    fn frame(&self, frame: &Frame) -> bool {
        let at = |table: &[bool], id: u32| table.get(id as usize).copied().unwrap_or(false);
        at(&self.functions, frame.function.0) || at(&self.files, frame.file.0)
    }
}

impl Kept {
    /// Puts the frames that are left into `out`; whether the stack is kept at all.
    pub(super) fn apply(&self, frames: &[Frame], out: &mut Vec<Frame>) -> bool {
        out.extend_from_slice(frames);
        if self.focus.as_ref().is_some_and(|it| !frames.iter().any(|frame| it.frame(frame))) {
            return false;
        }
        if self.ignore.as_ref().is_some_and(|it| frames.iter().any(|frame| it.frame(frame))) {
            return false;
        }
        if let Some(it) = &self.show_from {
            let Some(outermost) = out.iter().rposition(|frame| it.frame(frame)) else {
                return false;
            };
            out.truncate(outermost + 1);
        }
        if let Some(it) = &self.prune_from
            && let Some(innermost) = out.iter().position(|frame| it.frame(frame))
        {
            out.drain(..innermost);
        }
        if let Some(it) = &self.hide {
            out.retain(|frame| !it.frame(frame));
        }
        if let Some(it) = &self.show {
            out.retain(|frame| it.frame(frame));
        }
        !out.is_empty() || frames.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let pairs: Vec<(Box<str>, Box<str>)> =
            vec![("task".into(), "fetch".into()), ("tenant".into(), "a1".into())];
        let check = |pattern: &str, expected: bool| {
            let filter = TagFilter::new("tagfocus", pattern).expect("a pattern");
            assert_eq!(filter.matches(&pairs), expected, "{pattern}");
        };
        check("task=fetch", true);
        check("task=encode,fetch", true);
        check("task=encode", false);
        check("other=fetch", false);
        check("fetch,a1", true);
        check("fetch,b2", false);
        check("tenant:a", true);
    }

    #[test]
    fn bad_patterns_name_their_option() {
        let patterns = FilterPatterns { focus: Some("a(".to_owned()), ..FilterPatterns::default() };
        let error = Filter::new(&patterns).expect_err("an open group");
        assert_eq!(error.to_string(), "--focus: unclosed group");
    }
}
