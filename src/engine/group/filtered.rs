//! The samples of a profile that the filters accept, merged by stack.

use std::cmp::Ordering;

use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleRef;
use crate::model::StackId;
use crate::model::State;
use crate::stacks::AnalyzedStacks;
use crate::stacks::Filter;
use crate::stacks::SymbolMap;
use crate::stacks::SymbolTable;
use crate::stacks::WaitFilter;
use crate::stacks::analyze;

use super::by::By;
use super::by::Dimension;
use super::by::KeyDependsOn;
use super::wait::blocked_on;

#[derive(Clone, Copy)]
pub(super) struct GroupOptions<'a> {
    pub(super) by: &'a By,
    pub(super) filter: &'a Filter,
    pub(super) symbols: &'a SymbolTable,
    /// The filter by states and waits; `None` if there is none, or if another profile was filtered by it.
    pub(super) waits: Option<&'a WaitFilter>,
}

/// A profile with its analyzed stacks and merged samples.
pub(super) struct FilteredProfile<'a> {
    pub(super) profile: &'a Profile,
    pub(super) stacks: AnalyzedStacks,
    pub(super) samples: Vec<MergedSample<'a>>,
    pub(super) depends_on: KeyDependsOn,
    /// The group of each stack key or each stack, as far as it is known; empty if stacks alone do not decide the group.
    groups: Vec<u32>,
    /// Whether the tag filters keep each label set; empty if there are none.
    kept_labels: Vec<bool>,
    waits: Option<&'a WaitFilter>,
}

/// Samples that differ at most in their labels.
#[derive(Clone, Copy, Debug)]
pub(super) struct MergedSample<'a> {
    /// The sample with the most goroutines. A group shows its stack, so that the order of samples makes no difference.
    pub(super) sample_ref: SampleRef<'a>,
    pub(super) count: i64,
}

/// No group, or no merged sample, is known.
const NONE: u32 = u32::MAX;

