//! Decodes functions and locations.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::super::DecodeError;
use super::index::ProfileIndex;
use super::wire;
use crate::model::FileId;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::LocationId;
use crate::model::Profile;
use crate::model::StackTable;
use crate::model::Symbols;
use crate::model::Warning;
use crate::storage::PrefixCursor;
use crate::text::pluralize;

/// The locations of a profile, by id.
///
/// Location 0 of the stack table is unused. So a location that has the id which Go gives it has the same id in the
/// table, and its encoded stacks need not be rewritten.
pub(super) struct Locations {
    ids: IdMap,
    /// The number of frames of each location in the stack table.
    frames: Vec<u32>,
    /// Locations without a symbol, and those in a mapping that does not exist.
    unsymbolized: u64,
    unmapped: u64,
}

impl Locations {
    /// Decodes functions and locations into `symbols` and `stacks`. An id that is not in its table is an error.
    pub(super) fn new(
        profile: &ProfileIndex<'_>,
        symbols: &mut Symbols,
        stacks: &mut StackTable,
    ) -> Result<Self, DecodeError> {
        let mut function_ids = IdMap::default();
        let mut functions = Vec::with_capacity(profile.functions.len());
        symbols.reserve_functions(profile.functions.len());
        stacks.reserve_locations(profile.locations.len() + 1);
        for (index, function) in profile.functions.iter().enumerate() {
            let place = || format!("function[{index}]");
            function_ids.insert(function.id, place)?;
            let mut name = profile.strings.get(function.name, place)?;
            if name.is_empty() {
                name = profile.strings.get(function.system_name, place)?;
            }
            let file = profile.strings.get(function.filename, place)?;
            let id = symbols.intern_function(&name);
            if let Ok(line @ 1..) = u32::try_from(function.start_line) {
                symbols.set_start_line(id, line);
            }
            functions.push((id, symbols.intern_file(&file)));
        }
        let mut ids = IdMap::default();
        let mut frames = vec![0];
        stacks.add_location(&[]);
        let mut scratch: Vec<FrameId> = Vec::new();
        let mut location = wire::Location::default();
        let (mut unsymbolized, mut unmapped) = (0, 0);
        for (index, range) in profile.locations.iter().enumerate() {
            let place = || format!("location[{index}]");
            profile.read_location(index, range.clone(), &mut location)?;
            ids.insert(location.id, place)?;
            scratch.clear();
            for line in &location.line {
                let function = function_ids.position(line.function_id).and_then(|index| functions.get(index));
                let Some(&(function, file)) = function else {
                    let fault = format!("function {} is not in the table", line.function_id);
                    return Err(DecodeError::invalid(place(), fault));
                };
                let line = u32::try_from(line.line).unwrap_or(0);
                scratch.push(stacks.intern_frame(Frame { function, file, line }));
            }
            unmapped += u64::from(profile.metadata.lacks_mapping(location.mapping_id));
            if location.line.is_empty() {
                unsymbolized += 1;
                let function = symbols.intern_function(&format!("0x{:x}", location.address));
                scratch.push(stacks.intern_frame(Frame { function, file: FileId::NONE, line: 0 }));
            }
            stacks.add_location(&scratch);
            frames.push(scratch.len() as u32);
        }
        Ok(Locations { ids, frames, unsymbolized, unmapped })
    }

    pub(super) fn find(&self, id: u64) -> Option<LocationId> {
        Some(LocationId(self.ids.position(id)? as u32 + 1))
    }

    pub(super) fn frames(&self, location: LocationId) -> usize {
        self.frames.get(location.0 as usize).map_or(0, |n| *n as usize)
    }

    /// The number of frames of a stack that can be stored as it is encoded in the profile, and a lower bound of the
    /// locations that it shares with the previous stack. `None` if the profile numbers its locations in another way
    /// than Go, if an id is padded, or if a location does not exist.
    ///
    /// `cursor` is at the previous stack, with the number of frames up to each location, and moves to this one.
    #[inline]
    pub(super) fn count_frames<'a>(
        &self,
        ids: &'a [u8],
        cursor: &mut PrefixCursor<'a, usize>,
    ) -> Option<(usize, usize)> {
        if self.ids.sparse.is_some() {
            return None;
        }
        let common = cursor.advance(ids);
        let mut total = cursor.top().unwrap_or(0);
        let mut rest = cursor.remaining();
        // A varint reader of its own, because it must refuse padded ids. Three bytes hold 2 million locations.
        while let Some((&first, after)) = rest.split_first() {
            let mut id = usize::from(first & 0x7f);
            rest = after;
            if first >= 0x80 {
                let (&second, after) = rest.split_first()?;
                (id, rest) = (id | usize::from(second & 0x7f) << 7, after);
                match second {
                    0 => return None,
                    0x80.. => {
                        let (&third @ 1..0x80, after) = rest.split_first()? else { return None };
                        (id, rest) = (id | usize::from(third) << 14, after);
                    }
                    _ => {}
                }
            }
            match self.frames.get(id) {
                Some(&frames) if frames > 0 => total += frames as usize,
                _ => return None,
            }
            cursor.push(rest, total);
        }
        Some((total, common))
    }

    pub(super) fn warn(&self, profile: &mut Profile) {
        let faults = [
            (self.unsymbolized, "without a symbol, shown by the address"),
            (self.unmapped, "in a mapping that is not in the table"),
        ];
        for (n, what) in faults.into_iter().filter(|(n, _)| *n > 0) {
            let text = format!("{} {what}", pluralize(i128::from(n), "location"));
            profile.warnings.push(Warning::note(text));
        }
    }
}

/// Maps ids to positions in a table. Go assigns ids from 1 without gaps, so most profiles need no hash map.
#[derive(Default)]
struct IdMap {
    len: usize,
    sparse: Option<HashMap<u64, usize, RandomState>>,
}

impl IdMap {
    fn insert(&mut self, id: u64, place: impl Fn() -> String) -> Result<(), DecodeError> {
        if id == 0 {
            return Err(DecodeError::invalid(place(), "its id is 0"));
        }
        let position = self.len;
        if self.sparse.is_none() && id != position as u64 + 1 {
            self.sparse = Some((0..position).map(|index| (index as u64 + 1, index)).collect());
        }
        if let Some(map) = &mut self.sparse
            && map.insert(id, position).is_some()
        {
            return Err(DecodeError::invalid(place(), format!("its id {id} is taken")));
        }
        self.len += 1;
        Ok(())
    }

    #[inline]
    fn position(&self, id: u64) -> Option<usize> {
        match &self.sparse {
            Some(map) => map.get(&id).copied(),
            None => usize::try_from(id.checked_sub(1)?).ok().filter(|&index| index < self.len),
        }
    }
}
