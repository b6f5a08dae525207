//! Which goroutines and which frames count, with the options of pprof and their meaning.
//!
//! Source: google/pprof `profile/filter.go`, `profile/prune.go` and `internal/driver/driver_focus.go`.

use crate::golang::canonical;
use crate::model::FileId;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::StackId;

use super::pattern::FilterError;
use super::pattern::Pattern;
use super::pattern::TagFilter;

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
}

/// The compiled filters. The default keeps everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    frames: ByFrame<Pattern>,
    tagfocus: Option<TagFilter>,
    tagignore: Option<TagFilter>,
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
        Ok(Filter {
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
        self.frames.iter().all(Option::is_none) && !self.has_tags()
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
