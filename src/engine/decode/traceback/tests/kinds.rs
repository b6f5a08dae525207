//! Kinds of texts in which goroutines are hard to distinguish from what is around them.

use super::WHOLE;
use super::read;
use crate::decode::Limits;
use crate::decode::text::Text;
use crate::decode::traceback::decode;
use crate::model::Frame;

/// Each sample in one line: count, state, functions, creator, ids; then its warnings.
fn shown(dump: &str) -> Vec<String> {
    let profile = read(dump, &Limits::default());
    let function = |frame: Frame| profile.symbols.function(frame.function);
    let mut lines: Vec<String> = Vec::new();
    for sample in profile.samples_with_details() {
        let state = profile.state(&sample).map_or("?", |state| &state.reason);
        let mut line = format!("{} {state}:", sample.sample.count);
        for frame in profile.stacks.frames(sample.sample.stack) {
            line += &format!(" {}", function(frame));
            line += &if frame.line > 0 { format!(":{}", frame.line) } else { String::new() };
        }
        line +=
            &sample.spawn().map_or(String::new(), |spawn| format!(" by {}:{}", function(spawn), spawn.line));
        line.extend(sample.goroutines.into_iter().flatten().map(|it| format!(" #{}", it.id)));
        lines.push(line);
    }
    lines.extend(
        profile.warnings.iter().map(|it| if it.incomplete { format!("! {it}") } else { format!("- {it}") }),
    );
    lines
}

fn check_shown(dump: &str, expected: &[&str]) {
    let shown = shown(dump);
    let is_same = shown.len() == expected.len()
        && shown.iter().zip(expected).all(|(line, start)| line.starts_with(start));
    assert!(is_same, "{dump}\nbecame {shown:#?}\nand not {expected:#?}");
}

/// A goroutine that lacks its creator, and the frames of another one.
const OPEN: &str = "goroutine 7 [select]:\nmain.serve(0x1)\n\t/m.go:20 +0x1\n";
const OTHER: &str = "main.send(0x1)\n\t/io.go:66 +0x1\ncreated by main.invoke\n\t/i.go:39 +0x1\n";

#[test]
fn headers_end_the_goroutine_before() {
    let check = |between: &str, second: &str| {
        check_shown(&format!("{OPEN}{between}\n{OTHER}"), &["1 select: main.serve:20 #7", second]);
    };
    let send = |id: &str| format!("1 chan send: main.send:66 by main.invoke:39{id}");
    for number in ["NNNNN", "XXXX", "12xx", "…", "***", "<id>", "#", "[redacted]", "leader"] {
        check(&format!("\ngoroutine {number} [chan send, 49 minutes]:"), &send(""));
        check(&format!("goroutine {number} [chan send]:"), &send(""));
    }
    check("\ngoroutine [chan send]:", &send(""));
    check("\n2026/11/29 20:00:01 step b failed: goroutine 8 [chan send]:", &send(" #8"));
    check("step b failed: goroutine 8 [chan send]:", &send(" #8"));
    check("\ngoroutine 8 [chan send]: this one is stuck", &send(" #8"));
    let cut = "- 1 header with an unknown or invalid part";
    let expected = ["1 select: main.serve:20 #7", "1 ?: main.send:66 by main.invoke:39 #8", cut];
    check_shown(&format!("{OPEN}\n\ngoroutine 8 [chan sen\n{OTHER}"), &expected);
}

