#![no_main]

#[path = "../entries.rs"]
#[expect(dead_code, reason = "each target uses one entry")]
mod entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::unpack(data));
