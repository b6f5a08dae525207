//! Arrows between the folders of `src/` point one way, and so do those between files; no file is too long.
//!
//! The table in ARCHITECTURE.md is made from `LAYERS` by `LEAKSCOPE_WRITE=1 cargo test --test it layers::`.

mod imports;

use std::path::Path;
use std::path::PathBuf;

use crate::support;

/// The folder of the crate that is compiled for speed. Its layers are the lowest ones.
const ENGINE: &str = "engine";

/// A folder or a file of `src/`, or of `src/engine/`.
struct Layer {
    /// Its name, without an ending.
    name: &'static str,
    /// What it does, for the table in ARCHITECTURE.md.
    does: &'static str,
    /// What it may use beside itself.
    may: &'static [&'static str],
}

const LAYERS: &[Layer] = &[
    Layer { name: "switches", does: "switches of the mechanisms for speed, for benches", may: &[] },
    Layer {
        name: "storage",
        does: "compact containers: interners, arena, varints, prefix cursor; knows no Go",
        may: &["switches"],
    },
    Layer { name: "text", does: "what may be printed: escaping, masking, plurals, units", may: &[] },
    Layer { name: "sort", does: "sorting of short lists, compiled once", may: &[] },
    Layer { name: "parallel", does: "work on several cores, in order", may: &["switches"] },
    Layer {
        name: "model",
        does: "the words: snapshot, profile, sample, stack, state",
        may: &["storage", "text"],
    },
    Layer {
        name: "golang",
        does: "what is known of Go: names, wait reasons, frames of the runtime",
        may: &["model"],
    },
    Layer {
        name: "decode",
        does: "bytes to `Profile` or `HeapProfile`, one file or folder for each form",
        may: &["switches", "storage", "text", "parallel", "model", "golang"],
    },
    Layer {
        name: "stacks",
        does: "what one stack says by itself: key, site, entry, wait; frame filters",
        may: &["switches", "storage", "model", "golang"],
    },
    Layer {
        name: "group",
        does: "a snapshot to groups: keys, facts, labels",
        may: &["storage", "model", "golang", "stacks"],
    },
    Layer {
        name: "series",
        does: "groups × snapshots: rows, columns, growth",
        may: &["switches", "storage", "text", "parallel", "model", "golang", "stacks", "group"],
    },
    Layer {
        name: "input",
        does: "the files or answers of one snapshot to a `Snapshot`",
        may: &["text", "parallel", "model", "decode"],
    },
    Layer {
        name: "rules",
        does: "the knowledge as TOML, each rule with its examples",
        may: &["sort", "text"],
    },
    Layer {
        name: "diagnose",
        does: "rows and rules to findings: evidence, cause, heap held, forecast",
        may: &["sort", "text", "model", "golang", "stacks", "group", "series", "rules"],
    },
    Layer { name: "syntax", does: "Go source text to a flat table of nodes; knows the parser", may: &[] },
    Layer {
        name: "code",
        does: "Go packages: scopes, functions, closures, objects such as channels and locks, paths",
        may: &["sort", "golang", "syntax"],
    },
    Layer {
        name: "libraries",
        does: "what ends the waits of libraries: a table made from their sources by `learn`",
        may: &["sort", "model", "golang"],
    },
    Layer {
        name: "confirm",
        does: "findings and source to verdicts: who holds the lock, what would wake them",
        may: &[
            "sort",
            "text",
            "model",
            "golang",
            "stacks",
            "group",
            "series",
            "rules",
            "diagnose",
            "syntax",
            "code",
            "libraries",
        ],
    },
    Layer {
        name: "patch",
        does: "confirmed verdicts to edits and diffs, each checked again",
        may: &["sort", "model", "golang", "diagnose", "syntax", "code", "confirm"],
    },
    Layer {
        name: "gate",
        does: "findings and policy to a verdict; baseline, limits",
        may: &["sort", "text", "model", "golang", "stacks", "group", "series", "rules", "diagnose"],
    },
    Layer {
        name: "report",
        does: "everything that is shown, in order, in one value",
        may: &["sort", "text", "model", "golang", "stacks", "group", "series", "rules", "diagnose", "gate"],
    },
    Layer {
        name: "render",
        does: "a report to an output format, one file or folder for each; sees only the report",
        may: &["sort", "text", "model", "golang", "stacks", "series", "rules", "diagnose", "gate", "report"],
    },
    Layer {
        name: "source",
        does: "files, Go source, capture folders, HTTP: the only door to the outside",
        may: &["text", "parallel", "golang", "code"],
    },
    Layer {
        name: "fleet",
        does: "many services: target lists, who is asked and when, a snapshot to what a store keeps, owners",
        may: &["text", "model", "stacks", "group", "series", "rules", "diagnose"],
    },
    Layer {
        name: "store",
        does: "what sweeps saw, in a file of SQLite or tables of ClickHouse, and questions about it; a door to one file",
        may: &["varint", "text", "stacks", "fleet"],
    },
    Layer {
        name: "pipeline",
        does: "snapshots to a report: the whole pipeline on one screen",
        may: &[
            "model", "stacks", "group", "series", "rules", "diagnose", "code", "confirm", "patch", "gate",
            "report",
        ],
    },
    Layer {
        name: "analyze",
        does: "the public face: read snapshots, run an analysis",
        may: &[
            "model", "decode", "stacks", "group", "series", "rules", "diagnose", "gate", "report", "source",
            "input", "pipeline",
        ],
    },
    Layer {
        name: "rule_check",
        does: "checks a rule against its own examples",
        may: &["model", "decode", "stacks", "group", "series", "rules", "diagnose"],
    },
    Layer {
        name: "learn",
        does: "sources to facts about waits, for the generator of the table of `libraries`",
        may: &["model", "code", "confirm"],
    },
    Layer { name: "lib", does: "the front page: what is public", may: &[] },
    // A crate of its own: it names the library as `leakscope`, so its own `crate::` says nothing of these.
    Layer { name: "bin", does: "arguments, terminal, exit codes", may: &[] },
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
    let allowed = LAYERS.iter().find(|it| it.name == layer).map(|it| it.may);
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
    if layer != "lib" && code.contains("leakscope_engine::") {
        breaches.push(
            "src/lib.rs imports the engine; other files name its modules as those of this crate".to_owned(),
        );
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
        let first = path.strip_prefix(ENGINE).unwrap_or(path).components().next();
        let first = first.expect("a file has a name").as_os_str();
        let layer =
            Path::new(first).file_stem().and_then(|it| it.to_str()).expect("names of modules are text");
        let text = String::from_utf8(support::read(&file)).expect("Rust is UTF-8");
        for (line, number) in text.lines().zip(1..) {
            let here = breaches(layer, line);
            found.extend(here.iter().map(|breach| format!("src/{}:{number}: {breach}", path.display())));
            // A folder without a row is reported once.
            if !here.is_empty() && !LAYERS.iter().any(|it| it.name == layer) {
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
    check("group", "    crate::render::render(name)", &["group must not use render"]);
    check("model", "use crate::{facts, group};", &["one path a use line, no braces after crate::"]);
    check("model", "/// As in `crate::render`.", &[]);
    check("report", "use anyhow::Context;", &["anyhow belongs to the command line, not to report"]);
    check("bin", "use anyhow::Context;", &[]);
    let through_lib = "src/lib.rs imports the engine; other files name its modules as those of this crate";
    check("report", "use leakscope_engine::model::Frame;", &[through_lib]);
    check("new", "use crate::model::Frame;", &["new has no row in tests/it/layers.rs"]);
}

/// The lines before and after the table in ARCHITECTURE.md.
const MARKERS: [&str; 2] =
    ["<!-- layers: made by LEAKSCOPE_WRITE=1 cargo test --test it layers:: -->\n", "<!-- end of layers -->"];

fn table() -> String {
    let source = support::root("src");
    let shown = |name: &str| {
        let file = format!("{name}.rs");
        let places = [name, &file].into_iter();
        let place = |below: &str| {
            let at = |place: &&str| source.join(below).join(place).exists();
            places.clone().find(at).map(|it| Path::new(below).join(it))
        };
        match name {
            "lib" => "`lib.rs`".to_owned(),
            "bin" => "`bin/leakscope`".to_owned(),
            _ => {
                let path = place(ENGINE).or_else(|| place("")).expect("a layer has a file or a folder");
                format!("`{}`", path.display())
            }
        }
    };
    let rows = LAYERS.iter().map(|Layer { name, does, may }| {
        let may = match *name {
            "lib" => "everything".to_owned(),
            "bin" => "the library's public face".to_owned(),
            _ if may.is_empty() => "nothing".to_owned(),
            _ => may.join(", "),
        };
        format!("| {} | {does} | {may} |\n", shown(name))
    });
    format!("\n| folder | does | may use |\n|---|---|---|\n{}\n", rows.collect::<String>())
}

#[test]
fn architecture_shows_the_layers() {
    let path = support::root("ARCHITECTURE.md");
    let text = String::from_utf8(support::read(&path)).expect("the page is UTF-8");
    let (before, rest) = text.split_once(MARKERS[0]).expect("the table has a mark before it");
    let (shown, after) = rest.split_once(MARKERS[1]).expect("the table has a mark after it");
    if support::is_writing() {
        let text = format!("{before}{}{}{}{after}", MARKERS[0], table(), MARKERS[1]);
        std::fs::write(path, text).expect("the repository can be written");
        return;
    }
    assert_eq!(shown, table(), "LEAKSCOPE_WRITE=1 cargo test --test it layers:: writes the table");
}

#[test]
fn files_import_each_other_one_way() {
    let source = support::root("src");
    let mut cycles = imports::cycles(&source, &source);
    cycles.extend(imports::cycles(&source.join(ENGINE), &source));
    cycles.extend(imports::cycles(&source.join("bin/leakscope"), &source));
    // A type that a `mod.rs` defines and its own parts use makes a cycle, too: it belongs to a file of its own.
    assert!(cycles.is_empty(), "{} cycles:\n{}", cycles.len(), cycles.join("\n"));
}

/// A file has at most this many lines.
const MAX_LINES: usize = 400;

#[test]
fn files_are_short() {
    let source = support::root("src");
    let mut faults = Vec::new();
    for file in rust_files(&source) {
        let text = String::from_utf8(support::read(&file)).expect("Rust is UTF-8");
        let path = file.strip_prefix(&source).expect("it was found below src").to_str().expect("it is text");
        let is_generated = text.lines().next().is_some_and(|it| it.ends_with("Do not edit."));
        let lines = text.lines().count();
        if lines > MAX_LINES && !is_generated {
            faults.push(format!("src/{path} has {lines} lines, more than {MAX_LINES}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
