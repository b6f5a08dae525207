//! Several dumps of one process in a text: goroutine IDs occur again. Each goroutine belongs to one of them.
//!
//! A text may have millions of goroutines and as many dumps: only IDs and the places of the last dumps are kept.

use std::collections::HashSet;
use std::collections::VecDeque;

use foldhash::fast::RandomState;

use super::header_start::HeaderOf;
use super::header_start::HeaderStart;
use super::header_start::header_start;
use super::lines::Lines;
use super::lines::Place;

/// The dumps of a text.
pub(super) struct Split<'t> {
    /// The lines of each dump, in their order: at most [`MAX_DUMPS`], the last ones.
    pub(super) dumps: Vec<Lines<'t>>,
    /// Dumps before them.
    pub(super) omitted: usize,
}

/// More dumps of one process in one text are not read.
pub(super) const MAX_DUMPS: usize = 1_000;

type Ids = HashSet<u64, RandomState>;

/// Tracks the message of a panic, which may hold stacks: they are history. Go indents the message from its second line on.
#[derive(Clone, Copy, Default)]
struct PanicMessage {
    /// How far its first line is indented, in bytes; `None` outside of a message.
    indent: Option<usize>,
}

impl PanicMessage {
    /// Reads the next line; returns whether it belongs to a message, after its first line.
    fn holds(&mut self, line: &str) -> bool {
        let text = line.trim_start();
        if text.is_empty() {
            return self.indent.is_some();
        }
        if self.indent.is_some_and(|indent| line.get(indent..).is_some_and(|it| it.starts_with('\t'))) {
            return true;
        }
        let starts = text.starts_with("panic: ") || text.starts_with("fatal error: ");
        self.indent = starts.then(|| line.len() - text.len());
        false
    }
}

/// The dumps of a text; `None` if it has one dump at most.
///
/// A dump starts with what Go writes before it (`panic:`, `SIGQUIT: quit`), or with the goroutine that writes it, or with the
/// first goroutine that occurs again. Stacks that a program logged one by one are no dumps: of those that occur again the
/// last counts.
pub(super) fn split<'t>(lines: &'t Lines<'_>) -> Option<Split<'t>> {
    let mut repeats = Repeats::default();
    for line in lines.placed() {
        repeats.read(line.text);
        if repeats.are_dumps() {
            break;
        }
    }
    if repeats.are_logged() {
        return Some(Split { dumps: vec![without_repeats(lines)], omitted: 0 });
    }
    if !repeats.are_dumps() {
        return None;
    }
    drop(repeats);
    let mut finder = Finder::default();
    finder.read(lines);
    let Found { places, omitted } = finder.finish()?;
    let ends = places.iter().skip(1).map(|place| Some(*place)).chain([None]);
    let dumps = places.iter().zip(ends).map(|(from, to)| lines.range(*from, to)).collect();
    Some(Split { dumps, omitted })
}

/// Whether goroutines occur again in a text, and how.
#[derive(Default)]
pub(super) struct Repeats {
    ids: Ids,
    message: PanicMessage,
    totals: usize,
    occur: bool,
    others_than_running: bool,
}

impl Repeats {
    pub(super) fn read(&mut self, line: &str) {
        let is_history = self.message.holds(line);
        let Some(header) = header(line).filter(|_| !is_history) else { return };
        self.totals += usize::from(header.is_total);
        self.occur = self.occur || self.totals > 1 || (!header.is_total && !self.ids.insert(header.id));
        self.others_than_running |= !header.is_running;
    }

    /// Whether the text has several dumps.
    pub(super) fn are_dumps(&self) -> bool {
        self.occur && self.others_than_running
    }

    /// Whether a program logged stacks one by one: as far as the text was read, each goroutine is running.
    pub(super) fn are_logged(&self) -> bool {
        self.occur && !self.others_than_running
    }
}

struct Header {
    id: u64,
    /// Whether it is the header of `debug=1`, which states a total.
    is_total: bool,
    is_running: bool,
}

/// The header in a line. Goroutine 0 is the stack of a thread, which each thread has.
fn header(text: &str) -> Option<Header> {
    let text = text.trim_start_matches([' ', '\t', '*', '`', '[']);
    // A profile of leaks may be beside that of all goroutines.
    let HeaderStart { of, rest } = header_start(text).filter(|_| !text.starts_with("goroutineleak"))?;
    let (HeaderOf::Goroutine(id) | HeaderOf::Goleak(id)) = of else {
        return Some(Header { id: 0, is_total: true, is_running: false });
    };
    let id = id.parse().ok().filter(|id| *id > 0)?;
    Some(Header { id, is_total: false, is_running: rest.contains("[running") })
}

