//! The first line of a record, and its labels.

use super::frame::frame;
use super::frame::hex;
use super::inferred_leaf::MAX_HIDDEN;
use crate::decode::quoted;
use crate::model::LabelSetId;

/// `4 @ 0x48b70a 0x41816e`: a count and the addresses.
#[derive(Default)]
pub(super) struct Record {
    pub(super) count: i64,
    pub(super) head: RecordHead,
    /// The first addresses, at most [`MAX_HIDDEN`], and the last one.
    pub(super) first_addresses: Vec<u64>,
    pub(super) last_address: Option<u64>,
    /// The address before the last: that of the outermost frame which has a line.
    pub(super) outermost: Option<u64>,
    pub(super) first_shown: Option<u64>,
    pub(super) last_shown: Option<u64>,
    pub(super) labels: LabelSetId,
    /// Whether only some frames are shown.
    pub(super) cut: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RecordHead {
    #[default]
    Present,
    /// The line with the count is missing; an empty line ends the stack.
    Absent,
    /// The record is from another profile.
    Other,
}

pub(super) fn record(text: &str) -> Option<Record> {
    let (count, addresses) = text.split_once(" @")?;
    let count = count.parse().ok()?;
    let addresses = addresses.trim();
    if !(addresses.is_empty() || addresses.starts_with("0x")) {
        let is_frame = frame(addresses).is_some_and(|it| it.function.is_some());
        return is_frame.then_some(Record { count, cut: true, ..Record::default() });
    }
    let mut backwards = addresses.split_whitespace().rev();
    let last_address = backwards.next().and_then(hex);
    let outermost = backwards.next().and_then(hex);
    let first_addresses = addresses.split_whitespace().take(MAX_HIDDEN).filter_map(hex).collect();
    Some(Record { count, first_addresses, last_address, outermost, ..Record::default() })
}

/// `{"key":"value", "key 2":"value"}`
pub(super) fn labels(text: &str) -> Option<Vec<(Box<str>, Box<str>)>> {
    let mut rest = text.trim().strip_prefix('{')?;
    let mut pairs = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if rest.starts_with('}') {
            return Some(pairs);
        }
        let (key, after) = quoted::unquote(rest)?;
        let (value, after) = quoted::unquote(after.trim_start().strip_prefix(':')?.trim_start())?;
        pairs.push((key.into_boxed_str(), value.into_boxed_str()));
        rest = after;
    }
}

/// The profile that a record of two or more numbers is from; `None` for any other line.
///
/// `2025483615528 2858 @ 0x473a79`: cycles and events of a block or mutex profile (`printCountCycleProfile`). `6: 41072 [11: 1233136] @
/// 0x489eda`: live objects and bytes, and those ever allocated (`writeHeapInternal`).
pub(super) fn other_record(line: &str) -> Option<&'static str> {
    let (numbers, _) = line.split_once(" @ 0x")?;
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
    let words: Vec<&str> = numbers.split_whitespace().take(5).collect();
    match words.as_slice() {
        [cycles, events] if is_number(cycles) && is_number(events) => {
            Some("a piece of a block or mutex profile as text")
        }
        [objects, _, ever, _] if objects.ends_with(':') && ever.starts_with('[') => {
            Some("a piece of a heap profile as text")
        }
        _ => None,
    }
}
