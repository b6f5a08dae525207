//! Assembles goroutines from lines, and samples from goroutines.

mod ancestors;
mod close;
mod end;
mod goroutine;
mod key;
mod merge;
mod receiver;
mod repeats;
mod text;

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use foldhash::fast::RandomState;

use super::faults::Faults;
use super::frame;
use super::header::Certainty;
use super::header::Header;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::limits::check_limit;
use crate::model::Ancestor;
use crate::model::FileId;
use crate::model::Form;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Goroutine;
use crate::model::Goroutines;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::Receiver;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::State;
use crate::model::StateId;
use crate::model::Truncation;
use crate::storage::HashIndex;
use goroutine::Begun;
use goroutine::OpenGoroutine;
use goroutine::Pending;
use goroutine::Printed;
use key::AncestorStacks;
use key::Key;
use receiver::ReceiverIs;

/// No programmer wrote a longer name. Wrapped pieces are joined to at most this number of bytes.
const MAX_PLAUSIBLE_NAME: usize = 4096;

/// Makes samples of the parsed lines of a traceback.
pub(super) struct Assembler<'l> {
    pub(super) limits: &'l Limits,
    profile: Profile,
    states: HashMap<State, StateId, RandomState>,
    index: HashIndex,
    /// The line of the first goroutine of each sample.
    first_lines: Vec<u64>,
    goroutines: &'l AtomicUsize,
    /// The goroutines of all headers.
    headers_total: u128,
    /// The number of goroutines that the text claims in words.
    claimed_total: Option<u64>,
    open: Option<OpenGoroutine>,
    frames: Vec<FrameId>,
    /// The methods on the stack that is read, with the addresses of their receivers, leaf first.
    receivers: Vec<(FunctionId, NonZeroU64)>,
    wrapped: String,
    /// The last line between frames that is none, if no position has followed it.
    candidate: String,
    /// Whether the last goroutine has its outermost frame: then frames without a header that follow are not its.
    last_ended: bool,
    /// The goroutines that may be printed again.
    printed: Option<Printed>,
    has_positions: bool,
    pub(super) faults: Faults,
}

#[derive(Clone, Copy)]
pub(super) struct CachedCall {
    function: FunctionId,
    is_long: bool,
    receiver: ReceiverIs,
}

pub(super) struct CachedLocation {
    file: FileId,
    line: u32,
    frame: Option<(FunctionId, FrameId)>,
    /// The id of the last call that had it, in the cache of calls.
    pub(super) call: u32,
}

impl CachedLocation {
    pub(super) fn new(file: FileId, line: u32) -> Self {
        CachedLocation { file, line, frame: None, call: 0 }
    }
}

impl<'l> Assembler<'l> {
    pub(super) fn new(limits: &'l Limits, goroutines: &'l AtomicUsize) -> Self {
        Assembler {
            limits,
            goroutines,
            profile: Profile::new(Form::TRACEBACK, Kind::Goroutine),
            states: HashMap::default(),
            index: HashIndex::default(),
            first_lines: Vec::new(),
            headers_total: 0,
            claimed_total: None,
            open: None,
            frames: Vec::new(),
            receivers: Vec::new(),
            wrapped: String::new(),
            candidate: String::new(),
            last_ended: true,
            printed: None,
            has_positions: false,
            faults: Faults::default(),
        }
    }

    pub(super) fn state_id(&mut self, state: State) -> StateId {
        if let Some(&id) = self.states.get(&state) {
            return id;
        }
        let id = StateId(u32::try_from(self.profile.states.len()).unwrap_or(u32::MAX));
        self.profile.states.push(state.clone());
        self.states.insert(state, id);
        id
    }

    /// Starts a goroutine. `state` is the id of its state, if it is cached.
    pub(super) fn open(
        &mut self,
        header: Header,
        state: Option<StateId>,
        line: u64,
    ) -> Result<(), DecodeError> {
        // Older versions of goleak write their own header before Go's.
        if let Some(open) = &mut self.open
            && open.header.goleak
            && open.header.id == header.id
            && self.frames.is_empty()
        {
            (open.header, open.state) = (header, state);
            return Ok(());
        }
        self.close();
        let before = self.goroutines.fetch_add(1, Ordering::Relaxed);
        let (goroutines, limit) = (before as u64 + 1, self.limits.max_goroutines as u64);
        check_limit(goroutines, limit, || "goroutines", "--max-traceback-goroutines")?;
        self.limits.check_memory((before * size_of::<Goroutine>()) as u64)?;
        // Goroutine 0 is the scheduler stack of a thread.
        if header.id == Some(0) && !header.odd {
            self.faults.schedulers += 1;
            return Ok(());
        }
        let begun = if self.is_printed(header.id) { Begun::Again } else { Begun::Whole };
        if begun == Begun::Whole {
            self.headers_total += u128::from(header.count);
            self.faults.odd_headers += u64::from(header.odd);
        }
        self.open = Some(OpenGoroutine { header, begun, state, line, ..OpenGoroutine::default() });
        Ok(())
    }

