//! The key of a group: what its samples have in common, as numbers of [`SymbolTable`].

use crate::model::FileId;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::SampleRef;
use crate::storage::HashIndex;

use super::By;
use super::Dimension;
use super::facts::spawn_of;
use super::facts::state_text;
use crate::stacks::AnalyzedStacks;
use crate::stacks::Granularity;
use crate::stacks::SymbolTable;
use crate::stacks::fingerprint;
use crate::stacks::fingerprint::Fingerprint;

/// What the goroutines of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// For each dimension its parts, with [`END`] behind each.
    parts: Box<[u32]>,
}

/// Ends the parts of one dimension. No table of names has so many entries.
const END: u32 = u32::MAX;
/// Stands for a value that is absent: a goroutine without that label, without a known spawn site.
const ABSENT: u32 = u32::MAX - 1;

/// Mixes the hash of each part in.
fn mixed(hash: u64, parts: &[u32], hash_of: impl Fn(u32) -> u64) -> u64 {
    parts
        .iter()
        .fold(hash, |hash, &part| fingerprint::mix(hash, if part == ABSENT { 1 } else { hash_of(part) }))
}

impl Key {
    pub(super) fn new(parts: &[u32]) -> Self {
        Key { parts: parts.into() }
    }

    /// The parts of each dimension.
    fn dimensions(&self) -> impl Iterator<Item = &[u32]> {
        self.parts.split(|part| *part == END)
    }

    /// The name of the group for baselines and `explain`.
    pub fn fingerprint(&self, by: &By, names: &SymbolTable) -> Fingerprint {
        let mut hash = fingerprint::SEED;
        let function = |part| names.hash(FunctionId(part));
        for (parts, dimension) in self.dimensions().zip(&by.dimensions) {
            hash = match (dimension, by.granularity) {
                (Dimension::Stack, Granularity::Lines) => parts.chunks(2).fold(hash, |hash, call| {
                    let (functions, lines) = call.split_at(1);
                    mixed(mixed(hash, functions, function), lines, u64::from)
                }),
                (Dimension::Stack, Granularity::Files) => {
                    mixed(hash, parts, |part| fingerprint::hash_text(names.symbols.file(FileId(part))))
                }
                (Dimension::Function, _) => {
                    mixed(hash, parts, |part| fingerprint::hash_text(names.function_name(FunctionId(part))))
                }
                (Dimension::Stack, Granularity::Functions)
                | (Dimension::Site | Dimension::Entry | Dimension::Spawn, _) => mixed(hash, parts, function),
                (Dimension::Package | Dimension::State | Dimension::Label(_), _) => {
                    mixed(hash, parts, |part| names.text_hash(part))
                }
            };
            if let Dimension::Label(key) = dimension {
                hash = fingerprint::mix(hash, fingerprint::hash_text(key));
            }
        }
        Fingerprint(hash)
    }

    /// The value of each dimension but the stack in words; `None` for one that is absent.
    pub fn values<'a>(
        &'a self,
        by: &'a By,
        names: &'a SymbolTable,
    ) -> impl Iterator<Item = (&'a Dimension, Option<&'a str>)> {
        self.dimensions().zip(&by.dimensions).filter(|(_, dimension)| **dimension != Dimension::Stack).map(
            |(parts, dimension)| {
                let part = parts.first().copied().filter(|part| *part != ABSENT);
                let value = part.map(|part| match dimension {
                    Dimension::Package | Dimension::State | Dimension::Label(_) => names.text_of(part),
                    Dimension::Stack
                    | Dimension::Function
                    | Dimension::Site
                    | Dimension::Entry
                    | Dimension::Spawn => names.function_name(FunctionId(part)),
                });
                (dimension, value)
            },
        )
    }
}

/// Finds what has a key: where in a list that somebody else holds. `key_at` gives the keys of that list.
#[derive(Clone, Debug, Default)]
pub struct KeyIndex {
    known: HashIndex,
}

impl KeyIndex {
    /// An empty one, with room for so many.
    pub fn with_capacity(most: usize) -> Self {
        let mut known = HashIndex::default();
        known.reserve(most);
        KeyIndex { known }
    }

    /// Where the one with this key stands; if there is none, `None`, and `next` from then on.
    pub fn find_or_add<'k>(
        &mut self,
        key: &Key,
        next: usize,
        key_at: impl Fn(usize) -> &'k Key,
    ) -> Option<usize> {
        self.find_parts_or_add(&key.parts, next, key_at)
    }

    pub(super) fn find_parts_or_add<'k>(
        &mut self,
        parts: &[u32],
        next: usize,
        key_at: impl Fn(usize) -> &'k Key,
    ) -> Option<usize> {
        let tag = self.known.tag(parts);
        let known = self.known.find(tag, |at| *key_at(at as usize).parts == *parts);
        if known.is_none() {
            self.known.insert(tag, next as u32);
        }
        known.map(|at| at as usize)
    }

    pub(super) fn find_parts<'k>(&self, parts: &[u32], key_at: impl Fn(usize) -> &'k Key) -> Option<usize> {
        let known = self.known.find(self.known.tag(parts), |at| *key_at(at as usize).parts == *parts);
        known.map(|at| at as usize)
    }
}

