//! Asks many instances for their goroutine profile, some at once.
#![expect(clippy::disallowed_methods, reason = "a sweep has a deadline")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::Duration;
use std::time::Instant;

use leakscope::fleet::Budget;
use leakscope::fleet::FleetTarget;
use leakscope::fleet::Queue;
use leakscope::source;
use leakscope::source::SourceError;
use tokio::task::JoinSet;

use crate::signals;

/// How to ask.
pub(crate) struct AskOptions {
    pub(crate) http: source::HttpOptions,
    pub(crate) limits: Limits,
}

/// How many at once, and until when.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) budget: Budget,
    pub(crate) deadline: Instant,
}

/// What became of one instance.
pub(crate) struct Answer {
    /// Its position in the list.
    pub(crate) index: usize,
    /// `None` if the deadline or a signal came first.
    pub(crate) result: Option<Result<source::Fetched, SourceError>>,
    /// Whether it was asked for the second time, after the first answer did not come in time.
    pub(crate) is_second: bool,
}

/// How often the deadline and signals are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long to wait for the reader of the answers.
const BACKLOG_TICK: Duration = Duration::from_millis(2);

/// Asks each instance once, and those that did not answer in time once more at the end; each has a number for its service. Each is answered
/// once, and a second time if it was asked again. `unread` counts answers that were not taken yet: while there are as many as may be
/// asked at once, no other is asked, so that memory does not grow with the number of instances.
pub(crate) fn ask(
    targets: &[(usize, FleetTarget)],
    options: &AskOptions,
    unread: &AtomicUsize,
    answers: &Sender<Answer>,
) {
    let mut queue = Queue::new(options.limits.budget);
    for (index, (service, target)) in targets.iter().enumerate() {
        queue.push(index, *service, target.host());
    }
    let http = Arc::new(options.http.clone());
    let mut slow = VecDeque::new();
    let mut turn =
        Turn { targets, http, limits: options.limits, unread, answers, slow: &mut slow, is_second: false };
    source::block_on(turn.run(&mut queue));
    if slow.is_empty() {
        return;
    }
    let again: Vec<usize> = slow.drain(..).collect();
    for index in again {
        if let Some((service, target)) = targets.get(index) {
            queue.push(index, *service, target.host());
        }
    }
    let http = Arc::new(options.http.clone());
    let limits = options.limits;
    let mut turn = Turn { targets, http, limits, unread, answers, slow: &mut slow, is_second: true };
    source::block_on(turn.run(&mut queue));
}

struct Turn<'a> {
    targets: &'a [(usize, FleetTarget)],
    http: Arc<source::HttpOptions>,
    limits: Limits,
    unread: &'a AtomicUsize,
    answers: &'a Sender<Answer>,
    slow: &'a mut VecDeque<usize>,
    is_second: bool,
}

impl Turn<'_> {
    async fn run(&mut self, queue: &mut Queue) {
        let mut asked = JoinSet::new();
        while Instant::now() < self.limits.deadline && signals::received().is_none() {
            while self.unread.load(Ordering::Acquire) < self.limits.budget.at_once.max(1) {
                let Some(index) = queue.start_next() else { break };
                let Some((_, target)) = self.targets.get(index) else { continue };
                let (place, http) = (target.place.clone(), Arc::clone(&self.http));
                asked.spawn(async move { (index, fetch(&place, &http).await) });
            }
            if queue.is_empty() && asked.is_empty() {
                return;
            }
            if asked.is_empty() {
                source::sleep(BACKLOG_TICK).await;
                continue;
            }
            // A request that was cancelled or panicked has no answer; none is before the loop ends.
            if let Ok(Some(Ok((index, result)))) = tokio::time::timeout(TICK, asked.join_next()).await {
                queue.done(index);
                self.answer(index, Some(result));
            }
        }
        let left: Vec<usize> = queue.drain();
        for index in left {
            self.answer(index, None);
        }
    }

    fn answer(&mut self, index: usize, result: Option<Result<source::Fetched, SourceError>>) {
        let is_second = self.is_second;
        if !is_second && matches!(result, Some(Err(SourceError::TimedOut { .. }))) {
            self.slow.push_back(index);
        }
        self.unread.fetch_add(1, Ordering::AcqRel);
        // If the reader is gone, a store could not be written: nobody wants the answer.
        let _ = self.answers.send(Answer { index, result, is_second });
    }
}

/// Asks for the counts, and for nothing else: a traceback stops the process for longer.
async fn fetch(place: &str, options: &source::HttpOptions) -> Result<source::Fetched, SourceError> {
    let target = source::Target::parse(place)?;
    source::Client::new(options, &target)?.get(&target, "goroutine", None).await
}
