//! The output of panicparse (`pp`): goroutines with similar stacks as one, with their count, state, waits and creator.
//!
//! It shows packages without their paths, and files without their folders unless it is asked for them. Source: panicparse's
//! `internal/ui.go` (`BucketHeader`, `callLine`).

use super::DecodeError;
use super::Limits;
use super::ansi::without_colours;
use super::text::Text;
use super::text::split_digits;
use crate::model::FileId;
use crate::model::Form;
use crate::model::FormFacts;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::Kind;
use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::RowKind;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::State;
use crate::model::StateId;
use crate::model::Truncation;
use crate::model::Warning;

/// Its output (`pp`): goroutines with similar stacks as one.
const FORM: Form = Form(&FormFacts { name: "panicparse", rows: RowKind::Goroutine, shows_runtime: false });

/// Decodes the output of panicparse; `None` if the text has no header that a call follows.
pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    if !has_bucket(text) {
        return Ok(None);
    }
    let mut profile = Profile::new(FORM, Kind::Goroutine);
    let mut open: Option<Bucket> = None;
    let mut unread = None;
    let last = text.lines().filter(|line| !line.text.trim().is_empty()).last().map(|line| line.number);
    for line in text.lines() {
        let line_text = without_colours(line.text);
        let trimmed = line_text.trim();
        if let Some(header) = header(trimmed) {
            close(&mut profile, open.take());
            limits.check_rows(profile.samples.len() + 1)?;
            open = Some(Bucket::new(&header, &mut profile));
            continue;
        }
        let Some(bucket) = &mut open else { continue };
        if trimmed.is_empty() {
            close(&mut profile, open.take());
        } else if trimmed == "(...)" {
            bucket.truncation.cut = true;
        } else if let Some(call) = call(trimmed) {
            limits.check_depth(bucket.frames.len() + 1, || format!("frames before line {}", line.number))?;
            bucket.frames.extend(call.intern(&mut profile));
        } else if Some(line.number) == last {
            bucket.truncation.cut = true;
            unread = Some(line.number);
        }
    }
    close(&mut profile, open);
    let text = "panicparse shows packages without their paths, and merges stacks that differ in arguments or a little more";
    profile.warnings.push(Warning::note(text));
    if let Some(line) = unread {
        let text = "the input is truncated inside this call, which is left out";
        profile.warnings.push(Warning::loss(text).at(line));
    }
    Ok(Some(profile))
}

/// Whether a header is followed by a call: other texts have lines like `3: running` too.
fn has_bucket(text: &Text<'_>) -> bool {
    let mut after_header = false;
    for line in text.lines() {
        let line = without_colours(line.text);
        if after_header && call(line.trim()).is_some() {
            return true;
        }
        after_header = header(line.trim()).is_some();
    }
    false
}

/// `2017: chan receive [4617~18774 minutes] [locked] [Created by http.(*Transport).getConn @ transport.go:708]`
#[derive(Debug, Default, PartialEq, Eq)]
struct Header<'a> {
    count: i64,
    state: &'a str,
    minutes: Option<(u32, u32)>,
    locked: bool,
    /// The function that ran the `go` statement, with its file and line.
    creator: Option<(&'a str, &'a str, u32)>,
}

fn header(line: &str) -> Option<Header<'_>> {
    let (count, rest) = split_digits(line)?;
    let rest = rest.strip_prefix(": ")?;
    let (state, mut rest) = rest.split_at(rest.find(" [").unwrap_or(rest.len()));
    let is_state = state.starts_with(|c: char| c.is_ascii_alphabetic())
        && state.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '(' | ')' | ','));
    if !is_state {
        return None;
    }
    let mut header = Header { count: count.parse().ok()?, state, ..Header::default() };
    while let Some(inside) = rest.strip_prefix(" [") {
        // The name of a creator may have brackets of its own.
        let end = inside.match_indices(']').map(|(at, _)| at).find(|at| {
            let after = inside.get(at + 1..).unwrap_or("");
            after.is_empty() || after.starts_with(" [") || after.starts_with(" Race ")
        })?;
        let (field, after) = inside.split_at(end);
        rest = after.strip_prefix(']')?;
        if let Some(creator) = field.strip_prefix("Created by ") {
            let (function, position) = creator.split_once(" @ ").unwrap_or((creator, ""));
            let (file, line) = position.rsplit_once(':').unwrap_or((position, ""));
            header.creator = Some((function, file, line.parse().unwrap_or(0)));
        } else if let Some(minutes) = field.strip_suffix(" minutes").or_else(|| field.strip_suffix(" minute"))
        {
            let (low, high) = minutes.split_once('~').unwrap_or((minutes, minutes));
            header.minutes = low.parse().ok().zip(high.parse().ok());
        } else if field.starts_with("locked") {
            header.locked = true;
        } else {
            return None;
        }
    }
    // A race report gives ids instead of counts.
    rest.is_empty().then_some(header)
}

