//! What the view knows of one target.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use leakscope::diagnose::Confidence;
use leakscope::model::Basis;
use leakscope::report::FindingLine;
use leakscope::report::FrameLine;
use leakscope::report::Report;
use leakscope::report::Waited;

use super::message::Cost;
use super::message::Form;
use super::rows::Known;
use super::texts::one_word;
use super::texts::outside;
use super::texts::without_address;

/// One target.
#[derive(Clone, Debug, Default)]
pub(super) struct Tab {
    /// Its name, escaped.
    pub(super) name: String,
    /// The last report; `None` before the first snapshot.
    pub(super) report: Option<Arc<Report>>,
    pub(super) cost: Cost,
    /// Why the last attempt failed; `None` if it did not.
    pub(super) fault: Option<Fault>,
    /// What is fetched next because somebody asked for it.
    pub(super) asked: Option<Form>,
    /// Since when gain is counted; `None` for the first snapshot.
    pub(super) since: Option<String>,
    pub(super) known: Known,
    /// What a traceback or a proof said of stacks, by fingerprint: the snapshots after it do not say it.
    seen: HashMap<String, Seen>,
}

/// Why nothing could be fetched. All texts are escaped.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// In a word or two: `refused`.
    pub(super) word: String,
    pub(super) why: String,
    pub(super) hint: String,
    /// When it began, and when the next attempt is made, in time since the start of the view.
    pub(super) began: Duration,
    pub(super) next: Duration,
}

/// What a traceback or a proof said of one stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// When: `06:47:12`.
    pub(super) time: String,
    pub(super) waited: Option<Waited>,
    pub(super) started: Option<FrameLine>,
    pub(super) finding: Option<FindingLine>,
}

impl Tab {
    pub(super) fn new(name: &str) -> Self {
        Tab { name: one_word(name), ..Tab::default() }
    }

    /// Takes the report on one snapshot more.
    pub(super) fn take(&mut self, report: Arc<Report>, form: Form, cost: Cost) {
        self.fault = None;
        self.asked = None;
        self.cost = cost;
        match form {
            Form::Counts => {}
            Form::Traceback | Form::Proof => self.remember(&report),
        }
        // What is proven leaked never exits: with fewer goroutines, it is another process.
        let counts: HashMap<&str, i128> =
            report.groups.iter().map(|it| (it.fingerprint.as_str(), it.count())).collect();
        self.known
            .proven
            .retain(|fingerprint, proven| counts.get(fingerprint.as_str()).is_some_and(|it| it >= proven));
        self.report = Some(report);
    }

    /// Takes why nothing could be fetched, and what can be done about it.
    pub(super) fn fail(
        &mut self,
        word: &str,
        (why, hint): (&str, Option<&str>),
        now: Duration,
        next: Duration,
    ) {
        self.asked = None;
        let began = self.fault.as_ref().map_or(now, |fault| fault.began);
        let hint = hint.map_or(String::new(), outside);
        self.fault =
            Some(Fault { word: outside(word), why: outside(without_address(why)), hint, began, next });
    }

    /// Counts gain from the last snapshot on.
    pub(super) fn count_from_now(&mut self) {
        let Some(report) = &self.report else { return };
        let counts = report.groups.iter().map(|it| (it.fingerprint.clone(), it.count()));
        self.known.since = Some(counts.collect());
        self.since = Some(last_time(report));
    }

    /// Counts gain from the first snapshot on.
    pub(super) fn count_from_start(&mut self) {
        self.known.since = None;
        self.since = None;
    }

    pub(super) fn seen(&self, fingerprint: &str) -> Option<&Seen> {
        self.seen.get(fingerprint)
    }

    /// The finding on a stack: of the last snapshot, or of the traceback or proof before if that is more certain.
    pub(super) fn finding(&self, fingerprint: &str) -> Option<(&FindingLine, Option<&str>)> {
        let report = self.report.as_deref()?;
        let now = finding_of(report, fingerprint);
        let seen = self.seen.get(fingerprint).filter(|_| self.is_proven(fingerprint));
        let before = seen.and_then(|seen| Some((seen.finding.as_ref()?, seen.time.as_str())));
        match (now, before) {
            (Some(now), Some((before, time))) if before.confidence > now.confidence => {
                Some((before, Some(time)))
            }
            (None, Some((before, time))) => Some((before, Some(time))),
            (now, _) => now.map(|it| (it, None)),
        }
    }

    fn is_proven(&self, fingerprint: &str) -> bool {
        self.known.proven.contains_key(fingerprint)
    }

    /// Whether something grows for sure, or is proven.
    pub(super) fn is_growing(&self) -> bool {
        let findings = self.report.iter().flat_map(|report| &report.findings);
        !self.known.proven.is_empty()
            || findings.into_iter().any(|it| it.grows && it.confidence >= Confidence::Likely)
    }

    fn remember(&mut self, report: &Report) {
        let time = last_time(report);
        for group in &report.groups {
            let started = group.spawn_site.as_ref().filter(|(_, basis)| *basis == Basis::Stated);
            if let Some(proven) = group.proven_leaked.filter(|proven| *proven > 0) {
                self.known.proven.insert(group.fingerprint.clone(), proven);
            }
            let finding = finding_of(report, &group.fingerprint);
            let is_proof = finding.is_some_and(|it| it.confidence == Confidence::Proven);
            if group.waited.is_none() && started.is_none() && !is_proof {
                continue;
            }
            let seen = self.seen.entry(group.fingerprint.clone()).or_default();
            seen.time.clone_from(&time);
            seen.waited = group.waited.or(seen.waited);
            seen.started = started.map(|(frame, _)| frame.clone()).or_else(|| seen.started.take());
            seen.finding = finding.filter(|_| is_proof).cloned().or_else(|| seen.finding.take());
        }
    }
}

fn finding_of<'a>(report: &'a Report, fingerprint: &str) -> Option<&'a FindingLine> {
    report.findings.iter().find(|it| it.fingerprints.iter().any(|one| one.to_string() == fingerprint))
}

/// The time of the last snapshot.
fn last_time(report: &Report) -> String {
    report.snapshots.last().map_or_else(String::new, |it| time(it.taken_at))
}

/// `06:46:32`, in UTC; empty if the time is not known.
pub(super) fn time(taken_at: Option<i64>) -> String {
    let time = taken_at.and_then(|it| jiff::Timestamp::from_nanosecond(i128::from(it)).ok());
    time.map_or_else(String::new, |it| it.strftime("%H:%M:%S").to_string())
}
