//! The key of a group: what its goroutines have in common, as ids of the [`SymbolTable`].

use crate::golang::package;
use crate::model::FileId;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::SampleRef;
use crate::stacks::Fingerprint;
use crate::stacks::Granularity;
use crate::stacks::SymbolTable;
use crate::stacks::fingerprint;
use crate::storage::HashIndex;

use super::by::By;
use super::by::Dimension;
use super::filtered::FilteredProfile;
use super::sample_facts::spawn_site;
use super::sample_facts::state_text;

/// What the goroutines of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The parts of each dimension, each time followed by [`END`].
    pub(crate) parts: Box<[u32]>,
}

/// Ends the parts of a dimension. No table has this many entries.
const END: u32 = u32::MAX;
/// A value that is absent: the goroutine has no such label, or its spawn site is not known.
const ABSENT: u32 = u32::MAX - 1;

/// A hash as a part of a key, different from [`END`] and [`ABSENT`].
fn short_hash(hash: u64) -> u32 {
    (hash >> 33) as u32
}

fn mix(hash: u64, parts: &[u32], hash_of: impl Fn(u32) -> u64) -> u64 {
    let hash_of = |part| if part == ABSENT { 1 } else { hash_of(part) };
    parts.iter().fold(hash, |hash, &part| fingerprint::mix(hash, hash_of(part)))
}

impl Key {
    pub(super) fn new(parts: &[u32]) -> Self {
        Key { parts: parts.into() }
    }

    /// Whether the parts of a stack are those of goroutines without frames: [`ABSENT`], and the hashes of their state and their creator.
    fn is_frameless(parts: &[u32]) -> bool {
        parts.first() == Some(&ABSENT)
    }

    fn dimensions(&self) -> impl Iterator<Item = &[u32]> {
        self.parts.split(|part| *part == END)
    }

    /// The name of the group in baselines and for `--explain`.
    pub fn fingerprint(&self, by: &By, symbols: &SymbolTable) -> Fingerprint {
        let mut hash = fingerprint::SEED;
        let function = |part| symbols.attributes(FunctionId(part)).hash;
        for (parts, dimension) in self.dimensions().zip(&by.dimensions) {
            hash = match (dimension, by.granularity) {
                (Dimension::Stack, _) if Key::is_frameless(parts) => {
                    parts.iter().fold(hash, |hash, part| fingerprint::mix(hash, u64::from(*part)))
                }
                (Dimension::Stack, Granularity::Lines) => parts.chunks(2).fold(hash, |hash, call| {
                    let (functions, lines) = call.split_at(1);
                    mix(mix(hash, functions, function), lines, u64::from)
                }),
                (Dimension::Stack, Granularity::Files) => {
                    mix(hash, parts, |part| fingerprint::hash_text(symbols.symbols.file(FileId(part))))
                }
                (Dimension::Function, _) => {
                    mix(hash, parts, |part| fingerprint::hash_text(symbols.function_name(FunctionId(part))))
                }
                (Dimension::Stack, Granularity::Functions)
                | (Dimension::Site | Dimension::Entry | Dimension::Spawn, _) => mix(hash, parts, function),
                (Dimension::Package | Dimension::State | Dimension::Label(_), _) => {
                    mix(hash, parts, |part| fingerprint::hash_text(symbols.text_of(part)))
                }
            };
            if let Dimension::Label(key) = dimension {
                hash = fingerprint::mix(hash, fingerprint::hash_text(key));
            }
        }
        Fingerprint(hash)
    }

    /// The value of each dimension except the stack; `None` if it is absent.
    pub fn values<'a>(
        &'a self,
        by: &'a By,
        symbols: &'a SymbolTable,
    ) -> impl Iterator<Item = (&'a Dimension, Option<&'a str>)> {
        let dimensions = self.dimensions().zip(&by.dimensions);
        dimensions.filter(|(_, dimension)| **dimension != Dimension::Stack).map(|(parts, dimension)| {
            let part = parts.first().copied().filter(|part| *part != ABSENT);
            let is_text = matches!(dimension, Dimension::Package | Dimension::State | Dimension::Label(_));
            let text =
                |part| if is_text { symbols.text_of(part) } else { symbols.function_name(FunctionId(part)) };
            let value = part.map(text);
            (dimension, value)
        })
    }
}

/// An index of positions by key. The keys are stored elsewhere: each method takes `key_at`, which gives the key at a position.
#[derive(Clone, Debug, Default)]
pub struct KeyIndex {
    positions: HashIndex,
}

impl KeyIndex {
    /// An empty index with capacity for `capacity` keys.
    pub fn with_capacity(capacity: usize) -> Self {
        let mut positions = HashIndex::default();
        positions.reserve(capacity);
        KeyIndex { positions }
    }

