//! Frames in one line: a function and its position, as people write them into issues and as Gomega's gleak prints them.

use std::num::NonZeroU64;

use super::frame;
use super::frame::Call;
use crate::decode::text::split_digits;

/// A source position; `None` if the line ends inside it.
pub(super) type Position<'a> = Option<(&'a str, u32)>;

/// Parses `main.f(...)   /srv/x.go:3`, `main.f() at x.go:3`.
pub(super) fn call(line: &str) -> Option<(Call<'_>, Position<'_>)> {
    for (at, _) in line.match_indices(')') {
        let (before, after) = line.split_at(at + 1);
        if after.starts_with(char::is_whitespace)
            && let Some(position) = position(after)
            && let Some(call) = frame::call(before).or_else(|| frame::call_without_package(before))
        {
            return Some((call, position));
        }
    }
    None
}

/// Whether a line is a function with its arguments, with its position or without.
pub(super) fn is_call(line: &str) -> bool {
    frame::call(line).is_some() || call(line).is_some()
}

/// Parses `main.f   /srv/x.go:3`, whose arguments somebody removed.
pub(super) fn name(line: &str) -> Option<(Call<'_>, Position<'_>)> {
    let (function, rest) = line.split_once(char::is_whitespace)?;
    let position = position(rest).filter(Option::is_some)?;
    let is_name = frame::is_name(function) && !function.contains(':');
    is_name.then_some((Call { function, arguments: "(..." }, position))
}

/// The parts of a `created by` line that has a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Creator<'a> {
    pub(super) function: &'a str,
    /// The goroutine that ran the `go` statement.
    pub(super) parent: Option<NonZeroU64>,
    pub(super) position: Position<'a>,
}

/// Parses `created by main.f in goroutine 12 at x.go:3`, `created by main.f   x.go:3`.
pub(super) fn creator(line: &str) -> Option<Creator<'_>> {
    let (function, rest) = line.strip_prefix("created by ")?.split_once(char::is_whitespace)?;
    let function = function.strip_suffix("()").unwrap_or(function);
    let (parent, rest) = match rest.trim_start().strip_prefix("in goroutine ") {
        Some(rest) => {
            let (digits, rest) = split_digits(rest)?;
            (digits.parse().ok(), rest)
        }
        None => (None, rest),
    };
    let position = position(rest)?;
    frame::is_name(function).then_some(Creator { function, parent, position })
}

/// A position behind a function. A path that the end of the line cuts has no line number.
fn position(text: &str) -> Option<Position<'_>> {
    let text = text.trim();
    let mut words = ["at ", "in ", "@ ", "- ", "-- ", "— ", "-> ", "// ", "# "].iter();
    let text = words.find_map(|word| text.strip_prefix(word)).unwrap_or(text).trim_start();
    let text = text.strip_prefix('(').and_then(|it| it.strip_suffix(')')).unwrap_or(text);
    let is_absolute =
        |text: &str| text.starts_with('/') || text.get(1..).is_some_and(|it| it.starts_with(":/"));
    if let Some((file, line)) = frame::location(text) {
        return (is_absolute(file) || !file.contains(char::is_whitespace)).then_some(Some((file, line)));
    }
    let is_path = (is_absolute(text) || text.starts_with("./")) && !text.contains(char::is_whitespace);
    is_path.then_some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls() {
        let check = |line: &str, expected: Option<(&str, Position<'_>)>| {
            assert_eq!(call(line).map(|(call, position)| (call.function, position)), expected, "{line}");
        };
        check("ws.(*Hub).drop(...)  pkg/ws_hub.go:89", Some(("ws.(*Hub).drop", Some(("pkg/ws_hub.go", 89)))));
        check(
            "a.b/c.(*B).Start.func1() at c@v1.0.2/c.go:54",
            Some(("a.b/c.(*B).Start.func1", Some(("c@v1.0.2/c.go", 54)))),
        );
        check(
            "runtime.futex() /usr/runtime/sys.s:552 +0x3",
            Some(("runtime.futex", Some(("/usr/runtime/sys.s", 552)))),
        );
        check("runtime.park_m(?)\t/usr/proc.go:3336", Some(("runtime.park_m", Some(("/usr/proc.go", 3336)))));
        check("main.f({0x1, 0x2})  /a b/x.go:3", Some(("main.f", Some(("/a b/x.go", 3)))));
        check("main.f(0x1)    /home/ubu", Some(("main.f", None)));
        check("schedule()  x.c:3", Some(("schedule", Some(("x.c", 3)))));
        check("main.f(0x1) (/a/x.go:3)", Some(("main.f", Some(("/a/x.go", 3)))));
        check("main.f(0x1) // x.go:3", Some(("main.f", Some(("x.go", 3)))));
        check("main.f(0x1)", None);
        check("main.f() was called at x.go:3", None);
        check("it failed (again) at x.go:3", None);
    }

    #[test]
    fn names() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(name(line).map(|(call, _)| call.function), expected, "{line}");
        };
        check("main.(*T).f   /srv/x.go:3", Some("main.(*T).f"));
        check("main.f at x.go:3", Some("main.f"));
        check("main.f  /srv/x", None);
        check("failed x.go:3", None);
        check("x.go:3 y.go:4", None);
    }

    #[test]
    fn creators() {
        let check = |line: &str, expected: Option<(&str, u64, Position<'_>)>| {
            let found = creator(line).map(|it| (it.function, it.parent.map_or(0, u64::from), it.position));
            assert_eq!(found, expected, "{line}");
        };
        check("created by main.f in goroutine 12 at x.go:3", Some(("main.f", 12, Some(("x.go", 3)))));
        check(
            "created by main.(*T).f      ./pkg/x.go:88",
            Some(("main.(*T).f", 0, Some(("./pkg/x.go", 88)))),
        );
        check("created by main.f() at x.go:3", Some(("main.f", 0, Some(("x.go", 3)))));
        check("created by main.f in goroutine 12", None);
        check("created by me at x.go:3", None);
    }
}
