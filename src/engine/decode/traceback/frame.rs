//! The lines of a traceback below its header.
//!
//! Source: `runtime/traceback.go`, `traceback2` and `printcreatedby1`.

use std::num::NonZeroU64;

use crate::model::Passed;

/// A function line: `main.(*T).run(0xc000012345, {0x1, 0x2})`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    pub(super) function: &'a str,
    /// The arguments, with the opening bracket and without the closing one.
    pub(super) arguments: &'a str,
}

/// Parses a trimmed line as a function with its arguments. The name goes up to the last opening bracket.
pub(super) fn call(line: &str) -> Option<Call<'_>> {
    let inner = line.strip_suffix(')')?;
    let (function, arguments) = inner.split_at(inner.rfind('(')?);
    is_name(function).then_some(Call { function, arguments })
}

/// The first argument of `(0xc1, {0x2, 0x3`; `None` if it is not a number, or if Go marks it as possibly stale.
pub(super) fn first_argument(arguments: &str) -> Option<u64> {
    let hex = arguments.strip_prefix("(0x")?;
    let digits = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
    // Go appends a question mark to a value that may be stale.
    let stale = hex.get(digits..)?.starts_with('?');
    u64::from_str_radix(hex.get(..digits)?, 16).ok().filter(|_| !stale)
}

/// Values below this are lengths rather than addresses.
const MIN_ADDRESS: u64 = 1 << 16;

/// What the arguments `(0xc1, {0x2, 0x3}` are. An interface is printed as two addresses in brackets; Go appends a question mark to a value
/// that is not in use any more (`runtime/traceback.go`, `printArgs`).
pub(super) fn passed(arguments: &str) -> Passed {
    let is_address = |it: &str| {
        let digits = it.trim().strip_prefix("0x");
        digits.and_then(|it| u64::from_str_radix(it, 16).ok()).is_some_and(|it| it >= MIN_ADDRESS)
    };
    let is_interface = |group: &str| {
        let inner = group.split('}').next().unwrap_or(group);
        inner.split_once(',').is_some_and(|(kind, value)| is_address(kind) && is_address(value))
    };
    match arguments.strip_prefix('(').unwrap_or(arguments) {
        "" => Passed::Nothing,
        inner if inner.split('{').skip(1).any(is_interface) => Passed::Interface,
        inner if inner.ends_with("...") || inner.contains('_') => Passed::Hidden,
        _ => Passed::Values,
    }
}

/// A function line whose arguments are cut, with `...` instead of them: `main.(*T).run(...)`.
pub(super) fn without_arguments(line: &str) -> Option<String> {
    let (name, _) =
        line.match_indices('(').map(|(at, _)| line.split_at(at)).find(|(_, rest)| !rest.starts_with("(*"))?;
    is_name(name).then(|| format!("{name}(...)"))
}

/// Whether a text can be a function's name: it has no blanks outside of type arguments, a package before a dot, and its
/// brackets are balanced. Only `panic` has no package.
pub(super) fn is_name(name: &str) -> bool {
    if name == "panic" {
        return true;
    }
    let plain = name.split('[').next().unwrap_or(name);
    // The last element of a package's path is no function.
    let path = plain.split('(').next().unwrap_or(plain);
    let has_function = path.rsplit('/').next().is_none_or(|last| last.is_empty() || last.contains('.'));
    !plain.is_empty()
        && has_function
        && !plain.contains([' ', '\t', '"', '=', '{', ','])
        && !plain.starts_with('.')
        && !plain.ends_with('.')
        && name.contains('.')
        && is_balanced(name)
}

fn is_balanced(name: &str) -> bool {
    let (mut round, mut square) = (0i32, 0i32);
    for byte in name.bytes() {
        match byte {
            b'(' => round += 1,
            b')' => round -= 1,
            b'[' => square += 1,
            b']' => square -= 1,
            _ => {}
        }
        if round < 0 || square < 0 {
            return false;
        }
    }
    round == 0 && square == 0
}

