//! What the last words of a process become.

use super::*;

const DUMP: &str = "\ngoroutine 7 [running]:\nmain.f(0x1)\n\t/f.go:3 +0x1\n\ngoroutine 1 [select]:\nmain.main()\n\t/m.go:1 +0x1\n";

/// Compares kind, text, goroutine, and all else, written in one line.
fn check(dump: &str, expected: &str) {
    let text = Text::new(dump.as_bytes()).expect("plain text is read");
    let shown = find(&text, &Limits::default()).map_or("–".to_owned(), |it| {
        let mut shown = format!("{} | {}", it.kind.as_str(), it.text);
        shown.extend(it.goroutine.map(|id| format!(" | by {id}")));
        shown.extend(it.earlier.iter().map(|text| format!(" | after {text}")));
        shown.extend(it.tests.iter().map(|text| format!(" | test {text}")));
        shown.extend((!it.detail.is_empty()).then(|| format!(" | {}", it.detail)));
        shown
    });
    assert_eq!(shown, expected, "{dump}");
}

fn check_words(words: &str, expected: &str) {
    check(&format!("a log\n{words}\n{DUMP}exit status 2\n"), expected);
}

#[test]
fn panics() {
    check_words("panic: boom", "panic | panic: boom | by 7");
    check_words(
        "panic: main.E{a:1}\n[signal SIGSEGV: x code=0x1]",
        "panic | panic: main.E{a:1} | by 7 | signal SIGSEGV: x code=0x1",
    );
    check_words("panic: a [recovered]\n\tpanic: b", "panic | panic: b | by 7 | after panic: a");
    check_words("panic: a [recovered, repanicked]", "panic | panic: a | by 7");
    check_words("panic: a\n\tb [recovered]\n\tpanic: c\n\td", "panic | panic: c | by 7 | after panic: a");
    check_words("panic: a\nb [recovered]\n\tpanic: c\nd", "panic | panic: c | by 7 | after panic: a");
    check_words(
        "panic: a\n\tpanic: b [recovered]\n\tpanic: c",
        "panic | panic: c | by 7 | after panic: a | after panic: b",
    );
    check_words(
        "panic: a\n\tfatal error: concurrent map writes",
        "concurrent map access | fatal error: concurrent map writes | by 7 | after panic: a",
    );
    check_words("panic: two\n\tlines\n\n\tof text", "panic | panic: two | by 7");
    check_words(
        "panic: recovered: x\n\tgoroutine 5 [running]:\n\tmain.fake()\n\t\t/f.go:3 +0x1",
        "panic | panic: recovered: x | by 7",
    );
    check_words("panic: ", "panic | panic: | by 7");
}

#[test]
fn fatal_errors() {
    let asleep = "fatal error: all goroutines are asleep - deadlock!";
    check_words(asleep, &format!("deadlock | {asleep}"));
    check_words(
        &format!(
            "{asleep}\n\nruntime stack:\nruntime.fatal({{0x4, 0x2}})\n\t/panic.go:1 +0x1 fp=0x1 sp=0x2 pc=0x3"
        ),
        &format!("deadlock | {asleep}"),
    );
    check_words(
        "fatal error: no goroutines (main called runtime.Goexit) - deadlock!",
        "deadlock | fatal error: no goroutines (main called runtime.Goexit) - deadlock!",
    );
    check_words(
        "fatal error: checkdead: runnable g",
        "fatal error | fatal error: checkdead: runnable g | by 7",
    );
    check_words(
        "fatal error: concurrent map iteration and map write",
        "concurrent map access | fatal error: concurrent map iteration and map write | by 7",
    );
    check_words(
        "fatal error: sync: Unlock of unlocked RWMutex",
        "unlock of an unlocked mutex | fatal error: sync: Unlock of unlocked RWMutex | by 7",
    );
    check_words(
        "runtime: goroutine stack exceeds 1000000000-byte limit\nruntime: sp=0xc0 stack=[0xc0, 0xc1]\nfatal error: stack overflow\n\nruntime stack:\nruntime.throw({0x1, 0x2})\n\t/p.go:1 +0x1",
        "stack overflow | fatal error: stack overflow | by 7 | runtime: goroutine stack exceeds 1000000000-byte limit",
    );
    check_words(
        "runtime: out of memory: cannot allocate 8-byte block\nfatal error: out of memory",
        "out of memory | fatal error: out of memory | by 7 | runtime: out of memory: cannot allocate 8-byte block",
    );
    check_words(
        "runtime: program exceeds 10-thread limit\nfatal error: thread exhaustion",
        "out of threads | fatal error: thread exhaustion | by 7 | runtime: program exceeds 10-thread limit",
    );
    check_words(
        "fatal error: unexpected signal during runtime execution\n[signal SIGSEGV: y]",
        "signal | fatal error: unexpected signal during runtime execution | by 7 | signal SIGSEGV: y",
    );
}