#[test]
fn lines_that_were_glued() {
    let rest = "created by main.invoke\n\t/i.go:39 +0x1\n";
    let check = |frames: &str, expected: &[&str]| {
        check_shown(&format!("goroutine 7 [select]:\n{frames}{rest}"), expected);
    };
    let whole = "1 select: main.a:1 main.b:2 by main.invoke:39 #7";
    check("main.a()\n\t/a.go:1 +0x25main.b()\n\t/b.go:2 +0x1\n", &[whole]);
    check("main.a()\n\t/a.go:1main.b()\n\t/b.go:2 +0x1\n", &[whole]);
    check("main.a()\n\t/a.go:1 +0x1 fp=0x1 sp=0x2 pc=0x3main.b()\n\t/b.go:2 +0x1\n", &[whole]);
    check("main.a()\n\t/a.go:1 +0x1\nmain.b()\n\t/b.go:2 +0x1d", &[whole]);
    check_shown(
        &format!("goroutine 7 [select]:main.a()\n\t/a.go:1\nmain.b()\n\t/b.go:2 +0x1\n{rest}"),
        &[whole],
    );
    check_shown(
        &format!("{WHOLE}{{noformat}}\nsee main.go:12\n").replace(" +0x2\n{", " +0x2{"),
        &["1 select: main.f:3 by main.g:4 #7"],
    );
    // Where the offset ends and the name begins is not known.
    let one = "1 select: main.a:1 main.c:3 by main.invoke:39 #7";
    let unread = "! 1 frame left out: the function cannot be read";
    check("main.a()\n\t/a.go:1 +0x1dmain.b()\n\t/b.go:2 +0x1\nmain.c()\n\t/c.go:3\n", &[one, unread]);
}

#[test]
fn lines_that_are_missing() {
    let check = |frames: &str, expected: &[&str]| {
        let text = format!("{WHOLE}\ngoroutine 9 [select]:\n{frames}");
        let expected: Vec<&str> = std::iter::once("2 select: main.f:3 by main.g:4 #7 #10")
            .chain(expected.iter().copied())
            .collect();
        check_shown(&format!("{text}\n{}", WHOLE.replace("goroutine 7", "goroutine 10")), &expected);
    };
    let creator = "created by main.invoke\n\t/i.go:39 +0x1\n";
    let unlocated = "! 1 frame without a source position: lines are cut or missing";
    check(
        &format!("main.a()\nmain.b()\n\t/b.go:2 +0x1\n{creator}"),
        &["1 select: main.a main.b:2 by main.invoke:39 #9", unlocated],
    );
    // A position in pieces is no position of another file.
    check(
        &format!("main.a()\n\t/srv/a\npp.go:1 +0x1\nmain.b()\n\t/b.go:2 +0x1\n{creator}"),
        &["1 select: main.a main.b:2 by main.invoke:39 #9", unlocated, "- 1 line"],
    );
    check(
        "main.a()\n\t/a.go:1 +0x1\ncreated by main.invoke\n\t/srv/i\nnvoke.go:39 +0x1\n",
        &["1 select: main.a:1 by main.invoke:0 #9", "! 1 frame without a source position"],
    );
    check(&format!("main.a()\n{creator}"), &["1 select: main.a by main.invoke:39 #9", unlocated]);
    let unended = "! 1 goroutine without the line that states the creator";
    check("main.a()\n\t/a.go:1 +0x1\n", &["1 select: main.a:1 #9", unended]);
    // These have none.
    check(
        "main.a()\n\t/a.go:1 +0x1\nruntime.goexit({})\n\t/r.s:7 +0x1\n",
        &["1 select: main.a:1 runtime.goexit:7 #9"],
    );
    check("main.a()\n\t/a.go:1 +0x1\n...additional frames elided...\n", &["1 select: main.a:1 #9"]);
}

