//! Who started a goroutine: stated by `created by`, or seen through a helper that ran the `go` statement for its caller.

use leakscope::Analysis;
use leakscope::Snapshot;

fn check(frames: &[&str], creator: &str, expected: &str) {
    let frames: String = frames.iter().map(|it| format!("{it}()\n\t/srv/a.go:3 +0x1\n")).collect();
    let dump =
        format!("goroutine 7 [select]:\n{frames}created by {creator} in goroutine 1\n\t/srv/b.go:9 +0x2\n");
    let snapshot = Snapshot::from_bytes("dump", dump.into_bytes()).expect("it is a traceback");
    let report = Analysis::default().run([snapshot]);
    let (frame, basis) = report.groups[0].spawn_site.clone().expect("it was started somewhere");
    assert_eq!(format!("{} {}", frame.function, basis.as_str()), expected);
}

#[test]
fn spawn_helpers_are_looked_through() {
    check(&["main.f"], "main.g", "main.g stated");
    check(&["main.start.func1", "sync.(*WaitGroup).Go.func1"], "sync.(*WaitGroup).Go", "main.start inferred");
    let errgroup = "golang.org/x/sync/errgroup.(*Group).Go";
    check(&["main.(*S).run.func2", &format!("{errgroup}.func1")], errgroup, "main.(*S).run inferred");
    check(&["main.expire.func1"], "time.goFunc", "main.expire inferred");
    // A function by name does not tell who handed it over.
    check(
        &["main.named", "sync.(*WaitGroup).Go.func1"],
        "sync.(*WaitGroup).Go",
        "sync.(*WaitGroup).Go stated",
    );
}