impl<'a> FilteredProfile<'a> {
    /// Analyzes the stacks of a profile, and merges the samples that the filters and `is_wanted` accept.
    pub(super) fn new(
        profile: &'a Profile,
        symbol_map: SymbolMap,
        options: GroupOptions<'a>,
        is_wanted: impl Fn(&SampleRef<'_>) -> bool,
    ) -> Self {
        let GroupOptions { by, filter, symbols, waits } = options;
        let depends_on = key_depends_on(profile, by);
        let stacks = analyze(profile, symbol_map, by.granularity, filter, symbols);
        let stacks_len = profile.stacks.len();
        let (group_slots, merge_slots) = match depends_on {
            KeyDependsOn::StackFrames => (stacks.keys_len(), stacks.classes.len()),
            KeyDependsOn::Stack => (stacks_len, stacks_len),
            KeyDependsOn::EachFunction => (0, stacks_len),
            KeyDependsOn::Sample => (0, 0),
        };
        let mut kept_labels = Vec::new();
        if filter.has_tags() {
            let sets = (0..profile.labels.sets_len() as u32).map(LabelSetId);
            kept_labels.extend(sets.map(|set| filter.keeps_labels(profile.labels.pairs(set))));
        }
        let groups = vec![NONE; group_slots];
        let mut filtered =
            FilteredProfile { profile, stacks, samples: Vec::new(), depends_on, groups, kept_labels, waits };
        let mut merged_at = vec![NONE; merge_slots];
        for sample_ref in profile.samples_with_details() {
            if is_wanted(&sample_ref)
                && let Some(count) = filtered.kept_count(&sample_ref, symbols)
            {
                filtered.merge(sample_ref, count, &mut merged_at);
            }
        }
        filtered
    }

    /// Adds a sample. `merged_at` has the position of the merged sample of each class of stacks, or of each stack.
    #[inline]
    fn merge(&mut self, sample_ref: SampleRef<'a>, count: i64, merged_at: &mut [u32]) {
        let sample = sample_ref.sample;
        let slot = match self.depends_on {
            KeyDependsOn::StackFrames => self.stacks.class_id(sample.stack),
            KeyDependsOn::Stack | KeyDependsOn::EachFunction | KeyDependsOn::Sample => {
                sample.stack.0 as usize
            }
        };
        if let Some(known) = merged_at.get_mut(slot).filter(|_| sample_ref.detail.is_none()) {
            if let Some(merged) = self.samples.get_mut(*known as usize)
                && let Some(sum) = merged.count.checked_add(count)
            {
                merged.count = sum;
                if is_before(self.profile, &self.stacks, &sample, &merged.sample_ref.sample) {
                    merged.sample_ref = sample_ref;
                }
                return;
            }
            *known = self.samples.len() as u32;
        }
        self.samples.push(MergedSample { sample_ref, count });
    }

    /// How many goroutines of a sample the filters accept; `None` if they accept none.
    #[inline]
    pub(super) fn kept_count(&self, sample_ref: &SampleRef<'_>, symbols: &SymbolTable) -> Option<i64> {
        let sample = &sample_ref.sample;
        let is_kept = self.stacks.class(sample.stack).kept
            && self.kept_labels.get(sample.labels.0 as usize).is_none_or(|kept| *kept);
        let Some(waits) = self.waits.filter(|_| is_kept) else { return is_kept.then_some(sample.count) };
        let words = self.profile.state(sample_ref).map(State::words);
        let class = blocked_on(self.profile, &self.stacks, sample_ref, symbols).map(|fact| fact.value);
        let count = waits.long_enough(sample_ref);
        (count != 0 && waits.keeps_state(words.as_deref(), class)).then_some(count)
    }

    /// The least minutes that the goroutines of this profile must have waited; `None` if any will do.
    pub(super) fn min_minutes(&self) -> Option<u32> {
        self.waits?.min_minutes()
    }

    fn group_slot(&self, stack: StackId) -> usize {
        match self.depends_on {
            KeyDependsOn::StackFrames => self.stacks.key_id(stack),
            KeyDependsOn::Stack | KeyDependsOn::Sample | KeyDependsOn::EachFunction => stack.0 as usize,
        }
    }

    /// The group of a stack; `None` if it is not known, or if the stack alone does not decide it.
    #[inline]
    pub(super) fn group_of(&self, stack: StackId) -> Option<usize> {
        self.groups.get(self.group_slot(stack)).filter(|group| **group != NONE).map(|group| *group as usize)
    }

    /// Remembers the group of a stack, if the stack alone decides it.
    pub(super) fn cache_group(&mut self, stack: StackId, group: usize) {
        let slot = self.group_slot(stack);
        if let Some(known) = self.groups.get_mut(slot) {
            *known = group as u32;
        }
    }
}

/// What the keys of a profile's samples depend on. Stacks without frames are one stack only by name: their states and creators tell them
/// apart.
fn key_depends_on(profile: &Profile, by: &By) -> KeyDependsOn {
    let by_dimensions = KeyDependsOn::of(by);
    let is_frameless =
        |it: &SampleRef<'_>| it.detail.is_some() && profile.stacks.is_frameless(it.sample.stack);
    let has_frameless =
        !profile.details.is_empty() && profile.samples_with_details().any(|it| is_frameless(&it));
    if by.dimensions.contains(&Dimension::Stack) && has_frameless {
        return by_dimensions.max(KeyDependsOn::Sample);
    }
    by_dimensions
}

/// Whether a group shows the stack of one sample rather than that of another: the stack of the larger sample or, if they are equal,
/// the stack that sorts first.
#[inline]
pub(super) fn is_before(profile: &Profile, stacks: &AnalyzedStacks, one: &Sample, other: &Sample) -> bool {
    match one.count.cmp(&other.count) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => one.stack != other.stack && stacks.is_before(profile, one.stack, other.stack),
    }
}
