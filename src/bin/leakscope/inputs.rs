//! Turns arguments into inputs and options: reads paths, checks filters, sets limits.

use std::path::Path;
use std::path::PathBuf;

use anyhow::anyhow;
use leakscope::code::OpenSource;
use leakscope::decode::Limits;
use leakscope::gate::Baseline;
use leakscope::group::By;
use leakscope::group::Dimension;
use leakscope::input;
use leakscope::input::Input;
use leakscope::input::SnapshotInput;
use leakscope::model::Kind;
use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rules::Rule;
use leakscope::rules::RuleSet;
use leakscope::source;
use leakscope::stacks::Filter;
use leakscope::stacks::FilterPatterns;

use super::exit_code::Failure;
use super::go_source::ChosenSource;
use super::options::LimitArgs;
use super::options::Reading;
use super::options::ReportArgs;

/// The checked options of a report.
pub(crate) struct Plan {
    pub(crate) by: By,
    pub(crate) filter: Filter,
    pub(crate) limits: Limits,
    pub(crate) rules: RuleSet,
    source: ChosenSource,
}

impl Plan {
    pub(crate) fn new(args: &ReportArgs) -> Result<Self, Failure> {
        let mut dimensions = Vec::new();
        for word in &args.by {
            let unknown = || Failure::usage(anyhow!("--by {word}: use one of {}", Dimension::words()));
            let dimension = Dimension::parse(word).ok_or_else(unknown)?;
            if !dimensions.contains(&dimension) {
                dimensions.push(dimension);
            }
        }
        let filters = &args.filters;
        let patterns = FilterPatterns {
            focus: filters.focus.clone(),
            ignore: filters.ignore.clone(),
            hide: filters.hide.clone(),
            show: filters.show.clone(),
            show_from: filters.show_from.clone(),
            prune_from: filters.prune_from.clone(),
            tagfocus: filters.tagfocus.clone(),
            tagignore: filters.tagignore.clone(),
            state: args.waits.state.clone(),
            min_wait: args.waits.min_wait,
        };
        Ok(Plan {
            by: By { dimensions, granularity: args.granularity, module: args.module.clone() },
            filter: Filter::new(&patterns).map_err(Failure::usage)?,
            limits: limits(&args.limits),
            rules: with_rules(RuleSet::built_in(), &args.rules)?,
            source: ChosenSource::new(args)?,
        })
    }

    /// Where Go source is looked for.
    pub(crate) fn source(&self) -> pipeline::Source<'_> {
        pipeline::Source::from(&self.source as &dyn OpenSource)
    }

    pub(crate) fn run(&self, snapshots: impl Iterator<Item = Snapshot>, options: &Options) -> Report {
        let (by, filter, rules) = (&self.by, &self.filter, &self.rules);
        self.with_excerpts(pipeline::run_with_source(snapshots, by, filter, rules, options, self.source()))
    }

    /// The last report that was made with [`Plan::source`], with lines of the source.
    pub(crate) fn with_excerpts(&self, mut report: Report) -> Report {
        self.source.add_excerpts(&mut report);
        report
    }
}

pub(crate) fn with_rules(mut rules: RuleSet, paths: &[PathBuf]) -> Result<RuleSet, Failure> {
    for path in paths {
        rules.extend(Rule::parse_file(&name(path), &text(path)?).map_err(Failure::usage)?);
    }
    Ok(rules)
}

/// The default limits with the values of the flags.
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
        max_memory: args.max_memory.unwrap_or_else(|| defaults.max_memory.min(address_space() / 3)),
    }
}

/// The address space that the process may use (`ulimit -v`), in bytes; `u64::MAX` without a limit.
#[cfg(unix)]
fn address_space() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::As).current.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn address_space() -> u64 {
    u64::MAX
}

/// A snapshot that exists but is not read yet, so that few of thousands are in memory at the same time.
pub(crate) enum UnreadSnapshot {
    /// A file, and its size in bytes; 0 if it is unknown.
    File(SnapshotInput, u64),
    /// A capture folder, and how its files are read.
    Capture(source::CaptureEntry, Reading),
}

impl UnreadSnapshot {
    pub(crate) fn origin(&self) -> String {
        match self {
            UnreadSnapshot::File(input, _) => input.origin.clone(),
            UnreadSnapshot::Capture(capture, _) => capture.path.display().to_string(),
        }
    }

    /// The size in bytes of a file; 0 for a folder.
    fn size(&self) -> u64 {
        match self {
            UnreadSnapshot::File(_, size) => *size,
            UnreadSnapshot::Capture(..) => 0,
        }
    }

    fn read(self) -> Result<SnapshotInput, Failure> {
        match self {
            UnreadSnapshot::File(input, _) => Ok(input),
            UnreadSnapshot::Capture(capture, reading) => {
                let mut input: SnapshotInput = capture.read(reading.max_input)?.into();
                for file in &mut input.files {
                    file.log = reading.log.clone();
                }
                Ok(input)
            }
        }
    }
}

