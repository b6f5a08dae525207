//! Everything that was captured from one process at one time.

use super::Goroutines;
use super::HeapProfile;
use super::Profile;
use super::Warning;

/// One process at one time, seen through one or several profiles.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Where it came from, for people: a path, a folder or a target.
    pub origin: String,
    /// The profile that counts are taken from.
    pub counts: Profile,
    /// A traceback from the same time: states, ages, ids, parents. `None` if there is none besides `counts`.
    pub traceback: Option<Profile>,
    /// A goroutineleak profile: what Go's garbage collector proved leaked. `None` if it was not captured.
    pub proof: Option<Profile>,
    /// A heap profile. `None` if it was not captured.
    pub heap: Option<HeapProfile>,
    /// When it was taken, in nanoseconds since 1970, from the capture or the profile; `None` if neither records it.
    pub taken_at: Option<i64>,
    /// The Go version of the process; `None` if the capture does not record it.
    pub go_version: Option<String>,
    /// Remarks on how the profiles were combined.
    pub warnings: Vec<Warning>,
}

impl Snapshot {
    /// A snapshot with a single profile.
    pub fn from_profile(origin: String, counts: Profile) -> Self {
        Snapshot { origin, taken_at: counts.taken_at, counts, ..Snapshot::default() }
    }

    /// An estimate in bytes of the memory that the snapshot uses, and that its groups will use if each stack becomes one.
    pub fn heap_size(&self) -> usize {
        const GROUP: usize = 512;
        const LABEL_SET: usize = 64;
        let profiles = [Some(&self.counts), self.traceback.as_ref(), self.proof.as_ref()];
        let profiles = profiles.into_iter().flatten().map(|profile| {
            // Groups hold a copy of the goroutines.
            let goroutines = 2 * profile.goroutines.iter().map(Goroutines::heap_size).sum::<usize>();
            size_of_val(profile.samples.as_slice())
                + size_of_val(profile.details.as_slice())
                + goroutines
                + profile.labels.sets_len() * LABEL_SET
                + profile.stacks.heap_size()
                + profile.stacks.len() * GROUP
        });
        let heap = |it: &HeapProfile| size_of_val(it.allocations.as_slice()) + it.stacks.heap_size();
        profiles.sum::<usize>() + self.heap.as_ref().map_or(0, heap)
    }
}
