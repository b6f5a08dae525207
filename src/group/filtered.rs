//! One snapshot as grouping looks at it: what passes the filter, equal samples together.

use std::cmp::Ordering;

use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleRef;
use crate::model::StackId;

use super::By;
use super::key::KeyOf;
use crate::stacks::AnalyzedStacks;
use crate::stacks::Filter;
use crate::stacks::SymbolMap;
use crate::stacks::SymbolTable;

/// A snapshot, its stacks, and where they belong.
pub(crate) struct FilteredProfile<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) stacks: AnalyzedStacks,
    /// What passes the filter.
    pub(crate) entries: Vec<Entry<'a>>,
    pub(crate) of: KeyOf,
    /// The group of each key of stacks, or of each stack, as far as it is known; nothing where stacks alone do not tell.
    groups: Vec<u32>,
    /// Whether each label set passes the filter; nothing where all do.
    tags: Vec<bool>,
}

/// Samples that tell the same, but for their labels: how many goroutines there are in all, and the largest of them. By it a
/// group picks the stack it shows, so that it does not matter in how many samples, or copies, a stack came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) sample_ref: SampleRef<'a>,
    pub(crate) count: i64,
}

/// No group is known, or no entry.
const UNKNOWN: u32 = u32::MAX;

impl<'a> FilteredProfile<'a> {
    /// Looks at the samples that `wanted` and the filter let through.
    pub(crate) fn new(
        profile: &'a Profile,
        adopted: SymbolMap,
        by: &By,
        filter: &Filter,
        of: KeyOf,
        names: &SymbolTable,
        wanted: impl Fn(&SampleRef<'_>) -> bool,
    ) -> Self {
        let stacks = AnalyzedStacks::new(profile, adopted, by.granularity, filter, names);
        let stacks_len = profile.stacks.len();
        let (groups, alike) = match of {
            KeyOf::StackKey => (stacks.keys_len(), stacks.classes_len()),
            KeyOf::Stack => (stacks_len, stacks_len),
            KeyOf::EachFunction => (0, stacks_len),
            KeyOf::Sample => (0, 0),
        };
        let tags = match filter.has_tags() {
            true => (0..profile.labels.len() as u32)
                .map(|set| filter.tags(profile.labels.pairs(LabelSetId(set))))
                .collect(),
            false => Vec::new(),
        };
        let mut seen =
            FilteredProfile { profile, stacks, entries: Vec::new(), of, groups: vec![UNKNOWN; groups], tags };
        let mut entry_of = vec![UNKNOWN; alike];
        for sample_ref in profile.samples_with_details() {
            let sample = sample_ref.sample;
            if !wanted(&sample_ref) || !seen.passes(&sample) {
                continue;
            }
            // The same stack may stand in several samples with other labels; all else is told of the stack.
            let slot = match of {
                KeyOf::StackKey => seen.stacks.class(sample.stack),
                KeyOf::Stack | KeyOf::EachFunction | KeyOf::Sample => sample.stack.0 as usize,
            };
            if let Some(known) = entry_of.get_mut(slot).filter(|_| sample_ref.detail.is_none()) {
                if let Some(entry) = seen.entries.get_mut(*known as usize)
                    && let Some(sum) = entry.count.checked_add(sample.count)
                {
                    entry.count = sum;
                    if is_before(profile, &seen.stacks, &sample, &entry.sample_ref.sample) {
                        entry.sample_ref = sample_ref;
                    }
                    continue;
                }
                *known = seen.entries.len() as u32;
            }
            seen.entries.push(Entry { sample_ref, count: sample.count });
        }
        seen
    }

    /// Whether the filter lets a sample through.
    pub(crate) fn passes(&self, sample: &Sample) -> bool {
        self.stacks.is_kept(sample.stack)
            && self.tags.get(sample.labels.0 as usize).is_none_or(|passes| *passes)
    }

    fn slot(&self, stack: StackId) -> usize {
        match self.of {
            KeyOf::StackKey => self.stacks.key_number(stack),
            KeyOf::Stack | KeyOf::Sample | KeyOf::EachFunction => stack.0 as usize,
        }
    }

    /// The group of a stack, as far as stacks alone tell and it is known.
    pub(crate) fn group_of(&self, stack: StackId) -> Option<usize> {
        self.groups.get(self.slot(stack)).filter(|group| **group != UNKNOWN).map(|group| *group as usize)
    }

    /// Keeps the group of a stack, where stacks alone tell.
    pub(crate) fn remember(&mut self, stack: StackId, group: usize) {
        let slot = self.slot(stack);
        if let Some(known) = self.groups.get_mut(slot) {
            *known = group as u32;
        }
    }
}

/// Whether the stack of one sample stands for a group rather than that of another: that of the larger; of equals the first
/// in order of lines.
#[inline]
pub(crate) fn is_before(profile: &Profile, stacks: &AnalyzedStacks, one: &Sample, other: &Sample) -> bool {
    match one.count.cmp(&other.count) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => one.stack != other.stack && stacks.is_before(profile, one.stack, other.stack),
    }
}
