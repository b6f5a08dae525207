//! Which goroutines and which frames are looked at: pprof's words, pprof's meaning.
//!
//! Source: google/pprof `profile/filter.go`, `profile/prune.go` and `internal/driver/driver_focus.go`.

use memchr::memmem::Finder;
use regex_lite::Regex;

use crate::golang::canonical;
use crate::model::FileId;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::StackId;

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
    focus: Option<Pattern>,
    ignore: Option<Pattern>,
    hide: Option<Pattern>,
    show: Option<Pattern>,
    show_from: Option<Pattern>,
    prune_from: Option<Pattern>,
    tagfocus: Option<TagFilter>,
    tagignore: Option<TagFilter>,
}

/// A pattern, ready to be used. Most are words as they stand, which are found many times faster.
#[derive(Clone, Debug)]
enum Pattern {
    Word(Box<Finder<'static>>),
    Regex(Regex),
}

impl Pattern {
    fn is_match(&self, text: &str) -> bool {
        match self {
            Pattern::Word(word) => word.find(text.as_bytes()).is_some(),
            Pattern::Regex(regex) => regex.is_match(text),
        }
    }
}

#[derive(Clone, Debug)]
struct TagFilter {
    key: Option<String>,
    patterns: Vec<Pattern>,
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

    /// Whether it lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        let Filter { focus, ignore, hide, show, show_from, prune_from, .. } = self;
        let none = [focus, ignore, hide, show, show_from, prune_from].into_iter().all(Option::is_none);
        none && !self.has_tags()
    }

    /// Whether labels matter.
    pub(crate) fn has_tags(&self) -> bool {
        self.tagfocus.is_some() || self.tagignore.is_some()
    }

    /// Whether a label set passes.
    pub(crate) fn tags<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> bool {
        let focused = self.tagfocus.as_ref().is_none_or(|it| it.matches(pairs.clone()));
        focused && !self.tagignore.as_ref().is_some_and(|it| it.matches(pairs))
    }

    /// Looks at each function and each frame of a snapshot once.
    pub(crate) fn frames(&self, profile: &Profile) -> FrameFilter {
        let symbols = &profile.symbols;
        let look = |pattern: &Option<Pattern>| {
            pattern.as_ref().map(|pattern| {
                let functions: Vec<bool> = (0..symbols.functions_len() as u32)
                    .map(|id| {
                        let raw = symbols.function(FunctionId(id));
                        let canonical = canonical(raw);
                        pattern.is_match(raw) || (*canonical != *raw && pattern.is_match(&canonical))
                    })
                    .collect();
                let files: Vec<bool> = (0..symbols.files_len() as u32)
                    .map(|id| id > 0 && pattern.is_match(symbols.file(FileId(id))))
                    .collect();
                let at = |table: &[bool], id: u32| table.get(id as usize).copied().unwrap_or(false);
                let frames = profile.stacks.all_frames().iter();
                Matches(frames.map(|it| at(&functions, it.function.0) || at(&files, it.file.0)).collect())
            })
        };
        FrameFilter {
            focus: look(&self.focus),
            ignore: look(&self.ignore),
            hide: look(&self.hide),
            show: look(&self.show),
            show_from: look(&self.show_from),
            prune_from: look(&self.prune_from),
        }
    }
}

fn compile(option: &'static str, pattern: &str) -> Result<Pattern, FilterError> {
    if regex_lite::escape(pattern) == pattern {
        return Ok(Pattern::Word(Box::new(Finder::new(pattern).into_owned())));
    }
    let regex = Regex::new(pattern).map_err(|error| FilterError { option, message: error.to_string() })?;
    Ok(Pattern::Regex(regex))
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

    fn matches<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> bool {
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

/// Which frames of a snapshot match each pattern.
#[derive(Default)]
pub(crate) struct FrameFilter {
    focus: Option<Matches>,
    ignore: Option<Matches>,
    hide: Option<Matches>,
    show: Option<Matches>,
    show_from: Option<Matches>,
    prune_from: Option<Matches>,
}

/// Whether each frame matches, by its number.
struct Matches(Vec<bool>);

impl Matches {
    fn frame(&self, frame: &FrameId) -> bool {
        self.0.get(frame.0 as usize).copied().unwrap_or(false)
    }
}

impl FrameFilter {
    /// Whether there is no filter of frames at all.
    pub(crate) fn lets_all_through(&self) -> bool {
        let all = [&self.focus, &self.ignore, &self.hide, &self.show, &self.show_from, &self.prune_from];
        all.iter().all(|it| it.is_none())
    }

    /// Puts the frames that are left into `out`; whether the stack is kept at all.
    pub(crate) fn apply(&self, frames: &[FrameId], out: &mut Vec<FrameId>) -> bool {
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

/// Room that is used again for each stack.
#[derive(Default)]
pub(crate) struct Room {
    whole: Vec<FrameId>,
    pub(crate) kept: Vec<FrameId>,
}

impl Room {
    /// Puts the frames of a stack that the filter leaves into `kept`; whether it keeps the stack at all.
    pub(crate) fn keep(&mut self, profile: &Profile, id: StackId, filter: &FrameFilter) -> bool {
        self.whole.clear();
        self.whole.extend(profile.stacks.frame_ids(id));
        self.kept.clear();
        filter.apply(&self.whole, &mut self.kept)
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
            assert_eq!(filter.matches(pairs.iter().copied()), expected, "{pattern}");
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
    fn patterns() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(
                compile("focus", pattern).expect("a pattern").is_match(text),
                expected,
                "{pattern} {text}"
            );
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
    fn bad_patterns_name_their_option() {
        let patterns = FilterPatterns { focus: Some("a(".to_owned()), ..FilterPatterns::default() };
        let error = Filter::new(&patterns).expect_err("an open group");
        assert_eq!(error.to_string(), "--focus: found open group without closing ')'");
    }
}
