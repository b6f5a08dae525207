//! Labels that a program set on its goroutines (`pprof.Do`, `SetGoroutineLabels`).

use crate::storage::SliceInterner;
use crate::storage::StringInterner;

/// The id of a label set in its table. The default is [`LabelSetId::EMPTY`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelSetId(pub u32);

impl LabelSetId {
    /// The set without labels.
    pub const EMPTY: LabelSetId = LabelSetId(0);
}

/// The id of a label's key or value in its [`LabelTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub u32);

/// Interned label sets, their pairs sorted by key.
#[derive(Clone, Debug)]
pub struct LabelTable {
    texts: StringInterner,
    sets: SliceInterner<(TextId, TextId)>,
    /// Whether no key is repeated in the last set.
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
    /// The id of a key or a value; adds the text if it is new.
    pub fn intern_text(&mut self, text: &str) -> TextId {
        TextId(self.texts.intern(text))
    }

    /// Reserves capacity for more texts with a total number of bytes, and for more sets with a total number of pairs.
    pub(crate) fn reserve(&mut self, (texts, bytes): (usize, usize), (sets, pairs): (usize, usize)) {
        self.texts.reserve(texts, bytes);
        self.sets.reserve(sets, pairs);
    }

    /// The text of an id; empty if the id is not from this table.
    pub fn text(&self, id: TextId) -> &str {
        self.texts.text(id.0)
    }

    /// The number of distinct keys and values; their ids are `0..texts_len`.
    pub fn texts_len(&self) -> usize {
        self.texts.len()
    }

    /// The id of a set; adds the set if it is new. Pairs are sorted, and repeated pairs are removed.
    pub fn intern(&mut self, pairs: &[(Box<str>, Box<str>)]) -> LabelSetId {
        let mut ids: Vec<(TextId, TextId)> = Vec::with_capacity(pairs.len());
        ids.extend(pairs.iter().map(|(key, value)| (self.intern_text(key), self.intern_text(value))));
        self.intern_pairs(&mut ids)
    }

    /// Like [`LabelTable::intern`], for pairs of text ids.
    pub fn intern_pairs(&mut self, pairs: &mut Vec<(TextId, TextId)>) -> LabelSetId {
        self.add(pairs, SliceInterner::intern)
    }

    /// Like [`LabelTable::intern_pairs`], but does not look for an equal set.
    pub(crate) fn push_pairs(&mut self, pairs: &mut Vec<(TextId, TextId)>) -> LabelSetId {
        self.add(pairs, SliceInterner::push)
    }

    fn add(
        &mut self,
        pairs: &mut Vec<(TextId, TextId)>,
        add: impl FnOnce(&mut SliceInterner<(TextId, TextId)>, &[(TextId, TextId)]) -> u32,
    ) -> LabelSetId {
        if pairs.is_empty() {
            return LabelSetId::EMPTY;
        }
        let LabelTable { texts, sets, distinct_keys } = self;
        // A set with the same keys as the previous one, none repeated, is sorted already.
        let next = sets.len() as u32;
        let last = sets.get(next - 1);
        let alike = |(a, b): (&(TextId, TextId), &(TextId, TextId))| a.0 == b.0;
        let sorted = *distinct_keys && last.len() == pairs.len() && last.iter().zip(&*pairs).all(alike);
        if !sorted {
            let words = |(key, value): &(TextId, TextId)| (texts.text(key.0), texts.text(value.0));
            pairs.sort_by(|a, b| words(a).cmp(&words(b)));
            pairs.dedup();
        }
        let id = add(sets, pairs);
        if id == next {
            *distinct_keys = pairs.array_windows::<2>().all(|[a, b]| a.0 != b.0);
        }
        LabelSetId(id)
    }

    /// Adds the sets of another table. Returns the id here of each set there.
    pub fn append(&mut self, other: &LabelTable) -> Vec<LabelSetId> {
        let texts: Vec<TextId> =
            (0..other.texts_len() as u32).map(|id| self.intern_text(other.text(TextId(id)))).collect();
        let text = |id: &TextId| texts.get(id.0 as usize).copied().unwrap_or(*id);
        let mut pairs = Vec::new();
        let mut append = |set: u32| {
            pairs.clear();
            pairs.extend(other.pair_ids(LabelSetId(set)).iter().map(|(key, value)| (text(key), text(value))));
            self.intern_pairs(&mut pairs)
        };
        (0..other.sets_len() as u32).map(&mut append).collect()
    }

    /// The pairs of a set, sorted by key; none if the id is not from this table.
    pub fn pairs(&self, id: LabelSetId) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        self.pair_ids(id).iter().map(|(key, value)| (self.text(*key), self.text(*value)))
    }

    /// The text ids of a set, sorted by key; none if the id is not from this table.
    pub fn pair_ids(&self, id: LabelSetId) -> &[(TextId, TextId)] {
        self.sets.get(id.0)
    }

    /// The number of sets, including the empty one; their ids are `0..sets_len`.
    pub fn sets_len(&self) -> usize {
        self.sets.len()
    }
}
