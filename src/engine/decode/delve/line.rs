//! The lines of Delve's lists of goroutines.

use crate::decode::quoted::unquote;
use crate::decode::text::split_digits;

/// Which of a goroutine's places a line has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `-r`: the leaf.
    Runtime,
    /// `-u`, the default: the innermost frame outside the runtime.
    User,
    /// `-g`: the `go` statement.
    Go,
    /// `-s`: the function that the goroutine started with.
    Start,
}

const PLACES: [(&str, Place); 4] =
    [("Runtime: ", Place::Runtime), ("User: ", Place::User), ("Go: ", Place::Go), ("Start: ", Place::Start)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position<'a> {
    pub(super) file: &'a str,
    pub(super) line: u32,
}

/// `./main.go:5 main.worker (0x520c7a)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Location<'a> {
    pub(super) position: Position<'a>,
    /// The function, or the beginning of its name; empty if Delve does not know it.
    pub(super) function: &'a str,
    pub(super) name: Name,
}

/// Whether a function's name is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Whole,
    /// The text ends inside the line.
    Cut,
}

/// What Delve says of a goroutine's wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait<'a> {
    /// Go's wait reason or status; `None` if Delve prints none, or does not know it.
    pub(super) reason: Option<&'a str>,
    /// Whether a number says when the wait began.
    pub(super) has_since: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// `Goroutine 21 - User: ./main.go:5 main.worker (0x520c7a) [chan receive 1611352411085]`
    Goroutine(u64, Place, Location<'a>, Wait<'a>),
    /// The same, but it ends before its location.
    CutGoroutine(u64),
    /// `Goroutine 7:`, with its places on the lines below.
    Heading(u64),
    /// `Goroutine (unreadable could not read memory)`
    Unreadable,
    /// `User: ./main.go:5 main.worker (0x520c7a)`
    Place(Place, Location<'a>),
    /// `0  0x0000000000521145 in main.main`: the number of a frame, from the leaf, and its function.
    Frame(usize, &'a str),
    /// `at ./main.go:22`
    At(Position<'a>),
    /// `Labels: "k":"v", "k2":"v2"... (3 more)`, and how many more there are.
    Labels(Vec<(Box<str>, Box<str>)>, u64),
    /// `(truncated)`: the stack has more frames.
    Truncated,
    /// `Total: 7`, after the members of a group.
    Total(u64),
    /// `[26 goroutines]`, after all of them.
    Count(u64),
    TooManyGroups,
    Empty,
    /// Anything else: the name of a group, a prompt, what another command prints.
    Other,
}

pub(super) fn parse(text: &str) -> Line<'_> {
    let text = text.trim();
    let unmarked = text.strip_prefix("* ").unwrap_or(text).trim_start();
    if let Some(rest) = unmarked.strip_prefix("Goroutine ") {
        return goroutine(rest).unwrap_or(Line::Other);
    }
    match text {
        "" => return Line::Empty,
        "(truncated)" => return Line::Truncated,
        "Too many groups" => return Line::TooManyGroups,
        _ => {}
    }
    other(text).unwrap_or(Line::Other)
}

fn goroutine(rest: &str) -> Option<Line<'_>> {
    if rest.starts_with("(unreadable") {
        return Some(Line::Unreadable);
    }
    let (id, rest) = split_digits(rest)?;
    let id = id.parse().ok()?;
    if rest == ":" {
        return Some(Line::Heading(id));
    }
    let rest = rest.strip_prefix(" - ")?;
    if rest.starts_with("(unreadable") {
        return Some(Line::Unreadable);
    }
    let Some((place, rest)) = place(rest) else {
        let is_cut = PLACES.iter().any(|(word, _)| word.starts_with(rest));
        return is_cut.then_some(Line::CutGoroutine(id));
    };
    let Some((location, rest)) = location(rest) else { return Some(Line::CutGoroutine(id)) };
    Some(Line::Goroutine(id, place, location, wait(rest)))
}

fn place(text: &str) -> Option<(Place, &str)> {
    PLACES.iter().find_map(|(word, place)| Some((*place, text.strip_prefix(word)?)))
}

/// A location, and the text after its address.
fn location(text: &str) -> Option<(Location<'_>, &str)> {
    let (position, rest) = position(text)?;
    let whole =
        rest.rsplit_once(" (0x").and_then(|(function, rest)| Some((function, rest.split_once(')')?.1)));
    let (function, name, rest) = match whole.or_else(|| rest.split_once(" [")) {
        Some((function, _)) => (function, Name::Whole, rest.get(function.len()..)?),
        None => (rest, Name::Cut, ""),
    };
    let function = if matches!(function, "?" | "???" | "(nil)") { "" } else { function };
    Some((Location { position, function, name }, rest))
}

/// `./main.go:5 `: a file, whose name may have blanks and colons, and a line.
fn position(text: &str) -> Option<(Position<'_>, &str)> {
    text.match_indices(':').find_map(|(at, _)| {
        let (file, rest) = text.split_at(at);
        let (line, rest) = split_digits(rest.strip_prefix(':')?)?;
        Some((Position { file, line: line.parse().ok()? }, rest.strip_prefix(' ')?))
    })
}

/// ` (thread 16265) [chan receive 1611352411085]`
///
/// Delve prints the wait reason of a goroutine that waits or is in a system call (`formatGoroutine`). One that waits has no thread, so
/// the reason of one that has is left over from an earlier wait.
fn wait(text: &str) -> Wait<'_> {
    let has_thread = text.contains(" (thread ");
    let bracket = text.split_once('[').and_then(|(_, rest)| Some(rest.rsplit_once(']')?.0));
    let Some(text) = bracket else {
        return Wait { reason: has_thread.then_some("running"), has_since: false };
    };
    if has_thread {
        return Wait { reason: Some("syscall"), has_since: false };
    }
    if text.starts_with("unknown wait reason") {
        return Wait { reason: None, has_since: false };
    }
    let since = text.rsplit_once(' ').filter(|(_, last)| is_since(last));
    let reason = since.map_or(text, |(reason, _)| reason);
    Wait { reason: Some(reason).filter(|it| !it.is_empty()), has_since: since.is_some() }
}

