//! One walk over the bytes of a profile: reads its tables, and finds its samples.

use std::ops::Range;
use std::sync::Arc;

use prost::Message;

use super::super::DecodeError;
use super::super::Limits;
use super::super::limits::Table;
use super::super::limits::check_limit;
use super::super::limits::check_pprof_size;
use super::fast_path;
use super::fast_path::RawSample;
use super::metadata::Metadata;
use super::strings::StringTable;
use super::wire;
use super::wire_format::read_len;
use super::wire_format::read_tag;
use super::wire_format::read_varint;
use super::wire_format::skip_field;
use super::wire_format::wire_error;
use crate::model::Sample;
use crate::storage::InflateBuffer;

/// The fields that hold samples and strings.
const SAMPLE: u64 = 2;
const STRING: u64 = 6;

/// Samples from one checkpoint to the next.
const CHECKPOINT_INTERVAL: usize = 1024;

/// The tables of a profile, and the offsets of its samples.
#[derive(Debug)]
pub(super) struct ProfileIndex<'a> {
    bytes: &'a [u8],
    pub(super) limits: &'a Limits,
    /// The same bytes if stacks can stay in them; else empty.
    pub(super) buffer: Arc<InflateBuffer>,
    pub(super) samples: usize,
    /// The offset of every [`CHECKPOINT_INTERVAL`]th sample, starting with the first.
    checkpoints: Vec<usize>,
    pub(super) locations: Vec<Range<usize>>,
    pub(super) functions: Vec<wire::Function>,
    pub(super) strings: StringTable<'a>,
    pub(super) metadata: Metadata,
    table_bytes: usize,
}

/// The wire type of each field of a profile, from field 1: `v` is a varint, `l` length-delimited, `e` either (packed or
/// not).
const FIELDS: &[u8; 15] = b"llllllvvvvlvevv";

/// Whether the first tag is a known field with the right wire type. Of a wrong one it is a broken profile, and not a
/// text.
pub(super) fn starts_with_field(bytes: &[u8]) -> bool {
    let Ok(tag) = read_varint(bytes, &mut 0, "field key") else { return false };
    let field = usize::try_from(tag >> 3).ok().and_then(|field| FIELDS.get(field.wrapping_sub(1)));
    match tag & 7 {
        0 => field.is_some(),
        2 => matches!(field, Some(b'l' | b'e')),
        _ => false,
    }
}

fn place(field: u64) -> String {
    const NAMES: &str = "sample_type sample mapping location function string_table drop_frames keep_frames time_nanos \
                         duration_nanos period_type period comment default_sample_type doc_url";
    let name = usize::try_from(field - 1).ok().and_then(|index| NAMES.split(' ').nth(index));
    name.map_or_else(|| format!("field {field}"), str::to_owned)
}

fn entries_of(field: u64) -> String {
    format!("entries of the table {}", place(field))
}

impl<'a> ProfileIndex<'a> {
    /// Walks over all fields of a profile.
    pub(super) fn new(
        bytes: &'a [u8],
        buffer: Arc<InflateBuffer>,
        limits: &'a Limits,
    ) -> Result<Self, DecodeError> {
        check_pprof_size(bytes.len() as u64)?;
        let mut index = ProfileIndex {
            bytes,
            limits,
            buffer,
            samples: 0,
            checkpoints: Vec::new(),
            locations: Vec::new(),
            functions: Vec::new(),
            strings: StringTable::new(bytes),
            metadata: Metadata::default(),
            table_bytes: 0,
        };
        let mut at = 0;
        while at < bytes.len() {
            let field_at = at;
            let (field, wire_type) = read_tag(bytes, &mut at)?;
            match wire_type {
                0 => {
                    let value = read_varint(bytes, &mut at, "field")?;
                    index.add_number(field, value.cast_signed(), field_at)?;
                }
                2 => {
                    let length_at = at;
                    let body = read_len(bytes, &mut at, field_at, || place(field))?;
                    match field {
                        SAMPLE => index.add_sample(field_at)?,
                        STRING => index.add_string(length_at, body.len())?,
                        _ => index.add_message(field, body)?,
                    }
                }
                _ => {
                    skip_field(bytes, &mut at, field_at, wire_type, || place(field))?;
                    if field <= FIELDS.len() as u64 {
                        return Err(wire_error(field_at, &place(field), "has the wrong wire type"));
                    }
                }
            }
        }
        index.strings.finish()?;
        index.metadata.check(&index.strings)?;
        Ok(index)
    }