/// The snapshots at a path: one for a file or a capture folder, several for a folder of capture folders.
pub(crate) fn snapshots_at(path: &Path, reading: &Reading) -> Result<Vec<UnreadSnapshot>, Failure> {
    if path.as_os_str() != "-" && path.is_dir() {
        let captures = source::list_folder(path)?;
        let unread = |capture| UnreadSnapshot::Capture(capture, reading.clone());
        return Ok(captures.into_iter().map(unread).collect());
    }
    let input = SnapshotInput::from_input(file_at(path, reading)?);
    let size = path.metadata().map_or(0, |it| it.len());
    Ok(vec![UnreadSnapshot::File(input, size)])
}

/// Decodes the snapshots at several paths. Fails on the first that cannot be decoded.
pub(crate) fn decode_paths(
    paths: &[PathBuf],
    reading: &Reading,
    limits: &Limits,
) -> Result<Vec<Snapshot>, Failure> {
    let mut unread = Vec::new();
    for path in paths {
        unread.extend(snapshots_at(path, reading)?);
    }
    decode_all(unread, limits).collect()
}

/// Files of this size take much longer to decode than a thread to start.
const LARGE_FILE: u64 = 32 << 10;

/// Decodes snapshots in parallel, in order, and only a few ahead of the consumer. A log may have several.
pub(crate) fn decode_all(
    unread: Vec<UnreadSnapshot>,
    limits: &Limits,
) -> impl Iterator<Item = Result<Snapshot, Failure>> {
    let limits = limits.clone();
    let sizes = || unread.iter().map(UnreadSnapshot::size);
    let largest = sizes().max().unwrap_or(0);
    let others = sizes().fold(0, u64::saturating_add) - largest;
    // A file that is much larger than all others together is decoded on all cores by itself.
    let are_large = others >= LARGE_FILE.max(largest / 4);
    let series = move |snapshot: UnreadSnapshot| Ok(input::read_series(snapshot.read()?, &limits)?);
    input::read_snapshots(unread, are_large, series).flat_map(|series: Result<Vec<Snapshot>, Failure>| {
        match series {
            Ok(snapshots) => snapshots.into_iter().map(refuse_empty).collect(),
            Err(failure) => vec![Err(failure)],
        }
    })
}

/// Refuses a snapshot whose counts are all zero: it cannot be compared, nor be a baseline.
fn refuse_empty(snapshot: Snapshot) -> Result<Snapshot, Failure> {
    let Snapshot { origin, counts, .. } = &snapshot;
    if counts.kind == Kind::Goroutine && !counts.is_delta && counts.total() == 0 {
        let error = anyhow!("{origin}: it has no goroutines, which no live process has");
        return Err(Failure::input(error));
    }
    Ok(snapshot)
}

/// Reads one snapshot that consists of several profiles, each at its own path.
pub(crate) fn read_one<'a>(
    paths: impl Iterator<Item = &'a PathBuf>,
    reading: &Reading,
) -> Result<SnapshotInput, Failure> {
    let mut whole: Option<SnapshotInput> = None;
    for path in paths {
        let mut snapshots = snapshots_at(path, reading)?;
        if snapshots.len() > 1 {
            let name = name(path);
            let error = anyhow!("{name}: contains {} captures instead of one", snapshots.len());
            let hint = format!("compare them with leakscope diff {name}, or give one of its folders");
            return Err(Failure::usage(error).with_hint(hint));
        }
        let Some(snapshot) = snapshots.pop().map(UnreadSnapshot::read).transpose()? else { continue };
        match &mut whole {
            None => whole = Some(snapshot),
            Some(whole) => {
                whole.files.extend(snapshot.files);
                whole.taken_at = whole.taken_at.or(snapshot.taken_at);
                whole.go_version = whole.go_version.take().or(snapshot.go_version);
            }
        }
    }
    whole.ok_or_else(|| Failure::usage(anyhow!("no input was given")))
}

/// One file, or standard input.
pub(crate) fn file_at(path: &Path, reading: &Reading) -> Result<Input, Failure> {
    let reader = Box::new(source::open_input(path, reading.max_input)?);
    // Neither is opened before it is read.
    let content = if path.as_os_str() == "-" {
        input::Content::Reader(reader)
    } else {
        input::Content::File(reader, Box::new(source::open_input(path, reading.max_input)?))
    };
    Ok(Input { name: name(path), content, log: reading.log.clone() })
}

pub(crate) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

pub(crate) fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let text = text(path).map_err(Failure::in_usage)?;
    Baseline::parse(&name(path), &text).map_err(Failure::usage)
}

/// Maximum size of a file with rules, a policy or a baseline.
const MAX_TEXT: u64 = 1 << 20;

pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let bytes = source::read_input(path, MAX_TEXT)?;
    String::from_utf8(bytes).map_err(|_| Failure::usage(anyhow!("{}: not UTF-8", name(path))))
}
