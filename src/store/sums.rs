//! The sums of a service on a day, from its snapshots: what each kind of store keeps of it.

use std::collections::BTreeMap;

/// One stack in one version on one day.
#[derive(Default)]
pub(super) struct Sum {
    /// The instances that have it.
    pub(super) instances: i64,
    /// Its goroutines in all of them.
    pub(super) total: i64,
    /// The sum of the squares of these numbers.
    pub(super) squares: i64,
    /// The largest of these numbers.
    pub(super) most: i64,
    /// The instance that has it.
    pub(super) most_at: String,
}

/// A snapshot. Versions and stacks are known by numbers of the store.
pub(super) struct Taken {
    pub(super) version: i64,
    pub(super) instance: String,
    pub(super) sweep: String,
    pub(super) taken_at: i64,
    /// The stacks with their counts.
    pub(super) pairs: Vec<(i64, u64)>,
}

/// The sums of a service on a day.
#[derive(Default)]
pub(super) struct DaySums {
    /// The instances that were looked at, by version.
    pub(super) looked: BTreeMap<i64, i64>,
    /// By version and stack.
    pub(super) sums: BTreeMap<(i64, i64), Sum>,
    /// Of each stack, all versions that have it, with the time of the first snapshot of this version.
    pub(super) seen: BTreeMap<i64, BTreeMap<i64, i64>>,
}

/// Adds up snapshots, which are sorted by instance, and of each instance the last one first: that one counts.
pub(super) fn day_sums(snapshots: &[Taken]) -> DaySums {
    let mut sums = DaySums::default();
    let mut before: Option<&str> = None;
    for taken in snapshots {
        let is_last = before != Some(taken.instance.as_str());
        before = Some(&taken.instance);
        if is_last {
            *sums.looked.entry(taken.version).or_default() += 1;
        }
        for (stack, count) in &taken.pairs {
            let versions = sums.seen.entry(*stack).or_default();
            let first = versions.entry(taken.version).or_insert(taken.taken_at);
            *first = taken.taken_at.min(*first);
            if is_last {
                let count = i64::try_from(*count).unwrap_or(i64::MAX);
                sums.sums.entry((taken.version, *stack)).or_default().add(count, &taken.instance);
            }
        }
    }
    sums
}

/// To which of the versions of a day a stack belongs: to the one that is there for longest. `age` is the first day of a version, and its name.
pub(super) fn first_version(
    versions: &BTreeMap<i64, i64>,
    mut age: impl FnMut(i64) -> (i32, String),
) -> Option<i64> {
    let key = |(version, taken_at): (&i64, &i64)| {
        let (first, name) = age(*version);
        ((first, *taken_at, name), *version)
    };
    versions.iter().map(key).min().map(|(_, version)| version)
}

impl Sum {
    fn add(&mut self, count: i64, instance: &str) {
        self.instances += 1;
        self.total = self.total.saturating_add(count);
        self.squares = self.squares.saturating_add(count.saturating_mul(count));
        if count > self.most {
            self.most = count;
            self.most_at = instance.to_owned();
        }
    }
}
