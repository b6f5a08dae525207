//! Infers what the goroutines of a `debug=1` text are blocked on, from the addresses of frames that the text hides.
//!
//! The text hides the frames of the runtime, but not their addresses. The first address of a parked goroutine is in
//! `runtime.gopark`, the same for all. Between it and the first frame that is shown, a select has one address, in
//! `selectgo`; a channel operation has two, in `chansend` or `chanrecv` and in their wrapper. A wrapper is only a few
//! instructions long and aligned, so its call always ends at the same offset from its start (`runtime/chan.go`):
//!
//! | Go, processor | `chansend1` | `chanrecv1`, `chanrecv2` | known from |
//! |---|---|---|---|
//! | 1.21 to 1.27, amd64 | 0x17 | 0x12 | the protobuf form of the same process, in every record of our captures |
//! | 1.17 to 1.20, amd64 | 0x1d | 0x18 | public tracebacks that print these addresses |
//! | 1.9 to 1.16, amd64 | 0x35 | 0x2b | public profiles |
//! | 1.21 to 1.27, arm64 | 0x18 | 0x14 | the code for Linux and macOS; loong64 has the same |
//!
//! On ppc64le they are 0x14 and 0x10. In Go 1.8 and older a receive ends at 0x35. If no offset fits, as on other processors, nothing is
//! inferred; nor if the order of `chansend` and `chanrecv` in the program contradicts what the offsets say.

use crate::model::BlockedOn;

/// The hidden addresses of one record, and its first frame that is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct HiddenLeaf {
    /// The number of goroutines.
    pub(super) count: i64,
    pub(super) addresses: Vec<u64>,
    /// The function of the first frame that is shown; empty if none is.
    pub(super) shown_leaf: String,
    /// The address of that frame; `None` if none is shown.
    pub(super) shown_at: Option<u64>,
    /// The address of that frame as the line with the count has it; `None` if it is not there.
    pub(super) shown_return: Option<u64>,
}

/// The number of hidden addresses that are looked at. Only goroutines of the runtime itself hide more.
pub(super) const MAX_HIDDEN: usize = 5;