#[test]
fn tests_and_bubbles() {
    check_words(
        "panic: test timed out after 2s\n\trunning tests:\n\t\tTestA/b (2s)\n\t\tTestC (1s)",
        "test timeout | panic: test timed out after 2s | test TestA/b (2s) | test TestC (1s)",
    );
    check_words("panic: test timed out after 8m0s", "test timeout | panic: test timed out after 8m0s");
    check_words(
        "panic: deadlock: all goroutines in bubble are blocked [recovered, repanicked]",
        "bubble deadlock | panic: deadlock: all goroutines in bubble are blocked | by 7",
    );
    check_words(
        "panic: deadlock: main bubble goroutine has exited but blocked goroutines remain",
        "bubble deadlock | panic: deadlock: main bubble goroutine has exited but blocked goroutines remain | by 7",
    );
}

#[test]
fn signals() {
    check_words("SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n", "signal | SIGQUIT: quit");
    check_words(
        "SIGSEGV: segmentation violation\nPC=0x1 m=0 sigcode=1 addr=0x0",
        "signal | SIGSEGV: segmentation violation | by 7",
    );
    check_words(
        "SIGABRT: abort\nPC=0x1\nsignal arrived during cgo execution",
        "signal | SIGABRT: abort | by 7",
    );
    check_words("SIGABRT: abort\nPC=0x1", "signal | SIGABRT: abort");
    // GOTRACEBACK=crash asks the other threads for their stacks.
    check(
        &format!("panic: boom\n{DUMP}\n-----\n\nSIGQUIT: quit\nPC=0x1\n{DUMP}"),
        "panic | panic: boom | by 7",
    );
}

#[test]
fn what_is_no_death() {
    check(DUMP, "–");
    check_words("2026/11/30 http: panic serving 1.2.3.4:5: boom", "–");
    check_words("SIGHUP: reloading Config", "–");
    check("panic: boom\n", "–");
    check(
        "panic: boom\n\ngoroutine 7 [running]:\nruntime/debug.Stack()\n\t/s.go:1 +0x1\nmain.f()\n\t/f.go:1 +0x1\n",
        "–",
    );
    check(
        "panic: boom\n\ngoroutine 7 [running]:\nmain.f.func1()\n\t/s.go:1 +0x1\npanic({0x1, 0x2})\n\t/p.go:1 +0x1\n",
        "–",
    );
    // With GOTRACEBACK=system the frame of the panic itself is printed.
    check(
        "panic: boom\n\ngoroutine 7 gp=0x1 m=0 mp=0x2 [running]:\npanic({0x1, 0x2})\n\t/p.go:1 +0x1\nmain.f()\n\t/s.go:1 +0x1\n",
        "panic | panic: boom | by 7",
    );
    check(&format!("panic: boom\n{}{DUMP}", "a line of a log\n".repeat(100)), "–");
}
