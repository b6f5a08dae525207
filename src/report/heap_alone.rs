//! A heap profile without a goroutine profile: live memory by allocation site.

use std::collections::BTreeMap;

use crate::golang::Owner;
use crate::golang::canonical;
use crate::golang::owner;
use crate::model::HeapProfile;
use crate::sort;

/// Live memory by allocation site. It shows who allocated the memory, not who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeapAlone {
    /// The input, for people.
    pub name: String,
    /// Live bytes.
    pub bytes: i128,
    /// Live objects.
    pub objects: i128,
    /// Allocation sites, those with the most bytes first.
    pub sites: Vec<HeapSite>,
}

/// Live memory that one line allocated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeapSite {
    /// The innermost function outside Go's runtime and standard library; if there is none, the leaf.
    pub function: String,
    /// Its source file; empty if it is not known.
    pub file: String,
    /// The line from 1; 0 if it is not known.
    pub line: u32,
    /// Live bytes.
    pub bytes: i128,
    /// Live objects.
    pub objects: i128,
}

impl HeapAlone {
    /// Sums up the allocations of a profile.
    pub fn new(name: String, heap: &HeapProfile) -> Self {
        let mut sites: BTreeMap<(String, &str, u32), (i128, i128)> = BTreeMap::new();
        for allocation in heap.allocations.iter().filter(|it| it.bytes != 0) {
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
        let site = |((function, file, line), (bytes, objects)): ((_, &str, _), _)| {
            let file = file.to_owned();
            HeapSite { function, file, line, bytes, objects }
        };
        let mut sites: Vec<HeapSite> = sites.into_iter().map(site).collect();
        sort::by_key(&mut sites, |site| std::cmp::Reverse(site.bytes));
        let sum = |of: fn(&HeapSite) -> i128| sites.iter().map(of).sum();
        HeapAlone { name, bytes: sum(|it| it.bytes), objects: sum(|it| it.objects), sites }
    }
}
