//! Cohorts of each row, one for each step from a snapshot with a traceback to the next.

use crate::group::GroupFacts;

use super::growth::Cohort;

/// The cohorts of all rows. Rows are added late and have no goroutine in many steps, so missing cohorts are filled in at the end.
#[derive(Default)]
pub(super) struct Cohorts {
    /// The cohorts of each row as far as they are recorded.
    rows: Vec<Vec<Cohort>>,
    /// Steps that are complete.
    steps: usize,
}

impl Cohorts {
    /// Records the cohort of a row in the current step. A row without one has no goroutine in either snapshot.
    pub(super) fn record(&mut self, row: usize, cohort: Cohort) {
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        self.rows[row].resize(self.steps, Cohort::EMPTY);
        self.rows[row].push(cohort);
    }

    /// Completes the current step.
    pub(super) fn end_step(&mut self) {
        self.steps += 1;
    }

    /// The cohorts of each row, one per step; empty if there was no step.
    pub(super) fn finish(mut self, rows: usize) -> Vec<Vec<Cohort>> {
        if self.steps > 0 {
            self.rows.resize_with(rows, Vec::new);
        }
        for cohorts in &mut self.rows {
            cohorts.resize(self.steps, Cohort::EMPTY);
        }
        self.rows
    }
}

/// Compares the goroutine IDs of a row in two snapshots; `None` if it has no goroutine there.
pub(super) fn cohort_between(before: Option<&GroupFacts>, after: Option<&GroupFacts>) -> Cohort {
    let ids = |facts: Option<&GroupFacts>| {
        let mut ids = facts.map_or_else(Vec::new, |facts| facts.goroutines().ids());
        ids.dedup();
        ids
    };
    let (before, after) = (ids(before), ids(after));
    let survived = after.iter().filter(|id| before.binary_search(id).is_ok()).count() as u64;
    Cohort { born: after.len() as u64 - survived, exited: before.len() as u64 - survived, survived }
}
