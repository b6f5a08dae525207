//! Names and patterns in a test of a stack. Names of functions come from outside: they are quoted by the regular expression, and reduced to
//! letters and digits in identifiers.

use crate::model::BlockedOn;
use crate::report::GoTest;

/// Which goroutines of a stack count as left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftIn {
    /// Those that are blocked as in the profile.
    ItsState,
    /// Those that wait for other goroutines in any way: a change may turn a send into a select.
    AnyWait,
}

/// A pattern for the first line that goleak prints of a goroutine, in the words of all versions of Go (`runtime/runtime2.go`,
/// `waitReasonStrings`).
pub(super) fn state_pattern(blocked_on: Option<BlockedOn>, left_in: LeftIn) -> String {
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
    let state = match left_in {
        LeftIn::ItsState => state.to_owned(),
        LeftIn::AnyWait => format!(r"(?:{state}|chan send|chan receive|select|semacquire|sync\.\S+)"),
    };
    format!(r"^\d+ in state {state}(?: \((?:durable|leaked|scan|synctest)\))*,")
}

/// The variable that holds what the test runs.
pub(super) fn variable(test: &GoTest) -> String {
    format!("exercise{}", title(&test.function))
}

/// The name of the function that is the test.
pub fn test_name(test: &GoTest) -> String {
    format!("Test{}LeavesNothingBehind", title(&test.function))
}

/// A pattern for the function's frame in a traceback of its test.
pub(super) fn pattern(test: &GoTest) -> String {
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
pub(super) fn last_element(path: &str) -> &str {
    let last = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
    match last.rsplit_once('.') {
        Some((name, version)) if is_version(version) => name,
        Some(_) | None => last,
    }
}

/// Whether an element of a path is a major version, such as `v2`.
pub(crate) fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
}

/// A valid identifier of Go.
pub(super) fn identifier(text: &str) -> String {
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
            let pattern = regex_lite::Regex::new(&state_pattern(blocked_on, LeftIn::ItsState))
                .expect("Go and Rust read it alike");
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
        let any = regex_lite::Regex::new(&state_pattern(send, LeftIn::AnyWait)).expect("it is a pattern");
        assert!(any.is_match("12 in state select, with a/b.f on top of the stack:"));
        assert!(any.is_match("12 in state chan send (durable), with a/b.f on top of the stack:"));
        assert!(!any.is_match("12 in state sleep, with time.Sleep on top of the stack:"));
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
