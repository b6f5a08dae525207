//! The user's code behind a finding whose stack is a library's alone, and the heap that findings hold.

use std::fmt::Write as _;

use leakscope::Analysis;
use leakscope::Snapshot;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::report::Report;

/// A stack as tests write it: `function file:line`, leaf first.
type Stack<'a> = &'a [&'a str];

/// A goroutine of a traceback: its id, its stack, and its `created by` with the parent's id.
type Goroutine<'a> = (u64, Stack<'a>, &'a str, u64);

fn traceback(goroutines: &[Goroutine<'_>]) -> Vec<u8> {
    let mut text = String::new();
    for (id, stack, created_by, parent) in goroutines {
        writeln!(text, "goroutine {id} [select]:").expect("a string takes all");
        for frame in *stack {
            let (function, position) = frame.split_once(' ').expect("a function and a position");
            writeln!(text, "{function}(...)\n\t{position} +0x1").expect("a string takes all");
        }
        if let Some((function, position)) = created_by.split_once(' ') {
            writeln!(text, "created by {function} in goroutine {parent}\n\t{position} +0x1")
                .expect("a string takes all");
        }
        text.push('\n');
    }
    text.into_bytes()
}

/// A heap profile as text: live bytes, and the stack that allocated them.
fn heap(allocations: &[(i64, Stack<'_>)]) -> Vec<u8> {
    let mut text = "heap profile: 0: 0 [0: 0] @ heap/2\n".to_owned();
    for (bytes, stack) in allocations {
        let live = i64::from(*bytes > 0);
        writeln!(text, "{live}: {bytes} [1: 64] @ 0x1").expect("a string takes all");
        for frame in *stack {
            let (function, position) = frame.split_once(' ').expect("a function and a position");
            writeln!(text, "#\t0x1\t{function}+0x1\t{position}").expect("a string takes all");
        }
        text.push('\n');
    }
    text.push_str("# runtime.MemStats\n");
    text.into_bytes()
}

/// The report on a program that starts `leak` anew between four snapshots, beside goroutines that stay.
fn report(leak: Goroutine<'_>, others: &[Goroutine<'_>], allocations: &[(i64, Stack<'_>)]) -> Report {
    let snapshots = (1..=4).map(|step| {
        let (first, stack, created_by, parent) = leak;
        let leaks = (0..step * 8).map(|at| (first + at, stack, created_by, parent));
        let all: Vec<Goroutine<'_>> = others.iter().copied().chain(leaks).collect();
        let mut snapshot =
            Snapshot::from_bytes(format!("{step}"), traceback(&all)).expect("it is a traceback");
        if !allocations.is_empty() {
            let Ok(Decoded::Heap(heap)) = decode(&heap(allocations), &Limits::default()) else {
                panic!("it is a heap profile")
            };
            snapshot.heap = Some(heap);
        }
        snapshot
    });
    Analysis::default().run(snapshots.collect::<Vec<_>>())
}

/// Checks the callers of the first finding: `function, what connects it, where it was seen`.
fn check(leak: Goroutine<'_>, others: &[Goroutine<'_>], allocations: &[(i64, Stack<'_>)], expected: &[&str]) {
    let report = report(leak, others, allocations);
    let finding = report.findings.first().expect("it grows");
    let found = finding.callers.iter().map(|it| {
        let line = if it.frame.line == 0 { String::new() } else { format!(":{}", it.frame.line) };
        format!("{}{line}, {}, {}", it.frame.function, it.fit.as_str(), it.source.as_str())
    });
    assert_eq!(found.collect::<Vec<_>>(), expected, "{:?} {:?}", leak.1, leak.2);
    if let Some(first) = finding.callers.first() {
        assert!(finding.message.contains(&first.frame.function), "{}", finding.message);
        assert!(
            finding.evidence.iter().any(|it| it.contains(&first.frame.function)),
            "{:?}",
            finding.evidence
        );
    }
}

const RUN: &str = "example.org/clock.(*Timer).run /go/pkg/mod/example.org/clock@v1.0.0/timer.go:9";
const NEW: &str = "example.org/clock.NewTimer /go/pkg/mod/example.org/clock@v1.0.0/timer.go:5";
const STOP: &str = "example.org/clock.(*Timer).Stop /go/pkg/mod/example.org/clock@v1.0.0/timer.go:7";
const NOW: &str = "example.org/clock/now.Now /go/pkg/mod/example.org/clock@v1.0.0/now/now.go:3";
const SEND: &str = "example.org/mail.Send /go/pkg/mod/example.org/mail@v1.0.0/mail.go:3";
const HANDLE: &str = "main.handle /srv/shop/main.go:20";
const OTHER: &str = "main.other /srv/shop/other.go:30";
const MAIN: &str = "main.main /srv/shop/main.go:40";
const SERVE: &str = "net/http.(*conn).serve /usr/local/go/src/net/http/server.go:2000";
const LEAK: Goroutine<'static> = (100, &[RUN], NEW, 7);

#[test]
fn who_made_what_leaks() {
    // A stack of the heap profile goes through the function with the go statement, even if all of it is freed.
    let maker = "main.handle:20, calls the function that starts them, heap";
    check(LEAK, &[], &[(64, &[NEW, HANDLE, SERVE]), (64, &[NOW, OTHER])], &[maker]);
    check(LEAK, &[], &[(0, &["strings.Clone /go/src/strings/clone.go:1", NEW, HANDLE, SERVE])], &[maker]);
    // A goroutine is in that function now.
    let now = "main.handle:20, calls the function that starts them, stacks";
    check(LEAK, &[(3, &[NEW, HANDLE, SERVE], "", 0)], &[], &[now]);
    // Generated stubs and libraries between them are not the user's.
    let stub = "main.(*stub).New /srv/shop/clock.pb.go:3";
    check(LEAK, &[], &[(64, &[NEW, stub, SEND, HANDLE])], &[maker]);
    // The same type, then the same package; a better fit hides the others.
    let same = "main.handle:20, calls the same object, heap";
    check(LEAK, &[], &[(64, &[STOP, HANDLE]), (64, &[NOW, OTHER])], &[same]);
    check(LEAK, &[], &[(64, &[NOW, OTHER])], &["main.other:30, calls the same module, heap"]);
    // Another library says nothing, nor does what main sets up once.
    check(LEAK, &[], &[(64, &[SEND, OTHER]), (64, &[NOW, MAIN])], &[]);
    check(LEAK, &[], &[], &[]);
}

#[test]
fn goroutines_that_started_them() {
    let worker = (7, ["runtime.Gosched /go/src/runtime/proc.go:1", "main.worker /srv/shop/main.go:70"]);
    let started = "main.worker, started the goroutine that started them, parent";
    check(LEAK, &[(worker.0, &worker.1, "main.main /srv/shop/main.go:41", 1)], &[], &[started]);
    // A goroutine of the library between them.
    let between: Goroutine<'_> =
        (7, &["example.org/clock.(*Wheel).turn /go/pkg/mod/example.org/clock@v1.0.0/wheel.go:3"], HANDLE, 6);
    check(LEAK, &[between], &[], &["main.handle:20, started the goroutine that started them, parent"]);
    // Of two goroutines in the function with the go statement, the one whose id is stated.
    let (other, one): (Goroutine<'_>, Goroutine<'_>) =
        ((3, &[NEW, OTHER], "", 0), (7, &[NEW, HANDLE, MAIN], "", 0));
    check(LEAK, &[other, one], &[], &["main.handle:20, calls the function that starts them, parent"]);
    // The handler of a connection may serve another request by now.
    check(LEAK, &[(7, &[OTHER, SERVE], "", 0)], &[], &[]);
}

/// Checks the first caller of goroutines that have these ancestors, the nearest first. Other stacks and the heap say something else.
fn check_ancestors(ancestors: &[Stack<'_>], expected: &str) {
    let mut created_by = NEW.to_owned();
    for stack in ancestors {
        created_by.push_str(" +0x1\n[originating from goroutine 7]:");
        for frame in *stack {
            created_by.push_str(&format!("\n{}", frame.replacen(' ', "(...)\n\t", 1)));
        }
    }
    let maker = (64, [NEW, OTHER].as_slice());
    check((100, &[RUN], &created_by, 7), &[(3, &[NEW, OTHER], "", 0)], &[maker], &[expected]);
}

#[test]
fn ancestors_state_who_made_it() {
    let maker = "main.handle:20, calls the function that starts them, ancestor";
    let ancestors = [&[NEW, HANDLE, SERVE] as Stack<'_>];
    check_ancestors(&ancestors, maker);
    // The nearest ancestor with code of the user's.
    check_ancestors(&[&[NEW], &[SEND, HANDLE, OTHER]], maker);
}

#[test]
fn no_caller_where_the_profile_states_it() {
    check((100, &[RUN, HANDLE], NEW, 7), &[], &[], &[]);
    check((100, &[RUN], HANDLE, 7), &[], &[(64, &[NEW, OTHER])], &[]);
    // Who called the library's go statement is wanted even if the stack names a callback.
    let maker = "main.other:30, calls the function that starts them, heap";
    check((100, &[HANDLE, RUN], NEW, 7), &[], &[(64, &[NEW, OTHER])], &[maker]);
}

/// The heap held by each finding and by all groups.
fn held(report: &Report) -> (Vec<i128>, i128) {
    let bytes = |it: &Option<leakscope::diagnose::HeapHeld>| it.as_ref().map_or(0, |it| it.bytes);
    let findings = report.findings.iter().map(|it| bytes(&it.heap_held)).collect();
    (findings, report.groups.iter().map(|it| bytes(&it.heap_held)).sum())
}

#[test]
fn each_byte_is_held_once() {
    let check = |leak, others: &[Goroutine<'_>], allocations: &[(i64, Stack<'_>)], expected: i128| {
        let report = report(leak, others, allocations);
        let (findings, groups) = held(&report);
        assert_eq!(findings.first(), Some(&expected), "{allocations:?}");
        let total: i64 = allocations.iter().map(|(bytes, _)| bytes).sum();
        assert!(
            findings.iter().sum::<i128>() <= groups && groups <= i128::from(total),
            "{findings:?} {groups}"
        );
    };
    let writer = "runtime/pprof.(*Profile).WriteTo /go/src/runtime/pprof/pprof.go:400";
    let deflate = "compress/flate.NewWriter /go/src/compress/flate/deflate.go:600";
    // What they allocate, and what the function that starts them does.
    check(LEAK, &[], &[(64, &[RUN]), (32, &[NEW, HANDLE])], 96);
    // Not what the profiler does, nor another handler of the same server.
    let leak =
        (100, [HANDLE, SERVE].as_slice(), "net/http.(*Server).Serve /go/src/net/http/server.go:3000", 1);
    check(
        leak,
        &[],
        &[(64, &[HANDLE, SERVE]), (512, &[deflate, writer, HANDLE, SERVE]), (32, &[OTHER, SERVE])],
        64,
    );
    // The nearer of two stacks holds it: the same bytes are not counted for the idle connection.
    check(
        leak,
        &[(5, &[SERVE], "", 0)],
        &[(64, &["main.load /srv/shop/load.go:3", HANDLE, SERVE]), (16, &[SERVE])],
        80,
    );
    // Two kinds of goroutines that one function starts.
    check(LEAK, &[(5, &[STOP], NEW, 7)], &[(64, &[NEW, HANDLE])], 64);
}

fn check_advice(stack: Stack<'_>, wanted: &str, unwanted: &str) {
    let report = report((50, stack, "main.serve /srv/shop/main.go:30", 1), &[], &[]);
    let finding = report.findings.first().expect("it grows");
    let advice = &finding.advice;
    assert!(advice.contains(wanted) && !advice.contains(unwanted), "{stack:?}: {advice}");
    // A sketch of what the reader cannot write is no help.
    assert_eq!(finding.sketch.is_empty(), unwanted == ADD_A_CASE, "{stack:?}: {}", finding.sketch);
}

const ADD_A_CASE: &str = "add <-ctx.Done()";

#[test]
fn no_advice_for_code_of_others() {
    let of_user = "if the call takes";
    check_advice(&["main.(*feed).pump /srv/shop/feed.go:20"], ADD_A_CASE, of_user);
    let reflect =
        ["reflect.Select /usr/local/go/src/reflect/value.go:3180", "main.(*feed).pump /srv/shop/feed.go:20"];
    check_advice(&reflect, ADD_A_CASE, of_user);
    let library = "example.com/queue.(*Queue).Take /go/pkg/mod/example.com/queue@v1.2.0/queue.go:9";
    check_advice(&[library, "main.(*feed).pump /srv/shop/feed.go:20"], of_user, ADD_A_CASE);
}
