//! `leakscope diff`: reports on two or more snapshots.

use std::cell::RefCell;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use leakscope::model::Kind;
use leakscope::model::Snapshot;
use leakscope::report::Options;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::inputs::Plan;
use crate::inputs::UnreadSnapshot;
use crate::options::ForecastArgs;
use crate::options::OutputArgs;
use crate::options::ReportArgs;
use crate::show;
use crate::terminal::Terminal;
use crate::waits;

pub(super) const HELP: &str = "\
Each INPUT is a file of any form or a capture folder, oldest first. A folder that contains capture folders counts as \
several snapshots, and so does a log in which a process was dumped several times.

Examples:
  leakscope diff before.pb.gz after.pb.gz
  leakscope diff captures/
  kubectl logs stuck-pod | leakscope diff -";

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Files or capture folders, oldest first.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    forecast: ForecastArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &DiffArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let reading = args.report.reading();
    let mut unread = Vec::new();
    let mut failures = Vec::new();
    for path in &args.inputs {
        match inputs::snapshots_at(path, &reading) {
            Ok(snapshots) => unread.extend(snapshots),
            Err(failure) => failures.push(failure),
        }
    }
    // A file may be a log with several dumps.
    let is_single = unread.len() + failures.len() < 2;
    let may_be_series = unread.iter().all(|it| matches!(it, UnreadSnapshot::File(..))) && !unread.is_empty();
    if is_single && !may_be_series {
        return Err(failures.pop().unwrap_or_else(single_snapshot));
    }
    let last = unread.last().map(UnreadSnapshot::origin);
    // Snapshots are grouped as they are decoded, so that few of thousands are in memory at the same time.
    let failures = RefCell::new(failures);
    let mut kind = None;
    let mut snapshots = inputs::decode_all(unread, &plan.limits).filter_map(|decoded| {
        let mut refused = |it: &Snapshot| {
            let kind = *kind.get_or_insert(it.counts.kind);
            incomparable(it, kind).or_else(|| waits::check(&args.report.waits, it).err())
        };
        let failure = match decoded.map(|snapshot| (refused(&snapshot), snapshot)) {
            Ok((None, snapshot)) => return Some(snapshot),
            Ok((Some(failure), _)) | Err(failure) => failure,
        };
        failures.borrow_mut().push(failure);
        None
    });
    // The report covers what could be read; the exit code says that something is missing.
    let first: Vec<Snapshot> = snapshots.by_ref().take(2).collect();
    let mut early = failures.take();
    if first.len() < 2 {
        if is_single {
            return Err(single_snapshot());
        }
        let last = early.pop();
        early.iter().for_each(|failure| terminal.error(failure));
        return Err(last.unwrap_or_else(|| Failure::input(anyhow!("fewer than two snapshots could be read"))));
    }
    early.iter().for_each(|failure| terminal.error(failure));
    first.iter().take(1).for_each(|it| waits::warn(&args.report.waits, it, terminal));
    let files = show::for_files(&args.report, &args.output, last.into_iter().collect());
    let options = Options { outlook: args.forecast.limits(), ..files };
    let report = show::show(
        plan.run(first.into_iter().chain(snapshots), &options),
        &args.report,
        &args.output,
        terminal,
    )?;
    let later = failures.take();
    later.iter().for_each(|failure| terminal.error(failure));
    Ok(if early.is_empty() && later.is_empty() { show::outcome(&report) } else { Outcome::Incomplete })
}

fn single_snapshot() -> Failure {
    let hint =
        "give two or more files or capture folders, oldest first; for a single snapshot: leakscope top INPUT";
    Failure::usage(anyhow!("a single snapshot cannot show growth")).with_hint(hint)
}

/// Why a snapshot cannot be part of a series that begins with a profile of this kind; `None` if it can.
fn incomparable(snapshot: &Snapshot, first: Kind) -> Option<Failure> {
    let origin = &snapshot.origin;
    if snapshot.counts.is_delta {
        let hint = "fetch it without ?seconds=N; leakscope diff computes the difference itself";
        let error = anyhow!("{origin}: a delta of two snapshots, not a snapshot");
        return Some(Failure::input(error).with_hint(hint));
    }
    if snapshot.counts.unexpected_unit {
        let error = anyhow!("{origin}: its unit is not count, so it cannot be compared");
        return Some(Failure::input(error));
    }
    if snapshot.counts.kind != first {
        let (kind, first) = (snapshot.counts.kind.as_str(), first.as_str());
        let hint = "to read the profiles of one snapshot together, give their folder";
        let error = anyhow!("{origin}: a {kind} profile, and the first snapshot is a {first} profile");
        return Some(Failure::input(error).with_hint(hint));
    }
    None
}