struct Bucket {
    count: i64,
    detail: SampleDetail,
    frames: Vec<FrameId>,
    truncation: Truncation,
}

impl Bucket {
    fn new(header: &Header<'_>, profile: &mut Profile) -> Self {
        let Header { count, state, minutes, locked, creator } = *header;
        let state = State { reason: state.to_owned(), locked, ..State::default() };
        let at = profile.states.iter().position(|known| *known == state).unwrap_or_else(|| {
            profile.states.push(state);
            profile.states.len() - 1
        });
        let spawn = creator.map(|(function, file, line)| Frame {
            function: profile.symbols.intern_function(function),
            file: profile.symbols.intern_file(file),
            line,
        });
        let state = u32::try_from(at).ok().map(StateId);
        let detail = SampleDetail { state, spawn, minutes, ..SampleDetail::default() };
        Bucket { count, detail, frames: Vec::new(), truncation: Truncation::default() }
    }
}

fn close(profile: &mut Profile, bucket: Option<Bucket>) {
    let Some(Bucket { count, detail, frames, truncation }) = bucket else { return };
    let stack = profile.stacks.intern(&frames, truncation);
    profile.samples.push(Sample { stack, labels: LabelSetId::EMPTY, count });
    profile.details.push(detail);
}

/// `http       transport.go:834        (*Transport).dialConn(#34, 0, *)`: columns for package, position, and function with arguments.
#[derive(Debug, PartialEq, Eq)]
struct Call<'a> {
    /// Empty for functions without a package.
    package: &'a str,
    /// Empty if it is unknown.
    file: &'a str,
    line: u32,
    /// Empty if the stack was unavailable.
    function: &'a str,
}

impl Call<'_> {
    /// The frame; `None` if the stack was unavailable.
    fn intern(&self, profile: &mut Profile) -> Option<FrameId> {
        if self.function.is_empty() {
            return None;
        }
        let Call { package, file, line, function } = *self;
        let package = import_path(package, file).unwrap_or_else(|| package.to_owned());
        let name = if package.is_empty() { function.to_owned() } else { format!("{package}.{function}") };
        let function = profile.symbols.intern_function(&name);
        let file = if file.is_empty() { FileId::NONE } else { profile.symbols.intern_file(file) };
        Some(profile.stacks.intern_frame(Frame { function, file, line }))
    }
}

/// The import path of a package, if the path of its file has it: below `src` of Go's or the user's root, or in the module cache.
fn import_path(package: &str, file: &str) -> Option<String> {
    let (folder, _) = file.rsplit_once('/')?;
    let (_, path) = folder.rsplit_once("/pkg/mod/").or_else(|| folder.rsplit_once("/src/"))?;
    // `github.com/x/y@v1.2.3/z` is the package `github.com/x/y/z`.
    let parts = path.split('/').map(|part| part.split('@').next().unwrap_or(part));
    let path = parts.collect::<Vec<_>>().join("/");
    let is_same = path == package || path.strip_suffix(package).is_some_and(|before| before.ends_with('/'));
    (is_same && package != "main").then_some(path)
}