    fn add_number(&mut self, field: u64, value: i64, at: usize) -> Result<(), DecodeError> {
        let metadata = &mut self.metadata;
        match field {
            7 if value != 0 => metadata.set_frame_filter("drop_frames", value),
            8 if value != 0 => metadata.set_frame_filter("keep_frames", value),
            14 if value != 0 => metadata.default_sample_type = Some(value),
            9 => metadata.time_nanos = value,
            10 => metadata.duration_nanos = value,
            13 => {
                metadata.comments.push(value);
                self.limits
                    .check_table(Table::CommentsOrLines, metadata.comments.len(), || "comments".to_owned())?;
            }
            1..=6 | 11 => return Err(wire_error(at, &place(field), "has the wrong wire type")),
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn add_sample(&mut self, at: usize) -> Result<(), DecodeError> {
        if self.samples.is_multiple_of(CHECKPOINT_INTERVAL) {
            self.checkpoints.push(at);
            // The rows that these samples will become.
            self.add_table_bytes(CHECKPOINT_INTERVAL * size_of::<Sample>())?;
        }
        self.samples += 1;
        check_limit(self.samples as u64, self.limits.max_samples, || "samples", "--max-samples")
    }

    fn add_message(&mut self, field: u64, range: Range<usize>) -> Result<(), DecodeError> {
        let (body, start) = (self.bytes.get(range.clone()).unwrap_or(&[]), range.start);
        let metadata = &mut self.metadata;
        let (table, count, size) = match field {
            1 => {
                metadata.sample_types.push(read(body, start, "sample_type", metadata.sample_types.len())?);
                (Table::SampleTypes, metadata.sample_types.len(), size_of::<wire::ValueType>())
            }
            3 => {
                metadata.mappings.push(read(body, start, "mapping", metadata.mappings.len())?);
                (Table::Mappings, metadata.mappings.len(), size_of::<wire::Mapping>())
            }
            4 => {
                self.locations.push(range);
                (Table::Locations, self.locations.len(), size_of::<Range<usize>>())
            }
            5 => {
                self.functions.push(match fast_path::try_fast_function(body) {
                    Some(function) => function,
                    None => read(body, start, "function", self.functions.len())?,
                });
                (Table::Functions, self.functions.len(), size_of::<wire::Function>())
            }
            7 | 8 | 9 | 10 | 12 | 14 | 15 => {
                return Err(wire_error(start, &place(field), "has the wrong wire type"));
            }
            _ => return Ok(()),
        };
        self.limits.check_table(table, count, || entries_of(field))?;
        self.add_table_bytes(size)
    }

    fn add_string(&mut self, length_at: usize, bytes: usize) -> Result<(), DecodeError> {
        check_limit(bytes as u64, self.limits.max_string as u64, || "bytes of one string", "--max-string")?;
        self.strings.push(length_at);
        self.limits.check_table(Table::Strings, self.strings.len(), || entries_of(STRING))?;
        self.add_table_bytes(size_of::<u32>())
    }

    fn add_table_bytes(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.table_bytes += bytes;
        self.limits.check_memory((self.bytes.len() + self.table_bytes) as u64)
    }

    /// Reads the samples of a range one after the other into `sample`, and calls `visit` with the number of each.
    #[inline]
    pub(super) fn read_samples(
        &self,
        range: Range<usize>,
        mut visit: impl FnMut(usize, &RawSample<'a>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut sample = RawSample::default();
        // An id takes at most ten bytes, so a sample within the limits is not longer than this.
        let max_bytes = self.limits.max_depth.saturating_mul(10).saturating_add(self.limits.max_string);
        let checkpoint = range.start / CHECKPOINT_INTERVAL;
        let mut at = self.checkpoints.get(checkpoint).copied().unwrap_or(self.bytes.len());
        let mut index = checkpoint * CHECKPOINT_INTERVAL;
        // The first walk has read these tags and lengths: there is no error.
        while index < range.end && at < self.bytes.len() {
            let field_at = at;
            let (field, wire_type) = read_tag(self.bytes, &mut at)?;
            if (field, wire_type) != (SAMPLE, 2) {
                skip_field(self.bytes, &mut at, field_at, wire_type, String::new)?;
                continue;
            }
            let body = read_len(self.bytes, &mut at, field_at, String::new)?;
            if index >= range.start {
                if body.len() > max_bytes {
                    self.limits.check_depth(usize::MAX, || frames_of(index))?;
                }
                if !fast_path::try_fast_sample(self.bytes, body.clone(), &mut sample) {
                    sample.clear();
                    // A decoded label is 16 times as large as the shortest encoded one.
                    self.limits.check_memory(16 * body.len() as u64)?;
                    let (start, body) = (body.start, self.bytes.get(body).unwrap_or(&[]));
                    let merged = sample.message.merge(body);
                    merged.map_err(|error| prost_error(&error, start, "sample", index))?;
                }
                visit(index, &sample)?;
            }
            index += 1;
        }
        Ok(())
    }

    pub(super) fn read_location(
        &self,
        index: usize,
        range: Range<usize>,
        message: &mut wire::Location,
    ) -> Result<(), DecodeError> {
        let start = range.start;
        let body = self.bytes.get(range).unwrap_or(&[]);
        let check_lines = |lines| {
            self.limits.check_table(Table::CommentsOrLines, lines, || format!("lines of location[{index}]"))
        };
        let is_long = body.len() > MAX_UNCOUNTED_LOCATION;
        if is_long || !fast_path::try_fast_location(body, message) {
            message.clear();
            // A decoded line is ten times as large as its bytes, so lines are counted before they are decoded.
            if is_long {
                check_lines(count_lines(body))?;
            }
            message.merge(body).map_err(|error| prost_error(&error, start, "location", index))?;
        }
        check_lines(message.line.len())
    }
}

/// The size in bytes up to which a location is decoded before its lines are counted.
const MAX_UNCOUNTED_LOCATION: usize = 4096;

fn count_lines(body: &[u8]) -> usize {
    let (mut at, mut lines) = (0, 0);
    loop {
        let field_at = at;
        let Ok((field, wire_type)) = read_tag(body, &mut at) else { return lines };
        lines += usize::from(field == 4);
        if skip_field(body, &mut at, field_at, wire_type, String::new).is_err() {
            return lines;
        }
    }
}

fn read<M: Message + Default>(body: &[u8], at: usize, table: &str, index: usize) -> Result<M, DecodeError> {
    M::decode(body).map_err(|error| prost_error(&error, at, table, index))
}

fn prost_error(error: &prost::DecodeError, at: usize, table: &str, index: usize) -> DecodeError {
    DecodeError::Wire { at, place: format!("{table}[{index}]"), fault: error.to_string() }
}

pub(super) fn frames_of(index: usize) -> String {
    format!("frames of sample[{index}]")
}
