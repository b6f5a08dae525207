//! Adds what each profile of a snapshot says to the facts of its groups.

use crate::model::SampleRef;

use super::facts::Group;
use super::filtered::FilteredProfile;
use super::filtered::GroupOptions;
use super::filtered::MergedSample;
use super::key::KeyIndex;
use super::key::KeyMaker;
use super::labels::LabelSums;
use super::sample_facts::SampleFacts;
use super::sample_facts::StateFacts;

/// Adds facts to the groups that have any; all others are skipped.
pub(super) struct FactCollector<'a> {
    options: GroupOptions<'a>,
    keys: KeyMaker<'a>,
    pub(super) groups: Vec<Group>,
    index: KeyIndex,
}

impl<'a> FactCollector<'a> {
    pub(super) fn new(options: GroupOptions<'a>, groups: Vec<Group>, index: KeyIndex) -> Self {
        FactCollector { options, keys: KeyMaker::new(options.by, options.symbols), groups, index }
    }

    /// Adds what a profile says. `with_stated_waits` is false if another profile of the snapshot states them better.
    pub(super) fn add(&mut self, filtered: &FilteredProfile<'_>, with_stated_waits: bool) {
        let profile = filtered.profile;
        let states: Vec<StateFacts> = profile.states.iter().map(StateFacts::new).collect();
        let mut found = Vec::new();
        for MergedSample { sample_ref, count } in &filtered.samples {
            self.find_groups(filtered, sample_ref, &mut found);
            if found.iter().all(|group| self.groups[*group].facts.is_none()) {
                continue;
            }
            let symbols = self.options.symbols;
            let sample_facts = SampleFacts::new(filtered, sample_ref, symbols, &states);
            for &group in &found {
                if let Some(facts) = &mut self.groups[group].facts {
                    facts.add(filtered, sample_ref, *count, &sample_facts, with_stated_waits);
                }
            }
        }
        // The first label set is the empty one.
        if profile.labels.sets_len() > 1 {
            self.add_labels(filtered);
        }
    }

    fn add_labels(&mut self, filtered: &FilteredProfile<'_>) {
        let mut sums = LabelSums::new(filtered.profile, self.groups.len());
        let mut found = Vec::new();
        // Go sorts samples by stack: most have the stack of the previous one.
        let mut last = None;
        for sample_ref in filtered.profile.samples_with_details() {
            let sample = sample_ref.sample;
            let Some(count) = filtered.kept_count(&sample_ref, self.options.symbols) else { continue };
            if last != Some(sample.stack) {
                self.find_groups(filtered, &sample_ref, &mut found);
                last = Some(sample.stack).filter(|stack| filtered.group_of(*stack).is_some());
            }
            for &group in &found {
                if self.groups[group].facts.is_some() {
                    sums.add(group, sample.labels, count);
                }
            }
        }
        sums.add_to(self.groups.iter_mut().map(|group| group.facts.as_deref_mut()));
    }

    #[inline]
    fn find_groups(
        &mut self,
        filtered: &FilteredProfile<'_>,
        sample_ref: &SampleRef<'_>,
        found: &mut Vec<usize>,
    ) {
        found.clear();
        match filtered.group_of(sample_ref.sample.stack) {
            Some(group) => found.push(group),
            None => self.find_groups_by_key(filtered, sample_ref, found),
        }
    }

    #[inline(never)]
    fn find_groups_by_key(
        &mut self,
        filtered: &FilteredProfile<'_>,
        sample_ref: &SampleRef<'_>,
        found: &mut Vec<usize>,
    ) {
        let FactCollector { keys, groups, index, .. } = self;
        keys.each(filtered, sample_ref, |parts, _| {
            found.extend(index.find_parts(parts, |group| &groups[group].key));
        });
    }

    /// Adds a profile of the goroutines that the garbage collector proved leaked.
    pub(super) fn mark_proven_leaked(&mut self, proof: &FilteredProfile<'_>) {
        for facts in self.groups.iter_mut().filter_map(|group| group.facts.as_mut()) {
            facts.stated_or_default().proven = Some(0);
        }
        let mut found = Vec::new();
        for MergedSample { sample_ref, count } in &proof.samples {
            self.find_groups(proof, sample_ref, &mut found);
            for &group in &found {
                if let Some(facts) = &mut self.groups[group].facts {
                    facts.mark_proven_leaked(*count);
                }
            }
        }
        // The proof states neither states nor waits: it may hold goroutines that the filters drop.
        if self.options.filter.waits().is_some() {
            for Group { count, facts, .. } in &mut self.groups {
                if let Some(stated) = facts.as_mut().and_then(|it| it.stated.as_mut()) {
                    stated.proven = stated.proven.map(|proven| proven.min(*count));
                }
            }
        }
    }
}
