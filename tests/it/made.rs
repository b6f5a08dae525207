//! What is generated is committed, and current. `LEAKSCOPE_WRITE=1 cargo test --test it made` writes it anew.
#![expect(clippy::disallowed_methods, reason = "the environment says whether to write")]

use std::fs;
use std::path::Path;

/// Makes `wire.rs` from `proto/profile.proto` with a compiler written in Rust; no protoc is needed.
fn wire() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = protox::compile(["profile.proto"], [root.join("proto")]).expect("profile.proto compiles");
    let mut config = prost_build::Config::new();
    // Profiles are walked field by field; only tests make whole ones.
    config.type_attribute("leakscope.pprof.Profile", "#[cfg(test)]");
    config.type_attribute("leakscope.pprof.Sample", "#[cfg(test)]");
    let out = std::env::temp_dir().join(format!("leakscope-made-{}", std::process::id()));
    fs::create_dir_all(&out).expect("a folder in the temporary folder");
    config.out_dir(&out);
    config.compile_fds(files).expect("prost makes code");
    let code = fs::read_to_string(out.join("leakscope.pprof.rs")).expect("prost wrote the package");
    fs::remove_dir_all(&out).expect("the folder was ours");
    let head =
        "// Made from proto/profile.proto by `LEAKSCOPE_WRITE=1 cargo test --test it made`. Do not edit.\n\n";
    format!("{head}{code}")
}

#[test]
fn wire_is_current() {
    is_current("src/decode/pprof/wire.rs", &wire());
}

fn is_current(path: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("LEAKSCOPE_WRITE").is_some() {
        fs::write(&path, made).expect("it can be written");
    }
    let committed = fs::read_to_string(&path).expect("it is there");
    assert!(committed == made, "{} is not what its source makes", path.display());
}
