//! A Go test that fails while a stack leaks: a sketch for reports, and a whole file.
//!
//! Names of functions come from outside. They are escaped in comments, quoted in strings, and reduced to letters and digits in identifiers.

use crate::report::GoTest;

use crate::text::escape;
use crate::text::quoted;

/// A sketch of the test, for a report: it fails if any goroutine is left behind.
pub(super) fn goleak_sketch(test: &GoTest) -> String {
    format!(
        "func {}(t *testing.T) {{\n\tdefer goleak.VerifyNone(t) // go.uber.org/goleak\n\t// in package {}: {}\n}}\n",
        test_name(test),
        last_element(&test.function_package),
        exercise(test)
    )
}

/// A Go file with a test that fails on this stack and on no other.
///
/// The file compiles as it is. The user's `init` sets the function that the test runs, so that the file can be generated again.
pub fn goleak_file(test: &GoTest) -> String {
    let (package, remark) = match &test.package {
        Some(package) => (identifier(last_element(package)), ""),
        None => ("main".to_owned(), " // no function of the stack is yours: the package of the caller"),
    };
    let name = test_name(test);
    let variable = format!("exercise{}", title(&test.function));
    let blocked = format!("{}.{}", test.blocked.0, test.blocked.1);
    format!(
        "// Made by leakscope goleak-test for the stack {fingerprint}: {shown}.\n\
         package {package}{remark}\n\n\
         import (\n\t\"regexp\"\n\t\"strings\"\n\t\"testing\"\n\n\t\"go.uber.org/goleak\"\n)\n\n\
         // {variable} is to {exercise}.\n\
         // Set it in an init of another _test.go of this package.\n\
         var {variable} func(t *testing.T)\n\n\
         func {name}(t *testing.T) {{\n\
         \tif {variable} == nil {{\n\
         \t\tt.Fatal(\"{variable} is not set: do so in an init of another _test.go\")\n\
         \t}}\n\
         \tbefore := goleak.IgnoreCurrent()\n\
         \t{variable}(t)\n\
         \terr := goleak.Find(before)\n\
         \tif err == nil {{\n\
         \t\treturn\n\
         \t}}\n\
         \tleak := regexp.MustCompile({pattern})\n\
         \tfor _, left := range strings.Split(err.Error(), \"Goroutine \")[1:] {{\n\
         \t\tif leak.MatchString(left) {{\n\
         \t\t\tt.Errorf(\"%s is left behind: goroutine %s\", {quoted}, left)\n\
         \t\t}}\n\
         \t}}\n\
         }}\n",
        fingerprint = escape(&test.fingerprint),
        shown = escape(&blocked),
        exercise = exercise(test),
        pattern = quoted(&pattern(test)),
        quoted = quoted(&blocked),
    )
}

fn test_name(test: &GoTest) -> String {
    format!("Test{}LeavesNothingBehind", title(&test.function))
}

fn exercise(test: &GoTest) -> String {
    format!("call what ends up in {}, and end it as a caller would", escape(&test.function))
}

/// A pattern for the function's frame in a traceback of its test.
fn pattern(test: &GoTest) -> String {
    let (package, rest) = &test.blocked;
    let package = if package == "main" {
        // In a test the package main has its import path, which the profile does not have.
        r"(?:\S*/)?[^\s(./]+".to_owned()
    } else {
        // Go's linker writes dots of the last path element as %2e.
        let (folders, last) = package.split_at(package.rfind('/').map_or(0, |at| at + 1));
        format!("{}{}", regex_lite::escape(folders), regex_lite::escape(last).replace(r"\.", r"(?:\.|%2e)"))
    };
    match &test.written_in {
        // If its function is inlined, the closure's name has the caller's name too, and another number.
        Some(function) => format!(r"(?m)^{package}\.(?:\S+\.)?{}[.-]\S+\(", regex_lite::escape(function)),
        None => format!(r"(?m)^{package}\.{}\(", regex_lite::escape(rest)),
    }
}

/// `(*Pool).run` as `PoolRun`.
fn title(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let upper = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    words.map(upper).collect()
}

/// The likely name of a package: the last element of its path without a version.
fn last_element(path: &str) -> &str {
    let last = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
    match last.rsplit_once('.') {
        Some((name, version)) if is_version(version) => name,
        Some(_) | None => last,
    }
}

/// Whether an element of a path is a major version, such as `v2`.
pub(super) fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
}

/// A valid identifier of Go.
fn identifier(text: &str) -> String {
    let name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("p{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_go() {
        let check = |path: &str, expected: &str| assert_eq!(identifier(last_element(path)), expected);
        check("main", "main");
        check("example.com/a/go-b", "go_b");
        check("example.com/a/v2", "a");
        check("gopkg.in/tick.v2", "tick");
        check("x/\n) }", "p____");
        assert_eq!(title("(*Pool).run.func1"), "PoolRunFunc1");
        assert_eq!(title("a\u{85}`\"b"), "AB");
    }

    #[test]
    fn patterns() {
        let check = |package: &str, rest: &str, written_in: Option<&str>, line: &str, expected: bool| {
            let pattern = pattern(&GoTest {
                fingerprint: String::new(),
                package: None,
                function: String::new(),
                function_package: String::new(),
                blocked: (package.to_owned(), rest.to_owned()),
                written_in: written_in.map(str::to_owned),
            });
            let pattern = regex_lite::Regex::new(&pattern).expect("Go and Rust read it alike");
            assert_eq!(pattern.is_match(&format!("x in state y:\n{line}\n")), expected, "{line}");
        };
        check("main", "f.func1", Some("f"), "example.com/m/f%2eg.f.func1()", true);
        check("main", "f.func1", Some("f"), "m.caller.f.func2(0x1)", true);
        check("main", "f.func1", Some("f"), "m.g.func1()", false);
        check("main", "f.func1", Some("f"), "created by m.f in goroutine 7", false);
        check("a/b.v2", "(*T[...]).run", None, "a/b%2ev2.(*T[...]).run(0x1)", true);
        check("a/b", "run", None, "a/b.(*T).run(0x1)", false);
        check("a/b", "run", None, "a/b.run.func1()", false);
    }
}
