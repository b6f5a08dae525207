//! Stacks as paths: what was seen of a stack up to a call site is the same for all stacks that begin alike, so each step is
//! worked out once and looked up from then on.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::facts::LONGEST_CYCLE;
use crate::model::FrameId;
use crate::model::SiteId;
use crate::model::StackId;
use crate::model::StackTable;

use super::stacks::Brief;
use super::stacks::Shown;

/// So many places are remembered. Profiles whose stacks have nothing in common begin anew after that.
const MOST: usize = 1 << 17;

/// Walks stacks from the leaf outwards.
pub(super) struct Walk<'a> {
    briefs: &'a [Brief],
    places: Vec<Place>,
    known_places: HashTable<u32>,
    /// From a place by a call site to the next.
    steps: HashTable<(u64, u32)>,
    /// The step that was taken last from each place: most places have only one.
    usual: Vec<(u32, u32)>,
    nodes: Vec<Node>,
    /// From a node by a key to the next.
    children: HashTable<(u64, u32)>,
    hasher: FxBuildHasher,
}

/// What was seen of a stack so far.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The keys of the frames before the last that is shown, recursion folded.
    node: u32,
    shown: Shown,
    /// The first frame that is a library's or the user's.
    pub(super) site: Option<FrameId>,
    /// The outermost frame that is none of a helper's.
    pub(super) started: Option<FrameId>,
}

/// A key, and those before it.
#[derive(Clone, Copy)]
struct Node {
    key: u32,
    before: u32,
    depth: u32,
    /// The number that its keys were given.
    number: Option<u32>,
}

/// Where a whole stack ends.
pub(super) struct End {
    /// The keys of its frames: see [`Walk::number`].
    pub(super) node: u32,
    pub(super) entry: FrameId,
    pub(super) site: Option<FrameId>,
    pub(super) started: Option<FrameId>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(briefs: &'a [Brief]) -> Self {
        let mut walk = Walk {
            briefs,
            places: Vec::new(),
            known_places: HashTable::new(),
            steps: HashTable::new(),
            usual: Vec::new(),
            nodes: Vec::new(),
            children: HashTable::new(),
            hasher: FxBuildHasher,
        };
        walk.begin();
        walk
    }

    fn begin(&mut self) {
        self.places.clear();
        self.known_places.clear();
        self.steps.clear();
        self.usual.clear();
        self.children.clear();
        self.nodes.clear();
        self.nodes.push(Node { key: 0, before: 0, depth: 0, number: None });
        self.place(Place { node: 0, shown: Shown::default(), site: None, started: None });
    }

    /// Walks one stack. `None` if nothing of it but plumbing is there. Nodes are good until the next stack is walked.
    pub(super) fn walk(&mut self, stacks: &StackTable, id: StackId) -> Option<End> {
        if self.places.len() + self.nodes.len() > MOST {
            self.begin();
        }
        let mut at = 0;
        for site in stacks.sites(id) {
            let (usual, next) = self.usual[at as usize];
            at = if usual == site.0 { next } else { self.other_step(stacks, at, site) };
        }
        let place = self.places[at as usize];
        let entry = place.shown.last()?;
        let Place { node, site, started, .. } = self.settled(place, entry);
        Some(End { node, entry, site, started })
    }

    /// The number of a node's keys, which `of` gives them; it is asked once for each node.
    pub(super) fn number(&mut self, node: u32, of: impl FnOnce(&[u32]) -> u32) -> u32 {
        if let Some(number) = self.nodes[node as usize].number {
            return number;
        }
        let mut keys = Vec::new();
        self.keys(node, &mut keys);
        let number = of(&keys);
        self.nodes[node as usize].number = Some(number);
        number
    }

    /// The keys of a node, leaf first.
    fn keys(&self, node: u32, out: &mut Vec<u32>) {
        out.clear();
        let mut at = self.nodes[node as usize];
        while at.depth > 0 {
            out.push(at.key);
            at = self.nodes[at.before as usize];
        }
        out.reverse();
    }

