//! A series that takes one snapshot more without reading the others again, for a process that is watched.

use crate::group::By;
use crate::model::Snapshot;
use crate::stacks::Filter;

use super::Column;
use super::Series;
use super::align::Aligner;
use super::align::Following;
use super::align::LabelCounting;
use super::batch::Batch;
use super::restart::restarts;
use super::row_table::Neighbours;

/// A series while snapshots are added to it, oldest first.
///
/// A push takes time for its own snapshot alone, whatever came before. [`SeriesBuilder::series`] judges all columns, so its time grows
/// with their number; [`SeriesBuilder::thin`] limits it.
pub struct SeriesBuilder {
    by: By,
    filter: Filter,
    aligner: Aligner,
}

impl SeriesBuilder {
    /// A series without snapshots.
    pub fn new(by: By, filter: Filter) -> Self {
        let aligner = Aligner::new(&by, LabelCounting::Counted);
        SeriesBuilder { by, filter, aligner }
    }

    /// Groups one snapshot more, and drops its profiles.
    pub fn push(&mut self, snapshot: Snapshot) {
        let mut one = std::iter::once(snapshot);
        let batch = Batch::next(&mut one, 1, &self.by, &self.filter).expect("there is one snapshot");
        self.aligner.add(batch, Neighbours::Compared, Following::None);
    }

    /// The columns so far, oldest first.
    pub fn columns(&self) -> &[Column] {
        self.aligner.columns()
    }

    /// The series so far. It equals [`Series::build`] of the same snapshots, unless [`SeriesBuilder::thin`] dropped some.
    pub fn series(&self) -> Series {
        Series::judged(self.aligner.aligned(), &self.by)
    }

    /// If there are more than `max_columns`, drops every second one, but never the first, the last, and the one after the last restart,
    /// before which nothing is judged. What was counted at the others does not change; stacks that none of them has are dropped. Goroutine
    /// IDs of snapshots that were not neighbours are not compared.
    pub fn thin(&mut self, max_columns: usize) {
        let columns = self.columns().len();
        if columns <= max_columns {
            return;
        }
        let restarted = restarts(self.aligner.rows(), self.columns());
        let last_restart = restarted.iter().rposition(Option::is_some);
        let keep: Vec<bool> =
            (0..columns).map(|at| at % 2 == 0 || at + 1 == columns || Some(at) == last_restart).collect();
        self.aligner.retain_columns(&keep);
    }
}