/// What each record is blocked on; `None` if its hidden addresses do not show it.
pub(super) fn infer(records: &[HiddenLeaf]) -> Vec<Option<BlockedOn>> {
    let park = park_address(records);
    let processor = match is_arm64(records, park) {
        true => Processor::Arm64,
        false if is_x86(records) => Processor::X86,
        false => Processor::Unknown,
    };
    let mut waits: Vec<_> = records.iter().map(|record| infer_one(record, park, processor)).collect();
    drop_contradictions(records, park, &mut waits);
    waits
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Processor {
    /// Its instructions have any length, so addresses are odd, too.
    X86,
    Arm64,
    /// Too few addresses show it.
    Unknown,
}

/// Whether an address is odd, which it is on no other processor.
fn is_x86(records: &[HiddenLeaf]) -> bool {
    records.iter().flat_map(|it| it.addresses.iter().chain(&it.shown_return)).any(|address| address % 2 == 1)
}

/// Drops sends and receives that cannot be what the offsets say. `chansend` comes before `chanrecv` in every program, each parks at one place,
/// and only one function, `chansend1`, calls the first from a send.
fn drop_contradictions(records: &[HiddenLeaf], park: Option<u64>, waits: &mut [Option<BlockedOn>]) {
    let channels: Vec<Option<(u64, u64)>> =
        records.iter().map(|record| channel_operation(record, park)).collect();
    let mut inner: Vec<u64> = channels.iter().flatten().map(|(inner, _)| *inner).collect();
    inner.sort_unstable();
    inner.dedup();
    let waits_at = |at: u64| {
        channels
            .iter()
            .zip(&*waits)
            .filter(move |(it, _)| it.is_some_and(|(inner, _)| inner == at))
            .map(|(_, wait)| *wait)
    };
    // A channel that is nil has a second address in the same function, so both may say the same.
    let all_are = |at: u64, wait: BlockedOn| waits_at(at).all(|it| it == Some(wait));
    let are_reversed = match inner.as_slice() {
        [send, receive] => {
            let is_send = waits_at(*receive).any(|it| it == Some(BlockedOn::ChannelSend));
            let is_receive = waits_at(*send).any(|it| it == Some(BlockedOn::ChannelReceive));
            (is_send && !all_are(*send, BlockedOn::ChannelSend))
                || (is_receive && !all_are(*receive, BlockedOn::ChannelReceive))
        }
        _ => false,
    };
    let mut senders: Vec<u64> = channels
        .iter()
        .zip(&*waits)
        .filter_map(|(channel, wait)| Some((channel.as_ref()?.1, (*wait)?)))
        .filter(|(_, wait)| *wait == BlockedOn::ChannelSend)
        .map(|(wrapper, _)| wrapper)
        .collect();
    senders.sort_unstable();
    senders.dedup();
    for (channel, wait) in channels.iter().zip(waits) {
        let is_second_sender = *wait == Some(BlockedOn::ChannelSend) && senders.len() > 1;
        if channel.is_some() && (are_reversed || is_second_sender) {
            *wait = None;
        }
    }
}

/// The address in `chansend` or `chanrecv`, and that in the wrapper; `None` if the record is something else.
fn channel_operation(record: &HiddenLeaf, park: Option<u64>) -> Option<(u64, u64)> {
    if is_of_library(record) || !is_parked(record, park) {
        return None;
    }
    match record.addresses.as_slice() {
        [_, inner, wrapper] | [_, _, inner, wrapper] => Some((*inner, *wrapper)),
        _ => None,
    }
}

/// The number of distinct addresses that are not all multiples of four by chance.
const MIN_ALIGNED: usize = 6;

/// The lowest address of programs on macOS, whose only processor with instructions of four bytes is arm64.
const MACOS_BASE: u64 = 1 << 32;

/// Whether the program runs on arm64: all addresses are multiples of four, and those that may be in a channel's wrapper
/// have the offsets of arm64.
fn is_arm64(records: &[HiddenLeaf], park: Option<u64>) -> bool {
    // The text shows some addresses minus one, so that they are inside the call.
    let shown = records.iter().filter_map(|it| it.shown_at).map(|at| at + at % 2);
    let mut all: Vec<u64> = records.iter().flat_map(|it| it.addresses.iter().copied()).chain(shown).collect();
    all.sort_unstable();
    all.dedup();
    if all.len() < MIN_ALIGNED || all.iter().any(|address| address % 4 != 0) {
        return false;
    }
    let wrappers = || records.iter().filter_map(|record| wrapper(record, park)).map(|it| it % 16);
    let sends = wrappers().any(|rest| rest == 8) || all.first().is_some_and(|first| *first >= MACOS_BASE);
    sends && wrappers().all(|rest| matches!(rest, 4 | 8))
}

/// The address of a parked record that may be in the wrapper of a send or receive.
fn wrapper(record: &HiddenLeaf, park: Option<u64>) -> Option<u64> {
    match record.addresses.as_slice() {
        [first, _, wrapper] if park == Some(*first) => Some(*wrapper).filter(|_| !is_of_library(record)),
        _ => None,
    }
}

/// Whether the frames that are hidden may be of another kind of wait, which a library's function calls.
fn is_of_library(record: &HiddenLeaf) -> bool {
    const LIBRARY: [&str; 6] = ["sync.", "internal/", "net.", "time.", "os.", "reflect."];
    record.shown_leaf.is_empty() || LIBRARY.iter().any(|package| record.shown_leaf.starts_with(package))
}

/// From Go 1.8 to 1.9, `gopark` became shorter, and the wrappers changed.
const MAX_UNLOCK_DISTANCE: u64 = 0xf0;

/// Whether the goroutines of a record are parked.
fn is_parked(record: &HiddenLeaf, park: Option<u64>) -> bool {
    match record.addresses.as_slice() {
        // In Go 1.12 and 1.13, an inlined function gives a second address in the same one.
        [first, one, other, _] if park == Some(*first) && one.abs_diff(*other) < 0x100 => true,
        // Before, goparkunlock is in between. It is right after gopark.
        [gopark, unlock, _, _] => unlock.wrapping_sub(*gopark) < MAX_UNLOCK_DISTANCE,
        addresses => park.is_some() && addresses.first().copied() == park,
    }
}

/// The first address of parked goroutines: it is before a frame that always parks, before several different frames, or in many goroutines.
fn park_address(records: &[HiddenLeaf]) -> Option<u64> {
    let parks = |name: &str| {
        matches!(name, "internal/poll.runtime_pollWait" | "net.runtime_pollWait" | "time.Sleep")
            || name.starts_with("sync.runtime_")
            || name.starts_with("internal/sync.runtime_")
    };
    let sure = records.iter().find(|it| parks(&it.shown_leaf)).and_then(|it| it.addresses.first());
    if sure.is_some() {
        return sure.copied();
    }
    let address = |it: &HiddenLeaf| Some((*it.addresses.first()?, it.shown_at?));
    let mut pairs: Vec<(u64, u64)> = records.iter().filter_map(address).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let most = pairs.chunk_by(|(a, _), (b, _)| a == b).max_by_key(|it| it.len())?;
    let by_callers = most.first().filter(|_| most.len() > 1).map(|(address, _)| *address);
    by_callers.or_else(|| {
        let many = records.iter().filter(|it| it.shown_at.is_some()).max_by_key(|it| it.count)?;
        many.addresses.first().copied().filter(|_| many.count >= MIN_PARKED)
    })
}

/// This number of goroutines of one stack does not run at the same time.
const MIN_PARKED: i64 = 100;

fn infer_one(record: &HiddenLeaf, park: Option<u64>, processor: Processor) -> Option<BlockedOn> {
    if record.shown_leaf.starts_with("reflect.") || record.shown_leaf.is_empty() {
        return None;
    }
    let parked = || is_parked(record, park);
    match record.addresses.as_slice() {
        [_, _] if parked() => Some(BlockedOn::Select),
        [_, _, _] | [_, _, _, _] if processor == Processor::Arm64 => match wrapper(record, park)? % 16 {
            8 => Some(BlockedOn::ChannelSend),
            4 => Some(BlockedOn::ChannelReceive),
            _ => None,
        },
        [_, _, wrapper] if matches!(wrapper & 0x1f, 0x18 | 0x1d) => {
            let is_known = processor == Processor::X86 && channel_operation(record, park).is_some();
            let is_send = wrapper & 0x1f == 0x1d;
            let wait = if is_send { BlockedOn::ChannelSend } else { BlockedOn::ChannelReceive };
            is_known.then_some(wait)
        }
        [_, _, wrapper] | [_, _, _, wrapper] => match (wrapper & 0x1f, wrapper & 0xf) {
            (0x17, _) => Some(BlockedOn::ChannelSend),
            (0x12, _) => Some(BlockedOn::ChannelReceive),
            (_, 0x5) if parked() => Some(BlockedOn::ChannelSend),
            (_, 0xb) if parked() => Some(BlockedOn::ChannelReceive),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts() {
        let record = |addresses: &[u64], leaf: &str| HiddenLeaf {
            addresses: addresses.to_vec(),
            shown_leaf: leaf.to_owned(),
            shown_at: Some(1),
            ..HiddenLeaf::default()
        };
        let check = |addresses: &[u64], leaf: &str, expected: Option<BlockedOn>| {
            let others = [record(&[0x48b70a], "time.Sleep"), record(addresses, leaf)];
            assert_eq!(infer(&others)[1], expected, "{addresses:x?} {leaf}");
        };
        check(&[0x48b70a, 0x41723c, 0x416e37], "main.f", Some(BlockedOn::ChannelSend));
        check(&[0x48b70a, 0x41816e, 0x417cb2], "main.f", Some(BlockedOn::ChannelReceive));
        check(&[0x48b70a, 0x46a6f7], "main.f", Some(BlockedOn::Select));
        check(&[0x42c94a, 0x42c9fe, 0x4035bb, 0x403355], "main.f", Some(BlockedOn::ChannelSend));
        check(&[0x48b70a, 0x407e15, 0x407acb], "main.f", Some(BlockedOn::ChannelReceive));
        check(&[0x4911ab, 0x46a6f7], "main.f", None);
        check(&[0x48b70a, 0x41816e], "reflect.chanrecv", None);
        check(&[], "main.spin", None);
        check(&[0x48b70a, 0x41723c, 0x416e40], "main.f", None);
        check(&[0x48b70a, 0x406a6c, 0x4064d8], "main.f", None);
        check(&[0x43b1f7, 0x406a6c, 0x4064d8], "main.f", None);
        // A single record does not show what parks.
        let alone = record(&[0x48b70a, 0x46a6f7], "main.f");
        assert_eq!(infer(std::slice::from_ref(&alone)), [None]);
        // Many goroutines do.
        assert_eq!(infer(&[HiddenLeaf { count: 990, ..alone }]), [Some(BlockedOn::Select)]);
    }

    /// All records are parked; an address of the last one is odd, as on amd64 some are.
    #[test]
    fn channels_together() {
        let (send, receive) = (Some(BlockedOn::ChannelSend), Some(BlockedOn::ChannelReceive));
        let check = |rest: &[&[u64]], expected: &[Option<BlockedOn>]| {
            let record = |(rest, at): (&&[u64], u64)| HiddenLeaf {
                addresses: [0x43b1f6].iter().chain(*rest).copied().collect(),
                shown_leaf: "main.f".to_owned(),
                shown_at: Some(at),
                ..HiddenLeaf::default()
            };
            let mut records: Vec<HiddenLeaf> = rest.iter().zip(0x500000..).map(record).collect();
            let sleep = HiddenLeaf {
                addresses: vec![0x43b1f6, 0x46a3b5],
                shown_leaf: "time.Sleep".to_owned(),
                shown_at: Some(1),
                ..HiddenLeaf::default()
            };
            records.push(sleep);
            assert_eq!(infer(&records)[..rest.len()], *expected, "{rest:x?}");
        };
        // Go 1.17 to 1.20.
        check(&[&[0x406a6c, 0x4064d8], &[0x4057c5, 0x40537d]], &[receive, send]);
        check(&[&[0x406a6c, 0x4064d8], &[0x406a6c, 0x406518]], &[receive, receive]);
        // Go 1.12 and 1.13.
        check(&[&[0x409168, 0x40913e, 0x408e2b]], &[receive]);
        // Go 1.10.
        check(&[&[0x43b2aa, 0x4035bb, 0x403355]], &[send]);
        // Go 1.8: goparkunlock is further away.
        check(&[&[0x43b2ea, 0x406a4f, 0x406755]], &[None]);
        // A receive is never before a send, and there is one function for sends.
        check(&[&[0x4057c5, 0x4064d8], &[0x406a6c, 0x40537d]], &[None, None]);
        check(&[&[0x4057c5, 0x40537d], &[0x4057c5, 0x4053bd]], &[None, None]);
        // One of the channels is nil.
        check(&[&[0x406a6c, 0x4064d8], &[0x406a9c, 0x4064d8]], &[receive, receive]);
        check(&[&[0x4057c5, 0x40537d], &[0x4057f5, 0x40537d]], &[send, send]);
    }

    #[test]
    fn layouts_of_arm64() {
        let record = |base: u64, rest: &[u64], shown_at: u64| HiddenLeaf {
            addresses: [0xfa838].iter().chain(rest).map(|it| base + it).collect(),
            shown_leaf: "main.f".to_owned(),
            shown_at: Some(base + shown_at),
            ..HiddenLeaf::default()
        };
        let check = |base: u64, wrappers: &[u64], expected: &[Option<BlockedOn>]| {
            let mut records = vec![record(base, &[0x10c058], 0x16d693)];
            let others = wrappers.iter().map(|it| record(base, &[0xc2af4, *it], 0x8db3b3 + it));
            records.extend(others);
            assert_eq!(infer(&records)[1..], *expected, "{base:x} {wrappers:x?}");
        };
        let (send, receive) = (Some(BlockedOn::ChannelSend), Some(BlockedOn::ChannelReceive));
        check(MACOS_BASE, &[0xc26a4], &[receive]);
        check(MACOS_BASE, &[0xc26a8], &[send]);
        check(MACOS_BASE, &[0xc26b0], &[None]);
        check(0, &[0xc26a8, 0xc2714], &[send, receive]);
        // On ppc64le these would be a send, and a receive.
        check(0, &[0xc26a4, 0xc2714], &[None, None]);
        check(0, &[0xc26a4, 0xc2710], &[None, None]);
    }
}
