//! Completion in a shell: the script of the shell runs leakscope again, which prints what may follow.
//!
//! clap_complete knows commands, options and their values. Here is what it cannot know: rules, dimensions of `--by`, and the
//! fingerprints of the inputs that are already on the command line.

use std::env;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use clap::Command;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::CompleteEnv;
use leakscope::Analysis;
use leakscope::ReadSnapshot;
use leakscope::Snapshot;
use leakscope::group::Dimension;
use leakscope::report::GroupLine;
use leakscope::rules::BUILT_IN;
use leakscope::text::escape;

/// The variable that asks for completions. It names the shell.
pub(crate) const VARIABLE: &str = "LEAKSCOPE_COMPLETE";

/// Prints completions and ends the process, if the shell asks for them.
#[expect(clippy::disallowed_methods, reason = "the shell asks with a variable")]
pub(crate) fn answer(definition: fn() -> Command) {
    if env::var_os(VARIABLE).is_some() {
        CompleteEnv::with_factory(definition).var(VARIABLE).complete();
    }
}

/// The built-in rules.
pub(crate) fn rules(current: &OsStr) -> Vec<CompletionCandidate> {
    starting_with(current, BUILT_IN.iter().map(|(id, _)| CompletionCandidate::new(*id)))
}

/// The dimensions of `--by`.
pub(crate) fn dimensions(current: &OsStr) -> Vec<CompletionCandidate> {
    starting_with(current, Dimension::names().chain(["label:"]).map(CompletionCandidate::new))
}

/// The fingerprints of the groups in the inputs on the command line, each with its count and its place.
pub(crate) fn fingerprints(current: &OsStr) -> Vec<CompletionCandidate> {
    let arguments = env::args_os().skip_while(|it| it != "--").skip(3);
    let snapshots = read(arguments).unwrap_or_default();
    if snapshots.is_empty() {
        return Vec::new();
    }
    let report = Analysis::default().max_groups(MAX_GROUPS).run(snapshots);
    let now = report.groups.iter().filter(|group| group.counts.last().is_some_and(|count| *count > 0));
    starting_with(current, now.map(candidate))
}

/// The most fingerprints that are offered.
const MAX_GROUPS: usize = 64;

/// The most bytes that are read to offer fingerprints: a shell waits for them.
const MAX_INPUT: u64 = 8 << 20;

/// The most entries of a folder that are looked at.
const MAX_ENTRIES: usize = 4096;

fn candidate(group: &GroupLine) -> CompletionCandidate {
    let count = group.counts.last().copied().unwrap_or_default();
    let place = group.name.as_ref().map_or_else(String::new, |frame| frame.function.clone());
    let help = format!("{count} × {}", escape(&place));
    CompletionCandidate::new(group.fingerprint.get(..8).unwrap_or(&group.fingerprint)).help(Some(help.into()))
}

/// Decodes the arguments that are paths; `None` if there is none, or one that cannot be read quickly.
fn read(arguments: impl Iterator<Item = OsString>) -> Option<Vec<Snapshot>> {
    let paths: Vec<PathBuf> = arguments.map(PathBuf::from).filter(|it| is_input(it)).collect();
    let size: u64 = paths.iter().map(|path| size(path, 2)).sum();
    if paths.is_empty() || size > MAX_INPUT {
        return None;
    }
    let mut snapshots = Vec::new();
    for path in &paths {
        if path.is_dir() {
            snapshots.extend(Snapshot::read_series(path).ok()?);
        } else {
            snapshots.push(Snapshot::read(path).ok()?);
        }
    }
    Some(snapshots)
}

/// Whether an argument may be an input: a file, or a folder that is not the value of an option such as `--source`.
fn is_input(path: &Path) -> bool {
    let is_option = path.as_os_str().as_encoded_bytes().starts_with(b"-");
    !is_option && path.exists()
}

/// The size in bytes of a file, or of the files in a folder of captures, which is two folders deep.
fn size(path: &Path, depth: usize) -> u64 {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(_) if depth > 0 => {
            let entries = fs::read_dir(path).into_iter().flatten().take(MAX_ENTRIES).flatten();
            entries.map(|entry| size(&entry.path(), depth - 1)).sum()
        }
        // Not a folder of captures.
        Ok(_) => MAX_INPUT + 1,
        Err(_) => 0,
    }
}

fn starting_with(
    current: &OsStr,
    candidates: impl Iterator<Item = CompletionCandidate>,
) -> Vec<CompletionCandidate> {
    let current = current.as_encoded_bytes();
    candidates.filter(|it| it.get_value().as_encoded_bytes().starts_with(current)).collect()
}
