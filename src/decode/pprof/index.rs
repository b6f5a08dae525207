//! One walk over the bytes of a profile: where the samples are, and its tables.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use prost::Message;

use super::super::DecodeError;
use super::super::Limits;
use super::super::limits::Table;
use super::fast_path;
use super::sample::RawSample;
use super::wire;
use super::wire_format::body;
use super::wire_format::fault;
use super::wire_format::key;
use super::wire_format::skip;
use super::wire_format::varint;
use crate::model::Sample;
use crate::model::Warning;
use crate::storage::InflateBuffer;

/// Where one message lies in the bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    start: usize,
    end: usize,
}

/// Bytes of a profile that are UTF-8.
#[derive(Clone, Copy, Debug)]
struct Utf8<'a> {
    start: usize,
    text: &'a str,
}

impl<'a> Utf8<'a> {
    fn get(&self, part: Extent) -> Option<&'a str> {
        self.text.get(part.start.checked_sub(self.start)?..part.end.checked_sub(self.start)?)
    }
}

/// The field of a profile that holds its samples.
const SAMPLE: u64 = 2;

/// The field that holds its strings.
const STRING: u64 = 6;

/// So many samples lie between two places that are kept.
const STRIDE: usize = 1024;

/// The tables of a profile. Samples are only located; the rest is read.
#[derive(Debug, Default)]
pub(super) struct ProfileIndex<'a> {
    bytes: &'a [u8],
    /// The same bytes, if they can be kept; else none.
    pub(super) buffer: Arc<InflateBuffer>,
    pub(super) sample_types: Vec<wire::ValueType>,
    /// How many samples there are.
    pub(super) samples: usize,
    /// Where the first, and then each [`STRIDE`]th sample begins: they are found again from there.
    marks: Vec<usize>,
    pub(super) locations: Vec<Extent>,
    pub(super) functions: Vec<wire::Function>,
    /// Where the number of bytes of each string stands, which is right before them.
    strings: Vec<u32>,
    /// Everything from the first string to the last, where it is UTF-8 as a whole: then none need be looked at by itself.
    utf8: Option<Utf8<'a>>,
    mappings: Vec<wire::Mapping>,
    /// Their ids, sorted.
    mapping_ids: Vec<u64>,
    comments: Vec<i64>,
    wishes: Vec<(&'static str, i64)>,
    default_type: Option<i64>,
    /// Bytes that the tables take.
    room: usize,
    pub(super) time_nanos: i64,
    pub(super) duration_nanos: i64,
}

/// Wire type of each field of a profile, from field 1: `v` a varint, `l` a length and bytes, `e` either (packed or not).
const FIELDS: &[u8; 15] = b"llllllvvvvlvevv";

/// Whether the first key is a known field of the right wire type.
pub(super) fn starts_with_field(bytes: &[u8]) -> bool {
    let Ok(key) = varint(bytes, &mut 0, "field key") else { return false };
    let field = usize::try_from(key >> 3).ok().and_then(|field| FIELDS.get(field.wrapping_sub(1)));
    match key & 7 {
        // Of a wrong wire type it is a broken profile, and not a text.
        0 => field.is_some(),
        2 => matches!(field, Some(b'l' | b'e')),
        _ => false,
    }
}

/// Walks over all fields of a profile. `buffer` holds the same bytes, if they can be kept.
pub(super) fn tables<'a>(
    bytes: &'a [u8],
    buffer: Arc<InflateBuffer>,
    limits: &Limits,
) -> Result<ProfileIndex<'a>, DecodeError> {
    let mut tables = ProfileIndex { bytes, buffer, ..ProfileIndex::default() };
    let mut at = 0;
    while at < bytes.len() {
        let field_at = at;
        let (field, wire_type) = key(bytes, &mut at)?;
        match wire_type {
            0 => {
                let value = varint(bytes, &mut at, "field")?;
                tables.number(field, value, field_at, limits)?;
            }
            2 => {
                let length_at = at;
                let start = body(bytes, &mut at, field_at, || place(field))?;
                match field {
                    SAMPLE => tables.sample(field_at, limits)?,
                    STRING => tables.take_string(length_at, at - start, limits)?,
                    _ => tables.message(field, Extent { start, end: at }, limits)?,
                }
            }
            _ => {
                skip(bytes, &mut at, field_at, wire_type, || place(field))?;
                if field <= FIELDS.len() as u64 {
                    return Err(fault(field_at, &place(field), "has the wrong wire type"));
                }
            }
        }
    }
    tables.mapping_ids = tables.mappings.iter().map(|it| it.id).collect();
    tables.mapping_ids.sort_unstable();
    let first = tables.string_at(0);
    if let (Some(first), Some(last)) = (first, tables.string_at(tables.strings.len().wrapping_sub(1))) {
        let all = bytes.get(first.start..last.end).and_then(|all| std::str::from_utf8(all).ok());
        tables.utf8 = all.map(|text| Utf8 { start: first.start, text });
    }
    if first.is_some_and(|first| first.end > first.start) {
        return Err(DecodeError::Invalid {
            place: "string_table[0]".to_owned(),
            fault: "must be the empty string".to_owned(),
        });
    }
    Ok(tables)
}

