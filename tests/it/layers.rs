//! Arrows between the folders of `src/` point one way: see ARCHITECTURE.md.

use std::path::Path;
use std::path::PathBuf;

use crate::support;

/// A folder (or file) of `src/`, and what it may name beside itself.
const LAYERS: [(&str, &[&str]); 16] = [
    ("lib", &[]),
    ("model", &[]),
    ("heap", &[]),
    ("parallel", &["heap"]),
    ("source", &["parallel"]),
    ("facts", &["model"]),
    ("decode", &["model", "parallel"]),
    ("group", &["model", "facts", "parallel"]),
    ("series", &["model", "group", "parallel"]),
    ("rules", &[]),
    ("gate", &["model", "group", "series", "rules", "diagnose"]),
    ("diagnose", &["model", "facts", "group", "series", "rules"]),
    ("report", &["model", "facts", "group", "series", "rules", "diagnose", "gate"]),
    ("render", &["model", "series", "rules", "diagnose", "gate", "report"]),
    (
        "pipeline",
        &["model", "parallel", "facts", "decode", "group", "series", "rules", "diagnose", "gate", "report"],
    ),
    // A crate of its own: it names the library as `leakscope`, so its own `crate::` says nothing of these.
    ("bin", &[]),
];

/// Packages of the command line alone.
const COMMAND_LINE: [&str; 2] = ["clap", "anyhow"];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) = support::entries(folder).into_iter().partition(|it| it.is_dir());
    let files = files.into_iter().filter(|it| it.extension().is_some_and(|it| it == "rs"));
    files.chain(folders.iter().flat_map(|folder| rust_files(folder))).collect()
}

/// What a line of a layer's file names that it must not.
fn breaches(layer: &str, line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or(line);
    let allowed = LAYERS.iter().find(|(name, _)| *name == layer).map(|(_, allowed)| *allowed);
    let Some(allowed) = allowed else { return vec![format!("{layer} has no row in tests/it/layers.rs")] };
    if layer == "bin" {
        return Vec::new();
    }
    let mut breaches = Vec::new();
    for (_, after) in code.match_indices("crate::").map(|(at, path)| code.split_at(at + path.len())) {
        let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        match name {
            "" => breaches.push("one path a use line, no braces after crate::".to_owned()),
            name if name != layer && !allowed.contains(&name) => {
                breaches.push(format!("{layer} must not use {name}"))
            }
            _ => {}
        }
    }
    for package in COMMAND_LINE {
        if code.contains(&format!("{package}::")) || code.trim() == format!("use {package};") {
            breaches.push(format!("{package} belongs to the command line, not to {layer}"));
        }
    }
    breaches
}

#[test]
fn arrows_point_one_way() {
    let source = support::root("src");
    let files = rust_files(&source);
    assert!(files.len() > 50, "only {} files below src", files.len());
    let mut found = Vec::new();
    for file in files {
        let path = file.strip_prefix(&source).expect("it was found below src");
        let first = path.components().next().expect("a file has a name").as_os_str();
        let layer =
            Path::new(first).file_stem().and_then(|it| it.to_str()).expect("names of modules are text");
        let text = String::from_utf8(support::read(&file)).expect("Rust is UTF-8");
        for (line, number) in text.lines().zip(1..) {
            let here = breaches(layer, line);
            found.extend(here.iter().map(|breach| format!("src/{}:{number}: {breach}", path.display())));
            // A folder without a row is told once.
            if !here.is_empty() && !LAYERS.iter().any(|(name, _)| *name == layer) {
                break;
            }
        }
    }
    assert!(found.is_empty(), "{} arrows point the wrong way:\n{}", found.len(), found.join("\n"));
}

#[test]
fn breaches_are_seen() {
    let check =
        |layer: &str, line: &str, expected: &[&str]| assert_eq!(breaches(layer, line), expected, "{line}");
    check("group", "use crate::model::Frame;", &[]);
    check("group", "use crate::group::By;", &[]);
    check("group", "    crate::text::escape(name)", &["group must not use render"]);
    check("model", "use crate::{facts, group};", &["one path a use line, no braces after crate::"]);
    check("model", "/// As in `crate::render`.", &[]);
    check("report", "use anyhow::Context;", &["anyhow belongs to the command line, not to report"]);
    check("bin", "use anyhow::Context;", &[]);
    check("new", "use crate::model::Frame;", &["new has no row in tests/it/layers.rs"]);
}