    /// The position of the key with these parts. If it has none, adds it at position `next` and returns `None`.
    pub(crate) fn find_or_add<'k>(
        &mut self,
        parts: &[u32],
        next: usize,
        key_at: impl Fn(usize) -> &'k Key,
    ) -> Option<usize> {
        let tag = self.positions.tag(parts);
        let known = self.positions.find(tag, |at| *key_at(at as usize).parts == *parts);
        if known.is_none() {
            self.positions.insert(tag, next as u32);
        }
        known.map(|at| at as usize)
    }

    pub(super) fn find_parts<'k>(&self, parts: &[u32], key_at: impl Fn(usize) -> &'k Key) -> Option<usize> {
        let tag = self.positions.tag(parts);
        self.positions.find(tag, |at| *key_at(at as usize).parts == *parts).map(|at| at as usize)
    }
}

/// What names a group. The order breaks ties between the samples of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GroupName {
    /// Its stack.
    WholeStack,
    /// No frame: the group is by something other than frames, or the frame is absent.
    None,
    /// The first frame that is part of the key.
    Frame(Frame),
}

pub(super) struct KeyMaker<'a> {
    by: &'a By,
    symbols: &'a SymbolTable,
    /// The parts of the last key.
    parts: Vec<u32>,
}

impl<'a> KeyMaker<'a> {
    pub(super) fn new(by: &'a By, symbols: &'a SymbolTable) -> Self {
        KeyMaker { by, symbols, parts: Vec::new() }
    }

    /// Calls `found` with the parts and the name of each key of a sample: one key, or one for each function of its stack.
    pub(super) fn each(
        &mut self,
        filtered: &FilteredProfile<'_>,
        sample_ref: &SampleRef<'_>,
        mut found: impl FnMut(&[u32], GroupName),
    ) {
        if !self.by.dimensions.contains(&Dimension::Function) {
            let name = self.make(filtered, sample_ref, None);
            found(&self.parts, name);
            return;
        }
        for function in filtered.stacks.functions(filtered.profile, sample_ref.sample.stack) {
            let name = self.make(filtered, sample_ref, Some(function));
            found(&self.parts, name);
        }
    }

    /// Replaces `parts` by those of a sample's key. `function` is the value of [`Dimension::Function`].
    fn make(
        &mut self,
        filtered: &FilteredProfile<'_>,
        sample_ref: &SampleRef<'_>,
        function: Option<Frame>,
    ) -> GroupName {
        let KeyMaker { by, symbols, parts } = self;
        let FilteredProfile { profile, stacks, .. } = filtered;
        parts.clear();
        let sample = sample_ref.sample;
        let text = |text: Option<&str>| text.and_then(|text| symbols.text(text)).unwrap_or(ABSENT);
        let mut name = GroupName::None;
        for dimension in &by.dimensions {
            let mut frame_part = |frame: Option<Frame>| {
                let Some(frame) = frame else { return ABSENT };
                if name == GroupName::None {
                    name = GroupName::Frame(frame);
                }
                // Single functions are counted by their own names, as pprof does.
                let by_own_name = *dimension == Dimension::Function;
                if by_own_name { frame.function.0 } else { symbols.attributes(frame.function).identity.0 }
            };
            let part = match dimension {
                Dimension::Stack => {
                    if profile.stacks.is_frameless(sample.stack) && sample_ref.detail.is_some() {
                        let state = state_text(filtered, sample_ref, symbols);
                        let spawn = spawn_site(filtered, sample_ref, symbols);
                        let spawn = spawn.map(|fact| symbols.attributes(fact.value.function).hash);
                        let hashes = [state.map(|text| fingerprint::hash_text(&text)), spawn];
                        parts.push(ABSENT);
                        parts.extend(hashes.map(|hash| hash.map_or(ABSENT, short_hash)));
                    } else {
                        stacks.extend_key(sample.stack, parts);
                    }
                    parts.push(END);
                    name = GroupName::WholeStack;
                    continue;
                }
                Dimension::Function => frame_part(function),
                Dimension::Site => frame_part(stacks.site(sample.stack)),
                Dimension::Entry => frame_part(stacks.entry(sample.stack)),
                Dimension::Spawn => {
                    frame_part(spawn_site(filtered, sample_ref, symbols).map(|fact| fact.value))
                }
                Dimension::Package => {
                    let site = stacks.site(sample.stack).or_else(|| stacks.leaf(sample.stack));
                    text(site.map(|site| package(symbols.function_name(site.function))))
                }
                Dimension::State => text(state_text(filtered, sample_ref, symbols).as_deref()),
                Dimension::Label(key) => {
                    let mut pairs = profile.labels.pairs(sample.labels);
                    text(pairs.find(|(it, _)| *it == key.as_str()).map(|(_, value)| value))
                }
            };
            parts.extend([part, END]);
        }
        name
    }
}
