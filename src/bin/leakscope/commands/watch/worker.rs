//! One thread for each target: it fetches, adds the snapshot to the series, and sends a report.
#![expect(clippy::disallowed_methods, reason = "requests keep a pace, so somebody must look at the clock")]

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::time::Duration;
use std::time::Instant;

use leakscope::code::OpenSource;
use leakscope::decode::Limits;
use leakscope::group::By;
use leakscope::input::read_snapshot;
use leakscope::pipeline;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rules::RuleSet;
use leakscope::series::SeriesBuilder;
use leakscope::source;
use leakscope::source::CauseKind;
use leakscope::source::Phase;
use leakscope::source::SourceError;
use leakscope::stacks::Filter;

use super::message::Cost;
use super::message::Form;
use super::message::Request;
use super::message::Update;
use super::pace::Ended;
use super::pace::Pace;
use super::page::page;
use crate::commands::pull::ALWAYS;
use crate::commands::pull::Pulled;
use crate::commands::pull::Wanted;
use crate::commands::pull::pull;
use crate::exit_code::Failure;
use crate::go_source::ChosenSource;
use crate::go_source::SourceChoice;
use crate::options::WhatArgs;
use crate::options::When;

/// The number of columns from which every second one is dropped. A trend needs no more.
const MAX_COLUMNS: usize = 120;

/// How long a worker sleeps if nothing is due: forever, for practical purposes.
const LONG: Duration = Duration::from_secs(3600);

/// What all workers use.
pub(super) struct Plan {
    pub(super) every: Duration,
    pub(super) by: By,
    pub(super) rules: RuleSet,
    pub(super) source: SourceChoice,
    pub(super) limits: Limits,
    pub(super) report: Options,
    /// Where capture folders and pages are written.
    pub(super) folder: PathBuf,
    /// When the view was started.
    pub(super) started: Instant,
    /// Set at the end: a request that is under way is given up.
    pub(super) cancelled: AtomicBool,
}

/// The time at which the view starts.
pub(super) fn now() -> Instant {
    Instant::now()
}

/// The worker of one target.
pub(super) struct Worker {
    plan: Arc<Plan>,
    client: source::Client,
    target: source::Target,
    pace: Pace,
    series: SeriesBuilder,
    fetched: u32,
    first: Option<Pulled>,
    last: Option<Pulled>,
    is_paused: bool,
    /// What was asked for and is not fetched yet.
    asked: Option<Form>,
}

impl Worker {
    pub(super) fn new(plan: &Arc<Plan>, client: source::Client, target: source::Target) -> Self {
        Worker {
            plan: Arc::clone(plan),
            client,
            target,
            pace: Pace::new(plan.every),
            series: SeriesBuilder::new(plan.by.clone(), Filter::default()),
            fetched: 0,
            first: None,
            last: None,
            is_paused: false,
            asked: None,
        }
    }

