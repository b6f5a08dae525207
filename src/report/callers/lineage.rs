//! Who started the goroutines that started those of a finding, as far as tracebacks state it (Go 1.21 and later print the parent's id).

use std::collections::HashMap;
use std::collections::HashSet;
use std::num::NonZeroU64;

use foldhash::fast::RandomState;

use crate::golang::Owner;
use crate::model::Basis;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::report::lines::CallerFit;
use crate::report::lines::CallerSource;
use crate::series::Row;
use crate::series::Series;
use crate::stacks::called;
use crate::stacks::calls_of_user;
use crate::stacks::is_written_by_user;

use super::candidate::Candidate;
use super::subject::Subject;
use super::subject::Wanted;

/// Generations that are followed.
const MAX_GENERATIONS: usize = 6;
/// Goroutines of a finding whose parents are followed.
const MAX_CHILDREN: usize = 64;

/// The ancestors of a finding's goroutines that are still there.
#[derive(Default)]
pub(super) struct Lineage<'a> {
    /// Rows of ancestors without code of the user's: they belong to the same library.
    pub(super) rows: Vec<&'a Row>,
    /// The user's code that started an ancestor, or that an ancestor runs.
    pub(super) callers: Vec<Candidate>,
}

/// The lineages of all findings. Each generation takes one pass over all goroutines.
pub(super) fn lineages<'a>(series: &'a Series, subjects: &[Subject<'a>]) -> Vec<Lineage<'a>> {
    let mut lineages: Vec<Lineage<'a>> = subjects.iter().map(|_| Lineage::default()).collect();
    let mut children: Vec<Vec<&Row>> = subjects
        .iter()
        .map(|it| if it.wanted == Wanted::Anything { it.rows.clone() } else { Vec::new() })
        .collect();
    for _ in 0..MAX_GENERATIONS {
        let wanted: Vec<Vec<u64>> =
            children.iter().map(|rows| rows.iter().flat_map(|row| parents(row)).collect()).collect();
        let ids: HashSet<u64, RandomState> = wanted.iter().flatten().copied().collect();
        if ids.is_empty() {
            break;
        }
        let alive = rows_of(series, &ids);
        for (at, wanted) in wanted.iter().enumerate() {
            let mut rows: Vec<(&Row, i128)> = Vec::new();
            for row in wanted.iter().filter_map(|id| alive.get(id)) {
                match rows.iter_mut().find(|(known, _)| std::ptr::eq(*known, *row)) {
                    Some((_, n)) => *n += 1,
                    None => rows.push((row, 1)),
                }
            }
            let known = |row: &Row| {
                let mut known = subjects[at].rows.iter().chain(&lineages[at].rows);
                known.any(|it| std::ptr::eq(*it, row))
            };
            // What started a few of them is not what makes them grow.
            rows.retain(|(row, n)| !known(row) && n * 2 >= wanted.len() as i128);
            let spawns = children[at].iter().filter_map(|row| row.facts.spawn_site(true));
            let creators: Vec<FunctionId> = spawns.map(|fact| fact.value.function).collect();
            children[at] = Vec::new();
            for (row, n) in rows {
                match caller(series, row, &creators, n) {
                    Some(caller) => lineages[at].callers.push(caller),
                    None if !row.user_code => {
                        children[at].push(row);
                        lineages[at].rows.push(row);
                    }
                    None => {}
                }
            }
        }
    }
    lineages
}

/// The ids of the goroutines that started those of a row, a few of them.
fn parents(row: &Row) -> impl Iterator<Item = u64> {
    let parents = row.facts.goroutines().iter().filter_map(|goroutine| goroutine.parent);
    let mut ids: Vec<u64> = parents.map(NonZeroU64::get).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(MAX_CHILDREN);
    ids.into_iter()
}

/// The row of each of these goroutines that is in the last snapshot.
fn rows_of<'a>(series: &'a Series, ids: &HashSet<u64, RandomState>) -> HashMap<u64, &'a Row, RandomState> {
    let mut rows = HashMap::default();
    for row in series.rows.iter().filter(|row| row.count() > 0) {
        for goroutine in row.facts.goroutines() {
            if ids.contains(&goroutine.id) {
                rows.insert(goroutine.id, row);
            }
        }
    }
    rows
}

/// The user's code that started an ancestor of `n` goroutines, or that runs it: it is still in one of the `creators`, the functions with
/// the `go` statements, or its outermost function is the user's. What else is on the ancestor's stack now may be another task than the one
/// that started them.
fn caller(series: &Series, row: &Row, creators: &[FunctionId], n: i128) -> Option<Candidate> {
    let names = &series.names;
    let frames: Vec<Frame> = row.stack.frames(names).collect();
    for call in calls_of_user(&frames, names).into_iter().filter_map(|it| frames.get(it)) {
        if let Some((user, library)) = call.split_last()
            && library.iter().any(|it| creators.contains(&it.function))
        {
            return Some(Candidate {
                frame: *user,
                calls: called(library, names),
                fit: CallerFit::CallsCreator,
                source: CallerSource::Parent,
                basis: Basis::Inferred,
                weight: n,
            });
        }
    }
    let candidate = |frame, basis| Candidate {
        frame,
        calls: None,
        fit: CallerFit::Ancestor,
        source: CallerSource::Parent,
        basis,
        weight: n,
    };
    let entry = row.stack.last(names).filter(|it| !row.stack.cut && is_written_by_user(*it, names));
    if let Some(entry) = entry {
        // Its line is where it is now, not the call that started them.
        return Some(candidate(Frame { line: 0, ..entry }, Basis::Inferred));
    }
    let spawn = row.facts.spawn_site(true)?;
    let is_users = names.owner(spawn.value.function) == Owner::User && !row.user_code;
    is_users.then(|| candidate(spawn.value, spawn.basis))
}
