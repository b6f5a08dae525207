//! Why a process died is said first, and what the runtime proves is proven.

use leakscope::Analysis;
use leakscope::Snapshot;
use leakscope::render::Format;
use leakscope::render::TextOptions;
use leakscope::render::render;
use leakscope::report::Report;

use crate::support;

fn report(name: &str) -> Report {
    let bytes = support::read(&support::root(&format!("testdata/broken/{name}.debug2.txt")));
    Analysis::default().run([Snapshot::from_bytes(name, bytes).expect("it is a traceback")])
}

fn page(name: &str) -> String {
    let format = Format::named("text").expect("it is a format");
    let format = format.with_text(TextOptions { width: 1000, full: false, all: false });
    let mut out = Vec::new();
    render(&report(name), format, &mut out).expect("memory can be written");
    anstream::adapter::strip_str(&String::from_utf8(out).expect("a page is UTF-8")).to_string()
}

/// Compares the first line of the page, and each finding as rule, confidence, count and leading function.
fn check(name: &str, first: &str, expected: &[&str]) {
    let page = page(name);
    assert!(page.lines().next().is_some_and(|line| line.starts_with(first)), "{name}: {page}");
    let report = report(name);
    let findings = report.findings.iter().map(|it| {
        let function = it.lead.name.as_ref().map_or("", |frame| &frame.function);
        format!("{} {} {} {function}", it.rule, it.confidence.as_str(), it.count)
    });
    assert_eq!(findings.collect::<Vec<_>>(), expected, "{name}");
}

/// Compares what is said of a finding.
fn check_evidence(name: &str, finding: usize, expected: &str) {
    let report = report(name);
    let evidence = &report.findings[finding].evidence;
    assert!(evidence.iter().any(|text| text.contains(expected)), "{name}: {evidence:?} and not {expected}");
}

const ASLEEP: &str = "the Go runtime says that all goroutines are asleep: a deadlock of the whole program";

#[test]
fn a_verdict_of_deadlock_is_proof() {
    check("asleep", ASLEEP, &["chan-receive-stuck proven 2 main.main.func1"]);
    check_evidence("asleep", 0, "The Go runtime says that all goroutines are asleep");
    check_evidence("asleep", 0, "No goroutine is left that sends on this channel or closes it.");
    check(
        "crash-main-hidden",
        ASLEEP,
        &["chan-receive-stuck proven 3 main.(*T).block", "lock-stuck proven 2 main.main.func2"],
    );
    check("deadlock-wait-for-receivers", ASLEEP, &["chan-receive-stuck proven 4 main.main.func3"]);
    check_evidence(
        "deadlock-wait-for-receivers",
        0,
        "is blocked on a WaitGroup and waits for goroutines that it started",
    );
    check_evidence(
        "deadlock-lock-cycle",
        1,
        "It waits while 2 goroutines that it started are stuck: they are blocked on a lock",
    );
    check("deadlock-lock-cycle", ASLEEP, &["lock-order proven 2 main.(*A).Get", "grew proven 1 main.main"]);
    check_evidence("deadlock-lock-cycle", 0, "each wait for a lock that the other most likely holds");
    check(
        "bubble-deadlock",
        "the Go runtime says that no goroutine of a test bubble can go on",
        &["chan-receive-stuck proven 2 prog.TestBubble.func1"],
    );
}

#[test]
fn other_deaths_are_stated_with_the_goroutine() {
    check(
        "panic-after-panic",
        "died of panic: wrapped:\\x20first; it came after panic: first; goroutine 1, main.main.func5",
        &[],
    );
    check(
        "test-timed-out",
        "died of panic: test timed out after 3s; running: TestWait (3s)",
        &["wait-group-stuck watch 1 prog.TestWait"],
    );
    // A program that prints a panic which it recovered is alive.
    check("panic-printed-by-program", "1 goroutine", &[]);
}

#[test]
fn main_is_shown_if_it_is_stuck_and_the_runtime_is_background() {
    let page = page("crash-main-hidden");
    let table = page.lines().skip_while(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    assert!(
        table.contains("main.main ") && table.contains("more rows are background: the Go runtime"),
        "{page}"
    );
    assert!(!table.contains("runtime.updateMaxProcs") && !page.contains("leakscope diff"), "{page}");
}

#[test]
fn last_words_alone_are_named() {
    let text =
        b"fatal error: no goroutines (main called runtime.Goexit) - deadlock!\nexit status 2\n".to_vec();
    let refused = Snapshot::from_bytes("log", text).expect_err("it has no goroutine");
    let cause = std::error::Error::source(&refused).map(ToString::to_string);
    let expected = "the last words of a process (deadlock) without its goroutines, not a goroutine profile";
    assert_eq!(cause.as_deref(), Some(expected));
}

#[test]
fn pages_of_one_goroutine_say_what_is_there() {
    let only = page("only-background");
    assert!(only.contains("only background goroutines are here: the request for this profile"), "{only}");
    let alike = report("one-goroutine-alike");
    assert_eq!(alike.findings[0].evidence, ["It has waited 528 min."]);
}
