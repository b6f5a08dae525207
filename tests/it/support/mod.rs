//! Shared by the tests: the captures and their truth, Go, and the binary.
#![expect(clippy::disallowed_methods, reason = "tests read the environment and files; the core does not")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

#[cfg(unix)]
pub(crate) mod faulty;
#[cfg(feature = "cli")]
pub(crate) mod json_schema;
pub(crate) mod little;
pub(crate) mod proto;
#[cfg(feature = "cli")]
pub(crate) mod recorder;
pub(crate) mod server;
#[expect(dead_code, reason = "the tests record, `tests/summary.rs` reads")]
pub(crate) mod skipped;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
#[cfg(feature = "cli")]
use std::process::Stdio;

use leakscope::Snapshot;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::group::By;
use leakscope::group::Dimension;
use leakscope::model::Profile;
use leakscope::pipeline;
use leakscope::report::GroupLine;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rules::RuleSet;
use leakscope::stacks::Filter;
use serde_json::Value;

/// The rules that come with leakscope.
pub(crate) static RULES: RuleSet = RuleSet::built_in();

/// A path below the repository.
pub(crate) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The folder that LEAKSCOPE_SHARED names: captures that are too many, or not ours, to be committed. If it is not set,
/// the test is recorded as skipped, and the answer is `None`.
#[track_caller]
pub(crate) fn shared() -> Option<PathBuf> {
    shared_or("LEAKSCOPE_SHARED names no folder of captures")
}

/// As `shared`, for a test that runs on fewer inputs without that folder.
#[track_caller]
pub(crate) fn shared_too() -> Option<PathBuf> {
    shared_or("LEAKSCOPE_SHARED names no folder of captures, so these ran on the inputs of testdata alone")
}

#[track_caller]
fn shared_or(reason: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LEAKSCOPE_SHARED").map(PathBuf::from);
    match &folder {
        None => skipped::record(reason),
        // A misspelt path must not look like success.
        Some(folder) => assert!(folder.is_dir(), "LEAKSCOPE_SHARED: {} is no folder", folder.display()),
    }
    folder
}

/// Whether a tool can be run. If not, the test is recorded as skipped.
#[cfg(feature = "cli")]
#[track_caller]
pub(crate) fn has_tool(name: &str) -> bool {
    let has = Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    if !has {
        skipped::record(&format!("there is no {name} on PATH"));
    }
    has
}

/// The `go` on PATH. If there is none, the test is recorded as skipped; with LEAKSCOPE_REQUIRE_GO=1 it fails.
#[track_caller]
pub(crate) fn go() -> Option<&'static str> {
    let answers = Command::new("go").arg("version").output().is_ok_and(|output| output.status.success());
    if answers {
        return Some("go");
    }
    skip_go("there is no go on PATH");
    None
}

/// Records why a test that needs Go is skipped; with LEAKSCOPE_REQUIRE_GO=1 it fails.
#[track_caller]
pub(crate) fn skip_go(why: &str) {
    skip("LEAKSCOPE_REQUIRE_GO", why);
}

/// Records why a test is skipped; fails if this variable is 1.
#[track_caller]
pub(crate) fn skip(variable: &str, why: &str) {
    let required = std::env::var_os(variable).is_some_and(|it| it == "1");
    assert!(!required, "{variable}=1, and {why}");
    skipped::record(why);
}

/// The file of a program on PATH; `None` if there is none.
#[cfg(feature = "cli")]
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Whether the test with the official client of the Model Context Protocol may not be skipped: LEAKSCOPE_REQUIRE_MCP=1.
#[cfg(feature = "cli")]
pub(crate) fn is_mcp_required() -> bool {
    std::env::var_os("LEAKSCOPE_REQUIRE_MCP").is_some_and(|it| it == "1")
}

/// A page without its colours.
pub(crate) fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    for (at, part) in text.split('\x1b').enumerate() {
        plain.push_str(if at == 0 { part } else { part.split_once('m').expect("a style ends in m").1 });
    }
    plain
}

/// Whether goldens are to be written anew.
pub(crate) fn is_writing() -> bool {
    std::env::var_os("LEAKSCOPE_WRITE").is_some_and(|it| it == "1")
}

/// The bytes of a file that has to be there.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A file of JSON that has to be there.
pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a folder holds, by name; nothing for a folder that is not there.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> =
        found.map(|entry| entry.expect("a folder that opens can be read").path()).collect();
    paths.sort();
    paths
}

/// The last part of a path, as text.
pub(crate) fn name(path: &Path) -> &str {
    path.file_name().and_then(|it| it.to_str()).expect("names of captures are text")
}

/// The capture folders of `testdata/programs`.
pub(crate) fn captures() -> Vec<PathBuf> {
    let cases = entries(&root("testdata/programs"));
    let captures: Vec<PathBuf> = cases
        .iter()
        .flat_map(|case| entries(case))
        .filter(|it| it.is_dir() && name(it).starts_with("go"))
        .collect();
    assert!(captures.len() > 20, "testdata/programs holds {} captures", captures.len());
    captures
}

/// The folders of a series, oldest first: they are named by numbers.
pub(crate) fn steps(folder: &Path) -> Vec<PathBuf> {
    let mut steps: Vec<(u32, PathBuf)> =
        entries(folder).into_iter().filter_map(|it| Some((name(&it).parse().ok()?, it))).collect();
    steps.sort();
    steps.into_iter().map(|(_, path)| path).collect()
}

/// The snapshot in a file.
pub(crate) fn profile(path: &Path) -> Profile {
    match decode(&read(path), &Limits::default()) {
        Ok(Decoded::Goroutines(profile)) => profile,
        Ok(Decoded::Heap(_)) => panic!("{}: a heap profile", path.display()),
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// The whole report on files, each a snapshot, oldest first.
pub(crate) fn report(files: &[PathBuf], by: Dimension) -> Report {
    let snapshots = files.iter().map(|path| {
        Snapshot::from_bytes(path.display().to_string(), read(path))
            .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()))
    });
    let by = By { dimensions: vec![by], ..By::default() };
    pipeline::run(snapshots, &by, &Filter::default(), &RULES, &Options { limit: 0, ..Options::default() })
}

/// The report of `leakscope top FILE --limit 0`.
pub(crate) fn top(file: &Path) -> Report {
    report(&[file.to_path_buf()], Dimension::Stack)
}

/// A function's name without the escapes that Go's linker writes, so that truth and report can be compared.
pub(crate) fn unescaped(name: &str) -> String {
    name.replace("%2e", ".")
}

/// Whether a frame of the group is of this function.
pub(crate) fn holds(group: &GroupLine, function: &str) -> bool {
    let function = unescaped(function);
    group.stack.iter().any(|frame| unescaped(&frame.function) == function)
}

/// Runs the binary to its end.
#[cfg(feature = "cli")]
pub(crate) fn leakscope<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("the binary is built for this test")
}

/// The JSON document on an output; the output must be that of success.
pub(crate) fn document(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("no JSON: {error}: {said}"))
}

/// Arguments of `fetch` for one request and nothing beside it.
pub(crate) const COUNTS_ONLY: [&str; 8] =
    ["--retries", "0", "--tracebacks", "never", "--heap", "never", "--leaks", "never"];