    /// Marks the current goroutine as one below the first line of a panic.
    pub(super) fn mark_after_panic(&mut self) {
        if let Some(open) = self.open.as_mut().filter(|it| it.begun == Begun::Whole) {
            open.begun = Begun::AfterPanic;
        }
    }

    /// Starts a goroutine of a text without headers.
    pub(super) fn open_without_header(&mut self, line: u64) {
        self.close();
        self.headers_total += 1;
        let header = Header { count: 1, certainty: Certainty::IfFramesFollow, ..Header::default() };
        self.open = Some(OpenGoroutine { header, line, ..OpenGoroutine::default() });
    }

    /// Starts a stack whose header is missing, in a text with headers.
    pub(super) fn open_headless(&mut self, line: u64) {
        self.close();
        let header = Header { count: 1, ..Header::default() };
        self.open = Some(OpenGoroutine { header, begun: Begun::Headless, line, ..OpenGoroutine::default() });
    }

    /// Sets the total that the text claims in words.
    pub(super) fn claim(&mut self, total: u64) {
        self.claimed_total = self.claimed_total.max(Some(total));
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn expects_location(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.pending.is_some())
    }

    pub(super) fn has_creator(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.spawn.is_some() || matches!(open.pending, Some(Pending::Creator(_))))
    }

    /// Whether a frame or a creator of the current goroutine, or of its current ancestor, was read.
    pub(super) fn has_frames(&self) -> bool {
        !self.frames.is_empty() || self.expects_location() || self.has_creator()
    }

    pub(super) fn intern_call(&mut self, name: &str) -> CachedCall {
        // Markdown swallows the asterisk of a receiver and leaves `(_T)`.
        let function = self.profile.symbols.intern_function(&name.replacen(".(_", ".(*", 1));
        CachedCall { function, is_long: name.len() > MAX_PLAUSIBLE_NAME, receiver: ReceiverIs::of(name) }
    }

    /// Adds a function with its arguments. Its source position follows.
    pub(super) fn add_cached_call(&mut self, call: CachedCall, arguments: &str) {
        self.wrapped.clear();
        self.candidate.clear();
        self.finish_pending();
        let Some(open) = &mut self.open else { return };
        self.faults.long_names += u64::from(call.is_long);
        if open.innermost.is_none() && call.receiver != ReceiverIs::Runtime {
            open.innermost = Some(frame::passed(arguments));
        }
        let receiver = || frame::first_argument(arguments).and_then(NonZeroU64::new);
        match call.receiver {
            // The receiver of sync.(*Mutex).lockSlow and the like is the lock. The first one that is printed counts.
            ReceiverIs::Lock => open.waits_for = open.waits_for.or_else(receiver),
            ReceiverIs::Owner => self.receivers.extend(receiver().map(|it| (call.function, it))),
            ReceiverIs::Nothing | ReceiverIs::Runtime => {}
        }
        open.pending = Some(Pending::Call(call.function));
    }

    pub(super) fn intern_file(&mut self, file: &str) -> FileId {
        self.profile.symbols.intern_file(file)
    }

    pub(super) fn add_location(&mut self, file: &str, line: u32) {
        let file = self.intern_file(file);
        self.add_cached_location(&mut CachedLocation::new(file, line));
    }

    /// Like [`Assembler::add_location`], for a position that may be cached.
    pub(super) fn add_cached_location(&mut self, location: &mut CachedLocation) {
        if !self.wrapped.is_empty() {
            return self.skip_unreadable();
        }
        if self.is_rest_of_path(location.file) {
            return self.finish_pending();
        }
        let Some(open) = &mut self.open else { return };
        let &mut CachedLocation { file, line, frame, .. } = location;
        match open.pending.take() {
            Some(Pending::Call(function)) if self.frames.len() < self.limits.max_depth => {
                self.has_positions = true;
                // Usually a position belongs to a single function.
                let id = match frame {
                    Some((known, id)) if known == function => id,
                    Some(_) | None => self.profile.stacks.intern_frame(Frame { function, file, line }),
                };
                location.frame = Some((function, id));
                self.frames.push(id);
            }
            Some(Pending::Call(_)) => (open.cut, self.faults.too_deep) = (true, self.faults.too_deep + 1),
            Some(Pending::Creator(function)) => open.spawn = Some(Frame { function, file, line }),
            None => self.add_location_of_candidate(file, line),
        }
    }

    /// Ends a function whose position is missing.
    pub(super) fn end_frame(&mut self) {
        self.finish_pending();
    }

    fn finish_pending(&mut self) {
        let Some(open) = &mut self.open else { return };
        open.has_cut_path = false;
        let frame = |function| Frame { function, file: FileId::NONE, line: 0 };
        match open.pending.take() {
            Some(Pending::Call(function)) if self.frames.len() < self.limits.max_depth => {
                open.unlocated += 1;
                self.frames.push(self.profile.stacks.intern_frame(frame(function)));
            }
            Some(Pending::Call(_)) => (open.cut, self.faults.too_deep) = (true, self.faults.too_deep + 1),
            Some(Pending::Creator(function)) => {
                open.unlocated += 1;
                open.spawn = Some(frame(function));
            }
            None => {}
        }
    }

    /// Adds the function that started the goroutine, and the goroutine that called it. Its source position follows.
    pub(super) fn add_creator(&mut self, function: &str, parent: Option<NonZeroU64>) {
        self.finish_pending();
        let Some(open) = &mut self.open else { return };
        let function = self.profile.symbols.intern_function(function);
        open.pending = Some(Pending::Creator(function));
        if open.lineage.is_none() {
            open.parent = parent;
        }
    }

    /// Adds a line that says that Go left frames out.
    pub(super) fn add_elision(&mut self, line: &str) {
        self.finish_pending();
        let Some(open) = &mut self.open else { return };
        if line.contains("additional") {
            // `...additional frames elided...`: older versions of Go leave out the outermost frames.
            (open.cut, open.elided_after) = (true, None);
        } else {
            open.elided_after = Some(u32::try_from(self.frames.len()).unwrap_or(u32::MAX));
        }
    }

    pub(super) fn mark_unavailable(&mut self) {
        if let Some(open) = &mut self.open {
            open.unavailable = true;
        }
    }

    fn add_to_sample(&mut self, open: OpenGoroutine, frames: &[FrameId], ancestors: Box<[Ancestor]>) {
        let truncation = Truncation { cut: open.cut, elided_after: open.elided_after };
        let stack = self.profile.stacks.intern(frames, truncation);
        let labels = self.profile.labels.intern(&open.header.labels);
        let state = open.state.or_else(|| open.header.state.map(|state| self.state_id(state)));
        let index = self.sample_index((stack, labels, state, open.spawn), ancestors, open.line);
        self.remember(open.header.id, frames, index);
        let count = i64::try_from(open.header.count).unwrap_or(i64::MAX);
        if let Some(sample) = self.profile.samples.get_mut(index) {
            sample.count = sample.count.saturating_add(count);
        }
        if let Some(id) = open.header.id
            && let Some(goroutines) = self.profile.goroutines.get_mut(index)
        {
            let (parent, minutes, waits_for) = (open.parent, open.header.minutes, open.waits_for);
            goroutines.push(Goroutine { id, parent, minutes, waits_for });
            if let Some(SampleDetail { arguments, .. }) = self.profile.details.get_mut(index) {
                if arguments.goroutines == 0 {
                    arguments.innermost = open.innermost.unwrap_or_default();
                }
                let receivers = self.receivers.iter();
                arguments.add(receivers.map(|&(function, address)| Receiver {
                    goroutine: id,
                    function,
                    address,
                }));
            }
        }
    }

    /// The index of the sample with this key; adds it if it is new. `line` is that of the goroutine.
    fn sample_index(&mut self, key: Key, ancestors: Box<[Ancestor]>, line: u64) -> usize {
        let Assembler { profile: Profile { samples, details, goroutines, .. }, index, .. } = self;
        let lineage = AncestorStacks(&ancestors);
        let tag = index.tag((key, &lineage));
        let is_same = |it: u32| {
            let row = samples.get(it as usize).zip(details.get(it as usize));
            row.is_some_and(|(sample, detail)| {
                (sample.stack, sample.labels, detail.state, detail.spawn) == key
                    && AncestorStacks(&detail.ancestors) == lineage
            })
        };
        if let Some(found) = index.find(tag, is_same) {
            return found as usize;
        }
        let next = samples.len();
        index.insert(tag, u32::try_from(next).unwrap_or(u32::MAX));
        let (stack, labels, state, spawn) = key;
        samples.push(Sample { stack, labels, count: 0 });
        details.push(SampleDetail { state, spawn, ancestors, ..SampleDetail::default() });
        goroutines.push(Goroutines::new());
        self.first_lines.push(line);
        next
    }
}
