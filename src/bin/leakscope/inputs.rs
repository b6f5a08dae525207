//! Arguments to inputs: paths read, options made.

use std::path::Path;

use leakscope::decode::DecodeError;
use leakscope::decode::Limits;
use leakscope::group::By;
use leakscope::group::Dimension;
use leakscope::input::Content;
use leakscope::input::Input;
use leakscope::input::InputError;
use leakscope::input::SnapshotInput;
use leakscope::input::read_snapshot;
use leakscope::input::read_snapshots;
use leakscope::model::Snapshot;
use leakscope::report::FrameLine;
use leakscope::report::Report;
use leakscope::rules::Rule;
use leakscope::rules::RuleSet;
use leakscope::source::CaptureEntry;
use leakscope::source::SourceError;
use leakscope::source::excerpt;
use leakscope::source::list_folder;
use leakscope::source::modules_below;
use leakscope::source::nearest_module;
use leakscope::source::of_reader;
use leakscope::source::open_input;
use leakscope::source::read_input;
use leakscope::stacks::Filter;
use leakscope::stacks::FilterPatterns;
use leakscope::stacks::Granularity;

use super::args::FilterArgs;
use super::args::GranularityName;
use super::args::LimitArgs;
use super::args::ReportArgs;
use super::exit_code::Failure;

/// What a report is made by, checked.
pub(crate) struct Plan {
    pub(crate) by: By,
    pub(crate) filter: Filter,
    pub(crate) limits: Limits,
    pub(crate) rules: RuleSet,
}

impl Plan {
    pub(crate) fn new(args: &ReportArgs) -> Result<Self, Failure> {
        let mut dimensions = Vec::new();
        for word in &args.by {
            let Some(dimension) = Dimension::parse(word) else {
                let known = "stack, function, package, site, entry, spawn, state or label:KEY";
                return Err(Failure::usage(anyhow::anyhow!("--by {word}: it must be {known}")));
            };
            if !dimensions.contains(&dimension) {
                dimensions.push(dimension);
            }
        }
        let granularity = match args.granularity {
            GranularityName::Functions => Granularity::Functions,
            GranularityName::Lines => Granularity::Lines,
            GranularityName::Files => Granularity::Files,
        };
        let filter = Filter::new(&patterns(&args.filters)).map_err(Failure::usage)?;
        Ok(Plan {
            by: By { dimensions, granularity, module: args.module.clone() },
            filter,
            limits: limits(&args.limits),
            rules: rules(&args.rules)?,
        })
    }
}

/// The rules that come with leakscope, and those of the user's files.
pub(crate) fn rules(paths: &[std::path::PathBuf]) -> Result<RuleSet, Failure> {
    with_rules(RuleSet::built_in(), paths)
}

/// Rules, and those of the user's files.
pub(crate) fn with_rules(mut rules: RuleSet, paths: &[std::path::PathBuf]) -> Result<RuleSet, Failure> {
    for path in paths {
        let bytes = read_input(path, MAX_RULES).map_err(source)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage(anyhow::anyhow!("{}: no UTF-8", name(path))))?;
        rules.extend(Rule::parse_file(&name(path), &text).map_err(Failure::usage)?);
    }
    Ok(rules)
}

/// Bytes of a file of rules.
const MAX_RULES: u64 = 1 << 20;

/// Lines around a position that a report shows.
const AROUND: u32 = 1;

/// Lays source beside the findings: from the folder that was named, or from the nearest module if it is the program's.
pub(crate) fn add_source(report: &mut Report, named: Option<&Path>) -> Result<(), Failure> {
    let root = match named {
        Some(folder) if !folder.is_dir() => {
            return Err(Failure::usage(anyhow::anyhow!("--source {}: no such folder", name(folder))));
        }
        Some(folder) => folder.to_owned(),
        None => {
            let here = std::env::current_dir().ok();
            let Some((folder, module)) = here.as_deref().and_then(nearest_module) else { return Ok(()) };
            let ours =
                |frame: &FrameLine| frame.function.starts_with(&module) || frame.file.starts_with(&module);
            let leads = report.findings.iter().flat_map(|finding| &finding.lead.stack);
            if !leads.into_iter().any(ours) {
                return Ok(());
            }
            folder
        }
    };
    if report.findings.is_empty() {
        return Ok(());
    }
    let modules = modules_below(&root);
    report.add_source(|frame| {
        let found = excerpt(&root, &modules, &frame.file, frame.line, AROUND)?;
        Some((found.file.display().to_string(), found.lines))
    });
    Ok(())
}

fn patterns(args: &FilterArgs) -> FilterPatterns {
    FilterPatterns {
        focus: args.focus.clone(),
        ignore: args.ignore.clone(),
        hide: args.hide.clone(),
        show: args.show.clone(),
        show_from: args.show_from.clone(),
        prune_from: args.prune_from.clone(),
        tagfocus: args.tagfocus.clone(),
        tagignore: args.tagignore.clone(),
    }
}

