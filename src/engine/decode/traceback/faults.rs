//! Faults of the lines of a traceback.

use crate::model::Warning;
use crate::text::pluralize;

/// The maximum number of skipped goroutines that are named in warnings; the others are counted.
const MAX_NAMED: usize = 3;

/// How often something was met, and the first line.
#[derive(Clone, Copy, Default)]
pub(super) struct Met {
    count: u64,
    first: u64,
}

impl Met {
    pub(super) fn add(&mut self, line: u64) {
        self.absorb(Met { count: 1, first: line });
    }

    fn absorb(&mut self, other: Met) {
        if other.count > 0 {
            self.first = if self.count > 0 { self.first.min(other.first) } else { other.first };
            self.count += other.count;
        }
    }
}

#[derive(Default)]
pub(super) struct Faults {
    /// The first skipped goroutines: line of the header, id, reason.
    pub(super) named: Vec<(u64, Option<u64>, &'static str)>,
    pub(super) skipped: u64,
    pub(super) odd_headers: u64,
    pub(super) frameless: u64,
    pub(super) long_lines: u64,
    pub(super) long_names: u64,
    pub(super) noise: u64,
    /// Frames that were left out because their stacks are too deep.
    pub(super) too_deep: u64,
    /// Frames whose function cannot be read.
    pub(super) unread_frames: u64,
    /// Functions without a position, in a text that has positions.
    pub(super) unlocated: u64,
    /// Goroutines that end without their creator, and those that have it.
    pub(super) unended: u64,
    pub(super) ended: u64,
    /// Headers that are cut, without frames.
    pub(super) unread_headers: Met,
    /// Goroutines that are counted without their header.
    pub(super) headless: Met,
    /// Stacks without a header that may belong to any goroutine, and are not counted.
    pub(super) without_header: Met,
    /// Goroutines that GOTRACEBACK=crash prints twice.
    pub(super) printed_twice: u64,
    /// Stacks in the message of a panic.
    pub(super) history: u64,
    /// Scheduler stacks of threads (goroutine 0).
    pub(super) schedulers: u64,
}

impl Faults {
    pub(super) fn skip(&mut self, line: u64, id: Option<u64>, count: u64, why: &'static str) {
        self.skipped += count;
        if self.named.len() < MAX_NAMED {
            self.named.push((line, id, why));
        }
    }

    /// All line numbers in it.
    pub(super) fn lines(&mut self) -> impl Iterator<Item = &mut u64> {
        let Faults { named, unread_headers, headless, without_header, .. } = self;
        let met = [unread_headers, headless, without_header];
        named.iter_mut().map(|(line, ..)| line).chain(met.into_iter().map(|it| &mut it.first))
    }

    pub(super) fn absorb(&mut self, other: Faults) {
        self.named.extend(other.named);
        self.named.sort_unstable();
        self.named.truncate(MAX_NAMED);
        self.skipped += other.skipped;
        self.odd_headers += other.odd_headers;
        self.frameless += other.frameless;
        self.long_lines += other.long_lines;
        self.long_names += other.long_names;
        self.noise += other.noise;
        self.too_deep += other.too_deep;
        self.unread_frames += other.unread_frames;
        self.unlocated += other.unlocated;
        self.unended += other.unended;
        self.ended += other.ended;
        self.unread_headers.absorb(other.unread_headers);
        self.headless.absorb(other.headless);
        self.without_header.absorb(other.without_header);
        self.printed_twice += other.printed_twice;
        self.history += other.history;
        self.schedulers += other.schedulers;
    }

    pub(super) fn warn(&self, warnings: &mut Vec<Warning>) {
        for (line, id, why) in &self.named {
            let name = id.map_or("a goroutine".to_owned(), |id| format!("goroutine {id}"));
            warnings.push(Warning::loss(format!("{name} is skipped: {why}")).at(*line));
        }
        let unnamed = self.skipped.saturating_sub(self.named.len() as u64);
        if unnamed > 0 {
            let goroutines = pluralize(i128::from(unnamed), "more goroutine");
            warnings.push(Warning::loss(format!("{goroutines} skipped for the same reason")));
        }
        let losses = [
            (
                self.headless,
                "goroutine",
                "counted without a header, which is missing: the state is not known",
            ),
            (self.without_header, "stack", "without a header not counted: the lines before are missing"),
            (self.unread_headers, "header", "cut: seen, but no frames follow, and not counted"),
        ];
        for (met, noun, what) in losses.into_iter().filter(|(met, ..)| met.count > 0) {
            let text = format!("{} {what}", pluralize(i128::from(met.count), noun));
            warnings.push(Warning::loss(text).at(met.first));
        }
        // If most have none, somebody left them out.
        if self.unended > 0 && self.unended < self.ended {
            let goroutines = pluralize(i128::from(self.unended), "goroutine");
            let text = format!("{goroutines} without the line that states the creator: lines are missing");
            warnings.push(Warning::loss(text));
        }
        if self.unlocated > 0 {
            let frames = pluralize(i128::from(self.unlocated), "frame");
            warnings
                .push(Warning::loss(format!("{frames} without a source position: lines are cut or missing")));
        }
        if self.unread_frames > 0 {
            let frames = pluralize(i128::from(self.unread_frames), "frame");
            warnings.push(Warning::loss(format!("{frames} left out: the function cannot be read")));
        }
        let notes = [
            (self.frameless, "goroutine", "without frames"),
            (self.odd_headers, "header", "with an unknown or invalid part; that part is ignored"),
            (self.long_names, "function name", "longer than any that a programmer writes"),
            (self.long_lines, "line", "longer than the limit, cut (--max-line)"),
            (self.too_deep, "frame", "beyond the limit of a stack, left out (--max-depth)"),
            (self.noise, "line", "between frames ignored: not part of a goroutine"),
            (self.printed_twice, "goroutine", "printed twice, as GOTRACEBACK=crash does, counted once"),
            (self.history, "stack", "in the message of a panic, not counted: it is history"),
        ];
        for (n, noun, what) in notes.into_iter().filter(|(n, ..)| *n > 0) {
            warnings.push(Warning::note(format!("{} {what}", pluralize(i128::from(n), noun))));
        }
    }
}
