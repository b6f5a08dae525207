//! The string table of a profile.

use std::borrow::Cow;
use std::ops::Range;

use super::super::DecodeError;
use super::super::text::lossless;
use super::wire_format::read_len;

/// The strings, which stay in the bytes of the profile.
#[derive(Debug)]
pub(super) struct StringTable<'a> {
    bytes: &'a [u8],
    /// The offset of each string's length prefix. Profiles of 4 GiB and more are refused, so 32 bits are enough.
    starts: Vec<u32>,
    /// Everything from the first string to the last, with its offset, if all of it is UTF-8: then no string needs a
    /// check of its own.
    utf8: Option<(usize, &'a str)>,
}

impl<'a> StringTable<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        StringTable { bytes, starts: Vec::new(), utf8: None }
    }

    pub(super) fn push(&mut self, length_at: usize) {
        self.starts.push(u32::try_from(length_at).unwrap_or(u32::MAX));
    }

    /// Checks the first string, and whether all are UTF-8. To be called after the last [`StringTable::push`].
    pub(super) fn finish(&mut self) -> Result<(), DecodeError> {
        let Some(first) = self.range(0) else { return Ok(()) };
        if let Some(last) = self.range(self.len() - 1) {
            let all = self.bytes.get(first.start..last.end).and_then(|all| std::str::from_utf8(all).ok());
            self.utf8 = all.map(|text| (first.start, text));
        }
        if !first.is_empty() {
            return Err(DecodeError::invalid("string_table[0]", "must be the empty string"));
        }
        Ok(())
    }

    fn range(&self, index: usize) -> Option<Range<usize>> {
        let mut at = *self.starts.get(index)? as usize;
        // The walk over the profile has read this length before: there is no error.
        read_len(self.bytes, &mut at, 0, String::new).ok()
    }

    /// The string at an index; bytes that are not UTF-8 become `\xNN`. `place` names the reference in an error.
    pub(super) fn get(&self, index: i64, place: impl Fn() -> String) -> Result<Cow<'a, str>, DecodeError> {
        let Some(range) = usize::try_from(index).ok().and_then(|index| self.range(index)) else {
            if index == 0 {
                return Ok(Cow::Borrowed(""));
            }
            let fault = format!("string index {index} is outside of the table of {}", self.len());
            return Err(DecodeError::invalid(place(), fault));
        };
        let text = self.utf8.and_then(|(start, text)| {
            text.get(range.start.checked_sub(start)?..range.end.checked_sub(start)?)
        });
        Ok(text.map_or_else(|| lossless(self.bytes.get(range).unwrap_or(&[])), Cow::Borrowed))
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn total_bytes(&self) -> usize {
        (0..self.len()).filter_map(|index| self.range(index)).map(|range| range.len()).sum()
    }
}
