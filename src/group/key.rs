//! The key of a group: what its samples have in common, as numbers of [`Names`].

use crate::model::Frame;
use crate::model::Sample;
use crate::model::Snapshot;

use super::By;
use super::Dimension;
use super::Granularity;
use super::Names;
use super::facts::spawn_of;
use super::facts::state_text;
use super::fingerprint;
use super::fingerprint::Fingerprint;
use super::stacks::Stacks;

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

impl Key {
    /// The parts of each dimension.
    fn dimensions(&self) -> impl Iterator<Item = &[u32]> {
        self.parts.split(|part| *part == END)
    }

    /// The name of the group for baselines and `explain`.
    pub fn fingerprint(&self, by: &By, names: &Names) -> Fingerprint {
        let mut hash = fingerprint::SEED;
        for (parts, dimension) in self.dimensions().zip(&by.dimensions) {
            for (index, &part) in parts.iter().enumerate() {
                let lines = by.granularity == Granularity::Lines && index % 2 == 1;
                let hashed = match dimension {
                    _ if part == ABSENT => 1,
                    Dimension::Stack if lines => u64::from(part),
                    Dimension::Stack if by.granularity == Granularity::Files => {
                        fingerprint::hash_text(names.symbols.file(crate::model::FileId(part)))
                    }
                    Dimension::Function => {
                        fingerprint::hash_text(names.function_name(crate::model::FunctionId(part)))
                    }
                    Dimension::Stack | Dimension::Site | Dimension::Entry | Dimension::Spawn => {
                        names.hash(crate::model::FunctionId(part))
                    }
                    Dimension::Package | Dimension::State | Dimension::Label(_) => names.text_hash(part),
                };
                hash = fingerprint::mix(hash, hashed);
            }
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
        names: &'a Names,
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
                    | Dimension::Spawn => names.function_name(crate::model::FunctionId(part)),
                });
                (dimension, value)
            },
        )
    }
}

/// Makes the keys of samples.
pub(super) struct Keys {
    parts: Vec<u32>,
    by_function: bool,
}

impl Keys {
    pub(super) fn new(by: &By) -> Self {
        Keys { parts: Vec::new(), by_function: by.dimensions.contains(&Dimension::Function) }
    }

    /// The keys of a sample: one, or one a function of its stack. With each the frame that names the group: `None` for
    /// the whole stack, `Some(None)` where no frame does.
    pub(super) fn of(
        &mut self,
        snapshot: &Snapshot,
        sample: &Sample,
        by: &By,
        stacks: &mut Stacks,
        names: &mut Names,
    ) -> Vec<(Key, Option<Option<Frame>>)> {
        if !self.by_function {
            return vec![self.one(snapshot, sample, by, stacks, names, None)];
        }
        stacks
            .functions(snapshot, sample.stack)
            .into_iter()
            .map(|frame| self.one(snapshot, sample, by, stacks, names, Some(frame)))
            .collect()
    }

    fn one(
        &mut self,
        snapshot: &Snapshot,
        sample: &Sample,
        by: &By,
        stacks: &Stacks,
        names: &mut Names,
        function: Option<Frame>,
    ) -> (Key, Option<Option<Frame>>) {
        self.parts.clear();
        let mut shown = Some(None);
        for dimension in &by.dimensions {
            let frame = match dimension {
                Dimension::Stack => {
                    self.parts.extend_from_slice(stacks.key(sample.stack));
                    shown = None;
                    self.parts.push(END);
                    continue;
                }
                Dimension::Function => function,
                Dimension::Site => stacks.site(sample.stack, names),
                Dimension::Entry => stacks.entry(sample.stack),
                Dimension::Spawn => spawn_of(sample, stacks, names).map(|fact| fact.value),
                Dimension::Package => {
                    let site =
                        stacks.site(sample.stack, names).or(stacks.frames(sample.stack).first().copied());
                    let package =
                        site.map(|site| crate::model::package(names.function_name(site.function)).to_owned());
                    self.parts.push(package.map_or(ABSENT, |package| names.text(&package)));
                    self.parts.push(END);
                    continue;
                }
                Dimension::State => {
                    let state = state_text(snapshot, sample, stacks, names);
                    self.parts.push(state.map_or(ABSENT, |state| names.text(&state)));
                    self.parts.push(END);
                    continue;
                }
                Dimension::Label(key) => {
                    let pairs = snapshot.labels.pairs(sample.labels);
                    let value = pairs.iter().find(|(it, _)| **it == **key).map(|(_, value)| value);
                    self.parts.push(value.map_or(ABSENT, |value| names.text(value)));
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
        (Key { parts: self.parts.as_slice().into() }, shown)
    }
}
