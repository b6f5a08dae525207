//! Tracebacks: `debug=2`, and what panics, fatal errors, SIGQUIT, goleak and people print, anywhere in a text.
//!
//! A goroutine that cannot be attributed line by line is skipped and said; it is never guessed.

mod assemble;
mod chunks;
mod faults;
mod frame;
mod header;
mod line_cache;

use std::sync::atomic::AtomicUsize;

use super::DecodeError;
use super::Limits;
use super::text::Line;
use super::text::Text;
use crate::model::Profile;
use crate::model::Warning;
use assemble::Assembler;
use header::Parsed;
use line_cache::Memo;

pub(super) use chunks::Source;
pub(super) use chunks::begins;
pub(super) use chunks::read;

/// Go's buffer for `debug=2` ends here, in the middle of whatever it was writing (`runtime/pprof/pprof.go`,
/// `writeGoroutineStacks`).
const GO_LIMIT: usize = 64 << 20;

/// Decodes a text that holds goroutines; `None` if it holds none.
pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let headers = text.lines().any(|line| matches!(header::parse(trimmed(line, limits)), Parsed::Header(_)));
    // A report of the race detector has stacks, and no goroutine that waits.
    let race = !headers && text.content().contains("WARNING: DATA RACE");
    if race || !(headers || has_frames(text, limits)) {
        return Ok(None);
    }
    if let Some(columns) = wrapped_at(text, limits) {
        let why = format!(
            "its lines are hard-wrapped at {columns} columns, and where they were broken cannot be told"
        );
        return Err(DecodeError::NoGoroutine { form: "a traceback", why });
    }
    let goroutines = AtomicUsize::new(0);
    let mut reader = Reader::new(limits, !headers, &goroutines);
    let mut last = None;
    let mut lines = 0;
    for line in text.lines() {
        reader.read(line, limits)?;
        lines = line.number;
        if !line.text.trim().is_empty() {
            last = Some(line);
        }
    }
    let end = End {
        last: last.map(|line| (trimmed(line, limits).to_owned(), line.number)),
        lines,
        mid_line: text.ends_mid_line(),
        input_len: text.input_len,
    };
    let tail = reader.end(&end);
    let mut profile = finish(reader.assembler, &tail)?;
    profile.warnings.splice(0..0, text.warnings.iter().cloned());
    Ok(Some(profile))
}

/// The width at which a text was wrapped, if it was: no line is longer, and all of that length are calls, headers or
/// places that end in their middle and go on in the next line.
fn wrapped_at(text: &Text<'_>, limits: &Limits) -> Option<usize> {
    let mut longest = 0;
    for line in text.lines() {
        longest = longest.max(line.text.chars().count());
        if longest >= 200 {
            return None;
        }
    }
    let longest = Some(longest).filter(|it| *it >= 40)?;
    let whole = |line: &str| {
        matches!(header::parse(line), Parsed::Header(_))
            || frame::call(line).is_some()
            || frame::created_by(line).is_some()
            || frame::location(line).is_some()
    };
    let mut broken = 0;
    for (line, next) in text.lines().zip(text.lines().skip(1)) {
        if line.text.chars().count() == longest {
            let joined = format!("{}{}", line.text, next.text);
            if whole(trimmed(line, limits)) || !whole(joined.trim()) {
                return None;
            }
            broken += 1;
        }
    }
    (broken >= 3).then_some(longest)
}

/// Whether there is a function line followed by a source position, as below any header.
fn has_frames(text: &Text<'_>, limits: &Limits) -> bool {
    let mut after_call = false;
    for line in text.lines() {
        let line = trimmed(line, limits);
        if after_call && frame::location(line).is_some() {
            return true;
        }
        after_call = frame::call(line).is_some() || (line.is_empty() && after_call);
    }
    false
}

/// A line without the blanks around it, cut at the limit.
fn trimmed<'a>(line: Line<'a>, limits: &Limits) -> &'a str {
    let mut end = line.text.len().min(limits.max_line);
    while !line.text.is_char_boundary(end) {
        end -= 1;
    }
    line.text.split_at(end).0.trim()
}

/// Where in a dump a line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    /// In no goroutine.
    Outside,
    /// Among the frames of one.
    Frames,
    /// After its `created by`.
    Created,
    /// Among frames of an ancestor, which is another goroutine.
    Ancestor,
}

/// How a text ends.
struct End {
    /// The last line that is not empty, trimmed, with its number.
    last: Option<(String, u64)>,
    /// Its lines, empty ones too.
    lines: u64,
    /// Without a line end.
    mid_line: bool,
    input_len: usize,
}

struct Reader<'l> {
    assembler: Assembler<'l>,
    headless: bool,
    section: Section,
    memo: Memo,
}

/// How a text ended: what is told of that when all of it was read.
struct Tail {
    /// The line of a header that is cut.
    cut_header: Option<u64>,
    /// Where Go itself cuts.
    at_limit: bool,
}

