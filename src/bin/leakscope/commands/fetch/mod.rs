//! `leakscope fetch`: fetches one or several snapshots of a live process and reports on them.
#![expect(clippy::disallowed_methods, reason = "a series keeps a schedule")]

mod args;
mod compare;
mod jobs;
mod several;

use std::time::Instant;

use anyhow::anyhow;
use leakscope::input::read_snapshot;
use leakscope::model::Snapshot;
use leakscope::source;

use self::args::RepeatArgs;
use self::args::options_of;
use self::jobs::Job;
use self::jobs::jobs;
use super::pull::Pulled;
use super::pull::Wanted;
use super::pull::pull;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::inputs::Plan;
use crate::show;
use crate::signals;
use crate::signals::BlockedSignals;
use crate::terminal::Terminal;
use crate::waits;

pub(crate) use self::args::FetchArgs;
pub(crate) use self::args::http_options;
pub(crate) use self::jobs::parse_target;

pub(super) const HELP: &str = "\
What it costs the service: the goroutine profile stops the world twice, briefly, and takes about 0.14 s at 100,000 goroutines. \
A traceback (debug=2) stops the world while Go walks the stacks: it takes about 0.18 s with stops of up to 47 ms at 10,000 \
goroutines, and 3.1 s with stops of up to 0.6 s at 100,000, where Go cuts it at 64 MiB. auto fetches it only up to \
--traceback-limit goroutines. A goroutineleak profile runs a garbage collection; in a series, auto fetches it once, at the end.

Examples:
  leakscope fetch localhost:6060
  leakscope fetch https://api.internal/debug/pprof --bearer-env TOKEN
  leakscope fetch :6060 --every 30s --for 5m --save captures
  leakscope fetch api-0:6060 api-1:6060 api-2:6060
  leakscope fetch k8s:prod/app=checkout";

/// Snapshots of a series without --count and --for: enough to decide whether a stack grows.
const DEFAULT_COUNT: u32 = 6;

pub(super) fn run(args: &FetchArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let options = http_options(&args.http, args.report.limits.max_input)?;
    let mut all: Vec<Job> = Vec::new();
    for text in &args.targets {
        all.extend(jobs(text, &args.kubernetes, &options)?);
    }
    if let (Some((_, file)), 2..) = (args.output.output.first(), all.len()) {
        let error = anyhow!("--output {}: a file for several targets", inputs::name(file));
        return Err(Failure::usage(error).with_hint("fetch one target at a time"));
    }
    for job in all.iter().filter(|job| job.options.insecure) {
        terminal.warning(&format!("{}: certificates are not checked (--insecure)", job.target.origin()));
    }
    if all.len() > 1 && args.repeat.every.is_none() {
        return several::several(&all, args, &plan, terminal);
    }
    let mut outcome = Outcome::Done;
    let mut failures = Vec::new();
    for job in &all {
        match one(job, args, &plan, terminal).map_err(|failure| job.explained(failure)) {
            Ok(Outcome::Done) => {}
            Ok(Outcome::Interrupted(signal)) => return Ok(Outcome::Interrupted(signal)),
            Ok(other) => outcome = other,
            Err(failure) => failures.push(failure),
        }
    }
    let last = failures.pop();
    failures.iter().for_each(|failure| terminal.error(failure));
    last.map_or(Ok(outcome), Err)
}

fn one(job: &Job, args: &FetchArgs, plan: &Plan, terminal: &Terminal) -> Result<Outcome, Failure> {
    let Job { target, options, .. } = job;
    let client = source::Client::new(options, target)?;
    let mut snapshots = Snapshots {
        client: &client,
        target,
        args,
        plan,
        terminal,
        started: Instant::now(),
        count: count(&args.repeat),
        index: 0,
        fetched: 0,
        outcome: Outcome::Done,
        failure: None,
        blocked: Some(signals::block()),
    };
    let Some(first) = snapshots.next() else { return snapshots.end() };
    let options = options_of(args, target);
    // Each snapshot is dropped after it was grouped, so a series of days needs no more memory than one of minutes.
    let all = std::iter::once(first).chain(&mut snapshots);
    let report = show::show(plan.run(all, &options), &args.report, &args.output, terminal)?;
    match snapshots.end()? {
        Outcome::Done => Ok(show::outcome(&report)),
        early @ (Outcome::Denied | Outcome::Inconclusive | Outcome::Incomplete | Outcome::Interrupted(_)) => {
            Ok(early)
        }
    }
}

