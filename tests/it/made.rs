//! What is made from other files is of those files.
//!
//! `src/engine/decode/pprof/wire.rs` is of the committed `proto/profile.proto`. The whole of it is compared by `proto/generate`, which `.ci/run` runs: a protobuf compiler would be a sixth of the
//! build time of the tests.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support;

#[test]
fn wire_is_of_this_proto() {
    let proto = support::read(&support::root("proto/profile.proto"));
    let wire = String::from_utf8(support::read(&support::root("src/engine/decode/pprof/wire.rs")))
        .expect("Rust is UTF-8");
    // FNV-1a, as `proto/generate` writes it.
    let sum = proto
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    assert!(
        wire.lines().next().is_some_and(|it| it.contains(&format!("{sum:016x}"))),
        "wire.rs is of another profile.proto: cargo run --manifest-path proto/generate/Cargo.toml"
    );
}

/// The content security policy of the page allows its style and its script by these hashes: with others a browser refuses both.
#[test]
fn hashes_are_of_this_style_and_script() {
    let folder = "src/render/html";
    let hash = |files: &[&str]| {
        let bytes: Vec<u8> =
            files.iter().flat_map(|it| support::read(&support::root(&format!("{folder}/{it}")))).collect();
        STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, &bytes))
    };
    let script = hash(&["script/base.js", "script/table.js", "script/map.js", "script/keys.js"]);
    let (style, fleet) = (hash(&["page.css"]), hash(&["script/fleet.js"]));
    let expected = format!(
        "// Made by `LEAKSCOPE_WRITE=1 cargo test --test it made::`. Do not edit.\n\n\
         /// SHA-256 of the script of the page, in base64.\n\
         pub(super) const SCRIPT: &str = \"{script}\";\n\n\
         /// SHA-256 of the script of the page of a fleet, in base64.\n\
         #[cfg(feature = \"fleet\")]\n\
         pub(super) const FLEET_SCRIPT: &str = \"{fleet}\";\n\n\
         /// SHA-256 of the style of the page, in base64.\n\
         pub(super) const STYLE: &str = \"{style}\";\n"
    );
    let path = support::root(&format!("{folder}/hashes.rs"));
    if support::is_writing() {
        fs::write(&path, &expected).expect("the repository can be written");
    }
    let hashes = String::from_utf8(support::read(&path)).expect("Rust is UTF-8");
    assert_eq!(hashes, expected, "LEAKSCOPE_WRITE=1 cargo test --test it made::");
}
