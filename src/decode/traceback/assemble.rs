//! Lines to goroutines, goroutines to samples.

mod merge;

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use foldhash::fast::RandomState;

use super::faults::Faults;
use super::frame;
use super::header::Header;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::model::FileId;
use crate::model::Form;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Goroutine;
use crate::model::Goroutines;
use crate::model::Kind;
use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::StackId;
use crate::model::State;
use crate::model::StateId;
use crate::model::Truncation;
use crate::model::Warning;
use crate::storage::HashIndex;

/// Longest function line that is put together from wrapped pieces.
const MAX_WRAPPED: usize = 4096;

/// A longer name is none that a person wrote.
const LONG_NAME: usize = 4096;

/// What makes two goroutines one sample.
type Key = (StackId, LabelSetId, Option<StateId>, Option<Frame>);

/// Takes the lines of a traceback, one after the other, and makes samples of them.
pub(super) struct Assembler<'l> {
    limits: &'l Limits,
    profile: Profile,
    states: HashMap<State, StateId, RandomState>,
    /// The samples by their keys.
    samples: HashIndex,
    /// The line of the first goroutine of each sample.
    firsts: Vec<u64>,
    /// How many goroutines there are in all, whoever reads them.
    goroutines: &'l AtomicUsize,
    declared_total: u128,
    open: Option<Open>,
    frames: Vec<FrameId>,
    wrapped: String,
    /// Some frame had a source position.
    positioned: bool,
    faults: Faults,
}

/// The goroutine whose lines are being read.
#[derive(Default)]
struct Open {
    header: Header,
    /// The state of the header, where it was seen before.
    state: Option<StateId>,
    line: u64,
    /// A function that waits for its source position.
    pending: Option<Pending>,
    spawn: Option<Frame>,
    parent: Option<NonZeroU64>,
    waits_for: Option<NonZeroU64>,
    elided_after: Option<u32>,
    cut: bool,
    unavailable: bool,
    /// Positions that no function stands before: the lines are not in their order.
    strays: usize,
}

/// What there is to know of a function by its name.
#[derive(Clone, Copy)]
pub(super) struct KnownCall {
    function: FunctionId,
    /// Longer than any that a person wrote.
    long: bool,
    /// Its receiver may be a lock.
    pub(super) locks: bool,
}

/// A position, and the frame that it was the last time.
pub(super) struct KnownPlace {
    pub(super) file: FileId,
    pub(super) line: u32,
    pub(super) frame: Option<(FunctionId, FrameId)>,
    /// The number of the function before it, the last time.
    pub(super) call: u32,
}

impl KnownPlace {
    pub(super) fn new(file: FileId, line: u32) -> Self {
        KnownPlace { file, line, frame: None, call: 0 }
    }
}

#[derive(Clone, Copy)]
enum Pending {
    Call(FunctionId),
    Creator(FunctionId),
}

impl<'l> Assembler<'l> {
    pub(super) fn new(limits: &'l Limits, goroutines: &'l AtomicUsize) -> Self {
        Assembler {
            limits,
            goroutines,
            profile: Profile::new(Form::Traceback, Kind::Goroutine),
            states: HashMap::default(),
            samples: HashIndex::default(),
            firsts: Vec::new(),
            declared_total: 0,
            open: None,
            frames: Vec::new(),
            wrapped: String::new(),
            positioned: false,
            faults: Faults::default(),
        }
    }

    /// The number of a state.
    pub(super) fn state_id(&mut self, state: State) -> StateId {
        if let Some(&id) = self.states.get(&state) {
            return id;
        }
        let id = StateId(u32::try_from(self.profile.states.len()).unwrap_or(u32::MAX));
        self.profile.states.push(state.clone());
        self.states.insert(state, id);
        id
    }

    /// As [`Assembler::open`], of a header whose state is known by its number.
    pub(super) fn open_known(
        &mut self,
        header: Header,
        state: Option<StateId>,
        line: u64,
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        self.open(header, line, limits)?;
        if let Some(open) = &mut self.open {
            open.state = state;
        }
        Ok(())
    }

    /// A header begins a goroutine.
    pub(super) fn open(&mut self, header: Header, line: u64, limits: &Limits) -> Result<(), DecodeError> {
        // Older goleak writes its own header, then Go's for the same goroutine.
        if let Some(open) = &mut self.open
            && open.header.goleak
            && open.header.id == header.id
            && self.frames.is_empty()
        {
            open.header = header;
            return Ok(());
        }
        self.close();
        let before = self.goroutines.fetch_add(1, Ordering::Relaxed);
        if before >= limits.max_goroutines {
            let limit = limits.max_goroutines as u64;
            return Err(DecodeError::Limit {
                what: "goroutines".to_owned(),
                limit,
                flag: "--max-traceback-goroutines",
            });
        }
        limits.check_memory((before * size_of::<Goroutine>()) as u64)?;
        // Goroutine 0 is a thread's scheduler stack, none of the program's.
        if header.id == Some(0) && !header.odd {
            return Ok(());
        }
        self.declared_total += u128::from(header.count);
        self.faults.odd_headers += u64::from(header.odd);
        self.open = Some(Open { header, line, ..Open::default() });
        Ok(())
    }