    /// Works until the view is closed.
    pub(super) fn run(mut self, inbox: &Receiver<Request>, outbox: &Sender<Update>) {
        loop {
            let update = match inbox.recv_timeout(self.wait()) {
                Ok(request) => self.answer(request),
                Err(RecvTimeoutError::Timeout) if self.wait().is_zero() => self.fetch(),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if update.is_some_and(|update| outbox.send(update).is_err()) {
                return;
            }
        }
    }

    /// How long nothing is to be done.
    fn wait(&self) -> Duration {
        if self.is_paused && self.asked.is_none() {
            return LONG;
        }
        self.pace.next(self.asked.is_some()).saturating_sub(self.plan.started.elapsed())
    }

    fn answer(&mut self, request: Request) -> Option<Update> {
        let written = match request {
            Request::Fetch(form) => {
                self.asked = Some(form);
                return None;
            }
            Request::Pause => {
                self.is_paused = true;
                return None;
            }
            Request::Resume => {
                self.is_paused = false;
                return None;
            }
            Request::Save => self.save(),
            Request::Page => match self.report() {
                Some(report) => page(&report, &self.plan.folder),
                None => Ok("nothing was fetched yet".to_owned()),
            },
        };
        Some(Update::Said(written.unwrap_or_else(|failure| format!("error: {failure}"))))
    }

    /// Fetches a snapshot and adds it; nothing if the view was closed meanwhile.
    fn fetch(&mut self) -> Option<Update> {
        let form = self.asked.take().unwrap_or(Form::Counts);
        let plan = Arc::clone(&self.plan);
        let sent = plan.started.elapsed();
        let what = what(form);
        let wanted = Wanted { what: &what, last: true, flags: ALWAYS };
        let pulled = source::block_on(source::run_until_cancelled(
            || plan.cancelled.load(Ordering::SeqCst),
            pull(&self.client, &self.target, &wanted, &plan.limits),
        ))?;
        let ended = plan.started.elapsed();
        let added = pulled.and_then(|pulled| {
            let cost = pulled.cost();
            self.pace.record(sent, ended, cost, Ended::Answered);
            self.add(pulled).map(|()| cost)
        });
        match added {
            Ok(took) => {
                let report = self.report()?;
                let now = plan.started.elapsed();
                self.pace.rest(now, now.saturating_sub(ended));
                Some(self.fetched(report, form, sent, took))
            }
            Err(failure) => {
                let (how, word) = fault(&failure);
                self.pace.record(sent, ended, ended.saturating_sub(sent), how);
                Some(Update::Failed {
                    form,
                    word,
                    why: failure.to_string(),
                    hint: failure.hint.clone(),
                    next: self.pace.next(false),
                })
            }
        }
    }

    fn add(&mut self, pulled: Pulled) -> Result<(), Failure> {
        let snapshot = read_snapshot(pulled.clone().input(&self.target), &self.plan.limits)?;
        self.series.push(snapshot);
        self.series.thin(MAX_COLUMNS);
        self.fetched = self.fetched.saturating_add(1);
        if self.fetched == 1 {
            self.first = Some(pulled.clone());
        }
        self.last = Some(pulled);
        Ok(())
    }

    fn fetched(&self, report: Report, form: Form, sent: Duration, took: Duration) -> Update {
        let next = self.pace.next(false);
        let bytes = self.last.iter().flat_map(|it| &it.files).map(|file| file.bytes.len() as u64).sum();
        let cost = Cost {
            fetched: self.fetched,
            took,
            bytes,
            share: self.pace.share(sent, took),
            interval: next.saturating_sub(sent),
            next,
        };
        Update::Fetched { report: Arc::new(report), form, cost }
    }

    /// `None` before the first snapshot.
    fn report(&self) -> Option<Report> {
        if self.series.columns().is_empty() {
            return None;
        }
        let Plan { rules, report, source, .. } = &*self.plan;
        let source = ChosenSource::from(source.clone());
        let source = pipeline::Source::from(&source as &dyn OpenSource);
        Some(pipeline::report_on_with_source(&self.series.series(), rules, report, source))
    }

    /// Saves the first and the last snapshot, so that `diff` can show the growth.
    fn save(&mut self) -> Result<String, Failure> {
        let folder = self.plan.folder.join("captures");
        let mut saved = Vec::new();
        // The first is saved once.
        let first = self.first.take().filter(|_| self.fetched > 1);
        for pulled in first.iter().chain(&self.last) {
            saved.extend(pulled.save(&folder)?);
        }
        let Some(last) = saved.last().map(|it| it.display().to_string()) else {
            return Ok("nothing was fetched yet".to_owned());
        };
        Ok(match saved.len() {
            1 => format!("saved {last}"),
            _ => format!("saved {last} and the first snapshot: leakscope diff {}", shown(&folder)),
        })
    }
}

/// Whether a target was reached that gave no snapshot, and what is wrong in a word or two.
fn fault(failure: &Failure) -> (Ended, String) {
    let (how, word) = match failure.source_error() {
        Some(SourceError::Transport { phase, source, .. }) => (reached(*phase), cause(source.kind)),
        Some(SourceError::TimedOut { phase, .. }) => (reached(*phase), "timed out"),
        Some(SourceError::Status { status, .. }) => return (Ended::Failed, format!("status {status}")),
        Some(_) | None => (Ended::Failed, "failed"),
    };
    (how, word.to_owned())
}

fn reached(phase: Phase) -> Ended {
    if matches!(phase, Phase::FirstByte | Phase::Body { .. }) { Ended::Failed } else { Ended::NotReached }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only frequent causes have a word; the whole message follows"
)]
fn cause(kind: CauseKind) -> &'static str {
    match kind {
        CauseKind::Refused => "refused",
        CauseKind::Reset | CauseKind::Closed => "closed",
        CauseKind::Name => "unknown host",
        CauseKind::NoSocket => "no socket",
        _ => "failed",
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The goroutine profile and what is asked for; no heap profile, which the list does not show.
fn what(form: Form) -> WhatArgs {
    let when = |wanted: Form| if form == wanted { When::Always } else { When::Never };
    WhatArgs {
        tracebacks: when(Form::Traceback),
        traceback_limit: 0,
        heap: When::Never,
        leaks: when(Form::Proof),
        save: None,
    }
}
