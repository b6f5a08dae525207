//! Locations: each resolved once, inlined calls opened out.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::super::DecodeError;
use super::super::Limits;
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

/// Locations as call sites of the table of stacks, where the first site stands for none: so a location that has the id that
/// Go gives it is the site of that number.
pub(super) struct Locations {
    ids: IdMap,
    /// How many frames each site stands for.
    frames: Vec<u32>,
    /// Locations without a symbol, and those that name a mapping which is not there.
    unsymbolised: u64,
    unmapped: u64,
}

impl Locations {
    /// Reads functions and locations. An id that points nowhere is an error that names both ends.
    pub(super) fn new(
        tables: &ProfileIndex<'_>,
        symbols: &mut Symbols,
        stacks: &mut StackTable,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let mut functions = IdMap::default();
        let mut resolved = Vec::with_capacity(tables.functions.len());
        symbols.reserve_functions(tables.functions.len());
        stacks.reserve_locations(tables.locations.len() + 1);
        for (index, function) in tables.functions.iter().enumerate() {
            let place = || format!("function[{index}]");
            functions.insert(function.id).map_err(|fault| DecodeError::Invalid { place: place(), fault })?;
            let mut name = tables.text(function.name, place)?;
            if name.is_empty() {
                name = tables.text(function.system_name, place)?;
            }
            let file = tables.text(function.filename, place)?;
            let id = symbols.intern_function(&name);
            if let Ok(line @ 1..) = u32::try_from(function.start_line) {
                symbols.set_start_line(id, line);
            }
            resolved.push((id, symbols.intern_file(&file)));
        }
        let mut ids = IdMap::default();
        let mut frames = vec![0];
        stacks.add_location(&[]);
        let mut room: Vec<FrameId> = Vec::new();
        let mut location = wire::Location::default();
        let (mut unsymbolised, mut unmapped) = (0, 0);
        for (index, &extent) in tables.locations.iter().enumerate() {
            let place = || format!("location[{index}]");
            tables.read_location(index, extent, &mut location, limits)?;
            ids.insert(location.id).map_err(|fault| DecodeError::Invalid { place: place(), fault })?;
            room.clear();
            for line in &location.line {
                let found = functions.index(line.function_id).and_then(|index| resolved.get(index));
                let Some(&(function, file)) = found else {
                    let fault = format!("function {} is not in the table", line.function_id);
                    return Err(DecodeError::Invalid { place: place(), fault });
                };
                let line = u32::try_from(line.line).unwrap_or(0);
                room.push(stacks.intern_frame(Frame { function, file, line }));
            }
            unmapped += u64::from(tables.lacks_mapping(location.mapping_id));
            if location.line.is_empty() {
                unsymbolised += 1;
                // Not symbolised: the address is all the name there is.
                let function = symbols.intern_function(&format!("0x{:x}", location.address));
                let frame = Frame { function, file: FileId::NONE, line: 0 };
                room.push(stacks.intern_frame(frame));
            }
            stacks.add_location(&room);
            frames.push(room.len() as u32);
        }
        Ok(Locations { ids, frames, unsymbolised, unmapped })
    }

    /// The call site of a location; `None` if there is no such location.
    pub(super) fn location(&self, id: u64) -> Option<LocationId> {
        Some(LocationId(self.ids.index(id)? as u32 + 1))
    }

    /// How many frames a site stands for.
    pub(super) fn frames(&self, location: LocationId) -> usize {
        self.frames.get(location.0 as usize).map_or(0, |n| *n as usize)
    }

    /// How many frames packed ids stand for, if they can be taken for sites as they are written: ids are numbered as Go does,
    /// each names a location, and none is longer than it need be. `seen` is the stack before, and how many frames it had
    /// behind each of its sites; it is brought to this one. Told as well is with how many sites both begin, as
    /// far as these were looked at.
    #[inline]
    pub(super) fn as_locations<'a>(
        &self,
        ids: &'a [u8],
        seen: &mut PrefixCursor<'a, usize>,
    ) -> Option<(usize, usize)> {
        if self.ids.sparse.is_some() {
            return None;
        }
        let common = seen.advance(ids);
        let mut all = seen.top().unwrap_or(0);
        let mut rest = seen.remaining();
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
                Some(&more) if more > 0 => all += more as usize,
                _ => return None,
            }
            seen.push(rest, all);
        }
        Some((all, common))
    }

    /// Tells what could not be resolved.
    pub(super) fn warn(&self, profile: &mut Profile) {
        let told = [
            (self.unsymbolised, "location", "without a symbol, shown by the address"),
            (self.unmapped, "location", "in a mapping that is not in the table"),
        ];
        for (n, noun, what) in told {
            if n > 0 {
                profile.warnings.push(Warning::note(format!("{} {what}", pluralize(i128::from(n), noun))));
            }
        }
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

    #[inline]
    fn index(&self, id: u64) -> Option<usize> {
        match &self.sparse {
            Some(map) => map.get(&id).copied(),
            None => usize::try_from(id.checked_sub(1)?).ok().filter(|&index| index < self.len),
        }
    }
}
