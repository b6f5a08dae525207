//! From all goroutines to a snapshot: what several readers found is put together and in order.

use std::num::NonZeroU64;

use super::Assembler;
use crate::decode::DecodeError;
use crate::model::FileId;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Goroutine;
use crate::model::Snapshot;
use crate::model::StackId;
use crate::model::StateId;
use crate::model::Warning;

/// More goroutines are put in order where they lie.
const MOST_DEALT: usize = 1 << 20;

/// What stands at a number, or else what is given.
fn at<T: Copy>(table: &[T], number: u32, or: T) -> T {
    table.get(number as usize).copied().unwrap_or(or)
}

/// By what the goroutines of a sample are put in order. Of several dumps in one text a number may be there twice.
fn rank(it: &Goroutine) -> (u64, Option<u32>, Option<NonZeroU64>, Option<NonZeroU64>) {
    (it.id, it.minutes, it.parent, it.waits_for)
}

impl Assembler<'_> {
    /// Takes in what another reader found in other pieces of the same text.
    pub(in super::super) fn absorb(&mut self, other: Assembler<'_>) {
        let Assembler { snapshot: theirs, firsts, members, claimed, positioned, faults, .. } = other;
        let symbols = &mut self.snapshot.symbols;
        let functions: Vec<FunctionId> = (0..theirs.symbols.functions_len() as u32)
            .map(|id| symbols.intern_function(theirs.symbols.function(FunctionId(id))))
            .collect();
        let files: Vec<FileId> = (0..theirs.symbols.files_len() as u32)
            .map(|id| symbols.intern_file(theirs.symbols.file(FileId(id))))
            .collect();
        let frame = |Frame { function, file, line }: Frame| Frame {
            function: at(&functions, function.0, function),
            file: at(&files, file.0, FileId::NONE),
            line,
        };
        let stacks = &mut self.snapshot.stacks;
        let frames: Vec<FrameId> =
            theirs.stacks.all_frames().iter().map(|it| stacks.intern_frame(frame(*it))).collect();
        let mut room: Vec<FrameId> = Vec::new();
        let stacks: Vec<StackId> = (0..theirs.stacks.len() as u32)
            .map(|id| {
                room.clear();
                room.extend(theirs.stacks.frame_ids(StackId(id)).map(|it| at(&frames, it.0, it)));
                stacks.intern(&room, theirs.stacks.gap(StackId(id)))
            })
            .collect();
        let labels = self.snapshot.labels.append(&theirs.labels);
        let states: Vec<StateId> = theirs.states.into_iter().map(|state| self.state_id(state)).collect();
        let mut samples = Vec::with_capacity(firsts.len());
        for ((sample, detail), line) in theirs.samples.iter().zip(theirs.details).zip(firsts) {
            let key = (
                at(&stacks, sample.stack.0, sample.stack),
                at(&labels, sample.labels.0, sample.labels),
                detail.state.map(|id| at(&states, id.0, id)),
                detail.spawn.map(frame),
            );
            let index = self.sample(key, line);
            self.snapshot.samples.add(index, sample.count);
            if let Some(first) = self.firsts.get_mut(index) {
                *first = line.min(*first);
            }
            samples.push(u32::try_from(index).unwrap_or(u32::MAX));
        }
        self.members
            .extend(members.into_iter().map(|(sample, goroutine)| (at(&samples, sample, sample), goroutine)));
        self.claimed += claimed;
        self.positioned |= positioned;
        self.faults.absorb(faults);
        self.snapshot.warnings.extend(theirs.warnings);
    }

    /// Puts the samples in the order of their first goroutines, whoever read them.
    pub(in super::super) fn sort_samples(&mut self) {
        if self.firsts.is_sorted() {
            return;
        }
        let mut order: Vec<u32> = (0..self.firsts.len() as u32).collect();
        // What each reader took is in order: a sort that finds such runs has little to do.
        order.sort_by_key(|number| at(&self.firsts, *number, u64::MAX));
        let mut places = vec![0; order.len()];
        for (place, number) in (0u32..).zip(&order) {
            if let Some(it) = places.get_mut(*number as usize) {
                *it = place;
            }
        }
        let Snapshot { samples, details, .. } = &mut self.snapshot;
        *samples = order.iter().filter_map(|number| samples.get(*number as usize)).collect();
        *details = order.iter().filter_map(|number| details.get(*number as usize).cloned()).collect();
        for (sample, _) in &mut self.members {
            *sample = at(&places, *sample, *sample);
        }
    }

    /// Gives what is told the numbers of its lines in the whole text.
    pub(in super::super) fn number_lines(&mut self, line_of: impl Fn(u64) -> u64) {
        self.faults.named.iter_mut().for_each(|(line, ..)| *line = line_of(*line));
        self.snapshot.warnings.iter_mut().for_each(|it| it.line = it.line.map(&line_of));
    }

    /// Puts the goroutines in the order of their samples, then of their numbers, and tells each sample which are its own.
    fn settle_members(&mut self) {
        let Snapshot { details, goroutines, .. } = &mut self.snapshot;
        for (sample, _) in &self.members {
            if let Some(detail) = details.get_mut(*sample as usize) {
                detail.goroutines.end += 1;
            }
        }
        let mut sum = 0;
        for detail in details.iter_mut() {
            let own = detail.goroutines.end;
            // The end is where the next goes until all are there.
            detail.goroutines = if own > 0 { sum..sum } else { 0..0 };
            sum += own;
        }
        let mut members = std::mem::take(&mut self.members);
        if members.len() > MOST_DEALT {
            // In place: a second list would cost too much.
            members.sort_unstable_by_key(|(sample, it)| (*sample, rank(it)));
            for (sample, _) in &members {
                if let Some(detail) = details.get_mut(*sample as usize) {
                    detail.goroutines.end += 1;
                }
            }
            *goroutines = members.into_iter().map(|(_, goroutine)| goroutine).collect();
            return;
        }
        goroutines.resize(members.len(), Goroutine { id: 0, parent: None, minutes: None, waits_for: None });
        for (sample, goroutine) in members {
            if let Some(detail) = details.get_mut(sample as usize)
                && let Some(place) = goroutines.get_mut(detail.goroutines.end as usize)
            {
                *place = goroutine;
                detail.goroutines.end += 1;
            }
        }
        // Go writes those of a sample in order, as a rule.
        for detail in details {
            let range = detail.goroutines.start as usize..detail.goroutines.end as usize;
            let own = goroutines.get_mut(range).unwrap_or(&mut []);
            if !own.is_sorted_by_key(rank) {
                own.sort_unstable_by_key(rank);
            }
        }
    }

    /// The snapshot, once all lines were read.
    pub(in super::super) fn finish(mut self) -> Result<Snapshot, DecodeError> {
        self.warn_of_repeats();
        self.settle_members();
        self.snapshot.claimed = i128::try_from(self.claimed).ok();
        let skipped = u128::from(self.faults.skipped);
        self.faults.warn(&mut self.snapshot.warnings);
        if skipped * 2 >= self.claimed && skipped > 1 {
            let why = format!(
                "the lines of {skipped} of {} goroutines are interleaved or out of order",
                self.claimed
            );
            return Err(DecodeError::NoGoroutine { form: "a traceback", why });
        }
        if self.snapshot.samples.is_empty() {
            let why = match self.faults.named.first() {
                Some((line, _, why)) => format!("line {line}: {why}"),
                None => "no goroutine has a frame".to_owned(),
            };
            return Err(DecodeError::NoGoroutine { form: "a traceback", why });
        }
        Ok(self.snapshot)
    }

    /// A process never uses a number twice, so a repeated one means that several dumps stand in the text.
    fn warn_of_repeats(&mut self) {
        let mut ids: Vec<u64> = self.members.iter().map(|(_, goroutine)| goroutine.id).collect();
        // Goroutines stand in the text in the order of their numbers, as a rule: this sort finds such runs.
        ids.sort();
        let repeats = ids.array_windows::<2>().filter(|[a, b]| a == b).count();
        if repeats > 0 {
            let text = format!(
                "{repeats} goroutine numbers occur more than once: the text holds several dumps, and their goroutines are \
                 counted together; give each dump as a file of its own to compare them"
            );
            self.snapshot.warnings.push(Warning::loss(text));
        }
    }
}
