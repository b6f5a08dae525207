//! Unpacks files and does nothing with them: `cargo run --profile dist --features bench --example
//! inflate_alone FILE...`.

use std::fs;
use std::io::Read as _;

use flate2::read::GzDecoder;

#[expect(clippy::disallowed_methods, reason = "the core reads no files; this is none of it")]
fn main() -> std::io::Result<()> {
    let mut all = Vec::new();
    for path in std::env::args_os().skip(1) {
        all.clear();
        GzDecoder::new(fs::read(path)?.as_slice()).read_to_end(&mut all)?;
    }
    Ok(())
}
