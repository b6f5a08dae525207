//! Location ids to frames: each location once, inlined calls opened out.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::super::DecodeError;
use super::super::Limits;
use super::sample::RawSample;
use super::walk::Tables;
use super::walk::too_many;
use super::wire;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::Snapshot;
use crate::model::StackId;
use crate::model::StackTable;
use crate::model::Symbols;
use crate::model::Warning;
use crate::model::counted;

/// Turns the location ids of samples into stacks.
pub(super) struct Resolver<'a> {
    locations: IdMap,
    frames: Vec<FrameId>,
    places: Vec<Place>,
    pub(super) symbols: Symbols,
    pub(super) stacks: StackTable,
    /// Stacks by the bytes of their location ids.
    known: HashTable<(&'a [u8], StackId)>,
    hasher: RandomState,
    /// How many locations each stack has: what Go's own limit counts.
    depths: Vec<usize>,
    room: Vec<FrameId>,
    total_frames: usize,
    /// Locations without a symbol, and those that name a mapping which is not there.
    pub(super) unsymbolised: u64,
    pub(super) unmapped: u64,
}

impl<'a> Resolver<'a> {
    /// Reads functions and locations. An id that points nowhere is an error that names both ends.
    pub(super) fn new(tables: &Tables<'a>) -> Result<Self, DecodeError> {
        let mut symbols = Symbols::default();
        let mut functions = IdMap::default();
        let mut resolved = Vec::new();
        for (index, function) in tables.functions.iter().enumerate() {
            let place = || format!("function[{index}]");
            functions.insert(function.id).map_err(|fault| DecodeError::Invalid { place: place(), fault })?;
            let mut name = tables.string(function.name, place)?;
            if name.is_empty() {
                name = tables.string(function.system_name, place)?;
            }
            let file = tables.string(function.filename, place)?;
            let id = symbols.intern_function(&name);
            if let Ok(line @ 1..) = u32::try_from(function.start_line) {
                symbols.set_start_line(id, line);
            }
            resolved.push((id, symbols.intern_file(&file)));
        }
        let mut locations = IdMap::default();
        let mut stacks = StackTable::default();
        let mut frames = Vec::new();
        let mut places = Vec::new();
        let mut location = wire::Location::default();
        let (mut unsymbolised, mut unmapped) = (0, 0);
        for (index, &extent) in tables.locations.iter().enumerate() {
            let place = || format!("location[{index}]");
            tables.read_location(index, extent, &mut location)?;
            locations.insert(location.id).map_err(|fault| DecodeError::Invalid { place: place(), fault })?;
            let start = frames.len() as u32;
            for line in &location.line {
                let found = functions.index(line.function_id).and_then(|index| resolved.get(index));
                let Some(&(function, file)) = found else {
                    let fault = format!("function {} is not in the table", line.function_id);
                    return Err(DecodeError::Invalid { place: place(), fault });
                };
                let line = u32::try_from(line.line).unwrap_or(0);
                frames.push(stacks.intern_frame(Frame { function, file, line }));
            }
            unmapped += u64::from(tables.lacks_mapping(location.mapping_id));
            if location.line.is_empty() {
                unsymbolised += 1;
                // Not symbolised: the address is all the name there is.
                let function = symbols.intern_function(&format!("0x{:x}", location.address));
                let frame = Frame { function, file: crate::model::FileId::NONE, line: 0 };
                frames.push(stacks.intern_frame(frame));
            }
            places.push(Place { first: frames[start as usize], start, end: frames.len() as u32 });
        }
        Ok(Resolver {
            locations,
            frames,
            places,
            room: Vec::new(),
            symbols,
            stacks,
            known: HashTable::default(),
            hasher: RandomState::default(),
            depths: Vec::new(),
            total_frames: 0,
            unsymbolised,
            unmapped,
        })
    }

    /// The stack of a sample.
    pub(super) fn stack(
        &mut self,
        index: usize,
        sample: &mut RawSample<'a>,
        limits: &Limits,
    ) -> Result<StackId, DecodeError> {
        let Some(bytes) = sample.packed() else { return self.push(index, sample, limits) };
        let hash = self.hasher.hash_one(bytes);
        if let Some((_, id)) = self.known.find(hash, |(known, _)| *known == bytes) {
            return Ok(*id);
        }
        let id = self.push(index, sample, limits)?;
        self.known.insert_unique(hash, (bytes, id), |(known, _)| self.hasher.hash_one(known));
        Ok(id)
    }

    fn push(
        &mut self,
        index: usize,
        sample: &mut RawSample<'a>,
        limits: &Limits,
    ) -> Result<StackId, DecodeError> {
        sample.unpack().map_err(|error| error.inside(|| format!("sample[{index}]")))?;
        let ids = &sample.location_id;
        if ids.len() > limits.max_depth {
            let what = format!("frames of sample[{index}]");
            return Err(too_many(&what, limits.max_depth as u64, "--max-depth"));
        }
        let Resolver { locations, frames, places, stacks, room, .. } = self;
        room.clear();
        for (depth, &id) in ids.iter().enumerate() {
            match locations.index(id).and_then(|index| places.get(index)) {
                Some(place) if place.end - place.start == 1 => room.push(place.first),
                Some(place) => room
                    .extend_from_slice(frames.get(place.start as usize..place.end as usize).unwrap_or(&[])),
                None => {
                    let place = format!("sample[{index}].location_id[{depth}]");
                    let fault = format!("location {id} is not in the table");
                    return Err(DecodeError::Invalid { place, fault });
                }
            }
        }
        let id = stacks.push(room);
        self.depths.push(ids.len());
        self.total_frames += self.room.len();
        if self.total_frames > limits.max_frames {
            return Err(too_many("frames of all stacks", limits.max_frames as u64, "--max-frames"));
        }
        Ok(id)
    }

    /// Hands names and stacks over to the snapshot; how many locations each stack has is left.
    pub(super) fn finish(self, snapshot: &mut Snapshot) -> Vec<usize> {
        let told = [
            (self.unsymbolised, "location", "without a symbol, shown by the address"),
            (self.unmapped, "location", "in a mapping that is not in the table"),
        ];
        for (n, noun, what) in told {
            if n > 0 {
                snapshot.warnings.push(Warning::note(format!("{} {what}", counted(i128::from(n), noun))));
            }
        }
        snapshot.symbols = self.symbols;
        snapshot.stacks = self.stacks;
        self.depths
    }
}

/// The frames of a location: one, or more where calls are inlined.
#[derive(Clone, Copy)]
struct Place {
    first: FrameId,
    start: u32,
    end: u32,
}

/// Ids to positions. Go numbers from 1 without gaps, so most files need no map.
#[derive(Default)]
struct IdMap {
    len: usize,
    sparse: Option<HashMap<u64, usize, RandomState>>,
}

impl IdMap {
    fn insert(&mut self, id: u64) -> Result<(), String> {
        if id == 0 {
            return Err("its id is 0".to_owned());
        }
        let position = self.len;
        if self.sparse.is_none() && id != position as u64 + 1 {
            self.sparse = Some((0..position).map(|index| (index as u64 + 1, index)).collect());
        }
        if let Some(map) = &mut self.sparse
            && map.insert(id, position).is_some()
        {
            return Err(format!("its id {id} is taken"));
        }
        self.len += 1;
        Ok(())
    }

    #[inline]
    fn index(&self, id: u64) -> Option<usize> {
        match &self.sparse {
            Some(map) => map.get(&id).copied(),
            None => usize::try_from(id.checked_sub(1)?).ok().filter(|&index| index < self.len),
        }
    }
}
