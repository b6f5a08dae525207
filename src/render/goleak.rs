//! A Go test that fails while a stack leaks: a sketch for reports, and a whole file.
//!
//! Names of functions come from outside. They are escaped in comments, quoted in strings, and reduced to letters and digits in identifiers.

use crate::model::BlockedOn;
use crate::report::GoTest;

use crate::text::escape;
use crate::text::quoted;
use crate::text::word;

/// A sketch of the test, for a report: it fails if any goroutine is left behind.
pub(super) fn goleak_sketch(test: &GoTest) -> String {
    format!(
        "func {}(t *testing.T) {{\n\tdefer goleak.VerifyNone(t) // go.uber.org/goleak\n\t// in package {}: {}\n}}\n",
        test_name(test),
        word(last_element(&test.function_package)),
        exercise(test)
    )
}

/// A Go file with a test that fails on this stack and on no other.
///
/// The file compiles as it is. The user's `init` sets the function that the test runs, so that the file can be generated again.
/// Goroutines that only take long end within the time limit. Those that are blocked as the profile shows when it is over have leaked.
pub fn goleak_file(test: &GoTest) -> String {
    let (package, remark) = match &test.package {
        Some(package) => (identifier(last_element(package)), ""),
        None => ("main".to_owned(), " // no function of the stack is yours: the package of the caller"),
    };
    let blocked = format!("{}.{}", test.blocked.0, test.blocked.1);
    let fill = |text: &str| {
        text.replace("{remark}", remark)
            .replace("{variable}", &format!("exercise{}", title(&test.function)))
            .replace("{name}", &test_name(test))
            .replace("{package}", &package)
            .replace("{fingerprint}", &escape(&test.fingerprint))
            .replace("{exercise}", &exercise(test))
            .replace("{shown}", &word(&blocked))
    };
    // Texts in quotes come last, so that nothing in them is taken for a place to fill in.
    let state = state_pattern(test.blocked_on);
    let quotes = [("{frame}", pattern(test)), ("{state}", state), ("{quoted}", blocked.clone())];
    let mut parts: Vec<String> = Vec::new();
    let mut rest = TEMPLATE;
    while let Some((at, mark, text)) =
        quotes.iter().filter_map(|(mark, text)| Some((rest.find(mark)?, *mark, text))).min()
    {
        let (before, after) = rest.split_at(at);
        parts.push(fill(before));
        parts.push(quoted(text));
        rest = after.split_at(mark.len()).1;
    }
    parts.push(fill(rest));
    parts.concat()
}

const TEMPLATE: &str = r#"// Made by leakscope goleak-test for the stack {fingerprint}: {shown}.
package {package}{remark}

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// {variable} is to {exercise}.
// Set it in an init of another _test.go of this package.
var {variable} func(t *testing.T)

func {name}(t *testing.T) {
	if {variable} == nil {
		t.Fatal("{variable} is not set: do so in an init of another _test.go")
	}
	before := goleak.IgnoreCurrent()
	{variable}(t)
	frame := regexp.MustCompile({frame})
	blocked := regexp.MustCompile({state})
	// What only takes long ends by itself: wait for it.
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var there []string
		if err := goleak.Find(before); err != nil {
			for _, left := range strings.Split(err.Error(), "Goroutine ")[1:] {
				if frame.MatchString(left) {
					there = append(there, left)
				}
			}
		}
		if len(there) == 0 {
			return
		}
		if time.Now().Before(deadline) {
			continue
		}
		for _, left := range there {
			if blocked.MatchString(left) {
				t.Errorf("%s is left behind: goroutine %s", {quoted}, left)
			}
		}
		return
	}
}
"#;

/// A pattern for the first line that goleak prints of a goroutine, in the words of all versions of Go (`runtime/runtime2.go`,
/// `waitReasonStrings`).
fn state_pattern(blocked_on: Option<BlockedOn>) -> String {
    let state = match blocked_on {
        Some(BlockedOn::ChannelSend) => "chan send",
        Some(BlockedOn::NilChannelSend) => r"chan send \(nil chan\)",
        Some(BlockedOn::ChannelReceive) => "chan receive",
        Some(BlockedOn::NilChannelReceive) => r"chan receive \(nil chan\)",
        Some(BlockedOn::Select) => "select",
        Some(BlockedOn::EmptySelect) => r"select \(no cases\)",
        Some(BlockedOn::Lock) => r"(?:semacquire|sync\.Mutex\.Lock)",
        Some(BlockedOn::RwLock) => r"(?:semacquire|sync\.RWMutex\.R?Lock|sync\.Mutex\.Lock)",
        Some(BlockedOn::WaitGroup) => r"(?:semacquire|sync\.WaitGroup\.Wait)",
        Some(BlockedOn::Condition) => r"sync\.Cond\.Wait",
        Some(BlockedOn::Semaphore) => r"(?:semacquire|sync\.\S+)",
        Some(BlockedOn::Coroutine) => "coroutine",
        Some(BlockedOn::Sleep) => "sleep",
        Some(BlockedOn::Network) => "IO wait",
        Some(BlockedOn::Syscall) => "syscall",
        Some(BlockedOn::TestBubble | BlockedOn::Runtime | BlockedOn::Nothing) | None => "[^,]+",
    };
    format!(r"^\d+ in state {state}(?: \((?:durable|leaked|scan|synctest)\))*,")
}

fn test_name(test: &GoTest) -> String {
    format!("Test{}LeavesNothingBehind", title(&test.function))
}

fn exercise(test: &GoTest) -> String {
    format!("call what ends up in {}, and end it as a caller would", word(&test.function))
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
    use crate::report::TestOffer;

    #[test]
    fn states() {
        let check = |blocked_on: Option<BlockedOn>, line: &str, expected: bool| {
            let pattern =
                regex_lite::Regex::new(&state_pattern(blocked_on)).expect("Go and Rust read it alike");
            assert_eq!(pattern.is_match(line), expected, "{line}");
        };
        let send = Some(BlockedOn::ChannelSend);
        check(send, "12 in state chan send, with a/b.f on top of the stack:", true);
        check(send, "12 in state chan send, 2 minutes, with a/b.f on top of the stack:", true);
        check(send, "12 in state chan send (durable), with a/b.f on top of the stack:", true);
        check(send, "12 in state chan send (nil chan), with a/b.f on top of the stack:", false);
        check(send, "12 in state sleep, with time.Sleep on top of the stack:", false);
        check(Some(BlockedOn::Lock), "12 in state sync.Mutex.Lock, with sync.x on top of the stack:", true);
        check(Some(BlockedOn::WaitGroup), "12 in state semacquire, with sync.x on top of the stack:", true);
        check(None, "12 in state sleep, with time.Sleep on top of the stack:", true);
    }

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
                blocked_on: None,
                offer: TestOffer::Useful,
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
