//! One sample, read into a buffer that is reused.

use super::super::DecodeError;
use super::super::limits::LABELS;
use super::wire;
use super::wire_format::read_varint;

/// A sample. Its ids and indexes were not looked up in the tables.
#[derive(Debug, Default)]
pub(super) struct RawSample<'a> {
    /// The location ids if they are one packed field: they stay packed, because a repeated stack is recognized by its
    /// bytes.
    pub(super) packed_ids: Option<PackedIds<'a>>,
    /// Everything else.
    pub(super) message: wire::Sample,
}

/// The packed location ids of a sample, leaf first.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedIds<'a> {
    pub(super) bytes: &'a [u8],
    /// The offset of the first id in the profile.
    pub(super) start: usize,
    /// The offset of the length prefix.
    pub(super) length_at: usize,
}

impl RawSample<'_> {
    pub(super) fn clear(&mut self) {
        self.packed_ids = None;
        self.message.location_id.clear();
        self.message.value.clear();
        self.message.label.clear();
    }

    /// Keeps a label. One above the limit shows that there were too many.
    #[inline]
    pub(super) fn push_label(&mut self, label: wire::Label) {
        if self.message.label.len() <= LABELS {
            self.message.label.push(label);
        }
    }

    /// Whether it has no location.
    pub(super) fn is_stackless(&self) -> bool {
        self.packed_ids.is_none_or(|ids| ids.bytes.is_empty()) && self.message.location_id.is_empty()
    }

    /// The location ids, leaf first.
    pub(super) fn ids(&self) -> impl Iterator<Item = Result<u64, DecodeError>> {
        let (packed, start) = self.packed_ids.map_or((&[][..], 0), |ids| (ids.bytes, ids.start));
        let mut at = 0;
        let unpacked = std::iter::from_fn(move || {
            let id = (at < packed.len()).then(|| read_varint(packed, &mut at, "location_id"))?;
            Some(id.map_err(|mut error| {
                if let DecodeError::Wire { at, .. } = &mut error {
                    *at += start;
                }
                error
            }))
        });
        self.message.location_id.iter().copied().map(Ok).chain(unpacked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_ids() {
        let check = |bytes: &[u8], expected: &str| {
            let packed_ids = Some(PackedIds { bytes, start: 2, length_at: 1 });
            let sample = RawSample { packed_ids, ..RawSample::default() };
            let ids = sample.ids().collect::<Result<Vec<_>, _>>();
            assert_eq!(ids.map_or_else(|error| error.to_string(), |ids| format!("{ids:?}")), expected);
        };
        check(&[1, 0x81, 1], "[1, 129]");
        check(&[], "[]");
        check(&[1, 0x81], "location_id: ends early (truncated?), at offset 3");
    }
}
