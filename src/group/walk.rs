//! Stacks as paths: what was seen of a stack up to a call site is the same for all stacks that begin alike, so a step that is
//! taken a second time is kept and looked up from then on. Most outer steps are taken once, and cost no room.

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

/// So many steps are remembered. Profiles whose stacks have little in common begin anew after that.
const MOST: usize = 1 << 19;

/// A step that was taken once, and is not worked out yet.
const ONCE: u32 = u32::MAX;

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
    /// How many of them are kept; those behind are of the stack that was walked last.
    kept: usize,
    /// From a node by a key to the next.
    children: HashTable<(u64, u32)>,
    hasher: FxBuildHasher,
    room: Vec<u32>,
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
    /// The number of its key.
    pub(super) key_number: u32,
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
            kept: 0,
            children: HashTable::new(),
            hasher: FxBuildHasher,
            room: Vec::new(),
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
        self.kept = 1;
        self.place(Place { node: 0, shown: Shown::default(), site: None, started: None });
    }

    /// Walks one stack. `None` if nothing of it but plumbing is there. `number` gives a key its number.
    pub(super) fn walk(
        &mut self,
        stacks: &StackTable,
        id: StackId,
        number: impl FnOnce(&[u32]) -> u32,
    ) -> Option<End> {
        self.nodes.truncate(self.kept);
        if self.steps.len() > MOST {
            self.begin();
        }
        let mut at = 0;
        let mut sites = stacks.sites(id);
        // As far as others went before, then alone.
        let mut alone = None;
        for site in sites.by_ref() {
            let (usual, next) = self.usual[at as usize];
            if usual == site.0 {
                at = next;
                continue;
            }
            match self.other_step(stacks, at, site) {
                Some(next) => at = next,
                None => {
                    alone = Some(self.stepped(stacks, self.places[at as usize], site, Self::child_alone));
                    break;
                }
            }
        }
        let Some(mut place) = alone else {
            let place = self.places[at as usize];
            let entry = place.shown.last()?;
            let Place { node, site, started, .. } = self.settled(place, entry, Self::child);
            self.kept = self.nodes.len();
            let key_number = self.number(node, number);
            return Some(End { key_number, entry, site, started });
        };
        for site in sites {
            place = self.stepped(stacks, place, site, Self::child_alone);
        }
        let entry = place.shown.last()?;
        let Place { node, site, started, .. } = self.settled(place, entry, Self::child_alone);
        let key_number = self.number(node, number);
        Some(End { key_number, entry, site, started })
    }

    /// The number of a node's keys, which `of` gives them; it is asked once for each node that is kept.
    fn number(&mut self, node: u32, of: impl FnOnce(&[u32]) -> u32) -> u32 {
        if let Some(number) = self.nodes[node as usize].number {
            return number;
        }
        let mut keys = std::mem::take(&mut self.room);
        self.keys(node, &mut keys);
        let number = of(&keys);
        self.room = keys;
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

    /// A step that is not the one taken last. `None` the first time.
    fn other_step(&mut self, stacks: &StackTable, at: u32, site: SiteId) -> Option<u32> {
        let key = u64::from(at) << 32 | u64::from(site.0);
        let hash = self.hasher.hash_one(key);
        let known = self.steps.find(hash, |(known, _)| *known == key).map(|(_, next)| *next);
        let next = match known {
            Some(ONCE) => {
                let place = self.stepped(stacks, self.places[at as usize], site, Self::child);
                self.kept = self.nodes.len();
                let next = self.place(place);
                if let Some((_, known)) = self.steps.find_mut(hash, |(known, _)| *known == key) {
                    *known = next;
                }
                next
            }
            Some(next) => next,
            None => {
                self.steps.insert_unique(hash, (key, ONCE), |(known, _)| self.hasher.hash_one(known));
                return None;
            }
        };
        self.usual[at as usize] = (site.0, next);
        Some(next)
    }

    fn stepped(
        &mut self,
        stacks: &StackTable,
        mut place: Place,
        site: SiteId,
        child: fn(&mut Self, u32, u32) -> u32,
    ) -> Place {
        for &frame in stacks.frames_of(site) {
            let mut shown = place.shown;
            if let Some(before) = shown.next(frame, &self.briefs[frame.0 as usize]) {
                place = self.settled(place, before, child);
            }
            place.shown = shown;
        }
        place
    }

    /// A frame is shown for sure.
    fn settled(&mut self, mut place: Place, frame: FrameId, child: fn(&mut Self, u32, u32) -> u32) -> Place {
        let brief = self.briefs[frame.0 as usize];
        place.node = child(self, place.node, brief.key);
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
        let next = self.child_alone(node, key);
        self.children.insert_unique(hash, (step, next), |(known, _)| self.hasher.hash_one(known));
        next
    }

    /// As [`Walk::child`], not looked up and not kept.
    fn child_alone(&mut self, node: u32, key: u32) -> u32 {
        self.folded(node, key).unwrap_or_else(|| {
            let depth = self.nodes[node as usize].depth + 1;
            self.nodes.push(Node { key, before: node, depth, number: None });
            (self.nodes.len() - 1) as u32
        })
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
