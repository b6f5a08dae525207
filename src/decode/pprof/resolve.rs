//! Location ids to frames: each location once, inlined calls opened out.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::super::DecodeError;
use super::super::Limits;
use super::walk::Tables;
use super::wire;
use crate::model::Frame;
use crate::model::Snapshot;
use crate::model::StackId;
use crate::model::StackTable;
use crate::model::Symbols;
use crate::model::Warning;
use crate::model::counted;

/// Turns the location ids of samples into stacks.
pub(super) struct Resolver {
    locations: IdMap,
    frames: Vec<Frame>,
    ranges: Vec<Range<usize>>,
    pub(super) symbols: Symbols,
    pub(super) stacks: StackTable,
    stack: Vec<Frame>,
    total_frames: usize,
    /// Locations without a symbol, and those that name a mapping which is not there.
    pub(super) unsymbolised: u64,
    pub(super) unmapped: u64,
}

impl Resolver {
    /// Reads functions and locations. An id that points nowhere is an error that names both ends.
    pub(super) fn new(tables: &Tables<'_>) -> Result<Self, DecodeError> {
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
        let mut frames = Vec::new();
        let mut ranges = Vec::new();
        let mut location = wire::Location::default();
        let (mut unsymbolised, mut unmapped) = (0, 0);
        for (index, &extent) in tables.locations.iter().enumerate() {
            let place = || format!("location[{index}]");
            tables.read_location(index, extent, &mut location)?;
            locations.insert(location.id).map_err(|fault| DecodeError::Invalid { place: place(), fault })?;
            let start = frames.len();
            for line in &location.line {
                let found = functions.index(line.function_id).and_then(|index| resolved.get(index));
                let Some(&(function, file)) = found else {
                    let fault = format!("function {} is not in the table", line.function_id);
                    return Err(DecodeError::Invalid { place: place(), fault });
                };
                frames.push(Frame { function, file, line: u32::try_from(line.line).unwrap_or(0) });
            }
            unmapped += u64::from(tables.lacks_mapping(location.mapping_id));
            if location.line.is_empty() {
                unsymbolised += 1;
                // Not symbolised: the address is all the name there is.
                let function = symbols.intern_function(&format!("0x{:x}", location.address));
                frames.push(Frame { function, file: crate::model::FileId::NONE, line: 0 });
            }
            ranges.push(start..frames.len());
        }
        let (stacks, stack) = (StackTable::default(), Vec::new());
        Ok(Resolver {
            locations,
            frames,
            ranges,
            symbols,
            stacks,
            stack,
            total_frames: 0,
            unsymbolised,
            unmapped,
        })
    }

    /// The stack of a sample.
    pub(super) fn stack(
        &mut self,
        sample: usize,
        ids: &[u64],
        limits: &Limits,
    ) -> Result<StackId, DecodeError> {
        self.stack.clear();
        for (depth, &id) in ids.iter().enumerate() {
            let range = self.locations.index(id).and_then(|index| self.ranges.get(index));
            let frames = range.and_then(|range| self.frames.get(range.clone()));
            let Some(frames) = frames else {
                let place = format!("sample[{sample}].location_id[{depth}]");
                return Err(DecodeError::Invalid {
                    place,
                    fault: format!("location {id} is not in the table"),
                });
            };
            self.stack.extend_from_slice(frames);
        }
        self.total_frames += self.stack.len();
        if self.total_frames > limits.max_frames {
            let limit = limits.max_frames as u64;
            return Err(DecodeError::Limit {
                what: "frames of all samples".to_owned(),
                limit,
                flag: "--max-frames",
            });
        }
        Ok(self.stacks.intern(&self.stack, false, None))
    }

    /// Hands names and stacks over to the snapshot.
    pub(super) fn finish(self, snapshot: &mut Snapshot) {
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
    }
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

    fn index(&self, id: u64) -> Option<usize> {
        match &self.sparse {
            Some(map) => map.get(&id).copied(),
            None => usize::try_from(id.checked_sub(1)?).ok().filter(|&index| index < self.len),
        }
    }
}
