//! Labels that a program set on its goroutines (`pprof.Do`, `SetGoroutineLabels`).

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// The number of a label set in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelSetId(pub u32);

impl LabelSetId {
    /// The set without labels.
    pub const EMPTY: LabelSetId = LabelSetId(0);
}

/// Keys and values, sorted by key.
type Pairs = Box<[(Box<str>, Box<str>)]>;

/// Each label set once, its pairs sorted by key.
#[derive(Clone, Debug)]
pub struct LabelTable {
    sets: Vec<Pairs>,
    known: HashMap<Pairs, LabelSetId, RandomState>,
}

impl Default for LabelTable {
    fn default() -> Self {
        let empty: Pairs = Box::new([]);
        let mut known = HashMap::default();
        known.insert(empty.clone(), LabelSetId::EMPTY);
        LabelTable { sets: vec![empty], known }
    }
}

impl LabelTable {
    /// The number of this set; pairs are sorted, a repeated pair is kept once.
    pub fn intern(&mut self, mut pairs: Vec<(Box<str>, Box<str>)>) -> LabelSetId {
        if pairs.is_empty() {
            return LabelSetId::EMPTY;
        }
        pairs.sort();
        pairs.dedup();
        let pairs = pairs.into_boxed_slice();
        if let Some(&id) = self.known.get(&pairs) {
            return id;
        }
        let id = LabelSetId(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        // Both homes need the pairs; sets are far fewer than samples.
        self.known.insert(pairs.clone(), id);
        self.sets.push(pairs);
        id
    }

    /// The pairs of a set, sorted by key. Empty for a number that is not in this table.
    pub fn pairs(&self, id: LabelSetId) -> &[(Box<str>, Box<str>)] {
        self.sets.get(id.0 as usize).map_or(&[], |set| set)
    }

    /// How many different sets there are, the empty one included.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Never: the empty set is always there.
    pub fn is_empty(&self) -> bool {
        false
    }
}
