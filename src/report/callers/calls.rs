//! Calls of the user's code into libraries: on the stacks of goroutines, and on those of heap profiles.

use std::collections::HashMap;

use crate::golang::package;
use crate::model::Basis;
use crate::model::Frame;
use crate::report::lines::CallerFit;
use crate::report::lines::CallerSource;
use crate::series::Series;
use crate::stacks::called;
use crate::stacks::calls_of_user;

use super::anchors::Anchors;
use super::candidate::Candidate;
use super::candidate::Found;

/// Stacks of goroutines that are looked at, those with the largest gain first.
const MAX_ROWS: usize = 50_000;

/// Adds the calls that are connected with findings; `found` has the candidates of each finding.
pub(super) fn add_calls(series: &Series, anchors: &Anchors, found: &mut [Found]) {
    let mut add = |call: &[Frame], source: CallerSource, weight: i128| {
        if let Some((user, library)) = call.split_last() {
            add_call(series, anchors, (*user, library), (source, weight), found);
        }
    };
    for row in series.rows.iter().take(MAX_ROWS).filter(|row| row.user_code) {
        let frames: Vec<Frame> = row.stack.frames(&series.names).collect();
        let most = row.counts.iter().copied().max().unwrap_or(0);
        for call in calls_of_user(&frames, &series.names) {
            add(&frames[call], CallerSource::Stacks, most);
        }
    }
    for call in &series.heap_calls.calls {
        add(call, CallerSource::Heap, 1);
    }
}

/// Adds one call: the user's frame, and the frames that it calls, leaf first.
fn add_call(
    series: &Series,
    anchors: &Anchors,
    (user, library): (Frame, &[Frame]),
    (source, weight): (CallerSource, i128),
    found: &mut [Found],
) {
    let name = series.names.function_name(user.function);
    // What a call of the profiler shows is the request for the profile.
    let is_profiler = |frame: &Frame| {
        matches!(package(series.names.function_name(frame.function)), "runtime/pprof" | "net/http/pprof")
    };
    if library.iter().any(is_profiler) {
        return;
    }
    let mut fits: HashMap<usize, CallerFit> = HashMap::new();
    for (finding, fit) in library.iter().flat_map(|frame| anchors.of(frame.function)) {
        let best = fits.entry(*finding).or_insert(*fit);
        *best = (*best).min(*fit);
    }
    let calls = called(library, &series.names);
    for (finding, fit) in fits {
        // Package main runs its set-up once; what it calls then is in every program that uses the library.
        if fit >= CallerFit::SamePackage && is_set_up(name) {
            continue;
        }
        if let Some(found) = found.get_mut(finding) {
            found.add(Candidate { frame: user, calls, fit, source, basis: Basis::Inferred, weight });
        }
    }
}

/// Whether a function runs once, at the start of the program.
fn is_set_up(name: &str) -> bool {
    let rest = name.strip_prefix(package(name)).unwrap_or(name);
    name == "main.main" || rest == ".init" || rest.starts_with(".init.")
}