fn call(line: &str) -> Option<Call<'_>> {
    if matches!(line, ":0 ()" | "<unavailable>:0 ()") {
        return Some(Call { package: "", file: "", line: 0, function: "" });
    }
    let (position, line_number, rest) = line.match_indices(':').find_map(|(at, _)| {
        let (before, rest) = line.split_at(at);
        let (number, rest) = split_digits(rest.strip_prefix(':')?)?;
        let function = rest.strip_prefix(' ')?.trim_start();
        Some((before, number.parse().ok()?, function))
    })?;
    let (package, file) = match position.trim_start().split_once(char::is_whitespace) {
        Some((package, file)) => (package, file.trim_start()),
        None => ("", position),
    };
    let function = without_arguments(rest)?;
    let is_name = !function.contains(char::is_whitespace) || function.contains('[');
    let is_position = !file.is_empty() || (line_number == 0 && !package.is_empty());
    (is_name && is_position).then_some(Call { package, file, line: line_number, function })
}

/// The name before the last pair of brackets, which has the arguments.
fn without_arguments(text: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ if depth == 0 => return None,
            _ => {}
        }
        if depth == 0 {
            return text.get(..at).filter(|name| !name.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let check = |line: &str, expected: Option<Header<'_>>| assert_eq!(header(line), expected, "{line}");
        let creator = Some(("http.(*Transport).getConn", "transport.go", 708));
        let whole = Header {
            count: 2017,
            state: "chan receive",
            minutes: Some((4617, 18774)),
            locked: false,
            creator,
        };
        check(
            "2017: chan receive [4617~18774 minutes] [Created by http.(*Transport).getConn @ transport.go:708]",
            Some(whole),
        );
        let locked = Header {
            count: 1,
            state: "select (no cases)",
            minutes: Some((5, 5)),
            locked: true,
            creator: None,
        };
        check("1: select (no cases) [5 minutes] [locked]", Some(locked));
        let generic = Some(("main.f[...].func1", "/srv/a b.go", 3));
        check(
            "1: running [Created by main.f[...].func1 @ /srv/a b.go:3]",
            Some(Header { count: 1, state: "running", minutes: None, locked: false, creator: generic }),
        );
        check("1: running [Created by main.f @ f.go:3] Race read @ 0x00c000014100", None);
        check("12: 0x43b1f6 M=1", None);
        check("3: what [is this]", None);
    }

    #[test]
    fn import_paths() {
        let check = |package: &str, file: &str, expected: Option<&str>| {
            assert_eq!(import_path(package, file).as_deref(), expected, "{package} {file}");
        };
        check("http", "/usr/local/go/src/net/http/server.go", Some("net/http"));
        check("sync", "/usr/local/go/src/sync/mutex.go", Some("sync"));
        check("z", "/home/u/go/pkg/mod/github.com/x/y@v1.2.3/z/z.go", Some("github.com/x/y/z"));
        check("yaml", "/home/u/go/pkg/mod/github.com/x/y@v1.2.3/z/z.go", None);
        check("http", "server.go", None);
        check("main", "/srv/src/main/m.go", None);
    }

    #[test]
    fn calls() {
        let check = |line: &str, expected: Option<(&str, &str, u32, &str)>| {
            let found = call(line).map(|it| (it.package, it.file, it.line, it.function));
            assert_eq!(found, expected, "{line}");
        };
        check(
            "http       transport.go:834        (*Transport).dialConn(#34, 0, *)",
            Some(("http", "transport.go", 834, "(*Transport).dialConn")),
        );
        check(
            "main /srv/a b/m.go:12 f.func1(string(#1, len=3), {1, (2)})",
            Some(("main", "/srv/a b/m.go", 12, "f.func1")),
        );
        check("main C:/srv/m.go:12 f(...)", Some(("main", "C:/srv/m.go", 12, "f")));
        check("     asm.s:5 crosscall2(0x1)".trim(), Some(("", "asm.s", 5, "crosscall2")));
        check("engine  :0            _Cfunc_Seek()", Some(("engine", "", 0, "_Cfunc_Seek")));
        check("<unavailable>:0 ()", Some(("", "", 0, "")));
        check("main m.go:12 f(0x1", None);
        check("goroutine 7 [select]:", None);
        check("at 12:30 it was done (again)", None);
    }
}
