//! Infers what the goroutines of a `debug=1` text are blocked on, from the addresses of frames that the text hides.
//!
//! The text hides the frames of the runtime, but not their addresses. The first address of a parked goroutine is in
//! `runtime.gopark`, the same for all. Between it and the first frame that is shown, a select has one address, in
//! `selectgo`; a channel operation has two, in `chansend` or `chanrecv` and in their wrapper. A wrapper is only a few
//! instructions long and aligned, so on amd64 its call always ends at the same offset from its start: 0x17 in
//! `chansend1` and 0x12 in `chanrecv1` and `chanrecv2` since the register ABI, 0x35 and 0x2b before
//! (`runtime/chan.go`). For Go 1.21 to 1.27 this agrees with the protobuf form of the same process in every record of
//! our captures. On arm64 the offsets are 0x18 and 0x14, according to the code of Go 1.21 to 1.27 for Linux and macOS
//! (loong64 has the same); on ppc64le they are 0x14 and 0x10. If no offset fits, as on other processors, nothing is
//! inferred.

use crate::model::BlockedOn;

/// The hidden addresses of one record, and its first frame that is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct HiddenLeaf {
    pub(super) addresses: Vec<u64>,
    /// The function of the first frame that is shown; empty if none is.
    pub(super) shown_leaf: String,
    /// The address of that frame; `None` if none is shown.
    pub(super) shown_at: Option<u64>,
}

/// The number of hidden addresses that are looked at. Only goroutines of the runtime itself hide more.
pub(super) const MAX_HIDDEN: usize = 5;

/// What each record is blocked on; `None` if its hidden addresses do not show it.
pub(super) fn infer(records: &[HiddenLeaf]) -> Vec<Option<BlockedOn>> {
    let park = park_address(records);
    let on_arm64 = is_arm64(records, park);
    records.iter().map(|record| infer_one(record, park, on_arm64)).collect()
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
    const LIBRARY: [&str; 5] = ["sync.", "internal/", "net.", "time.", "os."];
    match record.addresses.as_slice() {
        [first, _, wrapper] if park == Some(*first) => {
            Some(*wrapper).filter(|_| !LIBRARY.iter().any(|package| record.shown_leaf.starts_with(package)))
        }
        _ => None,
    }
}

/// The first address of parked goroutines: it is before a frame that always parks, or before several
/// different frames.
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
    most.first().filter(|_| most.len() > 1).map(|(address, _)| *address)
}

fn infer_one(record: &HiddenLeaf, park: Option<u64>, on_arm64: bool) -> Option<BlockedOn> {
    if record.shown_leaf.starts_with("reflect.") || record.shown_leaf.is_empty() {
        return None;
    }
    let parked = || match record.addresses.as_slice() {
        // Before Go 1.12 goparkunlock is in between. It is right after gopark.
        [gopark, unlock, _, _] => unlock.wrapping_sub(*gopark) < 0x200,
        addresses => park.is_some() && addresses.first().copied() == park,
    };
    match record.addresses.as_slice() {
        [_, _] if parked() => Some(BlockedOn::Select),
        [_, _, _] | [_, _, _, _] if on_arm64 => match wrapper(record, park)? % 16 {
            8 => Some(BlockedOn::ChannelSend),
            4 => Some(BlockedOn::ChannelReceive),
            _ => None,
        },
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
        // A single record does not show what parks.
        assert_eq!(infer(&[record(&[0x48b70a, 0x46a6f7], "main.f")]), [None]);
    }

    #[test]
    fn layouts_of_arm64() {
        let record = |base: u64, rest: &[u64], shown_at: u64| HiddenLeaf {
            addresses: [0xfa838].iter().chain(rest).map(|it| base + it).collect(),
            shown_leaf: "main.f".to_owned(),
            shown_at: Some(base + shown_at),
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