#[test]
fn frames_go_to_no_other_goroutine() {
    let lost = "! line 6: 1 stack without a header not counted";
    check_shown(&format!("{OPEN}\nthe other one:\n{OTHER}"), &["1 select: main.serve:20 #7", lost]);
    check_shown(&format!("{OPEN}\nthe other one:\n\n{OTHER}"), &["1 select: main.serve:20 #7", "! line 7"]);
    check_shown(&format!("{OPEN}\n{OTHER}"), &["1 select: main.serve:20 #7", "! line 5: 1 stack"]);
    check_shown(&format!("{OPEN}\n--- FAIL: TestX\n{OTHER}"), &["1 select: main.serve:20 #7", lost]);
    // After a goroutine with its creator, such frames can only be another one's.
    let whole = WHOLE.replace("7 [", "9 [");
    check_shown(
        &format!("{whole}\n{OTHER}"),
        &[
            "1 select: main.f:3 by main.g:4 #9",
            "1 ?: main.send:66 by main.invoke:39",
            "! line 7: 1 goroutine counted without a header",
        ],
    );
    check_shown(&format!("{whole}{OTHER}"), &["1 select", "1 ?: main.send", "! line 6: 1 goroutine"]);
    // Neither a race report nor the stack of a logger is.
    let main = "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/m.go:45 +0x1\n";
    let race = "==================\nWARNING: DATA RACE\nRead at 0x1 by goroutine 8:\n  main.read()\n      /r.go:137 +0x3a\n\nGoroutine 8 (running) created at:\n  main.f()\n      /r.go:4 +0x1\n==================\n";
    let logged = "exit status 2\n\n2026 ERROR failed: EOF\nmain.run\n\t/m.go:20\nmain.main\n\t/m.go:12\n";
    for after in
        [race, &format!("\n{race}"), logged, &format!("\n{logged}"), &logged.replace("exit status 2\n\n", "")]
    {
        let after = format!("{main}{after}");
        let is_glued = shown(&after).first().is_none_or(|line| line != "1 running: main.main:45 #1");
        assert!(!is_glued, "{after}\n{:#?}", shown(&after));
    }
    check_shown(&format!("{main}\n{race}"), &["1 running: main.main:45 #1"]);
    check_shown(
        "goroutine 1 [chan receive]:\nmain.main()\n\nfoo.bar\n\t/foo.go:231 +0x1\ncreated by net/http.Serve\n\t/x.go:9 +0x1\n",
        &["1 chan receive: main.main #1", "! line 5: 1 stack without"],
    );
    check_shown(
        "goroutine 8 [chan receive]:\nmain.f()\nfoo.bar\n\t/foo.go:231 +0x1\ncreated by main.g\n\t/x.go:9 +0x1\n",
        &["1 chan receive: main.f by main.g:9 #8", "! 1 frame left out"],
    );
}

#[test]
fn empty_lines_between_the_lines_of_a_goroutine() {
    let double = |text: &str| text.replace('\n', "\n\n");
    let two = format!(
        "{WHOLE}\n{}",
        WHOLE.replace("7 [", "8 [").replace("main.f(0x1)", "main.e(0x1)\n\t/e.go:1\nmain.f(0x1)")
    );
    let expected = ["1 select: main.f:3 by main.g:4 #7", "1 select: main.e:1 main.f:3 by main.g:4 #8"];
    check_shown(&two, &expected);
    check_shown(&double(&two), &expected);
    check_shown(&double(&double(&two)), &expected);
    let cut = double("goroutine 8 [select]:\nmain.e(0x1)\n\t/e.go:1 +0x1\nmain.(*T).f");
    check_shown(&cut, &["1 select: main.e:1 #8", "! line 1: the input is truncated"]);
    // A creator can only be that of the goroutine before.
    check_shown(&WHOLE.replace("created", "\ncreated"), &expected[..1]);
    check_shown(
        &WHOLE.replace("select]:\n", "select]:\n\n```\n"),
        &["1 select: main.f:3 by main.g:4 #7", "-"],
    );
}

#[test]
fn beginnings_that_are_missing() {
    let lost = "! line 1: 1 goroutine counted without a header";
    let whole = "1 select: main.f:3 by main.g:4 #7";
    check_shown(&format!("{OTHER}\n{WHOLE}"), &["1 ?: main.send:66 by main.invoke:39", whole, lost]);
    check_shown(&format!("7 [select]:\n{OTHER}\n{WHOLE}"), &["1 ?: main.send:66", whole, "! line 2"]);
    let torn = format!("\t/io.go:60 +0x1\n{OTHER}\n{WHOLE}");
    check_shown(&torn, &["1 ?: main.send:66 by main.invoke:39", whole, lost]);
    // What is left is no whole stack.
    check_shown(&format!("\t/io.go:60 +0x1\n\n{WHOLE}"), &[whole, "! line 1: 1 stack without"]);
    check_shown(
        &format!("created by main.h\n\t/h.go:3 +0x1\n\n{WHOLE}"),
        &[whole, "! line 1: 1 stack without"],
    );
    check_shown(&format!("main.x(0x1)\n\t/x.go:3 +0x1\n\n{WHOLE}"), &[whole, "! line 1: 1 stack without"]);
    check_shown(&format!("main.x() failed\nmain.y()\n{WHOLE}"), &[whole]);
}

