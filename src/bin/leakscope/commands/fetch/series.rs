//! The snapshots of one target, one after the other, each fetched when it is its turn.
#![expect(clippy::disallowed_methods, reason = "a series keeps a schedule")]

use std::time::Instant;

use leakscope::input::read_snapshot;
use leakscope::model::Snapshot;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::source;

use super::args::FetchArgs;
use super::args::RepeatArgs;
use super::jobs::Job;
use crate::commands::pull::ALWAYS;
use crate::commands::pull::Pulled;
use crate::commands::pull::Wanted;
use crate::commands::pull::pull;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs::Plan;
use crate::signals;
use crate::signals::BlockedSignals;
use crate::terminal::Terminal;
use crate::waits;

/// Snapshots of a series without --count and --for: enough to decide whether a stack grows.
const DEFAULT_COUNT: u32 = 6;

/// Fetches all snapshots of a target, and groups each as it comes. The outcome says whether the series is whole; if a signal ended it before
/// its first snapshot there is no report.
pub(super) fn series(
    job: &Job,
    args: &FetchArgs,
    plan: &Plan,
    terminal: &Terminal,
    options: Options,
    blocked: Option<BlockedSignals>,
) -> Result<(Option<Report>, Outcome), Failure> {
    let client = source::Client::new(&job.options, &job.target)?;
    let mut snapshots = Snapshots {
        client: &client,
        job,
        args,
        plan,
        terminal,
        started: Instant::now(),
        count: count(&args.repeat),
        index: 0,
        fetched: 0,
        outcome: Outcome::Done,
        failure: None,
        blocked,
    };
    // Each snapshot is dropped after it was grouped, so a series of days needs no more memory than one of minutes.
    let report = snapshots.next().map(|first| {
        let all = std::iter::once(first).chain(&mut snapshots);
        plan.run(all, &options)
    });
    Ok((report, snapshots.end()?))
}

/// The snapshots of a target, each fetched when it is its turn. If the first cannot be fetched, the series ends; a later one
/// is reported and skipped.
struct Snapshots<'a> {
    client: &'a source::Client,
    job: &'a Job,
    args: &'a FetchArgs,
    plan: &'a Plan,
    terminal: &'a Terminal,
    started: Instant,
    count: u32,
    index: u32,
    fetched: u32,
    outcome: Outcome,
    failure: Option<Failure>,
    /// While this is `Some`, a signal ends the series instead of the process. One of several series has none: their caller blocks signals.
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
        let wanted = Wanted { what: &self.args.what, last: self.index + 1 == self.count, flags: ALWAYS };
        source::run_until_cancelled(
            cancelled,
            pull(self.client, &self.job.target, &wanted, &self.plan.limits),
        )
        .await
    }

    /// Prints a snapshot's progress line, saves it if asked to, and decodes it.
    fn take(&mut self, pulled: Pulled) -> Result<Snapshot, Failure> {
        let fetched = pulled.fetched.join(" · ");
        // Lines of several series are mixed.
        let name = if self.blocked.is_some() { String::new() } else { format!("{}: ", self.job.name) };
        if self.count > 1 {
            let total = leakscope::text::pluralize(pulled.goroutines, "goroutine");
            self.terminal.note(&format!("{name}{} of {}: {total} ({fetched})", self.index + 1, self.count));
        } else {
            self.terminal.note(&format!("fetched {fetched}"));
        }
        // A series leaves out the same forms each time: say so for the first and the last snapshot only.
        if self.index == 0 || self.index + 1 == self.count {
            pulled.left_out.iter().for_each(|text| self.terminal.note(&format!("{name}left out {text}")));
        }
        if let Some(folder) = &self.args.what.save {
            // The usual cause is a full disk: the next snapshot could not be saved either.
            let saved = pulled.save(folder).inspect_err(|_| self.index = self.count)?;
            saved.iter().for_each(|it| self.terminal.note(&format!("{name}saved {}", it.display())));
        }
        let mut input = pulled.input(&self.job.target);
        if self.blocked.is_none() {
            input.origin.clone_from(&self.job.name);
        }
        let snapshot = read_snapshot(input, &self.plan.limits)?;
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
            let (origin, fetched, count) = (self.job.target.origin(), self.fetched, self.count);
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
