//! Which row holds each live allocation: every byte is counted for at most one row.
//!
//! Go's heap profile records who allocated, not who holds. A goroutine's own allocations are below functions that are still on its stack;
//! memory that was passed to it is below the function that started it. The row whose function is nearest to the allocation gets it; of
//! several, the first one of the series.

use std::collections::BTreeMap;
use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::golang::Owner;
use crate::golang::package;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::series::Row;
use crate::series::Series;
use crate::stacks::Fingerprint;

/// The live memory of each row, in each snapshot that has a heap profile.
#[derive(Clone, Debug, Default)]
pub struct HeapShares {
    /// The indices of the columns that have a heap profile.
    pub(super) columns: Vec<usize>,
    shares: HashMap<Fingerprint, HeapShare>,
}

/// The live memory of one row.
#[derive(Clone, Debug, Default)]
pub(super) struct HeapShare {
    /// The bytes in each of [`HeapShares::columns`].
    pub(super) bytes: Vec<i128>,
    /// The bytes in the last snapshot by the function that allocated them: the innermost outside Go's runtime and standard library, or
    /// the leaf.
    pub(super) allocators: BTreeMap<FunctionId, i128>,
}

impl HeapShares {
    /// Assigns all allocations of a series to the rows of its last snapshot.
    pub fn new(series: &Series) -> Self {
        let mut shares = HeapShares::default();
        if series.columns.iter().all(|column| column.heap.is_none()) {
            return shares;
        }
        let claims = Claims::new(series);
        for (at, column) in series.columns.iter().enumerate() {
            let Some(heap) = &column.heap else { continue };
            shares.columns.push(at);
            for (functions, bytes) in &heap.stacks {
                let Some(row) = claims.holder(functions).and_then(|row| series.rows.get(row)) else {
                    continue;
                };
                let share = shares.shares.entry(row.fingerprint).or_default();
                share.bytes.resize(shares.columns.len(), 0);
                if let Some(sum) = share.bytes.last_mut() {
                    *sum += i128::from(*bytes);
                }
                if at + 1 == series.columns.len() {
                    *share.allocators.entry(allocator(series, functions)).or_default() += i128::from(*bytes);
                }
            }
        }
        let len = shares.columns.len();
        shares.shares.values_mut().for_each(|share| share.bytes.resize(len, 0));
        shares
    }

    pub(super) fn of(&self, row: &Row) -> Option<&HeapShare> {
        self.shares.get(&row.fingerprint)
    }
}

fn allocator(series: &Series, functions: &[FunctionId]) -> FunctionId {
    let is_own = |it: &&FunctionId| matches!(series.names.owner(**it), Owner::User | Owner::Dependency);
    functions.iter().find(is_own).or(functions.first()).copied().unwrap_or(FunctionId(u32::MAX))
}

/// Which rows claim an allocation, by its functions.
struct Claims<'a> {
    series: &'a Series,
    /// A trie of stacks from their outermost frame inwards: each node's children.
    children: HashMap<(u32, FunctionId), u32, FxBuildHasher>,
    /// The first row below each node.
    first_row: Vec<usize>,
    /// The first row that each function started, or that it names if rows are not stacks.
    started: HashMap<FunctionId, usize, FxBuildHasher>,
    is_profiler: Vec<bool>,
}

const ROOT: u32 = 0;

impl<'a> Claims<'a> {
    fn new(series: &'a Series) -> Self {
        let functions = (0..series.names.symbols.functions_len() as u32).map(FunctionId);
        let mut claims = Claims {
            series,
            children: HashMap::default(),
            first_row: vec![usize::MAX],
            started: HashMap::default(),
            is_profiler: functions.map(|it| is_profiler(series.names.function_name(it))).collect(),
        };
        let by_stack = series.by.is_by_stack();
        for (at, row) in series.rows.iter().enumerate().filter(|(_, row)| row.count() > 0) {
            if let Some(spawn) = row.facts.spawn_site(by_stack) {
                claims.started.entry(spawn.value.function).or_insert(at);
            }
            if !by_stack {
                let names = row.stack.frames(&series.names).map(|frame| frame.function);
                names.for_each(|name| {
                    claims.started.entry(name).or_insert(at);
                });
            } else if !row.stack.cut {
                claims.add_stack(at, row);
            }
        }
        claims
    }

    fn add_stack(&mut self, at: usize, row: &Row) {
        let mut node = ROOT;
        let names = &self.series.names;
        let is_runtime = |it: &Frame| names.owner(it.function) == Owner::Runtime;
        for frame in row.stack.frames(names).rev().filter(|it| !is_runtime(it)) {
            let next = self.first_row.len() as u32;
            node = *self.children.entry((node, frame.function)).or_insert(next);
            if node == next {
                self.first_row.push(at);
            }
        }
    }

    /// The row that most likely holds what a stack allocated; `functions` are leaf first.
    fn holder(&self, functions: &[FunctionId]) -> Option<usize> {
        if functions.iter().any(|it| self.is_profiler.get(it.0 as usize) == Some(&true)) {
            return None;
        }
        let started = functions.iter().enumerate().find_map(|(at, it)| Some((at, *self.started.get(it)?)));
        self.runs(functions).into_iter().chain(started).min().map(|(_, row)| row)
    }

    /// The row with the most outer frames in common, and the position of the innermost of these frames in `functions`. Other code of the
    /// user's in the same kind of goroutine, such as another handler of a server, has nothing to do with it.
    fn runs(&self, functions: &[FunctionId]) -> Option<(usize, usize)> {
        let is_users = |it: &FunctionId| self.series.names.owner(*it) == Owner::User;
        let (mut node, mut innermost, mut has_users) = (ROOT, functions.len(), false);
        for (at, function) in functions.iter().enumerate().rev().filter(|(_, it)| !self.is_runtime(**it)) {
            let Some(next) = self.children.get(&(node, *function)) else { break };
            (node, innermost, has_users) = (*next, at, has_users || is_users(function));
        }
        let rest = functions.get(..innermost)?;
        let other = !has_users && rest.iter().any(is_users);
        (node != ROOT && !other).then(|| (innermost, self.first_row[node as usize]))
    }

    fn is_runtime(&self, function: FunctionId) -> bool {
        self.series.names.owner(function) == Owner::Runtime
    }
}

/// Whether a function writes profiles: what it allocates belongs to the request for this profile.
fn is_profiler(name: &str) -> bool {
    matches!(package(name), "runtime/pprof" | "net/http/pprof")
}