/// Parses a call of a function without a package: an exported callback (`_cgoexp_63c4_f(0x1)`), or one of the runtime that
/// was written in C up to Go 1.4 (`runfinq()`).
pub(super) fn call_without_package(line: &str) -> Option<Call<'_>> {
    let inner = line.strip_suffix(')')?;
    let (function, arguments) = inner.split_at(inner.find('(')?);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '·' | '$');
    let is_identifier = !function.starts_with(|c: char| c.is_ascii_digit()) && function.chars().all(is_word);
    let starts = ["0x", "{", "_", "...", "?"];
    let values = arguments.get(1..)?;
    let are_values = values.is_empty()
        || (starts.iter().any(|start| values.starts_with(start))
            && values.chars().all(|c| c.is_ascii_hexdigit() || "x, {}._?+".contains(c)));
    let is_call = !function.is_empty() && is_identifier && are_values;
    is_call.then_some(Call { function, arguments })
}

/// Whether a line is a frame of C without a symbol (`runtime/traceback.go`, `printCgoTraceback`).
pub(super) fn is_c_frame(line: &str) -> bool {
    line == C_FRAME || line.starts_with("non-Go function at pc=0x")
}

/// What Go writes for a frame of C without a symbol.
pub(super) const C_FRAME: &str = "non-Go function";

/// Parses the position of a frame of C: `/src/x.c:12 pc=0x1`, `pc=0x1`. A symbolizer may write any file, or none
/// (`runtime/traceback.go`, `printOneCgoTraceback`).
pub(super) fn c_location(line: &str) -> Option<(&str, u32)> {
    let (before, address) = line.trim().rsplit_once("pc=0x")?;
    let is_address = !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit());
    let before = before.trim_end();
    if !is_address || before.is_empty() {
        return is_address.then_some(("", 0));
    }
    let (file, number) = before.rsplit_once(':')?;
    Some((file, number.parse().ok()?))
}

/// Parses a source position: `/srv/main.go:12 +0x1d`, and what a crash writes after it (` fp=0x...`).
pub(super) fn location(line: &str) -> Option<(&str, u32)> {
    let mut rest = line.trim();
    if let Some(at) = rest.find(" fp=0x") {
        let (before, fields) = rest.split_at(at);
        rest = Some(before).filter(|_| fields.split_whitespace().all(is_register_field))?;
    }
    if let Some(at) = rest.rfind(" +")
        && rest.get(at + 2..)?.trim_start_matches("0x").bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        rest = rest.split_at(at).0;
    }
    let rest = rest.trim_end();
    let (file, number) = rest.rsplit_once(':')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let endings = [".go", ".s", ".c", ".goc", "<autogenerated>"];
    let named = matches!(file, "?" | "??") || endings.iter().any(|ending| file.ends_with(ending));
    let is_rooted =
        file.starts_with(['/', '\\', '.', '<']) || file.get(1..).is_some_and(|it| it.starts_with(":"));
    if is_after_function(file) || (file.contains(' ') && !is_rooted) {
        return None;
    }
    // A line number above 32 bits is invalid, but the frame is kept.
    named.then(|| (file, number.parse().unwrap_or(0)))
}

/// `fp=0xc1`, as a crash writes it after a position.
fn is_register_field(field: &str) -> bool {
    let value = ["fp=0x", "sp=0x", "pc=0x"].iter().find_map(|name| field.strip_prefix(name));
    value.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A position that something follows in its line, because a line end was lost or a page put its mark there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glued<'a> {
    pub(super) file: &'a str,
    pub(super) line: u32,
    /// What follows.
    pub(super) rest: &'a str,
    /// The number of letters at its start that may be digits of the offset.
    pub(super) doubtful: usize,
}

/// Parses `/x.go:3 +0x1dmain.f()`, `/x.go:3main.f()`, `/x.go:3 +0x1{noformat}`.
pub(super) fn glued_location(line: &str) -> Option<Glued<'_>> {
    let line = line.trim();
    let file = [".go:", ".s:", "<autogenerated>:"]
        .iter()
        .filter_map(|end| Some(line.find(end)? + end.len()))
        .min()?;
    let digits = line.get(file..)?.bytes().take_while(u8::is_ascii_digit).count();
    let (position, mut rest) = line.split_at_checked(file + digits)?;
    let (mut has_offset, mut doubtful) = (false, 0);
    for mark in [" +0x", " fp=0x", " sp=0x", " pc=0x"] {
        let Some(number) = rest.strip_prefix(mark) else { continue };
        let end = number.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (digits, after) = number.split_at_checked(end)?;
        (has_offset, rest) = (true, after);
        if !after.is_empty() && !after.starts_with(' ') {
            doubtful = digits.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
            rest = number.get(end - doubtful..)?;
            break;
        }
    }
    let follows = has_offset || rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '`' | '{'));
    let (file, line) = location(position)?;
    (follows && !rest.is_empty()).then_some(Glued { file, line, rest, doubtful })
}