#[test]
fn functions_that_have_no_package() {
    let check = |function: &str, location: &str, expected: &str| {
        let dump = format!(
            "goroutine 17 [running, locked to thread]:\n{function}\n\t{location}\nmain.f(0x1)\n\t/f.go:3 +0x1\ncreated by main.g\n\t/g.go:4 +0x1\n"
        );
        check_shown(&dump, &[&format!("1 running: {expected} main.f:3 by main.g:4 #17")]);
    };
    check(
        "_cgoexp_63c4_goCallback(0x4b7978?)",
        "_cgo_gotypes.go:103 +0x15 fp=0x1 sp=0x2 pc=0x3",
        "_cgoexp_63c4_goCallback:103",
    );
    check("runfinq()", "/go/src/mgc0.c:2644 +0xcf", "runfinq:2644");
    check("mysteryfunction(0x1)", "/m.go:7 +0x1", "mysteryfunction:7");
    check("non-Go function", "cgo symbolizer:1 pc=0x1", "non-Go function:1");
    check("non-Go function", "pc=0x1", "non-Go function");
    check("do_thing", "/src/x.cc:12 pc=0x1", "do_thing:12");
    check("ns::run(int, char const*)", "/src/x.cc:12 pc=0x1", "ns::run(int, char const*):12");
}

#[test]
fn functions_that_cannot_be_read() {
    let check = |function: &str| {
        let dump = format!(
            "goroutine 8 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\n{function}\n\t/x.go:231 +0x1\ncreated by main.g\n\t/g.go:4 +0x2\n"
        );
        let shown = shown(&dump);
        assert_eq!(shown[0], "1 select: main.f:3 by main.g:4 #8", "{dump}");
        assert!(shown[1].starts_with("! 1 frame left out"), "{shown:?}");
    };
    check("net/http.((*persist)");
    check("net/http.(*persist))(0x1)");
    check("main.f](0x1)");
    check("foo.bar");
    check("foo.bar(0x1");
    // Somebody removed all arguments.
    check_shown(
        "goroutine 8 [select]:\nmain.e\n\t/e.go:1\nmain.f\n\t/f.go:3\ncreated by main.g\n\t/g.go:4\n",
        &["1 select: main.e:1 main.f:3 by main.g:4 #8"],
    );
}

#[test]
fn functions_and_positions_in_one_line() {
    let check = |dump: &str| {
        assert_eq!(shown(dump)[0], "1 select: main.e:1 main.f:3 by main.g:4 #8", "{dump}");
    };
    check("goroutine 8 [select]:\nmain.e(...)  e.go:1\nmain.f(...)  x/f.go:3\ncreated by main.g  g.go:4\n");
    check(
        "goroutine 8 [select]:\nmain.e() e.go:1\nmain.f() /x/f.go:3 +0x1\ncreated by main.g in goroutine 1 /x/g.go:4\n",
    );
    check(
        "x\n    goroutine 8 [select]\n        main.e() at e.go:1\n        main.f() at f@v1.0.2/f.go:3\n        created by main.g in goroutine 41 at g.go:4\n",
    );
    check("goroutine 8 [select]:\n\tmain.e()\te.go:1\n\tmain.f()\tf.go:3\ncreated by main.g\tg.go:4\n");
    check("goroutine 8 [select]:\nmain.e  e.go:1\nmain.f  /x/f.go:3\ncreated by main.g  /x/g.go:4\n");
    check("goroutine 8 [select]:\nmain.e() (e.go:1)\nmain.f() (/x/f.go:3)\ncreated by main.g (/x/g.go:4)\n");
    let cut = shown("goroutine 8 [select]:\nmain.e(0x1)    /home/ubu");
    assert_eq!(cut[0], "1 select: main.e #8", "{cut:?}");
}