fn place(field: u64) -> String {
    const NAMES: [&str; 15] = [
        "sample_type",
        "sample",
        "mapping",
        "location",
        "function",
        "string_table",
        "drop_frames",
        "keep_frames",
        "time_nanos",
        "duration_nanos",
        "period_type",
        "period",
        "comment",
        "default_sample_type",
        "doc_url",
    ];
    let name = usize::try_from(field - 1).ok().and_then(|index| NAMES.get(index));
    name.map_or_else(|| format!("field {field}"), |name| (*name).to_owned())
}

/// What an error calls the entries of a table.
fn entries_of(field: u64) -> String {
    format!("entries of the table {}", place(field))
}

impl<'a> ProfileIndex<'a> {
    fn body(&self, extent: Extent) -> &'a [u8] {
        self.bytes.get(extent.start..extent.end).unwrap_or(&[])
    }

    fn wish(&mut self, name: &'static str, pattern: i64) {
        // Of a field that is there again the last counts.
        self.wishes.retain(|(known, _)| *known != name);
        self.wishes.push((name, pattern));
    }

    /// Checks what points into the table of strings and is not read otherwise.
    pub(super) fn check_strings(&self) -> Result<(), DecodeError> {
        for (index, it) in self.sample_types.iter().enumerate() {
            self.string(it.r#type, || format!("sample_type[{index}].type"))?;
            self.string(it.unit, || format!("sample_type[{index}].unit"))?;
        }
        for (name, pattern) in &self.wishes {
            self.string(*pattern, || (*name).to_owned())?;
        }
        for (index, comment) in self.comments.iter().enumerate() {
            self.string(*comment, || format!("comment[{index}]"))?;
        }
        for (index, it) in self.mappings.iter().enumerate() {
            self.string(it.filename, || format!("mapping[{index}].filename"))?;
            self.string(it.build_id, || format!("mapping[{index}].build_id"))?;
        }
        let ids = &self.mapping_ids;
        if ids.first() == Some(&0) {
            return Err(DecodeError::Invalid {
                place: "mapping".to_owned(),
                fault: "its id is 0".to_owned(),
            });
        }
        if let Some([id, _]) = ids.array_windows::<2>().find(|[a, b]| a == b) {
            let fault = format!("its id {id} is taken; are two profiles concatenated?");
            return Err(DecodeError::Invalid { place: "mapping".to_owned(), fault });
        }
        Ok(())
    }

    /// Whether a location names a mapping that is not there.
    pub(super) fn lacks_mapping(&self, id: u64) -> bool {
        id != 0 && self.mapping_ids.binary_search(&id).is_err()
    }

    fn number(&mut self, field: u64, value: u64, at: usize, limits: &Limits) -> Result<(), DecodeError> {
        let signed = value.cast_signed();
        match field {
            7 if value != 0 => self.wish("drop_frames", signed),
            8 if value != 0 => self.wish("keep_frames", signed),
            14 if value != 0 => self.default_type = Some(signed),
            9 => self.time_nanos = signed,
            10 => self.duration_nanos = signed,
            13 => {
                self.comments.push(signed);
                limits.check_table(Table::Comments, self.comments.len(), || "comments".to_owned())?;
            }
            1..=6 | 11 => return Err(fault(at, &place(field), "has the wrong wire type")),
            _ => {}
        }
        Ok(())
    }

    /// Counts a sample, which begins there.
    #[inline]
    fn sample(&mut self, at: usize, limits: &Limits) -> Result<(), DecodeError> {
        if self.samples.is_multiple_of(STRIDE) {
            self.marks.push(at);
            // What will be made of so many.
            self.take_room(STRIDE * size_of::<Sample>(), limits)?;
        }
        self.samples += 1;
        if self.samples as u64 > limits.max_samples {
            return Err(too_many("samples", limits.max_samples, "--max-samples"));
        }
        Ok(())
    }

    fn message(&mut self, field: u64, extent: Extent, limits: &Limits) -> Result<(), DecodeError> {
        let (body, start) = (self.body(extent), extent.start);
        let (table, count, size) = match field {
            1 => {
                self.sample_types.push(read(body, start, "sample_type", self.sample_types.len())?);
                (Table::SampleTypes, self.sample_types.len(), size_of::<wire::ValueType>())
            }
            3 => {
                // Only the first mapping, the program itself, says something that is used.
                let mapping: wire::Mapping = read(body, start, "mapping", self.mappings.len())?;
                self.mappings.push(mapping);
                (Table::Mappings, self.mappings.len(), size_of::<wire::Mapping>())
            }
            4 => {
                self.locations.push(extent);
                (Table::Locations, self.locations.len(), size_of::<Extent>())
            }
            5 => {
                self.functions.push(match fast_path::function(body) {
                    Some(function) => function,
                    None => read(body, start, "function", self.functions.len())?,
                });
                (Table::Functions, self.functions.len(), size_of::<wire::Function>())
            }
            7 | 8 | 9 | 10 | 12 | 14 | 15 => {
                return Err(fault(start, &place(field), "has the wrong wire type"));
            }
            _ => return Ok(()),
        };
        limits.check_table(table, count, || entries_of(field))?;
        self.take_room(size, limits)
    }

    /// Takes in a string of so many bytes; their number stands there.
    fn take_string(&mut self, length_at: usize, bytes: usize, limits: &Limits) -> Result<(), DecodeError> {
        if bytes > limits.max_string {
            return Err(too_many("bytes of one string", limits.max_string as u64, "--max-string"));
        }
        self.strings.push(u32::try_from(length_at).unwrap_or(u32::MAX));
        limits.check_table(Table::Strings, self.strings.len(), || entries_of(STRING))?;
        self.take_room(size_of::<u32>(), limits)
    }

    /// Where a string lies; `None` if there is none of this number.
    fn string_at(&self, index: usize) -> Option<Extent> {
        let length_at = *self.strings.get(index)? as usize;
        let mut end = length_at;
        // These bytes were walked over before: there is no error in them.
        let start = body(self.bytes, &mut end, length_at, String::new).ok()?;
        Some(Extent { start, end })
    }

    fn take_room(&mut self, bytes: usize, limits: &Limits) -> Result<(), DecodeError> {
        self.room += bytes;
        limits.check_memory((self.bytes.len() + self.room) as u64)
    }

    /// Calls `see` with each sample of a range: its number, and where it is.
    pub(super) fn each_sample(
        &self,
        range: Range<usize>,
        mut see: impl FnMut(usize, Extent) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let tag = range.start / STRIDE;
        let mut at = self.marks.get(tag).copied().unwrap_or(self.bytes.len());
        let mut index = tag * STRIDE;
        // These bytes were walked over before: there is no error in them.
        while index < range.end && at < self.bytes.len() {
            let field_at = at;
            let (field, wire_type) = key(self.bytes, &mut at)?;
            if (field, wire_type) != (SAMPLE, 2) {
                skip(self.bytes, &mut at, field_at, wire_type, String::new)?;
                continue;
            }
            let start = body(self.bytes, &mut at, field_at, String::new)?;
            if index >= range.start {
                see(index, Extent { start, end: at })?;
            }
            index += 1;
        }
        Ok(())
    }

    /// Reads one sample into `sample`, whose room is used again and again.
    #[inline]
    pub(super) fn read_sample(
        &self,
        index: usize,
        extent: Extent,
        sample: &mut RawSample<'a>,
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        // An id takes at most ten bytes, so a sample of allowed depth cannot be longer than this.
        if extent.end - extent.start > limits.max_depth.saturating_mul(10).saturating_add(limits.max_string) {
            return Err(too_many(&frames_of(index), limits.max_depth as u64, "--max-depth"));
        }
        sample
            .read(self.bytes, extent.start, extent.end)
            .map_err(|error| error.inside(|| format!("sample[{index}]")))
    }

    /// Reads one location into `message`, whose room is used again and again.
    pub(super) fn read_location(
        &self,
        index: usize,
        extent: Extent,
        message: &mut wire::Location,
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        let body = self.body(extent);
        if body.len() > LONG_LOCATION || !fast_path::location(body, message) {
            message.clear();
            // A line takes ten times the room of its bytes, so that many are counted before they are read.
            if body.len() > LONG_LOCATION {
                limits
                    .check_table(Table::Lines, count_lines(body), || format!("lines of location[{index}]"))?;
            }
            message.merge(body).map_err(|error| {
                let place = format!("location[{index}]");
                DecodeError::Wire { at: extent.start, place, fault: error.to_string() }
            })?;
        }
        limits.check_table(Table::Lines, message.line.len(), || format!("lines of location[{index}]"))
    }

    /// The text at an index of the string table; bytes that are no UTF-8 are written `\xNN`.
    pub(super) fn string(&self, index: i64, place: impl Fn() -> String) -> Result<String, DecodeError> {
        self.text(index, place).map(Cow::into_owned)
    }

    /// As [`ProfileIndex::string`], not copied where it need not be.
    pub(super) fn text(&self, index: i64, place: impl Fn() -> String) -> Result<Cow<'a, str>, DecodeError> {
        let found = usize::try_from(index).ok().and_then(|index| self.string_at(index));
        match found {
            Some(extent) => Ok(match self.utf8.and_then(|utf8| utf8.get(extent)) {
                Some(text) => Cow::Borrowed(text),
                None => super::super::text::lossless(self.body(extent)),
            }),
            None if index == 0 => Ok(Cow::Borrowed("")),
            None => {
                let fault = format!("string index {index} is outside of the table of {}", self.strings.len());
                Err(DecodeError::Invalid { place: place(), fault })
            }
        }
    }

    /// How many strings there are.
    pub(super) fn strings_len(&self) -> usize {
        self.strings.len()
    }

    /// How many bytes all strings have.
    pub(super) fn strings_bytes(&self) -> usize {
        let all = (0..self.strings.len()).filter_map(|index| self.string_at(index));
        all.map(|it| it.end - it.start).sum()
    }

    /// Type and unit of each value of a sample. What points nowhere is named by its number.
    pub(super) fn sample_type_names(&self) -> Vec<(String, String)> {
        let name = |index: i64| self.string(index, String::new).unwrap_or_else(|_| format!("string {index}"));
        self.sample_types.iter().map(|it| (name(it.r#type), name(it.unit))).collect()
    }

    /// The build id of the program; `None` if the profile does not say.
    pub(super) fn build_id(&self) -> Option<String> {
        let id = self.string(self.mappings.first()?.build_id, String::new).ok()?;
        (!id.is_empty()).then_some(id)
    }

    /// The path of the program; `None` if the profile does not say.
    pub(super) fn program(&self) -> Option<String> {
        let path = self.string(self.mappings.first()?.filename, String::new).ok()?;
        (!path.is_empty()).then_some(path)
    }

    /// Whether the sender wishes frames to be hidden.
    pub(super) fn has_frame_filters(&self) -> bool {
        !self.wishes.is_empty()
    }

    /// Tells which wishes of the sender about what to show were not obeyed.
    pub(super) fn warn_of_wishes(&self, warnings: &mut Vec<Warning>) {
        for (wish, _) in &self.wishes {
            warnings.push(Warning::note(format!(
                "the profile asks to hide frames ({wish}); ignored, all are counted"
            )));
        }
        if let Some(index) = self.default_type {
            let name = self.string(index, String::new).ok();
            if !self.sample_type_names().iter().any(|(kind, _)| Some(kind) == name.as_ref()) {
                warnings.push(Warning::note("its default_sample_type is none of its types; ignored"));
            }
        }
        let bad = self.mappings.iter().filter(|it| it.memory_limit < it.memory_start).count();
        if bad > 0 {
            warnings.push(Warning::note(format!("{bad} mappings end before they start; they are not used")));
        }
    }
}

/// Bytes up to which a location is read without a look at how many lines it has.
const LONG_LOCATION: usize = 4096;

/// Lines of a location, up to where it is broken.
fn count_lines(body: &[u8]) -> usize {
    let (mut at, mut lines) = (0, 0);
    loop {
        let field_at = at;
        let Ok((field, wire_type)) = key(body, &mut at) else { return lines };
        lines += usize::from(field == 4);
        if skip(body, &mut at, field_at, wire_type, String::new).is_err() {
            return lines;
        }
    }
}

fn read<M: Message + Default>(body: &[u8], at: usize, table: &str, index: usize) -> Result<M, DecodeError> {
    M::decode(body).map_err(|error| {
        let place = format!("{table}[{index}]");
        DecodeError::Wire { at, place, fault: error.to_string() }
    })
}

pub(super) fn too_many(what: &str, limit: u64, flag: &'static str) -> DecodeError {
    DecodeError::Limit { what: what.to_owned(), limit, flag }
}

/// What an error calls the frames of a sample.
pub(super) fn frames_of(index: usize) -> String {
    format!("frames of sample[{index}]")
}
