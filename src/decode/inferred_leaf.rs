//! What the hidden frames of a `debug=1` record tell.
//!
//! The text hides the runtime's frames, but not their addresses. A goroutine that is parked begins with the address in
//! `runtime.gopark`, the same for all. Between it and the first frame that is shown lie `selectgo` alone for a select, and
//! `chansend` or `chanrecv` with their wrapper for a channel. The wrappers are a few instructions long, so on amd64 their
//! call always ends at the same offset from their begin, which is aligned: 0x17 for `chansend1` and 0x12 for `chanrecv1`
//! and `chanrecv2` since the register ABI, 0x35 and 0x2b before (`runtime/chan.go`). Held against the protobuf form of the
//! same moment for Go 1.21 to 1.27, this is right for every record of our captures. On arm64 it is 0x18 and 0x14, as the
//! code of Go 1.21 to 1.27 shows for Linux and macOS (and for loong64), where on ppc64le it is 0x14 and 0x10. Where it does not
//! fit, as on other processors, nothing is said.

use std::collections::HashMap;

use crate::model::BlockedOn;

/// The hidden addresses of one record, leaf first, and whether the frames that are shown already tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden {
    pub(super) addresses: Vec<u64>,
    pub(super) shown_leaf: String,
    /// The address of the first frame that is shown; `None` if none is.
    pub(super) shown_at: Option<u64>,
}

/// More addresses than these lie hidden only where the runtime is at work for itself.
pub(super) const MOST: usize = 5;

/// What each record is blocked on, as far as its hidden addresses tell.
pub(super) fn infer(samples_with_details: &[Hidden]) -> Vec<Option<BlockedOn>> {
    let park = park_address(samples_with_details);
    let arm64 = is_arm64(samples_with_details, park);
    samples_with_details.iter().map(|sample_ref| one(sample_ref, park, arm64)).collect()
}

/// So many different addresses that are all multiples of four are no chance.
const ENOUGH: usize = 6;

/// Where programs of macOS begin, which run on no other processor with instructions of four bytes.
const MACOS: u64 = 1 << 32;

/// Whether the program runs on arm64: all addresses are multiples of four, and where a channel's wrapper can stand they are
/// those of such wrappers and not of another processor's.
fn is_arm64(samples_with_details: &[Hidden], park: Option<u64>) -> bool {
    // The text shows some addresses less one, so that they lie within the call.
    let shown = samples_with_details.iter().filter_map(|it| it.shown_at).map(|at| at + at % 2);
    let mut all: Vec<u64> =
        samples_with_details.iter().flat_map(|it| it.addresses.iter().copied()).chain(shown).collect();
    all.sort_unstable();
    all.dedup();
    if all.len() < ENOUGH || all.iter().any(|address| address % 4 != 0) {
        return false;
    }
    let wrappers =
        || samples_with_details.iter().filter_map(|sample_ref| wrapper(sample_ref, park)).map(|it| it % 16);
    let sends = wrappers().any(|rest| rest == 8) || all.first().is_some_and(|first| *first >= MACOS);
    sends && wrappers().all(|rest| matches!(rest, 4 | 8))
}

/// The address where the wrapper of a send or receive stands in a parked record, if it is one.
fn wrapper(sample_ref: &Hidden, park: Option<u64>) -> Option<u64> {
    let of_library = ["sync.", "internal/", "net.", "time.", "os."];
    match sample_ref.addresses.as_slice() {
        [first, _, wrapper] if park == Some(*first) => Some(*wrapper)
            .filter(|_| !of_library.iter().any(|package| sample_ref.shown_leaf.starts_with(package))),
        _ => None,
    }
}

/// The address that parked goroutines begin with: one that stands before a frame that always parks, or before several
/// different stacks.
fn park_address(samples_with_details: &[Hidden]) -> Option<u64> {
    let parks = |name: &str| {
        matches!(name, "internal/poll.runtime_pollWait" | "net.runtime_pollWait" | "time.Sleep")
            || name.starts_with("sync.runtime_")
            || name.starts_with("internal/sync.runtime_")
    };
    let sure =
        samples_with_details.iter().find(|it| parks(&it.shown_leaf)).and_then(|it| it.addresses.first());
    if sure.is_some() {
        return sure.copied();
    }
    let mut stacks: HashMap<u64, Vec<u64>> = HashMap::new();
    for sample_ref in samples_with_details {
        if let (Some(first), Some(shown)) = (sample_ref.addresses.first(), sample_ref.shown_at) {
            let places = stacks.entry(*first).or_default();
            if !places.contains(&shown) {
                places.push(shown);
            }
        }
    }
    let most = stacks.into_iter().max_by_key(|(address, places)| (places.len(), *address))?;
    (most.1.len() > 1).then_some(most.0)
}

fn one(sample_ref: &Hidden, park: Option<u64>, arm64: bool) -> Option<BlockedOn> {
    if sample_ref.shown_leaf.starts_with("reflect.") || sample_ref.shown_leaf.is_empty() {
        return None;
    }
    let parked = || match sample_ref.addresses.as_slice() {
        // Before Go 1.12 goparkunlock stood between; it lies right behind gopark.
        [gopark, unlock, _, _] => unlock.wrapping_sub(*gopark) < 0x200,
        addresses => park.is_some() && addresses.first().copied() == park,
    };
    match sample_ref.addresses.as_slice() {
        [_, _] if parked() => Some(BlockedOn::Select),
        [_, _, _] | [_, _, _, _] if arm64 => match wrapper(sample_ref, park)? % 16 {
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
        let sample_ref = |addresses: &[u64], leaf: &str| Hidden {
            addresses: addresses.to_vec(),
            shown_leaf: leaf.to_owned(),
            shown_at: Some(1),
        };
        let check = |addresses: &[u64], leaf: &str, expected: Option<BlockedOn>| {
            let others = [sample_ref(&[0x48b70a], "time.Sleep"), sample_ref(addresses, leaf)];
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
    }

    #[test]
    fn layouts_of_arm64() {
        let sample_ref = |base: u64, rest: &[u64], shown_at: u64| Hidden {
            addresses: [0xfa838].iter().chain(rest).map(|it| base + it).collect(),
            shown_leaf: "main.f".to_owned(),
            shown_at: Some(base + shown_at),
        };
        let check = |base: u64, wrappers: &[u64], expected: &[Option<BlockedOn>]| {
            let mut samples_with_details = vec![sample_ref(base, &[0x10c058], 0x16d693)];
            samples_with_details.extend(
                wrappers.iter().map(|wrapper| sample_ref(base, &[0xc2af4, *wrapper], 0x8db3b3 + wrapper)),
            );
            assert_eq!(infer(&samples_with_details)[1..], *expected, "{base:x} {wrappers:x?}");
        };
        let (send, receive) = (Some(BlockedOn::ChannelSend), Some(BlockedOn::ChannelReceive));
        check(MACOS, &[0xc26a4], &[receive]);
        check(MACOS, &[0xc26a8], &[send]);
        check(MACOS, &[0xc26b0], &[None]);
        check(0, &[0xc26a8, 0xc2714], &[send, receive]);
        // On ppc64le these would be a send, and a receive.
        check(0, &[0xc26a4, 0xc2714], &[None, None]);
        check(0, &[0xc26a4, 0xc2710], &[None, None]);
    }

    #[test]
    fn one_record_alone_does_not_say_what_parks() {
        let alone = [Hidden {
            addresses: vec![0x48b70a, 0x46a6f7],
            shown_leaf: "main.f".to_owned(),
            shown_at: Some(1),
        }];
        assert_eq!(infer(&alone), [None]);
    }
}
