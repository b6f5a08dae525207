//! Several dumps of one process in a text: goroutine IDs occur again. Each goroutine belongs to one of them.

use std::collections::HashMap;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::lines::Lines;
use super::text::split_digits;

/// The dumps of a text.
pub(super) struct Split {
    /// The lines of each dump, in their order: at most [`MAX_DUMPS`], the last ones.
    pub(super) dumps: Vec<Lines<'static>>,
    /// Dumps before them.
    pub(super) omitted: usize,
}

/// More dumps of one process in one text are not read.
pub(super) const MAX_DUMPS: usize = 1_000;

/// The dumps of a text; `None` if it has one dump at most.
///
/// A dump starts with what Go writes before it (`panic:`, `SIGQUIT: quit`), or with the goroutine that writes it, or with the
/// first goroutine that occurs again. Stacks that a program logged one by one are no dumps: of those that occur again the
/// last counts.
pub(super) fn split(lines: &Lines<'_>) -> Option<Split> {
    let all: Vec<&str> = lines.iter().map(|(_, line)| line).collect();
    let headers: Vec<Header> = all.iter().enumerate().filter_map(|(at, line)| header(at, line)).collect();
    let mut ids = HashSet::with_hasher(RandomState::default());
    let totals = headers.iter().filter(|it| it.is_total).count();
    if totals < 2 && headers.iter().all(|header| header.is_total || ids.insert(header.id)) {
        return None;
    }
    if headers.iter().all(|header| header.is_running) {
        return Some(Split { dumps: vec![without_repeats(lines, &headers)], omitted: 0 });
    }
    let starts = without_small(starts(&all, &headers), &headers);
    if starts.len() < 2 {
        return None;
    }
    let omitted = starts.len().saturating_sub(MAX_DUMPS);
    let dumps = lines.parts_from(starts.get(omitted..).unwrap_or(&[]));
    Some(Split { dumps, omitted })
}

struct Header {
    line: usize,
    id: u64,
    /// Whether it is the header of `debug=1`, which states a total.
    is_total: bool,
    is_running: bool,
}

/// The header in a line. Goroutine 0 is the stack of a thread, which each thread has.
fn header(line: usize, text: &str) -> Option<Header> {
    let text = text.trim_start_matches([' ', '\t', '*', '`', '[']);
    let rest = text.strip_prefix("goroutine ").or_else(|| text.strip_prefix("Goroutine "))?;
    if rest.starts_with("profile: total ") {
        return Some(Header { line, id: 0, is_total: true, is_running: false });
    }
    let (id, state) = split_digits(rest)?;
    let is_header = state.starts_with(" [") || state.starts_with(" gp=") || state.starts_with(" in state ");
    let id: u64 = id.parse().ok().filter(|id| is_header && *id > 0)?;
    Some(Header { line, id, is_total: false, is_running: state.contains("[running") })
}

/// The lines without the goroutines that occur again later.
fn without_repeats(lines: &Lines<'_>, headers: &[Header]) -> Lines<'static> {
    let mut last: HashMap<u64, usize, RandomState> = HashMap::default();
    last.extend(headers.iter().map(|header| (header.id, header.line)));
    let is_repeated = |it: &&Header| last.get(&it.id).is_some_and(|line| *line > it.line);
    let mut repeated = headers.iter().filter(is_repeated).map(|it| it.line).peekable();
    let mut skips = false;
    lines.filter(|at, line| {
        if repeated.next_if_eq(&at).is_some() {
            skips = true;
        } else if line.trim().is_empty() || header(at, line).is_some() {
            skips = false;
        }
        !skips
    })
}

/// The starts of dumps without those that only follow from a few goroutines that occur again: a dump of a process has about as
/// many goroutines as the one before.
fn without_small(starts: Vec<Start>, headers: &[Header]) -> Vec<usize> {
    let before = |line: usize| headers.partition_point(|it| it.line < line);
    let size = |from: usize, to: usize| before(to) - before(from);
    let mut kept: Vec<usize> = Vec::new();
    for (at, start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).map_or(usize::MAX, |next| next.line);
        let before = kept.last().map_or(0, |last| size(*last, start.line));
        if start.is_stated || size(start.line, end) * 4 >= before {
            kept.push(start.line);
        }
    }
    kept
}

/// The first line of a dump.
struct Start {
    line: usize,
    /// Whether the text says that a dump starts, so that no goroutine has to occur again.
    is_stated: bool,
}

/// The starts of the dumps.
fn starts(all: &[&str], headers: &[Header]) -> Vec<Start> {
    let mut starts = vec![Start { line: 0, is_stated: true }];
    let mut seen: HashSet<u64, RandomState> = HashSet::default();
    let mut has_total = false;
    // A line where the next dump may have started, and the goroutines since.
    let mut candidate: Option<(usize, Vec<u64>)> = None;
    let mut before = 0;
    let mut last_id = None;
    for header in headers {
        let between = all.get(before..header.line).unwrap_or(&[]);
        let marker = between.iter().rposition(|line| is_start(line)).map(|at| before + at);
        let of_thread = marker.is_some_and(|at| follows_dashes(all, at));
        if let Some(at) = marker.filter(|_| !of_thread) {
            candidate = Some((at, Vec::new()));
        } else if is_writer(all, header) {
            candidate = Some((header.line, Vec::new()));
        }
        // goleak writes its own header before that of Go.
        let is_same = last_id == Some(header.id) && between.iter().all(|line| line.trim().is_empty());
        before = header.line + 1;
        last_id = Some(header.id);
        // A crash prints the goroutine of each thread once more, after dashes.
        if is_same || of_thread {
            continue;
        }
        let occurs_again = if header.is_total { has_total } else { seen.contains(&header.id) };
        has_total |= header.is_total;
        if occurs_again {
            let (at, ids) = candidate.take().filter(|(_, ids)| !ids.contains(&header.id)).unwrap_or_default();
            let is_after = starts.last().is_some_and(|last| at > last.line);
            let is_stated = is_after || header.is_total;
            starts.push(Start { line: if is_after { at } else { header.line }, is_stated });
            seen = if is_after { ids.into_iter().collect() } else { HashSet::default() };
            has_total = header.is_total;
        }
        if !header.is_total {
            seen.insert(header.id);
            if let Some((_, ids)) = &mut candidate {
                ids.push(header.id);
            }
        }
    }
    starts
}

/// Whether a line is one that Go writes before a dump.
fn is_start(line: &str) -> bool {
    let line = line.trim();
    let is_signal =
        line.starts_with("SIG") && line.split_once(": ").is_some_and(|(name, _)| !name.contains(' '));
    is_signal || line.starts_with("panic: ") || line.starts_with("fatal error: ")
}

/// Whether dashes are before a line, as a crash writes them before the goroutine of each thread
/// (`runtime/signal_unix.go`, `sighandler`).
fn follows_dashes(all: &[&str], at: usize) -> bool {
    let above = all.get(..at).unwrap_or(&[]);
    above.iter().rev().find(|line| !line.trim().is_empty()).is_some_and(|line| line.trim() == "-----")
}

/// Whether a goroutine is the one that writes the dump: the first one of `debug=2` and of `runtime.Stack`.
fn is_writer(all: &[&str], header: &Header) -> bool {
    let below = all.get(header.line + 1..).unwrap_or(&[]);
    let writes = ["runtime/pprof.writeGoroutine", "runtime/debug.Stack(", "runtime.Stack("];
    header.is_running && below.iter().take(6).any(|line| writes.iter().any(|it| line.trim().starts_with(it)))
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
        let split = split(&Lines::of(many.as_str())).expect("goroutine 1 occurs again");
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
