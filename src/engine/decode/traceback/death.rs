//! Why the process died: what Go prints before the goroutines of a crash.
//!
//! Sources: `runtime/panic.go` (`printpanics`, `printindented`, `fatal`, `throw`, `dopanic_m`), `runtime/proc.go` (`checkdead`),
//! `runtime/synctest.go` (`synctestRun`), `runtime/signal_unix.go` (`fatalsignal`, `sighandler`), `testing/testing.go` (`startAlarm`).

mod words;

use super::header;
use super::header::Header;
use crate::decode::Limits;
use crate::decode::text::Line;
use crate::decode::text::Text;
use crate::model::Death;
use crate::model::DeathKind;
use words::kind_of;
use words::without_marks;

/// Longer first lines of a panic are cut to this number of bytes.
const MAX_TEXT: usize = 1024;
/// Earlier panics and running tests are kept up to this number.
const MAX_LISTED: usize = 32;
/// Lines between the first words and the first goroutine: a value of several lines, or the stack of the runtime.
const MAX_LINES: u32 = 100;
/// The same after a signal: its `PC=` line and remarks.
const MAX_LINES_OF_SIGNAL: u32 = 4;
/// Frames of the first goroutine that are looked at.
const MAX_FRAMES: u32 = 40;

/// Signals that an instruction of the current goroutine raises. Others come from outside.
const RAISED: [&str; 5] = ["SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP"];

/// The last death that a text states; `None` if it states none.
pub(super) fn find(text: &Text<'_>, limits: &Limits) -> Option<Box<Death>> {
    if !may_state(text.content()) {
        return None;
    }
    let mut search = Search::default();
    for line in text.lines() {
        search.read(line, limits);
    }
    search.close();
    search.stated.map(Box::new)
}

/// What the last words of a process say if no goroutine follows them, as with GOTRACEBACK=none; `None` if a text has none.
pub(crate) fn last_words(text: &Text<'_>) -> Option<DeathKind> {
    text.lines().filter_map(|line| kind_of(line.text.trim())).last()
}

/// Whether a text holds words with which a death begins. Most tracebacks are of live processes.
pub(super) fn may_state(content: &str) -> bool {
    ["panic: ", "fatal error: ", "SIG"].iter().any(|words| {
        memchr::memmem::find_iter(content.as_bytes(), words).any(|at| {
            let before = content.get(..at).unwrap_or("").chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric() && c != '/' && c != '.')
        })
    })
}

#[derive(Default)]
struct Search {
    stage: Stage,
    stated: Option<Death>,
    /// What the runtime printed just before, with the number of the line after it.
    remark: Option<(String, u64)>,
    /// Whether the last line that is not empty was `-----`: then GOTRACEBACK=crash asks the next thread for its stacks.
    after_dashes: bool,
}

#[derive(Default)]
enum Stage {
    /// No death is being read.
    #[default]
    Before,
    /// The first words were read; the first goroutine has not begun.
    Message(Message),
    /// Among the frames of the first goroutine.
    Frames { death: Death, frames: u32, is_plain: bool },
}

struct Message {
    death: Death,
    /// Bytes of white space before the first words: a value that holds a stack is indented further.
    indent: usize,
    lines_left: u32,
    /// Whether nothing but the words of panics and signals was read so far.
    is_adjacent: bool,
    /// Whether it is one panic that nothing recovered.
    is_plain: bool,
    in_tests: bool,
    in_cgo: bool,
}

impl Search {
    fn read(&mut self, line: Line<'_>, limits: &Limits) {
        let text = line.text.get(..line.text.floor_char_boundary(limits.max_line)).unwrap_or(line.text);
        let indent = text.len() - text.trim_start().len();
        let words = text.trim().trim_start_matches(['*', '`', '>', '|', ' ']);
        if words.is_empty() {
            if let Stage::Frames { .. } = self.stage {
                self.close();
            }
            return;
        }
        let after_dashes = std::mem::replace(&mut self.after_dashes, words == "-----");
        if let Some(kind) = kind_of(words).filter(|kind| !(after_dashes && *kind == DeathKind::Signal)) {
            return self.open(kind, words, indent, line.number);
        }
        let is_remark = ["runtime: ", "unexpected fault address ", "runtime/cgo: "]
            .iter()
            .any(|prefix| words.starts_with(prefix));
        if is_remark {
            // Several remarks follow each other; the first says what happened.
            match &mut self.remark {
                Some((_, next)) if *next == line.number => *next += 1,
                Some(_) | None => self.remark = Some((shortened(words), line.number + 1)),
            }
        }
        match &mut self.stage {
            Stage::Before => {}
            Stage::Message(message) => match header::parse(words) {
                Some(header) if indent <= message.indent => self.begin_frames(&header),
                Some(_) | None => {
                    if !message.read(words, indent) {
                        self.stage = Stage::Before;
                    }
                }
            },
            Stage::Frames { frames, is_plain, .. } => {
                let is_call = !text.starts_with(['\t', ' ']);
                // A program that prints a panic that it recovered prints the stack with `runtime/debug` or from a deferred function.
                let is_print = words.starts_with("runtime/debug.Stack(")
                    || words.starts_with("runtime/debug.PrintStack(")
                    || (*is_plain && *frames > 0 && words.starts_with("panic("));
                *frames += u32::from(is_call);
                if is_print {
                    self.stage = Stage::Before;
                } else if *frames >= MAX_FRAMES || words.starts_with("created by ") {
                    self.close();
                }
            }
        }
    }

