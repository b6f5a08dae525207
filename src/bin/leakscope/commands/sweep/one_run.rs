//! One run of a sweep: captures and answers, one after the other, into the store.

use leakscope::fleet::FleetTarget;
use leakscope::fleet::MissCause;
use leakscope::fleet::Missed;
use leakscope::input::SnapshotInput;
use leakscope::source;
use leakscope::store::Seen;
use leakscope::store::StoreError;

use crate::sweep;
use crate::sweep::Answer;
use crate::sweep::AskOptions;
use crate::sweep::Collector;
use crate::sweep::Looker;
use crate::sweep::Taken;
use crate::sweep::Task;
use crate::terminal::Terminal;

const MAX_CAPTURE: u64 = 224 << 20;

/// One run.
pub(super) struct Sweep<'a> {
    pub(super) looker: &'a Looker,
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

    /// Asks, and takes the answers.
    pub(super) fn ask(
        &mut self,
        tasks: &[Task],
        options: &AskOptions,
        terminal: &Terminal,
    ) -> Result<(), StoreError> {
        let mut done = 0;
        let mut result = Ok(());
        sweep::ask(tasks, options, |answer| {
            done += 1;
            if done % 1000 == 0 {
                terminal.note(&format!("{done} of {} instances", tasks.len()));
            }
            if result.is_ok() {
                result = self.answer(tasks, answer);
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
            Some(Ok(Taken { input, taken_at, total, .. })) => self.look(target, input, taken_at, total),
        };
        self.collector.take(*service, result)
    }
}