/// Whether a function is before a file in the same line.
fn is_after_function(file: &str) -> bool {
    let (word, rest) = file.split_once([' ', '\t']).unwrap_or((file, ""));
    file.contains(") ")
        || file.contains(")\t")
        || file.starts_with("created by ")
        || (!rest.is_empty() && !word.starts_with(['/', '.']) && !word.contains(':') && is_name(word))
}

/// Whether a source position is complete: it has an offset (`+0x1d`), which Go writes last for each frame that is not
/// inlined.
pub(super) fn has_offset(line: &str) -> bool {
    let Some((_, offset)) = line.rsplit_once(" +0x") else { return false };
    offset.bytes().next().is_some_and(|byte| byte.is_ascii_hexdigit())
}

/// Parses `created by main.f in goroutine 12`: the function, and the id of the goroutine that ran the `go` statement.
pub(super) fn created_by(line: &str) -> Option<(&str, Option<NonZeroU64>)> {
    let rest = line.strip_prefix("created by ")?;
    let digits = rest.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (before, id) = rest.split_at(rest.len() - digits);
    // The common form needs no search.
    let common = before.strip_suffix(" in goroutine ").map(|function| (function, id));
    // With a colon, a position follows the id.
    let stated = common.or_else(|| rest.rsplit_once(" in goroutine ").filter(|(_, id)| !id.contains(':')));
    let (function, id) = stated.map_or((rest, None), |(function, id)| (function, id.trim().parse().ok()));
    Some((function, id))
        .filter(|(function, _)| !function.is_empty() && !function.contains(char::is_whitespace))
}