#[test]
fn stacks_that_are_no_live_goroutines() {
    let live = "goroutine 1 [running]:\nmain.main()\n\t/m.go:96 +0x1\n";
    let expected = ["1 running: main.main:96 #1", "- 1 stack in the message of a panic"];
    let inner = "goroutine 5 [running]:\n\tmain.fake()\n\t\t/fake.go:3 +0x1\n\t\n";
    check_shown(&format!("panic: {inner}\n{live}"), &expected);
    check_shown(&format!("panic: boom\n\t\n\t{inner}\n{live}"), &expected);
    check_shown(&format!("panic: boom\n\n\t{inner}\n{live}"), &expected);
    check_shown(&format!("panic: boom [recovered]\n\tpanic: x\n\n{live}"), &expected[..1]);
    // Up to Go 1.22 the message is not indented.
    let printed = "goroutine 5 [running]:\nruntime/debug.Stack()\n\t/d.go:3 +0x1\nmain.fake()\n\t/f.go:4 +0x1\ncreated by main.h\n\t/h.go:3 +0x1\n\n";
    check_shown(&format!("panic: boom\n\n{printed}\n{live}"), &expected);
    check_shown(&format!("panic: {printed}\n{live}"), &expected);
    // In a log it is the stack of the goroutine that wrote it.
    assert_eq!(
        shown(&format!("http: panic serving: boom\n{printed}"))[0],
        "1 running: runtime/debug.Stack:3 main.fake:4 by main.h:3 #5"
    );
    // A whole dump that is indented is no message.
    let indented: String = live.lines().map(|line| format!("    {line}\n")).collect();
    check_shown(&format!("panic: boom\n\n{indented}"), &expected[..1]);
    let testify = "    x_test.go:9: \n\tError Trace:\t/x_test.go:9\n\t            \t/y_test.go:3\n\tPanic stack:\tgoroutine 22 [running]:\n\t            \tmain.fake()\n\t            \t\t/fake.go:3 +0x1\n\n";
    check_shown(&format!("{testify}{live}"), &expected[..1]);
    check_shown(&format!("{live}\n{testify}"), &expected[..1]);
    let scheduler = "runtime stack:\nruntime.throw()\n\t/p.go:3 +0x1\n\ngoroutine 0 [idle]:\nruntime.mcall()\n\t/a.s:3 +0x1\n\n";
    check_shown(&format!("fatal error: x\n\n{scheduler}{live}"), &expected[..1]);
    let alone = |dump: &str| {
        let text = Text::new(dump.as_bytes()).expect("plain text is read");
        decode(&text, &Limits::default()).expect_err("it has no live goroutine").to_string()
    };
    assert!(alone(scheduler).contains("only goroutine 0, the scheduler"), "{}", alone(scheduler));
    assert!(alone(&format!("panic: {inner}")).contains("which is history"));
}

#[test]
fn goroutines_that_are_printed_twice() {
    let first = "SIGABRT: abort\nPC=0x1 m=3 sigcode=0\n\ngoroutine 7 gp=0x1 m=2 mp=0x2 [running]:\n\tgoroutine running on other thread; stack unavailable\ncreated by main.g in goroutine 1\n\t/g.go:4 +0x2\n\ngoroutine 8 gp=0x3 m=nil [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1 fp=0x1 sp=0x2 pc=0x3\ncreated by main.g in goroutine 1\n\t/g.go:4 +0x2\nrax    0x0\n\n-----\n\n";
    let again = "goroutine 7 gp=0x1 m=2 mp=0x2 [running]:\nmain.spin()\n\t/s.go:5 +0x1 fp=0x1 sp=0x2 pc=0x3\ncreated by main.g in goroutine 1\n\t/g.go:4 +0x2\nrax    0x0\n";
    let waiting = "1 select: main.f:3 by main.g:4 #8";
    let twice = "- 1 goroutine printed twice";
    let signal = "SIGQUIT: quit\nPC=0x1 m=2 sigcode=0\n\n";
    check_shown(
        &format!("{first}{signal}{again}"),
        &[waiting, "1 running: main.spin:5 by main.g:4 #7", twice],
    );
    let again = again.replace("7 gp", "8 gp");
    check_shown(&format!("{first}{signal}{again}"), &["1 running: by main.g:4 #7", waiting, twice]);
    // A line of hyphens alone may be between two dumps.
    let two = shown(&format!("{first}{again}"));
    assert!(two.iter().any(|line| line.contains("several dumps")), "{two:?}");
}

