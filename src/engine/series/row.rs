//! One group over all snapshots.

use std::cmp::Reverse;

use crate::group::GroupFacts;
use crate::group::Key;
use crate::stacks::DisplayStack;
use crate::stacks::Fingerprint;
use crate::text::words;

use super::growth::Cohort;
use super::growth::Growth;
use super::growth::Shape;
use super::growth::Verdict;

/// One group over all snapshots.
#[derive(Clone, Debug)]
pub struct Row {
    /// What its goroutines have in common.
    pub key: Key,
    /// Its name in baselines.
    pub fingerprint: Fingerprint,
    /// Goroutines in each column.
    pub counts: Vec<i128>,
    /// Its stack, as the latest snapshot that has it shows it.
    pub stack: DisplayStack,
    /// The facts from the latest snapshot that has it.
    pub facts: Box<GroupFacts>,
    /// Whether a frame belongs to the user's own code.
    pub user_code: bool,
    /// How its goroutines changed between the last two neighbouring snapshots that both have tracebacks; `None` if no two have.
    pub cohort: Option<Box<Cohort>>,
    /// The verdict on growth; `None` with one snapshot.
    pub growth: Option<Box<Growth>>,
}

impl Row {
    /// Goroutines in the last column.
    pub fn count(&self) -> i128 {
        self.counts.last().copied().unwrap_or(0)
    }

    /// The last column minus the first.
    pub fn gain(&self) -> i128 {
        self.count() - self.counts.first().copied().unwrap_or(0)
    }

    /// Whether its verdict is `growing`: counts over at least 4 snapshots or goroutine IDs show it.
    pub fn is_growing(&self) -> bool {
        self.growth.as_ref().is_some_and(|growth| growth.verdict == Verdict::Growing)
    }

    /// Whether it has more goroutines than chance and load explain, but two or three snapshots cannot show a trend.
    pub fn has_grown(&self) -> bool {
        self.growth.as_ref().is_some_and(|growth| growth.shape == Some(Shape::Grew))
    }

    /// How the last column differs from the first.
    pub fn change(&self) -> Change {
        Change::between(self.counts.first().copied().unwrap_or(0), self.count())
    }

    /// The order of rows: largest gain first, then largest count, then the user's own code, then fingerprint. Counts are clamped
    /// to 64 bits, because the sort keeps one key per row.
    pub(super) fn sort_key(&self) -> (Reverse<i64>, Reverse<i64>, Reverse<bool>, Fingerprint) {
        let clamp = |count: i128| count.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        (Reverse(clamp(self.gain())), Reverse(clamp(self.count())), Reverse(self.user_code), self.fingerprint)
    }
}

words! {
    /// How a group changed between two snapshots.
    pub enum Change {
        /// It is only in the later one.
        New = "new",
        /// It is only in the earlier one.
        Gone = "gone",
        /// It has more goroutines.
        Grew = "grew",
        /// It has fewer.
        Shrank = "shrank",
        /// It has as many.
        Same = "same",
    }
}

impl Change {
    /// Compares two counts.
    pub fn between(before: i128, after: i128) -> Self {
        match (before, after) {
            (0, 0) => Change::Same,
            (0, _) => Change::New,
            (_, 0) => Change::Gone,
            _ if after > before => Change::Grew,
            _ if after < before => Change::Shrank,
            _ => Change::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes() {
        let changes = [(0, 3), (3, 0), (3, 4), (4, 3), (3, 3), (0, 0)];
        let words = changes.map(|(before, after)| Change::between(before, after).as_str());
        assert_eq!(words, ["new", "gone", "grew", "shrank", "same", "same"]);
    }
}
