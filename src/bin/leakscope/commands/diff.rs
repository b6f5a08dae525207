//! `leakscope diff`: two or more moments.

use std::cell::RefCell;

use anyhow::anyhow;
use leakscope::model::Kind;
use leakscope::model::Snapshot;
use leakscope::report::Options;

use super::super::args::DiffArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::inputs::Plan;
use super::super::terminal::Terminal;

pub(crate) fn run(args: &DiffArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let max_input = args.report.limits.max_input;
    let mut pending = Vec::new();
    let mut failures = Vec::new();
    for path in &args.inputs {
        match inputs::snapshots_at(path, max_input) {
            Ok(snapshots) => pending.extend(snapshots),
            Err(failure) => failures.push(failure),
        }
    }
    if pending.len() + failures.len() < 2 {
        let error = anyhow!("one moment cannot show growth");
        let hint =
            "give two or more files or capture folders, oldest first; for one moment: leakscope top INPUT";
        return Err(failures.pop().unwrap_or(Failure::usage(error).with_hint(Some(hint.to_owned()))));
    }
    let last = pending.last().map(inputs::Pending::origin);
    // Moments are lined up as they are decoded: of thousands, few are there at once.
    let failures = RefCell::new(failures);
    let mut snapshots = inputs::decoded_all(pending, &plan.limits).filter_map(|decoded| {
        let failure = match decoded.map(|snapshot| (incomparable(&snapshot), snapshot)) {
            Ok((None, snapshot)) => return Some(snapshot),
            Ok((Some(failure), _)) | Err(failure) => failure,
        };
        failures.borrow_mut().push(failure);
        None
    });
    // What could be read is shown; that something is missing is told by the exit code.
    let first: Vec<Snapshot> = snapshots.by_ref().take(2).collect();
    let mut told = failures.take();
    if first.len() < 2 {
        let last = told.pop();
        told.iter().for_each(|failure| terminal.error(failure));
        return Err(last.unwrap_or_else(|| Failure::input(anyhow!("fewer than two moments could be read"))));
    }
    told.iter().for_each(|failure| terminal.error(failure));
    let files = super::for_files(&args.report, last.into_iter().collect());
    let options = Options { outlook: args.outlook.limits(), ..files };
    let snapshots = first.into_iter().chain(snapshots);
    super::leave(super::show(snapshots, &options, &plan, &args.report, terminal)?);
    let later = failures.take();
    later.iter().for_each(|failure| terminal.error(failure));
    Ok(if told.is_empty() && later.is_empty() { Outcome::Done } else { Outcome::Incomplete })
}

/// Why a moment cannot stand in a series.
fn incomparable(snapshot: &Snapshot) -> Option<Failure> {
    let origin = &snapshot.origin;
    if snapshot.counts.is_delta {
        let hint = "pull it without ?seconds=N; leakscope diff makes the difference itself".to_owned();
        let error = anyhow!("{origin}: the difference of two moments (delta), not a moment");
        return Some(Failure::input(error).with_hint(Some(hint)));
    }
    if snapshot.counts.unexpected_unit {
        let error = anyhow!("{origin}: its unit is not count, so it compares with nothing");
        return Some(Failure::input(error));
    }
    let empty = snapshot.counts.kind == Kind::Goroutine && snapshot.counts.total() == 0;
    empty.then(|| Failure::input(anyhow!("{origin}: it is empty: no process has 0 goroutines")))
}