/// `1611352411085`, in other versions `454116h5m34.843506026s`.
fn is_since(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'h' | 'm' | 's' | 'n' | 'u' | 'µ'))
}

fn other(text: &str) -> Option<Line<'_>> {
    if let Some((number, rest)) = split_digits(text) {
        let (address, function) = rest.trim_start().strip_prefix("0x")?.split_once(" in ")?;
        let number = number.parse().ok().filter(|_| is_hex(address))?;
        return Some(Line::Frame(number, function));
    }
    if let Some(rest) = text.strip_prefix("at ") {
        let (file, line) = rest.rsplit_once(':')?;
        return Some(Line::At(Position { file, line: line.parse().ok()? }));
    }
    if let Some(rest) = text.strip_prefix("Labels: ") {
        return labels(rest);
    }
    if let Some(total) = text.strip_prefix("Total: ") {
        return Some(Line::Total(total.parse().ok()?));
    }
    if let Some(rest) = text.strip_prefix('[') {
        return Some(Line::Count(rest.strip_suffix(" goroutines]")?.parse().ok()?));
    }
    let (place, rest) = place(text)?;
    let (location, _) = location(rest)?;
    (location.name == Name::Whole).then_some(Line::Place(place, location))
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `"k":"v", "k2":"v2"... (3 more)`
fn labels(text: &str) -> Option<Line<'_>> {
    let mut pairs = Vec::new();
    let mut rest = text;
    loop {
        let (key, after) = unquote(rest)?;
        let (value, after) = unquote(after.strip_prefix(':')?)?;
        pairs.push((key.into_boxed_str(), value.into_boxed_str()));
        let Some(next) = after.strip_prefix(", ") else {
            let more = after.strip_prefix("... (").and_then(|it| it.strip_suffix(" more)"));
            return Some(Line::Labels(pairs, more.and_then(|it| it.parse().ok()).unwrap_or(0)));
        };
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goroutines() {
        let check = |line: &str, expected: (u64, Place, &str, u32, &str, Option<&str>)| {
            let Line::Goroutine(id, place, it, wait) = parse(line) else { panic!("{line}") };
            let Position { file, line: number } = it.position;
            assert_eq!((id, place, file, number, it.function, wait.reason), expected, "{line}");
        };
        let user = Place::User;
        check("* Goroutine 1 - User: ./m.go:2 main.f (0x5)", (1, user, "./m.go", 2, "main.f", None));
        check(
            "  Goroutine 1 - User: ./m.go:2 main.f (0x5) (thread 7)",
            (1, user, "./m.go", 2, "main.f", Some("running")),
        );
        check(
            "Goroutine 1 - User: C:/a b/m.go:2 main.f (0x5) (thread 7) [select]",
            (1, user, "C:/a b/m.go", 2, "main.f", Some("syscall")),
        );
        check(
            "Goroutine 1 - Runtime: /p.go:2 runtime.gopark (0x5) [force gc (idle) 1623679767555]",
            (1, Place::Runtime, "/p.go", 2, "runtime.gopark", Some("force gc (idle)")),
        );
        check(
            "Goroutine 1 - Go: ./m.go:2 main.(*T[struct { A int }]).f (0x5) [select 454116h5m34.8s]",
            (1, Place::Go, "./m.go", 2, "main.(*T[struct { A int }]).f", Some("select")),
        );
        check(
            "Goroutine 1 - Start: ./m.go:2 main.f (0x5) [unknown wait reason 37]",
            (1, Place::Start, "./m.go", 2, "main.f", None),
        );
        check(
            "Goroutine 1 - Start: :0 ??? (0x0) [chan receive (nil chan) 5]",
            (1, Place::Start, "", 0, "", Some("chan receive (nil chan)")),
        );
        check(
            "Goroutine 1 - User: ./m.go:2 main.f [select]",
            (1, user, "./m.go", 2, "main.f", Some("select")),
        );
        check("Goroutine 1 - User: ./m.go:2 main.wor", (1, user, "./m.go", 2, "main.wor", None));
    }

    #[test]
    fn other_lines() {
        let check = |line: &str, expected: Line<'_>| assert_eq!(parse(line), expected, "{line}");
        let pair = |key: &str, value: &str| (key.into(), value.into());
        check("Goroutine 8 - User: ./m", Line::CutGoroutine(8));
        check("Goroutine 8 - Us", Line::CutGoroutine(8));
        check("Goroutine 8 - is done", Line::Other);
        check("Goroutine 8:", Line::Heading(8));
        check("  Goroutine (unreadable EOF)", Line::Unreadable);
        check("\t 3  0x00000000004 in main.f[...]", Line::Frame(3, "main.f[...]"));
        check("3 things in main.f", Line::Other);
        check("\tat ./m.go:5", Line::At(Position { file: "./m.go", line: 5 }));
        check(
            "\tLabels: \"k\":\"a]: b\", \"l\":\"\"",
            Line::Labels(vec![pair("k", "a]: b"), pair("l", "")], 0),
        );
        check("Labels: \"k\":\"v\"... (3 more)", Line::Labels(vec![pair("k", "v")], 3));
        check("\tTotal: 7", Line::Total(7));
        check("[26 goroutines]", Line::Count(26));
        check("(dlv) goroutines -t", Line::Other);
        check("", Line::Empty);
    }
}
