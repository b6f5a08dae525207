//! `src/decode/pprof/wire.rs` is of the committed `proto/profile.proto`.
//!
//! The whole of it is compared by `proto/generate`, which `.ci/run` runs: a protobuf compiler would be a sixth of the
//! build time of the tests.

use crate::support;

#[test]
fn wire_is_of_this_proto() {
    let proto = support::read(&support::root("proto/profile.proto"));
    let wire =
        String::from_utf8(support::read(&support::root("src/decode/pprof/wire.rs"))).expect("Rust is UTF-8");
    // FNV-1a, as `proto/generate` writes it.
    let sum = proto
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    assert!(
        wire.lines().next().is_some_and(|it| it.contains(&format!("{sum:016x}"))),
        "wire.rs is of another profile.proto: cargo run --manifest-path proto/generate/Cargo.toml"
    );
}
