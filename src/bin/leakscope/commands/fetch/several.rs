//! Several targets at once: fetches a snapshot or a series of each, compares them, and reports on the odd one.

use std::io::Write;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;

use leakscope::decode::Limits;
use leakscope::input::read_snapshot;
use leakscope::render::Format;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::source;

use super::args::FetchArgs;
use super::args::options_of;
use super::compare;
use super::compare::Comparison;
use super::jobs::Job;
use super::series::series;
use crate::commands::pull::ALWAYS;
use crate::commands::pull::Pulled;
use crate::commands::pull::Wanted;
use crate::commands::pull::pull;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs::Plan;
use crate::show;
use crate::signals;
use crate::terminal::Terminal;
use crate::waits;

/// Targets that are asked at the same time.
const AT_ONCE: usize = 8;

/// What became of each target, in their order: `None` if a signal came first.
type Reports = Vec<Option<Result<Report, Failure>>>;

/// Fetches one snapshot or a series of each target. A target that cannot be fetched is reported, and the others are compared.
pub(super) fn several(
    jobs: &[Job],
    args: &FetchArgs,
    plan: &Plan,
    terminal: &Terminal,
) -> Result<Outcome, Failure> {
    let blocked = signals::block();
    let (all, early) = match args.repeat.every {
        Some(_) => series_of_all(jobs, args, terminal),
        None => (one_of_each(jobs, args, plan, terminal), Outcome::Done),
    };
    drop(blocked);
    let signal = signals::received();
    if let Some(signal) = signal {
        terminal.warning("interrupted before all snapshots were fetched");
        if args.repeat.every.is_none() {
            return Ok(Outcome::Interrupted(signal));
        }
    }
    let mut reports: Vec<Option<Report>> = Vec::with_capacity(jobs.len());
    let mut errors: Vec<Option<String>> = Vec::with_capacity(jobs.len());
    let mut failures = Vec::new();
    for result in all {
        let (report, failure) = match result {
            Some(Ok(report)) => (Some(report), None),
            Some(Err(failure)) => (None, Some(failure)),
            None => (None, None),
        };
        reports.push(report);
        errors.push(failure.as_ref().map(Failure::to_string));
        failures.extend(failure);
    }
    let last = failures.pop();
    failures.iter().for_each(|failure| terminal.error(failure));
    if reports.iter().all(Option::is_none) {
        let nothing = signal.map_or(Outcome::Incomplete, Outcome::Interrupted);
        return last.map_or(Ok(nothing), Err);
    }
    let outcome = print(jobs, reports, &errors, args, terminal)?;
    last.iter().for_each(|failure| terminal.error(failure));
    Ok(match (signal, last.is_some()) {
        (Some(signal), _) => Outcome::Interrupted(signal),
        (None, true) => Outcome::Incomplete,
        (None, false) if early != Outcome::Done => early,
        (None, false) => outcome,
    })
}

fn one_of_each(jobs: &[Job], args: &FetchArgs, plan: &Plan, terminal: &Terminal) -> Reports {
    let mut all: Reports = jobs.iter().map(|_| None).collect();
    pull_all(jobs, args, &plan.limits, |at, pulled| {
        if let (Some(job), Some(result)) = (jobs.get(at), all.get_mut(at)) {
            *result = Some(pulled.and_then(|pulled| report(job, pulled, args, plan, terminal)));
        }
    });
    all
}

/// Fetches the series of all targets at the same times, each on a thread of its own. The outcome is that of a series with gaps.
fn series_of_all(jobs: &[Job], args: &FetchArgs, terminal: &Terminal) -> (Reports, Outcome) {
    let series_of = |job: &Job| {
        // The source of the last report is kept in a plan.
        let plan = Plan::new(&args.report)?;
        let options = Options { limit: 0, ..options_of(args, &job.target) };
        series(job, args, &plan, terminal, options, None).map_err(|failure| job.explained(failure))
    };
    let mut early = Outcome::Done;
    let reports = std::thread::scope(|scope| {
        let all: Vec<_> = jobs.iter().map(|job| scope.spawn(move || series_of(job))).collect();
        let mut reports: Reports = Vec::with_capacity(jobs.len());
        for series in all {
            // A panic ends the program.
            let Ok(result) = series.join() else { continue };
            reports.push(match result {
                Ok((report, outcome)) => {
                    early = if outcome == Outcome::Done { early } else { outcome };
                    report.map(Ok)
                }
                Err(failure) => Some(Err(failure)),
            });
        }
        reports
    });
    (reports, early)
}

