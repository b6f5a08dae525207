//! Makes `src/engine/decode/pprof/wire.rs` from `proto/profile.proto`: `cargo run` here writes it, `cargo run -- --check` fails
//! if the committed file differs.

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is below proto");
    let target = proto.join("../src/engine/decode/pprof/wire.rs");
    let made = wire(proto)?;
    if !std::env::args().any(|it| it == "--check") {
        return Ok(fs::write(target, made)?);
    }
    match fs::read_to_string(target)? == made {
        true => Ok(()),
        false => {
            Err("src/engine/decode/pprof/wire.rs is not what proto/profile.proto makes: run proto/generate".into())
        }
    }
}

fn wire(proto: &Path) -> Result<String, Box<dyn Error>> {
    let files = protox::compile(["profile.proto"], [proto])?;
    let mut config = prost_build::Config::new();
    // Profiles are walked field by field; only tests make whole ones.
    config.type_attribute("leakscope.pprof.Profile", "#[cfg(test)]");
    let out = std::env::temp_dir().join(format!("leakscope-made-{}", std::process::id()));
    fs::create_dir_all(&out)?;
    config.out_dir(&out);
    config.compile_fds(files)?;
    let code = fs::read_to_string(out.join("leakscope.pprof.rs"))?;
    fs::remove_dir_all(&out)?;
    let sum = checksum(&fs::read(proto.join("profile.proto"))?);
    Ok(format!(
        "// Made from proto/profile.proto (FNV-1a {sum:016x}) by proto/generate. Do not edit.\n\n{code}"
    ))
}

/// FNV-1a. `tests/it/made.rs` compares it with that of the file, and needs no protobuf compiler for that.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
