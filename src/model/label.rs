//! Labels that a program set on its goroutines (`pprof.Do`, `SetGoroutineLabels`).

use crate::storage::SliceInterner;
use crate::storage::StringInterner;

/// The number of a label set in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelSetId(pub u32);

impl LabelSetId {
    /// The set without labels.
    pub const EMPTY: LabelSetId = LabelSetId(0);
}

/// The number of a label's key or value in its [`LabelTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub u32);

/// Label sets, their pairs sorted by key. Each stands there once, unless nearly all are different.
#[derive(Clone, Debug)]
pub struct LabelTable {
    texts: StringInterner,
    sets: SliceInterner<(TextId, TextId)>,
    /// Whether no key stands twice in the last set.
    distinct_keys: bool,
}

impl Default for LabelTable {
    fn default() -> Self {
        let mut sets = SliceInterner::default();
        sets.intern(&[]);
        LabelTable { texts: StringInterner::default(), sets, distinct_keys: true }
    }
}

impl LabelTable {
    /// The number of a key or a value.
    pub fn intern_text(&mut self, text: &str) -> TextId {
        TextId(self.texts.intern(text))
    }

    /// Makes room for so many more texts of so many bytes in all, and for so many more sets of so many pairs in all.
    pub(crate) fn reserve(&mut self, (texts, bytes): (usize, usize), (sets, pairs): (usize, usize)) {
        self.texts.reserve(texts, bytes);
        self.sets.reserve(sets, pairs);
    }

    /// The text of a number; empty for one that is not of this table.
    pub fn text(&self, id: TextId) -> &str {
        self.texts.text(id.0)
    }

    /// How many different keys and values there are; their numbers are `0..texts_len`.
    pub fn texts_len(&self) -> usize {
        self.texts.len()
    }

    /// The number of this set; pairs are sorted, a repeated pair is kept once.
    pub fn intern(&mut self, pairs: &[(Box<str>, Box<str>)]) -> LabelSetId {
        let mut ids: Vec<(TextId, TextId)> = Vec::with_capacity(pairs.len());
        ids.extend(pairs.iter().map(|(key, value)| (self.intern_text(key), self.intern_text(value))));
        self.intern_pairs(&mut ids)
    }

    /// The number of the set of these pairs, which are sorted and a repeated one dropped.
    pub fn intern_pairs(&mut self, pairs: &mut Vec<(TextId, TextId)>) -> LabelSetId {
        self.add(pairs, SliceInterner::intern)
    }

    /// As [`LabelTable::intern_pairs`], without looking for a set that is the same.
    pub(crate) fn push_pairs(&mut self, pairs: &mut Vec<(TextId, TextId)>) -> LabelSetId {
        self.add(pairs, SliceInterner::push)
    }

    fn add(
        &mut self,
        pairs: &mut Vec<(TextId, TextId)>,
        take: impl FnOnce(&mut SliceInterner<(TextId, TextId)>, &[(TextId, TextId)]) -> u32,
    ) -> LabelSetId {
        if pairs.is_empty() {
            return LabelSetId::EMPTY;
        }
        let LabelTable { texts, sets, distinct_keys } = self;
        // Sets with the same keys as the one before, each once, are in the same order.
        let known = sets.len() as u32;
        let last = sets.get(known - 1);
        let alike = |(a, b): (&(TextId, TextId), &(TextId, TextId))| a.0 == b.0;
        let sorted = *distinct_keys && last.len() == pairs.len() && last.iter().zip(&*pairs).all(alike);
        if !sorted {
            let words = |(key, value): &(TextId, TextId)| (texts.text(key.0), texts.text(value.0));
            pairs.sort_by(|a, b| words(a).cmp(&words(b)));
            pairs.dedup();
        }
        let id = take(sets, pairs);
        if id == known {
            *distinct_keys = pairs.array_windows::<2>().all(|[a, b]| a.0 != b.0);
        }
        LabelSetId(id)
    }

    /// Takes the sets of another table in; the number here of each there.
    pub fn append(&mut self, other: &LabelTable) -> Vec<LabelSetId> {
        let texts: Vec<TextId> =
            (0..other.texts_len() as u32).map(|id| self.intern_text(other.text(TextId(id)))).collect();
        let text = |id: &TextId| texts.get(id.0 as usize).copied().unwrap_or(*id);
        let mut pairs = Vec::new();
        (0..other.len() as u32)
            .map(|set| {
                pairs.clear();
                pairs.extend(
                    other.pair_ids(LabelSetId(set)).iter().map(|(key, value)| (text(key), text(value))),
                );
                self.intern_pairs(&mut pairs)
            })
            .collect()
    }

    /// The pairs of a set, sorted by key. Empty for a number that is not in this table.
    pub fn pairs(&self, id: LabelSetId) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        self.pair_ids(id).iter().map(|(key, value)| (self.text(*key), self.text(*value)))
    }

    /// The pairs of a set by number, sorted by key. Empty for a number that is not in this table.
    pub fn pair_ids(&self, id: LabelSetId) -> &[(TextId, TextId)] {
        self.sets.get(id.0)
    }

    /// How many sets there are, the empty one included.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Never: the empty set is always there.
    pub fn is_empty(&self) -> bool {
        false
    }
}