/// Makes the keys of samples.
pub(super) struct Keys<'a> {
    by: &'a By,
    parts: Vec<u32>,
    functions: Vec<Option<Frame>>,
}

/// The frame that names a group: `None` for the whole stack, `Some(None)` where no frame does.
pub(super) type Naming = Option<Option<Frame>>;

impl<'a> Keys<'a> {
    pub(super) fn new(by: &'a By) -> Self {
        Keys { by, parts: Vec::new(), functions: Vec::new() }
    }

    /// What the key of a sample is made from.
    pub(super) fn of(&self) -> KeyOf {
        let made_of = |dimension: &Dimension| match dimension {
            Dimension::Stack => KeyOf::StackKey,
            Dimension::Package | Dimension::Site | Dimension::Entry => KeyOf::Stack,
            Dimension::Spawn | Dimension::State | Dimension::Label(_) => KeyOf::Sample,
            Dimension::Function => KeyOf::EachFunction,
        };
        self.by.dimensions.iter().map(made_of).max().unwrap_or(KeyOf::Stack)
    }

    /// Calls `found` with the parts of each key of a sample (one, or one a function of its stack) and what names its group.
    pub(super) fn each(
        &mut self,
        profile: &Profile,
        sample_ref: &SampleRef<'_>,
        stacks: &AnalyzedStacks,
        names: &SymbolTable,
        mut found: impl FnMut(&[u32], Naming),
    ) {
        self.functions.clear();
        if self.of() == KeyOf::EachFunction {
            self.functions.extend(stacks.functions(profile, sample_ref.sample.stack).into_iter().map(Some));
        } else {
            self.functions.push(None);
        }
        for at in 0..self.functions.len() {
            let naming = self.make(profile, sample_ref, stacks, names, self.functions[at]);
            found(&self.parts, naming);
        }
    }

    fn make(
        &mut self,
        profile: &Profile,
        sample_ref: &SampleRef<'_>,
        stacks: &AnalyzedStacks,
        names: &SymbolTable,
        function: Option<Frame>,
    ) -> Naming {
        self.parts.clear();
        let sample = sample_ref.sample;
        let mut shown = Some(None);
        for dimension in &self.by.dimensions {
            let frame = match dimension {
                Dimension::Stack => {
                    stacks.key(sample.stack, &mut self.parts);
                    shown = None;
                    self.parts.push(END);
                    continue;
                }
                Dimension::Function => function,
                Dimension::Site => stacks.site(sample.stack),
                Dimension::Entry => stacks.entry(sample.stack),
                Dimension::Spawn => spawn_of(sample_ref, stacks, names).map(|fact| fact.value),
                Dimension::Package => {
                    let site = stacks.site(sample.stack).or_else(|| stacks.leaf(sample.stack));
                    let package = site.map(|site| crate::golang::package(names.function_name(site.function)));
                    self.parts.push(package.and_then(|package| names.text(package)).unwrap_or(ABSENT));
                    self.parts.push(END);
                    continue;
                }
                Dimension::State => {
                    let state = state_text(profile, sample_ref, stacks, names);
                    self.parts.push(state.and_then(|state| names.text(&state)).unwrap_or(ABSENT));
                    self.parts.push(END);
                    continue;
                }
                Dimension::Label(key) => {
                    let mut pairs = profile.labels.pairs(sample.labels);
                    let value = pairs.find(|(it, _)| *it == key.as_str()).map(|(_, value)| value);
                    self.parts.push(value.and_then(|value| names.text(value)).unwrap_or(ABSENT));
                    self.parts.push(END);
                    continue;
                }
            };
            // Single functions are counted under their own names, as pprof does.
            let own = *dimension == Dimension::Function;
            let id = |frame: Frame| {
                if own { frame.function } else { names.identity(frame.function) }
            };
            self.parts.push(frame.map_or(ABSENT, |frame| id(frame).0));
            self.parts.push(END);
            if shown == Some(None) {
                shown = Some(frame);
            }
        }
        shown
    }
}

/// What the key of a sample is made from: the least that tells samples of one group from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyOf {
    /// The key of its stack alone.
    StackKey,
    /// Its stack alone.
    Stack,
    /// The whole sample.
    Sample,
    /// Each function of its stack: a sample has several keys.
    EachFunction,
}
