//! What a ranking chooses from: the stacks of a day, their services and versions. Each kind of store knows them by numbers of its own.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::Order;
use super::Question;

/// One stack of a service on a day, before anything of it is shown. There is one for each that the filters keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) service: i64,
    pub(super) stack: i64,
    pub(super) fingerprint: u64,
    pub(super) squares: f64,
    pub(super) total: f64,
    pub(super) instances: i64,
    pub(super) most: i64,
    pub(super) looked_at: i64,
    pub(super) since_day: i32,
    pub(super) since_version: i64,
}

impl Candidate {
    /// An instance without the stack counts as 0.
    pub(super) fn rms(&self) -> f64 {
        (self.squares / self.looked_at.max(1) as f64).sqrt()
    }

    /// Whether one instance has at least 50 goroutines, and ten times as many as the others have on average; so at least three were
    /// looked at.
    pub(super) fn is_odd(&self) -> bool {
        const FEWEST_INSTANCES: i64 = 3;
        const FEWEST: i64 = 50;
        const TIMES: f64 = 10.0;
        let others = (self.total - self.most as f64) / (self.looked_at - 1).max(1) as f64;
        self.looked_at >= FEWEST_INSTANCES && self.most >= FEWEST && self.most as f64 > TIMES * others
    }
}

/// The versions of a service, by ID: the first day on which each was looked at.
pub(super) type VersionDays = HashMap<i64, Vec<(i64, i32)>>;

/// Whether a stack is new: the newest version of its service brought it, or, if the service has only one version, it came after the
/// service was first looked at. `after` is the last day that does not count as recent.
pub(super) fn is_new(candidate: &Candidate, versions: &[(i64, i32)], after: i32) -> bool {
    let days = versions.iter().map(|(_, day)| *day);
    let (Some(oldest), Some(newest)) = (days.clone().min(), days.max()) else { return false };
    let came_later = candidate.since_day > oldest && candidate.since_day > after;
    let is_of_newest = || versions.contains(&(candidate.since_version, newest));
    came_later && (oldest == newest || is_of_newest())
}

/// A service that the filters keep.
pub(super) struct Service {
    pub(super) name: String,
    pub(super) team: Option<String>,
}

impl Service {
    /// Whether the filters of a question keep it.
    pub(super) fn is_kept(&self, question: &Question) -> bool {
        question.service.as_ref().is_none_or(|regex| regex.is_match(&self.name))
            && question.team.as_ref().is_none_or(|team| self.team.as_ref() == Some(team))
            && question.among.as_ref().is_none_or(|names| names.contains(&self.name))
    }
}

/// The root mean squares of an earlier day.
#[derive(Default)]
pub(super) struct RmsOfDay {
    /// The instances of each service that were looked at.
    pub(super) looked_at: HashMap<i64, i64>,
    /// By service and stack.
    pub(super) rms: FxHashMap<(i64, i64), f64>,
}

impl RmsOfDay {
    /// 0 for a stack that its service did not have then; `None` for a service that was not looked at.
    fn of(&self, candidate: &Candidate) -> Option<f64> {
        self.looked_at.get(&candidate.service)?;
        Some(self.rms.get(&(candidate.service, candidate.stack)).copied().unwrap_or(0.0))
    }
}

/// Candidates beyond twice the limit that are kept for a while.
const SLACK: usize = 4096;

/// What decides which candidates are shown.
pub(super) struct Chooser<'a> {
    pub(super) question: &'a Question,
    /// The last day that does not count as recent.
    pub(super) after: i32,
    /// The services that the filters keep, by number.
    pub(super) services: &'a HashMap<i64, Service>,
    pub(super) versions: &'a VersionDays,
    /// Empty unless the order is by growth.
    pub(super) before: RmsOfDay,
}

impl Chooser<'_> {
    /// The candidates that are shown, in order, and how many there are beyond the limit.
    pub(super) fn choose(&self, candidates: Vec<Candidate>) -> (Vec<Candidate>, usize) {
        let none = Vec::new();
        let versions_of = |service: &i64| self.versions.get(service).unwrap_or(&none);
        let question = self.question;
        // `None` for a stack that is not in the answer. The larger comes first.
        let key = |it: &Candidate| match question.order {
            Order::Rms => Some(it.rms()),
            Order::New => is_new(it, versions_of(&it.service), self.after).then(|| it.rms()),
            Order::Odd => it.is_odd().then_some(it.most as f64),
            Order::Growth => self.before.of(it).map(|before| it.rms() - before).filter(|gain| *gain > 0.0),
        };
        let is_large = |it: &Candidate| question.least_rms <= 0.0 || it.rms() >= question.least_rms;
        let name = |it: &Candidate| self.services.get(&it.service).map(|service| service.name.as_str());
        let order = |(left, a): &(f64, Candidate), (right, b): &(f64, Candidate)| {
            let names = || name(a).cmp(&name(b)).then_with(|| a.fingerprint.cmp(&b.fingerprint));
            right.total_cmp(left).then_with(names)
        };
        let limit = if question.limit == 0 { usize::MAX } else { question.limit };
        let (mut keyed, mut found): (Vec<(f64, Candidate)>, usize) = (Vec::new(), 0);
        for candidate in candidates.into_iter().filter(is_large) {
            let Some(key) = key(&candidate) else { continue };
            found += 1;
            keyed.push((key, candidate));
            // What cannot be shown any more is dropped from time to time.
            if keyed.len() >= limit.saturating_mul(2).saturating_add(SLACK) {
                keyed.select_nth_unstable_by(limit, order);
                keyed.truncate(limit);
            }
        }
        let shown = limit.min(keyed.len());
        // Only what is shown needs an order.
        if shown < keyed.len() {
            keyed.select_nth_unstable_by(shown, order);
            keyed.truncate(shown);
        }
        keyed.sort_unstable_by(order);
        (keyed.into_iter().map(|(_, it)| it).collect(), found - shown)
    }
}