/// The snapshot of what was read.
fn finish(assembler: Assembler<'_>, tail: &Tail) -> Result<Profile, DecodeError> {
    let mut profile = assembler.finish()?;
    if let Some(number) = tail.cut_header {
        let read = profile.total();
        let text = format!(
            "the input is truncated: a goroutine is cut inside its header; the {read} before it are shown"
        );
        profile.warnings.push(Warning::loss(text).at(number));
    }
    if tail.at_limit {
        let text = "the input is truncated at exactly 64 MiB: Go itself cuts a traceback there, so there are more goroutines \
                    than are shown; the counts of /debug/pprof/goroutine are whole";
        profile.warnings.push(Warning::loss(text));
    }
    Ok(profile)
}

impl<'l> Reader<'l> {
    fn new(limits: &'l Limits, headless: bool, goroutines: &'l AtomicUsize) -> Self {
        let assembler = Assembler::new(limits, goroutines);
        Reader { assembler, headless, section: Section::Outside, memo: Memo::default() }
    }

    /// The text ended.
    fn end(&mut self, end: &End) -> Tail {
        let last = end.last.as_ref().map(|(line, number)| (line.as_str(), *number));
        let cut_header = last.filter(|(line, _)| {
            header::parse(line) == Parsed::Cut || (end.mid_line && "goroutine ".starts_with(line))
        });
        let at_limit = end.input_len == GO_LIMIT;
        // An empty line ends a goroutine, and what stands after its frames is no cut.
        let in_frames =
            last.filter(|(_, number)| *number >= end.lines && !self.headless).is_some_and(|(line, _)| {
                let header = matches!(header::parse(line), Parsed::Header(_));
                end.mid_line || header || frame::location(line).is_some()
            });
        let cut_place = end.mid_line
            && last.is_some_and(|(line, _)| match frame::location(line) {
                Some(_) => !frame::has_offset(line),
                None => line.starts_with("created by "),
            });
        self.assembler.end_of_input(end.mid_line || at_limit || cut_header.is_some(), in_frames, cut_place);
        Tail { cut_header: cut_header.map(|(_, number)| number), at_limit }
    }

    /// The text goes on with a goroutine that another reader may take.
    fn pause(&mut self) {
        self.assembler.close();
        self.section = Section::Outside;
    }

