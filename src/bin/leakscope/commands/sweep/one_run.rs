//! One run of a sweep: captures and answers, one after the other, into the store.
#![expect(clippy::disallowed_methods, reason = "a sweep has a deadline")]

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Instant;

use leakscope::fleet::Budget;
use leakscope::fleet::FleetTarget;
use leakscope::fleet::MissCause;
use leakscope::fleet::Missed;
use leakscope::input::Input;
use leakscope::input::SnapshotInput;
use leakscope::source;
use leakscope::store::Seen;
use leakscope::store::StoreError;

use super::args::BudgetArgs;
use super::args::SweepArgs;
use super::args::http_options;
use crate::sweep;
use crate::sweep::Answer;
use crate::sweep::Collector;
use crate::sweep::Credentials;
use crate::sweep::Looker;
use crate::sweep::Taken;
use crate::sweep::Task;
use crate::terminal::Terminal;

const MAX_CAPTURE: u64 = 224 << 20;

/// One run.
pub(super) struct Sweep<'a> {
    pub(super) looker: Looker,
    pub(super) collector: Collector<'a>,
    pub(super) asked_at: jiff::Timestamp,
}

impl Sweep<'_> {
    /// Looks at a capture.
    pub(super) fn capture(
        &self,
        target: &FleetTarget,
        capture: source::CaptureEntry,
    ) -> Result<Seen, Missed> {
        let folder = capture.read(MAX_CAPTURE).map_err(|error| sweep::miss_of(&target.instance, error))?;
        let input = SnapshotInput::from(folder);
        let taken_at = input.taken_at.map_or(self.asked_at.as_second(), |it| it.div_euclid(1_000_000_000));
        self.look(target, input, taken_at, None)
    }

    fn look(
        &self,
        target: &FleetTarget,
        input: SnapshotInput,
        at: i64,
        total: Option<u64>,
    ) -> Result<Seen, Missed> {
        let FleetTarget { instance, place, version, .. } = target;
        match self.looker.look(input, at, total) {
            Ok(observation) => Ok(Seen {
                instance: instance.clone(),
                place: place.clone(),
                version: version.clone(),
                observation,
            }),
            Err((cause, detail)) => Err(Missed { instance: instance.clone(), cause, detail }),
        }
    }

    /// Asks on a thread of its own: decoding beside the requests would make answers late.
    pub(super) fn ask(
        &mut self,
        tasks: &[Task],
        args: &SweepArgs,
        credentials: Credentials,
        terminal: &Terminal,
    ) -> Result<(), StoreError> {
        let BudgetArgs { at_once, per_service, per_host, .. } = args.budget;
        let budget = Budget { at_once, per_service, per_host };
        let limits = sweep::Limits { budget, deadline: Instant::now() + args.budget.deadline };
        let options = sweep::AskOptions { http: http_options(args), credentials, limits };
        let (sender, answers) = std::sync::mpsc::channel();
        let unread = AtomicUsize::new(0);
        let mut result = Ok(());
        std::thread::scope(|scope| {
            let unread_there = &unread;
            scope.spawn(move || sweep::ask(tasks, &options, unread_there, &sender));
            let mut done = 0;
            while let Ok(answer) = answers.recv() {
                unread.fetch_sub(1, Ordering::AcqRel);
                done += 1;
                if done % 1000 == 0 {
                    terminal.note(&format!("{done} of {} instances", tasks.len()));
                }
                if result.is_ok() {
                    result = self.answer(tasks, answer);
                }
            }
        });
        result
    }

    fn answer(&mut self, tasks: &[Task], answer: Answer) -> Result<(), StoreError> {
        let Some(Task { service, target, .. }) = tasks.get(answer.index) else { return Ok(()) };
        let result = match answer.result {
            // It was missed before, and that is what remains.
            None if answer.is_second => return Ok(()),
            None => {
                let detail = "the sweep ended before its turn, or before its answer".to_owned();
                Err(Missed { instance: target.instance.clone(), cause: MissCause::NotAsked, detail })
            }
            Some(Err(fault)) => Err(sweep::missed(&target.instance, fault)),
            Some(Ok(Taken { name, bytes, taken_at, total })) => {
                let input = SnapshotInput::from_input(Input::from_bytes(name, bytes));
                self.look(target, input, taken_at, total)
            }
        };
        self.collector.take(*service, result)
    }
}