/// Parses `[originating from goroutine 7]:`, which begins an ancestor: its id, `None` if it is no number.
pub(super) fn originating_from(line: &str) -> Option<Option<NonZeroU64>> {
    let rest = line.strip_prefix("[originating from goroutine ")?;
    Some(rest.split(']').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls() {
        let check = |line: &str, expected: Option<(&str, Option<u64>)>| {
            let parsed = call(line).map(|it| (it.function, first_argument(it.arguments)));
            assert_eq!(parsed, expected, "{line}");
        };
        check("main.(*T).m(0xc1, {0x2, 0x3})", Some(("main.(*T).m", Some(0xc1))));
        check("main.f(...)", Some(("main.f", None)));
        check("main.gen[...](0x1?)", Some(("main.gen[...]", None)));
        check("main.g[go.shape.struct { x int }](0x1)", Some(("main.g[go.shape.struct { x int }]", Some(1))));
        check("panic({0x1, 0x2})", Some(("panic", None)));
        check("runtime.goexit({})", Some(("runtime.goexit", None)));
        check("a.b/c%2ev2.f.func1.2(_, {_, _})", Some(("a.b/c%2ev2.f.func1.2", None)));
        check("model.func·015()", Some(("model.func·015", None)));
        check("--- FAIL: TestX (0.00s)", None);
        check("ok  pkg 0.1s (cached)", None);
        check("foo(bar)", None);
        check("main.f", None);
        check("(*T).track(0x1)", Some(("(*T).track", Some(1))));
        check("net/http.((*persist)", None);
        check("main.f](0x1)", None);
        check(".f(0x1)", None);
        check("k8s.io/apimachin(0x1)", None);
    }

    #[test]
    fn functions_without_a_package() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(call_without_package(line).map(|it| it.function), expected, "{line}");
        };
        check("_cgoexp_63c423cddd91_goCallback(0x4b7978?)", Some("_cgoexp_63c423cddd91_goCallback"));
        check("runfinq()", Some("runfinq"));
        check("findrunnable(...)", Some("findrunnable"));
        check("f({0x1, 0x2}, 0x3, _)", Some("f"));
        check("foo(bar)", None);
        check("exit(1)", None);
        check("(cached)", None);
        check("(0x1)", None);
        check("in 0.1s (0x1)", None);
        check("7(0x1)", None);
    }

    #[test]
    fn frames_of_c() {
        let check = |line: &str, expected: Option<(&str, u32)>| {
            assert_eq!(c_location(line), expected, "{line}");
        };
        check("\tcgo symbolizer:1 pc=0x1", Some(("cgo symbolizer", 1)));
        check("\t/src/a b.cc:12 pc=0x7f12", Some(("/src/a b.cc", 12)));
        check("\tpc=0x7f12", Some(("", 0)));
        check("PC=0x7f12 m=0", None);
        check("x pc=0x", None);
        check("rip pc=0x1", None);
        assert!(is_c_frame("non-Go function") && is_c_frame("non-Go function at pc=0x1f"));
    }

    #[test]
    fn what_is_passed() {
        let check =
            |arguments: &str, expected: Passed| assert_eq!(passed(arguments), expected, "{arguments}");
        check("(0x1cfe6f80258, {0xaa91b0, 0x1cfe7082300}, 0x0", Passed::Interface);
        check("({0xaa91b0, 0xb16ee0}", Passed::Interface);
        check("(0xf4b61bd02e0, {0x6e3297?, 0xf4b61cd6280?}", Passed::Values);
        check("({0x22022b4b42b1, 0x9}, 0x22022b4b42b1", Passed::Values);
        check("({0xc000100000, 0x20000, 0x20000}", Passed::Values);
        check("(0x12fcd01d7a0", Passed::Values);
        check("(", Passed::Nothing);
        check("(...", Passed::Hidden);
        check("(0x1, 0x2, ...", Passed::Hidden);
        check("(_, {_, _}", Passed::Hidden);
    }

    #[test]
    fn locations() {
        let check =
            |line: &str, expected: Option<(&str, u32)>| assert_eq!(location(line), expected, "{line}");
        check("\t/srv/main.go:12 +0x1d", Some(("/srv/main.go", 12)));
        check("C:/src/x.go:12 +0x1d", Some(("C:/src/x.go", 12)));
        check("/a b/x.go:7", Some(("/a b/x.go", 7)));
        check("/a+incompatible/x.go:7 +0x2 fp=0x1 sp=0x2 pc=0x3", Some(("/a+incompatible/x.go", 7)));
        check("<autogenerated>:1 +0x3", Some(("<autogenerated>", 1)));
        check("?:0", Some(("?", 0)));
        check("/x.go:7 +", Some(("/x.go", 7)));
        check("/x.go:7 +0x", Some(("/x.go", 7)));
        check("main.f()", None);
        check("10:30: hello", None);
        check("see main.go:12", None);
        check("\tmain.f() at x.go:3", None);
        check("main.f   /x.go:3", None);
        check("/srv/a.b c/x.go:3", Some(("/srv/a.b c/x.go", 3)));
        check("created by main.f  /x.go:3", None);
        check("C:/Program Files (x86)/x.go:3", Some(("C:/Program Files (x86)/x.go", 3)));
    }

    #[test]
    fn positions_before_something() {
        let check = |line: &str, expected: Option<(u32, &str, usize)>| {
            let found = glued_location(line).map(|it| (it.line, it.rest, it.doubtful));
            assert_eq!(found, expected, "{line}");
        };
        check("\t/x.go:3 +0x25main.f(0x1)", Some((3, "main.f(0x1)", 0)));
        check("\t/x.go:3 +0x1dmain.f(0x1)", Some((3, "dmain.f(0x1)", 1)));
        check("/x.go:3main.f()", Some((3, "main.f()", 0)));
        check(
            "/x.go:3 +0x1created by main.f in goroutine 1",
            Some((3, "created by main.f in goroutine 1", 1)),
        );
        check("/x.go:3 +0x1 fp=0x1 sp=0x2 pc=0x34main.f()", Some((3, "main.f()", 0)));
        check("/x.go:3 +0x1```", Some((3, "```", 0)));
        check("/x.go:3 +0x1", None);
        check("/x.go:3 +0x1 fp=0x1 sp=0x2 pc=0x3", None);
        check("/x.go:3: it failed", None);
        check("see /x.go:3 for more", None);
    }

    #[test]
    fn creators() {
        let check = |line: &str, function: &str, id: u64| {
            assert_eq!(created_by(line), Some((function, NonZeroU64::new(id))), "{line}");
        };
        check("created by main.f in goroutine 12", "main.f", 12);
        check("created by main.f", "main.f", 0);
        check("created by main.f[...] in goroutine 1", "main.f[...]", 1);
        assert_eq!(created_by("created by "), None);
    }
}