    /// Takes the frames that `rest` begins with, as far as each is the one that came after another before; what follows them,
    /// and how many lines they were.
    fn read_frames<'t>(&mut self, mut rest: &'t str, limits: &Limits) -> (&'t str, u64) {
        let mut lines = 0;
        if self.section == Section::Frames && !self.headless {
            while let Some(after) = self.memo.frame(rest, limits.max_line, &mut self.assembler) {
                (rest, lines) = (after, lines + 2);
            }
        }
        (rest, lines)
    }

    /// Takes a line that is just as Go writes it; whether it is one.
    fn read_known(&mut self, line: Line<'_>, limits: &Limits) -> Result<bool, DecodeError> {
        if self.headless || line.text.len() > limits.max_line {
            return Ok(false);
        }
        let Reader { assembler, memo, section, .. } = self;
        match (&*section, line.text.as_bytes().first()) {
            (_, Some(b'g')) if line.text.starts_with("goroutine ") => {
                let known = memo.header(line.text, line.number, assembler, limits)?;
                if known {
                    *section = Section::Frames;
                }
                Ok(known)
            }
            (Section::Frames, Some(b'\t')) => Ok(memo.place(line.text, assembler)),
            (Section::Frames, Some(_)) => Ok(memo.call(line.text, assembler)),
            (Section::Created, Some(b'\t')) if assembler.expects_location() => {
                Ok(memo.place(line.text, assembler))
            }
            _ => Ok(false),
        }
    }

    fn read(&mut self, line: Line<'_>, limits: &Limits) -> Result<(), DecodeError> {
        if self.read_known(line, limits)? {
            return Ok(());
        }
        let text = trimmed(line, limits);
        if line.text.len() > limits.max_line {
            self.assembler.warn_long_line();
        }
        // Where the line is cut, so are its arguments; the name is still whole.
        let named = (line.text.len() > limits.max_line).then(|| frame::without_arguments(text)).flatten();
        let text = named.as_deref().unwrap_or(text);
        if text.is_empty() {
            if self.headless && !self.assembler.expects_location() {
                self.assembler.close();
                self.section = Section::Outside;
            }
            return Ok(());
        }
        // Most lines are frames: look for a header only where one can be.
        if matches!(
            text.as_bytes().first(),
            Some(b'g' | b'G' | b'[' | b'*' | b'`' | b'>' | b'|' | b'0'..=b'9')
        ) && let Parsed::Header(header) = header::parse(text)
        {
            self.section = Section::Frames;
            return self.assembler.open(header, line.number, limits);
        }
        match self.section {
            Section::Outside if self.headless && frame::call(text).is_some() => {
                self.assembler.open_unnamed(line.number);
                self.section = Section::Frames;
                self.frame_line(text);
            }
            Section::Outside | Section::Ancestor => {}
            Section::Frames => self.frame_line(text),
            Section::Created => {
                if text.starts_with("[originating from goroutine ") {
                    self.section = Section::Ancestor;
                } else if self.assembler.expects_location() {
                    self.frame_line(text);
                    if self.headless {
                        self.assembler.close();
                        self.section = Section::Outside;
                    }
                }
            }
        }
        Ok(())
    }

    fn frame_line(&mut self, text: &str) {
        if let Some((function, parent)) = frame::created_by(text) {
            self.assembler.created_by(function, parent);
            self.section = Section::Created;
        } else if text == "runtime stack:" {
            self.assembler.close();
            self.section = Section::Outside;
        } else if text.starts_with("[originating from goroutine ") {
            self.section = Section::Ancestor;
        } else if text.starts_with("...") && text.contains("frames elided") {
            self.assembler.elided(text.contains("additional"));
        } else if text.starts_with("goroutine running on other thread") {
            self.assembler.unavailable();
        } else if let Some((file, position)) = frame::location(text) {
            self.assembler.location(file, position);
        } else {
            self.assembler.text(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dump: &str, input_len: Option<usize>, total: i128, warning: &str) {
        let mut text = Text::new(dump.as_bytes()).expect("plain text is read");
        text.input_len = input_len.unwrap_or(text.input_len);
        let profile =
            decode(&text, &Limits::default()).expect("it is a traceback").expect("it holds goroutines");
        assert_eq!(profile.total(), total, "{dump}");
        let told: Vec<String> = profile.warnings.iter().map(ToString::to_string).collect();
        let fits = if warning.is_empty() { told.is_empty() } else { told.join("\n").contains(warning) };
        assert!(fits, "{told:?} and not {warning:?}");
        assert_eq!(profile.is_incomplete(), !warning.is_empty());
    }

    const WHOLE: &str = "goroutine 7 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\ncreated by main.g in goroutine 1\n\t/g.go:4 +0x2\n";

    #[test]
    fn wrapped_lines_are_refused() {
        let pointers = "0xc000012345, 0xc000012345, 0xc000012345";
        let long = format!("goroutine 7 [select]:\nmain.f({pointers})\n\t/f.go:3 +0x1\n\n").repeat(3);
        let wrapped = long.replace(", 0xc000012345)", ", 0xc0000\n12345)");
        let limits = Limits::default();
        let read = |dump: &str| decode(&Text::new(dump.as_bytes()).expect("plain text is read"), &limits);
        assert_eq!(read(&long).expect("whole lines are read").map(|it| it.total()), Some(3));
        let refused = read(&wrapped).expect_err("torn names are not shown").to_string();
        assert!(refused.contains("hard-wrapped at 42 columns"), "{refused}");
    }

    #[test]
    fn a_long_line_keeps_its_name() {
        let limits = Limits { max_line: 40, ..Limits::default() };
        let dump = format!("goroutine 7 [select]:\nmain.(*T).f({})\n\t/f.go:3 +0x1\n", "0x1, ".repeat(20));
        let text = Text::new(dump.as_bytes()).expect("plain text is read");
        let profile = decode(&text, &limits).expect("it is a traceback").expect("it holds a goroutine");
        let leaf = profile
            .stacks
            .frames(profile.samples.get(0).expect("it has a row").stack)
            .next()
            .expect("it has a frame");
        assert_eq!(profile.symbols.function(leaf.function), "main.(*T).f");
    }

    #[test]
    fn ends_that_are_no_cuts() {
        let main = "goroutine 1 [running]:\nmain.main()\n\t/m.go:3 +0x1\n";
        check(main, None, 1, "");
        let run = format!("{main}exit status 2");
        let text = Text::new(run.as_bytes()).expect("plain text is read");
        let profile = decode(&text, &Limits::default()).expect("it is a traceback").expect("it is one");
        assert!(!profile.is_incomplete(), "what stands after the frames is passed over");
        check(WHOLE.trim_end(), None, 1, "");
        check(&format!("{WHOLE}exit status 2"), None, 1, "");
        let pieces = ["goroutine 7 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\n", "\n"].concat();
        check(&pieces, None, 1, "");
        check(pieces.trim_end(), None, 1, "truncated inside this goroutine");
    }

    #[test]
    fn cuts_are_told() {
        check(WHOLE, None, 1, "");
        check(
            &format!("{WHOLE}\ngoroutine 8 [chan rec"),
            None,
            1,
            "cut inside its header; the 1 before it are shown",
        );
        check(
            &format!("{WHOLE}\ngoroutine 8 [select]:\nmain.f(0x"),
            None,
            2,
            "truncated inside this goroutine",
        );
        check(
            &format!("{WHOLE}\ngoroutine 8 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\ncreated by ma"),
            None,
            2,
            "truncated",
        );
        check(
            &format!("{WHOLE}\ngoroutine 8 [select]:\nmain.f(...)\nmain.main.func2"),
            None,
            2,
            "truncated inside",
        );
        check(WHOLE, Some(GO_LIMIT), 1, "truncated at exactly 64 MiB: Go itself cuts a traceback there");
    }
}
