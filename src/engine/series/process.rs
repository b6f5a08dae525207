//! What goroutine IDs say of the process: whether it started anew between two tracebacks, and whether a goroutine that serves one request
//! after the other still serves the same one.

use std::collections::HashMap;
use std::num::NonZeroU64;

use foldhash::fast::RandomState;

use crate::golang::canonical;
use crate::model::Form;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::SampleRef;
use crate::model::Snapshot;

/// Reads ahead for a request. The connection's goroutine starts it anew for each request (`net/http/server.go`, `startBackgroundRead`).
const REQUEST_READER: &str = "net/http.(*connReader).backgroundRead";

/// Outermost functions of goroutines that serve one request or connection after the other: the same ID is not the same work.
const SERVERS: [&str; 4] = [
    "net/http.(*conn).serve",
    "github.com/valyala/fasthttp.(*workerPool).workerFunc",
    "github.com/valyala/fasthttp.(*workerPool).getCh.func1",
    "google.golang.org/grpc.(*Server).serverWorker",
];

/// The fewest goroutines with new IDs below the greatest ID of before that show a restart. A processor that was idle gives out IDs of
/// an earlier batch of 16 (`runtime/proc.go`, `newproc1`), so a few goroutines may have such IDs without a restart.
const MIN_REUSED: usize = 5;

/// Whether goroutines with this outermost function serve many requests, one after the other.
pub(super) fn serves_many(entry: &str) -> bool {
    SERVERS.contains(&entry)
}

/// The goroutines of the last two snapshots, as far as tracebacks list them.
#[derive(Default)]
pub(super) struct ProcessIds {
    /// The numbers of the functions with `go` statements.
    starters: HashMap<String, u32, RandomState>,
    before: Census,
    now: Census,
}

/// The goroutines of one traceback; nothing without one.
#[derive(Default)]
struct Census {
    /// Sorted by ID.
    goroutines: Vec<Identity>,
    /// For each goroutine of a connection, the ID of the one that reads ahead for its request.
    readers: HashMap<u64, u64, RandomState>,
}

/// What never changes of a goroutine. Both are `None` if they are not printed.
#[derive(Clone, Copy)]
struct Identity {
    id: u64,
    parent: Option<NonZeroU64>,
    starter: Option<u32>,
}

impl ProcessIds {
    /// Moves on to the next snapshot. Returns whether its IDs show that it is of another process than the one before.
    pub(super) fn advance(&mut self, snapshot: &Snapshot) -> bool {
        let is_traceback = |profile: &&Profile| profile.form == Form::TRACEBACK;
        let traceback = snapshot.traceback.as_ref().or(Some(&snapshot.counts)).filter(is_traceback);
        let now = traceback.map_or_else(Census::default, |profile| self.census(profile));
        self.before = std::mem::replace(&mut self.now, now);
        starts_anew(&self.before.goroutines, &self.now.goroutines)
    }

    /// Whether a goroutine that is in both snapshots serves the same request in both; `None` if that is not known.
    pub(super) fn serves_same_request(&self, id: u64) -> Option<bool> {
        Some(self.before.readers.get(&id)? == self.now.readers.get(&id)?)
    }

    fn census(&mut self, profile: &Profile) -> Census {
        let mut census = Census::default();
        let reader = profile.symbols.find_function(REQUEST_READER);
        for sample in profile.samples_with_details() {
            let Some(goroutines) = sample.goroutines.filter(|it| !it.is_empty()) else { continue };
            let starter = self.starter(profile, &sample);
            let reads = reader.is_some_and(|reader| has(profile, &sample, reader));
            for goroutine in goroutines {
                let parent = goroutine.parent;
                census.goroutines.push(Identity { id: goroutine.id, parent, starter });
                if let Some(parent) = parent.filter(|_| reads) {
                    census.readers.insert(parent.get(), goroutine.id);
                }
            }
        }
        census.goroutines.sort_unstable_by_key(|it| it.id);
        census
    }

    /// The number of the function that started a sample's goroutines; `None` if it is not printed.
    fn starter(&mut self, profile: &Profile, sample: &SampleRef<'_>) -> Option<u32> {
        let name = canonical(profile.symbols.function(sample.spawn()?.function));
        let next = self.starters.len() as u32;
        match self.starters.get(name.as_ref()) {
            Some(known) => Some(*known),
            None => Some(*self.starters.entry(name.into_owned()).or_insert(next)),
        }
    }
}

fn has(profile: &Profile, sample: &SampleRef<'_>, function: FunctionId) -> bool {
    profile.stacks.frames(sample.sample.stack).any(|frame| frame.function == function)
}

/// Whether IDs start anew: an ID belongs to another goroutine than before, or the greatest ID fell and IDs below it were given out again.
fn starts_anew(before: &[Identity], after: &[Identity]) -> bool {
    let (Some(greatest), Some(last)) = (before.last(), after.last()) else { return false };
    let (mut rest, mut reused) = (before, 0usize);
    for now in after {
        rest = &rest[rest.partition_point(|then| then.id < now.id)..];
        match rest.first().filter(|then| then.id == now.id) {
            Some(then) if differs(then.parent, now.parent) || differs(then.starter, now.starter) => {
                return true;
            }
            Some(_) => {}
            None => reused += usize::from(now.id < greatest.id),
        }
    }
    last.id < greatest.id && reused >= MIN_REUSED
}

/// Whether both are known, and not the same.
fn differs<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
    a.is_some() && b.is_some() && a != b
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goroutines as ID and the number of the function that started them.
    fn census(all: &[(u64, u32)]) -> Vec<Identity> {
        let one = |(id, starter): &(u64, u32)| Identity {
            id: *id,
            parent: None,
            starter: Some(*starter).filter(|starter| *starter > 0),
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn restarts() {
        let check = |before: &[(u64, u32)], after: &[(u64, u32)], expected: bool| {
            assert_eq!(starts_anew(&census(before), &census(after)), expected, "{before:?} {after:?}");
        };
        let main = [(1, 0), (18, 1), (19, 1)];
        let with = |more: &[(u64, u32)]| [&main[..], more].concat();
        check(&main, &main, false);
        check(&with(&[(500, 2)]), &main, false);
        check(&with(&[(500, 2)]), &with(&[(501, 2), (502, 2)]), false);
        // A processor that was idle gives out the IDs of an old batch.
        check(&with(&[(500, 2)]), &with(&[(40, 2), (41, 3)]), false);
        check(&with(&[(500, 2)]), &with(&[(40, 2), (41, 2), (42, 2), (43, 2), (44, 2)]), true);
        check(&with(&[(40, 2), (500, 2)]), &with(&[(40, 3)]), true);
        // The new process has given out more IDs than the old one.
        check(&with(&[(40, 2), (41, 2)]), &with(&[(40, 3), (900, 3)]), true);
        check(&with(&[(40, 0)]), &with(&[(40, 3), (900, 3)]), false);
        check(&[], &main, false);
        check(&main, &[], false);
    }
}