#[test]
fn ends_that_are_cut() {
    let check = |end: &str, expected: &str| {
        let shown = shown(&format!("{WHOLE}\ngoroutine 8 [chan send]:\n{end}"));
        assert_eq!(shown[1], expected, "{end}: {shown:?}");
        assert!(shown[2].starts_with("! line 7: the input is truncated inside"), "{end}: {shown:?}");
    };
    check("main.send(0x1)\n\t/srv/ap", "1 chan send: main.send #8");
    check("main.send(0x1)\n\t/srv/io.go:6", "1 chan send: main.send #8");
    check("main.send(0x1)\n", "1 chan send: main.send #8");
    check("main.send(0x1, {0x", "1 chan send: main.send #8");
    check("main.send(0x1)\n\t/srv/io.go:66 +0x1\ncreated by main.in", "1 chan send: main.send:66 #8");
    check(
        "main.send(0x1)\n\t/srv/io.go:66 +0x1\ncreated by main.invoke\n",
        "1 chan send: main.send:66 by main.invoke:0 #8",
    );
    check(
        "main.send(0x1)\n\t/srv/io.go:66 +0x1\ncreated by main.invoke in goroutine 1",
        "1 chan send: main.send:66 by main.invoke:0 #8",
    );
    check(
        "main.send(0x1)\n\t/srv/io.go:66 +0x1\ncreated by main.invoke\n\t/srv/i",
        "1 chan send: main.send:66 by main.invoke:0 #8",
    );
    check(
        "main.send(0x1)\n\t/srv/io.go:66 +0x1\ncreated by main.invoke\n\t/srv/i.go:3",
        "1 chan send: main.send:66 by main.invoke:0 #8",
    );
    check(
        "main.send(0x1)\n\t/srv/io.go:66 +0x1\ncreated by k8s.io/apimach\n",
        "1 chan send: main.send:66 #8",
    );
    check("main.send(0x1)\n\t/srv/io.go:66 +0x1\nmain.(*T).f", "1 chan send: main.send:66 #8");
}

#[test]
fn callbacks_on_threads_of_c_have_no_creator() {
    let one = "goroutine 17 [running, locked to thread]:\nmain.goCallback(0x1)\n\t/m.go:30 +0x9e\n";
    let expected = "1 running: main.goCallback:30 #17";
    check_shown(&format!("panic: in callback\n\n{one}"), &[expected]);
    check_shown(
        &format!("panic: x\n[signal SIGSEGV: segmentation violation code=0x1]\n\n{one}"),
        &[expected],
    );
    check_shown(&format!("fatal error: x\n\n{one}"), &[expected]);
    // Any other goroutine that is locked to a thread has one.
    check_shown(one, &[expected, "! line 1: the input is truncated"]);
    check_shown(
        &format!("panic: in callback\n\n{}", one.trim_end()),
        &[expected, "! line 3: the input is truncated"],
    );
}

#[test]
fn prose_is_no_goroutine() {
    let check = |text: &str| {
        let read = decode(&Text::new(text.as_bytes()).expect("plain text is read"), &Limits::default());
        assert!(matches!(read, Ok(None)), "{text}: {read:?}");
    };
    check("the goroutine 5 [select]: was stuck\n");
    check("goroutine 5 [select]: was stuck\n");
    check("we looked at goroutine 5 [select]:\nand saw nothing\n");
    check("goroutine leak [again]: the pool\n");
    check("goroutine [select]:\n");
}

#[test]
fn totals_that_differ_are_reported() {
    let check = |text: &str, claimed: i128, warning: &str| {
        let profile = read(text, &Limits::default());
        assert_eq!(profile.declared_total, Some(claimed), "{text}");
        let lost = profile.warnings.iter().filter(|it| it.incomplete).map(ToString::to_string);
        assert!(lost.clone().any(|it| it.contains(warning)), "{text}: {:?}", lost.collect::<Vec<_>>());
    };
    check(&format!("goroutine profile: total 12\n{WHOLE}"), 12, "the text claims 12 goroutines, 1 were read");
    check(&format!("{WHOLE}\ngoroutine 8 [chan rec"), 1, "cut inside its header");
    check(&format!("{WHOLE}\ngoroutine 8 [chan rec\n\n{}", WHOLE.replace("7 [", "9 [")), 3, "1 header cut");
    let strays = "goroutine 9 [select]:\n\t/f.go:3 +0x1\n";
    check(&format!("{WHOLE}\n{strays}"), 2, "goroutine 9 is skipped");
}