    /// A step that is not the one taken last.
    fn other_step(&mut self, stacks: &StackTable, at: u32, site: SiteId) -> u32 {
        let key = u64::from(at) << 32 | u64::from(site.0);
        let hash = self.hasher.hash_one(key);
        let next = match self.steps.find(hash, |(known, _)| *known == key) {
            Some(&(_, next)) => next,
            None => {
                let next = self.step(stacks, at, site);
                self.steps.insert_unique(hash, (key, next), |(known, _)| self.hasher.hash_one(known));
                next
            }
        };
        self.usual[at as usize] = (site.0, next);
        next
    }

    fn step(&mut self, stacks: &StackTable, from: u32, site: SiteId) -> u32 {
        let mut place = self.places[from as usize];
        for &frame in stacks.frames_of(site) {
            let mut shown = place.shown;
            if let Some(before) = shown.next(frame, &self.briefs[frame.0 as usize]) {
                place = self.settled(place, before);
            }
            place.shown = shown;
        }
        self.place(place)
    }

    /// A frame is shown for sure.
    fn settled(&mut self, mut place: Place, frame: FrameId) -> Place {
        let brief = self.briefs[frame.0 as usize];
        place.node = self.child(place.node, brief.key);
        if brief.foreign && place.site.is_none() {
            place.site = Some(frame);
        }
        if !brief.helper {
            place.started = Some(frame);
        }
        place
    }

    fn place(&mut self, place: Place) -> u32 {
        let hash = self.hasher.hash_one(place);
        if let Some(&known) = self.known_places.find(hash, |at| self.places[*at as usize] == place) {
            return known;
        }
        let number = self.places.len() as u32;
        self.places.push(place);
        self.usual.push((u32::MAX, 0));
        let Walk { places, known_places, hasher, .. } = self;
        known_places.insert_unique(hash, number, |at| hasher.hash_one(places[*at as usize]));
        number
    }

    /// The node of one more key, recursion folded as [`crate::facts::Fold`] does.
    fn child(&mut self, node: u32, key: u32) -> u32 {
        let step = u64::from(node) << 32 | u64::from(key);
        let hash = self.hasher.hash_one(step);
        if let Some(&(_, next)) = self.children.find(hash, |(known, _)| *known == step) {
            return next;
        }
        let next = match self.folded(node, key) {
            Some(earlier) => earlier,
            None => {
                let depth = self.nodes[node as usize].depth + 1;
                self.nodes.push(Node { key, before: node, depth, number: None });
                (self.nodes.len() - 1) as u32
            }
        };
        self.children.insert_unique(hash, (step, next), |(known, _)| self.hasher.hash_one(known));
        next
    }

    /// The node before the cycle that a key ends; `None` if it ends none.
    fn folded(&self, node: u32, key: u32) -> Option<u32> {
        // The last keys, the latest first, and the nodes that they stand at.
        let mut keys = [0; 2 * LONGEST_CYCLE];
        let mut nodes = [0; 2 * LONGEST_CYCLE];
        keys[0] = key;
        let (mut at, mut len) = (node, 1);
        while len < keys.len() && self.nodes[at as usize].depth > 0 {
            keys[len] = self.nodes[at as usize].key;
            nodes[len] = at;
            at = self.nodes[at as usize].before;
            len += 1;
        }
        let repeats = |length: &usize| keys[..*length] == keys[*length..2 * *length];
        let cycle = (1..=len / 2).find(repeats)?;
        Some(nodes[cycle])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fold;

    /// Keys of few kinds, so that cycles are common (a linear congruential generator).
    fn random_keys(seed: u32) -> Vec<u32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let (length, kinds) = (next() % 60, 1 + next() % 4);
        (0..length).map(|_| next() % kinds).collect()
    }

    #[test]
    fn folds_as_fold_does() {
        let mut walk = Walk::new(&[]);
        let mut fold = Fold::default();
        let mut kept = Vec::new();
        for seed in 0..5000 {
            fold.clear();
            let mut node = 0;
            for key in random_keys(seed) {
                fold.push(key);
                node = walk.child(node, key);
            }
            walk.keys(node, &mut kept);
            assert_eq!(kept, fold.keys(), "seed {seed}");
        }
    }
}
