//! Goroutines that are printed twice: with GOTRACEBACK=crash, Go first lists all goroutines and then prints the one of each
//! thread again.
//!
//! Source: `runtime/signal_unix.go`, `sighandler`.

use super::Assembler;
use super::goroutine::OpenGoroutine;
use super::goroutine::Printed;
use crate::model::Ancestor;
use crate::model::FrameId;
use crate::model::Goroutines;

impl Assembler<'_> {
    /// Goroutines that were read until now may be printed again from now on.
    pub(in super::super) fn begin_repeats(&mut self) {
        self.close();
        if self.printed.is_some() {
            return;
        }
        let (samples, goroutines) = (&self.profile.samples, &self.profile.goroutines);
        let mut printed = Printed::default();
        for (index, (sample, goroutines)) in samples.iter().zip(goroutines).enumerate() {
            let is_empty = self.profile.stacks.frame_ids(sample.stack).next().is_none();
            printed.extend(goroutines.iter().map(|it| (it.id, is_empty.then_some(index))));
        }
        self.printed = Some(printed);
    }

    pub(super) fn is_printed(&self, id: Option<u64>) -> bool {
        let printed = self.printed.as_ref().zip(id);
        printed.is_some_and(|(printed, id)| printed.contains_key(&id))
    }

    pub(super) fn remember(&mut self, id: Option<u64>, frames: &[FrameId], index: usize) {
        if let Some((printed, id)) = self.printed.as_mut().zip(id) {
            printed.insert(id, frames.is_empty().then_some(index));
        }
    }

    /// Ends a goroutine that was printed before. It counts once; its stack is taken if it was not printed the first time.
    pub(super) fn close_again(
        &mut self,
        open: OpenGoroutine,
        frames: &[FrameId],
        ancestors: Box<[Ancestor]>,
    ) {
        self.faults.printed_twice += 1;
        let first = self.printed.as_ref().zip(open.header.id).and_then(|(printed, id)| printed.get(&id));
        let Some(index) = first.copied().flatten().filter(|_| !frames.is_empty() && open.strays == 0) else {
            return;
        };
        if let Some(sample) = self.profile.samples.get_mut(index)
            && let Some(goroutines) = self.profile.goroutines.get_mut(index)
        {
            sample.count = sample.count.saturating_sub(1);
            let others = goroutines.iter().filter(|it| Some(it.id) != open.header.id);
            *goroutines = others.collect::<Goroutines>();
            self.add_to_sample(open, frames, ancestors);
        }
    }
}