/// The limits, with what was typed in the place of the defaults.
pub(crate) fn limits(args: &LimitArgs) -> Limits {
    let defaults = Limits::default();
    Limits {
        max_inflated: args.max_inflated.unwrap_or(defaults.max_inflated),
        max_ratio: args.max_ratio.unwrap_or(defaults.max_ratio),
        max_samples: args.max_samples.unwrap_or(defaults.max_samples),
        max_table: args.max_table.unwrap_or(defaults.max_table),
        max_depth: args.max_depth.unwrap_or(defaults.max_depth),
        max_string: args.max_string.unwrap_or(defaults.max_string),
        max_line: args.max_line.unwrap_or(defaults.max_line),
        max_goroutines: args.max_traceback_goroutines.unwrap_or(defaults.max_goroutines),
        max_frames: args.max_frames.unwrap_or(defaults.max_frames),
        max_layers: args.max_layers.unwrap_or(defaults.max_layers),
        max_memory: args.max_memory.unwrap_or_else(|| defaults.max_memory.min(granted() / 3)),
    }
}

/// Bytes of address space that the system grants the process (`ulimit -v`).
#[cfg(unix)]
fn granted() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::As).current.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn granted() -> u64 {
    u64::MAX
}

/// A moment that is there and not read yet: a capture is read when it is wanted.
pub(crate) enum Pending {
    /// How many bytes it promises to have.
    File(SnapshotInput),
    /// How many bytes it may have.
    Capture(CaptureEntry, u64),
}

impl Pending {
    /// Where it comes from, for people.
    pub(crate) fn origin(&self) -> String {
        match self {
            Pending::File(input) => input.origin.clone(),
            Pending::Capture(capture, _) => capture.path.display().to_string(),
        }
    }

    fn read(self) -> Result<SnapshotInput, Failure> {
        match self {
            Pending::File(input) => Ok(input),
            Pending::Capture(capture, max_input) => {
                capture.read(max_input).map(SnapshotInput::from).map_err(source)
            }
        }
    }
}

/// The moments that a path holds: one for a file or a capture folder, several for a folder of capture folders.
pub(crate) fn snapshots_at(path: &Path, max_input: u64) -> Result<Vec<Pending>, Failure> {
    if path.as_os_str() != "-" && path.is_dir() {
        let captures = list_folder(path).map_err(source)?;
        return Ok(captures.into_iter().map(|capture| Pending::Capture(capture, max_input)).collect());
    }
    Ok(vec![Pending::File(SnapshotInput::from_input(file_at(path, max_input)?))])
}

/// The moments of several paths, decoded; the first that cannot be is the error.
pub(crate) fn all_moments(
    paths: &[std::path::PathBuf],
    max_input: u64,
    limits: &Limits,
) -> Result<Vec<Snapshot>, Failure> {
    let mut pending = Vec::new();
    for path in paths {
        pending.extend(snapshots_at(path, max_input)?);
    }
    decoded_all(pending, limits).collect()
}

/// Moments as they are decoded over the cores, few of them at once.
pub(crate) fn decoded_all(
    pending: Vec<Pending>,
    limits: &Limits,
) -> impl Iterator<Item = Result<Snapshot, Failure>> {
    let limits = limits.clone();
    read_snapshots(pending, move |pending| decoded(pending.read()?, &limits))
}

/// One moment in several forms, each at a path of its own.
pub(crate) fn read_one<'a>(
    paths: impl Iterator<Item = &'a std::path::PathBuf>,
    max_input: u64,
) -> Result<SnapshotInput, Failure> {
    let mut whole: Option<SnapshotInput> = None;
    for path in paths {
        let mut snapshots = snapshots_at(path, max_input)?;
        if snapshots.len() > 1 {
            let name = name(path);
            let error =
                anyhow::anyhow!("{name}: holds {} captures, and one moment is wanted", snapshots.len());
            let hint = format!("leakscope diff {name}   or name one of its folders");
            return Err(Failure::usage(error).with_hint(Some(hint)));
        }
        let Some(snapshot) = snapshots.pop().map(Pending::read).transpose()? else { continue };
        match &mut whole {
            None => whole = Some(snapshot),
            Some(whole) => {
                whole.files.extend(snapshot.files);
                whole.taken_at = whole.taken_at.or(snapshot.taken_at);
                whole.go_version = whole.go_version.take().or(snapshot.go_version);
            }
        }
    }
    whole.ok_or_else(|| Failure::usage(anyhow::anyhow!("no input is given")))
}

/// One file, or standard input.
pub(crate) fn file_at(path: &Path, max_input: u64) -> Result<Input, Failure> {
    let reader = open_input(path, max_input).map_err(source)?;
    Ok(Input { name: name(path), content: Content::Reader(Box::new(reader)) })
}

/// A path for people.
pub(crate) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

/// Decodes a moment; what fails keeps its way out.
pub(crate) fn decoded(input: SnapshotInput, limits: &Limits) -> Result<Snapshot, Failure> {
    read_snapshot(input, limits).map_err(unreadable)
}

/// An error of decoding as a failure.
pub(crate) fn unreadable(error: InputError) -> Failure {
    if let InputError::Decode { name, source: DecodeError::Read { source: read } } = error {
        return source(of_reader(read, Path::new(&name)));
    }
    let hint = error.hint();
    Failure::input(error).with_hint(hint)
}

/// An error of reading as a failure.
pub(crate) fn source(error: SourceError) -> Failure {
    let hint = error.hint();
    Failure::input(error).with_hint(hint)
}
