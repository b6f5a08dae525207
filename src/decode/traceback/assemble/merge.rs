//! From all goroutines to a snapshot: what several readers found is put together and in order.

use super::Assembler;
use crate::decode::DecodeError;
use crate::model::FileId;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::StackId;
use crate::model::StateId;
use crate::model::Warning;

/// What stands at a number, or else what is given.
fn at<T: Copy>(table: &[T], number: u32, or: T) -> T {
    table.get(number as usize).copied().unwrap_or(or)
}

/// What lies at these numbers, taken from there.
fn in_order<T: Default>(table: &mut [T], order: &[u32]) -> Vec<T> {
    order.iter().filter_map(|number| table.get_mut(*number as usize).map(std::mem::take)).collect()
}

/// How many of these numbers were there before. `ids` gives them as often as it is asked.
fn repeats<I: Iterator<Item = u64>>(ids: impl Fn() -> I) -> usize {
    let (all, greatest) = ids().fold((0, 0), |(all, greatest), id| (all + 1, id.max(greatest)));
    // As a rule most numbers up to the greatest are there, or were not long ago.
    if greatest / 64 <= all {
        let mut there = vec![0u64; greatest as usize / 64 + 1];
        let mut seen = |id: u64| {
            let (bits, bit) = (there.get_mut(id as usize / 64), 1 << (id % 64));
            bits.is_some_and(|bits| std::mem::replace(bits, *bits | bit) & bit != 0)
        };
        return ids().filter(|id| seen(*id)).count();
    }
    let mut ids: Vec<u64> = ids().collect();
    ids.sort_unstable();
    ids.array_windows::<2>().filter(|[a, b]| a == b).count()
}

impl Assembler<'_> {
    /// Takes in what another reader found in other pieces of the same text.
    pub(in super::super) fn absorb(&mut self, other: Assembler<'_>) {
        let Assembler { profile: theirs, firsts, declared_total, positioned, faults, .. } = other;
        let symbols = &mut self.profile.symbols;
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
        let stacks = &mut self.profile.stacks;
        let frames: Vec<FrameId> =
            theirs.stacks.all_frames().iter().map(|it| stacks.intern_frame(frame(*it))).collect();
        let mut room: Vec<FrameId> = Vec::new();
        let stacks: Vec<StackId> = (0..theirs.stacks.len() as u32)
            .map(|id| {
                room.clear();
                room.extend(theirs.stacks.frame_ids(StackId(id)).map(|it| at(&frames, it.0, it)));
                stacks.intern(&room, theirs.stacks.truncation(StackId(id)))
            })
            .collect();
        let labels = self.profile.labels.append(&theirs.labels);
        let states: Vec<StateId> = theirs.states.into_iter().map(|state| self.state_id(state)).collect();
        let rows = theirs.samples.iter().zip(theirs.details).zip(theirs.goroutines);
        for (((sample, detail), goroutines), line) in rows.zip(firsts) {
            let key = (
                at(&stacks, sample.stack.0, sample.stack),
                at(&labels, sample.labels.0, sample.labels),
                detail.state.map(|id| at(&states, id.0, id)),
                detail.spawn.map(frame),
            );
            let index = self.sample(key, line);
            if let Some(ours) = self.profile.samples.get_mut(index) {
                ours.count = ours.count.saturating_add(sample.count);
            }
            if let Some(first) = self.firsts.get_mut(index) {
                *first = line.min(*first);
            }
            if let Some(ours) = self.profile.goroutines.get_mut(index) {
                ours.append(&goroutines);
            }
        }
        self.declared_total += declared_total;
        self.positioned |= positioned;
        self.faults.absorb(faults);
        self.profile.warnings.extend(theirs.warnings);
    }

    /// Puts the samples in the order of their first goroutines, whoever read them.
    pub(in super::super) fn sort_samples(&mut self) {
        if self.firsts.is_sorted() {
            return;
        }
        let mut order: Vec<u32> = (0..self.firsts.len() as u32).collect();
        // What each reader took is in order: a sort that finds such runs has little to do.
        order.sort_by_key(|number| at(&self.firsts, *number, u64::MAX));
        let Profile { samples, details, goroutines, .. } = &mut self.profile;
        *samples = order.iter().filter_map(|number| samples.get(*number as usize).copied()).collect();
        *details = in_order(details, &order);
        *goroutines = in_order(goroutines, &order);
    }

    /// Gives what is told the numbers of its lines in the whole text.
    pub(in super::super) fn number_lines(&mut self, line_of: impl Fn(u64) -> u64) {
        self.faults.named.iter_mut().for_each(|(line, ..)| *line = line_of(*line));
        self.profile.warnings.iter_mut().for_each(|it| it.line = it.line.map(&line_of));
    }

    /// The snapshot, once all lines were read.
    pub(in super::super) fn finish(mut self) -> Result<Profile, DecodeError> {
        self.warn_of_repeats();
        self.profile.declared_total = i128::try_from(self.declared_total).ok();
        let skipped = u128::from(self.faults.skipped);
        self.faults.warn(&mut self.profile.warnings);
        if skipped * 2 >= self.declared_total && skipped > 1 {
            let why = format!(
                "the lines of {skipped} of {} goroutines are interleaved or out of order",
                self.declared_total
            );
            return Err(DecodeError::NoGoroutine { form: "a traceback", why });
        }
        if self.profile.samples.is_empty() {
            let why = match self.faults.named.first() {
                Some((line, _, why)) => format!("line {line}: {why}"),
                None => "no goroutine has a frame".to_owned(),
            };
            return Err(DecodeError::NoGoroutine { form: "a traceback", why });
        }
        Ok(self.profile)
    }

    /// A process never uses a number twice, so a repeated one means that several dumps stand in the text.
    fn warn_of_repeats(&mut self) {
        let goroutines = &self.profile.goroutines;
        let repeats = repeats(|| goroutines.iter().flatten().map(|it| it.id));
        if repeats > 0 {
            let text = format!(
                "{repeats} goroutine numbers occur more than once: the text holds several dumps, and their goroutines are \
                 counted together; give each dump as a file of its own to compare them"
            );
            self.profile.warnings.push(Warning::loss(text));
        }
    }
}