/// As JSON one document, as text the comparison and the report of the odd one, in another format one report after the other.
fn print(
    jobs: &[Job],
    reports: Vec<Option<Report>>,
    errors: &[Option<String>],
    args: &FetchArgs,
    terminal: &Terminal,
) -> Result<Outcome, Failure> {
    let names: Vec<&str> = jobs.iter().map(|it| it.name.as_str()).collect();
    let format = show::format(&args.report, terminal);
    if format.name == Format::JSON.name {
        let comparison = Comparison::of(&reports);
        let document = compare::document(&names, &comparison, errors, args.report.limit);
        terminal.output().write_all(document.as_bytes())?;
        return Ok(Outcome::Done);
    }
    let mut outcome = Outcome::Done;
    let mut shown: Vec<Report> = Vec::new();
    if format.name == Format::TEXT.name {
        let comparison = Comparison::of(&reports);
        terminal.output().write_all(compare::page(&names, &comparison).as_bytes())?;
        let subject = comparison.subject();
        shown.extend(
            reports.into_iter().enumerate().find_map(|(at, report)| report.filter(|_| at == subject)),
        );
    } else {
        shown.extend(reports.into_iter().flatten());
    }
    for report in shown {
        let report = show::show(report, &args.report, &args.output, terminal)?;
        let of_report = show::outcome(&report);
        if of_report != Outcome::Done {
            outcome = of_report;
        }
    }
    Ok(outcome)
}

/// Takes what was fetched from one target.
fn report(
    job: &Job,
    pulled: Pulled,
    args: &FetchArgs,
    plan: &Plan,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let name = &job.name;
    terminal.note(&format!("{name}: fetched {}", pulled.fetched.join(" · ")));
    pulled.left_out.iter().for_each(|text| terminal.note(&format!("{name}: left out {text}")));
    if let Some(folder) = &args.what.save {
        let saved = pulled.save(folder)?;
        saved.iter().for_each(|it| terminal.note(&format!("{name}: saved {}", it.display())));
    }
    let mut input = pulled.input(&job.target);
    input.origin.clone_from(name);
    let snapshot = read_snapshot(input, &plan.limits)?;
    waits::check(&args.report.waits, &snapshot)?;
    waits::warn(&args.report.waits, &snapshot, terminal);
    // All groups, because those of the targets are compared.
    let options = Options { limit: 0, ..options_of(args, &job.target) };
    Ok(plan.run(std::iter::once(snapshot), &options))
}

/// Fetches from several targets at once, and hands each result over as it comes. After a signal there are no further ones.
fn pull_all(
    jobs: &[Job],
    args: &FetchArgs,
    limits: &Limits,
    mut take: impl FnMut(usize, Result<Pulled, Failure>),
) {
    let next = AtomicUsize::new(0);
    // One answer waits while another is decoded: more would be memory for nothing.
    let (sender, pulled) = sync_channel(1);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(jobs.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some((at, job)) = take_next(jobs, next) {
                    let Some(result) = pull_one(job, args, limits) else { return };
                    if sender.send((at, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        while let Ok((at, result)) = pulled.recv() {
            take(at, result);
        }
    });
}

fn take_next<'a>(jobs: &'a [Job], next: &AtomicUsize) -> Option<(usize, &'a Job)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(at).map(|job| (at, job))
}

/// `None` after a signal.
fn pull_one(job: &Job, args: &FetchArgs, limits: &Limits) -> Option<Result<Pulled, Failure>> {
    let client = match source::Client::new(&job.options, &job.target) {
        Ok(client) => client,
        Err(error) => return Some(Err(error.into())),
    };
    let wanted = Wanted { what: &args.what, last: true, flags: ALWAYS };
    let cancelled = || signals::received().is_some();
    let pulled = source::block_on(source::run_until_cancelled(
        cancelled,
        pull(&client, &job.target, &wanted, limits),
    ))?;
    Some(pulled.map_err(|failure| job.explained(failure)))
}
