//! Asks many instances for their profiles, some at once.
#![expect(clippy::disallowed_methods, reason = "a sweep has a deadline")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;
use std::time::Duration;
use std::time::Instant;

use leakscope::decode;
use leakscope::fleet::Budget;
use leakscope::fleet::FleetTarget;
use leakscope::fleet::Queue;
use leakscope::source;
use leakscope::source::SourceError;
use tokio::task::JoinSet;

use super::credentials::Credentials;
use super::road::Fault;
use super::road::Road;
use super::road::Stored;
use super::road::Taken;
use crate::api::Api;
use crate::commands::pull::Wanted;
use crate::commands::pull::pull;
use crate::options::WhatArgs;
use crate::signals;

/// An instance to ask.
#[derive(Debug)]
pub(crate) struct Task {
    /// The position of its service.
    pub(crate) service: usize,
    pub(crate) target: FleetTarget,
    pub(crate) road: Road,
    pub(crate) look: Look,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Look {
    /// The counts, and nothing else: a traceback stops the process for longer.
    Counts,
    /// The counts, and what a person allowed besides.
    Again(Arc<Again>),
}

/// What a second look asks for.
#[derive(Debug)]
pub(crate) struct Again {
    pub(crate) what: WhatArgs,
    pub(crate) limits: decode::Limits,
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

/// Asks as [`ask_all`] does, on a thread of its own, because decoding beside the requests would make answers late. Each answer is handed over
/// in the order in which they come.
pub(crate) fn ask(tasks: &[Task], options: &AskOptions, mut take: impl FnMut(Answer)) {
    let (sender, answers) = channel();
    let unread = &AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(move || ask_all(tasks, options, unread, &sender));
        while let Ok(answer) = answers.recv() {
            unread.fetch_sub(1, Ordering::AcqRel);
            take(answer);
        }
    });
}

/// Asks each instance once, and those that did not answer in time once more at the end. Each is answered once, and a second time if it was
/// asked again. `unread` counts answers that were not taken yet: while there are as many as may be asked at once, no other is asked, so that
/// memory does not grow with the number of instances.
fn ask_all(tasks: &[Task], options: &AskOptions, unread: &AtomicUsize, answers: &Sender<Answer>) {
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
        // A second look costs the process more: one that was too slow is not asked for again.
        let is_cheap = self.tasks.get(index).is_some_and(|it| matches!(it.look, Look::Counts));
        let was_slow = matches!(result, Some(Err(Fault::Source(SourceError::TimedOut { .. }))));
        if is_cheap && was_slow && !is_second {
            self.slow.push_back(index);
        }
        self.unread.fetch_add(1, Ordering::AcqRel);
        // If the reader is gone, a store could not be written: nobody wants the answer.
        let _ = self.answers.send(Answer { index, result, is_second });
    }
}

/// A request that is ready to be sent.
enum Request {
    Direct(Box<(source::Client, source::Target)>, Look),
    Through(Arc<Api>, Box<source::Target>, Look),
    Stored(Arc<Api>, Arc<Stored>),
}

fn request(task: &Task, options: &AskOptions) -> Result<Request, SourceError> {
    let target = || source::Target::parse(&task.target.place);
    let look = task.look.clone();
    Ok(match &task.road {
        Road::Direct => {
            let target = target()?;
            let http = options.credentials.for_target(&target, &options.http);
            Request::Direct(Box::new((source::Client::new(&http, &target)?, target)), look)
        }
        Road::Through(api) => Request::Through(Arc::clone(api), Box::new(target()?), look),
        Road::Stored(api, stored) => Request::Stored(Arc::clone(api), Arc::clone(stored)),
    })
}

impl Request {
    async fn send(self) -> Result<Taken, Fault> {
        match self {
            Request::Direct(direct, look) => look.send(&direct.0, &direct.1).await,
            Request::Through(api, target, look) => look.send(api.client(), &target).await,
            Request::Stored(api, stored) => stored.fetch(&api).await,
        }
    }
}

impl Look {
    async fn send(&self, client: &source::Client, target: &source::Target) -> Result<Taken, Fault> {
        match self {
            Look::Counts => Ok(client.get(target, "goroutine", None).await?.into()),
            Look::Again(again) => {
                let flags = ["--traceback-limit"; 2];
                let wanted = Wanted { what: &again.what, last: true, flags };
                Ok(Taken::again(pull(client, target, &wanted, &again.limits).await?, target))
            }
        }
    }
}
