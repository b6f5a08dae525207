//! Merges the results of several readers, and finishes the profile.

use super::Assembler;
use crate::decode::DecodeError;
use crate::decode::traceback::faults::Faults;
use crate::model::Ancestor;
use crate::model::FileId;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::StackId;
use crate::model::StateId;
use crate::model::Warning;
use crate::text::pluralize;

/// The entry at an id, or `default` if there is none.
fn at<T: Copy>(table: &[T], id: u32, default: T) -> T {
    table.get(id as usize).copied().unwrap_or(default)
}

fn permuted<T: Default>(table: &mut [T], order: &[u32]) -> Vec<T> {
    order.iter().filter_map(|index| table.get_mut(*index as usize).map(std::mem::take)).collect()
}

/// The number of ids that are repeated. `ids` starts a new iteration at each call.
fn repeats<I: Iterator<Item = u64>>(ids: impl Fn() -> I) -> usize {
    let (all, greatest) = ids().fold((0, 0), |(all, greatest), id| (all + 1, id.max(greatest)));
    // A bit set, unless the ids are so sparse that sorting them needs less memory.
    if greatest / 64 <= all {
        let mut set = vec![0u64; greatest as usize / 64 + 1];
        let mut seen = |id: u64| {
            let (bits, bit) = (set.get_mut(id as usize / 64), 1 << (id % 64));
            bits.is_some_and(|bits| std::mem::replace(bits, *bits | bit) & bit != 0)
        };
        return ids().filter(|id| seen(*id)).count();
    }
    let mut ids: Vec<u64> = ids().collect();
    ids.sort_unstable();
    ids.array_windows::<2>().filter(|[a, b]| a == b).count()
}

