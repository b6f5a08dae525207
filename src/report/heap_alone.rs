//! A heap profile with no goroutines beside it: what is live, by where it was allocated.

use std::collections::BTreeMap;

use crate::golang::Owner;
use crate::golang::canonical;
use crate::golang::owner;
use crate::model::HeapProfile;

/// What a heap profile tells by itself: who allocated what is live, not who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeapAlone {
    /// The input, for people.
    pub name: String,
    /// Live bytes.
    pub bytes: i128,
    /// Live objects.
    pub objects: i128,
    /// Where they were allocated, the most bytes first.
    pub sites: Vec<HeapSite>,
}

/// Live memory by the line that allocated it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeapSite {
    /// The innermost function that is neither Go's runtime nor its standard library; the innermost of all, where there is none.
    pub function: String,
    /// Its source file; empty if unknown.
    pub file: String,
    /// The line; 0 if unknown.
    pub line: u32,
    /// Live bytes.
    pub bytes: i128,
    /// Live objects.
    pub objects: i128,
}

impl HeapAlone {
    /// Adds the allocations of a profile up.
    pub fn new(name: String, heap: &HeapProfile) -> Self {
        let mut sites: BTreeMap<(String, &str, u32), (i128, i128)> = BTreeMap::new();
        for allocation in &heap.allocations {
            let mut frames = heap.stacks.frames(allocation.stack);
            let leaf = frames.clone().next();
            let own = frames.find(|frame| {
                let name = canonical(heap.symbols.function(frame.function));
                matches!(owner(&name, heap.symbols.file(frame.file)), Owner::Dependency | Owner::User)
            });
            let Some(frame) = own.or(leaf) else { continue };
            let function = canonical(heap.symbols.function(frame.function)).into_owned();
            let site = sites.entry((function, heap.symbols.file(frame.file), frame.line)).or_default();
            site.0 += i128::from(allocation.bytes);
            site.1 += i128::from(allocation.objects);
        }
        let mut sites: Vec<HeapSite> = sites
            .into_iter()
            .map(|((function, file, line), (bytes, objects))| HeapSite {
                function,
                file: file.to_owned(),
                line,
                bytes,
                objects,
            })
            .collect();
        sites.sort_by_key(|site| std::cmp::Reverse(site.bytes));
        let sum = |of: fn(&HeapSite) -> i128| sites.iter().map(of).sum();
        HeapAlone { name, bytes: sum(|it| it.bytes), objects: sum(|it| it.objects), sites }
    }
}