    /// Frames without a header, in a text that has none.
    pub(super) fn open_unnamed(&mut self, line: u64) {
        self.close();
        self.declared_total += 1;
        self.open = Some(Open { header: Header { count: 1, ..Header::default() }, line, ..Open::default() });
    }

    /// Whether a function or a creator waits for its position.
    pub(super) fn expects_location(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.pending.is_some())
    }

    /// A line that may be a function, a piece of a wrapped one, or something else between the frames.
    pub(super) fn text(&mut self, line: &str) {
        if self.open.is_none() {
            return;
        }
        if let Some(call) = frame::call(line) {
            self.call(call);
            return;
        }
        if !self.wrapped.is_empty() && self.wrapped.len() + line.len() < MAX_WRAPPED {
            self.wrapped.push_str(line);
            let whole = std::mem::take(&mut self.wrapped);
            match frame::call(&whole) {
                Some(call) => self.call(call),
                None => self.wrapped = whole,
            }
            return;
        }
        let name_end = line.find('(').unwrap_or(0);
        if name_end > 0 && !line.split_at(name_end).0.contains(' ') && !line.ends_with(')') {
            self.wrapped = line.to_owned();
            return;
        }
        self.faults.noise += 1;
    }

    fn call(&mut self, call: frame::Call<'_>) {
        let known = self.known_call(call.function);
        self.calls(known, call.argument);
    }

    /// What there is to know of a function by its name.
    pub(super) fn known_call(&mut self, name: &str) -> KnownCall {
        // Markdown takes the asterisks of a receiver and leaves `(_T)`.
        let function = if name.contains(".(_") {
            self.profile.symbols.intern_function(&name.replacen(".(_", ".(*", 1))
        } else {
            self.profile.symbols.intern_function(name)
        };
        KnownCall { function, long: name.len() > LONG_NAME, locks: name.contains("sync.(*") }
    }

    /// A function, which waits for its position; `argument` is its first.
    pub(super) fn calls(&mut self, call: KnownCall, argument: Option<u64>) {
        self.wrapped.clear();
        self.settle();
        let Some(open) = &mut self.open else { return };
        self.faults.long_names += u64::from(call.long);
        // sync.(*Mutex).lockSlow and kin: the receiver is the lock, wherever it is printed first.
        if open.waits_for.is_none() && call.locks {
            open.waits_for = argument.and_then(NonZeroU64::new);
        }
        open.pending = Some(Pending::Call(call.function));
    }

    /// The number of a file.
    pub(super) fn file(&mut self, file: &str) -> FileId {
        self.profile.symbols.intern_file(file)
    }

    /// The position of the function or creator before it.
    pub(super) fn location(&mut self, file: &str, line: u32) {
        let file = self.file(file);
        self.place(&mut KnownPlace::new(file, line));
    }

    /// As [`Assembler::location`], of a place that may have been seen before.
    pub(super) fn place(&mut self, place: &mut KnownPlace) {
        let Some(open) = &mut self.open else { return };
        let &mut KnownPlace { file, line, frame, .. } = place;
        match open.pending.take() {
            Some(Pending::Call(function)) if self.frames.len() < self.limits.max_depth => {
                self.positioned = true;
                // A place stands in one function, as a rule.
                let id = match frame {
                    Some((known, id)) if known == function => id,
                    Some(_) | None => self.profile.stacks.intern_frame(Frame { function, file, line }),
                };
                place.frame = Some((function, id));
                self.frames.push(id);
            }
            Some(Pending::Call(_)) => (open.cut, self.faults.too_deep) = (true, self.faults.too_deep + 1),
            Some(Pending::Creator(function)) => open.spawn = Some(Frame { function, file, line }),
            None => open.strays += 1,
        }
    }

    /// A function without position stays a frame.
    fn settle(&mut self) {
        let Some(open) = &mut self.open else { return };
        match open.pending.take() {
            Some(Pending::Call(function)) => {
                let frame = Frame { function, file: FileId::NONE, line: 0 };
                self.frames.push(self.profile.stacks.intern_frame(frame));
            }
            Some(Pending::Creator(function)) => {
                open.spawn = Some(Frame { function, file: FileId::NONE, line: 0 });
            }
            None => {}
        }
    }

    pub(super) fn created_by(&mut self, function: &str, parent: Option<NonZeroU64>) {
        self.settle();
        let Some(open) = &mut self.open else { return };
        let function = self.profile.symbols.intern_function(function);
        open.pending = Some(Pending::Creator(function));
        open.parent = parent;
    }

    /// `...N frames elided...` stands in the middle; the older `...additional frames elided...` at the end.
    pub(super) fn elided(&mut self, at_the_end: bool) {
        self.settle();
        let depth = self.frames.len();
        if let Some(open) = &mut self.open {
            open.cut |= at_the_end;
            open.elided_after = (!at_the_end).then(|| u32::try_from(depth).unwrap_or(u32::MAX));
        }
    }

    pub(super) fn unavailable(&mut self) {
        if let Some(open) = &mut self.open {
            open.unavailable = true;
        }
    }

    pub(super) fn warn_long_line(&mut self) {
        self.faults.long_lines += 1;
    }

    /// The last line was read. Where the input was cut, what waits for its other half is not believed. `in_frames` is an
    /// end right after a header or a position or inside a line, `cut_place` one inside a position or a creator.
    pub(super) fn end_of_input(&mut self, mid_line: bool, in_frames: bool, cut_place: bool) {
        let no_end = in_frames && !self.ends_at_root();
        if let Some(open) = &mut self.open {
            let half = open.pending.is_some() || !self.wrapped.is_empty();
            let named = open.header.id.is_some();
            let opened_only = self.frames.is_empty() && !open.unavailable && named;
            // A last function without its position is half a frame, unless no frame has one.
            let sure = self.positioned || matches!(open.pending, Some(Pending::Creator(_))) || opened_only;
            let cut =
                (half && sure) || (mid_line && (half || opened_only)) || (named && (no_end || cut_place));
            if cut {
                if half {
                    open.pending = None;
                }
                // What was cut away may have been more frames, so the last one is no entry.
                open.cut |= open.spawn.is_none() && (half || no_end);
                let line = open.line;
                let text = "the input is truncated inside this goroutine; what was cut away is not shown";
                self.profile.warnings.push(Warning::loss(text).at(line));
            }
        }
        self.close();
    }

    /// Whether the goroutine that is open can end here: below its last frame nothing stands but its creator, which the
    /// first goroutine and those of the runtime do not have.
    fn ends_at_root(&self) -> bool {
        let Some(open) = &self.open else { return true };
        if open.spawn.is_some() || open.pending.is_some() || open.cut || open.unavailable {
            return true;
        }
        let Some(frame) = self.frames.last().map(|id| self.profile.stacks.frame(*id)) else { return false };
        let function = self.profile.symbols.function(frame.function);
        match function {
            "main.main" => true,
            // Its creator follows, but for the first goroutine.
            "runtime.goexit" => open.header.id == Some(1),
            _ => function.starts_with("runtime.") || function.contains(".init"),
        }
    }

    /// Ends the goroutine that is open.
    pub(super) fn close(&mut self) {
        self.settle();
        self.wrapped.clear();
        let Some(open) = self.open.take() else { return };
        let frames = std::mem::take(&mut self.frames);
        if open.strays > 0 {
            self.faults.skip(
                open.line,
                open.header.id,
                open.header.count,
                "its lines are out of order or interleaved with others",
            );
        } else if open.header.id.is_none() && frames.is_empty() && !open.header.odd {
            self.declared_total = self.declared_total.saturating_sub(u128::from(open.header.count));
        } else {
            if frames.is_empty() && !open.unavailable {
                self.faults.frameless += open.header.count;
            }
            self.keep(open, &frames);
        }
        self.frames = frames;
        self.frames.clear();
    }

    fn keep(&mut self, open: Open, frames: &[FrameId]) {
        let truncation = Truncation { cut: open.cut, elided_after: open.elided_after };
        let stack = self.profile.stacks.intern(frames, truncation);
        let labels = self.profile.labels.intern(&open.header.labels);
        let state = open.state.or_else(|| open.header.state.map(|state| self.state_id(state)));
        let index = self.sample((stack, labels, state, open.spawn), open.line);
        let count = i64::try_from(open.header.count).unwrap_or(i64::MAX);
        if let Some(sample) = self.profile.samples.get_mut(index) {
            sample.count = sample.count.saturating_add(count);
        }
        if let Some(id) = open.header.id
            && let Some(goroutines) = self.profile.goroutines.get_mut(index)
        {
            let (parent, minutes, waits_for) = (open.parent, open.header.minutes, open.waits_for);
            goroutines.push(Goroutine { id, parent, minutes, waits_for });
        }
    }

    /// Where the sample of a key stands; a new one begins with the goroutine of this line.
    fn sample(&mut self, key: Key, line: u64) -> usize {
        let Assembler { profile: Profile { samples, details, goroutines, .. }, samples: known, .. } = self;
        let tag = known.tag(key);
        if let Some(index) = known.find(tag, |index| key_of(samples, details, index) == Some(key)) {
            return index as usize;
        }
        let next = samples.len();
        known.insert(tag, u32::try_from(next).unwrap_or(u32::MAX));
        let (stack, labels, state, spawn) = key;
        samples.push(Sample { stack, labels, count: 0 });
        details.push(SampleDetail { state, spawn, ..SampleDetail::default() });
        goroutines.push(Goroutines::new());
        self.firsts.push(line);
        next
    }
}

/// The key of a sample that is there.
fn key_of(samples: &[Sample], details: &[SampleDetail], index: u32) -> Option<Key> {
    let (sample, detail) = (samples.get(index as usize)?, details.get(index as usize)?);
    Some((sample.stack, sample.labels, detail.state, detail.spawn))
}