impl Assembler<'_> {
    /// Merges what another reader found in other chunks of the same text.
    pub(in super::super) fn absorb(&mut self, other: Assembler<'_>) {
        let Assembler {
            profile: theirs,
            first_lines,
            headers_total,
            claimed_total,
            has_positions,
            faults,
            ..
        } = other;
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
        let mut scratch: Vec<FrameId> = Vec::new();
        let stacks: Vec<StackId> = (0..theirs.stacks.len() as u32)
            .map(|id| {
                scratch.clear();
                scratch.extend(theirs.stacks.frame_ids(StackId(id)).map(|it| at(&frames, it.0, it)));
                stacks.intern(&scratch, theirs.stacks.truncation(StackId(id)))
            })
            .collect();
        let labels = self.profile.labels.append(&theirs.labels);
        let states: Vec<StateId> = theirs.states.into_iter().map(|state| self.state_id(state)).collect();
        let rows = theirs.samples.iter().zip(theirs.details).zip(theirs.goroutines);
        for (((sample, detail), goroutines), line) in rows.zip(first_lines) {
            let key = (
                at(&stacks, sample.stack.0, sample.stack),
                at(&labels, sample.labels.0, sample.labels),
                detail.state.map(|id| at(&states, id.0, id)),
                detail.spawn.map(frame),
            );
            let ours = |it: Ancestor| Ancestor {
                frames: it.frames.into_iter().map(frame).collect(),
                spawn: it.spawn.map(frame),
                ..it
            };
            let index = self.sample_index(key, detail.ancestors.into_iter().map(ours).collect(), line);
            if let Some(ours) = self.profile.samples.get_mut(index) {
                ours.count = ours.count.saturating_add(sample.count);
            }
            if let Some(first) = self.first_lines.get_mut(index) {
                *first = line.min(*first);
            }
            if let Some(ours) = self.profile.goroutines.get_mut(index) {
                ours.append(&goroutines);
            }
            if let Some(ours) = self.profile.details.get_mut(index) {
                ours.arguments.append(&detail.arguments, |id| at(&functions, id.0, id));
            }
        }
        self.headers_total += headers_total;
        self.claimed_total = self.claimed_total.max(claimed_total);
        self.has_positions |= has_positions;
        self.faults.absorb(faults);
        self.profile.warnings.extend(theirs.warnings);
    }

    /// Sorts the samples by the lines of their first goroutines.
    pub(in super::super) fn sort_samples(&mut self) {
        if self.first_lines.is_sorted() {
            return;
        }
        let mut order: Vec<u32> = (0..self.first_lines.len() as u32).collect();
        // The samples of each reader are sorted already, and a stable sort detects such runs.
        order.sort_by_key(|index| at(&self.first_lines, *index, u64::MAX));
        self.keep_samples(&order);
    }

    /// Translates the line numbers in warnings to those of the whole text.
    pub(in super::super) fn renumber_lines(&mut self, line_of: impl Fn(u64) -> u64) {
        self.faults.lines().for_each(|line| *line = line_of(*line));
        self.profile.warnings.iter_mut().for_each(|it| it.line = it.line.map(&line_of));
    }

    /// Whether nothing was read that belongs to a goroutine: the text is prose.
    pub(in super::super) fn is_empty(&self) -> bool {
        let Faults { schedulers, history, .. } = self.faults;
        self.profile.samples.is_empty() && self.headers_total == 0 && schedulers == 0 && history == 0
    }

    pub(in super::super) fn finish(mut self) -> Result<Profile, DecodeError> {
        self.drop_empty_samples();
        self.warn_of_repeats();
        self.drop_needless_receivers();
        let headers = self.headers_total;
        let declared_total = self.claimed_total.map_or(headers, u128::from);
        self.profile.declared_total = i128::try_from(declared_total).ok();
        let skipped = u128::from(self.faults.skipped);
        if !self.has_positions {
            self.faults.unlocated = 0;
        }
        self.faults.warn(&mut self.profile.warnings);
        if skipped * 2 >= self.headers_total && skipped > 1 {
            let why =
                format!("the lines of {skipped} of {headers} goroutines are interleaved or out of order");
            return Err(DecodeError::NoGoroutine { form: "a traceback", why });
        }
        if self.profile.samples.is_empty() {
            return Err(self.why_empty());
        }
        let read = self.profile.total();
        let text = match self.claimed_total {
            Some(claimed) if i128::from(claimed) != read => {
                let claimed = pluralize(claimed.into(), "goroutine");
                Some(format!("the text claims {claimed}, {read} were read"))
            }
            None if i128::try_from(headers).ok() != Some(read) => {
                Some(format!("the text has headers of {headers} goroutines, {read} were read"))
            }
            Some(_) | None => None,
        };
        self.profile.warnings.extend(text.map(Warning::loss));
        Ok(self.profile)
    }

    fn why_empty(&self) -> DecodeError {
        if self.faults.schedulers > 0 && self.headers_total == 0 {
            let hint =
                "it is no goroutine of the program: dump all of them with GOTRACEBACK=all and kill -QUIT";
            return DecodeError::other_kind("only goroutine 0, the scheduler of a thread", Some(hint));
        }
        if self.faults.history > 0 && self.headers_total == 0 {
            let hint = "the goroutine that panicked follows the message in the log";
            return DecodeError::other_kind(
                "a stack in the message of a panic, which is history",
                Some(hint),
            );
        }
        let why = match self.faults.named.first() {
            Some((line, _, why)) => format!("line {line}: {why}"),
            None => "no goroutine has a frame".to_owned(),
        };
        DecodeError::NoGoroutine { form: "a traceback", why }
    }

    /// Drops the samples whose goroutines all went to others.
    fn drop_empty_samples(&mut self) {
        let counts = self.profile.samples.iter().zip(0u32..);
        let order: Vec<u32> = counts.filter(|(it, _)| it.count != 0).map(|(_, index)| index).collect();
        if order.len() < self.profile.samples.len() {
            self.keep_samples(&order);
        }
    }

    fn keep_samples(&mut self, order: &[u32]) {
        let Profile { samples, details, goroutines, .. } = &mut self.profile;
        *samples = order.iter().filter_map(|index| samples.get(*index as usize).copied()).collect();
        *details = permuted(details, order);
        *goroutines = permuted(goroutines, order);
    }

    /// Receivers say who holds a lock: without a goroutine that waits in package `sync` nobody asks.
    fn drop_needless_receivers(&mut self) {
        let Profile { goroutines, details, .. } = &mut self.profile;
        if goroutines.iter().flatten().all(|it| it.waits_for.is_none()) {
            details.iter_mut().for_each(|it| it.arguments.receivers = Vec::new());
        }
    }

    /// A process never reuses an id, so a repeated one means that the text contains several dumps.
    fn warn_of_repeats(&mut self) {
        let goroutines = &self.profile.goroutines;
        let repeats = repeats(|| goroutines.iter().flatten().map(|it| it.id));
        if repeats > 0 {
            let text = format!(
                "{repeats} goroutine IDs occur more than once: the text contains several dumps, and their goroutines are \
                 counted together; put each dump into a file of its own to compare them"
            );
            self.profile.warnings.push(Warning::loss(text));
            self.profile.has_repeats = true;
        }
    }
}