/// The lines without the goroutines that occur again later.
fn without_repeats(lines: &Lines<'_>) -> Lines<'static> {
    let (mut later, mut repeated) = (Ids::default(), Vec::new());
    for (offset, line) in lines.offsets_backwards() {
        if header(line).is_some_and(|header| !later.insert(header.id)) {
            repeated.push(offset);
        }
    }
    let mut skips = false;
    lines.filter(|line| {
        if repeated.pop_if(|offset| *offset == line.place.offset).is_some() {
            skips = true;
        } else if line.text.trim().is_empty() || header(line.text).is_some() {
            skips = false;
        }
        !skips
    })
}

/// The first line of a dump.
#[derive(Clone, Copy)]
struct Start {
    place: Place,
    /// The number of headers before it.
    headers: usize,
    /// Whether the text says that a dump starts, so that no goroutine has to occur again.
    is_stated: bool,
}

/// Where the dumps of a text start.
#[derive(Default)]
pub(super) struct Found {
    /// The last ones, at most [`MAX_DUMPS`].
    pub(super) places: VecDeque<Place>,
    /// The number of those before them.
    pub(super) omitted: usize,
}

/// What is between two headers.
#[derive(Default)]
struct Between {
    /// The last line that Go writes before a dump, and whether dashes are before it, as a crash writes them before the
    /// goroutine of each thread (`runtime/signal_unix.go`, `sighandler`).
    marker: Option<(Place, bool)>,
    has_text: bool,
}

/// Finds the starts of the dumps of a text.
pub(super) struct Finder {
    found: Found,
    /// The number of headers before the last start that was found.
    headers_before: usize,
    /// The last start, if the dump that it begins is large enough.
    start: Start,
    /// The goroutines since.
    seen: Ids,
    has_total: bool,
    /// A line where the next dump may have started, and the goroutines since.
    candidate: Option<(Place, usize, Vec<u64>)>,
    between: Between,
    message: PanicMessage,
    after_dashes: bool,
    headers: usize,
    last_id: Option<u64>,
    /// The end of what was read.
    end: Place,
}

impl Default for Finder {
    fn default() -> Self {
        Finder {
            found: Found::default(),
            headers_before: 0,
            start: Start { place: Place::default(), headers: 0, is_stated: true },
            seen: Ids::default(),
            has_total: false,
            candidate: None,
            between: Between::default(),
            message: PanicMessage::default(),
            after_dashes: false,
            headers: 0,
            last_id: None,
            end: Place::default(),
        }
    }
}

impl Finder {
    /// Reads the next whole goroutines of a text.
    pub(super) fn read(&mut self, lines: &Lines<'_>) {
        let base = self.end;
        for line in lines.placed() {
            let Place { offset, index } = line.place;
            let place = Place { offset: base.offset + offset, index: base.index + index };
            self.end = Place { offset: base.offset + line.end, index: place.index + 1 };
            let is_history = self.message.holds(line.text);
            match header(line.text) {
                Some(_) if is_history => {}
                Some(header) => {
                    let below = lines.text().get(line.end..).unwrap_or("");
                    let is_writer = header.is_running && writes_dump(below);
                    self.read_header(&header, place, is_writer);
                }
                None if is_history => {}
                None => self.read_other(line.text.trim(), place),
            }
        }
    }

    fn read_other(&mut self, line: &str, place: Place) {
        if is_start(line) {
            self.between.marker = Some((place, self.after_dashes));
        }
        if !line.is_empty() {
            (self.after_dashes, self.between.has_text) = (line == "-----", true);
        }
    }

    fn read_header(&mut self, header: &Header, place: Place, is_writer: bool) {
        let before = self.headers;
        self.headers += 1;
        self.after_dashes = false;
        let Between { marker, has_text } = std::mem::take(&mut self.between);
        let of_thread = marker.is_some_and(|(_, after_dashes)| after_dashes);
        if let Some((place, _)) = marker.filter(|_| !of_thread) {
            self.candidate = Some((place, before, Vec::new()));
        } else if is_writer {
            self.candidate = Some((place, before, Vec::new()));
        }
        // goleak writes its own header before that of Go.
        let is_same = self.last_id == Some(header.id) && !has_text;
        self.last_id = Some(header.id);
        // A crash prints the goroutine of each thread once more, after dashes.
        if is_same || of_thread {
            return;
        }
        let occurs_again = if header.is_total { self.has_total } else { self.seen.contains(&header.id) };
        self.has_total |= header.is_total;
        if occurs_again {
            let is_later = |(place, _, ids): &(Place, usize, Vec<u64>)| {
                *place > self.start.place && !ids.contains(&header.id)
            };
            let stated = self.candidate.take().filter(is_later);
            let is_stated = stated.is_some() || header.is_total;
            let (place, headers, ids) = stated.unwrap_or((place, before, Vec::new()));
            self.add_start(headers);
            self.start = Start { place, headers, is_stated };
            self.seen = ids.into_iter().collect();
            self.has_total = header.is_total;
        }
        if !header.is_total {
            self.seen.insert(header.id);
            if let Some((_, _, ids)) = &mut self.candidate {
                ids.push(header.id);
            }
        }
    }

    /// Adds the last start; `headers` is the number of headers before the next one.
    ///
    /// A start that only follows from a few goroutines that occur again is left out: a dump of a process has about as many
    /// goroutines as the one before.
    fn add_start(&mut self, headers: usize) {
        let Found { places, omitted } = &mut self.found;
        let before = if places.is_empty() { 0 } else { self.start.headers - self.headers_before };
        if !self.start.is_stated && (headers - self.start.headers) * 4 < before {
            return;
        }
        self.headers_before = self.start.headers;
        places.push_back(self.start.place);
        if places.len() > MAX_DUMPS {
            places.pop_front();
            *omitted += 1;
        }
    }

    /// The starts; `None` if the text has one dump only.
    pub(super) fn finish(mut self) -> Option<Found> {
        self.add_start(self.headers);
        (self.found.omitted + self.found.places.len() > 1).then_some(self.found)
    }
}

/// Whether a trimmed line is one that Go writes before a dump.
fn is_start(line: &str) -> bool {
    let is_signal =
        line.starts_with("SIG") && line.split_once(": ").is_some_and(|(name, _)| !name.contains(' '));
    is_signal || line.starts_with("panic: ") || line.starts_with("fatal error: ")
}

/// Whether a goroutine with these lines below its header is the one that writes the dump: the first one of `debug=2` and of
/// `runtime.Stack`.
fn writes_dump(below: &str) -> bool {
    let writes = ["runtime/pprof.writeGoroutine", "runtime/debug.Stack(", "runtime.Stack("];
    let mut near = below.split('\n').take(6).map(str::trim);
    near.any(|line| writes.iter().any(|it| line.starts_with(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let lines = Lines::of(text);
        let dumps = split(&lines).map_or_else(|| vec![Lines::of(text.to_owned())], |it| it.dumps);
        let shown: Vec<&str> = dumps.iter().map(Lines::text).collect();
        assert_eq!(shown, expected, "{text}");
    }

    const STACK: &str = "main.f()\n\t/f.go:3 +0x1\n\n";

    fn goroutine(id: u32) -> String {
        format!("goroutine {id} [select]:\n{STACK}")
    }

    #[test]
    fn dumps_of_one_process() {
        let one = format!("{}{}", goroutine(1), goroutine(7));
        check(&one, &[&one]);
        check(&format!("{one}{one}{}", goroutine(9)), &[&one, &format!("{one}{}", goroutine(9))]);
        let quit = format!("SIGQUIT: quit\nPC=0x1\n\n{one}");
        check(&format!("{quit}listening\n{quit}"), &[&format!("{quit}listening\n"), &quit]);
        let written =
            format!("goroutine 30 [running]:\nruntime/pprof.writeGoroutineStacks(0x1)\n\t/p.go:1\n\n{one}");
        check(&format!("{one}{written}"), &[&one, &written]);
        let counts = "goroutine profile: total 1\n1 @ 0x1\n";
        check(&format!("{counts}{counts}"), &[counts, counts]);
    }

    #[test]
    fn only_the_last_of_many_are_read() {
        let many = goroutine(1).repeat(MAX_DUMPS + 7);
        let lines = Lines::of(many.as_str());
        let split = split(&lines).expect("goroutine 1 occurs again");
        assert_eq!((split.dumps.len(), split.omitted), (MAX_DUMPS, 7));
        assert!(split.dumps.iter().all(|it| it.text() == goroutine(1)));
    }

    #[test]
    fn stacks_that_a_program_logs() {
        let logged = |id: u32| format!("failed:\ngoroutine {id} [running]:\n{STACK}");
        let all = format!("{}{}{}", logged(1), logged(8), logged(1));
        check(&all, &[&format!("failed:\n\n{}{}", logged(8), logged(1))]);
    }

    #[test]
    fn stacks_in_the_message_of_a_panic() {
        let message = "panic: a\n\tgoroutine 9 [select]:\n\tmain.f()\n";
        let one = format!("{message}\t{message}\n{}", goroutine(9));
        check(&one, &[&one]);
        check(&format!("{one}{one}"), &[&one, &one]);
    }

    #[test]
    fn goroutines_of_threads() {
        let one = format!("{}{}", goroutine(1), goroutine(7));
        let crash = format!("SIGABRT: abort\n\n{one}-----\n\nSIGQUIT: quit\n\n{}", goroutine(7));
        check(&crash, &[&crash]);
        check(
            "[Goroutine 7 in state select, with f on top:\ngoroutine 7 [select]:\nmain.f()\n",
            &["[Goroutine 7 in state select, with f on top:\ngoroutine 7 [select]:\nmain.f()\n"],
        );
    }
}