    /// Begins a death, or goes on with one whose panics are listed.
    fn open(&mut self, kind: DeathKind, words: &str, indent: usize, line: u64) {
        let (text, recovered) = without_marks(words);
        if let Stage::Message(message) = &mut self.stage
            && (message.is_adjacent || indent > message.indent)
        {
            let before = std::mem::replace(&mut message.death.text, shortened(text));
            if message.death.earlier.len() < MAX_LISTED {
                message.death.earlier.push(before);
            }
            message.death.kind = kind;
            message.is_plain = false;
            return;
        }
        self.close();
        let remark = self.remark.take().filter(|(_, next)| line.saturating_sub(*next) < 2);
        let detail = remark.map_or(String::new(), |(text, _)| text);
        let kind = if detail.contains("pthread_create failed") { DeathKind::ThreadLimit } else { kind };
        let is_signal = words.starts_with("SIG");
        self.stage = Stage::Message(Message {
            death: Death {
                kind,
                text: shortened(text),
                goroutine: None,
                earlier: Vec::new(),
                detail,
                tests: Vec::new(),
                line,
            },
            indent,
            lines_left: if is_signal { MAX_LINES_OF_SIGNAL } else { MAX_LINES },
            is_adjacent: true,
            is_plain: kind == DeathKind::Panic && !recovered,
            in_tests: false,
            in_cgo: false,
        });
    }

    fn begin_frames(&mut self, header: &Header) {
        let Stage::Message(Message { mut death, is_plain, in_cgo, .. }) = std::mem::take(&mut self.stage)
        else {
            return;
        };
        let is_raised = || RAISED.iter().any(|name| death.text.starts_with(name));
        let did_it = match death.kind {
            DeathKind::Deadlock | DeathKind::TestTimeout => false,
            DeathKind::Signal if death.text.starts_with("SIG") => in_cgo || is_raised(),
            DeathKind::Panic
            | DeathKind::BubbleDeadlock
            | DeathKind::MapRace
            | DeathKind::LockMisuse
            | DeathKind::OutOfMemory
            | DeathKind::StackOverflow
            | DeathKind::ThreadLimit
            | DeathKind::Signal
            | DeathKind::FatalError => true,
        };
        // Goroutine 0 is the scheduler stack of a thread.
        death.goroutine = header.id.filter(|id| *id > 0 && did_it);
        self.stage = Stage::Frames { death, frames: 0, is_plain };
    }

    /// Ends the first goroutine: what it died of is certain now.
    fn close(&mut self) {
        if let Stage::Frames { death, .. } = std::mem::take(&mut self.stage) {
            self.stated = Some(death);
        }
    }
}

impl Message {
    /// Reads a line between the first words and the first goroutine; returns whether the message may go on.
    fn read(&mut self, words: &str, indent: usize) -> bool {
        if words.starts_with("[signal ") {
            if self.death.detail.is_empty() {
                self.death.detail = shortened(words.trim_matches(['[', ']']));
            }
            return true;
        }
        // Since Go 1.23 the further lines of a value are indented.
        self.is_adjacent &= indent > self.indent;
        self.in_cgo |= words == "signal arrived during cgo execution";
        if self.death.kind == DeathKind::TestTimeout {
            if words == "running tests:" {
                self.in_tests = true;
                return true;
            }
            let is_test = indent > self.indent || (words.starts_with("Test") && words.ends_with("s)"));
            if self.in_tests && is_test && self.death.tests.len() < MAX_LISTED {
                self.death.tests.push(shortened(words));
                return true;
            }
        }
        // A value may begin with a line end.
        if self.death.text == "panic:" {
            self.death.text = shortened(&format!("panic: {words}"));
        }
        self.lines_left = self.lines_left.saturating_sub(1);
        self.lines_left > 0
    }
}

fn shortened(text: &str) -> String {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests;
