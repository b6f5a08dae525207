//! What is generated is committed, and current. `LEAKSCOPE_WRITE=1 cargo test --test made` writes it anew.
#![expect(clippy::disallowed_methods, reason = "the environment says whether to write")]

use std::fs;
use std::path::Path;

use leakscope::rules::BUILT_IN;

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
        "// Made from proto/profile.proto by `LEAKSCOPE_WRITE=1 cargo test --test made`. Do not edit.\n\n";
    format!("{head}{code}")
}

/// Makes `built_in.json`, which is read at each start, from the rules as they are written: without their proofs, the most
/// particular first, one a line.
fn rules() -> String {
    let table = |text: &str| text.parse::<toml::Table>().expect("rules are TOML");
    let mut rules: Vec<toml::Table> = BUILT_IN.iter().map(|(_, text)| table(text)).collect();
    let order = |rule: &toml::Table| {
        let priority = rule.get("priority").and_then(toml::Value::as_integer).expect("a rule has a priority");
        (std::cmp::Reverse(priority), rule.get("id").and_then(toml::Value::as_str).map(str::to_owned))
    };
    rules.sort_by_key(order);
    for rule in &mut rules {
        for proof in ["fires", "stays_quiet"] {
            rule.insert(proof.to_owned(), toml::Value::Array(Vec::new()));
        }
    }
    let mut benign = table(include_str!("../src/rules/benign.toml"));
    let benign = benign.remove("benign").and_then(|it| it.as_array().cloned()).expect("a list");
    let line = |it: String| format!("  {it}");
    let rules: Vec<String> =
        rules.iter().map(|it| line(serde_json::to_string(it).expect("plain values"))).collect();
    let benign: Vec<String> =
        benign.iter().map(|it| line(serde_json::to_string(it).expect("plain values"))).collect();
    format!(
        "{{\"made\": \"from the files beside it, by LEAKSCOPE_WRITE=1 cargo test --test made\",\n\"rules\": [\n{}\n],\n\"benign\": [\n{}\n]}}\n",
        rules.join(",\n"),
        benign.join(",\n")
    )
}

#[test]
fn wire_is_current() {
    is_current("src/decode/pprof/wire.rs", &wire());
}

#[test]
fn rules_are_current() {
    is_current("src/rules/built_in.json", &rules());
}

fn is_current(path: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("LEAKSCOPE_WRITE").is_some() {
        fs::write(&path, made).expect("it can be written");
    }
    let committed = fs::read_to_string(&path).expect("it is there");
    assert!(committed == made, "{} is not what its source makes", path.display());
}
