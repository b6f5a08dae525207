//! Asks many instances for their goroutine profile, some at once.
#![expect(clippy::disallowed_methods, reason = "a sweep has a deadline")]

use std::collections::VecDeque;
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

use super::credentials::Credentials;
use super::road::Fault;
use super::road::Road;
use super::road::Taken;
use crate::signals;

/// An instance to ask.
#[derive(Debug)]
pub(crate) struct Task {
    /// The position of its service.
    pub(crate) service: usize,
    pub(crate) target: FleetTarget,
    pub(crate) road: Road,
}

/// How to ask.
pub(crate) struct AskOptions {
    pub(crate) http: source::HttpOptions,
    pub(crate) credentials: Credentials,
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
    pub(crate) result: Option<Result<Taken, Fault>>,
    /// Whether it was asked for the second time, after the first answer did not come in time.
    pub(crate) is_second: bool,
}

/// How often the deadline and signals are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long to wait for the reader of the answers.
const BACKLOG_TICK: Duration = Duration::from_millis(2);

/// Asks each instance once, and those that did not answer in time once more at the end. Each is answered once, and a second time if it was
/// asked again. `unread` counts answers that were not taken yet: while there are as many as may be asked at once, no other is asked, so that
/// memory does not grow with the number of instances.
pub(crate) fn ask(tasks: &[Task], options: &AskOptions, unread: &AtomicUsize, answers: &Sender<Answer>) {
    let mut queue = Queue::new(options.limits.budget);
    for (index, task) in tasks.iter().enumerate() {
        queue.push(index, task.service, task.target.host());
    }
    let mut slow = VecDeque::new();
    let mut turn = Turn { tasks, options, unread, answers, slow: &mut slow, is_second: false };
    source::block_on(turn.run(&mut queue));
    if slow.is_empty() {
        return;
    }
    let again: Vec<usize> = slow.drain(..).collect();
    for index in again {
        if let Some(task) = tasks.get(index) {
            queue.push(index, task.service, task.target.host());
        }
    }
    let mut turn = Turn { tasks, options, unread, answers, slow: &mut slow, is_second: true };
    source::block_on(turn.run(&mut queue));
}

struct Turn<'a> {
    tasks: &'a [Task],
    options: &'a AskOptions,
    unread: &'a AtomicUsize,
    answers: &'a Sender<Answer>,
    slow: &'a mut VecDeque<usize>,
    is_second: bool,
}

impl Turn<'_> {
    async fn run(&mut self, queue: &mut Queue) {
        let mut asked = JoinSet::new();
        while Instant::now() < self.options.limits.deadline && signals::received().is_none() {
            while self.unread.load(Ordering::Acquire) < self.options.limits.budget.at_once.max(1) {
                let Some(index) = queue.start_next() else { break };
                let Some(task) = self.tasks.get(index) else { continue };
                let request = request(task, self.options);
                asked.spawn(async move {
                    let answer = match request {
                        Ok(request) => request.send().await,
                        Err(error) => Err(Fault::Source(error)),
                    };
                    (index, answer)
                });
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

    fn answer(&mut self, index: usize, result: Option<Result<Taken, Fault>>) {
        let is_second = self.is_second;
        if !is_second && matches!(result, Some(Err(Fault::Source(SourceError::TimedOut { .. })))) {
            self.slow.push_back(index);
        }
        self.unread.fetch_add(1, Ordering::AcqRel);
        // If the reader is gone, a store could not be written: nobody wants the answer.
        let _ = self.answers.send(Answer { index, result, is_second });
    }
}

/// A request that is ready to be sent.
enum Request {
    Direct(Box<(source::Client, source::Target)>),
    Other(Road),
}

fn request(task: &Task, options: &AskOptions) -> Result<Request, SourceError> {
    if !matches!(task.road, Road::Direct) {
        return Ok(Request::Other(task.road.clone()));
    }
    let target = source::Target::parse(&task.target.place)?;
    let http = options.credentials.for_target(&target, &options.http);
    Ok(Request::Direct(Box::new((source::Client::new(&http, &target)?, target))))
}

impl Request {
    /// Asks for the counts, and for nothing else: a traceback stops the process for longer.
    async fn send(self) -> Result<Taken, Fault> {
        match self {
            Request::Direct(direct) => {
                let (client, target) = *direct;
                Ok(client.get(&target, "goroutine", None).await?.into())
            }
            Request::Other(Road::Through(api, call)) => Ok(api.call(&call).await?.into()),
            Request::Other(Road::Stored(api, stored)) => stored.fetch(&api).await,
            Request::Other(Road::Direct) => Err(Fault::NoProfile("it has no address".to_owned())),
        }
    }
}
