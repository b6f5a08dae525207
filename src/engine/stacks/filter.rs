//! Which goroutines and which frames count, with the options of pprof and their meaning.
//!
//! Source: google/pprof `profile/filter.go`, `profile/prune.go` and `internal/driver/driver_focus.go`.

use std::time::Duration;

use crate::golang::canonical;
use crate::model::FileId;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::StackId;

use super::pattern::FilterError;
use super::pattern::Pattern;
use super::wait_filter::WaitFilter;

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
    /// Drop frames further in than the innermost that matches.
    pub prune_from: Option<String>,
    /// Keep goroutines with a label that matches: `key=regex`, or a regex on `key:value`.
    pub tagfocus: Option<String>,
    /// Drop goroutines with a label that matches.
    pub tagignore: Option<String>,
    /// Keep goroutines whose state matches, in Go's words or in those of [`BlockedOn`](crate::model::BlockedOn).
    pub state: Option<String>,
    /// Keep goroutines that state a wait at least this long. In a form that states none, that is no goroutine.
    pub min_wait: Option<Duration>,
}

/// The compiled filters. The default keeps everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    frames: ByFrame<Pattern>,
    tagfocus: Option<TagFilter>,
    tagignore: Option<TagFilter>,
    waits: Option<WaitFilter>,
}

/// The filters that look at frames: focus, ignore, hide, show, show-from and prune-from.
type ByFrame<T> = [Option<T>; 6];

impl Filter {
    /// Compiles the patterns.
    pub fn new(patterns: &FilterPatterns) -> Result<Self, FilterError> {
        let frames = |option, pattern: &Option<String>| {
            pattern.as_deref().map(|it| Pattern::new(option, it)).transpose()
        };
        let tags = |option, pattern: &Option<String>| {
            pattern.as_deref().map(|it| TagFilter::new(option, it)).transpose()
        };
        let state = patterns.state.as_deref().map(|it| Pattern::new("state", it)).transpose()?;
        let waits = WaitFilter { state, min_wait: patterns.min_wait };
        Ok(Filter {
            waits: (waits.state.is_some() || waits.min_wait.is_some()).then_some(waits),
            frames: [
                frames("focus", &patterns.focus)?,
                frames("ignore", &patterns.ignore)?,
                frames("hide", &patterns.hide)?,
                frames("show", &patterns.show)?,
                frames("show-from", &patterns.show_from)?,
                frames("prune-from", &patterns.prune_from)?,
            ],
            tagfocus: tags("tagfocus", &patterns.tagfocus)?,
            tagignore: tags("tagignore", &patterns.tagignore)?,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames.iter().all(Option::is_none) && !self.has_tags() && self.waits.is_none()
    }

    pub(crate) fn waits(&self) -> Option<&WaitFilter> {
        self.waits.as_ref()
    }

    pub(crate) fn has_tags(&self) -> bool {
        self.tagfocus.is_some() || self.tagignore.is_some()
    }

    pub(crate) fn keeps_labels<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> bool {
        let focused = self.tagfocus.as_ref().is_none_or(|it| it.is_match(pairs.clone()));
        focused && !self.tagignore.as_ref().is_some_and(|it| it.is_match(pairs))
    }

    /// Matches each function and each file of a profile once.
    pub(super) fn frames(&self, profile: &Profile) -> FrameFilter {
        FrameFilter(self.frames.each_ref().map(|it| it.as_ref().map(|it| matches(it, profile))))
    }
}

/// Whether a pattern matches each frame of a profile, by [`FrameId`].
fn matches(pattern: &Pattern, profile: &Profile) -> Vec<bool> {
    let symbols = &profile.symbols;
    let function = |id: u32| {
        let raw = symbols.function(FunctionId(id));
        let canonical = canonical(raw);
        pattern.is_match(raw) || (*canonical != *raw && pattern.is_match(&canonical))
    };
    let file = |id: u32| id > 0 && pattern.is_match(symbols.file(FileId(id)));
    let functions: Vec<bool> = (0..symbols.functions_len() as u32).map(function).collect();
    let files: Vec<bool> = (0..symbols.files_len() as u32).map(file).collect();
    let frames = profile.stacks.all_frames().iter();
    frames.map(|it| at(&functions, it.function.0) || at(&files, it.file.0)).collect()
}

fn at(table: &[bool], id: u32) -> bool {
    table.get(id as usize).copied().unwrap_or(false)
}

/// The frame filters of a [`Filter`], matched with the frames of one profile.
pub(super) struct FrameFilter(ByFrame<Vec<bool>>);

impl FrameFilter {
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Replaces `out` by the frames that are left of a stack; returns whether the stack is kept at all.
    pub(super) fn apply(&self, profile: &Profile, stack: StackId, out: &mut Vec<FrameId>) -> bool {
        out.clear();
        out.extend(profile.stacks.frame_ids(stack));
        let was_empty = out.is_empty();
        let [focus, ignore, hide, show, show_from, prune_from] = &self.0;
        if focus.as_ref().is_some_and(|it| !out.iter().any(|frame| at(it, frame.0)))
            || ignore.as_ref().is_some_and(|it| out.iter().any(|frame| at(it, frame.0)))
        {
            return false;
        }
        if let Some(it) = show_from {
            let Some(outermost) = out.iter().rposition(|frame| at(it, frame.0)) else { return false };
            out.truncate(outermost + 1);
        }
        if let Some(it) = prune_from
            && let Some(innermost) = out.iter().position(|frame| at(it, frame.0))
        {
            out.drain(..innermost);
        }
        if let Some(it) = hide {
            out.retain(|frame| !at(it, frame.0));
        }
        if let Some(it) = show {
            out.retain(|frame| at(it, frame.0));
        }
        was_empty || !out.is_empty()
    }
}

/// A compiled `--tagfocus` or `--tagignore`.
#[derive(Clone, Debug)]
struct TagFilter {
    key: Option<String>,
    patterns: Vec<Pattern>,
}

impl TagFilter {
    /// `key=a,b` matches if the key's value matches one of the patterns; `a,b` matches if each pattern matches a label, written
    /// `key:value`.
    fn new(option: &'static str, pattern: &str) -> Result<Self, FilterError> {
        let (key, patterns) = match pattern.split_once('=') {
            Some((key, patterns)) => (Some(key.to_owned()), patterns),
            None => (None, pattern),
        };
        let patterns = patterns.split(',').map(|it| Pattern::new(option, it)).collect::<Result<_, _>>()?;
        Ok(TagFilter { key, patterns })
    }

    fn is_match<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> bool {
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
