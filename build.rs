//! Finds what `leakscope --version` says beside the version: the commit and the features.
#![expect(clippy::disallowed_methods, reason = "a build script reads its environment")]

use std::env;
use std::fs;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LEAKSCOPE_COMMIT");
    let commit = commit().unwrap_or_else(|| "unknown commit".to_owned());
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=LEAKSCOPE_BUILD_COMMIT={commit}");
    println!("cargo::rustc-env=LEAKSCOPE_BUILD_TARGET={target}");
    println!("cargo::rustc-env=LEAKSCOPE_BUILD_FEATURES={}", features().join(" "));
}

/// The commit: as the release script says, as `cargo package` recorded it, or as git knows it.
fn commit() -> Option<String> {
    if let Ok(commit) = env::var("LEAKSCOPE_COMMIT") {
        return Some(short(&commit));
    }
    if let Ok(info) = fs::read_to_string(".cargo_vcs_info.json") {
        let (_, after) = info.split_once("\"sha1\": \"")?;
        return after.split_once('"').map(|(commit, _)| short(commit));
    }
    // A test would be built again after each commit.
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        return Some("a development build".to_owned());
    }
    // The commit changes when this file does.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={log}");
    git(&["rev-parse", "HEAD"]).map(|commit| short(&commit))
}

fn short(commit: &str) -> String {
    commit.chars().filter(char::is_ascii_alphanumeric).take(12).collect()
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|it| it.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// The features that Cargo.toml names, in their order of the alphabet.
fn features() -> Vec<String> {
    const NOT_SHOWN: [&str; 2] = ["default", "bench"];
    let set = env::vars().filter_map(|(name, _)| Some(name.strip_prefix("CARGO_FEATURE_")?.to_owned()));
    let mut features: Vec<String> = set.map(|it| it.to_lowercase().replace('_', "-")).collect();
    features.retain(|it| !NOT_SHOWN.contains(&it.as_str()));
    features.sort();
    features
}