/// The snapshots of a target, each fetched when it is its turn. If the first cannot be fetched, the series ends; a later one
/// is reported and skipped.
struct Snapshots<'a> {
    client: &'a source::Client,
    target: &'a source::Target,
    args: &'a FetchArgs,
    plan: &'a Plan,
    terminal: &'a Terminal,
    started: Instant,
    count: u32,
    index: u32,
    fetched: u32,
    outcome: Outcome,
    failure: Option<Failure>,
    /// While this is `Some`, a signal ends the series instead of the process.
    blocked: Option<BlockedSignals>,
}

impl Snapshots<'_> {
    fn end(self) -> Result<Outcome, Failure> {
        self.failure.map_or(Ok(self.outcome), Err)
    }

    /// Waits for the next snapshot's turn and fetches it; `None` if a signal arrived before it was complete.
    async fn fetch(&self) -> Option<Result<Pulled, Failure>> {
        let cancelled = || signals::received().is_some();
        if let Some(every) = self.args.repeat.every {
            let due = every.saturating_mul(self.index);
            source::run_until_cancelled(cancelled, source::sleep(due.saturating_sub(self.started.elapsed())))
                .await?;
        }
        let wanted = Wanted { what: &self.args.what, last: self.index + 1 == self.count };
        source::run_until_cancelled(cancelled, pull(self.client, self.target, &wanted, &self.plan.limits))
            .await
    }

    /// Prints a snapshot's progress line, saves it if asked to, and decodes it.
    fn take(&mut self, pulled: Pulled) -> Result<Snapshot, Failure> {
        let fetched = pulled.fetched.join(" · ");
        if self.count > 1 {
            let total = leakscope::text::pluralize(pulled.goroutines, "goroutine");
            self.terminal.note(&format!("{} of {}: {total} ({fetched})", self.index + 1, self.count));
        } else {
            self.terminal.note(&format!("fetched {fetched}"));
        }
        // A series leaves out the same forms each time: say so for the first and the last snapshot only.
        if self.index == 0 || self.index + 1 == self.count {
            pulled.left_out.iter().for_each(|text| self.terminal.note(&format!("left out {text}")));
        }
        if let Some(folder) = &self.args.what.save {
            // The usual cause is a full disk: the next snapshot could not be saved either.
            let saved = pulled.save(folder).inspect_err(|_| self.index = self.count)?;
            saved.iter().for_each(|it| self.terminal.note(&format!("saved {}", it.display())));
        }
        let snapshot = read_snapshot(pulled.input(self.target), &self.plan.limits)?;
        waits::check(&self.args.report.waits, &snapshot)?;
        if self.index == 0 {
            waits::warn(&self.args.report.waits, &snapshot, self.terminal);
        }
        Ok(snapshot)
    }
}

impl Iterator for Snapshots<'_> {
    type Item = Snapshot;

    fn next(&mut self) -> Option<Snapshot> {
        while self.index < self.count && self.failure.is_none() {
            let Some(pulled) = source::block_on(self.fetch()) else { break };
            let taken = pulled.and_then(|pulled| self.take(pulled));
            self.index = self.index.saturating_add(1);
            match taken {
                Ok(snapshot) => {
                    self.fetched += 1;
                    return Some(snapshot);
                }
                Err(failure) if self.fetched == 0 || self.index > self.count => self.failure = Some(failure),
                Err(failure) => {
                    self.terminal.error(&failure);
                    self.outcome = Outcome::Incomplete;
                }
            }
        }
        // The end is reached more than once: only the first time unblocks signals.
        if self.blocked.take().is_some()
            && let Some(signal) = signals::received()
        {
            let (origin, fetched, count) = (self.target.origin(), self.fetched, self.count);
            self.terminal.warning(&format!("{origin}: interrupted after {fetched} of {count} snapshots"));
            self.outcome = Outcome::Interrupted(signal);
        }
        None
    }
}

fn count(repeat: &RepeatArgs) -> u32 {
    let Some(every) = repeat.every else { return 1 };
    let Some(lasts) = repeat.lasts else { return repeat.count.unwrap_or(DEFAULT_COUNT) };
    let steps = lasts.as_secs_f64() / every.as_secs_f64();
    // The series has a snapshot at both ends, so at least two.
    (steps.floor().min(f64::from(u32::MAX - 1)) as u32 + 1).max(2)
}
