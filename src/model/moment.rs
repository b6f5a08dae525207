//! All that was pulled from one process at one moment.

use super::Goroutines;
use super::HeapProfile;
use super::Snapshot;
use super::Warning;

/// One process at one moment, seen through one or several forms.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Where it came from: a path, a folder or a target, for people.
    pub origin: String,
    /// The form that counts are taken from.
    pub counts: Snapshot,
    /// A traceback of the same moment: states, ages, ids, parents. `None` if there is none beside `counts`.
    pub traceback: Option<Snapshot>,
    /// A goroutineleak profile: what Go's garbage collector proved leaked. `None` if it was not had.
    pub proof: Option<Snapshot>,
    /// A heap profile. `None` if it was not had.
    pub heap: Option<HeapProfile>,
    /// When it was taken, in nanoseconds since 1970, by the profile or by the capture; `None` if nothing says so.
    pub taken_at: Option<i64>,
    /// The Go version of the process, where the capture knows it.
    pub go_version: Option<String>,
    /// What putting the forms together found.
    pub warnings: Vec<Warning>,
}

impl Moment {
    /// A moment of which only counts are known.
    pub fn counted(origin: String, counts: Snapshot) -> Self {
        Moment {
            origin,
            taken_at: counts.taken_at,
            counts,
            traceback: None,
            proof: None,
            heap: None,
            go_version: None,
            warnings: Vec::new(),
        }
    }

    /// About how many bytes it takes, and its groups once they are made: each stack may be one.
    pub fn room(&self) -> usize {
        const GROUP: usize = 512;
        const LABEL_SET: usize = 64;
        let snapshots = [Some(&self.counts), self.traceback.as_ref(), self.proof.as_ref()];
        let goroutines = snapshots.into_iter().flatten().map(|it| {
            // Each goroutine is told of by its group as well.
            let goroutines = 2 * it.goroutines.iter().map(Goroutines::room).sum::<usize>();
            let sets = it.labels.len() * LABEL_SET;
            it.samples.room()
                + size_of_val(it.details.as_slice())
                + goroutines
                + sets
                + it.stacks.room()
                + it.stacks.len() * GROUP
        });
        let heap = |it: &HeapProfile| size_of_val(it.allocations.as_slice()) + it.stacks.room();
        goroutines.sum::<usize>() + self.heap.as_ref().map_or(0, heap)
    }
}
